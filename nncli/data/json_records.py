"""The values of JSON lines, with the line of each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from nncli.data.lines import Lines
from nncli.text import uncapitalize

ONE_PER_LINE = "write one sample per line: an object, an array or a number"


def json_records(lines: Lines) -> Iterator[tuple[int, Any]]:
    """Yield the value of each line that is not blank, with its number. Raises NncliError if a line is not JSON."""
    for line, text in enumerate(lines, start=1):
        lines.row_size = 0
        if text.strip():
            lines.rows += 1
            yield line, _parse(lines, line, text)


def _parse(lines: Lines, line: int, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        message = f"is not valid JSON: {uncapitalize(error.msg)} at column {error.colno}"
        raise lines.fault(message, line, ONE_PER_LINE) from None
    except ValueError:
        raise lines.fault("contains a whole number with too many digits", line) from None
    except RecursionError:
        raise lines.fault("contains arrays or objects nested too deeply", line) from None
