"""A replayed step allocates no memory: it reuses that of the previous step."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest

from nncli.nn.engine.plan import plan
from nncli.nn.engine.record import Recording
from nncli.nn.engine.replay import Replay
from tests.contracts.parts import PRECISIONS, name_of, ops_for, parts_of
from tests.contracts.test_recording import KINDS, arrays_for, compute

COLUMNS = 4
CASES = [pytest.param(kind, part, id=f"{kind}-{name_of(part)}") for kind in KINDS for part in parts_of(kind, COLUMNS)]
DRAWS = "dropout"  # in book precision, NumPy's legacy stream returns binomial numbers in a new array


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize(("kind", "part"), CASES)
def test_replay_allocates_no_more_for_twice_the_rows(kind, part, precision):
    """NumPy's internal buffers for mixed dtypes do not grow."""
    small, large = (peak(kind, part, precision, rows) for rows in (10_000, 20_000))
    mask_size = 8 * COLUMNS * 10_000 if precision == "book" and part.type == DRAWS else 0
    assert large - small < 8000 + mask_size


def peak(kind: str, part: Any, precision: str, rows: int) -> int:
    """Return the peak memory, in bytes, that a replay of the component allocates."""
    ops, recording = ops_for(precision), Recording()
    with recording:
        watched = recording.watch(arrays_for(kind, part, ops, 0, rows))
        planned = plan(recording.program(compute(kind, part, watched, ops)))
    replay = Replay(planned.calls)
    tracemalloc.start()
    try:
        replay()
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        replay()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
