"""probes.jsonl: one JSON object for each probe of a run."""

from __future__ import annotations

import json
import os
from typing import Any

from nncli.store.run import PROBES, Run
from nncli.system import open_file

MAX_BYTES = 64 << 20  # 100 probes of a thousand layers


def read_probe_rows(run: Run) -> list[dict[str, Any]]:
    """Return the objects of probes.jsonl; none if there is no such file. Raises ValueError if it is damaged."""
    try:
        with open_file(run.path / PROBES) as file:
            if os.fstat(file.fileno()).st_size > MAX_BYTES:
                raise ValueError("the file is too large")
            rows = [json.loads(line) for line in file.read(MAX_BYTES).splitlines()]
    except OSError:
        return []
    except RecursionError as error:
        raise ValueError("a row is nested too deep") from error
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("a row is not an object")
    return rows
