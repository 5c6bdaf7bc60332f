"""Random streams: NumPy's legacy numbers where the book draws, streams of their own elsewhere, and state as arrays."""

from __future__ import annotations

import io

import numpy as np
import pytest

from nncli.nn.engine.rng import Streams

both = pytest.mark.parametrize("book", [True, False], ids=["book", "own"])


@pytest.fixture
def legacy():
    """NumPy's global stream, left as it was found."""
    before = np.random.get_state()
    yield np.random
    np.random.set_state(before)


def some(random) -> list:
    """Draws of several kinds, which leave the stream in the middle of its words and between two normal numbers."""
    return [random.permutation(5).tolist(), random.binomial(1, 0.3, 7).tolist(), random.normal()]


def more(random, book: bool) -> list:
    """Those, after float32 numbers such as the masks of our own streams are, which take half a word each."""
    return some(random) if book else [random.random(3, dtype=np.float32).tolist(), *some(random)]


@both
@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_the_first_stream_is_numpys_legacy_one(seed, book, legacy):
    legacy.seed(seed)
    streams = Streams(seed, book=book)
    assert streams.initial.randn(5).tolist() == legacy.randn(5).tolist()
    assert some(streams.initial) == some(legacy)


def test_the_book_has_one_stream(legacy):
    legacy.seed(4)
    streams = Streams(4, book=True)
    assert streams.initial.randn(3).tolist() == legacy.randn(3).tolist()
    assert some(streams.steps) == some(legacy)
    assert streams.initial.randn(3).tolist() == legacy.randn(3).tolist()


def test_elsewhere_steps_and_tests_do_not_depend_on_what_else_was_drawn():
    fresh, used = Streams(4, book=False), Streams(4, book=False)
    used.initial.randn(100)
    assert some(used.steps) == some(fresh.steps)
    some(used.steps)
    assert some(used.for_test()) == some(fresh.for_test())


def test_elsewhere_the_streams_of_a_seed_differ():
    streams = Streams(4, book=False)
    draws = [random.uniform() for random in (streams.initial, streams.steps, streams.for_test())]
    assert len(set(draws)) == 3


@both
def test_another_seed_has_other_streams(book):
    one, other = Streams(4, book=book), Streams(5, book=book)
    for name in ("initial", "steps", "for_test"):
        streams = [getattr(streams, name) for streams in (one, other)]
        draws = [some(stream() if name == "for_test" else stream) for stream in streams]
        assert draws[0] != draws[1], name


@both
def test_test_data_are_drawn_without_moving_the_steps_on(book):
    streams, same = Streams(4, book=book), Streams(4, book=book)
    first = some(streams.for_test())
    assert some(streams.for_test()) == first
    assert some(streams.steps) == some(same.steps)


def test_in_the_book_test_data_come_where_the_one_stream_stands():
    streams, same = Streams(4, book=True), Streams(4, book=True)
    for random in (streams.steps, same.steps):
        random.randn(3)
    assert some(streams.for_test()) == some(same.steps)


@both
@pytest.mark.parametrize("draws", range(4))
def test_a_state_brings_the_stream_back(book, draws):
    """Also between the two normal numbers that the legacy stream makes at once, and between halves of a word."""
    streams = Streams(4, book=book)
    for _ in range(draws):
        streams.steps.normal()
        streams.steps.permutation(3)
    if not book and draws:
        streams.steps.random(2 * draws - 1, dtype=np.float32)
    file = io.BytesIO()
    np.savez(file, **streams.state())
    expected = [more(streams.steps, book) for _ in range(3)]

    other = Streams(99, book=book)
    some(other.steps)
    with np.load(io.BytesIO(file.getvalue()), allow_pickle=False) as state:
        other.restore(dict(state))
    assert [more(other.steps, book) for _ in range(3)] == expected


@both
def test_a_state_is_a_copy(book):
    streams = Streams(4, book=book)
    state = streams.state()
    before = {name: array.copy() for name, array in state.items()}
    some(streams.steps)
    streams.steps.normal(size=1000)
    for name in before:
        np.testing.assert_array_equal(state[name], before[name])
    assert any((streams.state()[name] != before[name]).any() for name in before)


@both
def test_what_is_no_state_is_refused(book):
    streams = Streams(4, book=book)
    for name, array in streams.state().items():
        incomplete = streams.state()
        del incomplete[name]
        with pytest.raises(KeyError):
            streams.restore(incomplete)
        if array.shape:
            with pytest.raises(ValueError):
                streams.restore(streams.state() | {name: array[:1]})
    if book:
        for position in (-1, 625):
            with pytest.raises(ValueError, match="Mersenne"):
                streams.restore(streams.state() | {"position": np.array(position)})
