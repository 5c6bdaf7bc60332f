"""Runs never share a directory, are found by path or name, and are listed fast."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nncli.errors import ExitCode, NncliError, UsageError
from nncli.store import Run, default_runs_dir, find_run, find_unique_run, list_runs, new_run


@pytest.fixture
def runs_dir(tmp_path):
    return tmp_path / "runs"


def make(runs_dir: Path, name: str, *, checkpoint: bool = True, **info: object) -> Path:
    path = runs_dir / name
    (path / "checkpoints").mkdir(parents=True)
    (path / "run.json").write_text(json.dumps({"status": "done"} | info))
    if checkpoint:
        (path / "checkpoints" / "last.npz").touch()
    return path


def error_lines(runs_dir: Path, reference: str, find=find_run) -> list[str]:
    with pytest.raises(UsageError) as caught:
        find(runs_dir, reference)
    assert caught.value.exit_code is ExitCode.USAGE
    return caught.value.lines()


@pytest.mark.parametrize(
    ("variable", "expected"), [(None, "runs"), ("", "runs"), ("elsewhere/mine", "elsewhere/mine"), ("/a b", "/a b")]
)
def test_default_runs_dir_follows_the_environment_variable(monkeypatch, variable, expected):
    monkeypatch.delenv("NNCLI_RUNS_DIR", raising=False)
    if variable is not None:
        monkeypatch.setenv("NNCLI_RUNS_DIR", variable)
    assert default_runs_dir() == Path(expected)


def test_new_run_has_directory_config_and_info(runs_dir):
    before = time.strftime("%Y%m%d-%H%M%S")
    with new_run(runs_dir, "sine", "name: sine\n", {"command": ["nncli"], "trial": True}) as writer:
        assert re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{4}", writer.path.name)
        assert before <= writer.path.name[:15] <= time.strftime("%Y%m%d-%H%M%S")
        run = Run(writer.path)
        assert writer.path.parent == runs_dir / "sine"
        assert run.config_text() == "name: sine\n"
        assert run.info() | {"start": ""} == {
            "format": 1,
            "status": "running",
            "exit_code": None,
            "reason": "",
            "start": "",
            "end": None,
            "command": ["nncli"],
            "trial": True,
        }
        assert run.status == "running"
    assert run.status == "stopped"


def test_runs_are_listed_newest_first(runs_dir):
    created = []
    for i in range(6):
        with new_run(runs_dir, "ab"[i % 2], "", {}) as writer:
            created.append(writer.path)
    assert [run.path for run in list_runs(runs_dir)] == created[::-1]


def test_simultaneous_runs_get_separate_directories(runs_dir):
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom nncli.store.directory import _new_directory\n"
        "parent = Path(sys.argv[1]); parent.mkdir(parents=True, exist_ok=True)\n"
        "time.sleep(max(0, float(sys.argv[2]) - time.time()))\n"
        "for _ in range(200): print(_new_directory(parent, ''))"
    )
    command = [sys.executable, "-c", script, str(runs_dir / "sine"), str(time.time() + 0.4)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(5)]
    paths = [line for process in processes for line in process.communicate()[0].splitlines()]
    assert len(paths) == len(set(paths)) == 1000
    assert len(list_runs(runs_dir)) == 1000


def test_parallel_processes_create_separate_runs(runs_dir):
    script = "import sys, pathlib\nfrom nncli.store import new_run\nfor _ in range(2):\n"
    script += "    with new_run(pathlib.Path(sys.argv[1]), 'sine', '', {}) as writer: print(writer.path)"
    command = [sys.executable, "-c", script, str(runs_dir)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    paths = [line for process in processes for line in process.communicate()[0].splitlines()]
    assert len(set(paths)) == 8
    assert {Run(Path(path)).status for path in paths} == {"stopped"}


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "../a", ".hidden", "-x", "a\nb", "a★", "a\0b", "é" * 128])
def test_invalid_names_are_refused(runs_dir, name):
    with pytest.raises(UsageError) as caught:
        new_run(runs_dir, name, "", {})
    rules = (
        "must consist of letters, digits, `.`, `_` and `-`, and must not begin with `.` or `-`",
        "must be at most 255 bytes long",
    )
    assert caught.value.message in [f"is not a valid name for a run: it {rule}" for rule in rules]
    assert not runs_dir.exists()


def test_link_out_of_the_runs_directory_is_refused(runs_dir, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    make(tmp_path / "elsewhere", "20250101-000000-0000")
    runs_dir.mkdir()
    (runs_dir / "sine").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError) as caught:
        new_run(runs_dir, "sine", "", {})
    assert caught.value.lines() == [
        f"{runs_dir}/sine: is a link to a place outside the runs directory",
        "hint: choose another name, or remove the link",
    ]
    assert list_runs(runs_dir) == []

    assert error_lines(runs_dir, "sine")[0] == f"sine: matches no run in {runs_dir}"


def test_runs_directory_may_be_a_link(runs_dir, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    runs_dir.symlink_to(tmp_path / "elsewhere")
    with new_run(runs_dir, "sine", "", {}) as writer:
        assert writer.path.is_relative_to(runs_dir)
    assert len(list_runs(runs_dir)) == 1


def test_runs_directory_that_is_a_file_is_refused(runs_dir):
    runs_dir.write_text("")
    for do in (lambda: new_run(runs_dir, "sine", "", {}), lambda: list_runs(runs_dir)):
        with pytest.raises(NncliError, match=r"runs.*: cannot be (created|read): not a directory"):
            do()


def test_run_that_cannot_be_created_leaves_no_files(runs_dir, monkeypatch):
    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(NncliError, match=r"config\.yaml: cannot be written: no space left on device"):
        new_run(runs_dir, "sine", "", {})
    assert list_runs(runs_dir) == []


def test_listing_skips_files_hidden_folders_and_links(runs_dir):
    assert list_runs(runs_dir) == []
    old, new = make(runs_dir, "zeta/20240101-000000-0001"), make(runs_dir, "alpha/20250101-000000-0001")
    (runs_dir / ".gitkeep").touch()
    (runs_dir / "notes.txt").touch()
    (runs_dir / "alpha" / "20250101-000000-0002").touch()
    (runs_dir / "alpha" / "figures").mkdir()
    (runs_dir / ".cache" / "20250101-000000-0001").mkdir(parents=True)
    (runs_dir / "alpha" / "20260101-000000-0001").symlink_to(old)
    assert [run.path for run in list_runs(runs_dir)] == [new, old]


def test_listing_a_thousand_runs_is_fast(runs_dir):
    for i in range(1000):
        (runs_dir / f"sweep-{i % 10}" / f"20250101-{i:06}-abcd").mkdir(parents=True)
    costs = []
    for _ in range(3):
        began = time.perf_counter()
        assert len(list_runs(runs_dir)) == 1000
        costs.append(time.perf_counter() - began)
    assert min(costs) < 0.2


def test_run_is_found_by_path(runs_dir, tmp_path, monkeypatch):
    path = make(runs_dir, "sine/20250101-000000-0001")
    (tmp_path / "link").symlink_to(path)
    assert find_run(tmp_path / "other", str(path)).path == path
    assert find_run(tmp_path / "other", str(tmp_path / "link")).name == "sine/20250101-000000-0001"
    monkeypatch.chdir(path)
    assert find_run(tmp_path / "other", ".").name == "sine/20250101-000000-0001"
    assert error_lines(tmp_path / "other", "")[0] == f'"": matches no run in {tmp_path}/other'


def test_run_is_found_by_part_of_its_name(runs_dir):
    first, second = make(runs_dir, "sine/20250101-000000-00aa"), make(runs_dir, "sine-wide/20250102-000000-00bb")
    for reference in ("sine", "sine/", "sine/20250101-000000-00aa", "00aa", "0101", "20250101-000000-00aa"):
        assert find_run(runs_dir, reference).path == first, reference
    for reference in ("wide", "sine-wide", "sine-", "bb", "wide/2025"):
        assert find_run(runs_dir, reference).path == second, reference


def test_ambiguous_name_gives_the_newest_run_or_an_error(runs_dir):
    for i in range(7):
        make(runs_dir, f"sine/20250101-00000{i}-00aa")
    names = ", ".join(f"sine/20250101-00000{i}-00aa" for i in (6, 5, 4, 3, 2))
    lines = [f"sin: matches 7 runs in {runs_dir}", f"hint: choose one of {names} or 2 more"]
    assert error_lines(runs_dir, "sin", find_unique_run) == lines
    newest, notes = "sine/20250101-000006-00aa", []
    for reference in ("sin", "06-", newest):
        assert find_run(runs_dir, reference, notes.append).name == newest
    assert notes == [f"sin: matches 7 runs; using the newest, {newest}"]


def copy_run(path: Path, target: Path) -> Path:
    shutil.copytree(path, target)
    return target


def test_copied_or_renamed_run_is_listed_under_its_new_name(runs_dir):
    old = make(runs_dir, "a/20240101-000000-0001", start="2024-01-01T00:00:00+00:00")
    new = make(runs_dir, "a/20250101-000000-0001")
    copies = [
        copy_run(old, runs_dir / name)
        for name in ("b/20240101-000000-0001", "b/my best", "b/20260101-000000-0001 (copy)", "keep")
    ]
    listed = [run.path for run in list_runs(runs_dir)]
    assert listed[:2] == [copies[2], new]  # by the date in the name, else by the start in run.json
    assert sorted(listed[2:]) == sorted([old, copies[0], copies[1], copies[3]])
    (runs_dir / "a").rename(runs_dir / "실험 1")
    assert find_run(runs_dir, "실험 1/20240101").path == runs_dir / "실험 1" / old.name
    assert find_run(runs_dir, "best").path == copies[1]
    assert find_run(runs_dir, "keep").path == copies[3]
    assert find_run(runs_dir, "latest").path == copies[2]
    assert error_lines(runs_dir, "20240101-000000-0001", find_unique_run)[0].startswith(
        "20240101-000000-0001: matches 2 runs"
    )
    assert error_lines(runs_dir, "a/2025")[0] == f"a/2025: matches no run in {runs_dir}"


def test_renamed_run_with_damaged_start_is_listed_last(runs_dir):
    created = make(runs_dir, "a/20240101-000000-0001")
    for number, start in enumerate([None, 5, "soon", "0001-01-01T00:00:00+14:00"]):
        make(runs_dir, f"a/odd-{number}", start=start)
    assert list_runs(runs_dir)[0].path == created
    assert len(list_runs(runs_dir)) == 5


def test_name_is_found_in_any_unicode_normalization(runs_dir):
    created = make(runs_dir, "ha\u0308user/20240101-000000-0001")
    assert find_run(runs_dir, "häuser").path == created
    assert find_run(runs_dir, "ha\u0308user").name == "häuser/20240101-000000-0001"


def test_unknown_name_gets_a_suggestion(runs_dir, tmp_path):
    hint = "hint: train a run first: nncli train configs/sine.yaml"
    assert error_lines(runs_dir, "sine") == [f"sine: matches no run in {runs_dir}", hint]
    make(runs_dir, "spiral/20250102-000000-00bb")
    make(runs_dir, "sine/20250101-000000-00aa")
    hint = "hint: did you mean one of these? sine/20250101-000000-00aa"
    assert error_lines(runs_dir, "sien") == [f"sien: matches no run in {runs_dir}", hint]
    hint = "hint: choose a run; the newest are spiral/20250102-000000-00bb, sine/20250101-000000-00aa"
    assert error_lines(runs_dir, "xor") == [f"xor: matches no run in {runs_dir}", hint]
    assert error_lines(runs_dir, str(tmp_path)) == [f"{tmp_path}: is a directory, but not a run", hint]
    for odd in ("a\0b", "x" * 10_000, "../../etc", "..", "*", "/"):
        assert error_lines(runs_dir, odd)[1] == hint


def test_latest_is_the_newest_run_with_a_checkpoint(runs_dir):
    lines = error_lines(runs_dir, "latest")
    hint = "hint: choose another directory with --runs-dir, or train a run: nncli train configs/sine.yaml"
    assert lines == [f"latest: no run in {runs_dir} has a checkpoint", hint]
    created = make(runs_dir, "zeta/20240101-000000-0001")
    make(runs_dir, "alpha/20230101-000000-0001")
    make(runs_dir, "alpha/20250101-000000-0001", checkpoint=False)
    make(runs_dir, "alpha/20250102-000000-0001", trial=True)
    assert find_run(runs_dir, "latest").path == created
    best = make(runs_dir, "beta/20260101-000000-0001", checkpoint=False)
    (best / "checkpoints" / "best.npz").touch()
    assert find_run(runs_dir, "latest").path == best


def test_store_imports_no_heavy_module():
    heavy = {"numpy", "yaml", "rich", "pydantic", "typer", "zipfile", "subprocess", "multiprocessing", "nncli.events"}
    script = f"import sys; sys.path.insert(0, {str(Path.cwd())!r}); import nncli; before = set(sys.modules)\n"
    script += f"import nncli.store; print(({heavy!r} - before) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
