"""The filter language: matching runs, and errors with their position."""

from __future__ import annotations

import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nncli.catalog.filter import compile_filter
from nncli.catalog.keys import Keys
from nncli.errors import UsageError
from tests.catalog.records import record

SGD = {
    "name": "spiral",
    "seed": 2,
    "optimizer": {"type": "sgd"},
    "layers": [{"type": "dense", "units": 64}],
    "on": True,
}
RECORDS = [
    record(0, loss=0.5, accuracy=0.25),
    record(1, loss=0.005, accuracy=None, best={"epoch": 7, "val_loss": 0.25}, verdict="healthy"),
    record(2, name="spiral", status="diverged", settings=SGD, loss=None, verdict="diverged"),
    record(3, name="odd", status="lost", settings={}, seconds=None),
]


def select(text: str) -> list[int]:
    predicate = compile_filter(text, Keys(RECORDS))
    return [number for number, each in enumerate(RECORDS) if predicate(each)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("loss<0.01", [1]),
        ("verdict=healthy", [1]),
        ("verdict!=healthy", [0, 2, 3]),
        ("verdict=null", [0, 3]),
        ("loss <= 5e-1", [0, 1]),
        ("loss>.005", [0]),
        ("final.loss >= 0.005", [0, 1]),
        ("loss=0.5", [0]),
        ("loss==0.5", [0]),
        ("loss!=0.5", [1, 2, 3]),
        ("not loss<0.01", [0, 2, 3]),
        ("loss=null", [2, 3]),
        ("loss!=null", [0, 1]),
        ("loss='null'", []),
        ("accuracy<1", [0]),
        ("status=done", [0, 1]),
        ("status!=done", [2, 3]),
        ("status='done' and loss<0.1", [1]),
        ("status=lost or status=diverged", [2, 3]),
        ("loss=0.5 or loss=0.005 and accuracy=0.25", [0]),  # `and` binds more strongly
        ("(loss=0.5 or loss=0.005) and status=done", [0, 1]),
        ("loss=0.005 or loss=0.5 and status=lost", [1]),
        ("not (status=done) and not status=lost", [2]),
        ("not not status=lost", [3]),
        ("NOT status=done AND seed=2", [2]),
        ("name=sine", [0, 1]),
        ("name!=sine", [2, 3]),
        ("name=sine/20260101-000000-0001", [1]),
        ("run=runs/sine/20260101-000000-0001", [1]),
        ("settings.name=spiral", [2]),
        ("optimizer.type=adam", [0, 1]),
        ("optimizer=adam", [0, 1]),
        ("optimizer=sgd or optimizer.learning_rate=0.1", [0, 1, 2]),
        ("optimizer.learning_rate!=0.1", [2, 3]),
        ("layers.0.units>=64", [2]),
        ("layers=64", [2]),
        ("on=true", [2]),
        ("best.val_loss<1", [1]),
        ("best.epoch=7", [1]),
        ("best=null", [0, 2, 3]),
        ("seconds<2", [0, 1, 2]),
        ("start>=2026-01-01T00:00:02", [2, 3]),
        ("start>2026", [0, 1, 2, 3]),
        ("loss<1e999", [0, 1]),
        ("status=failed", []),
        ("seed=abc", []),
        ('name="sine"and seed=0', [0]),
    ],
)
def test_filter_selects_the_matching_records(text, numbers):
    assert select(text) == numbers


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("optimizer.typ=adam", '1: no run in the list has "optimizer.typ"|did you mean optimizer.type?'),
        ("status=done and  acuracy>1", '18: no run in the list has "acuracy"|did you mean accuracy?'),
        ("units=64", '1: no run in the list has "units"|did you mean layers.0.units?'),
        ("val_loss<1", '1: no run in the list has "val_loss"|did you mean best.val_loss?'),
        ("loss<wide", '6: loss must be compared with a number, not "wide"|'),
        ("loss<'1'", '6: loss must be compared with a number, not "1"|'),
        ("loss<1 or status=don", '18: unknown status "don"|did you mean done?'),
        ("verdict=learns_bad", '9: unknown verdict "learns_bad"|did you mean learns_badly?'),
        ("verdict=x", '9: unknown verdict "x"|use one of healthy, learns_badly, does_not_learn, diverged, null'),
        ("status!=x", '9: unknown status "x"|use one of running, lost, done, stopped, diverged, failed'),
        ("", "1: expected the name of a metric, field or setting, not the end|EXAMPLE"),
        ("   ", "4: expected the name of a metric, field or setting, not the end|EXAMPLE"),
        ("loss", "5: expected <, <=, >, >=, = or !=, not the end|EXAMPLE"),
        ("loss 3", '6: expected <, <=, >, >=, = or !=, not "3"|EXAMPLE'),
        ("loss <", "7: expected a value, not the end|EXAMPLE"),
        ("loss < and", '8: expected a value, not "and"|EXAMPLE'),
        ("loss=<3", '6: expected a value, not "<"|EXAMPLE'),
        ("loss<1 status=done", '8: expected `and`, `or` or the end, not "status"|EXAMPLE'),
        ("(loss<1", '8: expected `and`, `or` or the ")" that closes character 1, not the end|EXAMPLE'),
        ("loss<1)", '7: expected `and`, `or` or the end, not ")"|EXAMPLE'),
        ("and loss<1", '1: expected the name of a metric, field or setting, not "and"|EXAMPLE'),
        ("'loss'<1", '1: expected the name of a metric, field or setting, not "loss"|EXAMPLE'),
        ('status="done', "8: a quotation mark is never closed|EXAMPLE"),
        ("loss!1", '5: unexpected "!"|EXAMPLE'),
        ("\x1b[2J<1", '1: no run in the list has "\\x1b[2J"|'),
    ],
)
def test_errors_name_the_character(text, message):
    with pytest.raises(UsageError) as caught:
        select(text)
    expected = message.replace("EXAMPLE", "write it like 'loss<0.01 and optimizer.type=adam'").partition("|")
    lines = caught.value.lines()
    assert lines[0] == f"--filter, character {expected[0]}"
    assert not expected[2] or lines[1] == f"hint: {expected[2]}"
    assert all(line.isprintable() for line in lines)


def test_depth_and_length_are_limited():
    assert select("(" * 49 + "loss<1" + ")" * 49) == [0, 1]
    assert select("not " * 48 + "loss<1") == [0, 1]
    assert select("(loss<1) and " * 500 + "loss<1") == [0, 1]  # many terms at one level are not deep
    for text in ("(" * 5000, "not " * 2000 + "loss<1", "x" * 10_001):
        with pytest.raises(UsageError, match=r"nested at most 50 levels|at most 10,000 characters"):
            select(text)


def test_without_runs_any_key_is_accepted():
    assert compile_filter("whatever<1 or status=done", Keys([]))
    with pytest.raises(UsageError):
        compile_filter("whatever<", Keys([]))


@given(st.text() | st.text(alphabet="los<>=!()'\" andrt0.5\x1b"))
def test_any_text_is_a_filter_or_a_usage_error(text):
    try:
        select(text)
    except UsageError as error:
        assert all(line.isprintable() for line in error.lines())


SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "!=": operator.ne}
LEAF = st.tuples(
    st.sampled_from(["loss", "seconds", "epochs"]), st.sampled_from([*SIGNS]), st.sampled_from([0.5, 1.5, 10])
)
TREE = st.recursive(
    LEAF, lambda inner: st.tuples(st.just("not"), inner) | st.tuples(st.sampled_from(["and", "or"]), inner, inner)
)


def to_text(tree) -> str:
    if tree[0] == "not":
        return f"not ({to_text(tree[1])})"
    if tree[0] in ("and", "or"):
        return f"({to_text(tree[1])}) {tree[0]} ({to_text(tree[2])})"
    return "".join(map(str, tree))


def expected_match(tree, each) -> bool:
    if tree[0] == "not":
        return not expected_match(tree[1], each)
    if tree[0] in ("and", "or"):
        return {"and": all, "or": any}[tree[0]]([expected_match(tree[1], each), expected_match(tree[2], each)])
    value = {"loss": each.final.get("loss"), "seconds": each.seconds, "epochs": each.epochs}[tree[0]]
    return tree[1] == "!=" if value is None else bool(SIGNS[tree[1]](value, tree[2]))


@given(TREE)
def test_any_filter_selects_the_matching_records(tree):
    assert select(to_text(tree)) == [number for number, each in enumerate(RECORDS) if expected_match(tree, each)]
