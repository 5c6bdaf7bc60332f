"""The random streams of training, and their state as arrays."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.random.bit_generator import ISeedSequence

from nncli.arrays import Array

RandomStream: TypeAlias = np.random.RandomState | np.random.Generator

# Numbers of the separate streams under one seed, so that draws from one do not affect the others.
STEPS, TEST, SPLIT, VALIDATION = 1, 2, 3, 4
WORD = 1 << 64


class _Unseeded(ISeedSequence):
    """Replaces the random words from which NumPy computes the first state of a bit generator."""

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> Array:
        return np.zeros(n_words, dtype)


def legacy_stream(seed: int) -> np.random.RandomState:
    """Return `np.random.RandomState(seed)`, which first computes another state from the entropy of the system.

    Without that it takes 0.04 instead of 0.13 ms.
    """
    stream = np.random.RandomState(np.random.MT19937(_Unseeded()))  # type: ignore[arg-type]
    stream.seed(seed)
    return stream


class Streams:
    """The random streams of one seed.

    `initial` is NumPy's legacy stream, that of `np.random` after `np.random.seed(seed)`: training data and initial
    weights are drawn from it in every precision, and in book precision also validation data, between the two. Masks
    and shuffles are drawn from `steps`: in book precision the same stream, as in the book, otherwise a separate one.
    """

    def __init__(self, seed: int, *, book: bool) -> None:
        self.seed = seed
        self.initial = legacy_stream(seed)
        self.steps: RandomStream = self.initial if book else np.random.default_rng([seed, STEPS])

    def for_test(self) -> np.random.RandomState:
        """Return the stream of test data: in book precision a copy of the one stream, else a separate one."""
        if isinstance(self.steps, np.random.RandomState):
            copy = np.random.RandomState()
            copy.set_state(self.steps.get_state(legacy=False))
            return copy
        return self._separate(TEST)

    def for_validation(self) -> np.random.RandomState:
        """Return the stream of validation data: in book precision the one stream, else a separate one.

        With a separate stream, the initial weights are the same with and without validation data.
        """
        return self.initial if self.steps is self.initial else self._separate(VALIDATION)

    def _separate(self, number: int) -> np.random.RandomState:
        return np.random.RandomState(np.random.MT19937(np.random.SeedSequence([self.seed, number])))

    def for_split(self) -> np.random.Generator:
        """Return the stream for splitting a data set into parts."""
        return np.random.default_rng([self.seed, SPLIT])

    def state(self) -> dict[str, Array]:
        """Return the state of `steps` as arrays."""
        if isinstance(self.steps, np.random.RandomState):
            legacy: dict[str, Any] = self.steps.get_state(legacy=False)
            return {
                "key": legacy["state"]["key"].copy(),
                "position": np.array(legacy["state"]["pos"]),
                "gauss": np.array([legacy["has_gauss"], legacy["gauss"]], np.float64),
            }
        state: dict[str, Any] = dict(self.steps.bit_generator.state)
        words = [n for value in (state["state"]["state"], state["state"]["inc"]) for n in divmod(value, WORD)]
        return {
            "words": np.array(words, np.uint64),
            "rest": np.array([state["has_uint32"], state["uinteger"]], np.uint32),
        }

    def restore(self, state: dict[str, Array]) -> None:
        """Set `steps` to a state that `state()` returned. Raises KeyError or ValueError for anything else."""
        if isinstance(self.steps, np.random.RandomState):
            position = int(state["position"])
            if state["key"].shape != (624,) or not 0 <= position <= 624:
                raise ValueError("not a state of the Mersenne Twister")
            has_gauss, gauss = (float(value) for value in state["gauss"])
            key = state["key"].astype(np.uint32)
            self.steps.set_state(("MT19937", key, position, int(has_gauss), gauss))
            return
        if state["words"].shape != (4,) or state["rest"].shape != (2,):
            raise ValueError("not a state of PCG64")
        words, rest = [int(word) for word in state["words"]], [int(word) for word in state["rest"]]
        numbers = {"state": words[0] * WORD + words[1], "inc": words[2] * WORD + words[3]}
        self.steps.bit_generator.state = {
            "bit_generator": "PCG64",
            "state": numbers,
            "has_uint32": rest[0],
            "uinteger": rest[1],
        }
