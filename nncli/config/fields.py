"""What the classes of an experiment say of their fields: which there are, of which kinds, and where a name belongs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any, NamedTuple, TypeAlias, get_args, get_origin, get_type_hints

from nncli.experiment import Experiment
from nncli.registry import BARE_MARK, TAG_MARK, components, kinds, type_name

KeyPath: TypeAlias = tuple[str | int, ...]

FIRST = 0  # the entry of a list that stands for all
DEEPEST = 6  # should a component ever hold one of its own kind

# Spellings that the book and other programs have for what is named differently here.
OTHER_SPELLINGS = {
    "lr": "learning_rate",
    "neurons": "units",
    "n_neurons": "units",
    "out_features": "units",
    "n_epochs": "epochs",
    "num_epochs": "epochs",
    "num_classes": "classes",
    "weight_regularizer_l1": "weight_l1",
    "weight_regularizer_l2": "weight_l2",
    "bias_regularizer_l1": "bias_l1",
    "bias_regularizer_l2": "bias_l2",
    "kernel_initializer": "init",
    "initializer": "init",
    "criterion": "loss",
    "random_state": "seed",
    "dtype": "precision",
    "beta1": "beta_1",
    "beta2": "beta_2",
    "eps": "epsilon",
    "scheduler": "schedule",
    "lr_scheduler": "schedule",
    "lr_schedule": "schedule",
    "warmup_steps": "warmup",
    "step_size": "decay_steps",
    "gamma": "decay_rate",
    "max_lr": "learning_rate",
    "clipnorm": "clip_norm",
    "global_clipnorm": "clip_norm",
    "max_norm": "clip_norm",
    "clipvalue": "clip_value",
    "std": "scale",
    "stddev": "scale",
    "class_weight": "class_weights",
    "alpha": "negative_slope",  # where a field `alpha` is not known: an older name in Keras
    "mean_squared_error": "mse",
    "mean_absolute_error": "mae",
    "bce": "binary_crossentropy",
    "binary_cross_entropy": "binary_crossentropy",
    "smooth_l1": "huber",
    "cce": "categorical_crossentropy",
    "cross_entropy": "categorical_crossentropy",
    "categorical_cross_entropy": "categorical_crossentropy",
    "sparse_categorical_crossentropy": "categorical_crossentropy",
    "r_squared": "r2",
    "r2_score": "r2",
    "root_mean_squared_error": "rmse",
    "acc": "accuracy",
    "f1_score": "f1",
    "top_k_categorical_accuracy": "top_k_accuracy",
    "identity": "linear",
    "batchnorm": "batch_norm",
    "batch_normalization": "batch_norm",
    "batchnormalization": "batch_norm",
    "cosine_decay": "cosine",
    "cosine_annealing": "cosine",
    "exponential_decay": "exponential",
    "inverse_time_decay": "inverse_time",
    "onecycle": "one_cycle",
    "logistic": "sigmoid",
    "swish": "silu",
    "xavier": "glorot_uniform",
    "glorot": "glorot_uniform",
    "he": "he_normal",
    "kaiming": "he_normal",
    "xavier_uniform": "glorot_uniform",
    "xavier_normal": "glorot_normal",
    "kaiming_uniform": "he_uniform",
    "kaiming_normal": "he_normal",
    "gaussian": "normal",
}


class Field(NamedTuple):
    """A field, there or not: the class that it is one of, what a message calls that, and what it takes."""

    owner: type
    title: str
    hint: Any

    @property
    def kinds(self) -> list[str]:
        """The kinds of component that it takes."""
        return kinds_in(self.hint)


def is_tag(part: str | int) -> bool:
    """Whether a part of pydantic's path is no key but the choice of a union."""
    return isinstance(part, str) and part.startswith(TAG_MARK)


def field_at(cls: type, loc: Sequence[str | int]) -> Field:
    """The field that pydantic's path leads to, from a class on."""
    owner, title, hint = cls, "an experiment" if cls is Experiment else type_name(cls), None
    for before, part in zip(("", *loc), loc, strict=False):
        if is_tag(part):
            name = str(part).removeprefix(BARE_MARK).removeprefix(TAG_MARK)
            # A tag may also be a choice of WordOr, and a key of a mapping may look like one.
            if chosen := [one for one in _components(kinds_in(hint)) if type_name(one) == name]:
                owner, title = chosen[0], name
        elif isinstance(part, str):
            if mapping := _mapping_in(hint):
                owner, title = mapping, str(before)
            hint = _hints(owner).get(part)
    return Field(owner, title, hint)


def field_names(cls: type) -> list[str]:
    """The names of the fields of a class of the experiment."""
    return [field.name for field in dataclasses.fields(cls)]


def kinds_in(hint: Any) -> list[str]:
    """The kinds of component that a type takes, in the order in which it names them."""
    name = hint.__name__.lower() if isinstance(hint, type) else ""
    return [name] if name in kinds() else [kind for inner in get_args(hint) for kind in kinds_in(inner)]


def names_of(kinds: Sequence[str]) -> list[str]:
    """The names of the components of some kinds."""
    return [type_name(cls) for cls in _components(kinds)]


def spelled(name: str) -> str:
    """A name as it is spelled here, as far as that is known."""
    return OTHER_SPELLINGS.get(name.lower(), name.lower())


def nearest(name: str, names: Sequence[str]) -> str:
    """The one of the names that is most likely meant, or nothing."""
    here = spelled(name)
    return here if here in names else next(iter(get_close_matches(here, names, 1)), "")


def siblings_with(name: str, cls: type) -> list[str]:
    """The names of the other components of a component's kind that have a field of that name."""
    siblings = (one for kind in kinds() if cls in components(kind) for one in components(kind))
    return [type_name(one) for one in siblings if name in field_names(one)]


def elsewhere(name: str, cls: type, path: KeyPath) -> str:
    """Where below a class, whose path is given, or else in the experiment, a field of that name belongs; or nothing."""
    below = (place for place in _places(cls, path) if place[-1] == name)
    above = (place for place in _places(Experiment, ()) if place[-1] == name and FIRST not in place)
    return ".".join(str(part) for part in next(below, None) or next(above, ()))


def _places(cls: type, path: KeyPath) -> Iterator[KeyPath]:
    """The path of every field of a class, and of those within its fields."""
    for name in field_names(cls):
        if name != "type" and len(path) < DEEPEST:
            yield (*path, name)
            hint = _hints(cls)[name]
            inner = _mapping_in(hint)
            in_list = tuple in (get_origin(one) for one in (hint, *get_args(hint)))
            for one in [inner] if inner else _components(kinds_in(hint)):
                yield from _places(one, (*path, name, FIRST) if in_list else (*path, name))


def _components(kinds: Sequence[str]) -> list[type]:
    return [cls for kind in kinds for cls in components(kind)]


def _mapping_in(hint: Any) -> type | None:
    """The dataclass that a type stands for, where it is a mapping of its own and no component."""
    if kinds_in(hint):
        return None
    types = (one for one in (hint, *get_args(hint)) if isinstance(one, type))
    return next((one for one in types if dataclasses.is_dataclass(one)), None)


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)
