"""Runs never share a directory, are found by what people call them, and are listed fast."""

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
from nncli.store import Run, default_runs_dir, find_named, find_run, list_runs, new_run


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


def refused(runs_dir: Path, reference: str, find=find_run) -> list[str]:
    with pytest.raises(UsageError) as caught:
        find(runs_dir, reference)
    assert caught.value.exit_code is ExitCode.USAGE
    return caught.value.lines()


@pytest.mark.parametrize(
    ("variable", "expected"), [(None, "runs"), ("", "runs"), ("elsewhere/mine", "elsewhere/mine"), ("/a b", "/a b")]
)
def test_the_default_directory_is_that_of_the_variable(monkeypatch, variable, expected):
    monkeypatch.delenv("NNCLI_RUNS_DIR", raising=False)
    if variable is not None:
        monkeypatch.setenv("NNCLI_RUNS_DIR", variable)
    assert default_runs_dir() == Path(expected)


def test_a_new_run_has_its_directory_and_its_papers(runs_dir):
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


def test_runs_one_after_the_other_sort_by_time(runs_dir):
    made = []
    for i in range(6):
        with new_run(runs_dir, "ab"[i % 2], "", {}) as writer:
            made.append(writer.path)
    assert [run.path for run in list_runs(runs_dir)] == made[::-1]


def test_runs_at_one_moment_get_a_directory_each(runs_dir):
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom nncli.store.directory import _new_directory\n"
        "parent = Path(sys.argv[1]); parent.mkdir(parents=True, exist_ok=True)\n"
        "time.sleep(max(0, float(sys.argv[2]) - time.time()))\n"
        "for _ in range(200): print(_new_directory(parent))"
    )
    command = [sys.executable, "-c", script, str(runs_dir / "sine"), str(time.time() + 0.4)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(5)]
    paths = [line for process in processes for line in process.communicate()[0].splitlines()]
    assert len(paths) == len(set(paths)) == 1000
    assert len(list_runs(runs_dir)) == 1000


def test_whole_new_runs_in_parallel(runs_dir):
    script = "import sys, pathlib\nfrom nncli.store import new_run\nfor _ in range(2):\n"
    script += "    with new_run(pathlib.Path(sys.argv[1]), 'sine', '', {}) as writer: print(writer.path)"
    command = [sys.executable, "-c", script, str(runs_dir)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    paths = [line for process in processes for line in process.communicate()[0].splitlines()]
    assert len(set(paths)) == 8
    assert {Run(Path(path)).status for path in paths} == {"stopped"}


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "../a", ".hidden", "-x", "a\nb", "a★", "a\0b", "é" * 128])
def test_a_name_cannot_lead_elsewhere(runs_dir, name):
    with pytest.raises(UsageError) as caught:
        new_run(runs_dir, name, "", {})
    rules = (
        "must consist of letters, digits, `.`, `_` and `-`, and must not begin with `.` or `-`",
        "must be at most 255 bytes long",
    )
    assert caught.value.message in [f"cannot be the name of a run: it {rule}" for rule in rules]
    assert not runs_dir.exists()


def test_nor_can_a_link(runs_dir, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    make(tmp_path / "elsewhere", "20250101-000000-0000")
    runs_dir.mkdir()
    (runs_dir / "sine").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError) as caught:
        new_run(runs_dir, "sine", "", {})
    assert str(caught.value) == f"{runs_dir}/sine: is a link that leads out of the runs directory"
    assert list_runs(runs_dir) == []
    assert refused(runs_dir, "sine")[0] == f"sine: names no run in {runs_dir}"


def test_the_runs_directory_itself_may_be_a_link(runs_dir, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    runs_dir.symlink_to(tmp_path / "elsewhere")
    with new_run(runs_dir, "sine", "", {}) as writer:
        assert writer.path.is_relative_to(runs_dir)
    assert len(list_runs(runs_dir)) == 1


def test_a_place_where_no_run_can_be(runs_dir):
    runs_dir.write_text("")
    for do in (lambda: new_run(runs_dir, "sine", "", {}), lambda: list_runs(runs_dir)):
        with pytest.raises(NncliError, match=r"runs.*: cannot be (made|read): not a directory"):
            do()


def test_what_cannot_be_begun_leaves_nothing(runs_dir, monkeypatch):
    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(NncliError, match=r"config\.yaml: cannot be written: no space left on device"):
        new_run(runs_dir, "sine", "", {})
    assert list_runs(runs_dir) == []


def test_listing_passes_over_what_is_no_run(runs_dir):
    assert list_runs(runs_dir) == []
    old, new = make(runs_dir, "zeta/20240101-000000-0001"), make(runs_dir, "alpha/20250101-000000-0001")
    (runs_dir / ".gitkeep").touch()
    (runs_dir / "notes.txt").touch()
    (runs_dir / "alpha" / "20250101-000000-0002").touch()
    (runs_dir / "alpha" / "figures").mkdir()
    (runs_dir / ".cache" / "20250101-000000-0001").mkdir(parents=True)
    (runs_dir / "alpha" / "20260101-000000-0001").symlink_to(old)
    assert [run.path for run in list_runs(runs_dir)] == [new, old]


def test_a_thousand_runs_are_listed_at_once(runs_dir):
    for i in range(1000):
        (runs_dir / f"sweep-{i % 10}" / f"20250101-{i:06}-abcd").mkdir(parents=True)
    costs = []
    for _ in range(3):
        began = time.perf_counter()
        assert len(list_runs(runs_dir)) == 1000
        costs.append(time.perf_counter() - began)
    assert min(costs) < 0.2


def test_a_run_by_its_path(runs_dir, tmp_path, monkeypatch):
    path = make(runs_dir, "sine/20250101-000000-0001")
    (tmp_path / "link").symlink_to(path)
    assert find_run(tmp_path / "other", str(path)).path == path
    assert find_run(tmp_path / "other", str(tmp_path / "link")).name == "sine/20250101-000000-0001"
    monkeypatch.chdir(path)
    assert find_run(tmp_path / "other", ".").name == "sine/20250101-000000-0001"
    assert refused(tmp_path / "other", "")[0] == f'"": names no run in {tmp_path}/other'


def test_a_run_by_a_part_of_its_name(runs_dir):
    first, second = make(runs_dir, "sine/20250101-000000-00aa"), make(runs_dir, "sine-wide/20250102-000000-00bb")
    for reference in ("sine", "sine/", "sine/20250101-000000-00aa", "00aa", "0101", "20250101-000000-00aa"):
        assert find_run(runs_dir, reference).path == first, reference
    for reference in ("wide", "sine-wide", "sine-", "bb", "wide/2025"):
        assert find_run(runs_dir, reference).path == second, reference


def test_a_part_of_several_names(runs_dir):
    for i in range(7):
        make(runs_dir, f"sine/20250101-00000{i}-00aa")
    shown = ", ".join(f"sine/20250101-00000{i}-00aa" for i in (6, 5, 4, 3, 2))
    lines = [f"sin: names 7 runs in {runs_dir}", f"hint: say which: {shown} or 2 more"]
    assert refused(runs_dir, "sin", find_named) == lines
    newest, notes = "sine/20250101-000006-00aa", []
    for reference in ("sin", "06-", newest):
        assert find_run(runs_dir, reference, notes.append).name == newest
    assert notes == [f"sin: names 7 runs; using the newest, {newest}"]


def copied(path: Path, target: Path) -> Path:
    shutil.copytree(path, target)
    return target


def test_a_copied_or_renamed_run_is_listed_under_its_new_name(runs_dir):
    old = make(runs_dir, "a/20240101-000000-0001", start="2024-01-01T00:00:00+00:00")
    new = make(runs_dir, "a/20250101-000000-0001")
    copies = [
        copied(old, runs_dir / name)
        for name in ("b/20240101-000000-0001", "b/my best", "b/20260101-000000-0001 (copy)", "keep")
    ]
    listed = [run.path for run in list_runs(runs_dir)]
    assert listed[:2] == [copies[2], new]  # a date in the name counts; else run.json says when it began
    assert sorted(listed[2:]) == sorted([old, copies[0], copies[1], copies[3]])
    (runs_dir / "a").rename(runs_dir / "실험 1")
    assert find_run(runs_dir, "실험 1/20240101").path == runs_dir / "실험 1" / old.name
    assert find_run(runs_dir, "best").path == copies[1]
    assert find_run(runs_dir, "keep").path == copies[3]
    assert find_run(runs_dir, "latest").path == copies[2]
    assert refused(runs_dir, "20240101-000000-0001", find_named)[0].startswith("20240101-000000-0001: names 2 runs")
    assert refused(runs_dir, "a/2025")[0] == f"a/2025: names no run in {runs_dir}"


def test_a_renamed_run_with_a_damaged_start_is_the_oldest(runs_dir):
    made = make(runs_dir, "a/20240101-000000-0001")
    for number, start in enumerate([None, 5, "soon", "0001-01-01T00:00:00+14:00"]):
        make(runs_dir, f"a/odd-{number}", start=start)
    assert list_runs(runs_dir)[0].path == made
    assert len(list_runs(runs_dir)) == 5


def test_a_name_is_found_however_its_letters_are_composed(runs_dir):
    made = make(runs_dir, "ha\u0308user/20240101-000000-0001")
    assert find_run(runs_dir, "häuser").path == made
    assert find_run(runs_dir, "ha\u0308user").name == "häuser/20240101-000000-0001"


def test_no_such_run(runs_dir, tmp_path):
    hint = "hint: there are no runs yet; train one: nncli train configs/sine.yaml"
    assert refused(runs_dir, "sine") == [f"sine: names no run in {runs_dir}", hint]
    make(runs_dir, "spiral/20250102-000000-00bb")
    make(runs_dir, "sine/20250101-000000-00aa")
    hint = "hint: did you mean one of these? sine/20250101-000000-00aa"
    assert refused(runs_dir, "sien") == [f"sien: names no run in {runs_dir}", hint]
    hint = "hint: the newest are spiral/20250102-000000-00bb, sine/20250101-000000-00aa"
    assert refused(runs_dir, "xor") == [f"xor: names no run in {runs_dir}", hint]
    assert refused(runs_dir, str(tmp_path)) == [f"{tmp_path}: is a directory, but not of a run", hint]
    for odd in ("a\0b", "x" * 10_000, "../../etc", "..", "*", "/"):
        assert refused(runs_dir, odd)[1] == hint


def test_latest(runs_dir):
    lines = refused(runs_dir, "latest")
    hint = "hint: name another directory with --runs-dir, or train: nncli train configs/sine.yaml"
    assert lines == [f"latest: no run in {runs_dir} has a checkpoint", hint]
    made = make(runs_dir, "zeta/20240101-000000-0001")
    make(runs_dir, "alpha/20230101-000000-0001")
    make(runs_dir, "alpha/20250101-000000-0001", checkpoint=False)
    make(runs_dir, "alpha/20250102-000000-0001", trial=True)
    assert find_run(runs_dir, "latest").path == made
    best = make(runs_dir, "beta/20260101-000000-0001", checkpoint=False)
    (best / "checkpoints" / "best.npz").touch()
    assert find_run(runs_dir, "latest").path == best


def test_listing_imports_nothing_heavy():
    heavy = {"numpy", "yaml", "rich", "pydantic", "typer", "zipfile", "subprocess", "multiprocessing", "nncli.events"}
    script = f"import sys; sys.path.insert(0, {str(Path.cwd())!r}); import nncli; before = set(sys.modules)\n"
    script += f"import nncli.store; print(({heavy!r} - before) & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"
