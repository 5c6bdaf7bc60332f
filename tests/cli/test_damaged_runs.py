"""Commands that read damaged runs end quickly, with little memory and a short, printable error."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nncli
from nncli import bundled_configs
from nncli.errors import ExitCode, NncliError
from nncli.runner import Runner
from nncli.store import Run
from tests.cli.program import invoke
from tests.store.damage import damage_file

pytestmark = pytest.mark.usefixtures("frozen_objects")

MAX_CPU_TIME = 2.0  # seconds for a command
MAX_WALL_TIME = 20.0  # seconds, enough for a busy machine
MAX_MEMORY = 300_000_000  # bytes, beyond those in use when a command begins
MAX_LINES = 25  # of stderr
CODES = (0, 1, 2, 4)
CODES_OF_TRAINING = (*CODES, 3)

LAST, BEST, SNAPSHOTS = "checkpoints/last.npz", "checkpoints/best.npz", "checkpoints/snapshots.npz"
CONFIG, RUN_INFO, SUMMARY, METRICS, EVALUATION = "config.yaml", "run.json", "summary.json", "metrics.jsonl", "eval.json"
PROBES = "probes.jsonl"


class Command(NamedTuple):
    """The arguments of a command, in which RUN stands for the run, and the files of the run that it reads."""

    arguments: str
    files: tuple[str, ...]


# Each command that reads files of a run has a line here. Figures take thirty times as long as other commands, so fewer
# of them are tested.
COMMANDS = [
    Command("eval RUN", (LAST, CONFIG, RUN_INFO, EVALUATION)),
    Command("eval RUN --checkpoint best --json --fail-under loss=0", (BEST, CONFIG)),
    Command("eval RUN --data DATA", (LAST, CONFIG)),
    Command("why RUN", (LAST, CONFIG, RUN_INFO, METRICS, PROBES)),
    Command("why RUN --json --check", (LAST, CONFIG, RUN_INFO, METRICS, PROBES)),
    Command("predict RUN --data DATA", (LAST, CONFIG)),
    Command("predict RUN --data DATA --json", (LAST, CONFIG)),
    Command("runs", (RUN_INFO, SUMMARY, METRICS, CONFIG)),
    Command("runs --json", (RUN_INFO, SUMMARY, METRICS, CONFIG)),
    Command("runs --by-seed --filter loss<1", (RUN_INFO, SUMMARY, METRICS, CONFIG)),
    Command("show RUN", (RUN_INFO, SUMMARY, METRICS, CONFIG)),
    Command("show RUN --json", (RUN_INFO, SUMMARY, METRICS, CONFIG)),
    Command("diff RUN OTHER", (RUN_INFO, SUMMARY, METRICS, CONFIG)),
    Command("diff RUN OTHER --json", (RUN_INFO, SUMMARY, METRICS, CONFIG)),
    Command("clean --dry-run", (RUN_INFO, SUMMARY, METRICS)),
    Command("check RUN/config.yaml", (CONFIG,)),
]
FIGURES = [
    Command("plot RUN", (METRICS, SUMMARY, CONFIG, RUN_INFO)),
    Command("plot RUN --what fit", (LAST, CONFIG)),
    Command("plot RUN OTHER", (METRICS, SUMMARY, CONFIG)),
    Command("report RUN -o REPORT", (METRICS, SUMMARY, EVALUATION, CONFIG, RUN_INFO, LAST)),
]
# These train. They are stopped after an epoch, and what they write is removed.
TRAINING = [
    Command("resume RUN -q", (LAST, BEST, SNAPSHOTS, CONFIG, RUN_INFO, METRICS, SUMMARY)),
    Command("resume RUN --fork train.epochs=100 -q", (LAST, CONFIG, RUN_INFO)),
    Command("repeat RUN -q", (LAST, BEST, CONFIG, RUN_INFO, METRICS, SUMMARY, EVALUATION)),
]

SINE = """\
data: {type: sine, samples: 20, validation: {samples: 10}, test: {samples: 10}}
layers: [{type: dense, units: 4, activation: tanh}, {type: dense, units: 1}]
loss: mse
metrics: [regression_accuracy]
train: {epochs: 12}
"""
FLOWERS = """\
data: {type: csv, path: DATA, target: kind, missing: mean, split: {validation: 0.2, test: 0.2}}
layers: [{type: dense, units: 4, activation: relu}, {type: dense, units: 3, activation: softmax}]
loss: categorical_crossentropy
optimizer: {type: adam, schedule: {type: cosine}}
metrics: [accuracy]
train: {epochs: 5, batch_size: 10}
"""

MARK = "made-for-the-test"


class Hang(BaseException):
    """A command took too long."""


class Trained(NamedTuple):
    """A run whose files are damaged and restored."""

    run: Run
    data: Path
    files: dict[str, bytes]

    def restore(self, *names: str) -> None:
        for name in names:
            (self.run.path / name).write_bytes(self.files[name])

    def undo(self) -> None:
        """Restore all files of the run, and remove the runs that a command made."""
        self.restore(*self.files)
        for path in self.run.path.parents[1].glob("*/*"):
            if not (path / MARK).exists():
                shutil.rmtree(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damaged")


@pytest.fixture(autouse=True)
def without_fsync(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip fsync, which would take half of the time."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture(scope="module")
def trained(folder: Path) -> list[Trained]:
    """Return a regression on generated data, and a classification on a table."""
    points, flowers = folder / "points.csv", folder / "flowers.csv"
    points.write_text("x,y\n0.1,0.2\n0.3,0.4\n")
    rows = [f"{i % 7},{i % 5 / 3},{['red', 'green'][i % 2]},{'abc'[i % 3]}" for i in range(60)]
    flowers.write_text("length,width,colour,kind\n" + "\n".join(rows) + "\n")
    trained = []
    for name, spec, data in (("sine", SINE, points), ("flowers", FLOWERS.replace("DATA", str(flowers)), flowers)):
        (folder / f"{name}.yaml").write_text(spec)
        run = nncli.train(folder / f"{name}.yaml", runs_dir=folder / "runs")
        assert invoke("eval", run.path).code == 0
        names = (LAST, BEST, SNAPSHOTS, CONFIG, RUN_INFO, SUMMARY, METRICS, EVALUATION, PROBES)
        (run.path / MARK).touch()
        trained.append(Trained(run, data, {name: (run.path / name).read_bytes() for name in names}))
    return trained


def arguments(command: Command, trained: Trained, other: Trained, folder: Path) -> list[str]:
    words = {
        "REPORT": str(folder / "report.html"),
        "RUN": str(trained.run.path),
        "OTHER": str(other.run.path),
        "DATA": str(trained.data),
    }
    words |= {"RUN/config.yaml": str(trained.run.path / CONFIG)}
    arguments = [words.get(word, word) for word in command.arguments.split()]
    return arguments + (["--runs-dir", str(folder / "runs")] if arguments[0] != "check" else [])


@contextmanager
def limits() -> Iterator[None]:
    """Raise Hang if the block takes too long, and check the memory that it needs."""

    def expired(number: int, _: Any) -> None:
        raise Hang(number)

    before = [(number, signal.signal(number, expired)) for number in (signal.SIGALRM, signal.SIGPROF)]
    signal.setitimer(signal.ITIMER_REAL, MAX_WALL_TIME)
    signal.setitimer(signal.ITIMER_PROF, MAX_CPU_TIME)
    start = forget_peak()
    try:
        yield
        assert peak() - start < MAX_MEMORY
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        for number, handler in before:
            signal.signal(number, handler)


def forget_peak() -> int:
    """Reset the peak of memory that Linux keeps for this process; return the bytes in use."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return peak()


def peak() -> int:
    """Return the peak of memory of this process since the last reset, in bytes."""
    try:
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    except (OSError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def test_the_peak_of_memory_can_be_reset() -> None:
    start = forget_peak()
    block = bytearray(os.urandom(1 << 20) * 64)
    assert peak() - start > 60_000_000
    del block
    start = forget_peak()
    assert peak() - start < 1_000_000


def stop_at_once(runner: Runner) -> bool:
    """End training after its first epoch, because a damaged `epochs` may be huge; exit as after a normal end."""
    if runner._writer is not None:
        runner._writer.stop_exit_code = ExitCode.DONE
    return True


def run_damaged(words: list[str]) -> int:
    """Run a command within the limits, check its output and return its exit code."""
    with limits():
        done = invoke(*words)
    assert done.code in (CODES_OF_TRAINING if words[0] in ("resume", "repeat") else CODES)
    lines = done.err.splitlines()
    assert len(lines) <= MAX_LINES
    assert all(line.isprintable() and len(line) < 2000 for line in lines), lines
    assert (done.code in (1, 2)) <= bool(lines)
    assert all(character.isprintable() or character in "\n\r\t" for character in control_characters(done.out))
    if "--json" in words and done.code in (0, 4) and words[0] != "predict":
        json.loads(done.out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    return done.code


def control_characters(text: str) -> Iterator[str]:
    """Return the control characters of a text."""
    return (character for character in text if ord(character) < 32 or 127 <= ord(character) < 160)


def fuzz(trained: list[Trained], folder: Path, commands: list[Command], examples: int, random: bool) -> Counter[Any]:
    """Damage files of the runs and run every command that reads them; count by command, file and exit code."""
    counts: Counter[Any] = Counter()
    names = sorted({name for command in commands for name in command.files})

    @settings(
        max_examples=max(examples // len(names), 1),
        derandomize=not random,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def damage(name: str, data: st.DataObject) -> None:
        draw: Callable[[st.SearchStrategy[Any]], Any] = data.draw
        number = draw(st.integers(0, 1))
        target = trained[number]
        text = damage_file(draw, target.files[name], Path(name).suffix)
        path = target.run.path / name
        path.write_bytes(text)
        try:
            for command in [command for command in commands if name in command.files]:
                words = arguments(command, target, trained[1 - number], folder)
                code = run_damaged(words)
                counts[command.arguments.split()[0], name, code] += 1
                if words[0] in ("resume", "repeat"):
                    target.undo()
                    path.write_bytes(text)
            assert name == EVALUATION or path.read_bytes() == text, "the command must not change the file"
        finally:
            target.restore(name, EVALUATION)

    for name in names:
        damage(name)
    return counts


def summary(counts: Counter[Any]) -> str:
    """Format the counts by command and file, and by exit code."""
    pairs, codes = Counter[Any](), Counter[Any]()
    for (command, name, code), count in counts.items():
        pairs[command, name] += count
        codes[code] += count
    rows = [f"  {command:8} {name:21} {count:6,}" for (command, name), count in sorted(pairs.items())]
    return "\n".join(
        [f"\n{counts.total():,} commands given a damaged file; exit codes {dict(sorted(codes.items()))}", *rows]
    )


@pytest.mark.parametrize(
    ("files", "of_training", "least", "random"),
    [
        (90, 21, 500, False),
        pytest.param(420, 30, 2_500, True, marks=pytest.mark.longest),
        pytest.param(1700, 200, 10_000, True, marks=pytest.mark.longest),
    ],
)
def test_damaged_files_cause_short_errors(
    trained: list[Trained],
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    files: int,
    of_training: int,
    least: int,
    random: bool,
) -> None:
    counts = fuzz(trained, folder, COMMANDS, files, random)
    monkeypatch.setattr(Runner, "stopping", stop_at_once)
    counts += fuzz(trained, folder, TRAINING, of_training, random)
    with capsys.disabled():
        print(summary(counts))
    assert counts.total() >= least
    check_counts(counts, [*COMMANDS, *TRAINING])


@pytest.mark.parametrize(
    ("files", "random"),
    [
        pytest.param(12, False, marks=pytest.mark.long),
        pytest.param(60, True, marks=pytest.mark.longest),
    ],
)
def test_figures_of_damaged_files_cause_short_errors(
    trained: list[Trained], folder: Path, files: int, random: bool
) -> None:
    check_counts(fuzz(trained, folder, FIGURES, files, random), FIGURES)


def check_counts(counts: Counter[Any], commands: list[Command]) -> None:
    """Check that each command was given each of its files, and that the damage had an effect."""
    pairs = {(command.arguments.split()[0], name) for command in commands for name in command.files}
    assert pairs <= {(command, name) for command, name, _ in counts}
    failures = sum(count for (_, _, code), count in counts.items() if code)
    assert failures > counts.total() / 10, "too little of the damage had an effect"


def test_scaled_targets_of_classes_are_damage(tmp_path: Path) -> None:
    run = nncli.train(bundled_configs.configs() / "iris.yaml", {"train.epochs": 2}, runs_dir=tmp_path)
    path = run.path / "checkpoints" / "last.npz"
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **{**arrays, "data.target_shift": np.array([0.5])})
    with pytest.raises(NncliError, match=r"data\.target_shift is damaged: classes have no scale"):
        nncli.Model(Run(run.path))
