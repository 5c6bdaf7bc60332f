"""Two runs side by side."""

from __future__ import annotations

import json

import pytest

from nncli.catalog.comparison import compare
from nncli.errors import NncliError
from nncli.store import Run, with_settings


@pytest.fixture
def make(tmp_path):
    """Makes a run of settings and rows."""

    def made(name, settings, rows, **summary):
        path = tmp_path / name / "20260101-000000-0000"
        path.mkdir(parents=True)
        (path / "config.yaml").write_text(name)
        (path / "run.json").write_text(json.dumps(with_settings({"status": "done"}, settings, name, path)))
        (path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        if summary:
            (path / "summary.json").write_text(json.dumps(summary))
        return Run(path)

    return made


def rows(*losses, first=0, **others):
    return [
        {"epoch": first + n, "loss": loss, "learning_rate": n, "seconds": loss, **others}
        for n, loss in enumerate(losses)
    ]


def test_nothing_differs_but_the_clock(make):
    settings = {"optimizer": {"type": "adam"}}
    a = make("a", settings, rows(0.5, None), final={"loss": 0.25}, epochs=2, seconds=1.0)
    slower = [{**row, "seconds": 99.0, "learning_rate": 7} for row in rows(0.5, None)]
    b = make("b", settings, slower, final={"loss": 0.25}, epochs=2, seconds=9.0)
    found = compare(a, b)
    assert (found.same, found.settings, found.first_difference, found.shared, found.unshared) == (True, {}, None, 2, 0)
    assert found.final == {"loss": (0.25, 0.25)}


def test_settings_that_one_has_only_differ_too(make):
    a = make("a", {"optimizer": {"type": "adam", "beta_1": 0.9}, "layers": [{"units": 8}]}, [])
    b = make("b", {"optimizer": {"type": "sgd"}, "layers": [{"units": 8}, {"units": 1}]}, [])
    assert compare(a, b).settings == {
        "optimizer.type": ("adam", "sgd"),
        "optimizer.beta_1": (0.9, None),
        "layers.1.units": (None, 1),
    }
    assert not compare(a, b).same


def test_the_curves_part_at_the_first_epoch_whose_figures_differ(make):
    a = make("a", {}, rows(0.5, 0.25, 0.125))
    b = make("b", {}, rows(0.5, 0.25 + 2**-54, 0.1))
    assert compare(a, b).first_difference == (1, {"loss": (0.25, 0.25 + 2**-54)})
    assert compare(a, b).as_dict()["parting"] == {"epoch": 1, "metrics": {"loss": (0.25, 0.25 + 2**-54)}}


def test_rows_are_joined_by_their_epoch(make):
    whole = make("a", {}, rows(0.5, 0.25, 0.125, 0.1))
    later = make("b", {}, rows(0.125, 0.2, first=2))
    found = compare(whole, later)
    assert (found.shared, found.unshared) == (2, 2)
    assert found.first_difference == (3, {"loss": (0.1, 0.2)})
    apart = compare(make("c", {}, rows(1.0)), make("d", {}, rows(1.0, first=1)))
    assert (apart.shared, apart.first_difference, apart.same) == (0, None, False)


def test_a_shorter_run_is_not_the_same(make):
    found = compare(make("a", {}, rows(0.5, 0.25)), make("b", {}, rows(0.5)))
    assert (found.first_difference, found.unshared, found.same) == (None, 1, False)


def test_a_figure_that_one_has_only_does_not_part_the_curves(make):
    found = compare(make("a", {}, rows(0.5, accuracy=1)), make("b", {}, rows(0.5, r2=1)))
    assert found.first_difference is None
    assert found.final == {"loss": (0.5, 0.5), "learning_rate": (0, 0), "accuracy": (1, None), "r2": (None, 1)}


def test_other_final_figures_are_a_difference(make):
    a, b = (make(name, {}, rows(0.5), final={"loss": loss}, epochs=1) for name, loss in (("a", 1), ("b", 2)))
    assert (compare(a, b).same, compare(a, b).final) == (False, {"loss": (1, 2)})


def test_settings_that_cannot_be_read(make):
    a, b = make("a", {"x": 1}, rows(0.5)), make("b", {"x": 1}, rows(0.5))
    assert compare(a, b).same
    (b.path / "config.yaml").write_text("a: [")
    assert (compare(a, b).settings, compare(a, b).same) == (None, False)


def test_damaged_rows_are_told(make):
    a, b = make("a", {}, rows(0.5)), make("b", {}, rows(0.5))
    (b.path / "metrics.jsonl").write_text("{}\n")
    with pytest.raises(NncliError, match=r"metrics\.jsonl:1: is damaged: not a row of metrics"):
        compare(a, b)
