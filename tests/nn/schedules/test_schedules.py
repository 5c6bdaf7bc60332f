"""Each schedule at some steps, worked out by hand or from its paper; and the properties of all schedules."""

from __future__ import annotations

import math

import pytest

from nncli.nn.optimizers.adam import Adam
from nncli.nn.optimizers.sgd import SGD
from nncli.nn.schedules.constant import ConstantRate
from nncli.nn.schedules.cosine import CosineDecay
from nncli.nn.schedules.exponential import ExponentialDecay
from nncli.nn.schedules.inverse_time import InverseTimeDecay
from nncli.nn.schedules.one_cycle import OneCycle
from nncli.nn.schedules.step import StepDecay
from nncli.registry import plain
from tests.contracts.parts import build, examples, name_of

every_schedule = pytest.mark.parametrize("schedule", examples("schedule"), ids=name_of)


def rates(schedule, steps: int, learning_rate: float = 1.0) -> list[float]:
    """Return the rate of every step of training."""
    return [schedule.rate(learning_rate, step, steps) for step in range(steps)]


def pytorch_cosine(start: float, end: float, part: float) -> float:
    """Return OneCycleLR's cosine annealing from one rate to another."""
    return end + (start - end) / 2 * (math.cos(math.pi * part) + 1)


CASES = {
    "constant": (ConstantRate(), [1] * 5),
    "constant, warm-up": (ConstantRate(warmup=4), [0.25, 0.5, 0.75, 1, 1, 1]),
    "inverse time": (InverseTimeDecay(decay=1.0), [1, 1 / 2, 1 / 3, 1 / 4]),
    "inverse time, warm-up": (InverseTimeDecay(decay=1.0, warmup=2), [1 / 2, 1, 1, 1 / 2, 1 / 3]),
    "step": (StepDecay(decay_steps=3, decay_rate=0.5), [1, 1, 1, 0.5, 0.5, 0.5, 0.25]),
    "step, PyTorch's default": (StepDecay(decay_steps=2), [1, 1, 0.1, 0.1, 0.01, 0.01]),
    "step, warm-up": (StepDecay(decay_steps=2, decay_rate=0.5, warmup=1), [1, 1, 1, 0.5, 0.5, 0.25]),
    "exponential": (ExponentialDecay(decay_steps=2, decay_rate=0.25), [1, 0.5, 0.25, 0.125]),
    "exponential, warm-up": (ExponentialDecay(decay_steps=1, decay_rate=0.5, warmup=2), [0.5, 1, 1, 0.5, 0.25]),
    "cosine": (CosineDecay(), [1, (1 + math.sqrt(0.5)) / 2, 0.5, (1 - math.sqrt(0.5)) / 2]),
    "cosine, alpha": (
        CosineDecay(alpha=0.1),
        [0.1 + 0.9 * part for part in (1, (1 + math.sqrt(3) / 2) / 2, 0.75, 0.5, 0.25, (1 - math.sqrt(3) / 2) / 2)],
    ),
    "cosine, warm-up": (CosineDecay(warmup=2), [0.5, 1, 1, (1 + math.sqrt(0.5)) / 2, 0.5, (1 - math.sqrt(0.5)) / 2]),
    "one cycle": (
        OneCycle(pct_start=0.5, div_factor=10, final_div_factor=4),
        [0.1, pytorch_cosine(0.1, 1, 0.25), 0.55, pytorch_cosine(0.1, 1, 0.75), 1]
        + [pytorch_cosine(1, 0.025, part / 5) for part in (1, 2, 3, 4)]
        + [0.025],
    ),
    "one cycle, warm-up": (
        OneCycle(pct_start=0.5, div_factor=10, final_div_factor=4, warmup=2),
        [0.05, 0.1, 0.1, 0.55, 1, pytorch_cosine(1, 0.025, 1 / 3), pytorch_cosine(1, 0.025, 2 / 3), 0.025],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_rates_at_given_steps(case):
    schedule, expected = CASES[case]
    assert rates(schedule, len(expected)) == pytest.approx(expected, rel=1e-14)
    assert rates(schedule, len(expected), 0.02) == pytest.approx([0.02 * rate for rate in expected], rel=1e-14)


def test_one_cycle_has_the_rates_of_pytorch():
    """OneCycleLR(max_lr=25, final_div_factor=2, total_steps=10) rises from 1 in two steps and falls to 0.5 in seven."""
    expected = [1, 13, 25] + [pytorch_cosine(25, 0.5, part / 7) for part in range(1, 8)]
    assert rates(OneCycle(final_div_factor=2), 10, 25.0) == pytest.approx(expected, rel=1e-14)


def test_inverse_time_has_the_bits_of_the_book():
    """The book multiplies the learning rate by a quotient; dividing by the sum would differ in the last bit."""
    decayed = rates(InverseTimeDecay(decay=1e-3), 1000, 0.005)
    assert decayed == [0.005 * (1.0 / (1.0 + 1e-3 * step)) for step in range(1000)]
    assert decayed != [0.005 / (1 + 1e-3 * step) for step in range(1000)]


def test_decay_is_short_for_inverse_time():
    short, long = Adam(decay=1e-3), Adam(schedule=InverseTimeDecay(decay=1e-3))
    assert [short.rate(step, 100) for step in range(100)] == [long.rate(step, 100) for step in range(100)]


def test_optimizer_without_decay_or_schedule_keeps_its_rate():
    assert {SGD(learning_rate=0.3).rate(step, 50) for step in range(50)} == {0.3}


@every_schedule
def test_warm_up_rises_linearly_to_the_first_rate_of_the_schedule(schedule):
    """Even if the warm-up is longer than training."""
    with_warmup = build(type(schedule), warmup=5)
    plain_rates = rates(schedule, 20, 0.1)
    for steps in (25, 3):
        expected = [part / 5 * plain_rates[0] for part in (1, 2, 3, 4, 5)] + plain_rates
        assert rates(with_warmup, steps, 0.1) == pytest.approx(expected[:steps], rel=1e-14)


@every_schedule
def test_spans_training_is_true_if_rates_depend_on_the_number_of_steps(schedule):
    depends = any(schedule.rate(0.1, step, 50) != schedule.rate(0.1, step, 60) for step in range(50))
    assert depends == schedule.spans_training


@every_schedule
@pytest.mark.parametrize("steps", [1, 2, 3, 4, 10, 1000])
@pytest.mark.parametrize("warmup", [0, 1, 3, 2000])
def test_rates_are_positive_and_at_most_the_learning_rate(schedule, steps, warmup):
    assert all(0 < rate <= 0.1 for rate in rates(build(type(schedule), warmup=warmup), steps, 0.1))


@pytest.mark.parametrize("pct_start", [0.01, 0.5, 1 - 2**-53])
def test_one_cycle_reaches_its_last_rate_in_few_steps(pct_start):
    for steps in (1, 2, 3, 7):
        assert rates(OneCycle(pct_start=pct_start), steps)[-1] == pytest.approx(1 / 25 / 1e4)


def test_schedule_in_an_optimizer_survives_a_round_trip():
    optimizer = build(Adam, schedule={"type": "cosine", "warmup": 100})
    assert optimizer.schedule == CosineDecay(warmup=100)
    assert build(Adam, **plain(optimizer)) == optimizer
    assert build(Adam, schedule="cosine").schedule == CosineDecay()
