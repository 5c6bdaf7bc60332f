"""The fit of a network to its data: a curve, a map of classes, or predicted against true values."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from nncli.render.figures import style
from nncli.render.figures.figure_inputs import Request
from nncli.render.figures.fit_panel import Fit, check_inputs, draw_panel, fit_of, has_curve
from nncli.render.figures.fits import draw_fits
from nncli.render.figures.multilabel import label_maps, title_suffix
from nncli.render.figures.registry import figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDE, SQUARE = (5.4, 3.7), (4.8, 4.4)  # inches


@figure(
    shows="predictions and data: a curve, a map of classes, or predicted against true values",
    help="predictions and data as a curve, a map of classes, or predicted against true values",
    needs="1 or 2 inputs for classes and labels",
    options=("--on", "--checkpoint", "--term"),
    several_runs=True,
    sweeps="also",
    place=20,
    pictures={
        "fit-map": "spiral3/default",
        "fit-values": "houses/default --on test",
        "fit-several": "ch17-sweep/sweep",
    },
)
def draw(request: Request) -> Figure:
    """Draw the fit of a network on a part of its data, by default the training data; several side by side."""
    if request.sweep is not None or len(request.runs) > 1:
        return draw_fits(request)
    return fit(fit_of(request.model(), request.part or "train"))


@draw.in_terminal
def print_fit(request: Request, file: TextIO) -> None:
    """Print the fit in characters."""
    from nncli.render.terminal import print_plots

    print_plots.print_fit(request.model(), request.part or "train", file)


@style.apply()
def fit(contents: Fit) -> Figure:
    """Draw the figure for the type of data. Raises UsageError for classes or labels of more than two inputs."""
    check_inputs(contents.data)
    if contents.data.label_names and len(contents.data.input_names) == 2:
        title = contents.title + title_suffix(contents.data)
        return label_maps(title, contents.predicted, contents.samples, contents.data)
    figure, (axes,) = style.new_figure(1, WIDE if has_curve(contents.data) else SQUARE)
    style.title(figure, contents.title + title_suffix(contents.data))
    draw_panel(axes, contents)
    style.legend_below(figure, axes.get_legend_handles_labels()[0])
    return figure
