"""Loading any file with any overrides returns an experiment or raises a readable error, in limited time and memory."""

from __future__ import annotations

import copy
import math
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from nncli import bundled_configs, config, registry
from nncli.config.nodes import plain
from nncli.config.reader import read_file, read_text
from nncli.config.schema import schema
from nncli.config.writer import dump
from nncli.errors import NncliError, SpecErrors
from nncli.experiment import Experiment

pytestmark = pytest.mark.usefixtures("frozen_objects")

VALID = plain(read_file(bundled_configs.configs() / "sine.yaml"))
VALIDATOR = Draft202012Validator(schema())

MAX_LOAD_SECONDS = 2  # of processor time
MAX_MEMORY = 200_000_000  # bytes that all loads together may add
MAX_LINES = 22  # twenty problems, the line about further problems, and a hint; or a few overrides with a hint each

NAMES = [registry.type_name(cls) for kind in registry.kinds() for cls in registry.components(kind)]
FIELDS = sorted(
    {name for kind in registry.kinds() for cls in registry.components(kind) for name in cls.__annotations__}
)
KEYS = [*VALID, *FIELDS, "epochs", "batch_size", "early_stopping", "monitor", "patience", "extends", "lr", "<x", ""]
NUMBERS = [0, 1, -1, 2, 256, 257, 2**32, 2**53, 10**12, 10**18, 10**40, 0.5, 1e-7, 1e300, math.inf, math.nan]

few, fewer = (settings(max_examples=count) for count in (60, 30))
words = st.sampled_from([*NAMES, *KEYS, "val_loss", "book", "../x", "true", "null", "~"])
scalars = (
    st.none() | st.booleans() | st.sampled_from(NUMBERS) | st.integers() | st.floats() | words | st.text(max_size=5)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words | st.text(max_size=3), inner, max_size=4),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "spec.yaml"


@pytest.fixture(autouse=True, scope="module")
def memory_limit() -> Iterator[None]:
    unit = 1 if sys.platform == "darwin" else 1024
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * unit < MAX_MEMORY


def load(file: Path, text: str, changes: Sequence[str] = ()) -> None:
    """Load a spec, and check the error or the round trip of the experiment."""
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    start = time.process_time()
    try:
        experiment = config.load(file, changes).experiment
    except NncliError as error:
        assert time.process_time() - start < MAX_LOAD_SECONDS
        lines = error.lines()
        assert len(lines) <= MAX_LINES
        assert all(line.isprintable() and len(line) < 1000 for line in lines)
        assert "pydantic" not in str(error)
        assert "cannot be" not in str(error).replace("cannot be read", ""), "a kind of pydantic error without a message"
    else:
        assert time.process_time() - start < MAX_LOAD_SECONDS
        assert isinstance(experiment, Experiment)
        assert config.load_text(config.dump(experiment), "config.yaml").experiment == experiment


LINES = [
    *dump(VALID).splitlines(),
    *("data: sine", "loss: mse", "layers:", "- relu", "  - dense", "  units: 3", "- {type: dense, units: 1}", "---"),
    *(
        "train: {epochs: 0}",
        "init: &a normal",
        "optimizer: *a",
        "? a",
        ": b",
        "|",
        ">",
        "[",
        "]",
        "{",
        "}",
        "!!x",
        "\t",
        "#",
    ),
]


@few
@given(st.lists(st.sampled_from(LINES) | st.text(max_size=10), max_size=12).map("\n".join) | st.text())
def test_random_text_loads_or_is_an_error(file: Path, text: str) -> None:
    load(file, text)


def paths(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of everything below the root of a tree."""
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in inner:
        yield (*path, key)
        yield from paths(value, (*path, key))


@st.composite
def mutants(draw: st.DrawFn, values: st.SearchStrategy[Any] = values) -> Any:
    """Return the valid experiment with one to three values deleted, replaced or added."""
    tree = copy.deepcopy(VALID)
    for _ in range(draw(st.integers(1, 3))):
        *parents, last = draw(st.sampled_from(sorted(paths(tree), key=str)))
        parent = tree
        for key in parents:
            parent = parent[key]
        match draw(st.sampled_from(["delete", "replace", "add"])):
            case "delete" if len(tree) > 1:
                del parent[last]
            case "add" if isinstance(parent, dict):
                parent[draw(words)] = draw(values)
            case "add":
                parent.insert(last, draw(values))
            case _:
                parent[last] = draw(values)
    return tree


@few
@given(mutants())
def test_mutated_spec_loads_or_is_an_error(file: Path, tree: Any) -> None:
    load(file, dump(tree))


KEY_PATHS = sorted({".".join(map(str, path)) for path in paths(VALID)})
keys = st.sampled_from(KEY_PATHS) | st.lists(words | st.sampled_from("0123"), min_size=1, max_size=4).map(".".join)
arguments = st.builds("{}={}".format, keys, values.map(lambda value: dump(value).removesuffix("...\n").strip()))


@few
@given(st.lists(arguments | st.builds("{}={}".format, keys, st.text(max_size=8)) | st.text(max_size=12), max_size=4))
def test_random_overrides_load_or_are_errors(file: Path, changes: list[str]) -> None:
    load(file, dump(VALID), changes)


@fewer
@given(mutants(), mutants(), st.lists(arguments, max_size=2))
def test_mutated_spec_may_extend_another(file: Path, base: Any, over: Any, changes: list[str]) -> None:
    (file.parent / "base.yaml").write_bytes(dump(base).encode("utf-8", "surrogatepass"))
    load(file, dump({**over, "extends": "base.yaml"}), changes)


def fits_json(value: Any) -> bool:
    """Return whether JSON can represent all numbers in a value, and writes integers as we do."""
    if isinstance(value, float):
        return abs(value) < 2**53
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return all(map(fits_json, inner))


@fewer
@given(mutants(values.filter(fits_json)))
def test_schema_agrees_with_the_loader(tree: Any) -> None:
    """Cross-field checks and `extends` are excluded, which the schema does not cover."""
    tree.pop("extends", None)
    try:
        root = read_text(dump(tree), "f.yaml")
    except NncliError:
        return
    try:
        with patch("nncli.config.cross_checks._cross_check", lambda *_: iter(())):
            loads = bool(config.check(config.Tree(root, [], "f.yaml")))
    except SpecErrors:
        loads = False
    data = plain(root)
    if loads and "name" in data:
        data["name"] = "x"  # the schema allows more letters
    assert loads == VALIDATOR.is_valid(data)


@pytest.mark.parametrize(
    "change",
    [
        "layers.0.units=1e6",
        "layers.0.units=1e15",
        "data.samples=1e9",
        "data.validation.samples=1e15",
        *("layers=[" + "{type: dense, units: 4}, " * count + "{type: dense, units: 1}]" for count in (660, 1900)),
        "layers=[" + "relu, " * 9000 + "{type: dense, units: 1}]",
        "metrics=[" + "r2, " * 9000 + "]",
        "data={" + ", ".join(f"k{i}: 0" for i in range(4500)) + "}",
        f"train.epochs={10**300}",
        f"train.batch_size={10**300}",
        f"data.samples={10**300}",
        f"optimizer.learning_rate={10**300}",
        f"optimizer.learning_rate={10**350}",
    ],
    ids=lambda change: change[:40],
)
def test_spec_near_the_limits_loads_or_is_an_error(file: Path, change: str) -> None:
    load(file, dump(VALID), [change])
