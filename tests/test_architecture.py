"""The architecture: which parts of nncli may import which, and limits on the size and shape of the code."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1] / "nncli"
MAX_FILE_LENGTH, MAX_FUNCTION_LENGTH = 250, 40
LONGER_FILES = {"book/plain_loop.py": 420}  # a separate script, which must be one file
LONGER_FUNCTIONS = {
    ("book/plain_loop.py", "run"): 50,  # the loop should be readable from top to bottom
}


class Row(NamedTuple):
    """The floor of a folder or module of nncli, and the packages it may import."""

    floor: int
    packages: str = ""


# A part imports parts on lower floors only. Parts on the same floor do not import each other, except the single modules
# of floors 1 and 3.
TABLE = {
    "arrays": Row(1, "numpy"),
    "errors": Row(1),
    "escaping": Row(1),
    "file_limits": Row(1),
    "fork_server": Row(1),
    "start_up": Row(1, "numpy"),
    "settings": Row(1),
    "number_format": Row(1),
    "run_names": Row(1),
    "user_paths": Row(1),
    "reading": Row(1),
    "registry": Row(1, "pydantic pydantic_core"),
    "bundled_configs": Row(1),
    "system": Row(1),
    "text": Row(1),
    "threads": Row(1, "numpy threadpoolctl"),
    "version": Row(1),
    "nn": Row(2, "numpy annotated_types"),
    "data": Row(2, "numpy annotated_types nnfs"),
    "search": Row(2, "numpy annotated_types optuna"),
    "experiment": Row(3, "annotated_types"),
    "events": Row(3, "numpy"),
    "checkpoint": Row(3, "numpy"),
    "metric_choice": Row(3),
    "resolved": Row(3),
    "config": Row(4, "numpy pydantic pydantic_core yaml"),
    "training": Row(4, "numpy"),
    "store": Row(4, "numpy pydantic_core"),
    "model": Row(5, "numpy"),
    "resumption": Row(5),
    "catalog": Row(5),
    "evaluation": Row(6, "numpy"),
    "diagnosis": Row(6, "numpy"),
    "runner": Row(6),
    "repetition": Row(7, "numpy"),
    "trials": Row(7),
    "cluster": Row(8, "numpy distributed"),
    "sweeps": Row(8, "numpy"),
    "starter": Row(8, "numpy"),
    "book": Row(8),
    "book/plain_loop": Row(0, "numpy nnfs"),  # runs without nncli
    "render": Row(9, "numpy annotated_types rich matplotlib PIL uniplot"),
    "api": Row(10, "numpy"),
    "cli": Row(11, "typer"),
    "__main__": Row(12),
}
FLOORS_WITH_MUTUAL_IMPORTS = (1, 3)
LAZY = {
    "__init__": {"api", "errors", "model", "store", "version"}
}  # the public names of the package, mostly imported on first use

FILES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py"))
every_file = pytest.mark.parametrize("file", FILES)


def part_of(module: str) -> str:
    """Return the row of a module: `render` for `render/figures/curves`, but `book/plain_loop` for itself."""
    return module if module in TABLE else module.split("/")[0]


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and full name of every import, also within functions and under TYPE_CHECKING."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            names = [f"{module}.{alias.name}" for alias in node.names]
            yield from ((node.lineno, name) for name in (names if module == "nncli" else [module]))


def import_error(part: str, name: str) -> str | None:
    """Return why a part may not import a name, or None if it may."""
    package, _, rest = name.partition(".")
    if package in sys.stdlib_module_names:
        return None
    if not package:
        return "is relative: use the full name"
    if package != "nncli":
        return None if part in TABLE and package in TABLE[part].packages.split() else "is not among its packages"
    other = part_of(rest.replace(".", "/"))
    if part in LAZY:
        return None if other in LAZY[part] else "is not for the package itself"
    if other not in TABLE:
        return "is not in the table"
    floor, other_floor = TABLE[part].floor, TABLE[other].floor
    if part == other or other_floor < floor or (floor == other_floor and floor in FLOORS_WITH_MUTUAL_IMPORTS):
        return None
    return f"is on floor {other_floor}, not below its own, {floor}"


def import_errors(file: str, source: str) -> list[str]:
    """Return every forbidden import of a file."""
    part = part_of(file.removesuffix(".py"))
    if part not in TABLE and part not in LAZY:
        return [f"nncli/{file}: {part} is not in the table: give it a floor and its packages in {__file__}"]
    errors = [(line, name, import_error(part, name)) for line, name in imports(ast.parse(source))]
    return [f"nncli/{file}:{line}: {name} {message}" for line, name, message in errors if message]


@every_file
def test_imports_follow_the_table(file):
    errors = import_errors(file, (ROOT / file).read_text(encoding="utf-8"))
    assert not errors, "\n".join(["", *errors])


def test_table_has_every_part():
    parts = {part_of(file.removesuffix(".py").removesuffix("/__init__")) for file in FILES}
    assert parts - set(LAZY) == set(TABLE)


@pytest.mark.parametrize(
    ("file", "source", "message"),
    [
        ("nn/x.py", "from nncli import config", "nncli.config is on floor 4, not below its own, 2"),
        ("nn/layers/x.py", "import nncli.data.data", "nncli.data.data is on floor 2"),
        (
            "data/x.py",
            "if TYPE_CHECKING:\n    from nncli.nn.engine.ops import Ops",
            "nncli.nn.engine.ops is on floor 2",
        ),
        ("store/x.py", "def f():\n    from nncli import training", "nncli.training is on floor 4"),
        ("nn/x.py", "import pydantic", "pydantic is not among its packages"),
        ("training/x.py", "from rich.console import Console", "rich.console is not among its packages"),
        ("render/x.py", "import typer", "typer is not among its packages"),
        ("book/plain_loop.py", "from nncli.errors import NncliError", "nncli.errors is on floor 1"),
        ("nn/x.py", "from . import ops", ". is relative"),
        ("nn/x.py", "from nncli import unheard_of", "nncli.unheard_of is not in the table"),
        ("store/x.py", "from nncli import __version__", "nncli.__version__ is not in the table"),
        ("store/x.py", "import nncli", "nncli is not in the table"),
        ("__init__.py", "from nncli import config", "nncli.config is not for the package itself"),
        ("unheard_of/x.py", "", "unheard_of is not in the table: give it a floor"),
    ],
)
def test_forbidden_import_is_found(file, source, message):
    assert message in "".join(import_errors(file, source))


@pytest.mark.parametrize(
    ("file", "source"),
    [
        (
            "nn/layers/x.py",
            "import math\nimport numpy as np\nfrom nncli.nn.network import Link\nfrom nncli import registry",
        ),
        ("events.py", "from nncli.experiment import Experiment"),
        ("cli/x.py", "from nncli import render, trials, version\nfrom nncli.cli.app import app\nimport typer"),
        ("__init__.py", "from nncli.api import Model"),
    ],
)
def test_allowed_import_is_accepted(file, source):
    assert import_errors(file, source) == []


BY_NAME = {"nncli.cli.lazy_group": "nncli.cli.commands."}  # imports every module with this prefix by import_module


def module_of(file: str) -> str:
    """Return the full name of a module: `nncli.nn.layers` for `nn/layers/__init__.py`."""
    return ".".join(("nncli", *Path(file).with_suffix("").parts)).removesuffix(".__init__")


def import_graph(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """Return the modules that each module imports, also within functions and under TYPE_CHECKING.

    Importing `nncli.config.fields` does not count as importing `nncli.config`, although Python runs that first:
    otherwise no package could re-export names of its modules.
    """
    graph: dict[str, set[str]] = {}
    for module, source in sources.items():
        names = {name for name in sources if module in BY_NAME and name.startswith(BY_NAME[module])}
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                package = node.module or ""
                full = [f"{package}.{alias.name}" for alias in node.names]
                names |= {name if name in sources else package for name in full}
        graph[module] = names & sources.keys()
    return graph


def cycle(graph: Mapping[str, set[str]]) -> list[str]:
    """Return the modules of an import cycle, with the first one repeated at the end; empty if there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_there_are_no_import_cycles():
    graph = import_graph({module_of(file): (ROOT / file).read_text(encoding="utf-8") for file in FILES})
    assert len(graph) == len(FILES)
    assert graph["nncli.cli.lazy_group"] >= {"nncli.cli.commands.train", "nncli.cli.exit_code"}
    assert cycle(graph) == []


@pytest.mark.parametrize(
    "source",
    [
        "import nncli.a",
        "from nncli import d, a",
        "from nncli.a import f",
        "if TYPE_CHECKING:\n    from nncli.a import f",
        "def g():\n    from nncli.a import f",
        "import nncli.c",
        "from nncli import f",
    ],
)
def test_cycle_is_found(source):
    others = {"nncli": "from nncli.a import f", "nncli.a": "from nncli import b, d", "nncli.c": "import nncli.a"}
    graph = import_graph({**others, "nncli.b": source, "nncli.d": ""})
    assert {"nncli.a", "nncli.b"} <= set(cycle(graph))
    assert cycle(import_graph({**others, "nncli.b": "import nncli.d", "nncli.d": ""})) == []


def test_cycle_through_a_command_is_found():
    app, command = "from nncli.cli.lazy_group import load", "from nncli.cli.app import app"
    sources = {"nncli.cli.app": app, "nncli.cli.lazy_group": "", "nncli.cli.commands.x": command}
    assert len(cycle(import_graph(sources))) == 4


def lengths_of_functions(source: str) -> list[tuple[str, int]]:
    """Return the functions and methods of a file with their numbers of lines, without decorators."""
    return [
        (node.name, (node.end_lineno or 0) - node.lineno + 1)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


@every_file
def test_files_and_functions_are_short(file):
    source = (ROOT / file).read_text(encoding="utf-8")
    assert len(source.splitlines()) <= LONGER_FILES.get(file, MAX_FILE_LENGTH)
    lengths = lengths_of_functions(source)
    assert {
        name: length for name, length in lengths if length > LONGER_FUNCTIONS.get((file, name), MAX_FUNCTION_LENGTH)
    } == {}


def test_exceptions_from_the_limits_are_needed():
    lines = {file: len((ROOT / file).read_text(encoding="utf-8").splitlines()) for file in LONGER_FILES}
    assert {file for file, count in lines.items() if count <= MAX_FILE_LENGTH} == set()
    for file, name in LONGER_FUNCTIONS:
        lengths = lengths_of_functions((ROOT / file).read_text(encoding="utf-8"))
        assert max(length for each, length in lengths if each == name) > MAX_FUNCTION_LENGTH


def network_trees() -> list[tuple[str, ast.Module]]:
    paths = sorted([*ROOT.glob("nn/**/*.py"), *ROOT.glob("data/**/*.py")])
    return [(path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))) for path in paths]


def test_network_classes_are_abstract_or_final():
    """A base class in nncli is abstract (ABC) and has no base class in nncli: inheritance is one level deep."""
    classes = [node for _, tree in network_trees() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    bases = {node.name: [ast.unparse(base) for base in node.bases] for node in classes}
    assert len(bases) == len(classes) > 20, "two classes of one name"
    inherited = {base for names in bases.values() for base in names if base in bases}
    assert inherited >= {"Layer", "Activation", "Loss"}
    assert {name: bases[name] for name in inherited if bases[name] != ["ABC"]} == {}


def test_network_code_uses_no_hasattr_or_constant_getattr():
    """The class of an object defines its attributes, so no hasattr and no getattr with a constant name."""
    errors = []
    for file, tree in network_trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                by_name = len(node.args) > 1 and isinstance(node.args[1], ast.Constant)
                if node.func.id == "hasattr" or (node.func.id == "getattr" and by_name):
                    errors.append(f"{file}:{node.lineno}")
    assert errors == []
