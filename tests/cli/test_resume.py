"""`nncli resume`: a resumed run ends with the same bits as an uninterrupted one; forks start a child run."""

from __future__ import annotations

import json
import signal
from typing import Any

import pytest

from nncli.store import Run, lock_run
from tests.cli.program import TINY, Program, json_of, rows_without_times, wait_until

# Has everything that keeps a state: random numbers, running statistics, an optimizer, decay and early stopping.
RICH = """\
name: rich
data: {type: sine, samples: 40, validation: {samples: 10}}
layers:
  - {type: dense, units: 6}
  - {type: batch_norm}
  - {type: relu}
  - {type: dropout, rate: 0.2}
  - {type: dense, units: 1}
loss: mse
optimizer: {type: adam, decay: 1e-3}
train: {epochs: 40, batch_size: 16, early_stopping: {patience: 30}}
"""
ENDLESS = RICH.replace("epochs: 40", "epochs: 1000000000").replace(", early_stopping: {patience: 30}", "")


def contents(run: Run) -> dict[str, Any]:
    """Return rows, summary and checkpoints of a run without its times."""
    summary = {name: value for name, value in (run.summary() or {}).items() if "second" not in name}
    names = [each for each in ("last", "best") if run.has_checkpoint(each)]
    arrays = {each: {name: array.tobytes() for name, array in run.checkpoint(each).items()} for each in names}
    return {"rows": rows_without_times(run), "summary": summary, **arrays}


def train(program: Program, epochs: int, *changes: str, name: str = "rich") -> Run:
    done = program("train", program.write("rich.yaml", RICH), f"train.epochs={epochs}", f"name={name}", *changes, "-q")
    assert (done.code, done.err) == (0, "")
    return program.run_at(done.out)


@pytest.mark.parametrize("precision", ["float32", "book"])
def test_a_finished_run_is_trained_for_more_epochs(program: Program, precision: str) -> None:
    run = train(program, 9, f"precision={precision}")
    before = run.info()
    done = program("resume", run.name, "train.epochs=20")
    assert (done.code, done.out) == (0, f"{run.path.relative_to(program.folder)}\n")
    warning, first, *_, end, best, verdict = done.err_without_speed.splitlines()
    assert "after which 55% of the initial running statistics remain" in warning  # 0.99^60, of 3 steps an epoch
    assert first.startswith("epoch 9/19  loss ")
    assert end.startswith("done: 20 epochs in S s; after the last update: loss ")
    assert best.startswith("best val_loss ")
    assert verdict.endswith(f"see nncli why runs/{run.name}")
    assert contents(run) == contents(train(program, 20, f"precision={precision}", name="whole"))
    assert "epochs: 20" in run.config_text()
    info = run.info()
    assert {key: info[key] for key in ("command", "start", "seed")} == {
        key: before[key] for key in ("command", "start", "seed")
    }
    (resumed,) = info["resumed"]
    assert resumed["epoch"] == 9
    assert resumed["command"][1:] == ["resume", run.name, "train.epochs=20"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_ends_with_the_same_bits(program: Program, number: int) -> None:
    """The killed run has no checkpoint and starts again; the other continues from its last epoch."""
    with program.start("train", program.write("endless.yaml", ENDLESS), "-q") as started:
        run = program.run_at(started.line())
        wait_until(run.last_row, "a row")
        started.signal(number)
        started.end()
    reached = (run.last_row() or {})["epoch"]
    assert run.has_checkpoint("last") == (number == signal.SIGINT)
    assert program("runs").out.count("lost" if number == signal.SIGKILL else "stopped") == 1
    (run.path / "config.yaml").write_text(run.config_text().replace("1000000000", str(reached + 20)))
    done = program("resume", run.path, "-q")
    assert (done.code, done.err) == (0, "")
    expected = train(program, reached + 20, "train.early_stopping=null", name="whole")
    assert contents(run) == contents(expected)
    assert run.status == "done"


def test_an_edited_config_is_refused(program: Program) -> None:
    run = train(program, 9)
    config = run.path / "config.yaml"
    config.write_text(config.read_text().replace("learning_rate: 0.001", "learning_rate: 0.5"))
    done = program("resume", run.name, "train.epochs=12")
    assert (done.code, done.out) == (1, "")
    message = "was edited since the run was trained: its earlier epochs were trained with another value"
    assert done.err.splitlines() == [
        f"runs/{run.name}/config.yaml: optimizer.learning_rate {message}",
        "hint: restore it, or add --fork to start a child run with the new settings",
    ]
    assert len(run.rows()) == 9


def test_a_finished_run_stays_unchanged(program: Program) -> None:
    run = program.train()
    before = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    done = program("resume", run.name)
    assert done == (0, f"runs/{run.name}\n", "done: nothing left to train after 12 epochs\n")
    assert json_of(program("resume", run.name, "--json", "-q"))["run"] == f"runs/{run.name}"
    assert {path: path.read_bytes() for path in before} == before


def test_a_run_that_stopped_early_suggests_a_fork(program: Program) -> None:
    run = train(program, 400, "train.early_stopping.patience=1")
    epochs = len(run.rows())
    assert epochs < 400
    done = program("resume", run.name, "train.epochs=500")
    assert done.code == 0
    message = "done: early stopping: val_loss has not improved for 1 epoch; nothing left to train after"
    hint = f"hint: train longer with nncli resume runs/{run.name} --fork train.early_stopping.patience=2"
    assert done.err.splitlines() == [f"{message} {epochs} epochs", hint]
    assert "epochs: 400" in run.config_text()
    child = program.run_at(program.shell(f"{hint.removeprefix('hint: train longer with ')} -q").out)
    assert len(child.rows()) >= 2


def test_a_fork_resets_patience(program: Program) -> None:
    """Patience is reset even if early stopping is unchanged; a fork of the best checkpoint starts at its epoch."""
    run = train(program, 400, "train.early_stopping.patience=3")
    epochs, best = len(run.rows()), (run.summary() or {})["best"]["epoch"]
    child = program.run_at(program("resume", run.name, "--fork", "optimizer.learning_rate=0.01", "-q").out)
    assert child.status == "done"
    assert child.rows()[0]["epoch"] == epochs
    assert len(child.rows()) >= 3
    done = program("resume", run.name, "--fork", "--checkpoint", "best", "train.early_stopping.patience=4", "-q")
    from_best = program.run_at(done.out)
    assert from_best.info()["parent"] == {"run": run.name, "epoch": best + 1, "checkpoint": "best"}
    # The checkpoint has the states of the random numbers and the optimizer, so the fork repeats the epochs after it.
    assert best + 1 < epochs
    assert rows_without_times(from_best)[: epochs - best - 1] == rows_without_times(run)[best + 1 :]


def test_checkpoint_needs_fork(program: Program) -> None:
    run = program.train()
    done = program("resume", run.name, "--checkpoint", "best")
    message = "error: --checkpoint needs --fork; without it, a run resumes from its last checkpoint"
    assert (done.code, done.err) == (2, f"{message}\n")


def test_a_diverged_run_is_not_resumed(program: Program) -> None:
    run = program.train({"optimizer": {"type": "sgd", "learning_rate": 1e30}})
    assert run.status == "diverged"
    done = program("resume", run.name, "train.epochs=99")
    assert (done.code, done.out) == (3, f"runs/{run.name}\n")
    assert done.err.startswith("diverged: the loss is ")
    assert done.err.splitlines()[1] == "hint: train again with a smaller optimizer.learning_rate"


def test_a_run_lost_after_its_last_epoch_is_completed(program: Program) -> None:
    run = program.train()
    before = contents(run)
    (run.path / "run.json").write_text(json.dumps(run.info() | {"status": "running"}))
    (run.path / "summary.json").unlink()
    assert run.status == "lost"
    done = program("resume", run.name, "-q")
    assert (done.code, done.err, run.status) == (0, "", "done")
    assert contents(run) == before


CANNOT = "cannot change when a run is resumed: its earlier epochs were trained with another value"


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        (["optimizer.learning_rate=0.1"], [f"optimizer.learning_rate: {CANNOT}"]),
        (["layers.0.units=5", "seed=1"], [f"seed: {CANNOT}", f"layers.0.units: {CANNOT}"]),
        (["train.epochs=11"], ["train.epochs: cannot be fewer than the 12 that the run was started with"]),
        (["name=other", "train.epochs=50"], [f"name: {CANNOT}"]),
    ],
)
def test_changed_settings_are_refused(program: Program, changes: list[str], lines: list[str]) -> None:
    run = program.train()
    hint = "hint: add --fork to start a child run with the change from the last checkpoint"
    done = program("resume", run.name, *changes)
    assert (done.code, done.out, done.err.splitlines()) == (2, "", [*lines, hint])


def test_more_epochs_are_refused_if_the_schedule_depends_on_their_number(program: Program) -> None:
    run = program.train({"optimizer": {"type": "sgd", "schedule": {"type": "cosine"}}})
    done = program("resume", run.name, "train.epochs=24")
    message = "cannot grow: the cosine schedule spans all epochs, so earlier epochs had other learning rates"
    assert (done.code, done.err.splitlines()[0]) == (2, f"train.epochs: {message}")
    kept = program.train({"optimizer": {"type": "sgd", "schedule": {"type": "step", "decay_steps": 5}}})
    assert program("resume", kept.name, "train.epochs=24", "-q").code == 0


def test_a_locked_run_is_refused(program: Program) -> None:
    run = program.train()
    with lock_run(run):
        done = program("resume", run.name, "train.epochs=50")
    hint = "hint: wait until it ends, or start a child run from its last checkpoint with --fork"
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines() == [f"runs/{run.name}: is being trained by another process", hint]


def test_two_processes_never_resume_the_same_run(program: Program) -> None:
    run = train(program, 5, "train.early_stopping=null")
    with program.start("resume", run.name, "train.epochs=1000000000", "-q") as first:
        assert first.line()
        done = program("resume", run.name, "train.epochs=1000000000", "-q")
        assert (done.code, done.err.splitlines()[0]) == (1, f"runs/{run.name}: is being trained by another process")
        first.signal(signal.SIGTERM)
        assert first.end().code == 143
    assert [row["epoch"] for row in run.rows()] == [*range(len(run.rows()))]


def test_resume_refuses_changed_data(program: Program) -> None:
    lines = [f"{i / 10},{i % 7}" for i in range(30)]
    program.write("t.csv", "\n".join(["x,y", *lines]))
    program.write("v.csv", "\n".join(["x,y", *lines[::3]]))
    data = "{type: csv, path: t.csv, target: y, validation: {path: v.csv}}"
    spec = program.write("csv.yaml", TINY.replace("{type: sine, samples: 20}", data))
    run = program.run_at(program("train", spec, "-q").out)
    program.write("v.csv", "\n".join(["x,y", *lines[1::3]]))
    done = program("resume", run.name, "train.epochs=20")
    assert (done.code, done.out) == (1, "")
    message = "checkpoints/last.npz: was trained on other data: the data of its experiment have changed"
    assert done.err.splitlines()[0] == f"runs/{run.name}/{message}"
    assert program("resume", run.name, "train.epochs=20", "--fork", "-q").code == 0


def test_a_full_disk_keeps_the_earlier_results(program: Program) -> None:
    """A full disk ends the resumed training; the earlier results remain, and `nncli clean` does not remove them."""
    run = program.train()
    weights, summary = run.checkpoint("last"), run.summary()
    done = program.shell(f"ulimit -f 1; nncli resume {run.name} train.epochs=4000 -q")
    assert done.code == 1
    assert len(done.err.splitlines()) <= 2
    assert {name: array.tobytes() for name, array in run.checkpoint("last").items()} == {
        name: array.tobytes() for name, array in weights.items()
    }
    assert run.summary() == summary
    assert program("clean", "--yes").out == ""
    assert program("resume", run.name, "train.epochs=4000", "-q").code == 0
    assert run.status == "done"
    assert "resumed" in program("show", run.name).out


def test_resume_refuses_latest(program: Program) -> None:
    run = program.train()
    done = program("resume", "latest")
    assert (done.code, done.out) == (2, "")
    message = "latest: cannot be used to change or remove a run; give its name or path"
    assert done.err.splitlines() == [message, f"hint: use its name: {run.name}"]


def test_a_child_trains_with_other_settings(program: Program) -> None:
    parent = train(program, 9)
    before = contents(parent)
    done = program(
        "resume", parent.name, "--fork", "optimizer.learning_rate=0.01", "train.epochs=15", "name=child", "--json"
    )
    result = json_of(done)
    child = Run(program.folder / result["run"])
    assert result["status"] == "done"
    assert child.path.parent.name == "child"
    assert child.info()["parent"] == {"run": parent.name, "epoch": 9, "checkpoint": "last"}
    assert [row["epoch"] for row in child.rows()] == [*range(9, 15)]
    assert {row["learning_rate"] for row in child.rows()[1:]} != {row["learning_rate"] for row in parent.rows()[1:]}
    assert contents(parent) == before
    # With the same settings, the child continues the training of its parent, and can be resumed itself.
    same = program.run_at(program("resume", parent.name, "--fork", "train.epochs=12", "-q").out)
    assert program("resume", same.name, "train.epochs=15", "-q").code == 0
    expected = train(program, 15, name="whole")
    assert rows_without_times(same) == rows_without_times(expected)[9:]
    assert contents(same)["last"] == contents(expected)["last"]


def test_a_child_may_have_another_optimizer(program: Program) -> None:
    parent = train(program, 9)
    other = ["optimizer=sgd", "optimizer.learning_rate=0.01", "train.epochs=15"]
    child = program.run_at(program("resume", parent.name, "--fork", *other, "-q").out)
    arrays = child.checkpoint("last")
    assert (arrays["epoch"], arrays["step"]) == (15, 6 * 3)
    done = program("resume", parent.name, "--fork", "layers.0.units=7", "train.epochs=15")
    assert (done.code, done.out) == (1, "")
    message = "is not a checkpoint of this experiment: layers.0.weights is float32 (1, 6), not float32 (1, 7)"
    hint = "hint: use the settings that it was trained with, or train a new run"
    assert done.err == f"runs/{parent.name}/checkpoints/last.npz: {message}\n{hint}\n"


def test_a_child_without_epochs_to_train_is_refused(program: Program) -> None:
    parent = program.train()
    done = program("resume", parent.name, "--fork", "optimizer.learning_rate=0.1")
    assert (done.code, done.out) == (2, "")
    message = f"runs/{parent.name}: has nothing left to train after epoch 11"
    assert done.err.splitlines() == [message, "hint: add more epochs with train.epochs=24"]
    assert len(program.runs()) == 1
