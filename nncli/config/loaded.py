"""An experiment that is checked, with the notes and warnings of loading it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from nncli.experiment import Experiment
    from nncli.resolved import ResolvedExperiment


class Loaded(NamedTuple):
    """An experiment, with notes and warnings from loading it."""

    resolved: ResolvedExperiment
    notes: list[str]  # fields dropped because a type changed
    warnings: list[str]  # about settings that are valid but seldom intended

    @property
    def experiment(self) -> Experiment:
        """The experiment without its description and network."""
        return self.resolved.experiment
