"""Each optimizer against the rule of its paper, written out here, and against the book's expressions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from nncli.nn.engine.ops import Ops
from nncli.nn.optimizers.adagrad import Adagrad
from nncli.nn.optimizers.adam import Adam, AdamScalars, AdamW
from nncli.nn.optimizers.rmsprop import RMSprop
from nncli.nn.optimizers.sgd import SGD
from nncli.nn.schedules.step import StepDecay
from tests.contracts.parts import take_step

STEPS = 25
H = np.array([[2.0, 0.3, 0.0], [0.3, 1.0, -0.2], [0.0, -0.2, 0.5]])
START = np.array([1.0, -2.0, 0.5])


def gradient(p):
    """Return the gradient of f(p) = p H p / 2 - Σ p."""
    return H @ p - 1


def points_of(optimizer) -> Iterator[np.ndarray]:
    """Yield the parameters after each step of an nncli optimizer."""
    ops, p = Ops.float64(), START.copy()
    state = optimizer.init(p, p)
    for step in range(STEPS):
        take_step(optimizer, p, gradient(p), state, optimizer.scalars(step, STEPS), ops)
        yield p.copy()


def sgd(rate, decay=0.0) -> Iterator[np.ndarray]:
    """p ← p - rate / (1 + decay i) ∇f(p)"""
    p = START
    for i in range(STEPS):
        p = p - rate / (1 + decay * i) * gradient(p)
        yield p


def momentum(rate, mu) -> Iterator[np.ndarray]:
    """Sutskever et al. 2013, equations 1 and 2."""
    p, v = START, 0 * START
    for _ in range(STEPS):
        v = mu * v - rate * gradient(p)
        p = p + v
        yield p


def nesterov(rate, mu) -> Iterator[np.ndarray]:
    """Sutskever et al. 2013, equations 3 and 4: the gradient is taken at p + μ v, the point that nncli stores."""
    p, v = START, 0 * START
    for _ in range(STEPS):
        v = mu * v - rate * gradient(p + mu * v)
        p = p + v
        yield p + mu * v


def adagrad(rate, epsilon) -> Iterator[np.ndarray]:
    """Duchi, Hazan and Singer 2011, figure 1, with only the diagonal of G."""
    p, g_all = START, []
    for _ in range(STEPS):
        g_all.append(gradient(p))
        p = p - rate * g_all[-1] / (epsilon + np.linalg.norm(g_all, axis=0))
        yield p


def rmsprop(rate, rho, epsilon, decay=0.0) -> Iterator[np.ndarray]:
    """Hinton 2012, lecture 6e, slide 29."""
    p, mean_square = START, 0 * START
    for i in range(STEPS):
        g = gradient(p)
        mean_square = rho * mean_square + (1 - rho) * g * g
        p = p - rate / (1 + decay * i) * g / (mean_square**0.5 + epsilon)
        yield p


def adam(rate, beta_1, beta_2, epsilon, decay=0.0) -> Iterator[np.ndarray]:
    """Kingma and Ba 2015, algorithm 1, with its moving averages written as sums."""
    p, gs = START, []
    for t in range(1, STEPS + 1):
        gs.append(gradient(p))
        ages = np.arange(t)[::-1]
        m = (1 - beta_1) * np.sum([beta_1**age * g for age, g in zip(ages, gs, strict=True)], axis=0)
        v = (1 - beta_2) * np.sum([beta_2**age * g * g for age, g in zip(ages, gs, strict=True)], axis=0)
        m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
        p = p - rate / (1 + decay * (t - 1)) * m_hat / (np.sqrt(v_hat) + epsilon)
        yield p


def adamw(rates, weight_decay, beta_1, beta_2, epsilon) -> Iterator[np.ndarray]:
    """Loshchilov and Hutter 2019, algorithm 2, lines 6 to 12, with λ also multiplied by the rate α ηₜ."""
    p, m, v = START, 0 * START, 0 * START
    for t, rate in enumerate(rates, 1):
        g = gradient(p)
        m, v = beta_1 * m + (1 - beta_1) * g, beta_2 * v + (1 - beta_2) * g**2
        m_hat, v_hat = m / (1 - beta_1**t), v / (1 - beta_2**t)
        p = p - rate * (m_hat / (np.sqrt(v_hat) + epsilon) + weight_decay * p)
        yield p


HALVED = [0.02] * 10 + [0.01] * 10 + [0.005] * 5
CASES = {
    "sgd": (SGD(learning_rate=0.1), sgd(0.1)),
    "sgd, decay": (SGD(learning_rate=0.1, decay=0.1), sgd(0.1, decay=0.1)),
    "momentum": (SGD(learning_rate=0.05, momentum=0.9), momentum(0.05, 0.9)),
    "nesterov": (SGD(learning_rate=0.05, momentum=0.8, nesterov=True), nesterov(0.05, 0.8)),
    "nesterov, no momentum": (SGD(learning_rate=0.05, nesterov=True), sgd(0.05)),
    "adagrad": (Adagrad(learning_rate=0.5, epsilon=1e-3), adagrad(0.5, 1e-3)),
    "rmsprop": (RMSprop(learning_rate=0.01, rho=0.8, epsilon=1e-3), rmsprop(0.01, 0.8, 1e-3)),
    "rmsprop, decay": (RMSprop(learning_rate=0.01, decay=0.2), rmsprop(0.01, 0.9, 1e-7, decay=0.2)),
    "adam": (Adam(learning_rate=0.01, beta_1=0.8, beta_2=0.95, epsilon=1e-3), adam(0.01, 0.8, 0.95, 1e-3)),
    "adam, decay": (Adam(learning_rate=0.01, decay=0.3), adam(0.01, 0.9, 0.999, 1e-7, decay=0.3)),
    "adam, schedule": (
        Adam(learning_rate=0.02, schedule=StepDecay(decay_steps=10, decay_rate=0.5)),
        adamw(HALVED, 0.0, 0.9, 0.999, 1e-7),
    ),
    "adamw": (AdamW(learning_rate=0.01, weight_decay=0.3), adamw([0.01] * STEPS, 0.3, 0.9, 0.999, 1e-7)),
    "adamw, schedule": (
        AdamW(
            learning_rate=0.02,
            weight_decay=0.5,
            beta_1=0.8,
            beta_2=0.95,
            epsilon=1e-3,
            schedule=StepDecay(decay_steps=10, decay_rate=0.5),
        ),
        adamw(HALVED, 0.5, 0.8, 0.95, 1e-3),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_optimizer_follows_its_paper(case):
    optimizer, published = CASES[case]
    points = np.array(list(published))
    assert np.abs(points[-1] - START).max() > 0.05
    np.testing.assert_allclose(list(points_of(optimizer)), points, rtol=1e-11)


def test_defaults_are_those_of_the_book():
    assert SGD() == SGD(learning_rate=1.0, decay=0.0, momentum=0.0, nesterov=False)
    assert Adagrad() == Adagrad(learning_rate=1.0, decay=0.0, epsilon=1e-7)
    assert RMSprop() == RMSprop(learning_rate=0.001, decay=0.0, epsilon=1e-7, rho=0.9)
    assert Adam() == Adam(learning_rate=0.001, decay=0.0, epsilon=1e-7, beta_1=0.9, beta_2=0.999)


def test_adamw_has_the_defaults_of_adam_and_the_decay_of_pytorch():
    assert AdamW() == AdamW(learning_rate=0.001, weight_decay=0.01, epsilon=1e-7, beta_1=0.9, beta_2=0.999)


@pytest.mark.parametrize("grads_dtype", [np.float32, np.float64])
def test_adamw_without_decay_has_the_bits_of_adam(grads_dtype):
    random, ops = np.random.default_rng(0), Ops("book", np.random.RandomState(0))
    p = random.normal(size=20).astype(np.float32)
    q, g = p.copy(), random.normal(size=20).astype(grads_dtype)
    adam, adamw = Adam(learning_rate=0.1), AdamW(learning_rate=0.1, weight_decay=0.0)
    states = adam.init(p, g), adamw.init(q, g)
    for step in range(5):
        take_step(adam, p, g, states[0], adam.scalars(step, 5), ops)
        take_step(adamw, q, g, states[1], adamw.scalars(step, 5), ops)
        assert p.tobytes() == q.tobytes()


def test_adamw_rounds_the_decayed_parameters_before_adam_steps():
    """As the in-place `p *= 1 - rate * weight_decay` does; float64 scalars and gradients must not promote them."""
    random, ops = np.random.default_rng(0), Ops("book", np.random.RandomState(0))
    p, g = random.normal(size=50).astype(np.float32), random.normal(size=50)
    adamw, adam = AdamW(learning_rate=0.1, weight_decay=0.3), Adam(learning_rate=0.1)
    scalars = AdamScalars(*(np.array(number) for number in adamw.scalars(0, 1)))
    q = p.copy()
    q *= scalars.decay_factor
    assert (p * scalars.decay_factor).astype(np.float32).tobytes() == q.tobytes()
    assert (p * scalars.decay_factor).tobytes() != q.astype(np.float64).tobytes(), "the numbers need no rounding"
    take_step(adamw, p, g, adamw.init(p, g), scalars, ops)
    take_step(adam, q, g, adam.init(q, g), scalars, ops)
    assert p.tobytes() == q.tobytes()


class BookOptimizers:
    """A layer's parameters and the state of the book's optimizers (chapter 10), initially float32."""

    def __init__(self, p):
        self.p, self.momentums, self.cache = p.copy(), np.zeros_like(p), np.zeros_like(p)

    def sgd(self, d, rate, i):
        updates = 0.9 * self.momentums - rate * d
        self.momentums = updates
        self.p += updates

    def plain_sgd(self, d, rate, i):
        self.p += -rate * d

    def adagrad(self, d, rate, i):
        self.cache += d**2
        self.p += -rate * d / (np.sqrt(self.cache) + 1e-7)

    def rmsprop(self, d, rate, i):
        self.cache = 0.9 * self.cache + (1 - 0.9) * d**2
        self.p += -rate * d / (np.sqrt(self.cache) + 1e-7)

    def adam(self, d, rate, i):
        self.momentums = 0.9 * self.momentums + (1 - 0.9) * d
        momentums_corrected = self.momentums / (1 - 0.9 ** (i + 1))
        self.cache = 0.999 * self.cache + (1 - 0.999) * d**2
        cache_corrected = self.cache / (1 - 0.999 ** (i + 1))
        self.p += -rate * momentums_corrected / (np.sqrt(cache_corrected) + 1e-7)


@pytest.mark.parametrize("grads_dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("optimizer", "book"),
    [
        (SGD(learning_rate=0.1, decay=1e-3), BookOptimizers.plain_sgd),
        (SGD(learning_rate=0.1, decay=1e-3, momentum=0.9), BookOptimizers.sgd),
        (Adagrad(learning_rate=0.1, decay=1e-3), BookOptimizers.adagrad),
        (RMSprop(learning_rate=0.1, decay=1e-3), BookOptimizers.rmsprop),
        (Adam(learning_rate=0.1, decay=1e-3), BookOptimizers.adam),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_book_precision_has_the_bits_of_the_book(optimizer, book, grads_dtype):
    """Even with float32 parameters and a float64 gradient, such as that of the last biases."""
    random = np.random.RandomState(0)
    p = random.randn(50).astype(np.float32)
    theirs, ops = BookOptimizers(p), Ops("book", random)
    state = optimizer.init(p, np.zeros(50, grads_dtype))
    for i in range(STEPS):
        d = random.randn(50).astype(grads_dtype)
        rate = 0.1 * (1.0 / (1.0 + 1e-3 * i))
        take_step(optimizer, p, d.copy(), state, optimizer.scalars(i, STEPS), ops)
        book(theirs, d, rate, i)
        assert p.tobytes() == theirs.p.tobytes(), f"step {i}"


def test_bias_correction_depends_on_the_step():
    """So a resumed training is corrected as if it had never stopped."""
    p, g = np.zeros(1), np.ones(1)
    take_step(Adam(), p, g, Adam().init(p, g), Adam(learning_rate=1.0).scalars(9, STEPS), Ops.float64())
    m_hat, v_hat = 0.1 / (1 - 0.9**10), 0.001 / (1 - 0.999**10)
    np.testing.assert_allclose(p, -m_hat / (np.sqrt(v_hat) + 1e-7))
