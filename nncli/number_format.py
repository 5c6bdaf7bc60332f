"""Numbers in few digits, never rounded to a whole number: 0.99996 does not become 1, nor 299 of 300 100%."""

from __future__ import annotations

MIN_DIGITS, MAX_DIGITS = 4, 9  # significant digits
EXPONENT_FROM = 1e4  # larger numbers have an exponent
MAX_PLACES = 6  # decimal places of a percentage


def format_number(value: float) -> str:
    """Format a number with four significant digits, or with more if it would look like a whole number."""
    for count in range(MIN_DIGITS, MAX_DIGITS + 1):
        text = f"{value:.{count}g}"
        if abs(value) >= EXPONENT_FROM or float(value).is_integer() or not float(text).is_integer():
            return text
    return f"{value:.{MIN_DIGITS}g}"


def format_percent(share: float, places: int = 0) -> str:
    """Format a share in percent, with more decimal places if it would look like 0% or 100%."""
    for count in range(places, MAX_PLACES + 1):
        text = f"{share:.{count}%}"
        if share in (0, 1) or float(text[:-1]) not in (0, 100):
            return text
    return f"{share:.{places}%}"
