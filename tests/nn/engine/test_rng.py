"""Random streams: NumPy's legacy stream for the book, separate streams otherwise, and their state as arrays."""

from __future__ import annotations

import io

import numpy as np
import pytest

from nncli.nn.engine.rng import Streams, legacy_stream

with_and_without_book = pytest.mark.parametrize("book", [True, False], ids=["book", "separate"])


@pytest.fixture
def legacy():
    """NumPy's global stream, restored afterwards."""
    before = np.random.get_state()
    yield np.random
    np.random.set_state(before)


def draw(random) -> list:
    """Draw numbers of several kinds, which stops the stream within a word and between two normal numbers."""
    return [random.permutation(5).tolist(), random.binomial(1, 0.3, 7).tolist(), random.normal()]


def draw_more(random, book: bool) -> list:
    """Draw those numbers; in separate streams, first draw float32 numbers, as for masks, which use half a word each."""
    return draw(random) if book else [random.random(3, dtype=np.float32).tolist(), *draw(random)]


@with_and_without_book
@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_initial_stream_is_numpys_legacy_stream(seed, book, legacy):
    legacy.seed(seed)
    streams = Streams(seed, book=book)
    assert streams.initial.randn(5).tolist() == legacy.randn(5).tolist()
    assert draw(streams.initial) == draw(legacy)


def test_book_has_one_stream(legacy):
    legacy.seed(4)
    streams = Streams(4, book=True)
    assert streams.initial.randn(3).tolist() == legacy.randn(3).tolist()
    assert draw(streams.steps) == draw(legacy)
    assert streams.initial.randn(3).tolist() == legacy.randn(3).tolist()


def test_separate_streams_do_not_affect_each_other():
    fresh, used = Streams(4, book=False), Streams(4, book=False)
    used.initial.randn(100)
    assert draw(used.steps) == draw(fresh.steps)
    draw(used.steps)
    assert draw(used.for_test()) == draw(fresh.for_test())


def test_separate_streams_of_a_seed_differ():
    streams = Streams(4, book=False)
    draws = [random.uniform() for random in (streams.initial, streams.steps, streams.for_test())]
    assert len(set(draws)) == 3


@with_and_without_book
def test_another_seed_gives_other_streams(book):
    one, other = Streams(4, book=book), Streams(5, book=book)
    for name in ("initial", "steps", "for_test"):
        streams = [getattr(streams, name) for streams in (one, other)]
        draws = [draw(stream() if name == "for_test" else stream) for stream in streams]
        assert draws[0] != draws[1], name


@with_and_without_book
def test_drawing_test_data_does_not_advance_the_steps(book):
    streams, reference = Streams(4, book=book), Streams(4, book=book)
    first = draw(streams.for_test())
    assert draw(streams.for_test()) == first
    assert draw(streams.steps) == draw(reference.steps)


def test_book_draws_test_data_from_the_present_state_of_the_one_stream():
    streams, reference = Streams(4, book=True), Streams(4, book=True)
    for random in (streams.steps, reference.steps):
        random.randn(3)
    assert draw(streams.for_test()) == draw(reference.steps)


@with_and_without_book
@pytest.mark.parametrize("draws", range(4))
def test_restored_state_continues_the_stream(book, draws):
    """Even between two normal numbers, which the legacy stream draws in pairs, and between halves of a word."""
    streams = Streams(4, book=book)
    for _ in range(draws):
        streams.steps.normal()
        streams.steps.permutation(3)
    if not book and draws:
        streams.steps.random(2 * draws - 1, dtype=np.float32)
    file = io.BytesIO()
    np.savez(file, **streams.state())
    expected = [draw_more(streams.steps, book) for _ in range(3)]

    other = Streams(99, book=book)
    draw(other.steps)
    with np.load(io.BytesIO(file.getvalue()), allow_pickle=False) as state:
        other.restore(dict(state))
    assert [draw_more(other.steps, book) for _ in range(3)] == expected


@with_and_without_book
def test_state_is_a_copy(book):
    streams = Streams(4, book=book)
    state = streams.state()
    before = {name: array.copy() for name, array in state.items()}
    draw(streams.steps)
    streams.steps.normal(size=1000)
    for name in before:
        np.testing.assert_array_equal(state[name], before[name])
    assert any((streams.state()[name] != before[name]).any() for name in before)


@with_and_without_book
def test_restore_refuses_invalid_states(book):
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


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_legacy_stream_has_the_state_of_numpys(seed):
    ours, theirs = legacy_stream(seed), np.random.RandomState(seed)
    assert str(ours.get_state()) == str(theirs.get_state())
    assert np.array_equal(ours.get_state()[1], theirs.get_state()[1])
    assert np.array_equal(ours.randn(1001), theirs.randn(1001))
    assert ours.get_state()[2:] == theirs.get_state()[2:]
