"""The arithmetic of the network: products, sums and masks in each precision."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.nn.engine import blas
from nncli.nn.engine.ops import Ops
from tests.contracts.parts import PRECISIONS, ops_for

# The last two are computed in blocks, without and with a remainder.
SIZES = ((1, 1, 1), (5, 4, 3), (1000, 1, 64), (1000, 64, 1), (1000, 64, 64), (1003, 64, 64))


def matrices(rows: int, inner: int, columns: int, dtype):
    """Return two matrices that can be multiplied."""
    random = np.random.default_rng(0)
    return random.normal(size=(rows, inner)).astype(dtype), random.normal(size=(inner, columns)).astype(dtype)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize(
    "inputs", [(np.float32, np.float32), (np.float64, np.float32), (np.float32, np.float64)], ids=str
)
def test_book_product_is_the_rounded_float64_product(size, inputs):
    a, b = (matrix.astype(dtype) for matrix, dtype in zip(matrices(*size, np.float64), inputs, strict=True))
    expected = np.dot(a.astype(np.float64), b.astype(np.float64)).astype(np.float32)
    assert ops_for("book").dot(a, b).tobytes() == expected.tobytes()


def test_book_product_of_two_float32_numbers_is_rounded_once():
    """Even if it is subnormal, overflows, or is infinite or NaN; only the sign of zeros may differ."""
    numbers = np.array([0, 1.5, -2.5, 1 / 3, 1e-20, -3e-23, 3e38, np.inf, np.nan], np.float32)
    with np.errstate(all="ignore"):
        expected = np.multiply.outer(numbers.astype(np.float64), numbers.astype(np.float64)).astype(np.float32)
        product = ops_for("book").dot(numbers.reshape(-1, 1), numbers.reshape(1, -1))
    np.testing.assert_array_equal(product, expected)
    assert ((expected != 0) & (abs(expected) < np.finfo(np.float32).tiny)).any()


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_book_product_of_transposed_views_has_the_bits_of_the_book(size):
    """In `np.dot(inputs.T, dvalues)` and `np.dot(dvalues, weights.T)`, astype keeps the memory order."""
    a, b = matrices(*size, np.float32)
    ops = ops_for("book")
    for left, right in ((np.ascontiguousarray(a.T).T, b), (a, np.ascontiguousarray(b.T).T)):
        expected = np.dot(left.astype("float64"), right.astype("float64")).astype("float32")
        assert ops.dot(left, right).tobytes() == expected.tobytes()


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_dot_is_accurate(size, precision):
    a, b = matrices(*size, precision)
    product = ops_for(precision).dot(a, b)
    assert product.dtype == precision
    tolerance = 1e-5 if precision == "float32" else 1e-13
    np.testing.assert_allclose(product, np.einsum("ij,jk->ik", a, b, dtype=np.float64), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("size", [*SIZES, (64, 1000, 64), (16, 5000, 3)], ids=str)
@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("small_kernels", [False, True])
def test_dot_of_transposed_views_is_accurate(size, precision, small_kernels, monkeypatch):
    """Weight gradients transpose the inputs, which have many rows; input gradients transpose the weights."""
    monkeypatch.setattr(blas, "has_small_kernels", lambda: small_kernels)
    a, b = matrices(*size, precision)
    expected = np.einsum("ij,jk->ik", a, b, dtype=np.float64)
    tolerance = 1e-4 if precision == "float32" else 1e-12
    for left, right in ((np.ascontiguousarray(a.T).T, b), (a, np.ascontiguousarray(b.T).T)):
        np.testing.assert_allclose(ops_for(precision).dot(left, right), expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("transposed", [False, True])
def test_large_product_is_not_cut_into_blocks_for_several_threads(transposed, monkeypatch):
    """The threads would not share the small products of the blocks."""
    a, b = matrices(1000, 64, 64, np.float32)
    left, right = (a.T, np.concatenate([a, a])[:1000]) if transposed else (a, b)
    blocks = []
    monkeypatch.setattr(np, "matmul", lambda *args, out: blocks.append(len(out)) or np.copyto(out, 0))
    for in_blocks in (False, True):
        monkeypatch.setattr(blas, "multiplies_in_blocks", lambda in_blocks=in_blocks: in_blocks)
        product = ops_for("float32").dot(left, right)
        assert (product.tobytes() == np.dot(left, right).tobytes()) is not in_blocks
    assert blocks == [5]


# Few inputs, which get a column of ones; outputs in one and many pieces, with and without a remainder; a single output.
AFFINE = [(20, 4, 3), (20, 2, 64), (1000, 1, 64), (1000, 64, 64), (1003, 64, 70), (1000, 64, 1)]


def adjacent(weights, biases):
    """Return copies of both in one vector, as in a network."""
    vector = np.concatenate([weights.reshape(-1), biases])
    return vector[: weights.size].reshape(weights.shape), vector[weights.size :]


@pytest.mark.parametrize("size", AFFINE, ids=str)
@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("place", [adjacent, lambda *arrays: arrays], ids=["adjacent", "separate"])
@pytest.mark.parametrize("small_kernels", [False, True])
def test_affine_and_its_gradients_are_accurate(precision, size, place, small_kernels, monkeypatch):
    monkeypatch.setattr(blas, "has_small_kernels", lambda: small_kernels)
    ops = ops_for(precision)
    x, weights = matrices(*size, ops.dtype)
    random = np.random.default_rng(1)
    biases, dy = (random.normal(size=shape).astype(ops.dtype) for shape in (size[2], (len(x), size[2])))
    y, backward = ops.affine(x, *place(weights, biases))
    weight_gradient, bias_gradient = backward(dy)
    assert y.dtype == ops.dtype
    if precision == "book":
        assert y.tobytes() == (ops.dot(x, weights) + biases).tobytes()
        assert bias_gradient.tobytes() == dy.sum(axis=0).tobytes()
    expected = np.einsum("ij,jk->ik", x, weights, dtype=np.float64) + biases
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-5)
    for_weights = np.einsum("ji,jk->ik", x, dy, dtype=np.float64)
    np.testing.assert_allclose(weight_gradient, for_weights, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(bias_gradient, dy.sum(axis=0, dtype=np.float64), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("columns", [1, 10, 32, 33, 100])
@pytest.mark.parametrize("precision", PRECISIONS)
def test_row_sums_and_maxima(precision, columns):
    ops = ops_for(precision)
    x, _ = matrices(50, columns, 1, ops.dtype)
    x[3, 0] = np.inf
    sums, largest = ops.row_sums(x), ops.row_maximum(x)
    assert largest.tobytes() == np.max(x, axis=1, keepdims=True).tobytes()
    assert sums.shape == (50, 1)
    if precision == "book":
        assert sums.tobytes() == np.sum(x, axis=1, keepdims=True).tobytes()
    np.testing.assert_allclose(sums[:, 0], [sum(row.tolist()) for row in x], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_sums_are_accurate_and_keep_the_dtype(precision):
    ops = ops_for(precision)
    for rows in (1, 1000):
        x, _ = matrices(rows, 3, 1, ops.dtype)
        sums = ops.sum_over_samples(x)
        assert sums.dtype == ops.dtype
        np.testing.assert_allclose(sums, [sum(column.tolist()) for column in x.T], rtol=1e-4, atol=1e-5)
        total = ops.total(x)
        assert total.dtype == ops.dtype
        assert total == pytest.approx(sum(x.ravel().tolist()), rel=1e-4)


@pytest.mark.parametrize("size", [(1000, 64), (1000, 1), (7, 3), (1, 5), (129, 1000)], ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_book_sums_have_the_bits_of_the_book(dtype, size):
    rows, columns = size
    x, _ = matrices(rows, columns, 1, dtype)
    ops = ops_for("book")
    for y in (x, np.asfortranarray(x), np.repeat(x, 2, axis=1)[:, ::2]):
        assert ops.sum_over_samples(y).tobytes() == np.sum(y, axis=0).tobytes()
    assert ops.total(x).tobytes() == np.sum(x).tobytes()


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("precision", PRECISIONS)
def test_masks_keep_entries_with_the_given_probability(precision, keep):
    ops = ops_for(precision)
    mask = ops.keep_mask(keep, (300, 200))
    assert mask.dtype == (np.float64 if precision == "book" else precision)
    on = np.asarray(1, mask.dtype) / np.asarray(keep, mask.dtype)
    assert np.isin(mask, [0, on]).all()
    assert np.mean(mask == on) == pytest.approx(keep, abs=4 * np.sqrt(keep * (1 - keep) / mask.size))


def test_book_masks_are_drawn_from_the_one_stream():
    random, reference = np.random.RandomState(3), np.random.RandomState(3)
    mask = Ops("book", random).keep_mask(0.8, (40, 5))
    assert mask.tobytes() == (reference.binomial(1, 0.8, size=(40, 5)) / 0.8).tobytes()
    assert random.rand() == reference.rand()
