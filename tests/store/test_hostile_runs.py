"""What stands in the place of a run's files need not be a file, nor of a size: nobody waits, and memory is bounded."""

from __future__ import annotations

import json
import os
import socket
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nncli.errors import NncliError
from nncli.store import Run, metrics_columns
from nncli.system import NotAFile, open_file
from tests.cli.program import Program

FILES = ("config.yaml", "run.json", "metrics.jsonl", "summary.json", "checkpoints/last.npz")
ROW = b'{"epoch": %d, "loss": 0.5}\n'


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def folder(path: Path) -> None:
    path.mkdir()


def link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(path.parent)  # since the path of a socket may have a hundred characters only
        try:
            server.bind(path.name)
        finally:
            os.chdir(here)


NO_FILES: list[Callable[[Path], None]] = [pipe, device, folder, link_to_itself, a_socket]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    path = tmp_path / "runs" / "sine" / "20250131-142501-9f3c"
    (path / "checkpoints").mkdir(parents=True)
    return Run(path)


@pytest.fixture(autouse=True)
def soon() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("make", NO_FILES)
def test_what_is_no_file_is_not_waited_for(run: Run, make: Callable[[Path], None]) -> None:
    for name in FILES:
        make(run.path / name)
    assert (run.info(), run.summary(), run.last_row(), run.status) == ({}, None, None, "lost")
    for read in (run.config_text, run.rows, run.metrics, lambda: run.checkpoint("last")):
        with pytest.raises(NncliError, match=r"cannot be read: |has no checkpoint"):
            read()


def test_a_run_that_says_it_is_running_beside_a_pipe_is_lost(run: Run) -> None:
    (run.path / "run.json").write_text('{"status": "running"}')
    pipe(run.path / "metrics.jsonl")
    assert run.status == "lost"


def test_a_file_is_opened_as_ever(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"text")
    with open_file(tmp_path / "a") as file:
        assert file.read() == b"text"
    pipe(tmp_path / "pipe")
    with pytest.raises(NotAFile):
        open_file(tmp_path / "pipe")


def test_one_that_becomes_a_pipe_between_two_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe(tmp_path / "pipe")
    regular = Path(__file__).stat()
    monkeypatch.setattr(Path, "stat", lambda path: regular)
    with pytest.raises(NotAFile):
        open_file(tmp_path / "pipe")


def memory_of(read: Callable[[], object]) -> int:
    """The most bytes that are held while something is read, which ends in an error."""
    tracemalloc.start()
    try:
        with pytest.raises(NncliError):
            read()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("beginning", [b"", ROW % 0, b'{"epoch": 0, "loss": 0.', b"["], ids=ascii)
def test_one_endless_line(run: Run, beginning: bytes) -> None:
    with (run.path / "metrics.jsonl").open("wb") as file:
        file.write(beginning)
        file.truncate(500_000_000)
    assert memory_of(run.rows) < 1_000_000
    assert run.last_row() is None


def test_files_of_any_size(run: Run) -> None:
    for name in ("config.yaml", "run.json", "metrics.jsonl", "summary.json"):
        with (run.path / name).open("wb") as file:
            file.truncate(1 << 42)
    assert memory_of(run.config_text) < 1_000_000
    assert memory_of(run.metrics) < 5_000_000  # a block of a megabyte, the line that it ends in, and their copies
    assert (run.info(), run.summary(), run.last_row()) == ({}, None, None)


def test_a_config_of_the_size_that_one_may_have(run: Run) -> None:
    (run.path / "config.yaml").write_bytes(b"#" * 1_000_000)
    assert len(run.config_text()) == 1_000_000
    (run.path / "config.yaml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(NncliError) as caught:
        run.config_text()
    assert str(caught.value) == f"{run.path}/config.yaml: is larger than 1 MB, and none that nncli wrote"


def test_a_name_of_its_own_in_each_row(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A column for each name would take the square of the file's size."""
    monkeypatch.setattr(metrics_columns, "MAX_NUMBERS", 100_000)
    lines = [json.dumps({"epoch": i, f"figure {i}": i}) for i in range(5000)]
    (run.path / "metrics.jsonl").write_text("\n".join(lines) + "\n")
    assert memory_of(run.metrics) < 5_000_000
    with pytest.raises(NncliError, match="holds more than 100,000 figures, too many to be read"):
        run.metrics()


def test_the_columns_of_a_long_run_take_a_few_times_their_numbers(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fast way takes ten times the memory of a piece of the file, and pieces are small."""
    monkeypatch.setattr(metrics_columns, "BLOCK", 1 << 12)
    (run.path / "metrics.jsonl").write_bytes(b"".join(ROW % i for i in range(20_000)))
    tracemalloc.start()
    found = run.metrics()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found["epoch"][-1] == 19_999
    assert most < 4 * 20_000 * 2 * 8  # as pieces, as one table, and turned into columns


def test_commands_do_not_wait(tmp_path: Path) -> None:
    """Real processes, since a test in this one could only be broken off."""
    program = Program(tmp_path)
    run = program.train()
    for name, command in [
        ("metrics.jsonl", ("plot", "latest")),
        ("config.yaml", ("eval", "latest")),
    ]:
        whole = (run.path / name).read_bytes()
        (run.path / name).unlink()
        pipe(run.path / name)
        done = program(*command)
        assert done == (1, "", f"runs/{run.name}/{name}: cannot be read: not a regular file\n")
        (run.path / name).unlink()
        (run.path / name).write_bytes(whole)
