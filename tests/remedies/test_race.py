"""The race of variants: who is trained next, when it is over, and who wins."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from nncli.remedies.race import SEEDS, Entry, Race
from nncli.remedies.variants import Variant

NAMES = [f"variant{number}" for number in range(12)]


def race_of(names: list[str], **options: Any) -> Race:
    return Race([Variant((name,)) for name in names], range(1, SEEDS + 1), **options)


def name_of(entry: Entry) -> str:
    return next(iter(entry.variant.overrides), "unchanged")


def run(race: Race, learns: Callable[[str, int], bool], workers: int = 2) -> list[tuple[str, int]]:
    """Train until nothing is left to start; return all trainings in the order of their starts."""
    started, running = [], []
    while True:
        while len(running) < workers and (task := race.next()) is not None:
            running.append(task)
            started.append((name_of(task[0]), task[1]))
        if not running:
            return started
        entry, seed = running.pop(0)
        race.add(entry, seed, learned=learns(name_of(entry), seed), epochs=10, unexplained=0.5)


def counts(race: Race) -> dict[str, tuple[int, int]]:
    return {name_of(entry): entry.counts for entry in [race.unchanged, *race.entries]}


def test_every_variant_gets_a_seed_before_any_gets_a_second_one() -> None:
    started = run(race_of(NAMES), lambda name, seed: name == "variant3")
    first = started[: len(NAMES) + 1]
    assert [name for name, _ in first] == ["unchanged", *NAMES]
    assert {seed for _, seed in first} == {1}


def test_a_variant_that_always_learns_gets_all_seeds_and_wins() -> None:
    race = race_of(NAMES)
    started = run(race, lambda name, seed: name == "variant7")
    result = counts(race)
    assert (result["variant7"], result["unchanged"]) == ((SEEDS, SEEDS), (0, SEEDS))
    assert name_of(race.ranking()[0]) == "variant7"
    assert len(started) == len(set(started)) < 50
    assert race.interval(race.ranking()[0]).low > 0


def test_of_equal_variants_the_first_wins() -> None:
    race = race_of(NAMES)
    run(race, lambda name, seed: name in ("variant2", "variant5", "variant9"))
    assert [name_of(entry) for entry in race.ranking()[:2]] == ["variant2", "variant5"]


def test_hopeless_variants_get_few_seeds() -> None:
    race = race_of(NAMES)
    run(race, lambda name, seed: name in ("variant2", "variant5"))
    trained = {name: of for name, (_, of) in counts(race).items()}
    hopeless = [trained[name] for name in NAMES if name not in ("variant2", "variant5")]
    assert sum(hopeless) <= 2 * len(hopeless)


def test_the_best_of_unreliable_variants_is_found_in_most_races() -> None:
    wins = 0
    for number in range(50):
        rates = {"unchanged": 0.1, "variant4": 0.95, **{name: 0.4 for name in NAMES if name != "variant4"}}
        source, race = random.Random(number), race_of(NAMES)
        run(race, lambda name, seed, source=source, rates=rates: source.random() < rates[name])
        wins += name_of(race.ranking()[0]) == "variant4"
    assert wins >= 35


def test_nothing_needs_mending_if_the_unchanged_experiment_always_learns() -> None:
    race = race_of(NAMES, expected_healthy=True)
    assert {name for name, _ in run(race, lambda name, seed: True)} == {"unchanged"}
    assert race.is_healthy


def test_smaller_errors_are_looked_for_only_once_a_healthy_experiment_has_all_seeds() -> None:
    race = race_of(NAMES, expected_healthy=True, improvable=True)
    started = run(race, lambda name, seed: True)
    assert {name for name, _ in started[:SEEDS]} == {"unchanged"}
    assert {name for name, _ in started[SEEDS:]} == {*NAMES}
    assert race.is_healthy


def test_variants_are_trained_once_a_healthy_experiment_fails_on_a_seed() -> None:
    race = race_of(NAMES, expected_healthy=True)
    started = run(race, lambda name, seed: name != "unchanged" or seed != 2)
    assert [name for name, _ in started[:3]] == ["unchanged"] * 3
    assert counts(race)["variant0"] == (SEEDS, SEEDS)
    assert not race.is_healthy


@pytest.mark.parametrize("single_learns", [False, True])
def test_the_closest_variant_is_combined_only_if_none_learns_alone(single_learns: bool) -> None:
    asked = []

    def combine(variant: Variant) -> list[Variant]:
        asked.append(variant.overrides)
        return [Variant((*variant.overrides, name)) for name in ("b", "c")]

    race, errors = race_of(["a", "b", "c"], combine=combine), {"a": 0.9, "b": 0.2, "c": 0.5}
    while (task := race.next()) is not None:
        entry, seed = task
        overrides = entry.variant.overrides
        learned = overrides == ("b", "c") or (single_learns and overrides == ("b",) and seed == 2)
        race.add(entry, seed, learned=learned, epochs=1, unexplained=errors.get(name_of(entry), 1.0))
    assert asked == ([] if single_learns else [("b",)])
    assert race.combined is not single_learns
    results = {entry.variant.overrides: entry.counts for entry in race.entries}
    if single_learns:
        assert results[("b",)] == (1, SEEDS)
        return
    assert results == {
        ("a",): (0, 1),
        ("b",): (0, 2),
        ("c",): (0, 2),
        ("b", "b"): (0, SEEDS),
        ("b", "c"): (SEEDS, SEEDS),
    }
    assert race.ranking()[0].variant.overrides == ("b", "c")


def test_single_variants_race_on_if_no_combination_learns() -> None:
    race = race_of(["a", "b"], combine=lambda variant: [Variant((*variant.overrides, name)) for name in ("b", "c")])
    while (task := race.next()) is not None:
        entry, seed = task
        learned = entry.variant.overrides == ("b",) and seed > 2
        race.add(entry, seed, learned=learned, epochs=1, unexplained=0.5)
    results = {entry.variant.overrides: entry.counts for entry in race.entries}
    assert results == {("a",): (0, SEEDS), ("b",): (6, SEEDS), ("a", "b"): (0, 2), ("a", "c"): (0, 2)}


def test_of_small_errors_the_smallest_is_found() -> None:
    race, errors = race_of(NAMES, expected_healthy=True, improvable=True), {"variant7": 0.001}
    while (task := race.next()) is not None:
        entry, seed = task
        race.add(entry, seed, learned=True, epochs=1, unexplained=errors.get(name_of(entry), 0.0099))
    assert counts(race)["variant7"] == (SEEDS, SEEDS)


def test_a_race_without_combinations_goes_on() -> None:
    race = race_of(["a", "b"])
    run(race, lambda name, seed: False)
    assert counts(race) == {"unchanged": (0, SEEDS), "a": (0, SEEDS), "b": (0, SEEDS)}
    assert not race.combined


def test_a_crash_is_no_failure_to_learn_and_a_second_one_ends_the_variant() -> None:
    race = race_of(["a", "b"])
    starts = []
    while (task := race.next()) is not None:
        entry, seed = task
        if name_of(entry) == "a":
            starts.append(seed)
            race.add_crash(entry, seed, "its process was killed")
        else:
            race.add(entry, seed, learned=name_of(entry) == "b", epochs=1, unexplained=0.5)
    assert starts == [1, 1]
    assert counts(race) == {"unchanged": (0, SEEDS), "a": (0, 0), "b": (SEEDS, SEEDS)}
    assert [name_of(entry) for entry in race.ranking()] == ["b"]


def test_a_single_crash_is_made_good() -> None:
    race, crashed = race_of(["a"]), False
    while (task := race.next()) is not None:
        if name_of(task[0]) == "a" and not crashed:
            race.add_crash(*task, "its process was killed")
            crashed = True
        else:
            race.add(*task, learned=name_of(task[0]) == "a", epochs=1, unexplained=0.5)
    assert counts(race)["a"] == (SEEDS, SEEDS)
    assert race.entries[0].complete
    assert [name_of(entry) for entry in race.ranking()] == ["a"]


def test_an_experiment_without_variants_is_judged_alone() -> None:
    race = race_of([])
    run(race, lambda name, seed: False)
    assert counts(race) == {"unchanged": (0, SEEDS)}
    assert race.ranking() == []
