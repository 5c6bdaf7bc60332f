"""Planned programs replay exactly: random and handwritten ones, with and without each pass."""

from __future__ import annotations

from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import settings

from nncli.nn.engine.plan import PASSES, plan
from nncli.nn.engine.program import Call, View
from nncli.nn.engine.record import Recording
from nncli.nn.engine.replay import Replay
from nncli.nn.layers.dense import Dense
from tests.contracts.parts import ops_for
from tests.nn.engine import handwritten_programs as handwritten
from tests.nn.engine.handwritten_programs import HANDWRITTEN
from tests.nn.engine.random_programs import PROGRAMS, State, new_state, run


def watch(recording: Recording, inputs: State) -> State:
    """Return the inputs of a program as recording arrays."""
    fixed = recording.watch(inputs.fixed, fixed=True)
    x, w, state = recording.watch((inputs.x, inputs.w, inputs.state))
    return State(x, w, fixed, state, inputs.draw)


def assert_replays_exactly(program: Any, passes: Any = PASSES, plan: Any = plan) -> None:
    """Check that every replay, with other numbers each time, gives the bits of running the program, state included."""
    ours, theirs = new_state(0), new_state(0)
    with Recording() as recording:
        recorded = program(watch(recording, ours))
    planned = plan(recording.program(recorded), passes)
    assert hidden_copies(planned.calls, np.may_share_memory) <= hidden_copies(
        recording.program([]).calls, View.overlaps
    )
    replay = Replay(planned.calls)
    program(theirs)
    for seed in (1, 2, 3):
        for inputs in (ours, theirs):
            inputs.x[...], inputs.w[...] = new_state(seed).x, new_state(seed).w
        replay()
        expected = program(theirs)
        for result, value in zip(planned.results, expected, strict=True):
            assert np.asarray(result).tobytes() == np.asarray(value).tobytes()
        assert [array.tobytes() for array in ours[:4]] == [array.tobytes() for array in theirs[:4]]


def hidden_copies(calls: list[Call], overlap: Any) -> int:
    """Count calls whose output overlaps an argument, except in place, for which NumPy makes hidden copies."""
    count = 0
    for call in calls:
        operands = call.args[1:] if call.kind == "first" else call.args
        for operand in (operand for operand in operands if isinstance(operand, np.ndarray | View)):
            for out in call.out:
                in_place = call.kind == "ufunc" and call.function.signature is None
                same_memory = operand is out or (isinstance(out, View) and operand == out)
                count += not (in_place and same_memory) and overlap(operand, out)
    return count


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@settings(max_examples=300, deadline=None)
@hypothesis.given(PROGRAMS)
def test_random_programs_replay_exactly(instructions):
    assert_replays_exactly(lambda inputs: run(instructions, inputs))


@pytest.mark.longest
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@settings(max_examples=20_000, deadline=None)
@hypothesis.given(PROGRAMS)
def test_thousands_of_random_programs_replay_exactly(instructions):
    assert_replays_exactly(lambda inputs: run(instructions, inputs))


@pytest.mark.parametrize("skipped", ["", *PASSES])
@pytest.mark.parametrize("program", HANDWRITTEN.values(), ids=HANDWRITTEN)
def test_handwritten_program_replays_exactly(program, skipped):
    assert_replays_exactly(program, [name for name in PASSES if name != skipped])


@pytest.mark.parametrize(("passes", "computed"), [(PASSES, False), ((), True)], ids=["planned", "as recorded"])
def test_plan_omits_the_gradient_of_the_samples(passes, computed):
    """The backward pass of a layer returns this gradient, but nothing reads it."""
    samples, inputs, ops = 7, 3, ops_for("float32")
    random = np.random.default_rng(0)
    x, dy = (random.normal(size=(samples, width)).astype(np.float32) for width in (inputs, 5))
    params = {"weights": random.normal(size=(inputs, 5)).astype(np.float32), "biases": np.zeros(5, np.float32)}
    with Recording() as recording:
        x, dy, params = recording.watch((x, dy, params))
        _, gradients = Dense(units=5).forward(params, x, ops)[1](dy)
    planned = plan(recording.program([*gradients.values()]), passes)
    assert ((samples, inputs) in [out.shape for call in planned.calls for out in call.out]) == computed
    assert [result.shape for result in planned.results] == [(inputs, 5), (5,)]


def planned_calls(program: Any, passes: Any) -> list[Call]:
    """Return the calls of a planned program."""
    with Recording() as recording:
        results = program(watch(recording, new_state(0)))
    return plan(recording.program(results), passes).calls


@pytest.mark.parametrize(
    ("name", "program", "saved"),
    [
        ("merge", handwritten.a_number_in_two_dtypes, 1),
        ("prune", handwritten.an_unused_result, 1),
        ("constants", handwritten.constants_in_a_chain, 3),
        ("fuse", handwritten.a_rounded_cast, 1),
        ("store", handwritten.state_updated_from_itself, 1),
    ],
)
def test_pass_removes_calls(name, program, saved):
    without = planned_calls(program, [each for each in PASSES if each != name])
    assert len(without) - len(planned_calls(program, PASSES)) == saved


def test_python_numbers_become_arrays():
    def numbers(passes):
        calls = planned_calls(handwritten.a_number_in_two_dtypes, passes)
        return [argument for call in calls for argument in call.args if isinstance(argument, float)]

    assert numbers(PASSES) == []
    assert numbers([name for name in PASSES if name != "types"])
