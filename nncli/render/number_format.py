"""Numbers for people: few digits that do not round 0.99996 to 1 or 299 of 300 to all."""

from __future__ import annotations

FEW, MOST = 4, 9  # significant digits
LONG = 1e4  # from which on numbers have an exponent
PLACES = 6  # of a percentage, at most


def format_number(value: float) -> str:
    """Return a number in four significant digits, or as many more as tell it from a whole number."""
    for count in range(FEW, MOST + 1):
        text = f"{value:.{count}g}"
        if abs(value) >= LONG or float(value).is_integer() or not float(text).is_integer():
            return text
    return f"{value:.{FEW}g}"


def format_percent(share: float, places: int = 0) -> str:
    """Return a share in percent, with as many more decimal places as tell it from none and from all."""
    for count in range(places, PLACES + 1):
        text = f"{share:.{count}%}"
        if share in (0, 1) or float(text[:-1]) not in (0, 100):
            return text
    return f"{share:.{places}%}"
