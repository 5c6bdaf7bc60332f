"""Faults planted in the planner: each must make a written program or one of some random ones replay wrongly."""

from __future__ import annotations

import importlib
import random
import sys
from pathlib import Path
from typing import Any

import pytest

from nncli.nn.engine import plan as planner
from tests.nn.engine.handwritten_programs import WRITTEN
from tests.nn.engine.random_programs import BINARY, UNARY, VIEWS, run
from tests.nn.engine.test_plan import assert_replays_exactly

ENGINE = Path(planner.__file__).parent
COPIED = ("arena", "arrays", "casts", "layout", "plan", "prune")
FAULTS = {
    # What is left out.
    "drawing is taken for a constant": ("prune", 'call.kind == "draw" or any(_changes', "any(_changes"),
    "what changes between steps is taken for a constant": ("prune", "view.buffer.changes or ", ""),
    "writing into what changes is done once": (
        "prune",
        "for out in call.out) for call in calls]",
        "for out in call.reads) for call in calls]",
    ),
    "unread numbers are not drawn": ("prune", 'call.kind == "draw" or any(out', "any(out"),
    "stores into arrays from outside are dropped": ("prune", "out.buffer.owner is not None or ", ""),
    "results are dropped": (
        "prune",
        "{result.buffer for result in program.results if isinstance(result, View)}",
        "set()",
    ),
    # Casts.
    "casts of other arrays are merged": ("casts", "earlier[1] == source and ", ""),
    "casts of what was changed are merged": ("casts", "            del last[size]", "            pass"),
    "casts that are changed later are merged": ("casts", "call.out[0].buffer in written_once", "True"),
    "casts of another layout are merged": ("casts", " and earlier[0][1:] == target[1:]", ""),
    "a cast hides what others read": ("casts", "if uses[buffer] == 1}", "}"),
    "a cast overtakes what reads its target": ("casts", " and not _is_used(cast.out[0], calls[k + 1 : i])", ""),
    "a cast overtakes its own argument": ("casts", "view != target and view.overlaps(target)", "False"),
    "a rounding is skipped": ("casts", "loop_dtypes(call.function, call.args)[-1] == source.dtype", "True"),
    # Direct stores.
    "a store overtakes what reads its target": (
        "layout",
        "            return False\n        return True",
        "            continue\n        return True",
    ),
    "entries that are not stored are written over": (
        "layout",
        "stop - start != view.dtype.itemsize * math.prod(view.shape)",
        "False",
    ),
    "a part stored twice counts twice": ("layout", "start != end or ", ""),
    "a part of a result takes its neighbour's place": ("layout", "return end == size", "return end > 0"),
    "a result that is changed after its store lies there": (
        "layout",
        "layout.last_write[buffer] < indexes[0] and ",
        "",
    ),
    "what is read in place may be reversed": ("layout", "same == access.view and start == offset", "start >= offset"),
    # In place.
    "an argument that is read later is overwritten": ("layout", " or layout.last_use.get(buffer) != index", ""),
    "an argument of another layout is overwritten": ("layout", "view[1:] != out[1:] or ", ""),
    "an argument that is read twice is overwritten": ("layout", "any(other != view for other", "any(False for other"),
    "a chain runs into its old state": (
        "layout",
        "root.owner is None or layout.is_free(buffer, root, offset, index, ignored=out.buffer)",
        "True",
    ),
    # Memory.
    "results are given away": ("layout", "self.last_use[result.buffer] = NEVER", "pass"),
    "memory is given away with the last reading": ("arena", "range(done, begin)", "range(done, begin + 1)"),
    "memory is given away too early": ("arena", "layout.last_use[buffer], last_use.get(root, 0)", "begin, begin"),
    "pieces of memory overlap": ("arena", "self.size = start + size", "self.size = start + size // 2"),
    # Numbers.
    "zeros lose their sign": ("arrays", "str(value), ", ""),
    "numbers share a dtype": ("arrays", "str(value), dtype, count", "str(value), count"),
}


def faulty_planner(folder: Path, name: str, module: str, code: str, fault: str) -> Any:
    """The planner's `plan` from a copy of its modules, one of them with a fault."""
    package = folder / name
    package.mkdir()
    (package / "__init__.py").touch()
    for each in COPIED:
        source = (ENGINE / f"{each}.py").read_text(encoding="utf-8")
        if each == module:
            assert source.count(code) == 1, f"{module}.py no longer has this once: {code}"
            source = source.replace(code, fault)
        for other in COPIED:
            source = source.replace(f"nncli.nn.engine.{other} import", f"{name}.{other} import")
        (package / f"{each}.py").write_text(source, encoding="utf-8")
    return importlib.import_module(f"{name}.plan").plan


def some_random_programs() -> list[Any]:
    """The same few programs every time."""
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
def test_a_fault_in_the_planner_is_caught(fault, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    name = f"planner_{list(FAULTS).index(fault)}"
    plan = faulty_planner(tmp_path, name, *FAULTS[fault])
    caught = [program.__name__ for program in WRITTEN.values() if is_caught(plan, program)]
    if not caught:
        caught = ["random" for i in some_random_programs() if is_caught(plan, lambda given, i=i: run(i, given))]
    for module in [module for module in sys.modules if module.partition(".")[0] == name]:
        del sys.modules[module]
    assert caught


def is_caught(plan: Any, program: Any) -> bool:
    """Whether a replay differs, or cannot be planned at all."""
    try:
        assert_replays_exactly(program, plan=plan)
    except (AssertionError, IndexError, KeyError, ValueError, TypeError):
        return True
    return False
