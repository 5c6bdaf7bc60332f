"""Warnings of `check` and `train`: problems that the experiment and its data alone show."""

from __future__ import annotations

import shlex

import numpy as np

from nncli.diagnosis.guard import bugs_as_warnings
from nncli.diagnosis.rule import Evidence, Rule
from nncli.diagnosis.rules.no_hidden_activation import NoHiddenActivation
from nncli.diagnosis.rules.unscaled_inputs import UnscaledInputs
from nncli.diagnosis.rules.unscaled_targets import UnscaledTargets
from nncli.diagnosis.rules.wrong_output_activation import WrongOutputActivation
from nncli.diagnosis.setup import Setup
from nncli.resolved import ResolvedExperiment
from nncli.training import Plan, Preview
from nncli.training import preview as preview_of_data
from nncli.training.plan import class_weights, load_data

# Imported one by one, because importing all rules takes longer than the first epochs of many trainings.
RULES: tuple[Rule, ...] = (WrongOutputActivation(), NoHiddenActivation(), UnscaledInputs(), UnscaledTargets())
MAX_DRAWN = 10_000_000  # samples; drawing more takes a second


def preview_of_training(plan: Plan) -> Preview:
    """Return the warnings and class weights of a training, whose data are read."""
    warnings: list[str] = []
    with bugs_as_warnings("check the data"):
        warnings = setup_warnings(Setup.of(plan))
    return plan.preview._replace(warnings=(*plan.preview.warnings, *warnings))


def preview_of_experiment(resolved: ResolvedExperiment) -> Preview:
    """Return the warnings and class weights of an experiment; this reads its data, or draws them if they are few."""
    described = resolved.description
    if not described.digest and described.samples > MAX_DRAWN:
        return preview_of_data(resolved)
    network, samples, _ = load_data(resolved)
    warnings = setup_warnings(Setup(resolved.experiment, network, samples.training))
    return Preview((*samples.warnings, *warnings), class_weights(network.loss, described))


@np.errstate(all="ignore")  # a table may have numbers whose squares are infinite
def setup_warnings(setup: Setup) -> list[str]:
    """Return a line for each problem: the section of the experiment, what was seen, and the overrides to try."""
    return [_line(evidence) for rule in RULES if (evidence := rule.warn(setup)) is not None]


def _line(evidence: Evidence) -> str:
    """Return `layers: 50% of the targets lie outside the range of sigmoid (0 to 1); try layers.2.activation=linear`."""
    if not evidence.change:
        return f"data: {evidence.seen}"
    section = evidence.change[0].partition("=")[0].partition(".")[0]
    return f"{section}: {evidence.seen}; try {shlex.join(evidence.change)}"
