"""Files extend one another and take overrides: merging, warnings about dropped fields, and errors."""

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
ALL_OF_ADAM = "optimizer: type changed from adam to sgd, which drops learning_rate, beta_1 and epsilon"


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("layering") / "sine.yaml"
    path.write_text(SPEC)
    return path


def merge_texts(base: str, over: str) -> tuple[Any, list[str]]:
    node, warnings = merge(read_text(base, "base.yaml"), read_text(over, "over.yaml"))
    return plain(node), warnings


def errors_of(spec: Path, *overrides: str) -> list[str]:
    with pytest.raises(SpecErrors) as raised:
        load_tree(spec, overrides)
    return [str(problem) for problem in raised.value.problems]


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)


# Merging trees.


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
        # null removes a key
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
        # a new type starts from its defaults, without a warning if nothing is dropped
        ("a: {type: x}", "a: {type: y, b: 1}", {"a": {"type": "y", "b": 1}}),
        ("a: {type: x}", "a: y", {"a": "y"}),
        ("a: x", "a: {type: y, b: 1}", {"a": {"type": "y", "b": 1}}),
        ("a: {type: x, b: 1}", "a: {type: y, b: 2}", {"a": {"type": "y", "b": 2}}),
        # a type must be text
        ("a: {type: 1, b: 1}", "a: {type: 2}", {"a": {"type": 2, "b": 1}}),
    ],
)
def test_merge_without_a_warning(base: str, over: str, result: object) -> None:
    assert merge_texts(base, over) == (result, [])


@pytest.mark.parametrize(
    ("base", "over", "result", "warning"),
    [
        ("a: {type: x, b: 1}", "a: y", "y", "a: type changed from x to y, which drops b"),
        ("a: {type: x, b: 1, c: 2}", "a: {type: y}", {"type": "y"}, "a: type changed from x to y, which drops b and c"),
        (
            "a: {type: x, b: 1, c: 2, d: 3}",
            "a: {type: y, c: 3}",
            {"type": "y", "c": 3},
            "a: type changed from x to y, which drops b and d",
        ),
        (
            'a: {type: x, "k\\n": 1}',
            "a: y",
            "y",
            "a: type changed from x to y, which drops k\\n",
        ),
        (
            "a: {type: x, " + ", ".join(f"k{i}: 1" for i in range(11)) + "}",
            "a: y",
            "y",
            "a: type changed from x to y, which drops k0, k1, k2, k3, k4, k5, k6, k7 and 3 more",
        ),
    ],
)
def test_new_type_drops_old_fields_with_a_warning(base: str, over: str, result: object, warning: str) -> None:
    assert merge_texts(base, over) == ({"a": result}, [warning])


def test_merge_warnings_name_the_whole_path() -> None:
    assert merge_texts("a: {b: {type: x, c: 1}}", "a: {b: y}")[1] == ["a.b: type changed from x to y, which drops c"]
    base, over = read_text("{type: x, c: 1}", "f"), read_text("{type: y}", "f")
    assert merge(base, over, "d.e")[1] == ["d.e: type changed from x to y, which drops c"]
    assert merge(base, over)[1] == ["type changed from x to y, which drops c"]


def test_merge_does_not_change_its_inputs() -> None:
    base, over = read_text("a: {b: 1, c: {d: 1}}", "f"), read_text("a: {b: null, c: {d: 2}}", "f")
    merge(base, over)
    assert plain(base) == {"a": {"b": 1, "c": {"d": 1}}}
    assert plain(over) == {"a": {"b": None, "c": {"d": 2}}}


def test_merged_values_keep_their_places() -> None:
    root, _ = merge(read_text("a: {b: 1, c: 2}", "base.yaml"), read_text("\na: {c: 3}", "over.yaml"))
    assert str(locate(root, ["a", "b"])) == "base.yaml:1:8"
    assert str(locate(root, ["a", "b"], key=True)) == "base.yaml:1:5"
    assert str(locate(root, ["a", "c"])) == "over.yaml:2:8"
    assert str(locate(root, ["a"], key=True)) == "over.yaml:2:1"


# Files that extend others.


def test_file_without_extends_is_unchanged(spec: Path) -> None:
    tree = load_tree(spec, [])
    assert tree == Tree(read_text(SPEC, str(spec)), [], spec)


def test_file_overrides_the_file_it_extends(tmp_path: Path) -> None:
    write(
        tmp_path,
        base="data: sine\noptimizer: {type: adam, beta_1: 0.9}\ntrain: {epochs: 5, shuffle: true}",
        child="extends: base.yaml\noptimizer: {type: sgd}\ntrain: {epochs: 7}\nloss: mse",
    )
    tree = load_tree(tmp_path / "child.yaml", [])
    assert plain(tree.root) == {
        "data": "sine", "optimizer": {"type": "sgd"}, "train": {"epochs": 7, "shuffle": True}, "loss": "mse"
    }  # fmt: skip
    assert tree.warnings == ["optimizer: type changed from adam to sgd, which drops beta_1"]
    assert str(locate(tree.root, ["data"])) == f"{tmp_path}/base.yaml:1:7"
    assert str(locate(tree.root, ["loss"])) == f"{tmp_path}/child.yaml:4:7"


def test_extends_is_relative_to_its_file(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    write(tmp_path, base="a: 1\nb: 1\nc: 1")
    write(tmp_path / "deep", middle="extends: ../base.yaml\nb: 2\nc: 2")
    write(tmp_path / "deep" / "er", child="extends: ../middle.yaml\nc: 3")
    assert plain(load_tree(tmp_path / "deep/er/child.yaml", []).root) == {"a": 1, "b": 2, "c": 3}
    write(tmp_path / "deep", other=f"extends: {tmp_path}/base.yaml")
    assert plain(load_tree(tmp_path / "deep/other.yaml", []).root) == {"a": 1, "b": 1, "c": 1}


def test_null_removes_an_inherited_key(tmp_path: Path) -> None:
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


def test_pipe_extends_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, base="a: 1")
    monkeypatch.chdir(tmp_path)
    reading, writing = os.pipe()
    os.write(writing, b"extends: base.yaml\nb: 2")
    os.close(writing)
    assert plain(load_tree(Path(f"/dev/fd/{reading}"), []).root) == {"a": 1, "b": 2}
    os.close(reading)


def error_of(path: Path) -> str:
    with pytest.raises(UsageError) as raised:
        load_tree(path, [])
    return str(raised.value)


def test_unreadable_base_is_reported_where_it_is_named(tmp_path: Path) -> None:
    write(tmp_path, child="a: 1\nextends: bse.yaml", base="a: 1")
    assert error_of(tmp_path / "child.yaml") == (
        f"{tmp_path}/child.yaml:2:10: {tmp_path}/bse.yaml: no such file\nhint: did you mean {tmp_path}/base.yaml?"
    )
    for value in ("[base.yaml]", "{a: 1}", "5", "''", "'-'"):
        write(tmp_path, child=f"extends: {value}")
        assert error_of(tmp_path / "child.yaml") == f"{tmp_path}/child.yaml:1:10: extends must be the path of a file"
    write(tmp_path, child='extends: "a\\0b"')
    assert error_of(tmp_path / "child.yaml") == (
        f"{tmp_path}/child.yaml:1:10: {tmp_path}/a\\x00b: cannot be read: embedded null byte"
    )
    write(tmp_path, child="extends: .")
    assert error_of(tmp_path / "child.yaml").startswith(
        f"{tmp_path}/child.yaml:1:10: {tmp_path}: is a folder, not a file"
    )


def test_problems_in_a_base_are_reported_there(tmp_path: Path) -> None:
    write(tmp_path, base="a: 1\na: 2", child="extends: base.yaml")
    assert (
        error_of(tmp_path / "child.yaml") == f"{tmp_path}/base.yaml:2:1: a is given twice, first on line 1; remove one"
    )


def test_circular_extends_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, a="extends: b.yaml", b="extends: ./c.yaml", c="extends: ../" + tmp_path.name + "/a.yaml")
    assert error_of(Path("a.yaml")) == (
        f"c.yaml:1:10: extends is circular: a.yaml -> b.yaml -> c.yaml -> ../{tmp_path.name}/a.yaml"
    )
    write(tmp_path, a="extends: a.yaml")
    assert error_of(Path("a.yaml")) == "a.yaml:1:10: extends is circular: a.yaml -> a.yaml"


def test_extends_may_chain_ten_files(tmp_path: Path) -> None:
    write(tmp_path, **{f"f{i}": f"extends: f{i + 1}.yaml\nk{i}: {i}" for i in range(11)}, f11="k11: 11")
    assert len(plain(load_tree(tmp_path / "f1.yaml", []).root)) == 11
    assert (
        error_of(tmp_path / "f0.yaml")
        == f"{tmp_path}/f10.yaml:1:10: extends chains more than 10 files; combine some of them"
    )


# Overrides.


def changed_settings(spec: Path, *overrides: str) -> tuple[dict[str, Any], list[str]]:
    """Return the settings that differ from the file, and the warnings."""
    tree, before = load_tree(spec, overrides), plain(load_tree(spec, []).root)
    after = plain(tree.root)
    different = {key: after.get(key) for key in {**before, **after} if after.get(key) != before.get(key)}
    return different, tree.warnings


@pytest.mark.parametrize(
    ("overrides", "result"),
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
        # the last of several types wins
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
def test_overrides_without_a_warning(spec: Path, overrides: list[str], result: object) -> None:
    assert changed_settings(spec, *overrides) == (result, [])


@pytest.mark.parametrize(
    ("overrides", "result"),
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
def test_overriding_the_type_drops_old_fields(spec: Path, overrides: list[str], result: object) -> None:
    assert changed_settings(spec, *overrides) == ({"optimizer": result}, [ALL_OF_ADAM])


def test_type_overrides_apply_first_in_any_order(spec: Path) -> None:
    overrides = ["optimizer.learning_rate=0.1", "optimizer.type=sgd", "optimizer.momentum=0.9"]
    result = {"type": "sgd", "learning_rate": 0.1, "momentum": 0.9}
    for order in itertools.permutations(overrides):
        # A field that is set again is not dropped.
        expected = {"optimizer": result}, ["optimizer: type changed from adam to sgd, which drops beta_1 and epsilon"]
        assert changed_settings(spec, *order) == expected


def test_lists_and_components_apply_before_settings_below_them(spec: Path) -> None:
    for order in itertools.permutations(["layers=[{type: dense}, relu]", "layers.0.units=3", "layers.1.type=tanh"]):
        assert changed_settings(spec, *order) == ({"layers": [{"type": "dense", "units": 3}, {"type": "tanh"}]}, [])
    for order in itertools.permutations(["data={type: csv, path: x}", "data.test.samples=1", "data.test={a: 1}"]):
        result = {"type": "csv", "path": "x", "test": {"samples": 1, "a": 1}}
        assert changed_settings(spec, *order) == (
            {"data": result},
            ["data: type changed from sine to csv, which drops samples"],
        )
    for order in itertools.permutations(["optimizer=sgd", "optimizer.schedule=cosine", "optimizer.schedule.warmup=5"]):
        result = {"type": "sgd", "schedule": {"type": "cosine", "warmup": 5}}
        assert changed_settings(spec, *order)[0] == {"optimizer": result}


def test_component_name_applies_before_its_fields(tmp_path: Path) -> None:
    write(tmp_path, f="a: 1")
    for order in itertools.permutations(["loss=huber", "loss.delta=2"]):
        assert plain(load_tree(tmp_path / "f.yaml", order).root)["loss"] == {"type": "huber", "delta": 2}


def test_overrides_apply_after_extends(tmp_path: Path) -> None:
    write(tmp_path, base="optimizer: {type: adam, beta_1: 0.9}", child="extends: base.yaml\noptimizer: {beta_2: 0.8}")
    tree = load_tree(tmp_path / "child.yaml", ["optimizer=sgd"])
    assert (plain(tree.root), tree.warnings) == (
        {"optimizer": "sgd"},
        ["optimizer: type changed from adam to sgd, which drops beta_1 and beta_2"],
    )


def test_setting_below_null_creates_a_mapping(tmp_path: Path) -> None:
    write(tmp_path, f="a: null")
    assert plain(load_tree(tmp_path / "f.yaml", ["a.b=1"]).root) == {"a": {"b": 1}}


def test_overridden_values_have_the_argument_as_place(spec: Path) -> None:
    root = load_tree(spec, ["data.samples=5", "train={epochs: 3}", "layers.2.units=9", "new.key=1"]).root
    assert str(locate(root, ["data", "samples"])) == "data.samples=5"
    assert str(locate(root, ["data", "samples"], key=True)) == "data.samples=5"
    assert str(locate(root, ["train", "epochs"])) == "train={epochs: 3}"
    assert str(locate(root, ["layers", 2, "units"])) == "layers.2.units=9"
    assert str(locate(root, ["new", "key"])) == "new.key=1"
    assert str(locate(root, ["new"], key=True)) == "new.key=1"


def test_mapping_keeps_its_place_unless_an_override_creates_it(spec: Path) -> None:
    root = load_tree(spec, ["data.samples=5", "optimizer.type=sgd", "layers.0.units=1", "loss.delta=1"]).root
    assert str(root.place) == f"{spec}:1:1"
    assert str(locate(root, ["data"])) == f"{spec}:3:7"
    assert str(locate(root, ["data"], key=True)) == f"{spec}:3:1"
    assert str(locate(root, ["layers", 0])) == f"{spec}:5:5"
    assert str(locate(root, ["optimizer"])) == "optimizer.type=sgd"
    assert str(locate(root, ["loss"])) == "loss.delta=1"


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("epochs", "must look like key.path=value"),
        ("=1", "has no key before the ="),
        ("a..b=1", '"" is not a key; write overrides like layers.0.units=32'),
        (".a=1", '"" is not a key; write overrides like layers.0.units=32'),
        ("a b=1", '"a b" is not a key; write overrides like layers.0.units=32'),
        ("a[0]=1", '"a[0]" is not a key; write overrides like layers.0.units=32'),
        ("0x=1", '"0x" is not a key; write overrides like layers.0.units=32'),
        ("é=1", '"é" is not a key; write overrides like layers.0.units=32'),
        ("layers.٣=1", '"٣" is not a key; write overrides like layers.0.units=32'),
        ("layers.9999999999=1", '"9999999999" is not a key; write overrides like layers.0.units=32'),
        ("layers.-1.units=1", "-1 is not an entry of a list; count entries from 0"),
        ("extends=base.yaml", "extends is not allowed in an override; write it into a file"),
        ("extends=null", "extends is not allowed in an override; write it into a file"),
        ("seed=", "has no value; write `seed=null` to unset it"),
        ("seed=!!int 1", "the tag !!int is not allowed; use plain data only"),
        ("layers.3.units=1", "layers has no entry 3; it has 3 entries (0 to 2)"),
        ("layers.999999999=1", "layers has no entry 999999999; it has 3 entries (0 to 2)"),
        ("metrics.1=mae", "metrics has no entry 1; it has 1 entry (0)"),
        ("layers.units=1", "layers is a list; name one of its entries, as in layers.0"),
        ("layers.units=null", "layers is a list; name one of its entries, as in layers.0"),
        ("seed.x=1", "seed is a number, so it has no key x"),
        ("seed.x=null", "seed is a number, so it has no key x"),
        ("new.0.x=1", "new is not set, so it has no entry 0"),
    ],
)
def test_invalid_overrides_are_errors(spec: Path, override: str, message: str) -> None:
    assert errors_of(spec, override) == [f"{override}: {message}"]


def test_more_invalid_overrides_are_errors(spec: Path) -> None:
    assert errors_of(spec, "") == ["'': must look like key.path=value"]
    assert errors_of(spec, "metrics=[]", "metrics.0=mae") == ["metrics.0=mae: metrics is empty, so it has no entry 0"]
    assert errors_of(spec, "train.shuffle=true", "train.shuffle.x=1") == [
        "train.shuffle.x=1: train.shuffle is true or false, so it has no key x"
    ]
    deep = ".".join(["a"] * 51) + "=1"
    assert errors_of(spec, deep) == [f"{deep}: is nested more than 50 keys deep"]


def test_all_problems_with_overrides_are_reported_in_order(spec: Path) -> None:
    overrides = ["layers.7.units=3", "train.epochs=5", "epochs", "data={a: 1, a: 2, b: !x 1}", "seed.x=1"]
    assert errors_of(spec, *overrides) == [
        "layers.7.units=3: layers has no entry 7; it has 3 entries (0 to 2)",
        "epochs: must look like key.path=value",
        "data={a: 1, a: 2, b: !x 1}: a is given twice; remove one",
        "data={a: 1, a: 2, b: !x 1}: the tag !x is not allowed; use plain data only",
        "seed.x=1: seed is a number, so it has no key x",
    ]


def test_no_error_follows_from_a_failed_override(spec: Path) -> None:
    assert [line.partition(":")[0] for line in errors_of(spec, "layers=[", "layers.5.units=1")] == ["layers=["]


def test_hostile_values_are_rejected(spec: Path) -> None:
    bomb = "{a: &a [1,1,1,1,1,1,1,1,1,1], b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a], c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]"
    bomb += ", d: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]}"
    for value, message in [
        (bomb, "contains more than 10,000 values, counting what each alias repeats"),
        ("[" * 100_000, "is nested more than 50 lists and mappings deep"),
        ("!!python/object/apply:os.system [ls]", "the tag !!python/object/apply:os.system is not allowed"),
        ("9" * 5000, "the number has 5,000 characters; at most 400 are allowed"),
    ]:
        (problem,) = errors_of(spec, f"a={value}")
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
OVERRIDES = st.builds(
    lambda keys, value: f"{'.'.join(keys)}={value}",
    st.lists(st.sampled_from(KEYS), min_size=1, max_size=4),
    st.sampled_from(VALUES),
)


@settings(max_examples=200)
@given(st.lists(OVERRIDES | st.text(), max_size=6))
def test_any_overrides_raise_at_most_an_nncli_error(spec: Path, overrides: Sequence[str]) -> None:
    try:
        tree = load_tree(spec, overrides)
    except NncliError as error:
        assert all(line.isprintable() for line in error.lines())
    else:
        assert isinstance(plain(tree.root), dict)
        assert all(warning.isprintable() for warning in tree.warnings)
