"""The fits of several runs on one page, read back from their axes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nncli
from nncli.data.data import Samples
from nncli.data.description import Description
from nncli.errors import UsageError
from nncli.render.figures.figure_inputs import Request
from nncli.render.figures.fit_panel import Fit
from nncli.render.figures.fits import MAX_FITS, Fits, draw_fits, fits_page
from nncli.store import Run
from tests.render.drawing import legend_texts, neat

X = np.linspace(0, 1, 21, dtype=np.float32).reshape(-1, 1)
SINE = """
name: sine
data: {type: sine, samples: 20}
layers: [{type: dense, units: 3, activation: relu}, {type: dense, units: 1}]
loss: mse
train: {epochs: 2}
"""
MOONS = """
name: moons
data: {type: moons, samples: 20}
layers: [{type: dense, units: 1, activation: sigmoid}]
loss: binary_crossentropy
train: {epochs: 2}
"""


def line(factor: float) -> Fit:
    title = "sine/1\n10 epochs, training loss 0.1"
    return Fit(title, lambda x: factor * x, Samples(X, X), Description.of_numbers(21, ("x",), ("y",)))


def page(count: int, factor: float = 2.0) -> Any:
    labels = [f"init.scale={number} optimizer.learning_rate=0.005 optimizer.decay=0.001" for number in range(count)]
    return fits_page(Fits("8 runs, training data", labels, [line(factor) for _ in range(count)]))


def train(folder: Path, text: str, **changes: Any) -> Run:
    (folder / "a.yaml").write_text(text)
    return nncli.train(
        folder / "a.yaml", {key.replace("__", "."): value for key, value in changes.items()}, runs_dir=folder
    )


@pytest.mark.parametrize("count", [1, 2, 8, 16])
def test_each_fit_has_a_panel_and_nothing_overlaps(count: int) -> None:
    figure = neat(page(count))
    assert len(figure.axes) == count
    assert legend_texts(figure) == ["truth", "prediction"]


def test_titles_are_the_settings_that_differ_and_the_loss(tmp_path: Path) -> None:
    runs = [train(tmp_path, SINE, init={"type": "normal", "scale": scale}) for scale in (0.01, 0.1)]
    figure = neat(draw_fits(Request(runs)))
    titles = [axes.get_title().splitlines() for axes in figure.axes]
    assert [title[0] for title in titles] == ["init.scale=0.01", "init.scale=0.1"]
    assert all(title[1].startswith("2 epochs, training loss ") for title in titles)
    assert figure.get_suptitle() == "2 runs, training data"


def test_a_prediction_far_from_the_data_does_not_flatten_the_others() -> None:
    contents = Fits("2 runs", ["a", "b"], [line(1.0), line(1e6)])
    limits = {axes.get_ylim() for axes in fits_page(contents).axes}
    assert len(limits) == 1
    assert limits.pop()[1] < 3


def test_maps_of_classes_share_a_page_without_colour_bars(tmp_path: Path) -> None:
    runs = [train(tmp_path, MOONS, seed=seed) for seed in (1, 2, 3)]
    figure = neat(draw_fits(Request(runs)))
    assert len(figure.axes) == 3
    assert len({(axes.get_xlim(), axes.get_ylim()) for axes in figure.axes}) == 1
    assert [axes.get_title().splitlines()[0] for axes in figure.axes] == ["seed=1", "seed=2", "seed=3"]


def test_different_data_are_refused(tmp_path: Path) -> None:
    runs = [train(tmp_path, SINE), train(tmp_path, MOONS)]
    with pytest.raises(UsageError, match=r"its data differ from those of sine/.*, so that they cannot share a page"):
        draw_fits(Request(runs))


def test_too_many_runs_are_refused(tmp_path: Path) -> None:
    run = train(tmp_path, SINE)
    with pytest.raises(UsageError, match="--what fit draws at most 16 runs, not 17"):
        draw_fits(Request([run] * (MAX_FITS + 1)))


def test_titles_of_many_maps_do_not_touch_the_maps_above(tmp_path: Path) -> None:
    changes: list[dict[str, Any]] = [
        {"init": {"type": "normal", "scale": scale}, "optimizer": {"type": "adam", "learning_rate": rate}}
        for scale in (0.01, 0.1)
        for rate in (0.001, 0.01, 0.1, 1.0)
    ]
    figure = neat(draw_fits(Request([train(tmp_path, MOONS, **each) for each in changes])))
    assert len(figure.axes) == 8
