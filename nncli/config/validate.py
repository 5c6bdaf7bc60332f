"""From a tree to an experiment, or to all that is wrong with it, each with its place and what would be right."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import TypeAdapter, ValidationError

from nncli.config.nodes import Node, locate, one_line, plain
from nncli.errors import SpecErrors, UsageError
from nncli.experiment import EarlyStopping, Experiment, Train
from nncli.registry import BARE_MARK, TAG_MARK, components, find, kinds, type_name

Path = tuple[str | int, ...]

# Spellings that other programs and the book have for what is named differently here.
OTHER_SPELLINGS = {
    "lr": "learning_rate",
    "neurons": "units",
    "n_neurons": "units",
    "weight_regularizer_l1": "weight_l1",
    "weight_regularizer_l2": "weight_l2",
    "bias_regularizer_l1": "bias_l1",
    "bias_regularizer_l2": "bias_l2",
    "kernel_initializer": "init",
    "initializer": "init",
    "beta1": "beta_1",
    "beta2": "beta_2",
    "eps": "epsilon",
    "std": "scale",
    "n_classes": "classes",
    "mean_squared_error": "mse",
    "mean_absolute_error": "mae",
    "bce": "binary_crossentropy",
    "binary_cross_entropy": "binary_crossentropy",
    "cce": "categorical_crossentropy",
    "cross_entropy": "categorical_crossentropy",
    "categorical_cross_entropy": "categorical_crossentropy",
    "r_squared": "r2",
    "xavier": "glorot_uniform",
    "glorot": "glorot_uniform",
    "he": "he_normal",
    "gaussian": "normal",
}


def experiment_of(root: Node) -> Experiment:
    """The experiment that a tree says. Raises SpecErrors with every problem that its fields and types have."""
    data = plain(root)
    problems = list(_problems(Experiment, data, ()))
    if isinstance(data, dict):
        problems += _problems_of_parts(data)
    if problems:
        raise SpecErrors([placed(root, *problem) for problem in problems], hint=_hint(data, problems))
    experiment: Experiment = TypeAdapter(Experiment).validate_json(json.dumps(data))
    return experiment


def placed(root: Node, path: Path, message: str, at_key: bool = False) -> UsageError:
    """A problem as an error at the place of its value or key; an argument that says it all is not repeated."""
    place = locate(root, path, at_key)
    name = ".".join(str(part) for part in path)
    at_argument = not place.line and place.source.startswith(f"{name}=")
    return UsageError(message if at_argument or not name else f"{name}: {message}", place=str(place))


def _problems(cls: type, data: Any, prefix: Path) -> Iterator[tuple[Path, str, bool]]:
    """Path, message and whether it is the key's fault, for each field that does not fit the class."""
    try:
        TypeAdapter(cls).validate_json(json.dumps(data))
    except ValidationError as error:
        for found in error.errors(include_url=False):
            if found["type"] == "too_short" and len(found["input"]) >= found["ctx"]["min_length"]:
                continue  # the list is long enough; its entries were refused for what they are
            path = tuple(part for part in found["loc"] if not _is_tag(part))
            owner = str(found["loc"][-2]) if _is_tag(*found["loc"][-2:-1]) else ""
            message = _message(dict(found), owner.removeprefix(TAG_MARK) or _owner(cls, path))
            yield prefix + path, message, found["type"] == "unexpected_keyword_argument"


def _is_tag(part: str | int = "") -> bool:
    return isinstance(part, str) and part.startswith(TAG_MARK)


def _problems_of_parts(data: dict[str, Any]) -> Iterator[tuple[Path, str, bool]]:
    """What is wrong with `validation:` and `test:`, which hold fields of the data set that they are parts of."""
    whole = data.get("data")
    cls = find("data", str(whole.get("type"))) if isinstance(whole, dict) else None
    if cls is None or not isinstance(whole, dict):
        return
    own = {name: value for name, value in whole.items() if name not in ("validation", "test")}
    for name in ("validation", "test"):
        part = whole.get(name)
        if not isinstance(part, dict):
            continue
        for key in ("type", "validation", "test"):
            if key in part:
                yield ("data", name, key), "a part has the fields in which it differs, and this cannot differ", True
        differing = {key: value for key, value in part.items() if key not in ("type", "validation", "test")}
        for path, message, at_key in _problems(cls, own | differing, ("data", name)):
            if path[2:3] and path[2] in differing:
                yield path, message, at_key


def _message(found: dict[str, Any], owner: str) -> str:
    value, context, key = found["input"], found.get("ctx", {}), str(found["loc"][-1]) if found["loc"] else ""
    match found["type"]:
        case "missing":
            return f"is missing: {owner} needs it"
        case "unexpected_keyword_argument":
            return f"{owner} has no such field{_nearest(key, _fields(owner))}"
        case "union_tag_invalid":
            wanted = _kinds_of(context["expected_tags"])
            name = str(context["tag"]).removeprefix(BARE_MARK).removeprefix(TAG_MARK)
            names = [type_name(cls) for kind in wanted for cls in components(kind)]
            instead = _nearest(name, names) or f"; there are {_listed(names)}"
            return f"there is no {' or '.join(wanted)} {show(name)}{instead}"
        case "union_tag_not_found":
            if isinstance(value, dict):
                wrong = f", and type must be text, not {show(value['type'])}" if "type" in value else ""
                return f"needs a type, as in {{type: ...}}{wrong}"
            return f"must be a name or a mapping with a type, not {show(value)}"
        case "bare_name":
            return f"{context['name']} needs more than its name: {{type: {context['name']}, {context['fields']}}}"
        case "literal_error":
            return f"must be {str(context['expected']).replace(chr(39), '')}, not {show(value)}"
        case "too_short":
            return f"must have at least {context['min_length']} entry"
        case other:
            return _wrong_value(other, value, context)


def _wrong_value(kind: str, value: Any, context: Mapping[str, Any]) -> str:
    limits = {
        "greater_than": ("greater than", "gt"),
        "greater_than_equal": ("at least", "ge"),
        "less_than": ("less than", "lt"),
        "less_than_equal": ("at most", "le"),
    }
    types = {
        "int_type": "a whole number",
        "int_from_float": "a whole number",
        "float_type": "a number",
        "string_type": "text",
        "bool_type": "true or false",
        "finite_number": "a finite number",
        "tuple_type": "a list",
        "list_type": "a list",
        "dict_type": "a mapping",
        "dataclass_type": "a mapping",
    }
    if kind in limits:
        words, key = limits[kind]
        return f"must be {words} {context[key]:.15g}, not {show(value)}"
    return f"must be {types[kind]}, not {show(value)}" if kind in types else f"is not valid: {show(value)} ({kind})"


def show(value: Any) -> str:
    """A value as a message shows it: short, on one line, text in quotes."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return f'"{one_line(value)}"' if isinstance(value, str) else one_line(str(value))


def _nearest(name: str, names: Sequence[str]) -> str:
    other = OTHER_SPELLINGS.get(name.lower(), name.lower())
    close = [other] if other in names else get_close_matches(other, names, 1, 0.6)
    return f"; did you mean {close[0]}?" if close else ""


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else "".join(names)


def _kinds_of(expected_tags: str) -> list[str]:
    """The kinds whose components a union takes, told from its tags."""
    tags = {tag.strip(" '").removeprefix(TAG_MARK) for tag in expected_tags.split(",")}
    return [kind for kind in kinds() if {type_name(cls) for cls in components(kind)} <= tags]


def _owner(cls: type, path: Path) -> str:
    """The name of what a field belongs to where that is no component: the experiment, or a mapping of its own."""
    if cls is not Experiment:
        return type_name(cls)
    return str(path[-2]) if len(path) > 1 else "an experiment"


def _fields(owner: str) -> list[str]:
    """The names of the fields of a component, a mapping of the experiment or the experiment."""
    known: dict[str, type] = {"an experiment": Experiment, "train": Train, "early_stopping": EarlyStopping}
    classes = [known[owner]] if owner in known else [cls for kind in kinds() if (cls := find(kind, owner))]
    return [field.name for cls in classes for field in dataclasses.fields(cls)]


def _hint(data: Any, problems: Sequence[tuple[Path, str, bool]]) -> str:
    """Where the fields of the first component concerned are listed."""
    for path, *_ in problems:
        value, name = data, ""
        for part in path:
            value = (
                value.get(part) if isinstance(value, dict) else value[int(part)] if isinstance(value, list) else None
            )
            if isinstance(value, dict) and isinstance(value.get("type"), str):
                name = value["type"]
        if name and _fields(name):
            return f"`nncli list {name}` shows every field with its limits and default"
    return "`nncli list` shows every component"
