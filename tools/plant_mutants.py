"""Plant an error in each derivative in turn, and report whether the gradient tests catch it.

    python tools/plant_mutants.py [-v] [FILE ...]

A derivative is the function `backward` or the lambda that a component returns besides its output, together with the
values that only this function reads and the functions in HELPERS. Derivatives come from the activations, losses and
layers of `nncli/nn` and from `ops.affine`. Each mutant is a copy of the code with one change: a value negated or
doubled, a sum turned into a difference, a product into a quotient, a power into a product, a comparison reversed, a
function replaced, or a number changed. `tests/contracts/test_gradients.py` then runs on the copy. The exit code is 1 if
a mutant survives or only crashes, if a registered component has fewer than two mutants, or if the tests fail on the
unchanged code.
"""

from __future__ import annotations

import argparse
import ast
import copy
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
FOLDERS = ("activations", "losses", "layers")
FILES = [
    *(str(path.relative_to(ROOT / "nncli")) for name in FOLDERS for path in sorted(ROOT.glob(f"nncli/nn/{name}/*.py"))),
    "nn/engine/ops.py",
]
TESTS = "tests/contracts/test_gradients.py"
PLUGINS = ("no:cacheprovider", "no:hypothesispytest", "no:xdist")  # plugins that only cost time here
OPTIONS = ["-x", "--tb=line", "-W", "ignore::RuntimeWarning", *(f"-p{plugin}" for plugin in PLUGINS)]
HELPERS = {"mean_gradient", "_add_gradient"}  # whole functions that are derivatives
OPERATORS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult}
COMPARISONS = {ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Gt: ast.Lt, ast.GtE: ast.Lt, ast.Lt: ast.Gt, ast.LtE: ast.Gt}
FUNCTIONS = {
    "np.maximum": "np.minimum",
    "np.minimum": "np.maximum",
    "np.exp": "np.expm1",
    "np.expm1": "np.exp",
    "np.log": "np.log1p",
    "np.sqrt": "np.square",
    "np.square": "np.positive",
    "np.abs": "np.positive",
    "np.sign": "np.positive",
    "np.tanh": "np.positive",
}
EQUIVALENT = {"(l1 / sign)": "sign is 1 or -1"}
PLANTED = """

def _negated(value):
    return {name: -item for name, item in value.items()} if isinstance(value, dict) else -value


def _doubled(value):
    return {name: 2 * item for name, item in value.items()} if isinstance(value, dict) else 2 * value
"""


class Mutant(NamedTuple):
    """One change: a node of a file, by its position, and its replacement."""

    file: str
    owner: str  # the class whose derivative is changed
    line: int
    start: int
    end: int
    before: str
    after: str


def derivatives(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Yield the code of each derivative with its owner: a class, or a function that classes in other files call."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            for method in (inner for inner in node.body if isinstance(inner, ast.FunctionDef)):
                yield from ((node.name, derivative) for derivative in derivatives_within(method))
        elif isinstance(node, ast.FunctionDef):
            callers = [cls.name for cls in classes if f"{node.name}(" in ast.unparse(cls)]
            owner = callers[0] if callers else node.name
            own = [node] if node.name in HELPERS else derivatives_within(node)
            yield from ((owner, derivative) for derivative in own)


def derivatives_within(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """Yield the backward passes that a function returns, and the values that only they read."""
    returned = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
    parts = [part for value in returned for part in (value.elts if isinstance(value, ast.Tuple) else [value])]
    passes: list[ast.AST] = [part for part in parts if isinstance(part, ast.Lambda)]
    passes += [inner for inner in function.body if isinstance(inner, ast.FunctionDef) and inner.name == "backward"]
    yield from passes
    inside = {id(node) for derivative in passes for node in ast.walk(derivative)}
    outside = {node.id for node in ast.walk(function) if is_read(node) and id(node) not in inside}
    read = {node.id for derivative in passes for node in ast.walk(derivative) if is_read(node)}
    for statement in function.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) in read - outside:
            yield statement.value


def is_read(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)


def changes(derivative: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Yield each node of a derivative that can be made wrong, with its wrong replacement."""
    if isinstance(derivative, ast.Lambda):
        yield from changes_of_value(derivative.body)
    conditions = [node.test for node in ast.walk(derivative) if isinstance(node, ast.If | ast.IfExp)]
    in_conditions = {id(node) for test in conditions for node in ast.walk(test)}
    indices = {id(i) for node in ast.walk(derivative) if isinstance(node, ast.Subscript) for i in ast.walk(node.slice)}
    for node in (node for node in ast.walk(derivative) if id(node) not in indices):
        if isinstance(node, ast.Return) and node.value is not None:
            yield from changes_of_value(node.value)
        if isinstance(node, ast.AugAssign):
            yield from changes_of_value(node.value)
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("np.", "ops.")):
            yield from changes_of_value(node)
        if isinstance(node, ast.Call) and (name := ast.unparse(node.func)) in FUNCTIONS:
            yield node.func, FUNCTIONS[name]
        if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in OPERATORS:
            yield node, with_operator(node, OPERATORS[type(node.op)]())
        if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
            yield node, with_operator(node, COMPARISONS[type(node.ops[0])]())
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            yield node, f"({ast.unparse(node.operand)})"
        if id(node) not in in_conditions:
            yield from ((number, f"({number.value} * 2 + 1)") for number in numbers_of(node))


def changes_of_value(value: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Yield replacements that negate or double a value, or each value of a tuple or dictionary."""
    if isinstance(value, ast.Tuple | ast.Dict):
        for item in value.elts if isinstance(value, ast.Tuple) else value.values:
            yield from changes_of_value(item)
    elif not isinstance(value, ast.Lambda | ast.IfExp):
        for wrapper in ("_negated", "_doubled"):
            yield value, f"{wrapper}({ast.unparse(value)})"
    elif isinstance(value, ast.IfExp):
        yield from changes_of_value(value.body)
        yield from changes_of_value(value.orelse)


def with_operator(node: ast.AST, operator: ast.AST) -> str:
    """Return the code of an operation with another operator."""
    changed = copy.copy(node)
    if isinstance(changed, ast.Compare):
        changed.ops = [operator]
    else:
        changed.op = operator
    code = ast.unparse(changed)
    return code if isinstance(node, ast.AugAssign) else f"({code})"


def numbers_of(node: ast.AST) -> list[ast.Constant]:
    """Return the numbers among the operands of an operation or a function."""
    operands: list[ast.AST] = []
    if isinstance(node, ast.BinOp):
        operands = [node.left, node.right]
    elif isinstance(node, ast.Compare):
        operands = node.comparators
    elif isinstance(node, ast.AugAssign):
        operands = [node.value]
    elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("np."):
        operands = [*node.args]
    elif isinstance(node, ast.Call):
        operands = [keyword.value for keyword in node.keywords if keyword.arg == "factor"]
    plain = [operand.operand if isinstance(operand, ast.UnaryOp) else operand for operand in operands]
    return [node for node in plain if isinstance(node, ast.Constant) and type(node.value) in (int, float)]


def mutants_of(file: str) -> Iterator[Mutant]:
    """Yield the mutants of a file, each position and replacement once."""
    source = (ROOT / "nncli" / file).read_text(encoding="utf-8")
    lines = source.encode().splitlines(keepends=True)
    offsets = [sum(map(len, lines[:i])) for i in range(len(lines))]
    seen = set()
    for owner, derivative in derivatives(ast.parse(source)):
        for node, after in changes(derivative):
            start = offsets[node.lineno - 1] + node.col_offset
            end = offsets[node.end_lineno - 1] + node.end_col_offset
            before = ast.get_source_segment(source, node)
            if (start, end, after) not in seen and after not in EQUIVALENT:
                seen.add((start, end, after))
                yield Mutant(file, owner, node.lineno, start, end, before, after)


def verdict_on(mutant: Mutant | None) -> str:
    """Run the gradient tests on a copy of the code with the mutant; return killed, SURVIVED or CRASHED."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        for name in ("nncli", "tests/contracts"):
            shutil.copytree(ROOT / name, Path(folder, name), ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "tests/__init__.py"):
            shutil.copy(ROOT / name, Path(folder, name))
        if mutant is not None:
            path = Path(folder, "nncli", mutant.file)
            source = path.read_bytes()
            assert source[mutant.start : mutant.end].decode() == mutant.before, "the code has changed since it was read"
            path.write_bytes(source[: mutant.start] + mutant.after.encode() + source[mutant.end :] + PLANTED.encode())
        command = [sys.executable, "-m", "pytest", *OPTIONS, TESTS]
        environment = os.environ | {"PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode == 0:
        return "SURVIVED"
    return "killed" if done.returncode == 1 and "AssertionError" in done.stdout else "CRASHED"


def components() -> set[str]:
    """Return the names of the classes that must have derivatives."""
    sys.path.insert(0, str(ROOT))
    import nncli.nn  # noqa: F401  fills the registry
    from nncli import registry

    return {cls.__name__ for kind in ("layer", "activation", "loss") for cls in registry.components(kind)}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("-v", "--verbose", action="store_true", help="show every mutant")
    parser.add_argument("file", nargs="*", help="only files whose path contains this, such as layers/")
    arguments = parser.parse_args()
    mutants = [mutant for file in FILES for mutant in mutants_of(file)]
    counts = Counter(mutant.owner for mutant in mutants)
    missing = sorted(name for name in components() if counts[name] < 2)
    if missing or verdict_on(None) != "SURVIVED":
        print(f"fewer than two mutants of: {', '.join(missing)}" if missing else "the tests fail without a mutant")
        return 1
    if arguments.file:
        mutants = [mutant for mutant in mutants if any(part in mutant.file for part in arguments.file)]
        counts = Counter(mutant.owner for mutant in mutants)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        verdicts = list(pool.map(verdict_on, mutants))
    killed = Counter(mutant.owner for mutant, verdict in zip(mutants, verdicts, strict=True) if verdict == "killed")
    for mutant, verdict in zip(mutants, verdicts, strict=True):
        if arguments.verbose or verdict != "killed":
            print(f"{verdict:8} nncli/{mutant.file}:{mutant.line} {mutant.owner}: {mutant.before} -> {mutant.after}")
    print(f"\n{'derivative of':26}{'mutants':>8}{'killed':>8}")
    for owner, count in sorted(counts.items()):
        print(f"{owner:26}{count:8}{killed[owner]:8}")
    print(f"{'all':26}{len(mutants):8}{killed.total():8}")
    return 0 if killed.total() == len(mutants) else 1


if __name__ == "__main__":
    sys.exit(main())
