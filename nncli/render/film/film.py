"""A film from beginning to end: from runs to the bytes of a GIF."""

from __future__ import annotations

from collections.abc import Sequence

from nncli.render.film.frames import Picture, moments
from nncli.render.film.gif import encoded
from nncli.render.film.reels import reels_of
from nncli.render.progress_count import progress_count
from nncli.store import Run

SAMPLES = 6  # frames that the palette is made of


def film(runs: Sequence[Run], count: int, fps: float) -> bytes:
    """A GIF of a run, or of two side by side, with `count` frames at most. Raises UsageError where there is no film."""
    reels = reels_of(runs)
    epochs = moments(reels, count)
    picture = Picture(reels)
    samples = [picture.pixels(each) for each in epochs[:: -max(len(epochs) // SAMPLES, 1)]]
    frames = progress_count(map(picture.pixels, epochs), len(epochs), "frame")
    return encoded(frames, len(epochs), samples, fps)
