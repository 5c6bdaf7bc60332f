"""The trials of a sweep, as its sampler and its pruner see them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from nncli.errors import NncliError
from nncli.search.pruners.base import Pruner
from nncli.search.result import Reports, Result
from nncli.search.samplers.base import Sampler
from nncli.search.space import Settings, Space
from nncli.text import count_of

if TYPE_CHECKING:
    from nncli.search.study_journal import StudyJournal


class Study:
    """Chooses the settings of trials, and decides which to prune.

    Imports Optuna, and writes its file `journal`, only if the sampler or the pruner needs Optuna. `epochs` is the
    number of epochs of the longest training.
    """

    def __init__(
        self,
        space: Space,
        sampler: Sampler,
        pruner: Pruner | None,
        journal: Path,
        *,
        higher_is_better: bool = False,
        epochs: int = 1,
    ) -> None:
        self._space = space
        self._sampler = sampler
        self._pruner = pruner
        self._learner = sampler.learner(space, higher_is_better=higher_is_better)
        self._journal: StudyJournal | None = None
        if sampler.learns or pruner is not None:
            from nncli.search.study_journal import StudyJournal

            optuna_pruner = None if pruner is None else pruner.optuna_pruner(epochs)
            self._journal = StudyJournal(journal, space, optuna_pruner, higher_is_better=higher_is_better)

    def ask(self, number: int) -> Settings:
        """Return the settings of a new trial."""
        return self._sampler.settings(self._space, number) if self._learner is None else self._learner.ask(number)

    def begin(self, number: int, settings: Settings) -> None:
        """Add a running trial."""
        if self._learner is not None:
            self._learner.begin(number, settings)
        if self._journal is not None:
            self._journal.begin(number, settings)

    def report(self, number: int, epoch: int, value: float) -> str:
        """Add the objective of a running trial after a number of epochs; return why to prune it, empty to continue."""
        if self._journal is None or self._pruner is None or not self._journal.report(number, epoch, value):
            return ""
        return f"pruned by {self._pruner.type} after {count_of(epoch, 'epoch')}"

    def reports(self, number: int) -> Reports:
        """Return what a running trial has reported."""
        return () if self._journal is None else self._journal.reports(number)

    def tell(self, number: int, result: Result) -> None:
        """Set the result of a running trial."""
        if self._learner is not None:
            self._learner.tell(number, result)
        if self._journal is not None:
            self._journal.tell(number, result)

    def restore(self, number: int, settings: Settings, result: Result) -> None:
        """Add an earlier trial that has ended."""
        if self._learner is not None:
            self._learner.begin(number, settings)
            self._learner.tell(number, result)
        if self._journal is not None:
            self._journal.restore(number, settings, result)


def require_optuna(sampler: Sampler, pruner: Pruner | None) -> None:
    """Raise NncliError if the sampler or the pruner needs Optuna and it is not installed."""
    if (sampler.learns or pruner is not None) and find_spec("optuna") is None:
        user = f"the sampler {sampler.type}" if pruner is None else f"the pruner {pruner.type}"
        raise NncliError(f"{user} needs optuna", hint="pip install optuna")
