"""Contradictions between the numbers of one run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nncli import config, evaluation, registry, store, training
from nncli.model import Model
from nncli.repetition.contradictions import contradictions, contradictions_with_weights
from nncli.repetition.end_state import contradictions_at_end
from nncli.runner import Runner
from nncli.store import Run

SPEC = """\
name: classes
data: {type: spiral, samples: 20, classes: 3, validation: {samples: 10}}
layers: [{type: dense, units: 8, activation: relu, weight_l2: 1e-3}, {type: dense, units: 3, activation: softmax}]
loss: categorical_crossentropy
metrics: [accuracy, f1]
train: {epochs: 12}
"""
KINDS: dict[str, tuple[str, ...]] = {
    "float32": (),
    "float64": ("precision=float64",),
    "book": ("precision=book",),
    "batches": ("train.batch_size=7",),
    "book in batches": ("precision=book", "train.batch_size=7"),
    "stopped early": ("train.early_stopping={monitor: val_accuracy, patience: 2}", "optimizer.learning_rate=0.2"),
    "diverged": ("optimizer={type: sgd, learning_rate: 1e30}",),
    "without validation": ("data.validation=null",),
    "another monitor": ("train.early_stopping={monitor: val_f1, patience: 11}",),
    "dropout and batch_norm": (
        "layers=[{type: dense, units: 8}, {type: batch_norm}, relu, {type: dropout, rate: 0.3}, "
        "{type: dense, units: 3, activation: softmax}]",
        "train.batch_size=20",
    ),
    "a schedule": ("optimizer.schedule={type: cosine, warmup: 2}",),
}


def train_run(folder: Path, *changes: str, stop: int | None = None) -> Run:
    """Train SPEC with changes, and stop after `stop` epochs if given."""
    spec = folder / "spec.yaml"
    spec.write_text(SPEC)
    loaded = config.load(spec, changes)
    source = training.start(loaded.resolved, lambda: source.checkpoint.epoch == stop)
    return record_run(folder, loaded.experiment, source)


def record_run(folder: Path, experiment: Any, source: Any, **more_info: Any) -> Run:
    info = store.provenance([], experiment.seed) | more_info
    with store.new_run(folder / "runs", "a", config.dump(experiment), info, registry.plain(experiment)) as writer:
        assert list(writer.record(source))
    return Run(writer.path)


def edit(run: Run, name: str, **changes: Any) -> None:
    """Change values of a JSON file by dotted path, with _ for the dot."""
    content = json.loads((run.path / name).read_text())
    for path, value in changes.items():
        *parents, last = path.split("__")
        inner = content
        for parent in parents:
            inner = inner[parent]
        inner[last] = value
    (run.path / name).write_text(json.dumps(content))


def lines(run: Run) -> list[str]:
    return [difference.line() for difference in contradictions(run)]


@pytest.mark.parametrize("kind", KINDS)
def test_untouched_run_has_no_contradictions(tmp_path: Path, kind: str) -> None:
    run = train_run(tmp_path, *KINDS[kind])
    assert (contradictions(run), contradictions_at_end(run)) == ([], [])
    parts = ["train"] if kind == "without validation" else ["train", "validation"]
    checkpoints = ("last", "best") if run.has_checkpoint("best") else ("last",)
    for part in parts:
        for checkpoint in checkpoints:
            evaluation.save(run, evaluation.evaluate(Model(run, checkpoint), part))  # type: ignore[arg-type]
            assert contradictions(run) == [], (part, checkpoint)


def test_stopped_and_resumed_run_has_no_contradictions(tmp_path: Path) -> None:
    run = train_run(tmp_path, stop=5)
    assert (contradictions(run), contradictions_at_end(run)) == ([], [])
    assert Runner([]).resume(run, ["train.epochs=20"]).ended.status == "done"
    assert len(run.rows()) == 20
    assert (contradictions(run), contradictions_at_end(run)) == ([], [])


def test_resumed_run_may_have_rows_beyond_its_summary(tmp_path: Path) -> None:
    """The run was killed with rows beyond its checkpoint, resumed, and stopped before reaching their end."""
    run = train_run(tmp_path, stop=5)
    complete = train_run(tmp_path)
    (run.path / "metrics.jsonl").write_text((complete.path / "metrics.jsonl").read_text())
    assert lines(run) == ["summary.json: epochs is 5, but the rows of metrics.jsonl end at 12"]
    edit(run, "run.json", resumed=[run.info()])
    assert (contradictions(run), contradictions_at_end(run)) == ([], [])


def test_run_resumed_in_another_environment_is_compared_less(tmp_path: Path) -> None:
    run = train_run(tmp_path)
    edit(run, "summary.json", final__val_loss=0.125, best__epoch=3)
    assert len(lines(run)) == 3
    other_environment = run.info() | {"versions": {"numpy": "1.0"}}
    edit(run, "run.json", resumed=[run.info(), other_environment])
    assert lines(run) == []
    edit(run, "summary.json", epochs=15)
    assert lines(run) == ["summary.json: epochs is 15, but the rows of metrics.jsonl end at 12"]


def test_child_run_has_no_contradictions(tmp_path: Path) -> None:
    parent = train_run(tmp_path)
    child = Runner([]).fork(parent, ["train.epochs=20", "optimizer.learning_rate=0.01"], tmp_path / "runs").run
    assert child.info()["parent"] == {"run": parent.name, "epoch": 12, "checkpoint": "last"}
    assert child.rows()[0]["epoch"] == 12
    assert (contradictions(child), contradictions_at_end(child)) == ([], [])
    edit(child, "run.json", parent=None)
    assert lines(child) == ["metrics.jsonl: epoch is 12, but line 1 should have 0"]


def test_edited_summary_contradicts_the_rows(tmp_path: Path) -> None:
    run = train_run(tmp_path, "optimizer.learning_rate=0.05")
    last, best = run.last_row() or {}, (run.summary() or {})["best"]
    values = [row["val_loss"] for row in run.rows()]
    assert best == {"epoch": int(np.argmin(values)), "val_loss": min(values)}
    edit(run, "summary.json", final__val_accuracy=0.98, epochs=15, status="stopped")
    at_end = [difference.line() for difference in contradictions_at_end(run)]
    assert at_end == [
        "summary.json: epochs is 15, but the rows of metrics.jsonl end at 12",
        'summary.json: status is "stopped", but run.json has "done"',
    ]
    edit(run, "summary.json", epochs=12, status="done")
    expected = [f"summary.json: final.val_accuracy is 0.98, but the row of epoch 11 has {last['val_accuracy']}"]
    assert lines(run) == expected
    assert [difference.line() for difference in contradictions_at_end(run)] == expected
    edit(run, "summary.json", final__val_accuracy=last["val_accuracy"], best__val_loss=0.125)
    assert lines(run) == [
        f"summary.json: best.val_loss is 0.125, but the row of epoch {best['epoch']} has {min(values)}"
    ]
    edit(run, "summary.json", best__val_loss=values[3], best__epoch=3)
    assert lines(run) == [f"summary.json: best.epoch is 3, but val_loss is best at epoch {best['epoch']}"]


def test_loss_that_is_not_the_sum_is_found(tmp_path: Path) -> None:
    """The penalty is float32, so the loss is the sum rounded to float32."""
    run = train_run(tmp_path)
    rows = run.rows()
    for row in rows:
        assert row["loss"] == float(np.float32(row["data_loss"]) + np.float32(row["regularization_loss"]))
    total = rows[4]["data_loss"] + rows[4]["regularization_loss"]
    rows[4]["loss"] = float(np.nextafter(np.float32(rows[4]["loss"]), np.float32(9)))
    (run.path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    by = "data_loss + regularization_loss give"
    assert lines(run) == [f"metrics.jsonl: loss of epoch 4 is {rows[4]['loss']}, but {by} {total}"]
    final = (run.summary() or {})["final"]
    total = final["data_loss"] + final["regularization_loss"]
    edit(run, "summary.json", final__loss=0.125)
    assert lines(run)[1:] == [f"summary.json: final.loss is 0.125, but {by} {total}"]


@pytest.mark.parametrize(
    ("part", "checkpoint", "key", "by"),
    [
        ("train", "last", "accuracy", "summary.json has"),
        ("validation", "last", "val_accuracy", "summary.json has"),
        ("validation", "best", "val_accuracy", "the row of epoch {} has"),
    ],
)
def test_edited_evaluation_contradicts_the_run(tmp_path: Path, part: Any, checkpoint: Any, key: str, by: str) -> None:
    run = train_run(tmp_path, "optimizer.learning_rate=0.05")
    evaluation.save(run, evaluation.evaluate(Model(run, checkpoint), part))
    summary = run.summary() or {}
    epoch = summary["best"]["epoch"]
    value = run.rows()[epoch][key] if checkpoint == "best" else summary["final"][key]
    edit(run, "eval.json", metrics__accuracy=0.98)
    assert lines(run) == [f"eval.json: metrics.accuracy is 0.98, but {by.format(epoch)} {value}"]
    edit(run, "eval.json", environment__versions__numpy="1.0")
    assert lines(run) == [], "digits of another NumPy may differ"
    edit(run, "eval.json", environment=None, on=None, data="other.csv")
    assert lines(run) == [], "the evaluation is of other data"


def test_edited_summary_contradicts_the_weights(tmp_path: Path) -> None:
    """No row has the training metrics after the last step; only the weights give them."""
    run = train_run(tmp_path)
    reevaluated = evaluation.as_dict(evaluation.evaluate(Model(run), "train"))
    assert contradictions_with_weights(run, reevaluated) == []
    edit(run, "summary.json", final__accuracy=0.98)
    assert contradictions(run) == []
    (difference,) = contradictions_with_weights(run, reevaluated)
    assert difference.line() == (
        f"summary.json: final.accuracy is 0.98, but its weights give {reevaluated['metrics']['accuracy']}"
    )
    edit(run, "run.json", versions={"numpy": "1.0"})
    assert contradictions_with_weights(run, reevaluated) == []


HOSTILE: list[Any] = [None, "\x1b[31m", True, 10**300, -1, [], [[]], {}, {"a": {"b": 1}}, 1.5]


@pytest.mark.parametrize("value", HOSTILE, ids=map(repr, range(len(HOSTILE))))
def test_any_json_value_gives_printable_lines(tmp_path: Path, value: Any) -> None:
    run = train_run(tmp_path)
    evaluation.save(run, evaluation.evaluate(Model(run)))
    changes = [("summary.json", key) for key in ("status", "epochs", "final", "best", "final__val_loss", "best__epoch")]
    changes += [("run.json", key) for key in ("status", "parent", "resumed", "blas", "versions")]
    changes += [("eval.json", key) for key in ("on", "checkpoint", "metrics", "environment")]
    for name, key in changes:
        before = (run.path / name).read_text()
        edit(run, name, **{key: value})
        for difference in contradictions(run) + contradictions_at_end(run):
            assert difference.line().isprintable()
        (run.path / name).write_text(before)
    edit(run, "run.json", parent={"epoch": value})
    assert all(difference.line().isprintable() for difference in contradictions(run))
