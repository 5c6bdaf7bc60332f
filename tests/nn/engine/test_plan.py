"""A planned program replays exactly: random programs, written ones, and faults planted in the planner."""

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
from tests.nn.engine import handwritten_programs as written
from tests.nn.engine.handwritten_programs import WRITTEN
from tests.nn.engine.random_programs import PROGRAMS, State, new_state, run


def watched(recording: Recording, given: State) -> State:
    """The arrays of a program, watched."""
    fixed = recording.watch(given.fixed, fixed=True)
    x, w, state = recording.watch((given.x, given.w, given.state))
    return State(x, w, fixed, state, given.draw)


def assert_replays_exactly(program: Any, passes: Any = PASSES, plan: Any = plan) -> None:
    """Every replay gives the bits of running the program, for other numbers each time; state is kept between steps."""
    ours, theirs = new_state(0), new_state(0)
    with Recording() as recording:
        recorded = program(watched(recording, ours))
    planned = plan(recording.program(recorded), passes)
    assert hidden_copies(planned.calls, np.may_share_memory) <= hidden_copies(
        recording.program([]).calls, View.overlaps
    )
    replay = Replay(planned.calls)
    program(theirs)
    for seed in (1, 2, 3):
        for given in (ours, theirs):
            given.x[...], given.w[...] = new_state(seed).x, new_state(seed).w
        replay()
        expected = program(theirs)
        for result, value in zip(planned.results, expected, strict=True):
            assert np.asarray(result).tobytes() == np.asarray(value).tobytes()
        assert [array.tobytes() for array in ours[:4]] == [array.tobytes() for array in theirs[:4]]


def hidden_copies(calls: list[Call], overlap: Any) -> int:
    """How many calls write over their arguments other than entry by entry in the same place: NumPy copies these."""
    count = 0
    for call in calls:
        operands = call.args[1:] if call.kind == "first" else call.args
        for operand in (operand for operand in operands if isinstance(operand, np.ndarray | View)):
            for out in call.out:
                in_place = call.kind == "ufunc" and call.function.signature is None
                same = operand is out or (isinstance(out, View) and operand == out)
                count += not (in_place and same) and overlap(operand, out)
    return count


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@settings(max_examples=300, deadline=None)
@hypothesis.given(PROGRAMS)
def test_random_programs_replay_exactly(instructions):
    assert_replays_exactly(lambda given: run(instructions, given))


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@settings(max_examples=2000, deadline=None)
@hypothesis.given(PROGRAMS)
def test_thousands_of_random_programs_replay_exactly(instructions):
    assert_replays_exactly(lambda given: run(instructions, given))


@pytest.mark.parametrize("skipped", ["", *PASSES])
@pytest.mark.parametrize("program", WRITTEN.values(), ids=WRITTEN)
def test_a_written_program_replays_exactly(program, skipped):
    assert_replays_exactly(program, [name for name in PASSES if name != skipped])


@pytest.mark.parametrize(("passes", "computed"), [(PASSES, False), ((), True)], ids=["planned", "as recorded"])
def test_the_gradient_of_the_samples_is_not_computed(passes, computed):
    """The backward pass of a layer returns it, and nothing reads it."""
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
    """The calls of a planned program."""
    with Recording() as recording:
        results = program(watched(recording, new_state(0)))
    return plan(recording.program(results), passes).calls


@pytest.mark.parametrize(
    ("name", "program", "saved"),
    [
        ("merge", written.a_number_in_two_dtypes, 1),
        ("prune", written.unused, 1),
        ("constants", written.constants_in_a_chain, 3),
        ("fuse", written.a_rounded_cast, 1),
        ("store", written.state_by_itself, 1),
    ],
)
def test_a_pass_leaves_out_calls(name, program, saved):
    without = planned_calls(program, [each for each in PASSES if each != name])
    assert len(without) - len(planned_calls(program, PASSES)) == saved


def test_python_numbers_become_arrays():
    def numbers(passes):
        calls = planned_calls(written.a_number_in_two_dtypes, passes)
        return [argument for call in calls for argument in call.args if isinstance(argument, float)]

    assert numbers(PASSES) == []
    assert numbers([name for name in PASSES if name != "types"])
