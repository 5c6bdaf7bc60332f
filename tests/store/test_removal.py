"""Runs are removed completely, never during training, and nothing else is touched."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nncli.errors import NncliError, UsageError
from nncli.store import Run, list_runs, new_run
from nncli.store import removal as removal_module
from nncli.store.removal import find_removable, remove_run, remove_useless, useless_runs
from nncli.system import hold_lock, is_locked


@pytest.fixture
def runs_dir(tmp_path):
    return tmp_path / "runs"


def make(runs_dir: Path, name: str = "sine/20250101-000000-0001", status: str = "done", checkpoint: bool = True) -> Run:
    path = runs_dir / name
    (path / "checkpoints").mkdir(parents=True)
    (path / "run.json").write_text(json.dumps({"status": status, "pid": 123, "host": "here\x1b[2J"}))
    (path / "metrics.jsonl").write_text('{"epoch": 0, "loss": 1}\n')
    if checkpoint:
        (path / "checkpoints" / "last.npz").write_text("x")
    return Run(path)


def everything(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_folder_is_removed_with_its_last_run(runs_dir):
    first, second = make(runs_dir), make(runs_dir, "sine/20250101-000000-0002")
    remove_run(runs_dir, first)
    assert [run.path for run in list_runs(runs_dir)] == [second.path]
    assert list((runs_dir / "sine").iterdir()) == [second.path]
    remove_run(runs_dir, second)
    assert everything(runs_dir) == []
    assert runs_dir.is_dir()


def test_folder_with_user_files_is_kept(runs_dir):
    run = make(runs_dir)
    (runs_dir / "sine" / "notes.txt").write_text("mine")
    remove_run(runs_dir, run)
    assert everything(runs_dir) == ["sine", "sine/notes.txt"]


def test_run_in_training_is_not_removed(runs_dir):
    with new_run(runs_dir, "sine", "", {"pid": 7, "host": "there\x1b"}) as writer:
        before = everything(runs_dir)
        with pytest.raises(NncliError) as caught:
            remove_run(runs_dir, Run(writer.path))
        assert caught.value.lines() == [
            f"{writer.path}: is still training and cannot be removed",
            "hint: stop it first: process 7 on there\\x1b",
        ]
        assert everything(runs_dir) == before
    remove_run(runs_dir, Run(writer.path))
    assert list_runs(runs_dir) == []


def test_running_status_without_lock_does_not_prevent_removal(runs_dir):
    remove_run(runs_dir, make(runs_dir, status="running"))
    assert list_runs(runs_dir) == []


def test_run_is_locked_and_hidden_during_removal(runs_dir, monkeypatch):
    run = make(runs_dir)
    observations, rmtree = [], shutil.rmtree

    def deleting(path):
        observations.append((is_locked(path / "metrics.jsonl"), list_runs(runs_dir), path.name.startswith(".")))
        rmtree(path)

    monkeypatch.setattr(shutil, "rmtree", deleting)
    remove_run(runs_dir, run)
    assert observations == [(True, [], True)]


def test_without_file_locks_the_status_in_run_json_counts(runs_dir, monkeypatch):
    def refuse(*_: object) -> bool:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(removal_module, "hold_lock", refuse)
    monkeypatch.setattr("nncli.store.run.is_locked", refuse)
    running, done = make(runs_dir, status="running"), make(runs_dir, "sine/20250101-000000-0002")
    with pytest.raises(NncliError, match="is still training and cannot be removed"):
        remove_run(runs_dir, running)
    remove_run(runs_dir, done)
    assert [run.path for run in list_runs(runs_dir)] == [running.path]


def test_links_in_a_run_are_not_followed(runs_dir, tmp_path):
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("x")
    run = make(runs_dir)
    (run.path / "folder").symlink_to(tmp_path / "precious")
    (run.path / "metrics.jsonl").unlink()
    (run.path / "metrics.jsonl").symlink_to(tmp_path / "precious" / "file")
    remove_run(runs_dir, run)
    assert everything(tmp_path) == ["precious", "precious/file", "runs"]


@pytest.mark.parametrize("kind", ["pipe", "none", "folder"])
def test_run_without_lockable_metrics_is_removed(runs_dir, kind):
    run = make(runs_dir)
    metrics = run.path / "metrics.jsonl"
    metrics.unlink()
    {"pipe": lambda: os.mkfifo(metrics), "folder": metrics.mkdir, "none": lambda: None}[kind]()
    remove_run(runs_dir, run)
    assert list_runs(runs_dir) == []


def test_link_to_a_run_is_refused(runs_dir, tmp_path):
    run = make(runs_dir)
    (tmp_path / "link").symlink_to(run.path)
    (runs_dir / "other").symlink_to(run.path.parent)
    (runs_dir / "sine" / "20250101-000000-0002").symlink_to(run.path)
    for name in ("link", f"runs/other/{run.path.name}", "runs/sine/20250101-000000-0002"):
        reference = tmp_path / name
        with pytest.raises(UsageError) as caught:
            find_removable(runs_dir, str(reference))
        message, hint = caught.value.lines()
        assert message == f"{reference}: is reached through a link, and links are not followed"
        assert hint == f"hint: give its real path: {run.path}"
    assert run.path.is_dir()


def test_nothing_outside_the_runs_directory_is_removed(runs_dir, tmp_path):
    inside, outside = make(runs_dir), make(tmp_path / "elsewhere")
    deep = make(runs_dir, "sine/20250101-000000-0001/deep/20250101-000000-0001")
    odd = runs_dir / "sine" / "mine"
    odd.mkdir()
    (odd / "config.yaml").touch()  # not a run, because it has no run.json
    for run in (
        outside,
        deep,
        Run(odd),
        Run(runs_dir / "sine" / ".." / ".." / "elsewhere" / "sine" / inside.path.name),
    ):
        for call in (find_removable, remove_run):
            with pytest.raises(UsageError, match=r"is not in the runs directory .*\nhint: name its runs directory"):
                call(runs_dir, str(run.path) if call is find_removable else run)
    assert odd.is_dir()
    assert all((run.path / "run.json").is_file() for run in (inside, outside, deep))


def test_renamed_run_is_removed_by_name_but_not_cleaned(runs_dir):
    """`clean` keeps a renamed run whatever its status: its user wants it."""
    run = make(runs_dir, "sine/20250101-000000-0001", "diverged")
    copies = [runs_dir / name for name in ("sine/my best", "spiral/20250101-000000-0001", "alone")]
    for copy in copies:
        shutil.copytree(run.path, copy)
    assert sorted(useless.path for useless in useless_runs(runs_dir)) == sorted([run.path, copies[1]])
    for name, path in (("my best", copies[0]), ("alone", copies[2]), ("spiral/2025", copies[1])):
        before = {run.path for run in list_runs(runs_dir)}
        remove_run(runs_dir, find_removable(runs_dir, name))
        assert before - {run.path for run in list_runs(runs_dir)} == {path}
    assert [each.path for each in list_runs(runs_dir)] == [run.path]
    assert everything(runs_dir)[0] == "sine"


def test_ambiguous_name_is_refused(runs_dir):
    for name in ("a/20250101-000000-0001", "b/20250101-000000-0001"):
        make(runs_dir, name)
    with pytest.raises(UsageError, match=r"^20250101-000000-0001: matches 2 runs"):
        find_removable(runs_dir, "20250101-000000-0001")


def test_run_that_contains_other_runs_is_refused(runs_dir):
    inner = make(runs_dir)
    (runs_dir / "sine" / "run.json").write_text("{}")
    with pytest.raises(UsageError, match="contains other runs, which would be removed too"):
        find_removable(runs_dir, str(runs_dir / "sine"))
    assert inner.path.is_dir()


def test_runs_directory_may_be_a_link(runs_dir, tmp_path, monkeypatch):
    run = make(tmp_path / "real")
    runs_dir.symlink_to(tmp_path / "real")
    monkeypatch.chdir(tmp_path)
    remove_run(Path("runs"), find_removable(Path("runs"), "sine"))
    assert not run.path.exists()
    assert runs_dir.is_symlink()


def test_latest_is_refused(runs_dir):
    make(runs_dir)
    with pytest.raises(UsageError, match="latest: cannot be used to change or remove a run; give its name or path"):
        find_removable(runs_dir, "latest")
    for wrong in ("nothing", "", ".", "..", "/", "sine\0"):
        with pytest.raises(UsageError):
            find_removable(runs_dir, wrong)


def test_run_that_cannot_be_renamed_is_kept(runs_dir, monkeypatch):
    run = make(runs_dir)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        with pytest.raises(NncliError, match="cannot be removed: permission denied"):
            remove_run(runs_dir, run)
    assert run.status == "done"


def test_half_removed_run_is_not_listed_and_can_be_cleaned(runs_dir, monkeypatch):
    run, other = make(runs_dir), make(runs_dir, "sine/20250101-000000-0002")
    unlink = os.unlink

    def refuse(path, **options):
        if str(path).endswith("last.npz"):
            raise PermissionError(13, "Permission denied", str(path))
        unlink(path, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", refuse)
        with pytest.raises(NncliError, match=r"removed-\w{8}: cannot be removed: permission denied"):
            remove_run(runs_dir, run)
    assert [each.path for each in list_runs(runs_dir)] == [other.path]
    (half,) = useless_runs(runs_dir)
    assert half.status == "half removed"
    assert remove_useless(runs_dir, half)
    assert list((runs_dir / "sine").iterdir()) == [other.path]


REMOVE_AND_DIE = """
import os, sys
from pathlib import Path
from nncli.store import list_runs, removal

runs_dir, calls = Path(sys.argv[1]), int(sys.argv[2])

def hook(event, args):
    global calls
    if event in ("os.rename", "os.remove", "os.rmdir"):
        calls -= 1
        if calls < 0:
            os._exit(9)

sys.addaudithook(hook)
for run in list_runs(runs_dir):
    removal.remove_run(runs_dir, run)
"""


def test_kill_at_any_moment_leaves_a_complete_run_or_none(runs_dir):
    for calls in range(8):
        run = make(runs_dir)
        complete = everything(run.path)
        done = subprocess.run([sys.executable, "-c", REMOVE_AND_DIE, str(runs_dir), str(calls)], check=False)
        listed = list_runs(runs_dir)
        assert [everything(each.path) for each in listed] == ([complete] if calls == 0 else [])
        for useless in useless_runs(runs_dir):
            remove_useless(runs_dir, useless)
        shutil.rmtree(runs_dir)
        assert done.returncode == (0 if calls == 7 else 9)


def test_removing_a_run_twice_is_harmless(runs_dir):
    run = make(runs_dir)
    remove_run(runs_dir, run)
    remove_run(runs_dir, run)  # nothing is left to do
    assert (list_runs(runs_dir), list(runs_dir.iterdir())) == ([], [])


def test_new_run_recreates_a_folder_removed_meanwhile(runs_dir, monkeypatch):
    make(runs_dir)
    mkdir, removed = Path.mkdir, []

    def removed_before(path, *arguments, **options):
        if path.parent.name == "sine" and not removed:
            removed.append(remove_run(runs_dir, list_runs(runs_dir)[0]))
        mkdir(path, *arguments, **options)

    monkeypatch.setattr(Path, "mkdir", removed_before)
    with new_run(runs_dir, "sine", "", {}) as writer:
        assert removed
    assert [run.path for run in list_runs(runs_dir)] == [writer.path]


def test_useless_runs_are_found_and_removed(runs_dir):
    names = ("done", "stopped", "diverged", "failed", "running")
    for number, status in enumerate(names):
        for checkpoint in (True, False):
            make(runs_dir, f"{status}/20250101-00000{number}-000{int(checkpoint)}", status, checkpoint)
    results = [(useless.path.parent.name, useless.path.name[-1], useless.status) for useless in useless_runs(runs_dir)]
    assert results == [
        ("running", "0", "lost"),  # with a checkpoint it could be resumed
        ("failed", "0", "failed"),
        ("diverged", "1", "diverged"),
        ("diverged", "0", "diverged"),
    ]
    for useless in useless_runs(runs_dir):
        assert remove_useless(runs_dir, useless)
    assert useless_runs(runs_dir) == []
    assert len(list_runs(runs_dir)) == 6


def test_run_that_became_useful_is_kept(runs_dir):
    run = make(runs_dir, status="running", checkpoint=False)
    (useless,) = useless_runs(runs_dir)
    with (run.path / "metrics.jsonl").open("ab") as file:
        hold_lock(file)
        assert not remove_useless(runs_dir, useless)
    (run.path / "run.json").write_text('{"status": "done"}')
    assert not remove_useless(runs_dir, useless)
    assert run.path.is_dir()


def test_run_in_creation_is_kept(runs_dir):
    path = runs_dir / "sine" / "20250101-000000-0001"
    path.mkdir(parents=True)
    assert Run(path).status == "lost"
    assert useless_runs(runs_dir) == []
    os.utime(path, (time.time() - 120,) * 2)
    assert [useless.path for useless in useless_runs(runs_dir)] == [path]
