"""The memory of a planned step: hardly more than is in use at one time."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.nn.activations.relu import Relu
from nncli.nn.engine.arena import LINE, aligned_block, share_memory
from nncli.nn.engine.layout import Layout
from nncli.nn.engine.plan import PASSES, plan
from nncli.nn.engine.record import Recording
from nncli.nn.engine.watched_array import address
from nncli.nn.layers.dense import Dense
from nncli.nn.losses.mean_squared_error import MeanSquaredError
from nncli.nn.network import Network
from tests.contracts.parts import ops_for

SAMPLES, UNITS, LAYERS = 1000, 32, 6
FLOAT32 = np.dtype(np.float32)
KEPT_BYTES = SAMPLES * UNITS * LAYERS * (4 + 1)  # bytes from the forward to the backward pass: activations and masks


def planned_size(passes: list[str]) -> int:
    """Return the bytes that a step of a deep network shares: forward pass, loss and backward pass."""
    network = Network([Dense(units=UNITS, activation=Relu())] * LAYERS + [Dense(units=1)], UNITS, MeanSquaredError())
    groups = [dict.fromkeys(link.shapes, 0) for link in network.links]
    arrays = network.allocate(FLOAT32, groups), network.allocate_gradients([FLOAT32], groups)
    x, t, ops = np.zeros((SAMPLES, UNITS), FLOAT32), np.zeros((SAMPLES, 1), FLOAT32), ops_for("float32")
    with Recording() as recording:
        x, t, (params, grads) = recording.watch((x, t, arrays))
        y, backward = network.forward(params, x, ops)
        _, losses, loss_backward = network.loss.forward(y, t, ops)
        backward(loss_backward(), grads)
        total = ops.total(losses)
    return plan(recording.program([total]), passes).size


def test_step_needs_little_more_memory_than_it_keeps_for_the_backward_pass():
    assert KEPT_BYTES < planned_size([*PASSES]) < 1.05 * KEPT_BYTES


@pytest.mark.parametrize(("skipped", "more"), [("share", 2.0), ("in_place", 1.1), ("store", 1.1)])
def test_each_memory_pass_saves_memory(skipped, more):
    assert planned_size([name for name in PASSES if name != skipped]) > more * KEPT_BYTES


@pytest.mark.parametrize("size", [1, 63, 64, 1000])
def test_aligned_block_starts_at_a_cache_line(size):
    block = aligned_block(size)
    assert (block.size, address(block) % LINE) == (size, 0)


def test_every_buffer_starts_at_a_cache_line():
    with Recording() as recording:
        (x,) = recording.watch((np.zeros(5),))
        results = [x + 1, np.tanh(x[:3]), x * 2]
    size, starts = share_memory(Layout(recording.program(results)))
    assert sorted(starts.values()) == [0, LINE, 2 * LINE]
    assert size == 3 * LINE
