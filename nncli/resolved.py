"""An experiment with its data description and network, computed once and passed on."""

from __future__ import annotations

from dataclasses import dataclass, field

from nncli.data.description import Description
from nncli.experiment import Experiment
from nncli.nn.network import Network


@dataclass(frozen=True, slots=True)
class ResolvedExperiment:
    """An experiment, the description of its data, and its network, which has no weights yet."""

    experiment: Experiment
    description: Description
    network: Network = field(compare=False)  # derived from the other two


def resolve(experiment: Experiment, description: Description | None = None) -> ResolvedExperiment:
    """Return the experiment with its network, and with its data described if no description is given.

    Raises UsageError if the data cannot be read.
    """
    described = experiment.data.describe() if description is None else description
    network = Network(experiment.layers, len(described.input_names), experiment.loss)
    return ResolvedExperiment(experiment, described, network)
