"""Plants a wrong sign or factor in each derivative in turn, and tells whether the gradient tests notice.

    python tools/plant_mutants.py [-v]

A derivative is what a component returns with its forward pass: each function `backward`, each lambda, and the helpers
named below, in the activations, losses and layers of `nncli/nn`. In a copy of the code, one place at a time, a value is
negated or doubled, a sum is made a difference, a product a quotient, a comparison turned round, or a number changed;
then `tests/contracts/test_gradients.py` runs on it. Exit code 1 where a mutant survives or merely crashes, where a
registered component has fewer than two, or where the tests fail on the code as it is.
"""

from __future__ import annotations

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
FILES = [
    *("nn/activations.py", "nn/rectifiers.py", "nn/losses.py", "nn/crossentropies.py"),
    *(f"nn/layers/{path.name}" for path in ROOT.glob("nncli/nn/layers/*.py")),
]
TESTS = "tests/contracts/test_gradients.py"
PLUGINS = ("no:cacheprovider", "no:hypothesispytest", "no:xdist")  # what only takes time here
OPTIONS = ["-x", "--tb=line", "-W", "ignore::RuntimeWarning", *(f"-p{plugin}" for plugin in PLUGINS)]
HELPERS = {"_add_slope": "Dense"}  # derivatives outside a class, and whose they are
SWAPS = {
    "np.add": "np.subtract",
    "np.subtract": "np.add",
    "np.multiply": "np.divide",
    "np.divide": "np.multiply",
    "np.negative": "np.positive",
    "np.square": "np.positive",
    "np.sign": "np.positive",
    "np.equal": "np.not_equal",
    "np.greater": "np.less",
    "np.greater_equal": "np.less",
    "np.less": "np.greater",
}
NOT_NUMBERS = (
    "np.copyto",
    "np.result_type",
    "ops.empty",
    "ops.reuse",
    "ops.zeros",
    "ops.full",
    "ops.counting",
    "np.equal",
    "np.greater",
    "np.greater_equal",
    "np.less",
)
OPERATORS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
PLANTED = """

def _negated(value):
    return None if value is None else np.negative(value, out=value)


def _doubled(value):
    return None if value is None else np.multiply(value, 2, out=value)
"""


class Mutant(NamedTuple):
    """One change: a node of a file, by its place, and the text to stand there."""

    file: str
    owner: str  # the class whose derivative it is
    line: int
    start: int
    end: int
    before: str
    after: str


def derivatives(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """The code of each derivative, with its owner."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in HELPERS:
            yield HELPERS[node.name], node
        if isinstance(node, ast.ClassDef):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Lambda) or (isinstance(inner, ast.FunctionDef) and inner.name == "backward"):
                    yield node.name, inner


def changes(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Every node of a derivative that can be made wrong, with what makes it so."""
    returned = node.body if isinstance(node, ast.Lambda) else None
    for inner in ast.walk(node):
        if isinstance(inner, ast.Return) and inner.value is not None and ast.unparse(inner.value) != "None":
            returned = inner.value
        if isinstance(inner, ast.Call):
            yield from changes_of_call(inner)
        if isinstance(inner, ast.BinOp | ast.AugAssign) and type(inner.op) in OPERATORS:
            swapped = ast.parse(ast.unparse(inner)).body[0]
            target = swapped.value if isinstance(swapped, ast.Expr) else swapped
            target.op = OPERATORS[type(inner.op)]()
            yield inner, ast.unparse(swapped)
        if isinstance(inner, ast.AugAssign) and isinstance(inner.value, ast.Constant):
            yield inner.value, f"{inner.value.value} * 2"
        if returned is not None:
            for wrapper in ("_negated", "_doubled"):
                yield returned, f"{wrapper}({ast.unparse(returned)})"
            returned = None


def changes_of_call(call: ast.Call) -> Iterator[tuple[ast.AST, str]]:
    """Another function, another number, or its result negated or doubled."""
    name = ast.unparse(call.func)
    if name in SWAPS:
        yield call.func, SWAPS[name]
    for argument in call.args:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, int | float) and name.startswith("np."):
            yield argument, f"({argument.value} * 2 + 1)"
        if isinstance(argument, ast.UnaryOp) and isinstance(argument.op, ast.USub) and name.startswith("np."):
            yield argument, ast.unparse(argument.operand)
    if name.startswith(("np.", "ops.")) and name not in NOT_NUMBERS:
        for wrapper in ("_negated", "_doubled"):
            yield call, f"{wrapper}({ast.unparse(call)})"


def mutants_of(file: str) -> Iterator[Mutant]:
    """Every mutant of a file, each place and text once."""
    source = (ROOT / "nncli" / file).read_text(encoding="utf-8")
    lines = source.encode().splitlines(keepends=True)
    offsets = [sum(map(len, lines[:i])) for i in range(len(lines))]
    seen = set()
    for owner, derivative in derivatives(ast.parse(source)):
        for node, after in changes(derivative):
            start = offsets[node.lineno - 1] + node.col_offset
            end = offsets[node.end_lineno - 1] + node.end_col_offset
            before = ast.get_source_segment(source, node)
            if (start, end, after) not in seen and ast.unparse(ast.parse(before or "")) != after:
                seen.add((start, end, after))
                yield Mutant(file, owner, node.lineno, start, end, before, after)


def tried(mutant: Mutant | None) -> str:
    """What the gradient tests make of a copy of the code with the mutant in it."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        for name in ("nncli", "tests/contracts"):
            shutil.copytree(ROOT / name, Path(folder, name), ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "tests/__init__.py"):
            shutil.copy(ROOT / name, Path(folder, name))
        if mutant is not None:
            path = Path(folder, "nncli", mutant.file)
            source = path.read_bytes()
            assert source[mutant.start : mutant.end].decode() == mutant.before, "the code changes while it is tested"
            path.write_bytes(source[: mutant.start] + mutant.after.encode() + source[mutant.end :] + PLANTED.encode())
        command = [sys.executable, "-m", "pytest", *OPTIONS, TESTS]
        environment = os.environ | {"PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode == 0:
        return "SURVIVED"
    return "killed" if done.returncode == 1 and "AssertionError" in done.stdout else "CRASHED"


def components() -> set[str]:
    """The classes whose derivatives there must be."""
    sys.path.insert(0, str(ROOT))
    import nncli.nn  # noqa: F401  fills the registry
    from nncli import registry

    return {cls.__name__ for kind in ("layer", "activation", "loss") for cls in registry.components(kind)}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("-v", "--verbose", action="store_true", help="show every mutant")
    verbose = parser.parse_args().verbose
    mutants = [mutant for file in FILES for mutant in mutants_of(file)]
    counts = Counter(mutant.owner for mutant in mutants)
    missing = sorted(name for name in components() if counts[name] < 2)
    if missing or tried(None) != "SURVIVED":
        print(f"fewer than two mutants of: {', '.join(missing)}" if missing else "the tests fail without a mutant")
        return 1
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        verdicts = list(pool.map(tried, mutants))
    killed = Counter(mutant.owner for mutant, verdict in zip(mutants, verdicts, strict=True) if verdict == "killed")
    for mutant, verdict in zip(mutants, verdicts, strict=True):
        if verbose or verdict != "killed":
            print(f"{verdict:8} nncli/{mutant.file}:{mutant.line} {mutant.owner}: {mutant.before} -> {mutant.after}")
    print(f"\n{'derivative of':26}{'mutants':>8}{'killed':>8}")
    for owner, count in sorted(counts.items()):
        print(f"{owner:26}{count:8}{killed[owner]:8}")
    print(f"{'all':26}{len(mutants):8}{killed.total():8}")
    return 0 if killed.total() == len(mutants) else 1


if __name__ == "__main__":
    sys.exit(main())
