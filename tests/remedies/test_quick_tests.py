"""The quick tests, on experiments whose answers are known."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from nncli import config
from nncli.data.lazy_rows import LazyRows
from nncli.diagnosis.attainable import one_hot
from nncli.diagnosis.fit import Fit
from nncli.diagnosis.rule import rules
from nncli.diagnosis.setup import Setup
from nncli.events import EpochEnded
from nncli.remedies.quick_tests import TESTS, QuickResult, QuickTest, quick_tests, run, short_training
from nncli.remedies.quick_tests.logistic import logistic_error
from nncli.remedies.quick_tests.overfit_16 import varied
from nncli.remedies.quick_tests.quick_test import percent
from nncli.remedies.quick_tests.short_training import ShortTrainings
from nncli.resolved import ResolvedExperiment
from nncli.training import start

pytestmark = pytest.mark.usefixtures("frozen_objects")

CURVE = """\
data: {type: sine, samples: 60}
layers: [{type: dense, units: 16, activation: tanh}, {type: dense, units: 1}]
loss: mse
optimizer: {type: adam, learning_rate: 0.02}
train: {epochs: 600}
"""
CLASSES = """\
data: {type: npz, path: iris.npz, task: classes}
layers: [{type: dense, units: 8, activation: relu}, {type: dense, units: 3, activation: softmax}]
loss: categorical_crossentropy
optimizer: {type: adam, learning_rate: 0.02}
train: {epochs: 150}
"""
NOISE = "data={type: npz, path: noise.npz, task: classes}"
DEAD = ("init={type: normal, scale: 1e-6}", "optimizer={type: sgd, learning_rate: 0.01}")
STUCK = ("optimizer.learning_rate=1e-9",)
DIVERGING = ("optimizer={type: sgd, learning_rate: 1e6}",)
DROPOUT = "[{type: dense, units: 8}, {type: dropout, rate: 0.1}, {type: dense, units: 3, activation: softmax}]"
FOREVER = 1000.0  # seconds, which no test here needs


@pytest.fixture(scope="module", autouse=True)
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Write clouds of points with their classes, with random classes, with labels, and values with much noise."""
    folder = tmp_path_factory.mktemp("tables")
    random = np.random.default_rng(0)
    y = np.arange(120) % 3
    x = random.normal(size=(120, 4)) + 3 * one_hot(y, 4)
    np.savez(folder / "iris.npz", x=x, y=y)
    np.savez(folder / "noise.npz", x=x, y=random.permutation(y))
    np.savez(folder / "labels.npz", x=x, y=np.column_stack([x[:, 0] > 0, x.sum(axis=1) > 3]))
    np.savez(folder / "equal.npz", x=x, y=np.zeros(120))
    z = random.normal(size=(400, 1))
    np.savez(folder / "weak.npz", x=z, y=0.3 * z[:, 0] + random.normal(size=400))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield folder


def resolved(text: str, *changes: str) -> ResolvedExperiment:
    return config.check(config.read(Path("small.yaml"), changes, text=text)).resolved


def answers(text: str, *changes: str, seconds: float = FOREVER) -> dict[str, QuickResult]:
    return {result.name: result for result in quick_tests(resolved(text, *changes), seconds)}


@pytest.mark.parametrize("text", [CURVE, CLASSES])
def test_healthy_experiment_passes_all(text: str) -> None:
    results = answers(text)
    assert list(results) == ["overfit_16", "baseline", "zeroed_inputs", "shuffled_targets"]
    for result in results.values():
        assert result.passed, result.line
        assert json.loads(json.dumps(result.as_dict(), allow_nan=False))["passed"]


def test_network_that_cannot_be_trained_fails_all() -> None:
    for changes in (DEAD, STUCK):
        for result in answers(CURVE, *changes, "train.epochs=100").values():
            assert result.passed is False, result.line


def test_small_rate_is_told_from_missing_data() -> None:
    line = answers(CURVE, *STUCK, "train.epochs=100")["overfit_16"].line
    assert line.startswith("does not fit even 16 samples (92% of their variance ")
    assert line.endswith(
        "is left after 1,000 steps): the fault is in the network or its training, not in the amount of data"
    )


def test_random_classes_are_learned_by_heart_only() -> None:
    results = answers(CLASSES, NOISE)
    assert results["overfit_16"].passed
    assert results["baseline"].passed is False
    assert results["baseline"].line.endswith("the inputs seem to say nothing about the targets")
    assert results["shuffled_targets"].passed is False
    assert results["shuffled_targets"].line.endswith("; simple methods find no relation either: rows may be mixed up")


def test_large_network_learns_shuffled_targets_by_heart() -> None:
    result = answers(CLASSES, NOISE, "layers.0.units=64", "train.epochs=500")["shuffled_targets"]
    assert result.passed is False
    assert "it learns by heart" in result.line


def test_dead_network_makes_no_use_of_its_inputs() -> None:
    result = answers(CURVE, *DEAD, "train.epochs=100")["zeroed_inputs"]
    assert "% of the variance unexplained, on zeros " in result.line
    assert result.line.endswith("%: it makes little use of its inputs")
    assert result.numbers["unexplained"] == pytest.approx(result.numbers["zeroed"], abs=0.01)


def test_line_beats_a_network_that_learned_nothing() -> None:
    result = answers(CURVE, *STUCK)["baseline"]
    assert result.line.startswith("a straight line leaves 43% of the variance unexplained, the network 92%: the fault")
    assert result.passed is False


@pytest.mark.parametrize(
    ("layers", "reason"),
    [
        ("[{type: dense, units: 1}]", "it has no hidden layer"),
        ("[{type: dense, units: 8}, {type: dense, units: 1}]", "its hidden layers have no activation"),
    ],
)
def test_network_that_is_a_line_is_no_better_than_one(layers: str, reason: str) -> None:
    result = answers(CURVE, f"layers={layers}", "train.epochs=1000")["baseline"]
    assert result.passed is False
    assert result.line.startswith("a straight line leaves 43% of the variance unexplained, the network 3")
    assert result.line.endswith(f": it is no better, while curved methods leave less than 0.1%: {reason}")


def test_error_at_the_end_of_a_run_replaces_the_training() -> None:
    (result,) = quick_tests(resolved(CURVE), FOREVER, ["no_hidden_activation"], unexplained=0.95)
    assert "a straight line leaves 43% of the variance unexplained, the network 95%: the fault" in result.line


def test_fit_that_takes_more_steps_than_the_experiment_says_so() -> None:
    result = answers(CURVE, "train.epochs=20")["overfit_16"]
    assert result.passed
    assert result.line.endswith("more than the 20 of the experiment: its training may be too short")


def test_divergence_is_a_sentence() -> None:
    results = answers(CURVE, *DIVERGING)
    assert results["overfit_16"].line.startswith("diverges even on 16 samples, at step ")
    assert results["baseline"].line == "a straight line leaves 43% of the variance unexplained, the network diverges"
    assert results["zeroed_inputs"].line.startswith("diverges even with zeroed inputs, at step ")
    assert results["shuffled_targets"].line.startswith("diverges with its targets at step ")
    assert [result.passed for result in results.values()] == [False, False, False, None]
    assert results["overfit_16"].as_dict()["numbers"]["unexplained"] is None


def test_divergence_that_zeroed_inputs_avoid_is_blamed_on_the_inputs() -> None:
    x = np.linspace(0, 1e4, 60)
    np.savez("wide.npz", x=x[:, None], y=np.sin(x / 1000))
    wide = "data={type: npz, path: wide.npz, task: regression, scale: none}"
    one, fast = "layers=[{type: dense, units: 1}]", "optimizer={type: sgd, learning_rate: 0.1}"
    result = answers(CURVE, wide, one, fast, "train.epochs=100")["zeroed_inputs"]
    assert result.passed is False
    assert ", not with zeros: the inputs, the initial weights or the learning rate are too large" in result.line


def test_inputs_whose_squares_are_infinite_give_no_warning() -> None:
    results = answers(CLASSES, *BINARY, "data.noise=1e200", "train.epochs=5")
    assert results["baseline"].line.endswith(" of the variance unexplained, the network diverges")
    assert results["zeroed_inputs"].line.startswith("diverges with its inputs at step 1, not with zeros")


LABELS = (
    "data={type: npz, path: labels.npz, task: multilabel}",
    "layers.1={type: dense, units: 2, activation: sigmoid}",
    "loss=binary_crossentropy",
)
BINARY = (
    "data={type: moons, samples: 60}",
    "layers.1={type: dense, units: 1, activation: sigmoid}",
    "loss=binary_crossentropy",
    "train.batch_size=16",
)
VALUES = ("layers.1.activation=linear", "loss=mse")  # of classes


@pytest.mark.parametrize(
    ("changes", "precision"),
    [((), "book"), (LABELS, "float64"), (LABELS, "book"), (BINARY, "float64"), (VALUES, "book"), (VALUES, "float64")],
)
def test_every_kind_of_targets_and_precision(changes: tuple[str, ...], precision: str) -> None:
    results = answers(CLASSES, *changes, f"precision={precision}", "train.epochs=100")
    assert results["overfit_16"].passed, results["overfit_16"].line
    assert results["zeroed_inputs"].passed, results["zeroed_inputs"].line
    assert results["zeroed_inputs"].numbers["zeroed"] == pytest.approx(1, abs=0.1)


def test_reference_is_the_training_of_the_experiment() -> None:
    experiment = resolved(CLASSES, "train.batch_size=16", "train.epochs=5", f"layers={DROPOUT}")
    training = start(experiment)
    epochs = [event for event in training if isinstance(event, EpochEnded)]
    trainings = ShortTrainings(experiment)
    assert trainings.reference.steps == trainings.steps == 8 * len(epochs)
    fit = Fit(Setup.of(training.plan), training.plan, training.checkpoint.params, "done")
    assert trainings.reference.unexplained == fit.unexplained
    assert trainings.repeat(trainings.samples) == trainings.reference


def test_results_do_not_depend_on_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    short = resolved(CLASSES, "train.epochs=5")
    results = {result.name: result for result in quick_tests(short, FOREVER)}
    for order in (TESTS[::-1], TESTS[2:], (TESTS[3], TESTS[1])):
        monkeypatch.setattr(run, "TESTS", order)
        again = list(quick_tests(short, FOREVER))
        assert [result.name for result in again] == [test.name for test in order]
        assert all(result == results[result.name] for result in again)


def test_experiment_data_and_folder_stay_as_they_are(tables: Path) -> None:
    experiment = resolved(CURVE, "train.epochs=5")
    files = sorted(tables.iterdir())
    before = repr(experiment.experiment)
    trainings = ShortTrainings(experiment)
    x, t = (np.array(part) for part in trainings.samples)
    state = np.random.get_state()[1].copy()
    for test in TESTS:
        test.run(trainings)
    assert np.array_equal(trainings.samples.x, x)
    assert np.array_equal(trainings.samples.t, t)
    assert repr(experiment.experiment) == before
    assert sorted(tables.iterdir()) == files
    assert np.array_equal(np.random.get_state()[1], state)


def test_time_limit_is_kept_and_said() -> None:
    wide = "{type: dense, units: 128, activation: tanh}"
    slow = f"layers=[{wide}, {wide}, {{type: dense, units: 1}}]"
    began = time.process_time()
    results = answers(CURVE, slow, "data.samples=500", "train.epochs=1000000", *STUCK, seconds=0.4)
    assert time.process_time() - began < 2
    assert [result.passed for result in results.values()] == [None] * 4
    assert "took too long to fit 16 samples" in results["overfit_16"].line
    assert results["baseline"].line.endswith(" of 1,000,000 steps: too early to tell")


def test_time_of_the_caller_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    away = 0.0

    class Clock:
        @staticmethod
        def monotonic() -> float:
            return time.monotonic() + away

    for module in (run, short_training):
        monkeypatch.setattr(module, "time", Clock)
    results = quick_tests(resolved(CURVE, "train.epochs=10"), FOREVER)
    next(results)
    away = 2 * FOREVER
    assert [" of 10 steps" in result.line for result in results] == [False] * 3


def test_comparison_has_equal_steps_even_if_time_is_short() -> None:
    trainings = ShortTrainings(resolved(CURVE, "train.epochs=1000000"))
    trainings.budget.deadline = time.monotonic() + 0.1
    reference = trainings.reference
    assert 0 < reference.steps < reference.planned
    trainings.budget.deadline = time.monotonic() + FOREVER
    assert trainings.repeat(trainings.samples) == (reference.unexplained, reference.steps, reference.steps)


@pytest.mark.parametrize(
    ("findings", "names"),
    [
        ([], ["overfit_16", "baseline", "zeroed_inputs", "shuffled_targets"]),
        (["overfitting"], ["shuffled_targets"]),
        (["wrong_output_activation", "dead_relus"], ["zeroed_inputs"]),
        (["wrong_output_activation"], []),
    ],
)
def test_only_tests_that_decide_between_the_findings_are_run(findings: list[str], names: list[str]) -> None:
    results = quick_tests(resolved(CURVE, "train.epochs=2"), FOREVER, findings)
    assert [result.name for result in results] == names


def test_findings_are_names_of_rules() -> None:
    names = {rule.name for rule in rules()}
    for test in TESTS:
        assert test.decides == tuple(sorted(set(test.decides)))
        assert set(test.decides) <= names


def test_inputs_mapped_from_a_file_give_the_same_results(monkeypatch: pytest.MonkeyPatch) -> None:
    data = "data={type: npz, path: iris.npz, task: classes, scale: none}"
    in_memory = answers(CLASSES, data, "train.epochs=5")
    for module in ("arrays", "array_files"):
        monkeypatch.setattr(f"nncli.data.{module}.largest_in_memory", lambda: 0)
    assert isinstance(ShortTrainings(resolved(CLASSES, data)).samples.x, LazyRows)
    assert answers(CLASSES, data, "train.epochs=5") == in_memory


def test_weak_relation_is_no_fault_of_the_network() -> None:
    results = answers(CURVE, "data={type: npz, path: weak.npz, task: regression}", "train.epochs=100")
    assert results["baseline"].passed
    for name in ("zeroed_inputs", "shuffled_targets"):
        assert results[name].passed is None
        assert results[name].line.endswith("%: the relation is weak")


@pytest.mark.parametrize(("test", "what"), [(TESTS[2], "with zeroed inputs"), (TESTS[3], "on shuffled targets")])
def test_comparison_that_runs_out_of_time_says_so(test: QuickTest, what: str) -> None:
    trainings = ShortTrainings(resolved(CURVE, "train.epochs=50"))
    assert trainings.reference.steps == 50
    trainings.budget.deadline = time.monotonic()
    assert test.run(trainings)[:3] == (test.name, None, f"took too long to train {what}")


def test_line_fits_sixteen_samples_of_a_curve_in_part() -> None:
    one = resolved(CURVE, "layers=[{type: dense, units: 1}]")
    x, t = varied(ShortTrainings(one).samples, 16)
    (square,) = np.polyfit(np.asarray(x)[:, 0], t[:, 0], 1, full=True)[1]
    result = next(quick_tests(one, FOREVER))
    assert result.numbers["unexplained"] == pytest.approx(square / np.sum((t - t.mean()) ** 2), rel=0.01)
    assert result.passed is False
    assert result.line.startswith("fits 16 samples only in part (")
    assert result.line.endswith(" is left after 1,000 steps): the network is too small or not trained enough")


def test_few_samples_are_too_few_to_shuffle() -> None:
    results = answers(CURVE, "data.samples=4", "train.epochs=300")
    assert results["overfit_16"].line.startswith("fits its 4 samples to ")
    assert results["shuffled_targets"].passed is None


def test_samples_that_repeat_are_counted_once() -> None:
    np.savez("repeated.npz", x=np.tile([[0.0], [1.0], [2.0]], (4, 1)), y=np.tile([0.0, 1.0, 0.0], 4))
    result = answers(CURVE, "data={type: npz, path: repeated.npz, task: regression}")["overfit_16"]
    assert result.line.startswith("fits its 3 different samples to ")


def test_equal_targets_cannot_be_explained() -> None:
    results = answers(CURVE, "data={type: npz, path: equal.npz, task: regression}", "train.epochs=5")
    assert {(result.passed, result.line) for result in results.values()} == {(None, run.CONSTANT)}


def test_sixteen_samples_differ_in_inputs_and_targets() -> None:
    samples = ShortTrainings(resolved(CLASSES)).samples
    rare = samples._replace(t=(np.arange(len(samples.t)) == 5).astype(int))
    assert sorted(set(varied(rare, 16).t)) == [0, 1]
    doubled = samples.select(np.repeat(np.arange(20), 2))
    chosen = varied(doubled, 16)
    assert len(np.unique(chosen.inputs, axis=0)) == len(chosen.t) == 16


def test_logistic_regression_predicts_clouds_and_no_noise() -> None:
    random = np.random.default_rng(0)
    y = np.arange(150) % 3
    x = random.normal(size=(150, 2)) + 6 * one_hot(y, 3)[:, :2]
    assert logistic_error(x, one_hot(y, 3), exclusive=True) < 0.05
    assert logistic_error(x, one_hot(random.permutation(y), 3), exclusive=True) > 0.95
    assert logistic_error(x, one_hot(y, 3)[:, :2], exclusive=False) < 0.05


def test_logistic_regression_is_measured_on_samples_left_out() -> None:
    """A fit to all of them would explain 25 random columns well."""
    x = np.random.default_rng(0).normal(size=(30, 25))
    assert logistic_error(x, one_hot(np.arange(30) % 2, 2), exclusive=True) > 0.8


def test_logistic_regression_recovers_probabilities() -> None:
    random = np.random.default_rng(1)
    x = random.normal(size=(400, 3))
    p = 1 / (1 + np.exp(-(2 * x[:, :1] - x[:, 1:2])))
    t = (random.random((400, 1)) < p).astype(float)
    of_truth = np.sum((t - p) ** 2) / np.sum((t - t.mean()) ** 2)
    assert logistic_error(x, t, exclusive=False) == pytest.approx(of_truth, rel=0.05)


def test_logistic_regression_takes_more_inputs_than_samples() -> None:
    """Repeated columns change nothing, because the sum over inputs is divided by their number."""
    random = np.random.default_rng(2)
    y = np.arange(30) % 2
    x = random.normal(size=(30, 2)) + y[:, None]
    few, many = (logistic_error(each, one_hot(y, 2), exclusive=True) for each in (x, np.tile(x, 25)))
    assert 0.1 < few < 0.95
    assert many == pytest.approx(few, rel=1e-9)


@pytest.mark.parametrize(
    ("unexplained", "words"),
    [
        (0.0, "less than 0.1%"),
        (0.004, "0.4%"),
        (0.31, "31%"),
        (0.998, "99.8%"),
        (1.0001, "100%"),
        (2.4, "more than all (240%)"),
        (1e9, "more than all (over 1,000%)"),
    ],
)
def test_fraction_in_words(unexplained: float, words: str) -> None:
    assert percent(unexplained) == words
