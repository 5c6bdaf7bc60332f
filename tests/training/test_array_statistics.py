"""Statistics of arrays: compared with NumPy's, also where float32 would overflow."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nncli.training.array_statistics import finite, ratio, root_mean_square, variances, zero_shares


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_variances_of_columns_with_a_large_mean(dtype):
    y = np.random.default_rng(0).normal(size=(50, 3)).astype(dtype) + dtype(1000)
    np.testing.assert_allclose(variances(y), y.astype(np.float64).var(axis=0), rtol=1e-12)


def test_large_float32_numbers_do_not_overflow():
    assert root_mean_square(np.full((2, 3), 1e30, np.float32)) == pytest.approx(1e30)
    assert root_mean_square(np.array([1.0, math.nan])) is None
    assert root_mean_square(np.array([[3.0], [4.0]])) == pytest.approx(math.sqrt(12.5))


def test_fractions_of_zeros():
    assert zero_shares(np.array([[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])) == (5 / 6, 2 / 3, 1 / 2)
    assert all(map(math.isnan, zero_shares(np.array([[0.0, math.inf]]))))


def test_ratios_and_finite_numbers():
    assert (ratio(1, 4), ratio(1, 0), ratio(math.inf, 2)) == (0.25, None, None)
    assert [finite(number) for number in (1, math.nan, -math.inf)] == [1.0, None, None]
