"""Compare two runs: settings, final metrics and rows."""

from __future__ import annotations

import json

import pytest

from nncli.catalog.comparison import compare
from nncli.errors import NncliError
from nncli.store import Run, with_settings


@pytest.fixture
def make(tmp_path):
    """A function that writes a run with settings, rows and a summary."""

    def make_run(name, settings, rows, **summary):
        path = tmp_path / name / "20260101-000000-0000"
        path.mkdir(parents=True)
        (path / "config.yaml").write_text(name)
        (path / "run.json").write_text(json.dumps(with_settings({"status": "done"}, settings, name, path)))
        (path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        if summary:
            (path / "summary.json").write_text(json.dumps(summary))
        return Run(path)

    return make_run


def rows(*losses, first=0, **others):
    return [
        {"epoch": first + n, "loss": loss, "learning_rate": n, "seconds": loss, **others}
        for n, loss in enumerate(losses)
    ]


def test_seconds_and_learning_rate_are_not_compared(make):
    settings = {"optimizer": {"type": "adam"}}
    a = make("a", settings, rows(0.5, None), final={"loss": 0.25}, epochs=2, seconds=1.0)
    slower = [{**row, "seconds": 99.0, "learning_rate": 7} for row in rows(0.5, None)]
    b = make("b", settings, slower, final={"loss": 0.25}, epochs=2, seconds=9.0)
    comparison = compare(a, b)
    assert (
        comparison.same,
        comparison.settings,
        comparison.first_difference,
        comparison.shared,
        comparison.unshared,
    ) == (True, {}, None, 2, 0)
    assert comparison.final == {"loss": (0.25, 0.25)}


def test_settings_of_one_run_only_differ(make):
    a = make("a", {"optimizer": {"type": "adam", "beta_1": 0.9}, "layers": [{"units": 8}]}, [])
    b = make("b", {"optimizer": {"type": "sgd"}, "layers": [{"units": 8}, {"units": 1}]}, [])
    assert compare(a, b).settings == {
        "optimizer.type": ("adam", "sgd"),
        "optimizer.beta_1": (0.9, None),
        "layers.1.units": (None, 1),
    }
    assert not compare(a, b).same


def test_first_difference_is_the_first_epoch_with_other_metrics(make):
    a = make("a", {}, rows(0.5, 0.25, 0.125))
    b = make("b", {}, rows(0.5, 0.25 + 2**-54, 0.1))
    assert compare(a, b).first_difference == (1, {"loss": (0.25, 0.25 + 2**-54)})
    assert compare(a, b).as_dict()["parting"] == {"epoch": 1, "metrics": {"loss": (0.25, 0.25 + 2**-54)}}


def test_rows_are_matched_by_epoch(make):
    complete = make("a", {}, rows(0.5, 0.25, 0.125, 0.1))
    later = make("b", {}, rows(0.125, 0.2, first=2))
    comparison = compare(complete, later)
    assert (comparison.shared, comparison.unshared) == (2, 2)
    assert comparison.first_difference == (3, {"loss": (0.1, 0.2)})
    disjoint = compare(make("c", {}, rows(1.0)), make("d", {}, rows(1.0, first=1)))
    assert (disjoint.shared, disjoint.first_difference, disjoint.same) == (0, None, False)


def test_shorter_run_is_not_the_same(make):
    comparison = compare(make("a", {}, rows(0.5, 0.25)), make("b", {}, rows(0.5)))
    assert (comparison.first_difference, comparison.unshared, comparison.same) == (None, 1, False)


def test_metric_of_one_run_only_is_not_a_difference_of_rows(make):
    comparison = compare(make("a", {}, rows(0.5, accuracy=1)), make("b", {}, rows(0.5, r2=1)))
    assert comparison.first_difference is None
    assert comparison.final == {"loss": (0.5, 0.5), "learning_rate": (0, 0), "accuracy": (1, None), "r2": (None, 1)}


def test_other_final_metrics_are_a_difference(make):
    a, b = (make(name, {}, rows(0.5), final={"loss": loss}, epochs=1) for name, loss in (("a", 1), ("b", 2)))
    assert (compare(a, b).same, compare(a, b).final) == (False, {"loss": (1, 2)})


def test_unreadable_settings_are_none(make):
    a, b = make("a", {"x": 1}, rows(0.5)), make("b", {"x": 1}, rows(0.5))
    assert compare(a, b).same
    (b.path / "config.yaml").write_text("a: [")
    assert (compare(a, b).settings, compare(a, b).same) == (None, False)


def test_damaged_rows_are_refused(make):
    a, b = make("a", {}, rows(0.5)), make("b", {}, rows(0.5))
    (b.path / "metrics.jsonl").write_text("{}\n")
    with pytest.raises(NncliError, match=r"metrics\.jsonl:1: is damaged: not a row of metrics"):
        compare(a, b)
