"""Parse YAML with PyYAML's pure Python parser, rewording its errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, TypeAlias

import yaml

from nncli.config.nodes import Place
from nncli.config.number_slips import with_space
from nncli.errors import UsageError
from nncli.text import shorten

# Returns the place of a line and a column, both counted from 0, as PyYAML does.
At: TypeAlias = Callable[[int, int], Place]

QUOTES = "put text with special characters in quotes"
INDENTS = "indent keys like their neighbours, and put text that contains a colon and a space in quotes"
# The beginning of PyYAML's message, our message, and a hint.
WORDINGS = (
    ("mapping values are not allowed here", "unexpected colon", INDENTS),
    ("could not find expected ':'", "a key needs a colon and a space after it", INDENTS),
    ("expected <block end>", "this line does not fit the lines above", INDENTS),
    ("expected ',' or ']'", "a comma or ] is missing before this", QUOTES),
    ("expected ',' or '}'", "a comma or } is missing before this", QUOTES),
    ("found unexpected end of stream", "a quote is not closed", ""),
    ("found character '\\t'", "unexpected tab", "use spaces instead of tabs"),
)


def events(text: str, at: At) -> Iterator[yaml.Event]:
    """Yield the events of a text. Raises UsageError if the text is not valid YAML."""
    loader: Any = yaml.SafeLoader(text)
    try:
        while loader.check_event():
            yield loader.get_event()
    except yaml.MarkedYAMLError as error:
        raise _unspaced_error(error, text, at) or _plain_error(error, at) from None
    except (ValueError, OverflowError):  # raised by PyYAML on "\UFFFFFFFF" and on a %YAML with thousands of digits
        mark = loader.get_mark()
        place = at(mark.line, mark.column)
        raise UsageError("contains a number or an escape that is out of range", place=str(place)) from None


def _unspaced_error(error: yaml.MarkedYAMLError, text: str, at: At) -> UsageError | None:
    """Return the error for a line with `key:value` only, which PyYAML reports in that line or the next."""
    mark = error.problem_mark
    lines = text.split("\n")[: mark.line + 1] if mark else []
    for number in range(len(lines) - 1, max(len(lines) - 3, -1), -1):
        line = lines[number].removeprefix("- ")
        start = line.lstrip(" -")
        if pair := with_space(start.rstrip()):
            place = at(number, len(lines[number]) - len(start))
            return UsageError(
                f"{shorten(start.rstrip())} needs a space after the colon: {shorten(pair)}", place=str(place)
            )
    return None


def has_comment(text: str) -> bool:
    """Return whether part of a text is a YAML comment; False if the text is not valid YAML."""
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
    """Return PyYAML's error as one line in plain words."""
    problem, begin, mark = error.problem or "it cannot be read", error.context_mark, error.problem_mark
    if problem.startswith("could not find expected ':'"):
        mark = begin or mark  # the key itself; the other mark is that of the token after it
    words = ((ours, hint) for theirs, ours, hint in WORDINGS if problem.startswith(theirs))
    message, hint = next(words, (shorten(problem, 120), QUOTES))
    if begin and mark and begin.line < mark.line:
        message += f" (in the value that begins on line {begin.line + 1})"
    place = at(mark.line, mark.column) if mark else at(0, 0)
    return UsageError(f"is not valid YAML: {message}", place=str(place), hint=hint)
