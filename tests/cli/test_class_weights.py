"""Class weights by name, from the experiment file or command line to the loss and a saved run."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

import nncli
from tests.cli.program import Program, invoke, json_of

SPEC = """\
data: {type: csv, path: t.csv, target: risk}
layers: [{type: dense, units: 3, activation: softmax}]
loss: {type: categorical_crossentropy, class_weights: WEIGHTS}
train: {epochs: 4}
"""
NAMES = ("low", "low", "medium", "high", "low", "medium")  # the classes of the rows, repeated
PLACES = {"high": 0, "low": 1, "medium": 2}  # class numbers, which follow the alphabet
LIST = "must map class names to weights; instead of this list, write class_weights:"


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(weights: str, names: tuple[str, ...] = NAMES, **more: str) -> str:
    """Write an experiment on 36 rows of the classes `names`; return its file name."""
    rows = "".join(f"{i},{i % 5},{names[i % len(names)]}\n" for i in range(36))
    Path("t.csv").write_text(f"x,y,risk\n{rows}", encoding="utf-8")
    spec = SPEC.replace("WEIGHTS", weights)
    for old, new in more.items():
        spec = spec.replace(old, new)
    Path("t.yaml").write_text(spec, encoding="utf-8")
    return "t.yaml"


def write_extending(text: str) -> str:
    """Write an experiment that extends the one of `write`; return its file name."""
    Path("over.yaml").write_text(text)
    return "over.yaml"


def table(weights: dict[str, float]) -> list[list[str]]:
    """Return the expected table of weights, split into words."""
    return [["class", "weight"], *([name, f"{weight:.4g}"] for name, weight in weights.items())]


def test_a_list_for_named_classes_is_refused_and_the_mapping_suggested() -> None:
    path = write("[1, 1, 5]")
    for command in ("check", "train"):
        done = invoke(command, path)
        assert (done.code, done.out) == (2, "")
        assert done.err == f"t.yaml:3:55: loss.class_weights: {LIST} {{high: 1, low: 1, medium: 5}}\n"
    assert invoke("check", path, "loss.class_weights={high: 5}").err == ""


@pytest.mark.parametrize(
    ("names", "weights", "message"),
    [
        (("1", "2"), "[1, 2]", f"{LIST} {{1: 1, 2: 2}}"),
        (("true", "false"), "[1, 2.5]", f"{LIST} {{false: 1, true: 2.5}}"),
        (("<=50K", ">50K"), "[1]", "loss.class_weights: must be 2 numbers, one for each class, not 1"),
        (("<=50K", ">50K"), "[1, 1]", f'{LIST} {{"<=50K": 1, ">50K": 1}}'),
        (tuple("abcdefghi"), "[1, 2, 1, 1, 1, 1, 1, 1, 3]", f"{LIST} {{b: 2, i: 3}}"),
        (NAMES, "{hgih: 5}", 'loss.class_weights.hgih: is not a class of the data; did you mean "high"?'),
        (NAMES, "{x: 5}", "loss.class_weights.x: is not a class of the data; the classes are high, low, medium"),
        (NAMES, "{high: 0}", "loss.class_weights.high: must be greater than 0, not 0"),
        (NAMES, "{high: very}", 'loss.class_weights.high: must be a number, not "very"'),
        (NAMES, "5", "loss.class_weights: must be balanced, a list or a mapping, not 5"),
        (("<=50K", ">50K"), '{"<=50K": -1}', "must be greater than 0, not -1"),
    ],
)
def test_invalid_weights_are_refused(names: tuple[str, ...], weights: str, message: str) -> None:
    done = invoke("check", write(weights, names, **{"units: 3": f"units: {len(set(names))}"}))
    assert done.code == 2
    assert message in done.err.splitlines()[0]


def test_weights_by_name_and_by_number_train_the_same_bits() -> None:
    by_name = nncli.load(nncli.train(write("{high: 5}")))
    by_number = nncli.load(nncli.train(write("[5, 1, 1]", tuple(str(PLACES[name]) for name in NAMES))))
    assert all(map(np.array_equal, by_name.params.vectors, by_number.params.vectors))
    plain = nncli.load(nncli.train(write("{high: 5}"), {"loss.class_weights": None}))
    assert not all(map(np.array_equal, by_name.params.vectors, plain.params.vectors))


@pytest.mark.long
def test_check_and_verbose_training_print_class_weights(program: Program) -> None:
    of_rows = [NAMES[i % len(NAMES)] for i in range(36)]
    balanced = compute_class_weight("balanced", classes=np.array(list(PLACES)), y=np.array(of_rows))
    for class_weights, weights in (
        ("{high: 5}", {"high": 5.0, "low": 1.0, "medium": 1.0}),
        ("balanced", dict(zip(PLACES, balanced.tolist(), strict=True))),
    ):
        path = write(class_weights)
        assert [line.split() for line in invoke("check", path).lines[-4:]] == table(weights)
        assert json_of(invoke("check", path, "--json"))["class_weights"] == pytest.approx(weights)
        for more in ([], ["--seeds", 2]):
            err = program("train", path, "-v", *more).err.splitlines()
            rows = [line.split() for line in err]
            assert table(weights)[0] in rows
            start = rows.index(table(weights)[0])
            assert rows[start : start + 4] == table(weights)
        assert "weight" not in invoke("train", path).err
    assert "class_weights" not in json_of(invoke("check", path, "loss.class_weights=null", "--json"))


@pytest.mark.parametrize(
    ("names", "changes", "weights"),
    [
        (("1", "2"), ["loss.class_weights={1: 5}"], {"1": 5, "2": 1}),
        (("1", "2"), ["loss.class_weights=null", "loss.class_weights.2=5"], {"1": 1, "2": 5}),
        (("0", "1"), ["loss.class_weights=[1, 4]", "loss.class_weights.1=5"], {"0": 1, "1": 5}),
        (("true", "false"), ["loss.class_weights={true: 2}"], {"false": 1, "true": 2}),
        (("True", "False"), ["loss.class_weights={true: 2}"], {"False": 1, "True": 2}),
        (("no", "null"), ["loss.class_weights={no: 3}", "data.missing=drop"], None),
        (("<=50K", ">50K"), ['loss.class_weights={"<=50K": 3}'], {"<=50K": 3, ">50K": 1}),
        (("a b", "type"), ["loss.class_weights={a b: 3, type: 4}"], {"a b": 3, "type": 4}),
        (("low", "high"), ["loss.class_weights.high=7"], {"high": 7, "low": 3}),
        (("low", "high"), ["loss.class_weights.low=null"], {"high": 2, "low": 1}),
        (("low", "high"), ["loss.class_weights={low: 9}"], {"high": 2, "low": 9}),
        (("low", "high"), ["loss.class_weights=balanced"], {"high": 1, "low": 1}),
    ],
)
def test_keys_are_class_names_even_if_they_look_like_numbers(
    names: tuple[str, ...], changes: list[str], weights: dict[str, float] | None
) -> None:
    initial = "{low: 3, high: 2}" if "low" in names else "null"
    path = write(initial, names, **{"units: 3": "units: 2"})
    done = invoke("check", path, *changes, "--json")
    if weights is None:  # null is a missing value, so a single class remains
        assert done.code == 1
        return
    assert json_of(done)["class_weights"] == weights
    run = Path(invoke("train", path, *changes, "-q").out.strip())
    again = json_of(invoke("check", run / "config.yaml", "--json"))
    assert again["class_weights"] == weights


def test_mappings_merge_and_balanced_replaces_them() -> None:
    for below, above, weights in (
        ("balanced", "{high: 5}", {"high": 5, "low": 1, "medium": 1}),
        ("{low: 2}", "{high: 5}", {"high": 5, "low": 2, "medium": 1}),
        ("{low: 2, high: 5}", "{low: null}", {"high": 5, "low": 1, "medium": 1}),
    ):
        write(below)
        path = write_extending(f"extends: t.yaml\nloss: {{class_weights: {above}}}\n")
        assert json_of(invoke("check", path, "--json"))["class_weights"] == weights
    write("{low: 2}")
    path = write_extending("extends: t.yaml\nloss: {class_weights: balanced}\n")
    assert json_of(invoke("check", path, "--json"))["experiment"]["loss"]["class_weights"] == "balanced"
    done = invoke("check", write("balanced"), "loss.class_weights.high=5")
    assert done.err == "loss.class_weights.high=5: loss.class_weights is text, so it has no key high\n"


@pytest.mark.parametrize("loss", ["categorical_crossentropy", "binary_crossentropy"])
def test_a_run_with_weights_by_name_resumes_repeats_and_evaluates(loss: str) -> None:
    more = {"softmax": "sigmoid", "categorical_crossentropy": "binary_crossentropy", "units: 3": "units: 1"}
    names = ("low", "high", "low")
    path = write("{high: 5}", names, **(more if loss[0] == "b" else {"units: 3": "units: 2"}))
    run = invoke("train", path, "-q").out.strip()
    assert invoke("repeat", run).code == 0
    assert invoke("resume", run, "train.epochs=6").code == 0
    uninterrupted = invoke("train", path, "-q", "--epochs", 6).out.strip()
    one, other = (nncli.load(each) for each in (run, uninterrupted))
    assert all(map(np.array_equal, one.params.vectors, other.params.vectors))
    report = json.loads(invoke("eval", run, "--json").out)
    p = one.predict(np.array([[i, i % 5] for i in range(36)], float))
    high = np.array([names[i % 3] == "high" for i in range(36)])
    of_high = p[:, 0] if p.shape[1] == 2 else 1 - p[:, 0]  # the second class is low
    expected = np.mean(np.where(high, 5, 1) * -np.log(np.where(high, of_high, 1 - of_high)))
    assert report["metrics"]["loss"] == pytest.approx(expected, rel=1e-5)
