"""Each bad data file raises exactly its expected error, within a second and without a run; so do random bytes."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nncli
from nncli import config, training
from nncli.data import files
from nncli.data.files import Csv, Npz
from nncli.errors import NncliError
from tests.data.bad import (
    TABLE,
    TWO_CLASSES,
    VALUES,
    BadFile,
    X,
    arrays,
    columns,
    json_lines,
    npz,
    parts,
    several,
    tables,
)

pytestmark = pytest.mark.usefixtures("frozen_objects")

ROWS = [*tables.ROWS, *columns.ROWS, *json_lines.ROWS, *parts.ROWS, *arrays.ROWS, *several.ROWS]
MAX_SECONDS = 1
NUMBERS = itertools.count()


@pytest.mark.parametrize("row", [pytest.param(row, id=f"{row.spec[13:16]} {row.name}") for row in ROWS])
def test_bad_file_gets_its_error(row: BadFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in row.files.items():
        Path(name).mkdir() if content is None else Path(name).write_bytes(content)
    Path("bad.yaml").write_text(row.spec)
    start = time.process_time()
    with pytest.raises(NncliError) as raised:
        nncli.train("bad.yaml")
    assert time.process_time() - start < MAX_SECONDS
    assert str(raised.value).replace(f"{tmp_path}/", "").replace(str(tmp_path), "FOLDER") == row.error
    assert all(line.isprintable() for line in raised.value.lines())
    assert not Path("runs").exists()


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in arrays.ROWS])
def test_bad_mapped_file_gets_the_same_error(row: BadFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nncli.data.array_files.SHARE_IN_MEMORY", 0)
    test_bad_file_gets_its_error(row, tmp_path, monkeypatch)


def test_bad_files_are_many_and_distinct() -> None:
    assert len({(row.spec, *row.files.values()) for row in ROWS}) == len(ROWS) > 130


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff" + TABLE,
        TABLE.replace("\n", "\r\n"),
        "\n\n" + TABLE.replace("\n", "\n\n"),
        TABLE.rstrip("\n"),
        TABLE.replace(",", " , "),
        TABLE.replace("x,y", '"x","y"'),
        TABLE.replace("9,81", '"9","81"'),
    ],
)
def test_harmless_variations_of_csv_are_read(tmp_path: Path, content: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content.encode())
    data = Csv(path=str(path), target="y")
    described = data.describe()
    assert (described.samples, described.input_names, described.target_names) == (10, ("x",), ("y",))
    samples = data.draw(np.random.RandomState(0), described)
    assert samples.inputs.tolist() == [[i] for i in range(10)]
    assert samples.t.tolist() == [[i * i] for i in range(10)]


def test_cached_numbers_equal_those_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.csv"
    table = np.random.default_rng(0).normal(size=(50, 4)) * [1, 1e30, 1e-30, 1e-310]
    path.write_text("a,b,c,d\n" + "".join(",".join(map(repr, row)) + "\n" for row in table.tolist()))
    data = Csv(path=str(path), target=("c", "a"), ignore=("b",))
    described = data.describe()
    kept = data.draw(np.random.RandomState(0), described)
    monkeypatch.setattr(files, "digest", lambda path: "of another file")
    read = data.draw(np.random.RandomState(0), described)
    assert kept.inputs.tobytes() == read.inputs.tobytes() == table[:, [3]].tobytes()
    assert kept.t.tobytes() == read.t.tobytes() == table[:, [2, 0]].tobytes()
    monkeypatch.undo()
    kept.inputs[...] = 0  # changing drawn samples must not change the cached numbers
    assert data.draw(np.random.RandomState(0), described).inputs.tobytes() == read.inputs.tobytes()
    other = Csv(path=str(path), target="b", ignore=("c", "a"))  # a part drawn with the training set's description
    assert other.draw(np.random.RandomState(0), described).t.tobytes() == read.t.tobytes()


def test_column_missing_in_every_training_row_is_an_error(tmp_path: Path) -> None:
    """The error depends on the split, and so on the seed."""
    (tmp_path / "t.csv").write_text("x,z,y\n" + "1,,2\n" * 9 + "1,5,2\n")
    spec = "data: {type: csv, path: t.csv, target: y, missing: mean, split: {test: 0.1}}\n"
    (tmp_path / "t.yaml").write_text(spec + VALUES)
    errors = set()
    for seed in range(40):
        resolved = config.load(tmp_path / "t.yaml", [f"seed={seed}"]).resolved
        try:
            training.prepare(resolved)
        except NncliError as error:
            errors.add(str(error))
    assert errors == {
        "data: z has no value in any training row\nhint: leave it out with `ignore: [z]` under `data:`",
    }


PIECES = st.sampled_from(
    ["x", "y", "z", ",", ",", "\n", "\n", "\r", '"', "1", "-2.5e3", "nan", "1e999", ";", "a", "?", "\ufeff", " ", "é"]
)
HEADED = st.lists(PIECES, max_size=40).map(lambda pieces: "x,y\n" + "".join(pieces))
TEXT = st.one_of(HEADED, st.lists(PIECES, max_size=40).map("".join), st.text(max_size=60))
BYTES = st.one_of(TEXT.map(lambda text: text.encode("utf-8", "surrogatepass")), st.binary(max_size=80))


@settings(derandomize=True, max_examples=300)
@given(
    content=BYTES,
    missing=st.sampled_from(["refuse", "drop", "mean", "median"]),
    task=st.sampled_from([None, "classes", "multilabel", "regression"]),
    categories=st.sampled_from([(), ("x",)]),
    gzipped=st.booleans(),
)
def test_any_bytes_raise_at_most_an_nncli_error(tmp_path_factory, content, missing, task, categories, gzipped) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path_factory.getbasetemp() / f"{next(NUMBERS)}.csv{'.gz' if gzipped and len(content) % 2 else ''}"
    path.write_bytes(content)
    data = Csv(path=str(path), target="y", missing=missing, task=task, categories=categories)
    _check_samples_or_error(data, fills=missing in ("mean", "median"))


CELLS = st.sampled_from(["1", "2", "-0.5", "3e2", "a", "b", "true", "", "NA", " 7 ", "1_0", "inf", "x", "é"])
ROWS_OF_CELLS = st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=12)


@settings(derandomize=True, max_examples=300)
@given(
    rows=ROWS_OF_CELLS,
    missing=st.sampled_from(["refuse", "drop", "mean", "median"]),
    task=st.sampled_from([None, "classes", "multilabel", "regression"]),
    target=st.sampled_from(["y", ("y", "x")]),
)
def test_any_table_raises_at_most_an_nncli_error(tmp_path_factory, rows, missing, task, target) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path_factory.getbasetemp() / f"{next(NUMBERS)}.csv"
    path.write_text("\n".join(["x,y,z", *map(",".join, rows)]), encoding="utf-8")
    data = Csv(path=str(path), target=target, missing=missing, task=task)
    _check_samples_or_error(data, fills=missing in ("mean", "median"))


@settings(derandomize=True, max_examples=200)
@given(data=st.data())
def test_damaged_npz_raises_at_most_an_nncli_error(tmp_path_factory, data) -> None:  # type: ignore[no-untyped-def]
    damaged = bytearray(npz(x=X, y=np.array([0, 1, 1, 0])))
    for _ in range(data.draw(st.integers(1, 5))):
        position = data.draw(st.integers(0, len(damaged) - 1))
        if data.draw(st.booleans()):
            damaged[position] = data.draw(st.integers(0, 255))
        else:
            del damaged[position : position + data.draw(st.integers(1, 8))]
    path = tmp_path_factory.getbasetemp() / f"{next(NUMBERS)}.npz"
    path.write_bytes(damaged)
    _check_samples_or_error(
        Npz(path=str(path), task=data.draw(st.sampled_from(["classes", "multilabel", None]))), fills=False
    )


def _check_samples_or_error(data: Csv | Npz, *, fills: bool) -> None:
    """Check that the samples match the description, or that the error is printable."""
    try:
        described = data.describe()
        samples = data.draw(np.random.RandomState(0), described)
    except NncliError as error:
        assert all(line.isprintable() for line in error.lines())
        return
    assert samples.x.shape == (described.samples, len(described.input_names))
    assert not np.isinf(samples.x).any()
    assert fills or not np.isnan(samples.x).any()
    assert np.isfinite(samples.t).all()
    if described.label_names:
        assert samples.t.shape == (described.samples, len(described.target_names))
        assert {tuple(sorted(set(column))) for column in samples.t.T.tolist()} == {(0, 1)}
    elif described.class_names:
        assert samples.t.shape == (described.samples,)
        assert sorted(set(samples.t.tolist())) == list(range(len(described.class_names)))
    else:
        assert samples.t.shape == (described.samples, len(described.target_names))


def test_commands_report_bad_files_with_their_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exit code is 2 if the experiment is wrong and 1 if the file is; neither leaves a run."""
    from typer.testing import CliRunner

    from nncli.cli.app import app

    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text("x,label\n1,a\n2,a\n")
    for target, code, message in (
        ("lable", 2, "t.csv: has no column lable, which `target` names; its columns are x, label\nhint: did you mean"),
        ("label", 1, "t.csv: column label has only one class, a; at least two are needed\n"),
    ):
        Path("bad.yaml").write_text(f"data: {{type: csv, path: t.csv, target: {target}}}\n{TWO_CLASSES}")
        for command in ("train", "check"):
            done = CliRunner().invoke(app, [command, "bad.yaml"])
            assert (done.exit_code, done.stdout) == (code, "")
            assert done.stderr.startswith(f"{tmp_path}/{message}")
    assert not Path("runs").exists()
