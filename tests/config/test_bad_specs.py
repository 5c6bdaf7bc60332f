"""Every bad experiment gets its error: all of its lines, word by word, and soon."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from nncli import config
from nncli.config import cross_checks
from nncli.errors import ExitCode, NncliError
from tests.config.bad import EVERY, Bad, arguments, components, fields, files, layers, slips
from tests.config.bad import cross_checks as bad_cross_checks

ROWS = [*fields.ROWS, *components.ROWS, *layers.ROWS, *files.ROWS, *bad_cross_checks.ROWS, *arguments.ROWS, *slips.ROWS]
MAX_LOAD_SECONDS = 2  # seconds


@pytest.fixture(autouse=True)
def of_16_gigabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cross_checks, "_physical_memory", lambda: 16 * 10**9)


@pytest.mark.parametrize("row", [pytest.param(row, id=ascii(row.name)[1:-1][:60]) for row in ROWS])
def test_error(row: Bad, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in {**files.FOLDER, "bad.yaml": row.text}.items():
        Path(name).write_text(text, encoding="utf-8")
    start = time.process_time()
    with pytest.raises(NncliError) as caught:
        config.load(Path("bad.yaml"), row.changes)
    assert time.process_time() - start < MAX_LOAD_SECONDS
    assert str(caught.value) == row.error
    assert caught.value.exit_code == ExitCode.USAGE


def test_there_are_many() -> None:
    assert len({(row.text, *row.changes) for row in ROWS}) == len(ROWS) > 200


def test_each_is_said_in_plain_words() -> None:
    """What pydantic, Python and YAML's parser call things is not for users."""
    foreign = ("pydantic", "dataclass", "tuple", "dict", "literal", "tagged", "union", "NoneType", "parsing", "mark")
    for row in ROWS:
        for line in row.error.splitlines():
            assert line.isprintable()
            assert not [word for word in foreign if word in line], line


def test_the_sets_that_errors_name_are_those_with_classes() -> None:
    """Errors and their tests both read the registry: these three must be among what they find."""
    sets = EVERY["SETS_WITH_CLASSES"].replace(" and ", ", ").split(", ")
    assert {"blobs", "spiral", "vertical"} <= {*sets}
    assert "sine" not in sets
