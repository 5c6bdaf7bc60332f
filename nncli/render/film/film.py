"""Make a film: from runs to the bytes of a GIF."""

from __future__ import annotations

from collections.abc import Sequence

from nncli.render.film.filmed_runs import filmed_runs
from nncli.render.film.frames import Picture, frame_epochs
from nncli.render.film.gif import encode_gif
from nncli.render.progress_count import progress_count
from nncli.store import Run

SAMPLES = 6  # frames from which the palette is computed


def film(runs: Sequence[Run], count: int, fps: float) -> bytes:
    """Return a GIF of one run, or of two side by side, with at most `count` frames.

    Raises UsageError if the runs cannot be filmed.
    """
    filmed = filmed_runs(runs)
    epochs = frame_epochs(filmed, count)
    picture = Picture(filmed)
    samples = [picture.pixels(each) for each in epochs[:: -max(len(epochs) // SAMPLES, 1)]]
    frames = progress_count(map(picture.pixels, epochs), len(epochs), "frame")
    return encode_gif(frames, len(epochs), samples, fps)
