"""The metrics of an experiment, and which of two values is better."""

from __future__ import annotations

import pytest

from nncli import config
from nncli.bundled_configs import configs
from nncli.metric_choice import higher_is_better, monitors
from nncli.registry import components, type_name

METRICS = {"sine": ("regression_accuracy", "mae", "r2"), "spiral": ("accuracy", "precision")}


@pytest.mark.parametrize("spec", METRICS)
def test_better_values_depend_on_the_name_alone(spec: str) -> None:
    changes = [f"metrics=[{', '.join(METRICS[spec])}]", "data.validation.samples=10"]
    loaded = config.load(configs() / f"{spec}.yaml", changes)
    measured = monitors(loaded.experiment, loaded.resolved.description)
    assert {f"val_{name}" for name in METRICS[spec]} <= {*measured}
    assert {name: higher_is_better(name) for name in measured} == {
        name: monitor.higher_is_better for name, monitor in measured.items()
    }


def test_every_metric_is_known_and_no_other_name() -> None:
    names = [type_name(cls) for cls in components("metric")]
    assert all(isinstance(higher_is_better(name), bool) for name in names)
    assert higher_is_better("val_los") is higher_is_better("epoch") is None
