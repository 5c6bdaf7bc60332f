"""Train the examples of rules."""

from __future__ import annotations

from pathlib import Path

from nncli import bundled_configs, config
from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Example
from nncli.model import Model
from nncli.runner import Runner


def train(example: Example, folder: Path) -> Case:
    """Train a bundled experiment with overrides as a run in a folder."""
    name, *overrides = example
    loaded = config.load(str(bundled_configs.configs() / f"{name}.yaml"), overrides)
    with Runner(["test"]) as runner:
        run = runner.train(loaded.resolved, folder).run
    return Case.of(Model(run), run.status)
