"""Frames as an animated GIF: one palette for all of them, and of each frame only what differs from the one before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

PAUSE = 2000  # milliseconds that the last frame stays
TICK = 10  # milliseconds: what a GIF counts in
COLOURS = 63  # a map in more shades looks no better and takes half as much again
NEARLY_WHITE = 244


def encode_gif(
    frames: Iterable[NDArray[np.uint8]], count: int, samples: Sequence[NDArray[np.uint8]], fps: float
) -> bytes:
    """An animated GIF of `count` frames (height, width, 3), which begins anew without end.

    The palette is made of `samples`, some of the frames.
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
    """The colours that serve the samples best; what is nearly white is white, which else would be a mean of shades."""
    palette = Image.fromarray(np.concatenate(samples)).quantize(COLOURS, method=Image.Quantize.MEDIANCUT)
    colours = np.array(palette.getpalette(), np.uint8).reshape(-1, 3)
    colours[(colours > NEARLY_WHITE).all(axis=1)] = 255  # all, as Pillow finds a near colour and not the nearest
    palette.putpalette(colours.tobytes())
    return palette
