"""The book's data sets equal those of nnfs after `nnfs.init()`, which runs in another process as it changes NumPy."""

from __future__ import annotations

import io
import subprocess
import sys

import nnfs.datasets
import numpy as np
import pytest

from nncli.data.nnfs_sets import Sine, Spiral, Vertical

SETS = {
    "sine_data": [(Sine(samples=7), (7,)), (Sine(), ())],
    "spiral_data": [(Spiral(samples=100, classes=3), (100, 3)), (Spiral(samples=7, classes=2), (7, 2))],
    "vertical_data": [(Vertical(samples=50, classes=3), (50, 3)), (Vertical(samples=4, classes=5), (4, 5))],
}
CASES = [(function, data, arguments) for function, cases in SETS.items() for data, arguments in cases]
SEEDS = (0, 7)
SCRIPT = """
import sys
import nnfs, nnfs.datasets, numpy as np
nnfs.init()
arrays = {}
for i, (function, arguments) in enumerate(CASES):
    for seed in SEEDS:
        np.random.seed(seed)
        arrays[f"{i}.{seed}.x"], arrays[f"{i}.{seed}.t"] = getattr(nnfs.datasets, function)(*arguments)
        arrays[f"{i}.{seed}.next"] = np.random.random(3)
np.savez(sys.stdout.buffer, **arrays)
"""


@pytest.fixture(scope="module")
def nnfs_arrays():
    """Return the arrays of nnfs by number of the case, seed and name."""
    calls = [(function, arguments) for function, _, arguments in CASES]
    script = SCRIPT.replace("CASES", repr(calls)).replace("SEEDS", repr(SEEDS))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    with np.load(io.BytesIO(done.stdout)) as arrays:
        return dict(arrays)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("i", range(len(CASES)), ids=lambda i: f"{CASES[i][0]}{CASES[i][2]}")
def test_samples_equal_nnfs_bit_for_bit(i, seed, nnfs_arrays):
    _, data, _ = CASES[i]
    random = np.random.RandomState(seed)
    samples = data.draw(random, data.describe())
    for name, array in (("x", samples.x), ("t", samples.t), ("next", random.random_sample(3))):
        expected = nnfs_arrays[f"{i}.{seed}.{name}"]
        assert array.dtype == expected.dtype, name
        assert array.shape == expected.shape, name
        assert array.tobytes() == expected.tobytes(), name


@pytest.mark.parametrize(("function", "data", "arguments"), CASES)
def test_samples_match_the_description(function, data, arguments):
    description, samples = data.describe(), data.draw(np.random.RandomState(0), data.describe())
    assert samples.x.shape == (description.samples, len(description.input_names))
    assert len(samples.t) == description.samples
    if description.class_names:
        assert sorted({str(number) for number in samples.t.tolist()}) == sorted(description.class_names)
    else:
        assert samples.t.shape == (description.samples, len(description.target_names))


def numpy_of_nnfs() -> list:
    """Return the NumPy functions that `nnfs.init()` would replace, and the NumPy module that nnfs uses."""
    modules = (nnfs.datasets.sine, nnfs.datasets.spiral, nnfs.datasets.vertical)
    return [np.dot, np.zeros, np.eye, np.random.randn, *(module.np for module in modules)]


@pytest.mark.parametrize(("function", "data", "arguments"), CASES)
def test_drawing_leaves_numpy_unchanged(function, data, arguments):
    """This includes NumPy's global random stream, and draws that fail."""
    before, state = numpy_of_nnfs(), np.random.get_state()
    data.draw(np.random.RandomState(0), data.describe())
    if data.describe().class_names:
        with pytest.raises(AttributeError):
            data.draw(None, data.describe())
    assert all(now is earlier for now, earlier in zip(numpy_of_nnfs(), before, strict=True))
    assert nnfs.datasets.spiral.np is np
    assert all(np.array_equal(now, earlier) for now, earlier in zip(np.random.get_state(), state, strict=True))


def test_parts_change_only_the_given_fields():
    data = Spiral(samples=100, classes=2, validation={"samples": 30}, test={})
    assert data.part("validation") == Spiral(samples=30, classes=2)
    assert data.part("test") == Spiral(samples=100, classes=2)
    assert Spiral().part("test") is None
