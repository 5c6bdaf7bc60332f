"""PyYAML's parser, the one in Python, with its errors in plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, TypeAlias

import yaml

from nncli.config.nodes import Place
from nncli.config.number_slips import unspaced
from nncli.errors import UsageError
from nncli.text import shorten

# From a line and a column, both from 0 as PyYAML counts them, to a place.
At: TypeAlias = Callable[[int, int], Place]

QUOTES = "text with a special meaning in YAML goes in quotes"
INDENTS = "indent a key as its neighbours are; text with a colon and a space in it goes in quotes"
# How PyYAML's words begin, and ours with a hint.
WORDINGS = (
    ("mapping values are not allowed here", "a colon is not expected here", INDENTS),
    ("could not find expected ':'", "a key needs a colon and a space after it", INDENTS),
    ("expected <block end>", "this does not fit to the lines above", INDENTS),
    ("expected ',' or ']'", "a comma or ] is missing before this", QUOTES),
    ("expected ',' or '}'", "a comma or } is missing before this", QUOTES),
    ("found unexpected end of stream", "quotes are not closed", ""),
    ("found character '\\t'", "a tab stands where YAML takes spaces", "use spaces instead of tabs"),
)


def events(text: str, at: At) -> Iterator[yaml.Event]:
    """The events of a text, one by one; raises UsageError where the text is no YAML."""
    loader: Any = yaml.SafeLoader(text)
    try:
        while loader.check_event():
            yield loader.get_event()
    except yaml.MarkedYAMLError as error:
        raise _unspaced_error(error, text, at) or _plain_error(error, at) from None
    except (ValueError, OverflowError):  # PyYAML's own, on "\UFFFFFFFF" and on a %YAML of thousands of digits
        mark = loader.get_mark()
        place = at(mark.line, mark.column)
        raise UsageError("holds a number or an escape that is out of range", place=str(place)) from None


def _unspaced_error(error: yaml.MarkedYAMLError, text: str, at: At) -> UsageError | None:
    """Return the error for `key:value` in a line of its own, which PyYAML finds fault with in that line or the next."""
    mark = error.problem_mark
    lines = text.split("\n")[: mark.line + 1] if mark else []
    for number in range(len(lines) - 1, max(len(lines) - 3, -1), -1):
        line = lines[number].removeprefix("- ")
        start = line.lstrip(" -")
        if pair := unspaced(start.rstrip()):
            place = at(number, len(lines[number]) - len(start))
            return UsageError(
                f"{shorten(start.rstrip())} needs a space after the colon: {shorten(pair)}", place=str(place)
            )
    return None


def has_comment(text: str) -> bool:
    """Whether YAML passes over a part of a text because of a `#`; False if the text is no YAML."""
    if "#" not in text:
        return False
    end, comments = 0, []
    with suppress(yaml.YAMLError, ValueError, OverflowError):
        for token in yaml.scan(text, yaml.SafeLoader):
            comments.append("#" in text[end : token.start_mark.index])
            end = max(end, token.end_mark.index)
        return any(comments)
    return False


def _plain_error(error: yaml.MarkedYAMLError, at: At) -> UsageError:
    """What PyYAML found, in one line, where it found it."""
    problem, begun, mark = error.problem or "it cannot be read", error.context_mark, error.problem_mark
    if problem.startswith("could not find expected ':'"):
        mark = begun or mark  # the key itself, where the other place is that of whatever comes after it
    words = ((ours, hint) for theirs, ours, hint in WORDINGS if problem.startswith(theirs))
    message, hint = next(words, (shorten(problem, 120), QUOTES))
    if begun and mark and begun.line < mark.line:
        message += f" (in what begins in line {begun.line + 1})"
    place = at(mark.line, mark.column) if mark else at(0, 0)
    return UsageError(f"is not valid YAML: {message}", place=str(place), hint=hint)
