"""Faults planted in the planner: each must make a handwritten or a random program replay wrongly."""

from __future__ import annotations

import importlib
import random
import sys
from pathlib import Path
from typing import Any

import pytest

from nncli.nn.engine import plan as planner
from tests.nn.engine.handwritten_programs import HANDWRITTEN
from tests.nn.engine.random_programs import BINARY, UNARY, VIEWS, run
from tests.nn.engine.test_plan import assert_replays_exactly

ENGINE = Path(planner.__file__).parent
MODULES = ("arena", "arrays", "casts", "layout", "plan", "prune")
FAULTS = {
    # Pruning.
    "draws are treated as constants": ("prune", 'call.kind == "draw" or any(_changes', "any(_changes"),
    "arrays that change between steps are treated as constants": ("prune", "view.buffer.changes or ", ""),
    "writes into changing arrays are made only once": (
        "prune",
        "for out in call.out)) for call in calls]",
        "for out in call.reads)) for call in calls]",
    ),
    "draws that are never read are removed": ("prune", 'call.kind == "draw" or any(out', "any(out"),
    "stores into outside arrays are removed": ("prune", "out.buffer.owner is not None or ", ""),
    "results are removed": (
        "prune",
        "{result.buffer for result in program.results if isinstance(result, View)}",
        "set()",
    ),
    # Casts.
    "casts of different arrays are merged": ("casts", "earlier[1] == source and ", ""),
    "casts are merged although their source has changed": ("casts", "            del last[size]", "            pass"),
    "casts are merged although one is changed later": ("casts", "call.out[0].buffer in written_once", "True"),
    "casts of different layouts are merged": ("casts", " and earlier[0][1:] == target[1:]", ""),
    "a cast replaces a result that others read": ("casts", "if uses[buffer] == 1}", "}"),
    "a cast is moved before a read of its target": ("casts", " and not _is_used(cast.out[0], calls[k + 1 : i])", ""),
    "a cast overwrites an argument before it is read": ("casts", "view != target and view.overlaps(target)", "False"),
    "a rounding is skipped": ("casts", "loop_dtypes(call.function, call.args)[-1] == source.dtype", "True"),
    # Direct stores.
    "a store is moved before a read of its target": (
        "layout",
        "            return False\n        return True",
        "            continue\n        return True",
    ),
    "entries that are not stored are overwritten": (
        "layout",
        "stop - start != view.dtype.itemsize * math.prod(view.shape)",
        "False",
    ),
    "a part stored twice is counted twice": ("layout", "start != end or ", ""),
    "a part of a result overwrites its neighbour": ("layout", "return end == size", "return end > 0"),
    "a result that changes after its store is stored directly": (
        "layout",
        "layout.last_write[buffer] < indexes[0] and ",
        "",
    ),
    "a reversed argument is read in place": ("layout", "same == access.view and start == offset", "start >= offset"),
    # In place.
    "an argument that is read later is overwritten": ("layout", " or layout.last_use.get(buffer) != index", ""),
    "an argument of another layout is overwritten": ("layout", "view[1:] != out[1:] or ", ""),
    "an argument that is read twice is overwritten": ("layout", "any(other != view for other", "any(False for other"),
    "a chain overwrites state that is still read": (
        "layout",
        "root.owner is None or layout.is_free(buffer, root, offset, index, ignored=out.buffer)",
        "True",
    ),
    # Memory.
    "memory of results is reused": ("layout", "self.last_use[result.buffer] = NEVER", "pass"),
    "memory is freed by the call that reads it last": ("arena", "range(done, begin)", "range(done, begin + 1)"),
    "memory is freed too early": ("arena", "layout.last_use[buffer], last_use.get(root, 0)", "begin, begin"),
    "pieces of memory overlap": ("arena", "self.size = start + size", "self.size = start + size // 2"),
    # Numbers.
    "zeros lose their sign": ("arrays", "str(value), ", ""),
    "numbers share a dtype": ("arrays", "str(value), dtype, count", "str(value), count"),
}


def faulty_planner(folder: Path, name: str, module: str, code: str, fault: str) -> Any:
    """Return `plan` from a copy of the planner's modules, one of them with a fault."""
    package = folder / name
    package.mkdir()
    (package / "__init__.py").touch()
    for copied in MODULES:
        source = (ENGINE / f"{copied}.py").read_text(encoding="utf-8")
        if copied == module:
            assert source.count(code) == 1, f"{module}.py must contain this exactly once: {code}"
            source = source.replace(code, fault)
        for other in MODULES:
            source = source.replace(f"nncli.nn.engine.{other} import", f"{name}.{other} import")
        (package / f"{copied}.py").write_text(source, encoding="utf-8")
    return importlib.import_module(f"{name}.plan").plan


def random_programs() -> list[Any]:
    """Return a hundred random programs, the same every time."""
    choose = random.Random(0)

    def place() -> tuple[int, int]:
        return choose.randrange(10), choose.randrange(len(VIEWS))

    def instruction() -> Any:
        return choose.choice(
            [
                ("unary", choose.randrange(len(UNARY)), place()),
                ("binary", choose.randrange(len(BINARY)), place(), place()),
                ("cast", place()),
                ("write", choose.randrange(4), choose.randrange(10), place()),
                ("in place", choose.randrange(4), choose.randrange(10), place()),
            ]
        )

    return [[instruction() for _ in range(choose.randrange(3, 12))] for _ in range(100)]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("fault", FAULTS)
def test_fault_in_the_planner_is_caught(fault, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    name = f"planner_{list(FAULTS).index(fault)}"
    plan = faulty_planner(tmp_path, name, *FAULTS[fault])
    caught = [program.__name__ for program in HANDWRITTEN.values() if is_caught(plan, program)]
    if not caught:
        caught = ["random" for i in random_programs() if is_caught(plan, lambda inputs, i=i: run(i, inputs))]
    for module in [module for module in sys.modules if module.partition(".")[0] == name]:
        del sys.modules[module]
    assert caught


def is_caught(plan: Any, program: Any) -> bool:
    """Return whether planning a program fails or its replay differs."""
    try:
        assert_replays_exactly(program, plan=plan)
    except (AssertionError, IndexError, KeyError, ValueError, TypeError):
        return True
    return False
