"""The conclusion from a race, in JSON and in words."""

from __future__ import annotations

import io
import json
import math

import pytest

from nncli.remedies.race import Entry, Race
from nncli.remedies.result import Remedies
from nncli.remedies.variants import Variant
from nncli.render.remedies import conclusion, print_remedies, standing


def remedies(unchanged: tuple[int, int], *variants: tuple[int, int], unexplained: float = 0.4, epochs: int = 50):
    """Return the result of a race with the variants `x=1`, `x=2` ...: of how many seeds how many learned."""
    race = Race([Variant((f"x={number}",), "rule") for number in range(1, len(variants) + 1)], range(8))
    for entry, counts in zip([race.unchanged, *race.entries], [unchanged, *variants], strict=True):
        _train(race, entry, *counts, unexplained)
    return Remedies(race, [], epochs, 100, 12.34)


def _train(race: Race, entry: Entry, learned: int, trained: int, unexplained: float) -> None:
    for number in range(trained):
        seed = entry.waiting.pop(0)
        race.add(entry, seed, learned=number < learned, epochs=number, unexplained=unexplained)


@pytest.mark.parametrize(
    ("unchanged", "variants", "status", "best"),
    [
        ((2, 8), [(8, 8), (3, 4)], "helps", "x=1"),
        ((0, 8), [(0, 2), (8, 8)], "helps", "x=2"),
        ((3, 8), [(5, 8)], "may_help", "x=1"),
        ((0, 2), [(2, 2)], "may_help", "x=1"),
        ((4, 8), [(3, 8), (1, 2)], "nothing_helps", None),
        ((0, 8), [(0, 8)], "nothing_helps", None),
        ((8, 8), [], "nothing_to_mend", None),
        ((8, 8), [(8, 8)], "nothing_to_mend", None),
        ((0, 0), [(1, 1)], "unfinished", None),
        ((1, 2), [], "unfinished", None),
        ((6, 6), [(6, 6)], "unfinished", None),
    ],
)
def test_status_and_best_change(unchanged, variants, status, best) -> None:
    result = remedies(unchanged, *variants)
    assert result.status == status
    assert (None if result.best is None else result.best.variant.overrides[0]) == best
    data = json.loads(json.dumps(result.as_dict()))
    assert (data["status"], data["best"]) == (status, None if best is None else [best])
    assert sum(each["trained"] for each in [data["unchanged"], *data["variants"]]) == result.trainings


def test_a_healthy_experiment_needs_mending_only_beyond_chance() -> None:
    for learned, status in ((7, "nothing_to_mend"), (6, "nothing_to_mend"), (2, "helps")):
        result = remedies((learned, 8), (8, 8))
        result.race.expected_healthy = True
        assert result.status == status
        assert (result.best is None) == (status == "nothing_to_mend")
    result = remedies((5, 8), (6, 8))
    result.race.expected_healthy = True
    assert result.status == "nothing_helps"


@pytest.mark.parametrize(
    ("learned", "errors", "improvement"),
    [
        (8, [0.03, 0.01, 0.02], "x=2"),
        (8, [0.03, 0.021], None),
        (7, [0.03, 0.01], None),
    ],
)
def test_a_healthy_experiment_is_improved_by_half_its_error(learned, errors, improvement) -> None:
    race = Race([Variant((f"x={number}",)) for number in range(1, len(errors) + 1)], range(8), expected_healthy=True)
    race.improvable = True
    _train(race, race.unchanged, 8, 8, 0.04)
    for entry, error in zip(race.entries, errors, strict=True):
        _train(race, entry, learned, 8, error)
    result = Remedies(race, [], 100, 100, 1.0)
    assert (result.status, result.best) == ("nothing_to_mend", None)
    assert result.as_dict()["improvement"] == (None if improvement is None else [improvement])
    lines = list(conclusion(result))
    assert "nothing needs mending" in lines[0]
    if improvement is None:
        assert len(lines) == 2
        return
    assert lines[1:3] == [
        "x=2 learned on 8 of 8 seeds, and leaves 1% of the targets' variance",
        "unexplained instead of 4%",
    ]
    file = io.StringIO()
    print_remedies(result, "spec.yaml", [], file)
    assert file.getvalue().splitlines()[-1] == "try: nncli train spec.yaml x=2"
    race.entries[1].variant = Variant(("loss.class_weights=balanced",))
    assert result.improvement is race.entries[2], "class weights change the measure of errors"
    race.entries[1].variant, race.improvable = Variant(("x=2",)), False
    assert result.improvement is None


def test_the_conclusion_counts_seeds() -> None:
    first, last = conclusion(remedies((2, 8), (8, 8)))
    assert first == "x=1 learned on 8 of 8 seeds, unchanged on 2 of 8"
    assert last == "16 trainings of at most 50 of 100 epochs in 12.3 s"
    assert list(conclusion(remedies((0, 2), (2, 2))))[1] == "this may be chance: give it more time, as in --budget 5m"
    assert "nothing needs mending" in next(conclusion(remedies((8, 8))))
    assert "too short" in next(conclusion(remedies((0, 0))))
    assert next(conclusion(remedies((6, 6), (6, 6)))).startswith("unchanged learned on 6 of 6 seeds, the others")


@pytest.mark.parametrize(
    ("unexplained", "advice"), [(0.2, "the closest was x=1, which leaves 20% of the targets'"), (0.9, "check that")]
)
def test_advice_if_nothing_helps(unexplained, advice) -> None:
    lines = list(conclusion(remedies((0, 8), (0, 8), unexplained=unexplained)))
    assert lines[0] == "nothing helped: no change learned more often than unchanged on 0 of 8 seeds"
    assert any(advice in line for line in lines)
    assert any("larger --budget" in line for line in lines)
    combined = remedies((0, 8), (0, 8), unexplained=unexplained)
    combined.race.combined = True
    assert not any("combine" in line for line in conclusion(combined))
    uncut = list(conclusion(remedies((0, 8), (0, 8), epochs=100)))
    assert uncut[-1] == "16 trainings in 12.3 s"
    assert not any("larger --budget" in line for line in uncut)


def test_a_change_that_always_learned_but_hardly_was_tried_is_not_called_close() -> None:
    lines = list(conclusion(remedies((7, 8), (7, 8), (1, 1), unexplained=0.2)))
    assert lines[1].startswith("the closest was x=1, which leaves 20%")


def test_json_has_null_for_a_diverged_network() -> None:
    data = remedies((0, 8), (0, 8), unexplained=math.inf).as_dict()
    assert data["unchanged"]["unexplained"] is data["variants"][0]["unexplained"] is None


def test_the_table_has_the_best_change_first_and_the_command_last() -> None:
    file = io.StringIO()
    print_remedies(remedies((2, 8), (1, 2), (8, 8)), "spec.yaml", ["x=5", "seed=3"], file)
    lines = file.getvalue().splitlines()
    assert lines[1].split()[0] == "learned"
    assert [line.split()[3] for line in lines[2:5]] == ["x=2", "x=1", "unchanged"]
    assert "+28% to +93%" in lines[2]
    assert lines[-1] == "try: nncli train spec.yaml seed=3 x=2"


def test_standing_of_an_unfinished_race() -> None:
    assert standing(remedies((1, 1)).race) == "unchanged on 1 of 1 seed"
    assert standing(remedies((0, 1), (0, 2)).race) == "no change has learned yet, unchanged on 0 of 1 seed"
    assert standing(remedies((1, 2), (2, 2)).race) == "best so far: x=1 on 2 of 2 seeds, unchanged on 1 of 2"
