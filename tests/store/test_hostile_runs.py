"""Pipes, devices and huge files in a run directory never block a reader and never take much memory."""

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


def unix_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        before = Path.cwd()
        os.chdir(path.parent)  # because the path of a socket is limited to about a hundred characters
        try:
            server.bind(path.name)
        finally:
            os.chdir(before)


IRREGULAR_FILES: list[Callable[[Path], None]] = [pipe, device, folder, link_to_itself, unix_socket]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    path = tmp_path / "runs" / "sine" / "20250131-142501-9f3c"
    (path / "checkpoints").mkdir(parents=True)
    return Run(path)


@pytest.fixture(autouse=True)
def time_limit() -> Iterator[None]:
    start = time.monotonic()
    yield
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("make", IRREGULAR_FILES)
def test_irregular_files_never_block(run: Run, make: Callable[[Path], None]) -> None:
    for name in FILES:
        make(run.path / name)
    assert (run.info(), run.summary(), run.last_row(), run.status) == ({}, None, None, "lost")
    for read in (run.config_text, run.rows, run.metrics, lambda: run.checkpoint("last")):
        with pytest.raises(NncliError, match=r"cannot be read: |has no checkpoint"):
            read()


def test_running_run_with_a_pipe_for_metrics_is_lost(run: Run) -> None:
    (run.path / "run.json").write_text('{"status": "running"}')
    pipe(run.path / "metrics.jsonl")
    assert run.status == "lost"


def test_open_file_opens_regular_files_only(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"text")
    with open_file(tmp_path / "a") as file:
        assert file.read() == b"text"
    pipe(tmp_path / "pipe")
    with pytest.raises(NotAFile):
        open_file(tmp_path / "pipe")


def test_file_replaced_by_a_pipe_before_opening_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe(tmp_path / "pipe")
    regular = Path(__file__).stat()
    monkeypatch.setattr(Path, "stat", lambda path: regular)
    with pytest.raises(NotAFile):
        open_file(tmp_path / "pipe")


def memory_of(read: Callable[[], object]) -> int:
    """Return the peak memory in bytes of a read that ends in an error."""
    tracemalloc.start()
    try:
        with pytest.raises(NncliError):
            read()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("beginning", [b"", ROW % 0, b'{"epoch": 0, "loss": 0.', b"["], ids=ascii)
def test_endless_line_takes_no_memory(run: Run, beginning: bytes) -> None:
    with (run.path / "metrics.jsonl").open("wb") as file:
        file.write(beginning)
        file.truncate(500_000_000)
    assert memory_of(run.rows) < 1_000_000
    assert run.last_row() is None


def test_huge_files_take_no_memory(run: Run) -> None:
    for name in ("config.yaml", "run.json", "metrics.jsonl", "summary.json"):
        with (run.path / name).open("wb") as file:
            file.truncate(1 << 42)
    assert memory_of(run.config_text) < 1_000_000
    assert memory_of(run.metrics) < 5_000_000  # a block of a megabyte, the line that it ends in, and their copies
    assert (run.info(), run.summary(), run.last_row()) == ({}, None, None)


def test_config_over_the_size_limit_is_refused(run: Run) -> None:
    (run.path / "config.yaml").write_bytes(b"#" * 1_000_000)
    assert len(run.config_text()) == 1_000_000
    (run.path / "config.yaml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(NncliError) as caught:
        run.config_text()
    assert str(caught.value) == f"{run.path}/config.yaml: is larger than 1 MB, so nncli did not write it"


def test_rows_with_different_names_are_limited(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A column for each name would take the square of the file's size in memory."""
    monkeypatch.setattr(metrics_columns, "MAX_NUMBERS", 100_000)
    lines = [json.dumps({"epoch": i, f"figure {i}": i}) for i in range(5000)]
    (run.path / "metrics.jsonl").write_text("\n".join(lines) + "\n")
    assert memory_of(run.metrics) < 5_000_000
    with pytest.raises(NncliError, match="is too large: more than 100,000 numbers"):
        run.metrics()


def test_columns_take_a_small_multiple_of_their_size(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fast reader takes ten times the memory of a block of the file, and blocks are small."""
    monkeypatch.setattr(metrics_columns, "BLOCK", 1 << 12)
    (run.path / "metrics.jsonl").write_bytes(b"".join(ROW % i for i in range(20_000)))
    tracemalloc.start()
    columns = run.metrics()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert columns["epoch"][-1] == 19_999
    assert peak < 4 * 20_000 * 2 * 8  # as blocks, as one table, and transposed


def test_commands_never_block(tmp_path: Path) -> None:
    """Uses real processes, because a blocked test in this one could only be killed."""
    program = Program(tmp_path)
    run = program.train()
    for name, command in [
        ("metrics.jsonl", ("plot", "latest")),
        ("config.yaml", ("eval", "latest")),
    ]:
        content = (run.path / name).read_bytes()
        (run.path / name).unlink()
        pipe(run.path / name)
        done = program(*command)
        assert done == (1, "", f"runs/{run.name}/{name}: cannot be read: not a regular file\n")
        (run.path / name).unlink()
        (run.path / name).write_bytes(content)
