"""The guarantees of SECURITY.md, each tested by the test of the same name."""

from __future__ import annotations

import json
import os
import pickle
import re
import signal
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nncli
from nncli import config
from nncli.errors import NncliError, UsageError
from nncli.store import find_run, list_runs, load_arrays, new_run, save_arrays
from tests.cli.program import Program, invoke, json_of
from tests.store.damage import ESCAPES
from tests.store.faults import FAULTS, PARTIAL, Died, Faults, failing

PAGE = Path(__file__).parents[1] / "SECURITY.md"
STEERING = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]|\r(?!\n)")
CLASSES = """\
data: {type: csv, path: t.csv, target: kind}
layers: [{type: dense, units: 2, activation: softmax}]
loss: categorical_crossentropy
train: {epochs: 2}
"""
TABLE = "x,kind\n" + "".join(f"{i},{'ab'[i % 2]}\n" for i in range(20))
# Reports on stderr when a process opens a socket or starts another process.
AUDIT = """\
import sys
def told(event, arguments):
    if event.startswith(("socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess", "os.exec", "os.system")):
        print("AUDIT", event, arguments[0] if event != "subprocess.Popen" else arguments[1], file=sys.stderr)
sys.addaudithook(told)
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    return set_up_process(Program(tmp_path), monkeypatch)


def set_up_process(program: Program, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Set up this process like the program's, for commands that run in it."""
    monkeypatch.chdir(program.folder)
    monkeypatch.setenv("NNCLI_RUNS_DIR", "runs")
    return program


def guarantees() -> list[str]:
    """Return the names of the tests of all guarantees."""
    text = PAGE.read_text(encoding="utf-8").partition("## Guarantees")[2].partition("\n## ")[0]
    return ["test_" + re.sub(r"\W+", "_", title.lower()) for title in re.findall(r"^### (.+)$", text, re.MULTILINE)]


def test_every_guarantee_has_a_test_of_its_name() -> None:
    tests = [name for name in globals() if name.startswith("test_") and not name.startswith("test_every_guarantee")]
    assert len(tests) > 5
    assert guarantees() == tests


class Hostile:
    """An object that runs code when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.mark),)


def test_no_file_runs_code(program: Program) -> None:
    run, mark = program.train(), program.folder / "was-run"
    last = run.path / "checkpoints" / "last.npz"
    content = last.read_bytes()
    np.savez(last, epoch=np.array([Hostile(mark)], object), allow_pickle=True)
    with pytest.raises(NncliError, match="contains Python objects, which could run code"):
        load_arrays(last)
    last.write_bytes(pickle.dumps(Hostile(mark)))
    assert invoke("eval").code == 1
    last.write_bytes(content)
    call = f"!!python/object/apply:os.mkdir ['{mark}']"
    program.write("evil.yaml", f"data: {call}\nlayers: [{{type: dense, units: 1}}]\nloss: mse\n")
    assert invoke("check", "evil.yaml").code == 2
    assert invoke("check", "tiny.yaml", f"seed=__import__('os').mkdir('{mark}')").code == 2
    (run.path / "run.json").write_text(json.dumps({"status": call, "command": call}))
    assert invoke("runs").code == 0
    assert not mark.exists()
    (program.folder / "sitecustomize.py").write_text(AUDIT)
    path = f"{program.folder}:{program.environment()['PYTHONPATH']}"
    done = program("train", "tiny.yaml", "-q", PYTHONPATH=path)
    assert {line.split()[2] for line in done.err.splitlines() if line.startswith("AUDIT")} <= {"['git',", "['uname',"}
    assert "['git', '--no-optional-locks', '-c', 'core.fsmonitor=false'" in done.err
    assert program("eval", PYTHONPATH=path).err == ""


def test_memory_is_bounded(program: Program) -> None:
    """Files that declare huge sizes, in a process with little more memory than valid files need."""
    run = program.train()
    limits = "ulimit -v 1500000; OPENBLAS_NUM_THREADS=1 "
    assert program.shell(f"{limits} nncli eval").code == 0
    members = {"a.npy": np.lib.format.magic(1, 0) + b"\x76\0" + b"{'descr': '<f8', 'fortran_order': False, 'shape': "}
    last = run.path / "checkpoints" / "last.npz"
    with zipfile.ZipFile(last, "w") as archive:
        archive.writestr("a.npy", members["a.npy"] + b"(1000000000,), }".ljust(67) + b"\n")
    assert "has 0 bytes, which does not fit shape (1000000000,)" in program.shell(f"{limits} nncli eval").err
    with zipfile.ZipFile(last, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", bytes(100_000_000))
    assert "is compressed" in program.shell(f"{limits} nncli eval").err
    for name in ("metrics.jsonl", "run.json", "summary.json", "config.yaml"):
        with (run.path / name).open("wb") as file:
            file.truncate(1 << 40)
    error = f"runs/{run.name}/metrics.jsonl: is too large: more than 1 GiB\n"
    assert program.shell(f"{limits} nncli plot latest").err == error
    with pytest.raises(UsageError, match="training would need over a million GB of memory"):
        config.load(program.folder / "tiny.yaml", ["layers.0.units=1e13"])


def test_no_command_waits_for_a_file(program: Program) -> None:
    run = program.train()
    os.mkfifo(program.folder / "pipe")
    for name in ("run.json", "config.yaml", "metrics.jsonl", "checkpoints/last.npz"):
        (run.path / name).unlink()
        os.mkfifo(run.path / name)
    program.write("extends.yaml", "extends: pipe\n")
    program.write("zero.yaml", "extends: /dev/zero\n")
    data = "data: {type: csv, path: PATH, target: y}\nlayers: [{type: dense, units: 1}]\nloss: mse\n"
    sources = [("p.yaml", "pipe"), ("z.yaml", "/dev/zero")]
    paths = [program.write(name, data.replace("PATH", path)) for name, path in sources]
    program.write("deep.yaml", "[" * 100_000)
    program.write(
        "aliases.yaml", "a0: &a0 x\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 30))
    )
    before = signal.signal(signal.SIGALRM, lambda *_: pytest.fail("it waits"))
    signal.alarm(10)
    try:
        with pytest.raises(NncliError, match="not a regular file"):
            run.config_text()
        assert (run.status, run.last_row()) == ("lost", None)
        with pytest.raises(NncliError, match=r"not a regular file|has no checkpoint"):
            run.checkpoint("last")
        for name in ("extends.yaml", "zero.yaml", *paths):
            with pytest.raises(UsageError, match="cannot be read: not a regular file"):
                config.load(Path(name))
        for name, message in [("deep.yaml", "lists and mappings deep"), ("aliases.yaml", "more than 10,000 values")]:
            with pytest.raises(UsageError, match=message):
                config.load(Path(name))
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def test_runs_stay_in_the_runs_directory(program: Program) -> None:
    outside, runs_dir = program.folder / "outside", program.runs_dir
    (outside / "20260101-000000-0000").mkdir(parents=True)
    runs_dir.mkdir()
    for name in ("..", "../x", "/tmp/x", ".hidden", "a/b", "a\nb", "\x1b[2J", "", "a\0b", "x" * 300):
        with pytest.raises(NncliError):
            new_run(runs_dir, name, "", {})
        assert list(runs_dir.iterdir()) == []
        if "\0" not in name:
            assert invoke("train", "tiny.yaml", "--name", name, "-q").code == 2
    (runs_dir / "link").symlink_to(outside)
    (runs_dir / "sine").mkdir()
    (runs_dir / "sine" / "20260101-000000-0001").symlink_to(outside)
    with pytest.raises(UsageError, match="is a link to a place outside the runs directory"):
        new_run(runs_dir, "link", "", {})
    assert list_runs(runs_dir) == []
    for reference in ("link", "../outside", "20260101"):
        with pytest.raises(UsageError):
            find_run(runs_dir, reference)
    refused = invoke("runs", "--runs-dir", "")
    assert (refused.code, refused.out) == (2, "")
    assert "must not be empty; give a folder, as in --runs-dir runs" in refused.err
    assert [path.name for path in outside.iterdir()] == ["20260101-000000-0000"]


def test_a_command_writes_only_to_its_own_run(program: Program) -> None:
    run, outside = program.train(), program.folder / "outside"
    outside.mkdir()
    (outside / "eval.json").write_text("mine")
    (run.path / "eval.json").symlink_to(outside / "eval.json")
    (run.path / "figures").symlink_to(outside)
    assert invoke("eval").code == 0
    assert not (run.path / "eval.json").is_symlink()
    for command in ("plot", "film"):
        drawn = invoke(command)
        assert (drawn.code, drawn.out) == (2, "")
        assert drawn.err.splitlines()[0] == f"runs/{run.name}/figures: is a symbolic link to outside the run"
    (run.path / "report.html").symlink_to(outside / "eval.json")
    assert invoke("report").code == 0
    assert not (run.path / "report.html").is_symlink()
    (run.path / "metrics.jsonl").rename(program.folder / "aside")
    (run.path / "metrics.jsonl").symlink_to(outside / "eval.json")
    assert invoke("resume", run.name).err == (
        f"runs/{run.name}/metrics.jsonl: is a link, and nncli does not write through links\n"
        "hint: replace the link by a copy of its target\n"
    )
    (program.folder / "aside").replace(run.path / "metrics.jsonl")
    assert [(path.name, path.read_text()) for path in outside.iterdir()] == [("eval.json", "mine")]
    (run.path / "figures").unlink()
    before = {path: path.read_bytes() for path in program.folder.rglob("*") if path.is_file()}
    table = program.write("t.csv", "x\n0.5\n")
    reading = (["runs"], ["show"], ["diff", "latest", "latest"], ["clean", "--dry-run"], ["plot", "--term"])
    for words in (*reading, ["predict", "--data", table], ["check", run.path / "config.yaml"]):
        assert invoke(*words).code == 0
    assert {path: path.read_bytes() for path in before} == before


def test_text_from_files_cannot_control_the_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = set_up_process(Program(tmp_path / "\x1b[31m red"), monkeypatch)
    program.write("t.csv", TABLE)
    program.write("classes.yaml", CLASSES)
    run = nncli.train(program.folder / "classes.yaml", runs_dir=program.runs_dir)
    last = run.path / "checkpoints" / "last.npz"
    arrays = load_arrays(last)
    description = json.loads(arrays["data.description"].tobytes())
    outputs = []
    for text in ESCAPES:
        description["class_names"] = ["a", f"b{text}"]
        array = np.frombuffer(json.dumps(description).encode(), np.uint8)
        save_arrays(last, arrays | {"data.description": array})
        outputs += [invoke("predict", "--data", "t.csv"), invoke("predict", "--data", "t.csv", "--json")]
        outputs += [invoke("eval", "--data", "t.csv")]
    save_arrays(last, arrays)
    program.write("t.csv", TABLE.replace(",b", ",b\x9b31m"))  # as in a stranger's data
    assert invoke("train", "classes.yaml", "-q").code == 0
    outputs += [invoke("eval"), invoke("eval", "--json"), invoke("predict", "--data", "t.csv", "--json")]
    for escape, count in (("\\u001b", 2), ("\\u009b", 4), ("\\x9b", 1)):
        assert sum(escape in done.out for done in outputs) >= count, "escaped names are shown"
    for name in ("run.json", "summary.json"):
        record = {"status": ESCAPES[0], "epochs": 1, "final": {ESCAPES[0]: 1.0, "[red]": 2}}
        (run.path / name).write_text(json.dumps(record))
    (run.path / "config.yaml").write_text(f"name: {ESCAPES[2]}\n'[red]{ESCAPES[0]}': 1\n", encoding="utf-8")
    outputs += [invoke("runs"), invoke("runs", "--json"), invoke("eval"), invoke("check", run.path / "config.yaml")]
    outputs += [invoke("check", f"{ESCAPES[0]}.yaml"), invoke("eval", f"x{ESCAPES[1]}")]
    assert sum(done.code != 0 for done in outputs) >= 4
    for done in outputs:
        assert not STEERING.search(done.out + done.err), done
    assert "[red]" in "".join(done.out + done.err for done in outputs), "markup is text"


def test_an_experiment_reads_the_files_it_names(program: Program) -> None:
    secret = program.write("secret.csv", "x,y\n1,2\n3,hunter2\n")
    program.write(
        "reads.yaml", f"extends: tiny.yaml\ndata: {{type: csv, path: {program.folder / secret}, target: y}}\n"
    )
    assert "hunter2" in invoke("check", "reads.yaml").err
    program.write("base.yaml", "seed: hunter2\n")
    program.write("extending.yaml", f"extends: {program.folder}/base.yaml\n")
    assert "hunter2" in invoke("check", "extending.yaml").err
    (program.folder / "sitecustomize.py").write_text(AUDIT)
    path = f"{program.folder}:{program.environment()['PYTHONPATH']}"
    done = program("train", "tiny.yaml", "--eval", PYTHONPATH=path)
    assert done.code == 0
    assert "AUDIT subprocess.Popen" in done.err, "the audit hook reports processes"
    assert "AUDIT socket" not in done.err


def test_damaged_files_are_reported_in_a_line(program: Program) -> None:
    """A few damages; tests/cli/test_damaged_runs.py tries thousands with every command."""
    run = program.train()
    for name, command, damage in [
        ("checkpoints/last.npz", "eval", lambda content: content[: len(content) // 2]),
        ("config.yaml", "eval", lambda content: content[:-60]),
        ("metrics.jsonl", "plot", lambda content: content.replace(b"{", b"", 1)),
    ]:
        content = (run.path / name).read_bytes()
        (run.path / name).write_bytes(damage(content))
        done = invoke(command)
        assert (done.code in (1, 2), done.out) == (True, "")
        assert done.err.startswith(f"runs/{run.name}/{name}:")
        assert all(line.isprintable() for line in done.err.splitlines())
        assert len(json_of(invoke("runs", "--json"))) == 1
        (run.path / name).write_bytes(content)
    assert invoke("eval").code == 0


@pytest.mark.parametrize("fault", [fault for fault in FAULTS["write"] if fault != PARTIAL])
def test_nothing_is_half_written(tmp_path: Path, fault: int | str) -> None:
    """A single file; tests/store/test_faults.py goes through every call of a run."""
    path = tmp_path / "last.npz"
    save_arrays(path, {"a": np.zeros(5000)})
    old = path.read_bytes()
    with failing(Faults({1: fault})), pytest.raises((NncliError, Died)):
        save_arrays(path, {"a": np.ones(5000)})
    assert path.read_bytes() == old
