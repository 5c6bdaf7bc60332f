"""Read the section `sweep` of an experiment file: the settings of a sweep, and its space with places for errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from nncli.config.extends import SWEEP, Tree
from nncli.config.fields import KeyPath, takes_list
from nncli.config.nodes import Entry, Node, kind, plain
from nncli.config.validate import error_at, spec_errors, validate
from nncli.errors import SpecErrors, UsageError
from nncli.search.domains import Choice, Range
from nncli.search.space import Space
from nncli.search.sweep import Sweep
from nncli.settings import join_path

DIGITS = 12  # significant digits of the points of a range, so that 0.1 to 0.3 in three has 0.2
EXAMPLE = "[0.01, 0.1] or {log_uniform: [1e-4, 1e-1]}"
RANGES = {"uniform": (False, False), "log_uniform": (True, False)}
RANGES |= {"int_uniform": (False, True), "log_int_uniform": (True, True)}
POINTS = {"linspace": False, "logspace": True}
DISTRIBUTIONS = (*RANGES, *POINTS)


def read_sweep(tree: Tree) -> tuple[Sweep, Space]:
    """Return the sweep of a tree and its space. Raises SpecErrors with every problem; UsageError without a sweep."""
    if tree.sweep is None:
        hint = "add a section `sweep`, or choices such as init.scale=0.01,0.1"
        raise UsageError("has nothing to vary", place=str(tree.source), hint=hint)
    node = tree.sweep
    root = Node({SWEEP: Entry(node.place, node)}, node.place)
    sweep, faults = validate(Sweep, plain(node), (SWEEP,))
    problems = list(spec_errors(root, faults).problems) if faults else []
    templates = _templates(node, problems)
    space = Space(templates)
    if not problems:
        problems = [error_at(root, *fault) for fault in _cross_check(sweep, space)]
    if problems:
        raise SpecErrors(problems)
    return sweep, space


def _cross_check(sweep: Sweep, space: Space) -> Iterator[tuple[KeyPath, str]]:
    """Yield what fits field by field, but not together."""
    if space.size is not None:
        return
    if sweep.sampler is not None and sweep.sampler.type == "grid":
        path = next(each.path for each in space.parameters() if isinstance(each.domain, Range))
        yield (SWEEP, "space", path), "a grid needs points: use linspace or logspace, or another sampler"
    elif sweep.trials is None:
        yield (SWEEP, "trials"), "is required, because the space has a range; 100 is a usual number"


def _templates(sweep: Node, problems: list[UsageError]) -> dict[str, Any]:
    """Return the template of each setting of the space; append what is wrong with them to `problems`."""
    entries = sweep.value["space"].node.value if isinstance(sweep.value, dict) and "space" in sweep.value else {}
    templates = dict[str, Any]()
    for path, entry in entries.items() if isinstance(entries, dict) else ():
        reader = _Reader(path, problems)
        if path == "seed":
            reader.report(entry.node, "cannot vary; `seeds` is the number of trainings of each trial")
        elif path.split(".")[0] in ("name", "extends", SWEEP):
            reader.report(entry.node, "cannot vary")
        else:
            templates[path] = reader.setting(entry.node, path)
    if entries == {} and not problems:
        problems.append(
            UsageError(f"{SWEEP}.space: needs a setting, such as init.scale: {EXAMPLE}", place=str(sweep.place))
        )
    return templates


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the template of one setting and collects what is wrong with it."""

    path: str
    problems: list[UsageError]

    def report(self, node: Node, message: str) -> None:
        at_argument = not node.place.line and node.place.source.startswith(f"{self.path}=")
        text = message if at_argument else f"{SWEEP}.space.{self.path}: {message}"
        self.problems.append(UsageError(text, place=str(node.place)))

    def setting(self, node: Node, path: str) -> Any:
        """Return the domain of a setting, or a template that contains one."""
        value = self.value(node, path)
        if isinstance(node.value, list) and not isinstance(value, Choice):
            self.report(node, f"{path} is a list, so its choices are a list of lists: [[...], [...]]")
        elif not _has_domain(value):
            fixed = "a fixed value belongs outside of `sweep`"
            self.report(node, f"must be a list of choices or a range, such as {EXAMPLE}, not {kind(node)}; {fixed}")
        return value

    def value(self, node: Node, path: str) -> Any:
        """Return the template of a value below a setting: choices, a range, or a mapping or list that contains them."""
        if isinstance(node.value, list):
            if takes_list(path) and not all(isinstance(item.value, list) for item in node.value):
                return [self.value(item, f"{path}.{number}") for number, item in enumerate(node.value)]
            if not node.value:
                self.report(node, "needs at least one choice")
            return Choice(tuple(self.option(item, path) for item in node.value))
        if isinstance(node.value, dict):
            return self.mapping(node.value, path)
        return plain(node)

    def option(self, node: Node, path: str) -> Any:
        """Return the template of one of several choices; a list is the value of a setting that is a list."""
        if isinstance(node.value, list):
            return [self.value(item, f"{path}.{number}") for number, item in enumerate(node.value)]
        return self.value(node, path)

    def mapping(self, entries: dict[str, Entry], path: str) -> Any:
        """Return a range, or the template of a mapping."""
        if len(entries) == 1 and (name := next(iter(entries))) in DISTRIBUTIONS:
            return self.distribution(name, entries[name].node)
        if unknown := [key for key in entries if key in DISTRIBUTIONS]:
            self.report(entries[unknown[0]].node, f"{unknown[0]} must be the only key of its mapping")
        return {key: self.value(entry.node, join_path(path, key)) for key, entry in entries.items()}

    def distribution(self, name: str, node: Node) -> Choice | Range:
        """Return the range or the points of a distribution."""
        numbers, points = plain(node), name in POINTS
        form = "[low, high, number of points]" if points else "[low, high]"
        if not isinstance(numbers, list) or len(numbers) != (3 if points else 2) or not all(map(_is_number, numbers)):
            self.report(node, f"{name} takes {form}")
            return Choice(())
        low, high = numbers[:2]
        logarithmic, whole = (POINTS[name], False) if points else RANGES[name]
        for wrong, message in (
            (not low < high, f"{name} needs a low end below its high end"),
            (logarithmic and low <= 0, f"{name} needs a low end above 0"),
            (whole and not all(isinstance(number, int) for number in numbers), f"{name} takes whole numbers"),
            (
                points and not (isinstance(numbers[2], int) and 2 <= numbers[2] <= 10_000),
                f"{name} needs at least 2 points",
            ),
        ):
            if wrong:
                self.report(node, message)
                return Choice(())
        if points:
            return Choice(tuple(_points(low, high, numbers[2], logarithmic=logarithmic)), ordered=True)
        return Range(low, high, logarithmic, whole)


def _points(low: float, high: float, number: int, *, logarithmic: bool) -> list[float]:
    """Return evenly spaced numbers from low to high."""
    step: Callable[[float], float] = (
        (lambda u: low * (high / low) ** u) if logarithmic else (lambda u: low + u * (high - low))
    )
    inner = [float(f"{step(i / (number - 1)):.{DIGITS}g}") for i in range(1, number - 1)]
    return [int(value) if float(value).is_integer() else value for value in (low, *inner, high)]


def _has_domain(template: Any) -> bool:
    match template:
        case Choice() | Range():
            return True
        case dict() | list():
            return any(map(_has_domain, template.values() if isinstance(template, dict) else template))
        case _:
            return False


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
