"""Bad experiments, each with the error that it must raise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nncli.config.fields import field_names, names_of
from nncli.experiment import Experiment, Train
from nncli.registry import find, kinds
from nncli.text import join_words

SINE = """\
data: {type: sine, samples: 20}
layers:
  - {type: dense, units: 4, activation: relu}
  - {type: dense, units: 1}
loss: mse
"""
SPIRAL = """\
data: {type: spiral, samples: 20, classes: 3}
layers:
  - {type: dense, units: 4, activation: relu}
  - {type: dense, units: 3, activation: softmax}
loss: categorical_crossentropy
"""

# Lists of names from the registry, so that a new component or field changes no table.
EVERY = {
    "DATA": join_words(names_of(["data"])),
    "ANY_DATA": join_words(names_of(["data"]), "or"),
    "INITIALIZERS": join_words(names_of(["initializer"]), "or"),
    "LAYERS": join_words(names_of(["layer", "activation"])),
    "ANY_LAYER": join_words(names_of(["layer", "activation"]), "or"),
    "ACTIVATIONS": join_words(names_of(["activation"])),
    "LOSSES": join_words(names_of(["loss"])),
    "ANY_LOSS": join_words(names_of(["loss"]), "or"),
    "OPTIMIZERS": join_words(names_of(["optimizer"])),
    "SCHEDULES": join_words(names_of(["schedule"])),
    "ANY_SCHEDULE": join_words(names_of(["schedule"]), "or"),
    "SETS_WITH_CLASSES": join_words(
        [name for name in names_of(["data"]) if "classes" in field_names(find("data", name))]
    ),
    "FIELDS": join_words([*field_names(Experiment), "extends"]),
    "FIELDS_OF_TRAIN": join_words(field_names(Train)),
}


class Bad(NamedTuple):
    """An experiment file with overrides, and all lines of its error."""

    name: str
    text: str
    error: str
    changes: Sequence[str] = ()


def bad(name: str, text: str, error: str, about: str = "", changes: Sequence[str] = ()) -> Bad:
    """Return a row of a table: `about` adds the hint at `nncli list`, and a name in capitals stands for its list."""
    for word in sorted(EVERY, key=len, reverse=True):
        error = error.replace(word, EVERY[word])
    if about in kinds():
        error += f"\nhint: see `nncli list {about}` for every {'data set' if about == 'data' else about}"
    elif about:
        error += f"\nhint: see `nncli list {about}` for its fields, limits and defaults"
    return Bad(name, text, error, changes)
