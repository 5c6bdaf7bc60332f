"""Each bad experiment raises exactly its expected error, within two seconds."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from nncli import config, system
from nncli.errors import ExitCode, NncliError
from tests.config.bad import EVERY, Bad, arguments, components, fields, files, layers, slips
from tests.config.bad import cross_checks as bad_cross_checks

pytestmark = pytest.mark.usefixtures("frozen_objects")

ROWS = [*fields.ROWS, *components.ROWS, *layers.ROWS, *files.ROWS, *bad_cross_checks.ROWS, *arguments.ROWS, *slips.ROWS]
MAX_LOAD_SECONDS = 2


@pytest.fixture(autouse=True)
def machine_with_16_gb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "memory_limit", lambda: 16 * 10**9)


@pytest.mark.parametrize("row", [pytest.param(row, id=ascii(row.name)[1:-1][:60]) for row in ROWS])
def test_bad_spec_gets_its_error(row: Bad, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in {**files.FOLDER, "bad.yaml": row.text}.items():
        Path(name).write_text(text, encoding="utf-8")
    start = time.process_time()
    with pytest.raises(NncliError) as raised:
        config.load(Path("bad.yaml"), row.changes)
    assert time.process_time() - start < MAX_LOAD_SECONDS
    assert str(raised.value) == row.error
    assert raised.value.exit_code == ExitCode.USAGE


def test_bad_specs_are_many_and_distinct() -> None:
    assert len({(row.text, *row.changes) for row in ROWS}) == len(ROWS) > 200


def test_errors_avoid_terms_of_the_implementation() -> None:
    """Users need not know the terms of pydantic, Python and PyYAML."""
    internal_terms = (
        "pydantic",
        "dataclass",
        "tuple",
        "dict",
        "literal",
        "tagged",
        "union",
        "NoneType",
        "parsing",
        "mark",
    )
    for row in ROWS:
        for line in row.error.splitlines():
            assert line.isprintable()
            assert not [word for word in internal_terms if word in line], line


def test_suggested_data_sets_have_classes() -> None:
    """Check three names by hand, since both the errors and their tests read them from the registry."""
    sets = EVERY["SETS_WITH_CLASSES"].replace(" and ", ", ").split(", ")
    assert {"blobs", "spiral", "vertical"} <= {*sets}
    assert "sine" not in sets
