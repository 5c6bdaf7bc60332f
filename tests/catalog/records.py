"""Build records for tests."""

from __future__ import annotations

from pathlib import Path

from nncli.catalog.record import Record
from nncli.store import Run


def record(number=0, *, name="sine", status="done", settings=None, best=None, seconds=1.5, verdict=None, **final):
    """Build a record, with the settings of Adam by default."""
    path = Path("runs") / name / f"20260101-000000-{number:04x}"
    default_settings = {"name": name, "seed": number, "optimizer": {"type": "adam", "learning_rate": 0.1}}
    settings_or_none = default_settings if settings is None else settings or None
    start = f"2026-01-01T00:00:{number:02}+00:00"
    return Record(
        Run(path),
        f"{name}/{path.name}",
        status,
        start,
        seconds,
        10,
        final,
        best,
        settings_or_none,
        number,
        verdict=verdict,
    )
