"""Every figure of every odd network is neat, or refused with one line of error and a hint."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.errors import UsageError
from nncli.render.figures import registry
from nncli.render.figures.palette import on_page
from tests.render.drawing import OF_A_NETWORK, figure_of, neat, trained

LONG = "a_rather_long_name_of_a_column_in_some_unit_of_measurement_$x^2$"
ODD = {
    "one epoch": """
data: {type: sine, samples: 5}
layers: [{type: dense, units: 2, activation: relu}, {type: dense, units: 1}]
loss: mse
train: {epochs: 1}
""",
    "diverged": """
data: {type: sine, samples: 20}
layers: [{type: dense, units: 4, activation: relu}, {type: dense, units: 1}]
loss: mse
optimizer: {type: sgd, learning_rate: 1e20}
train: {epochs: 9}
""",
    "wide": """
data: {type: npz, path: a.npz}
layers: [{type: dense, units: 16, activation: relu}, {type: batch_norm}, {type: dense, units: 10, activation: softmax}]
loss: categorical_crossentropy
train: {epochs: 2}
""",
    "names": f"""
name: {"n" * 60}
data: {{type: csv, path: a.csv, target: ["{LONG}", b]}}
layers: [{{type: dense, units: 3, activation: tanh}}, {{type: dense, units: 2}}]
loss: mse
train: {{epochs: 3}}
""",
    "all dead": """
data: {type: moons, samples: 20}
init: {type: zeros}
layers: [{type: dense, units: 4, activation: relu}, {type: dense, units: 1, activation: sigmoid}]
loss: binary_crossentropy
train: {epochs: 3}
""",
}
REFUSED = {
    "one epoch": {"confusion", "roc"},
    "diverged": {"confusion", "roc"},
    "wide": {"fit", "residuals", "roc", "units"},
    "names": {"confusion", "roc"},
    "all dead": {"residuals"},
}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Train the odd networks."""
    folder = tmp_path_factory.mktemp("odd")
    random = np.random.default_rng(0)
    np.savez(folder / "a.npz", x=random.random((30, 784)), y=np.arange(30) % 10)
    rows = "".join(f"{x},{1e6 * x},{-x}\n" for x in random.normal(size=20))
    (folder / "a.csv").write_text(f'x{LONG},"{LONG}",b\n' + rows)
    return {name: trained(folder, text) for name, text in ODD.items()}


def odd_networks():
    """Return the names of all odd networks. Only the two oddest are not marked as long tests."""
    return [pytest.param(name, marks=() if name in ("diverged", "wide") else pytest.mark.long) for name in ODD]


@pytest.mark.parametrize("what", OF_A_NETWORK)
@pytest.mark.parametrize("name", odd_networks())
def test_every_figure_is_neat_or_refused(models, name, what):
    if what in REFUSED[name]:
        with pytest.raises(UsageError) as caught:
            figure_of(what, models[name])
        assert caught.value.hint
    else:
        with on_page(dark=name == "names"):
            neat(figure_of(what, models[name]))


def test_figures_with_on_differ_by_part(tmp_path):
    text = ODD["all dead"].replace("samples: 20", "samples: 20, test: {samples: 8}").replace("zeros", "he_normal")
    model = trained(tmp_path, text)
    for name in ("fit", "confusion", "roc"):
        assert name in registry.names("--on")
        titles = {figure_of(name, model, part).get_suptitle() for part in ("train", "test")}
        assert len(titles) == 2
        with pytest.raises(UsageError, match="has no validation data"):
            figure_of(name, model, "validation")
