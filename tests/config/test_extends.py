"""How files and arguments lie over one another: what is merged, what is dropped and said, and what is refused."""

from __future__ import annotations

import io
import itertools
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nncli.config.extends import Tree, load_tree, merge
from nncli.config.nodes import locate, plain
from nncli.config.reader import read_text
from nncli.errors import NncliError, SpecErrors, UsageError

SPEC = """\
name: sine
seed: 0
data: {type: sine, samples: 1000}
layers:
  - {type: dense, units: 64, activation: relu}
  - {type: dropout, rate: 0.1}
  - dense
loss: mse
optimizer: {type: adam, learning_rate: 0.005, beta_1: 0.9, epsilon: 1e-7}
metrics: [regression_accuracy]
train: {epochs: 10}
"""
ADAM = {"type": "adam", "learning_rate": 0.005, "beta_1": 0.9, "epsilon": 1e-7}
LAYERS: list[Any] = [{"type": "dense", "units": 64, "activation": "relu"}, {"type": "dropout", "rate": 0.1}, "dense"]
ALL_OF_ADAM = "optimizer: now sgd, so learning_rate, beta_1 and epsilon of adam are dropped"


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("layering") / "sine.yaml"
    path.write_text(SPEC)
    return path


def merged(base: str, over: str) -> tuple[Any, list[str]]:
    node, warnings = merge(read_text(base, "base.yaml"), read_text(over, "over.yaml"))
    return plain(node), warnings


def refusals(spec: Path, *changes: str) -> list[str]:
    with pytest.raises(SpecErrors) as caught:
        load_tree(spec, changes)
    return [str(problem) for problem in caught.value.problems]


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)


# One tree over another.


@pytest.mark.parametrize(
    ("base", "over", "result"),
    [
        ("a: 1", "b: 2", {"a": 1, "b": 2}),
        ("a: 1", "a: 2", {"a": 2}),
        ("a: {b: 1, c: 2}", "a: {c: 3, d: 4}", {"a": {"b": 1, "c": 3, "d": 4}}),
        ("a: {b: {c: 1, d: 2}}", "a: {b: {d: 3}}", {"a": {"b": {"c": 1, "d": 3}}}),
        ("a: [1, 2, 3]", "a: [4]", {"a": [4]}),
        ("a: [{b: 1}]", "a: [{c: 2}]", {"a": [{"c": 2}]}),
        ("a: {b: 1}", "a: [1]", {"a": [1]}),
        ("a: [1]", "a: {b: 1}", {"a": {"b": 1}}),
        ("a: {b: 1}", "a: 5", {"a": 5}),
        ("a: 5", "a: {b: 1}", {"a": {"b": 1}}),
        ("a: relu", "a: tanh", {"a": "tanh"}),
        ("a: relu", "a: 1", {"a": 1}),
        # null takes a key away
        ("a: 1\nb: 2", "a: null", {"b": 2}),
        ("a: {b: 1, c: 2}", "a: {b: ~}", {"a": {"c": 2}}),
        ("a: {type: x, b: 1}", "a: null\nb: 1", {"b": 1}),
        ("a: null", "a: 1", {"a": 1}),
        ("a: null", "a: {b: 1}", {"a": {"b": 1}}),
        # the same type merges, a bare name too
        ("a: {type: x, b: 1}", "a: {type: x, c: 2}", {"a": {"type": "x", "b": 1, "c": 2}}),
        ("a: {type: x, b: 1}", "a: {b: 2}", {"a": {"type": "x", "b": 2}}),
        ("a: {type: x, b: 1}", "a: x", {"a": {"type": "x", "b": 1}}),
        ("a: x", "a: {b: 1}", {"a": {"type": "x", "b": 1}}),
        ("a: x", "a: {type: x, b: 1}", {"a": {"type": "x", "b": 1}}),
        ("a: {b: 1}", "a: {type: x}", {"a": {"b": 1, "type": "x"}}),
        ("a: {b: 1}", "a: x", {"a": {"b": 1, "type": "x"}}),
        # a new type starts afresh, silently where there is nothing to drop
        ("a: {type: x}", "a: {type: y, b: 1}", {"a": {"type": "y", "b": 1}}),
        ("a: {type: x}", "a: y", {"a": "y"}),
        ("a: x", "a: {type: y, b: 1}", {"a": {"type": "y", "b": 1}}),
        ("a: {type: x, b: 1}", "a: {type: y, b: 2}", {"a": {"type": "y", "b": 2}}),
        # what is no name is no type
        ("a: {type: 1, b: 1}", "a: {type: 2}", {"a": {"type": 2, "b": 1}}),
    ],
)
def test_merging_without_a_warning(base: str, over: str, result: object) -> None:
    assert merged(base, over) == (result, [])


@pytest.mark.parametrize(
    ("base", "over", "result", "warning"),
    [
        ("a: {type: x, b: 1}", "a: y", "y", "a: now y, so b of x is dropped"),
        ("a: {type: x, b: 1, c: 2}", "a: {type: y}", {"type": "y"}, "a: now y, so b and c of x are dropped"),
        (
            "a: {type: x, b: 1, c: 2, d: 3}",
            "a: {type: y, c: 3}",
            {"type": "y", "c": 3},
            "a: now y, so b and d of x are dropped",
        ),
        (
            'a: {type: x, "k\\n": 1}',
            "a: y",
            "y",
            "a: now y, so k\\n of x is dropped",
        ),
        (
            "a: {type: x, " + ", ".join(f"k{i}: 1" for i in range(11)) + "}",
            "a: y",
            "y",
            "a: now y, so k0, k1, k2, k3, k4, k5, k6, k7 and 3 more of x are dropped",
        ),
    ],
)
def test_a_new_type_drops_the_fields_of_the_old_and_says_so(base: str, over: str, result: object, warning: str) -> None:
    assert merged(base, over) == ({"a": result}, [warning])


def test_warnings_name_the_whole_path() -> None:
    assert merged("a: {b: {type: x, c: 1}}", "a: {b: y}")[1] == ["a.b: now y, so c of x is dropped"]
    base, over = read_text("{type: x, c: 1}", "f"), read_text("{type: y}", "f")
    assert merge(base, over, "d.e")[1] == ["d.e: now y, so c of x is dropped"]
    assert merge(base, over)[1] == ["now y, so c of x is dropped"]


def test_merging_leaves_both_trees_as_they_were() -> None:
    base, over = read_text("a: {b: 1, c: {d: 1}}", "f"), read_text("a: {b: null, c: {d: 2}}", "f")
    merge(base, over)
    assert plain(base) == {"a": {"b": 1, "c": {"d": 1}}}
    assert plain(over) == {"a": {"b": None, "c": {"d": 2}}}


def test_what_is_merged_keeps_its_places() -> None:
    root, _ = merge(read_text("a: {b: 1, c: 2}", "base.yaml"), read_text("\na: {c: 3}", "over.yaml"))
    assert str(locate(root, ["a", "b"])) == "base.yaml:1:8"
    assert str(locate(root, ["a", "b"], key=True)) == "base.yaml:1:5"
    assert str(locate(root, ["a", "c"])) == "over.yaml:2:8"
    assert str(locate(root, ["a"], key=True)) == "over.yaml:2:1"


# Files that extend others.


def test_a_file_alone_is_as_it_is(spec: Path) -> None:
    tree = load_tree(spec, [])
    assert tree == Tree(read_text(SPEC, str(spec)), [], spec)


def test_a_file_lies_over_what_it_extends(tmp_path: Path) -> None:
    write(
        tmp_path,
        base="data: sine\noptimizer: {type: adam, beta_1: 0.9}\ntrain: {epochs: 5, shuffle: true}",
        child="extends: base.yaml\noptimizer: {type: sgd}\ntrain: {epochs: 7}\nloss: mse",
    )
    tree = load_tree(tmp_path / "child.yaml", [])
    assert plain(tree.root) == {
        "data": "sine", "optimizer": {"type": "sgd"}, "train": {"epochs": 7, "shuffle": True}, "loss": "mse"
    }  # fmt: skip
    assert tree.warnings == ["optimizer: now sgd, so beta_1 of adam is dropped"]
    assert str(locate(tree.root, ["data"])) == f"{tmp_path}/base.yaml:1:7"
    assert str(locate(tree.root, ["loss"])) == f"{tmp_path}/child.yaml:4:7"


def test_extends_is_relative_to_the_file_that_says_it(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    write(tmp_path, base="a: 1\nb: 1\nc: 1")
    write(tmp_path / "deep", middle="extends: ../base.yaml\nb: 2\nc: 2")
    write(tmp_path / "deep" / "er", child="extends: ../middle.yaml\nc: 3")
    assert plain(load_tree(tmp_path / "deep/er/child.yaml", []).root) == {"a": 1, "b": 2, "c": 3}
    write(tmp_path / "deep", other=f"extends: {tmp_path}/base.yaml")
    assert plain(load_tree(tmp_path / "deep/other.yaml", []).root) == {"a": 1, "b": 1, "c": 1}


def test_null_in_a_file_unsets_what_it_extends(tmp_path: Path) -> None:
    write(tmp_path, base="a: {b: 1, c: 2}\nd: 1", child="extends: base.yaml\na: {b: null}\nd: null")
    assert plain(load_tree(tmp_path / "child.yaml", []).root) == {"a": {"c": 2}}


def test_extends_null_extends_nothing(tmp_path: Path) -> None:
    write(tmp_path, child="extends: null\na: 1")
    assert plain(load_tree(tmp_path / "child.yaml", []).root) == {"a": 1}


def test_standard_input_extends_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, base="a: 1")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"extends: base.yaml\nb: 2")))
    tree = load_tree(Path("-"), [])
    assert plain(tree.root) == {"a": 1, "b": 2}
    assert tree.source == Path("-")


def test_a_pipe_extends_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, base="a: 1")
    monkeypatch.chdir(tmp_path)
    reading, writing = os.pipe()
    os.write(writing, b"extends: base.yaml\nb: 2")
    os.close(writing)
    assert plain(load_tree(Path(f"/dev/fd/{reading}"), []).root) == {"a": 1, "b": 2}
    os.close(reading)


def refusal(path: Path) -> str:
    with pytest.raises(UsageError) as caught:
        load_tree(path, [])
    return str(caught.value)


def test_what_cannot_be_extended_is_reported_where_it_is_named(tmp_path: Path) -> None:
    write(tmp_path, child="a: 1\nextends: bse.yaml", base="a: 1")
    assert refusal(tmp_path / "child.yaml") == (
        f"{tmp_path}/child.yaml:2:10: {tmp_path}/bse.yaml: there is no such file\n"
        f"hint: did you mean {tmp_path}/base.yaml?"
    )
    for value in ("[base.yaml]", "{a: 1}", "5", "''", "'-'"):
        write(tmp_path, child=f"extends: {value}")
        assert refusal(tmp_path / "child.yaml") == f"{tmp_path}/child.yaml:1:10: extends must be the path of a file"
    write(tmp_path, child='extends: "a\\0b"')
    assert refusal(tmp_path / "child.yaml") == (
        f"{tmp_path}/child.yaml:1:10: {tmp_path}/a\\x00b: cannot be read: embedded null byte"
    )
    write(tmp_path, child="extends: .")
    assert refusal(tmp_path / "child.yaml").startswith(
        f"{tmp_path}/child.yaml:1:10: {tmp_path}: is a folder, not a file"
    )


def test_what_is_wrong_within_a_base_is_reported_there(tmp_path: Path) -> None:
    write(tmp_path, base="a: 1\na: 2", child="extends: base.yaml")
    assert refusal(tmp_path / "child.yaml") == f"{tmp_path}/base.yaml:2:1: a is given twice, first in line 1"


def test_a_circle_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, a="extends: b.yaml", b="extends: ./c.yaml", c="extends: ../" + tmp_path.name + "/a.yaml")
    assert refusal(Path("a.yaml")) == (
        f"c.yaml:1:10: extends goes in a circle: a.yaml -> b.yaml -> c.yaml -> ../{tmp_path.name}/a.yaml"
    )
    write(tmp_path, a="extends: a.yaml")
    assert refusal(Path("a.yaml")) == "a.yaml:1:10: extends goes in a circle: a.yaml -> a.yaml"


def test_a_chain_may_have_ten_links(tmp_path: Path) -> None:
    write(tmp_path, **{f"f{i}": f"extends: f{i + 1}.yaml\nk{i}: {i}" for i in range(11)}, f11="k11: 11")
    assert len(plain(load_tree(tmp_path / "f1.yaml", []).root)) == 11
    assert refusal(tmp_path / "f0.yaml") == f"{tmp_path}/f10.yaml:1:10: extends goes through more than 10 files"


# Changes of the command line.


def changed(spec: Path, *changes: str) -> tuple[dict[str, Any], list[str]]:
    """What differs from the file, and the warnings."""
    tree, before = load_tree(spec, changes), plain(load_tree(spec, []).root)
    after = plain(tree.root)
    different = {key: after.get(key) for key in {**before, **after} if after.get(key) != before.get(key)}
    return different, tree.warnings


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        (["seed=1"], {"seed": 1}),
        (["name=a=b"], {"name": "a=b"}),
        (["name='1'"], {"name": "1"}),
        (["data.samples=5"], {"data": {"type": "sine", "samples": 5}}),
        (["train.epochs=1e4"], {"train": {"epochs": 10000}}),
        (["train={batch_size: 8}"], {"train": {"epochs": 10, "batch_size": 8}}),
        (["new.key.path=1"], {"new": {"key": {"path": 1}}}),
        (["seed=1", "seed=2"], {"seed": 2}),
        (["train.epochs=6", "train={epochs: 5}"], {"train": {"epochs": 5}}),
        (["train={epochs: 5}", "train.epochs=6"], {"train": {"epochs": 6}}),
        # entries of lists
        (["layers.0.units=32"], {"layers": [LAYERS[0] | {"units": 32}, *LAYERS[1:]]}),
        (["layers.00.units=32"], {"layers": [LAYERS[0] | {"units": 32}, *LAYERS[1:]]}),
        (["layers.2.units=1"], {"layers": [*LAYERS[:2], {"type": "dense", "units": 1}]}),
        (["layers=[relu]"], {"layers": ["relu"]}),
        (["metrics.0=mae"], {"metrics": ["mae"]}),
        # unsetting
        (["train.epochs=null"], {"train": {}}),
        (["optimizer=null"], {"optimizer": None}),
        (["no=null", "no.such.key=null", "train.no=null", "loss.no=null", "layers.7=null", "layers.7.x=null"], {}),
        (["layers.1=null"], {"layers": [LAYERS[0], LAYERS[2]]}),
        (["layers.0=null", "layers.1=null", "layers.01=~"], {"layers": [LAYERS[2]]}),
        (["layers.0=null", "layers.2.units=1"], {"layers": [LAYERS[1], {"type": "dense", "units": 1}]}),
        (["layers.1.rate=null"], {"layers": [LAYERS[0], {"type": "dropout"}, LAYERS[2]]}),
        (["optimizer=null", "optimizer.decay=1"], {"optimizer": {"decay": 1}}),
        (["optimizer.decay=1", "optimizer=null"], {"optimizer": None}),
        (["layers.1=null", "layers.1.rate=0.5"], {"layers": [LAYERS[0], LAYERS[1] | {"rate": 0.5}, LAYERS[2]]}),
        # bare names
        (["loss.delta=2"], {"loss": {"type": "mse", "delta": 2}}),
        (["loss=mae"], {"loss": "mae"}),
        (["loss.type=mae"], {"loss": {"type": "mae"}}),
        (["loss={type: huber, delta: 2}"], {"loss": {"type": "huber", "delta": 2}}),
        (["loss={delta: 2}"], {"loss": {"type": "mse", "delta": 2}}),
        (["optimizer=adam"], {}),
        (["optimizer.type=adam"], {}),
        (["optimizer={type: adam, decay: 1}"], {"optimizer": ADAM | {"decay": 1}}),
        # the last of several types counts
        (["optimizer=sgd", "optimizer=adam"], {}),
        (["optimizer=null", "optimizer=sgd"], {"optimizer": "sgd"}),
        (["optimizer=null", "optimizer.type=sgd"], {"optimizer": {"type": "sgd"}}),
        (["loss=mae", "loss={type: huber, delta: 1}"], {"loss": {"type": "huber", "delta": 1}}),
        (["metrics=mae", "metrics=[mse]"], {"metrics": ["mse"]}),
        (["metrics=5", "metrics=[mse]"], {"metrics": ["mse"]}),
        (["metrics=[mse]", "metrics=5"], {"metrics": 5}),
        (["layers.2=null", "layers.2=relu"], {"layers": [*LAYERS[:2], "relu"]}),
        (["layers.2=relu", "layers.2=null"], {"layers": LAYERS[:2]}),
    ],
)
def test_changes_without_a_warning(spec: Path, changes: list[str], result: object) -> None:
    assert changed(spec, *changes) == (result, [])


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        (["optimizer=sgd"], "sgd"),
        (["optimizer.type=sgd"], {"type": "sgd"}),
        (["optimizer={type: sgd}"], {"type": "sgd"}),
        (["optimizer={type: sgd, momentum: 0.9}"], {"type": "sgd", "momentum": 0.9}),
        (["optimizer.momentum=0.9", "optimizer=sgd"], {"type": "sgd", "momentum": 0.9}),
        (["optimizer={momentum: 0.9}", "optimizer=sgd"], {"type": "sgd", "momentum": 0.9}),
        (["optimizer.type=adam", "optimizer={type: sgd}"], {"type": "sgd"}),
        (["optimizer.type=rmsprop", "optimizer=sgd"], "sgd"),
    ],
)
def test_a_new_type_by_a_change_starts_afresh(spec: Path, changes: list[str], result: object) -> None:
    assert changed(spec, *changes) == ({"optimizer": result}, [ALL_OF_ADAM])


def test_type_changes_apply_first_whatever_the_order(spec: Path) -> None:
    changes = ["optimizer.learning_rate=0.1", "optimizer.type=sgd", "optimizer.momentum=0.9"]
    result = {"type": "sgd", "learning_rate": 0.1, "momentum": 0.9}
    for order in itertools.permutations(changes):
        # What is given again is not dropped.
        expected = {"optimizer": result}, ["optimizer: now sgd, so beta_1 and epsilon of adam are dropped"]
        assert changed(spec, *order) == expected


def test_whole_lists_and_outer_components_go_before_what_is_below_them(spec: Path) -> None:
    for order in itertools.permutations(["layers=[{type: dense}, relu]", "layers.0.units=3", "layers.1.type=tanh"]):
        assert changed(spec, *order) == ({"layers": [{"type": "dense", "units": 3}, {"type": "tanh"}]}, [])
    for order in itertools.permutations(["data={type: csv, path: x}", "data.test.samples=1", "data.test={a: 1}"]):
        result = {"type": "csv", "path": "x", "test": {"samples": 1, "a": 1}}
        assert changed(spec, *order) == ({"data": result}, ["data: now csv, so samples of sine is dropped"])
    for order in itertools.permutations(["optimizer=sgd", "optimizer.schedule=cosine", "optimizer.schedule.warmup=5"]):
        result = {"type": "sgd", "schedule": {"type": "cosine", "warmup": 5}}
        assert changed(spec, *order)[0] == {"optimizer": result}


def test_a_name_goes_before_its_fields_where_nothing_stands_yet(tmp_path: Path) -> None:
    write(tmp_path, f="a: 1")
    for order in itertools.permutations(["loss=huber", "loss.delta=2"]):
        assert plain(load_tree(tmp_path / "f.yaml", order).root)["loss"] == {"type": "huber", "delta": 2}


def test_changes_lie_over_extended_files(tmp_path: Path) -> None:
    write(tmp_path, base="optimizer: {type: adam, beta_1: 0.9}", child="extends: base.yaml\noptimizer: {beta_2: 0.8}")
    tree = load_tree(tmp_path / "child.yaml", ["optimizer=sgd"])
    assert (plain(tree.root), tree.warnings) == (
        {"optimizer": "sgd"},
        ["optimizer: now sgd, so beta_1 and beta_2 of adam are dropped"],
    )


def test_a_null_in_the_file_can_be_set_below(tmp_path: Path) -> None:
    write(tmp_path, f="a: null")
    assert plain(load_tree(tmp_path / "f.yaml", ["a.b=1"]).root) == {"a": {"b": 1}}


def test_what_a_change_sets_has_the_argument_as_its_place(spec: Path) -> None:
    root = load_tree(spec, ["data.samples=5", "train={epochs: 3}", "layers.2.units=9", "new.key=1"]).root
    assert str(locate(root, ["data", "samples"])) == "data.samples=5"
    assert str(locate(root, ["data", "samples"], key=True)) == "data.samples=5"
    assert str(locate(root, ["train", "epochs"])) == "train={epochs: 3}"
    assert str(locate(root, ["layers", 2, "units"])) == "layers.2.units=9"
    assert str(locate(root, ["new", "key"])) == "new.key=1"
    assert str(locate(root, ["new"], key=True)) == "new.key=1"


def test_a_mapping_stays_where_it_was_unless_a_change_makes_it(spec: Path) -> None:
    root = load_tree(spec, ["data.samples=5", "optimizer.type=sgd", "layers.0.units=1", "loss.delta=1"]).root
    assert str(root.place) == f"{spec}:1:1"
    assert str(locate(root, ["data"])) == f"{spec}:3:7"
    assert str(locate(root, ["data"], key=True)) == f"{spec}:3:1"
    assert str(locate(root, ["layers", 0])) == f"{spec}:5:5"
    assert str(locate(root, ["optimizer"])) == "optimizer.type=sgd"
    assert str(locate(root, ["loss"])) == "loss.delta=1"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("epochs", "must look like key.path=value"),
        ("=1", "has no key before the ="),
        ("a..b=1", '"" is no key; a change looks like layers.0.units=32'),
        (".a=1", '"" is no key; a change looks like layers.0.units=32'),
        ("a b=1", '"a b" is no key; a change looks like layers.0.units=32'),
        ("a[0]=1", '"a[0]" is no key; a change looks like layers.0.units=32'),
        ("0x=1", '"0x" is no key; a change looks like layers.0.units=32'),
        ("é=1", '"é" is no key; a change looks like layers.0.units=32'),
        ("layers.٣=1", '"٣" is no key; a change looks like layers.0.units=32'),
        ("layers.9999999999=1", '"9999999999" is no key; a change looks like layers.0.units=32'),
        ("layers.-1.units=1", "-1 is no entry of a list; they are counted from 0"),
        ("extends=base.yaml", "only a file can extend another"),
        ("extends=null", "only a file can extend another"),
        ("seed=", "has no value; `seed=null` unsets it"),
        ("seed=!!int 1", "the tag !!int is not allowed; a file holds plain data only"),
        ("layers.3.units=1", "layers has 3 entries (0 to 2)"),
        ("layers.999999999=1", "layers has 3 entries (0 to 2)"),
        ("metrics.1=mae", "metrics has 1 entry (0)"),
        ("layers.units=1", "layers is a list; name one of its entries, as in layers.0"),
        ("layers.units=null", "layers is a list; name one of its entries, as in layers.0"),
        ("seed.x=1", "seed is a number and has nothing below it"),
        ("seed.x=null", "seed is a number and has nothing below it"),
        ("new.0.x=1", "there is no list new"),
    ],
)
def test_changes_that_are_refused(spec: Path, change: str, message: str) -> None:
    assert refusals(spec, change) == [f"{change}: {message}"]


def test_more_changes_that_are_refused(spec: Path) -> None:
    assert refusals(spec, "") == ["'': must look like key.path=value"]
    assert refusals(spec, "metrics=[]", "metrics.0=mae") == ["metrics.0=mae: metrics has no entries"]
    assert refusals(spec, "train.shuffle=true", "train.shuffle.x=1") == [
        "train.shuffle.x=1: train.shuffle is true or false and has nothing below it"
    ]
    deep = ".".join(["a"] * 51) + "=1"
    assert refusals(spec, deep) == [f"{deep}: goes more than 50 keys deep"]


def test_all_that_is_wrong_with_changes_is_told_in_their_order(spec: Path) -> None:
    changes = ["layers.7.units=3", "train.epochs=5", "epochs", "data={a: 1, a: 2, b: !x 1}", "seed.x=1"]
    assert refusals(spec, *changes) == [
        "layers.7.units=3: layers has 3 entries (0 to 2)",
        "epochs: must look like key.path=value",
        "data={a: 1, a: 2, b: !x 1}: a is given twice",
        "data={a: 1, a: 2, b: !x 1}: the tag !x is not allowed; a file holds plain data only",
        "seed.x=1: seed is a number and has nothing below it",
    ]


def test_what_builds_on_a_broken_change_is_not_blamed(spec: Path) -> None:
    assert [line.partition(":")[0] for line in refusals(spec, "layers=[", "layers.5.units=1")] == ["layers=["]


def test_hostile_values_are_refused(spec: Path) -> None:
    bomb = "{a: &a [1,1,1,1,1,1,1,1,1,1], b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a], c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]"
    bomb += ", d: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]}"
    for value, message in [
        (bomb, "holds more than 10,000 values, aliases written out"),
        ("[" * 100_000, "goes more than 50 lists and mappings deep"),
        ("!!python/object/apply:os.system [ls]", "the tag !!python/object/apply:os.system is not allowed"),
        ("9" * 5000, "a number has 5,000 characters; 400 is the limit"),
    ]:
        (problem,) = refusals(spec, f"a={value}")
        assert message in problem
        assert len(problem) < 400


KEYS = [
    "layers",
    "optimizer",
    "data",
    "loss",
    "seed",
    "train",
    "type",
    "units",
    "0",
    "1",
    "2",
    "7",
    "-1",
    "a",
    "",
    "extends",
]
VALUES = [
    "sgd",
    "adam",
    "null",
    "1",
    "1e-3",
    "[]",
    "[a, {type: b}]",
    "{type: sgd}",
    "{a: {type: x}}",
    "{a: 1}",
    "",
    "[",
    "''",
]
CHANGES = st.builds(
    lambda keys, value: f"{'.'.join(keys)}={value}",
    st.lists(st.sampled_from(KEYS), min_size=1, max_size=4),
    st.sampled_from(VALUES),
)


@settings(max_examples=200)
@given(st.lists(CHANGES | st.text(), max_size=6))
def test_whatever_the_changes_nothing_but_an_nncli_error_is_raised(spec: Path, changes: Sequence[str]) -> None:
    try:
        tree = load_tree(spec, changes)
    except NncliError as error:
        assert all(line.isprintable() for line in error.lines())
    else:
        assert isinstance(plain(tree.root), dict)
        assert all(warning.isprintable() for warning in tree.warnings)
