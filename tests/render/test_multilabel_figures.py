"""The figures of multilabel data, read back: a curve, a line or a map for each label, or one line of error."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from nncli.errors import UsageError
from nncli.render.figures.multilabel import Curves, curves_of, roc_by_label
from nncli.render.figures.palette import on_page
from nncli.render.figures.roc_points import points
from tests.render.drawing import OF_A_NETWORK, figure_of, legend_texts, neat, trained

LONG = "a_rather_long_name_of_a_label_$x^2$"


def spec(inputs: int, labels: list[str]) -> str:
    ignore = "" if inputs == 2 else ", ignore: [x1]"
    return f"""
data: {{type: csv, path: a.csv, target: {labels}{ignore}}}
layers: [{{type: dense, units: 4, activation: relu}}, {{type: dense, units: {len(labels)}, activation: sigmoid}}]
loss: binary_crossentropy
optimizer: {{type: adam, learning_rate: 0.05}}
train: {{epochs: 5}}
"""


def model_of(folder, inputs: int, count: int):
    """Train a network on several labels. The values of the first are words, those of the others 0 and 1."""
    labels = [LONG, *(f"label{number}" for number in range(1, count))]
    x = np.random.default_rng(0).normal(size=(60, 2)).round(3)
    y = np.column_stack([x @ [np.cos(k), np.sin(k)] > 0.3 for k in range(count)]).astype(int)
    rows = [[*map(repr, a), ("off", "on")[b[0]], *map(str, b[1:])] for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    (folder / "a.csv").write_text("\n".join(map(",".join, [["x0", "x1", *labels], *rows])))
    return trained(folder, spec(inputs, labels))


@pytest.mark.long
@pytest.mark.parametrize(("inputs", "count"), [(1, 9), (2, 3), (2, 9)])
def test_every_figure_is_neat_or_refused(tmp_path, inputs, count):
    model = model_of(tmp_path, inputs, count)
    for what in OF_A_NETWORK:
        if what in ("confusion", "residuals"):
            with pytest.raises(UsageError) as caught:
                figure_of(what, model)
            assert len(caught.value.lines()) == 2
            continue
        with on_page(dark=count > 3):
            figure = neat(figure_of(what, model))
        if what in ("fit", "roc"):
            assert figure.get_suptitle().endswith(", the first 6 labels") == (count > 6)


def test_areas_equal_those_of_scikit_learn(tmp_path):
    model = model_of(tmp_path, 2, 3)
    curves, samples = curves_of(model, "train"), model.samples("train")
    areas = [curve.area for curve in curves.labels.values()]
    scores = roc_auc_score(samples.t, model.predict(samples.x), average=None)
    np.testing.assert_allclose(areas, scores, rtol=1e-12)
    words = legend_texts(roc_by_label(curves))
    assert words[1:3] == [f"label{number}: area {scores[number]:.4g}" for number in (1, 2)]
    assert words[0].endswith(f": area {scores[0]:.4g}")
    assert words[3] == "random guessing: area 0.5"


def test_constant_label_has_no_curve():
    curve = points(np.array([0.1, 0.9]), np.array([False, True]))
    figure = neat(roc_by_label(Curves("t", {"a": curve, "b": "all samples are 1"})))
    assert legend_texts(figure) == ["a: area 1", "b: all samples are 1", "random guessing: area 0.5"]


def test_part_with_a_constant_label(tmp_path):
    """The label is constant in a test file; the other labels have their curves."""
    model_of(tmp_path, 2, 3)
    header, *rows = (tmp_path / "a.csv").read_text().splitlines()
    (tmp_path / "test.csv").write_text("\n".join([header, *(row for row in rows if row.split(",")[2] == "on")]))
    text = spec(2, [LONG, "label1", "label2"]).replace("path: a.csv", "path: a.csv, test: {path: test.csv}")
    curves = list(curves_of(trained(tmp_path, text), None).labels.values())
    assert curves[0] == "all samples are on"
    assert not any(isinstance(curve, str) for curve in curves[1:])


def test_refuses_predictions_that_are_not_finite(tmp_path):
    model = model_of(tmp_path, 2, 3)
    model.params.vectors[0][...] = np.nan
    with pytest.raises(UsageError, match="an ROC curve needs finite predictions"):
        figure_of("roc", model)
    neat(figure_of("fit", model))


def test_each_map_has_its_own_title_and_colour_bar(tmp_path):
    figure = figure_of("fit", model_of(tmp_path, 2, 3))
    panels = [axes for axes in figure.axes if axes.get_title()]
    assert [axes.get_title() for axes in panels][1:] == ["label1", "label2"]
    assert panels[0].get_title().startswith("a_rather_lo…")
    bars = [axes.get_ylabel() for axes in figure.axes if axes.get_ylabel().startswith("probability")]
    assert bars == ["probability of on", "probability of label1 1", "probability of label2 1"]


def test_lines_are_the_probabilities_of_labels(tmp_path):
    model = model_of(tmp_path, 1, 3)
    (axes,) = figure_of("fit", model).axes
    lines = [line for line in axes.get_lines() if len(line.get_xdata()) > 100]
    p = model.predict(lines[0].get_xdata().reshape(-1, 1))
    for number, line in enumerate(lines):
        np.testing.assert_allclose(line.get_ydata(), p[:, number], rtol=1e-6)
    rows = [line for line in axes.get_lines() if len(line.get_xdata()) <= 60]
    samples = model.samples("train")
    for number, row in enumerate(rows):
        assert sorted(row.get_xdata()) == sorted(samples.x[samples.t[:, number] == 1, 0])
