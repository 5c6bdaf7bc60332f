"""Check an experiment by the first rows of its table: whether it fits them and any further rows that are likely."""

from __future__ import annotations

from itertools import count

from nncli.config.cross_checks import cross_check
from nncli.data.description import Description
from nncli.errors import NncliError
from nncli.experiment import Experiment
from nncli.nn.losses.base import Loss
from nncli.resolved import resolve
from nncli.settings import PARTS


def fits_head(experiment: Experiment, described: Description) -> bool:
    """Return whether no problem is known; if there is one, only the check with the whole table can tell."""
    outputs = resolve(experiment, described).network.outputs
    resolved = resolve(experiment, _with_later_classes(described, experiment.loss, outputs))
    if any(cross_check(resolved, read_parts=False)):
        return False
    try:
        for part in filter(None, map(experiment.data.part, PARTS)):
            part.notes(described)  # reads the header
    except NncliError:
        return False
    return True


def _with_later_classes(described: Description, loss: Loss, outputs: int) -> Description:
    """Return the description with the classes that later rows must have for the experiment to be valid."""
    if not described.class_names:
        return described
    weights = loss.current_class_weights()
    names = dict.fromkeys((*described.class_names, *(weights if isinstance(weights, dict) else ())))
    others = (name for name in map(str, count()) if name not in names)
    later = [next(others) for _ in range(outputs - len(names))]
    return described._replace(class_names=(*names, *later))
