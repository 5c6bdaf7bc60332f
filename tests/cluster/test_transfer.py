"""Runs and data files between a sweep and workers, in pieces."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from nncli import config
from nncli.cluster import files
from nncli.cluster.files import digest, list_files
from nncli.cluster.orders import Report, SentFile
from nncli.cluster.receiving import IncompleteRun, Receiver
from nncli.cluster.scratch import copies_of, with_copies
from nncli.cluster.sending import NotSent, Sender
from nncli.errors import NncliError
from nncli.trials import Outcome
from tests.cli.program import TINY


class Worker(NamedTuple):
    """A worker of Dask, as far as its scratch directory matters."""

    local_directory: str


class DirectClient:
    """Calls the functions of a worker directly, unless they are to fail."""

    def __init__(self, folder: Path) -> None:
        self.worker = Worker(str(folder / "space" / "worker-1"))
        self.scratch = folder / "space" / "nncli"
        self.calls = list[str]()
        self.error: Exception | None = None

    async def ask(self, address: str, function: Callable[..., Any], *arguments: object) -> Any:
        self.calls.append(function.__name__)
        if self.error is not None:
            return self.error
        try:
            options = {} if function.__name__ == "read_piece" else {"dask_worker": self.worker}
            answer = function(*arguments, **options)
            return await answer if asyncio.iscoroutine(answer) else answer
        except Exception as error:
            return error

    def tell(self, function: Callable[..., None], *arguments: object, address: str | None = None) -> None:
        function(*arguments)


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DirectClient:
    monkeypatch.setattr(files, "PIECE_BYTES", 4)
    return DirectClient(tmp_path)


def make_run(folder: Path) -> Path:
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "checkpoints" / "last.npz").write_bytes(b"0123456789")
    (folder / "run.json").write_text("{}")
    (folder / "empty").touch()
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: (folder / file.name).read_bytes() for file in list_files(folder)}


def report_of(run: Path, *, inline: bool = False) -> Report:
    outcome = Outcome(run, 0, "done", "", {})
    return Report(outcome, files=list_files(run), folder=run, contents=contents(run) if inline else None)


def receive(client: DirectClient, directory: Path, report: Report, *, wanted: bool = True) -> Report:
    async def receiving() -> Report:
        receiver = Receiver(client, directory)  # type: ignore[arg-type]
        return await receiver.receive(report, "tcp://worker", "00000-seed0", lambda: wanted, sync=True)

    return asyncio.run(receiving())


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Return the directory of a sweep, in which an earlier part of the run is."""
    directory = tmp_path / "sweep"
    make_run(directory / "00000-seed0")
    (directory / "00000-seed0" / "earlier").touch()
    return directory


@pytest.mark.parametrize("inline", [True, False])
def test_received_run_replaces_an_earlier_part(
    client: DirectClient, tmp_path: Path, directory: Path, inline: bool
) -> None:
    run = make_run(tmp_path / "there" / "00000-seed0")
    expected = contents(run)
    report = receive(client, directory, report_of(run, inline=inline))
    assert report.outcome.path == directory / "00000-seed0"
    assert contents(directory / "00000-seed0") == expected
    assert [path.name for path in directory.iterdir()] == ["00000-seed0"]
    assert client.calls == ([] if inline else ["read_piece"] * 4)
    assert run.exists() == inline  # the worker removes inline runs itself, when it sends them


def test_run_that_is_not_wanted_any_more_changes_nothing(client: DirectClient, tmp_path: Path, directory: Path) -> None:
    receive(client, directory, report_of(make_run(tmp_path / "there")), wanted=False)
    assert (directory / "00000-seed0" / "earlier").exists()
    assert [path.name for path in directory.iterdir()] == ["00000-seed0"]


@pytest.mark.parametrize("change", ["digest", "size", "name", "gone", "worker"])
def test_damaged_run_is_not_received(client: DirectClient, tmp_path: Path, directory: Path, change: str) -> None:
    run = make_run(tmp_path / "there")
    report = report_of(run)
    if change == "digest":
        (run / "checkpoints" / "last.npz").write_bytes(b"012345678X")
    elif change == "size":
        (run / "checkpoints" / "last.npz").write_bytes(b"01234")
    elif change == "name":
        report = report._replace(files=(SentFile("../outside", 0, ""),))
    elif change == "gone":
        (run / "checkpoints" / "last.npz").unlink()
    else:
        client.error = OSError("lost")
    with pytest.raises(IncompleteRun):
        receive(client, directory, report)
    assert [path.name for path in directory.iterdir()] == ["00000-seed0"]
    assert (directory / "00000-seed0" / "earlier").exists()


def test_run_that_cannot_be_written_is_an_error(client: DirectClient, tmp_path: Path) -> None:
    file = tmp_path / "sweep"
    file.touch()  # a folder cannot be created in it
    with pytest.raises(NncliError, match="cannot be written"):
        receive(client, file, report_of(make_run(tmp_path / "there"), inline=True))


def send(client: DirectClient, sending: Callable[[Sender], Any]) -> None:
    async def run() -> None:
        await sending(Sender(client))  # type: ignore[arg-type]

    asyncio.run(run())


def test_unfinished_run_is_sent_unless_the_machine_has_one(client: DirectClient, tmp_path: Path) -> None:
    run = make_run(tmp_path / "sweep" / "00000-seed0")
    sent = client.scratch / "sweep-1" / "00000-seed0"
    send(client, lambda sender: sender.send_run("tcp://worker", run, "sweep-1", ()))
    assert contents(sent) == contents(run)
    (sent / "later").touch()
    send(client, lambda sender: sender.send_run("tcp://worker", run, "sweep-1", ()))
    assert (sent / "later").exists()
    assert [path.name for path in client.scratch.iterdir()] == ["sweep-1"]


def test_data_file_is_sent_and_used(client: DirectClient, tmp_path: Path) -> None:
    path = tmp_path / "houses.csv"
    path.write_text("x,price\n1,2\n")
    file = SentFile(str(path), path.stat().st_size, digest(path))
    assert copies_of([file], client.worker) == {}
    send(client, lambda sender: sender.send_data("tcp://worker", [file]))
    path.unlink()  # on the machine of the worker
    (copy,) = copies_of([file], client.worker).values()
    assert Path(copy).read_text() == "x,price\n1,2\n"
    spec = TINY.replace("{type: sine, samples: 20}", f"{{type: csv, path: {path}, target: price}}")
    changed = config.read_saved(with_copies(spec, ((str(path), copy),)), "config.yaml")
    assert config.settings(changed)["data"]["path"] == copy


def test_data_file_that_has_changed_is_not_kept(client: DirectClient, tmp_path: Path) -> None:
    path = tmp_path / "houses.csv"
    path.write_text("x,price\n1,2\n")
    with pytest.raises(NotSent, match="has changed while it was sent"):
        send(client, lambda sender: sender.send_data("tcp://worker", [SentFile(str(path), 12, "another digest")]))
    assert list(client.scratch.iterdir()) == []


def test_data_file_is_not_sent_to_a_lost_worker(client: DirectClient, tmp_path: Path) -> None:
    path = tmp_path / "houses.csv"
    path.touch()
    client.error = OSError("no space left on device")
    with pytest.raises(NotSent, match="no space left on device"):
        send(client, lambda sender: sender.send_data("tcp://worker", [SentFile(str(path), 0, "")]))
