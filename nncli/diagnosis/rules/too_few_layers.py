"""No hidden layer, or a single one, for data that need more."""

from __future__ import annotations

from nncli.diagnosis import changes
from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Evidence, Rule, ramp, register
from nncli.nn.activations.sigmoid import Sigmoid
from nncli.nn.activations.softmax import Softmax
from nncli.number_format import format_percent


@register
class TooFewLayers(Rule):
    """Fires without a hidden layer if the data are not linear; and, unsure, with one if nothing else is wrong."""

    name = "too_few_layers"
    explanation = "The network is too simple for these data."
    reference = "the book, chapter 17: a second hidden layer makes the sine fit"
    fires = ("spiral", "layers=[{type: dense, units: 1, activation: sigmoid}]", "train.epochs=500")
    silent = ("sine", "train.epochs=500")
    min_curved, surely_curved = 0.05, 0.15  # of the variance, which other methods explain and a plane does not
    one_layer, flat = 0.4, 0.03  # confidence with one hidden layer whose loss has stopped falling

    def find(self, case: Case) -> Evidence | None:
        setup = case.setup
        units = max([32, *(layer.units for _, layer, _ in setup.dense[:-1])])
        change = [changes.with_hidden_layers(setup, units, "relu")]
        linear, best = setup.attainable.linear, setup.attainable.best
        numbers = {"hidden_layers": len(setup.dense) - 1, "linear": linear, "best": best}
        curved = linear - best
        if len(setup.dense) == 1 and curved > self.min_curved and setup.output_activation in (None, Sigmoid, Softmax):
            seen = f"no hidden layer; a linear function leaves {format_percent(linear)} of the variance "
            seen += f"unexplained, other methods {format_percent(best)}"
            return Evidence(0.6 + 0.35 * ramp(curved, self.min_curved, self.surely_curved), seen, numbers, change)
        if len(setup.dense) == 2 and setup.hidden_activations and case.still_falling < self.flat and not case.diverged:
            seen = f"one hidden layer, and the loss has stopped falling: {format_percent(case.unexplained)} of the "
            seen += f"variance is unexplained, other methods leave {format_percent(best)}"
            return Evidence(self.one_layer, seen, numbers, change)
        return None
