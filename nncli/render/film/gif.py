"""Animated GIFs with one palette for all frames; each frame stores only its difference from the one before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

PAUSE = 2000  # milliseconds that the last frame stays
TICK = 10  # milliseconds: the unit of durations in a GIF
COLOURS = 63  # more colours look no better and make the file of a map half as large again
NEARLY_WHITE = 244


def encode_gif(
    frames: Iterable[NDArray[np.uint8]], count: int, samples: Sequence[NDArray[np.uint8]], fps: float
) -> bytes:
    """Return an animated GIF of `count` frames (height, width, 3) that loops forever.

    The palette is computed from `samples`, some of the frames.
    """
    palette = _palette(samples)
    reduced = (Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames)
    duration = max(round(1000 / fps / TICK), 1) * TICK
    file = BytesIO()
    next(reduced).save(
        file,
        "GIF",
        save_all=True,
        append_images=reduced,
        duration=[*[duration] * (count - 1), PAUSE],
        loop=0,
        optimize=False,
    )
    return file.getvalue()


def _palette(samples: Sequence[NDArray[np.uint8]]) -> Image.Image:
    """Return the palette that fits the samples best. Near-white becomes white, not an average of light shades."""
    palette = Image.fromarray(np.concatenate(samples)).quantize(COLOURS, method=Image.Quantize.MEDIANCUT)
    colours = np.array(palette.getpalette(), np.uint8).reshape(-1, 3)
    # Whiten all of them, since Pillow takes a near colour, not the nearest.
    colours[(colours > NEARLY_WHITE).all(axis=1)] = 255
    palette.putpalette(colours.tobytes())
    return palette
