"""Check trials of a sweep before the first training."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from nncli import config
from nncli.config import Tree
from nncli.config.nodes import locate
from nncli.config.writer import override
from nncli.errors import SpecErrors, UsageError
from nncli.search.domains import Choice
from nncli.search.samplers.base import Sampler
from nncli.search.space import Parameter, Settings, Space

Checked = TypeVar("Checked")

MAX_POINTS = 1000  # of a grid that are all checked, which takes 2 s
MAX_PROBLEMS = 20
ENDS = (0.0, 0.5, 1 - 2**-53)  # points of a range that are checked


def points_to_check(space: Space, sampler: Sampler, trials: int) -> Iterator[Settings]:
    """Yield the points of a grid; else points that vary one parameter at a time, among them the ends of each range."""
    if sampler.type == "grid" and trials <= MAX_POINTS:
        yield from map(space.point, range(trials))
        return
    for varied in space.parameters():
        domain = varied.domain
        for value in range(len(domain.options)) if isinstance(domain, Choice) else map(domain.at, ENDS):

            def choose(parameter: Parameter, key: str = varied.key, value: Any = value) -> Any:
                if parameter.key == key:
                    return value
                option = re.match(
                    re.escape(parameter.key) + r"\[(\d+)\]", key
                )  # the one that contains the varied parameter
                return int(option[1]) if option else parameter.domain.at(0)

            yield space.settings(choose)


def check_points(tree: Tree, points: Iterable[Settings], check: Callable[[Tree], Checked]) -> Checked:
    """Check trials of a sweep; return `check` of the first. Raises SpecErrors with the problems of all."""
    experiment, problems = replace(tree, sweep=None), _Problems(tree)
    first = None
    for settings in points:
        checked = problems.check(experiment, settings, check)
        first = checked if first is None else first
        if len(problems.first) >= MAX_PROBLEMS:
            break
    if problems.first:
        raise SpecErrors(problems.errors())
    assert first is not None, "a space has at least one point"
    return first


class _Problems:
    """The problems of trials, each with the first trial that has it and the number of trials that do."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.first = dict[str, tuple[UsageError, Settings]]()
        self.checked = 0
        self._counts = dict[str, int]()

    def check(self, experiment: Tree, settings: Settings, check: Callable[[Tree], Checked]) -> Checked | None:
        """Return `check` of a trial; None if it has problems, which are added."""
        self.checked += 1
        overrides = [override(path, value) for path, value in settings.items()]
        try:
            try:
                tree = config.with_overrides(experiment, overrides)
            except SpecErrors as errors:  # paths that do not exist; the other settings are checked without them
                self._add(errors, settings)
                wrong = {problem.place for problem in errors.problems}
                tree = config.with_overrides(experiment, [text for text in overrides if text not in wrong])
            return check(tree)
        except UsageError as error:
            self._add(error, settings)
            return None

    def _add(self, error: UsageError, settings: Settings) -> None:
        for problem in error.problems if isinstance(error, SpecErrors) else [error]:
            key = str(problem)
            self.first.setdefault(key, (problem, settings))
            self._counts[key] = self._counts.get(key, 0) + 1

    def errors(self) -> list[UsageError]:
        """Return the problems at their places in the space; those of some trials only with the first such trial."""
        return [self._located(key, *self.first[key]) for key in self.first]

    def _located(self, key: str, problem: UsageError, settings: Settings) -> UsageError:
        path = next((path for path, value in settings.items() if problem.place == override(path, value)), None)
        if path is not None and self.tree.sweep is not None:
            place = locate(self.tree.sweep, ("space", path))
            if place.line:
                return UsageError(f"{problem.place}: {problem.message}", place=str(place), hint=problem.hint)
            return problem
        if self._counts[key] == self.checked:
            return problem
        trial = " ".join(override(path, value) for path, value in settings.items())
        return UsageError(f"{problem.message} (in the trial {trial})", place=problem.place, hint=problem.hint)
