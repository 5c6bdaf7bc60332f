"""The colours of figures on light and dark pages, distinguishable with colour blindness."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class Palette(NamedTuple):
    """Colours of a page by their purpose, and colours of lines by name."""

    page: str
    ink: str
    muted: str
    faint: str
    blue: str
    vermilion: str
    green: str
    purple: str
    sky: str
    orange: str
    neutral: str
    shades: tuple[float, float]  # the range of viridis that is visible on the page

    @property
    def lines(self) -> tuple[str, ...]:
        """The colours of lines and classes, in the order of their use."""
        return (self.blue, self.vermilion, self.green, self.purple, self.sky, self.orange, self.neutral)


# Okabe and Ito 2008, without their yellow, which is invisible on white.
LIGHT = Palette(
    page="#FFFFFF",
    ink="#222222",
    muted="#777777",
    faint="#E8E8E8",
    blue="#0072B2",
    vermilion="#D55E00",
    green="#009E73",
    purple="#CC79A7",
    sky="#56B4E9",
    orange="#E69F00",
    neutral="#000000",
    shades=(0.0, 0.92),
)
# The same hues, lighter.
DARK = Palette(
    page="#14171B",
    ink="#E4E6E8",
    muted="#969CA3",
    faint="#2E3338",
    blue="#3B93DB",
    vermilion="#F0702E",
    green="#17B88B",
    purple="#DE8FBC",
    sky="#9AD7F7",
    orange="#F2B233",
    neutral="#FFFFFF",
    shades=(0.18, 1.0),
)
_CURRENT: ContextVar[Palette] = ContextVar("palette", default=LIGHT)


def palette() -> Palette:
    """Return the current colours."""
    return _CURRENT.get()


@contextmanager
def on_page(*, dark: bool) -> Iterator[None]:
    """Use the colours of a dark or a light page for figures that are drawn and saved in this context."""
    token = _CURRENT.set(DARK if dark else LIGHT)
    try:
        yield
    finally:
        _CURRENT.reset(token)
