"""Columns, sort order and grouping by seed."""

from __future__ import annotations

import pytest

from nncli.catalog.group_by_seed import median_range, median_ranges
from nncli.catalog.listing import ListingOptions, listing
from nncli.errors import UsageError
from tests.catalog.records import record


def adam(seed, rate=0.1, name="sine"):
    return {"name": name, "seed": seed, "optimizer": {"type": "adam", "learning_rate": rate}}


def listed_numbers(table):
    return [int(line.run.path.name[-4:], 16) for line in table.lines]


def test_default_columns_are_results_and_differing_settings():
    records = [record(0, loss=0.5, accuracy=0.9), record(1, loss=0.25, r2=0.5, best={"epoch": 3, "val_loss": 0.5})]
    columns = ["run", "status", "loss", "accuracy", "r2", "best", "epochs", "seed", "seconds", "start"]
    assert list(listing(records, ListingOptions()).readers) == columns
    single = listing(records[:1], ListingOptions())
    assert list(single.readers) == ["run", "status", "loss", "accuracy", "epochs", "seconds", "start"]
    assert list(listing([record(0)], ListingOptions()).readers) == ["run", "status", "epochs", "seconds", "start"]


def test_field_of_some_types_is_a_column_if_it_differs_among_them():
    inits = ({"type": "normal", "scale": 0.01}, {"type": "normal", "scale": 0.1}, {"type": "glorot_uniform"})
    records = [record(i, settings={"name": "a", "seed": 0, "init": init}) for i, init in enumerate(inits)]
    rows = listing(records, ListingOptions()).rows()
    assert [row["init"]["type"] for row in rows] == ["normal", "normal", "glorot_uniform"]
    assert [row["init.scale"] for row in rows] == [0.01, 0.1, None]
    assert "init.scale" not in listing(records[1:], ListingOptions()).rows()[0]


def test_differing_types_give_one_column():
    records = [
        record(0, settings=adam(0)),
        record(1, settings={**adam(0), "optimizer": {"type": "sgd", "momentum": 1}}),
    ]
    assert list(listing(records, ListingOptions()).readers)[3:-2] == ["optimizer"]


def test_at_most_eight_settings_are_default_columns():
    records = [record(n, settings={f"s{i}": n for i in range(11)}) for n in range(2)]
    table = listing(records, ListingOptions())
    assert list(table.readers)[3:-2] == [f"s{i}" for i in range(8)]
    assert table.hidden == ["s8", "s9", "s10"]
    requested = listing(records, ListingOptions(columns="s10, run"))
    assert (list(requested.readers), requested.hidden) == (["s10", "run"], [])
    assert requested.rows() == [{"s10": n, "run": records[n].path} for n in range(2)]


def test_run_without_settings_has_empty_columns():
    records = [record(0), record(1), record(2, settings={})]
    table = listing(records, ListingOptions())
    assert [row["seed"] for row in table.rows()] == [0, 1, 2]  # the seed does not come from the settings
    records = [record(n, settings=adam(0, rate)) for n, rate in enumerate((0.1, 0.2))] + [record(2, settings={})]
    assert [row["optimizer.learning_rate"] for row in listing(records, ListingOptions()).rows()] == [0.1, 0.2, None]


def test_sorting_puts_missing_values_last_in_both_directions():
    records = [record(0, loss=0.5), record(1, loss=None), record(2, loss=0.25, name="a"), record(3, settings={})]
    assert listed_numbers(listing(records, ListingOptions(sort="loss"))) == [2, 0, 1, 3]
    assert listed_numbers(listing(records, ListingOptions(sort="-loss"))) == [0, 2, 1, 3]
    assert listed_numbers(listing(records, ListingOptions(sort="name"))) == [2, 0, 1, 3]
    assert listed_numbers(listing(records, ListingOptions(sort="-start"))) == [3, 2, 1, 0]
    mixed = [record(n, settings={"x": value}) for n, value in enumerate(("b", 2, True, 1, "a", [1]))]
    assert listed_numbers(listing(mixed, ListingOptions(sort="x"))) == [3, 1, 5, 4, 0, 2]


def test_equal_values_keep_their_order():
    records = [record(n, loss=0.5) for n in range(5)]
    for sort in ("loss", "-loss"):
        assert listed_numbers(listing(records, ListingOptions(sort=sort))) == [0, 1, 2, 3, 4]


def test_keys_of_filtered_runs_are_known():
    records = [record(0, loss=0.5), record(1, val_loss=0.5)]
    table = listing(records, ListingOptions(filter="seed=0", columns="val_loss", sort="val_loss"))
    assert table.rows() == [{"val_loss": None}]
    assert listing(records, ListingOptions(filter="seed=9")).lines == []
    assert listing([], ListingOptions(columns="anything", sort="-else", filter="x<1")).rows() == []


@pytest.mark.parametrize(("options", "place"), [({"sort": "-los"}, "--sort"), ({"columns": "run,los"}, "--columns")])
def test_misspelt_key_is_refused(options, place):
    with pytest.raises(UsageError) as caught:
        listing([record(0, loss=0.5)], ListingOptions(**options))
    assert caught.value.lines() == [f'{place}: no run in the list has "los"', "hint: did you mean loss?"]
    with pytest.raises(UsageError, match="--columns: must name at least one column"):
        listing([record(0)], ListingOptions(columns=" , "))


def test_runs_that_differ_only_in_seed_and_name_are_grouped():
    records = [
        record(5, settings=adam(5), loss=3.0),
        record(4, settings=adam(4, 0.2), loss=10.0),
        record(3, settings=adam(3, name="other"), name="other", loss=1.0, best={"epoch": 2, "val_loss": 4.0}),
        record(2, settings=adam(2), loss=8.0, status="lost"),
        record(1, settings=adam(1), loss=2.0),
        record(0, settings={}, loss=7.0),
        record(6, settings={}, loss=7.0),
    ]
    table = listing(records, ListingOptions(by_seed=True))
    first, second, *ungrouped = [line.as_dict() for line in table.lines]
    assert first["runs"] == [records[n].path for n in (0, 2, 3, 4)]
    assert (first["count"], first["status"], first["seeds"]) == (4, {"done": 3, "lost": 1}, [1, 2, 3, 5])
    assert first["final"] == {"loss": {"median": 2.0, "min": 1.0, "max": 3.0}}  # of the runs that are done
    assert first["best"]["val_loss"] == {"median": 4.0, "min": 4.0, "max": 4.0}
    assert (first["name"], first["start"]) == ("sine, other", records[0].start)
    assert first["settings"] == {"optimizer": {"type": "adam", "learning_rate": 0.1}}
    assert (second["count"], second["final"]["loss"]["median"]) == (1, 10.0)
    assert [each["count"] for each in ungrouped] == [1, 1]  # runs without settings are never grouped
    assert list(table.readers) == [
        "run",
        "count",
        "status",
        "loss",
        "best.val_loss",
        "optimizer.learning_rate",
    ]


def test_verdicts_have_a_column_and_are_counted_in_groups():
    records = [record(0, verdict="healthy"), record(1, verdict="learns_badly"), record(2), record(3, verdict="healthy")]
    assert list(listing(records, ListingOptions()).readers)[:3] == ["run", "status", "verdict"]
    assert "verdict" not in listing(records[2:3], ListingOptions()).readers
    (row,) = listing(records, ListingOptions(by_seed=True, columns="verdict")).rows()
    assert row == {"verdict": {"healthy": 2, "learns_badly": 1}}


def test_groups_are_filtered_then_sorted_by_median():
    records = [record(n, settings=adam(n, n // 3), loss=float(loss)) for n, loss in enumerate((1, 9, 8, 2, 3, 4))]
    table = listing(records, ListingOptions(by_seed=True, sort="loss", columns="optimizer.learning_rate,loss"))
    assert table.rows() == [
        {"optimizer.learning_rate": 1, "loss": {"median": 3.0, "min": 2.0, "max": 4.0}},
        {"optimizer.learning_rate": 0, "loss": {"median": 8.0, "min": 1.0, "max": 9.0}},
    ]
    table = listing(records, ListingOptions(by_seed=True, sort="loss", filter="loss!=9 and loss!=8"))
    assert [line.as_dict()["count"] for line in table.lines] == [1, 3]


def test_median_range():
    assert median_range([3, None, 1.0, 8]) == median_range([1.0, 3, 8])
    assert (median_range([1, 4]).median, median_range([None]), median_range([])) == (2.5, None, None)
    assert median_ranges([]) == {}
    assert median_ranges([{"a": 1, "b": 2}, {"a": 3, "b": None}]) == {"a": {"median": 2, "min": 1, "max": 3}}
