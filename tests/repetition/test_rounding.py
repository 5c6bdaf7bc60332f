"""The largest differences that rounding explains."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nncli import config, training
from nncli.repetition.compare_numbers import compare_numbers, compare_rows
from nncli.repetition.rounding import Rounding, Samples, allowed_of, nudges
from nncli.repetition.run_numbers import RunNumbers

FINAL = ("summary.json", "final.loss")
ACCURACY = ("summary.json", "final.val_accuracy")
WEIGHTS = ("checkpoints/last.npz", "layers.0.weights")
SAMPLES = Samples(training=100, validation=20)
NAN = float("nan")


def numbers_with(final: float | None = 1.0, weights: Any = (0.0,), **columns: list[float]) -> RunNumbers:
    length = len(next(iter(columns.values()), []))
    arrays = {"epoch": np.arange(float(length)), **{name: np.array(column) for name, column in columns.items()}}
    return RunNumbers(arrays, {FINAL: final}, {WEIGHTS: np.array(weights, np.float32)})


def test_nudge_moves_each_weight_to_a_neighbouring_number(tmp_path: Path) -> None:
    spec = tmp_path / "a.yaml"
    spec.write_text("data: sine\nlayers: [{type: dense, units: 50}, {type: dense, units: 1}]\nloss: mse\n")
    for precision in ("float32", "float64", "book"):
        source = training.start(config.load(spec, [f"precision={precision}"]).resolved)
        vectors = source.checkpoint.params.vectors
        before = [vector.copy() for vector in vectors]
        after = []
        for nudge in nudges():
            nudge(source.checkpoint.params)
            after.append(np.concatenate(vectors))
            assert 0.3 < (after[-1] > np.concatenate(before)).mean() < 0.7
            for vector, old in zip(vectors, before, strict=True):
                up = vector == np.nextafter(old, vector.dtype.type(np.inf))
                assert (up | (vector == np.nextafter(old, vector.dtype.type(-np.inf)))).all()
                vector[...] = old
        assert len({each.tobytes() for each in after}) == 5


def test_spread_of_rows_is_the_largest_so_far() -> None:
    """Spreads of 1e-6, 0.25, 0.125 and 0 are 1e-6, 0.25, 0.25 and 0.25 so far; ten times as much is allowed."""
    repeated = numbers_with(loss=[1.0, 2.0, 3.0, 4.0])
    nudged = [numbers_with(loss=[1.0 + 1e-6, 2.125, 3.0, 4.0]), numbers_with(loss=[1.0, 1.875, 2.875, 4.0])]
    assert Rounding(repeated, nudged, SAMPLES).of_column("loss") == pytest.approx([1e-5, 2.5, 2.5, 2.5])
    assert Rounding(repeated, (), SAMPLES).of_column("loss") == pytest.approx([1e-5, 2e-4, 3e-4, 4e-4])


def test_shorter_retraining_does_not_change_later_spreads() -> None:
    rounding = Rounding(numbers_with(loss=[1.0, 1.0, 1.0]), [numbers_with(loss=[1.0, 1.5])], SAMPLES)
    assert rounding.of_column("loss") == pytest.approx([1e-5, 5.0, 5.0])


def test_diverged_retraining_excuses_any_later_difference() -> None:
    rounding = Rounding(numbers_with(loss=[1.0, 1.0, 1.0]), [numbers_with(loss=[1.0, NAN, 1.0])], SAMPLES)
    assert rounding.of_column("loss") == pytest.approx([1e-5, np.inf, np.inf])
    both_nan = Rounding(numbers_with(loss=[1.0, NAN]), [numbers_with(loss=[1.0, NAN])], SAMPLES)
    assert both_nan.of_column("loss") == pytest.approx([1e-5, 0])


def test_counting_metrics_may_differ_by_two_samples() -> None:
    rounding = Rounding(numbers_with(accuracy=[0.5, 0.5], val_accuracy=[0.5, 0.5], val_loss=[0, 0]), (), SAMPLES)
    assert rounding.of_column("accuracy") == pytest.approx([2 / 100] * 2)
    assert rounding.of_column("val_accuracy") == pytest.approx([2 / 20] * 2)
    assert rounding.of_column("val_loss") == pytest.approx([0, 0])
    assert rounding.of_number(ACCURACY) == pytest.approx(2 / 20)


def test_final_metrics_may_differ_like_the_last_row() -> None:
    repeated, nudged = numbers_with(loss=[1.0, 1.0], final=0.5), [numbers_with(loss=[1.0, 1.25], final=0.5)]
    assert Rounding(repeated, nudged, SAMPLES).of_number(FINAL) == pytest.approx(2.5)
    assert Rounding(repeated, (), SAMPLES).of_number(FINAL) == pytest.approx(1e-4)
    assert allowed_of([0.5, 0.75, None], 1e-5) == np.inf
    assert allowed_of([None, None], 1e-5) == 0
    assert allowed_of(["done", "done"], 1e-5) == 0


def test_weights_may_differ_by_the_largest_spread_of_their_array() -> None:
    repeated, nudged = numbers_with(weights=[1.0, 8.0], loss=[1.0]), [numbers_with(weights=[1.5, 8.0], loss=[1.0])]
    assert Rounding(repeated, nudged, SAMPLES).of_array(WEIGHTS) == pytest.approx(5.0)
    assert Rounding(repeated, (), SAMPLES).of_array(WEIGHTS) == pytest.approx(8e-4)


def test_unstable_training_excuses_differences_from_then_on() -> None:
    repeated, nudged = numbers_with(loss=[1.0, 1.0, 1.0]), [numbers_with(loss=[1.0, 1.0, 1.01])]
    rounding = Rounding(repeated, nudged, SAMPLES)
    (difference,) = compare_rows(numbers_with(loss=[1.0, 1.0, 1.09]), repeated, rounding)
    assert (difference.excused, difference.epoch) == (True, 2)
    (difference,) = compare_rows(numbers_with(loss=[1.0, 1.09, 1.11]), repeated, rounding)
    assert (difference.excused, difference.epoch) == (False, 1)
    assert difference.relative == pytest.approx(0.11 / 1.11)
    (difference,) = compare_rows(numbers_with(loss=[1.00002, 1.0, 1.0]), repeated, rounding)
    assert (difference.excused, difference.epoch) == (False, 0)


@pytest.mark.parametrize("value", ["done", None, True, [], {}, 10**300])
def test_value_of_another_type_is_not_excused(value: Any) -> None:
    rounding = Rounding(numbers_with(loss=[1.0]), (), SAMPLES)
    (difference,) = compare_numbers({FINAL: value}, {FINAL: 1.0}, "the retraining gives", rounding.of_number)
    assert not difference.excused
