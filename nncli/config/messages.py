"""What is said of each fault that pydantic finds in an experiment: plain words, and what would be right."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, get_args

from nncli.config.fields import (
    Field,
    KeyPath,
    elsewhere,
    field_at,
    field_names,
    is_tag,
    names_of,
    nearest,
    siblings_with,
)
from nncli.config.nodes import EXACT_INTEGERS
from nncli.config.number_slips import unspaced, with_point
from nncli.config.spellings import NOT_SETTINGS, spelled
from nncli.experiment import Experiment, mapping_in
from nncli.text import join_words, quote, shorten

MAX_FAULTS = 20  # told at once
KIND_WORDS = {"data": "data set"}  # what people call a kind that they do not call as its field
LIMITS = {
    "greater_than": ("greater than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}
TYPES = {
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
NUMBERS = ("a number", "a whole number")


class Fault(NamedTuple):
    """Something wrong: where, what, whether that is the key's fault, and what more there is to say."""

    path: KeyPath
    message: str
    at_key: bool = False
    about: str = ""  # the component or kind that `nncli list` tells more of
    meant: str = ""  # the field that an unknown key beside it most likely stands for


def fault(found: Mapping[str, Any], cls: type, prefix: KeyPath = ()) -> Fault:
    """One of pydantic's errors in a class, which stands at `prefix`, as a fault."""
    kind, value, loc = found["type"], found["input"], found["loc"]
    if kind == "unexpected_keyword_argument":
        field = field_at(cls, (*loc[:-1], ""))  # not by the key itself, which might look like a tag
        path = (*prefix, *_without_tags(loc[:-1]), loc[-1])
        instead, meant = _instead(path, field)
        return Fault(path, f"{field.title} has no such field{instead}", True, _component(field), meant)
    path, field = (*prefix, *_without_tags(loc)), field_at(cls, loc)
    about = field.kinds[0] if field.kinds and kind != "bare_name" else _component(field)
    # A type that begins as the mark of a bare name does is taken for one.
    if kind in ("union_tag_invalid", "union_tag_not_found") or (kind == "literal_error" and is_tag(loc[-1])):
        at_type = isinstance(value, dict) and "type" in value
        return Fault((*path, "type") if at_type else path, _no_component(value, field.kinds), False, about)
    return Fault(path, _wrong(kind, value, found.get("ctx", {}), field), False, about)


def word(kind: str) -> str:
    """What people call a kind."""
    return KIND_WORDS.get(kind, kind)


def show(value: Any) -> str:
    """A value as a message shows it: short, on one line, text in quotes."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return quote(value) if isinstance(value, str) else shorten(str(value))


def _instead(path: KeyPath, field: Field) -> tuple[str, str]:
    """What to say of a key that its mapping has no field for, and the field of the mapping that it may stand for."""
    key, names = str(path[-1]), field_names(field.owner)
    if field.owner is Experiment:
        names.append("extends")  # which is read before
    if reason := NOT_SETTINGS.get(f"{field.title}.{key}") or NOT_SETTINGS.get(key):
        return f"; {reason}", ""
    here = spelled(key)
    if here not in names:
        if siblings := siblings_with(here, field.owner):
            return f"; {join_words(siblings)} {'have' if len(siblings) > 1 else 'has'}", ""
        if place := elsewhere(here, field.owner, path[:-1]):
            return f"; write {_nested(key)}" if place == key and "." in key else f"; did you mean {place}?", ""
    if near := nearest(key, names):
        return f"; did you mean {near}?", near
    return ("" if _component(field) else f"; it has {join_words(names)}"), ""


def _nested(path: str) -> str:
    """Return a dotted path as a file has it: `train: {epochs: ...}`."""
    first, *rest = path.split(".")
    return f"{first}: {{{_nested('.'.join(rest))}}}" if rest else f"{first}: ..."


def _no_component(value: Any, kinds: Sequence[str]) -> str:
    """What to say of a value that should have been a component of one of the kinds."""
    names = names_of(kinds)
    if isinstance(value, dict) and "type" not in value:
        key = next((key for key in value if key in names), "")
        return f"needs a type, as in {{type: {key}, ...}}" if key else f"needs a type: {join_words(names, 'or')}"
    name = value.get("type") if isinstance(value, dict) else value
    if isinstance(name, str):
        if pair := unspaced(name):
            return _needs_space(name, pair)
        near = nearest(name, names)
        instead = f"did you mean {near}?" if near else f"there are {join_words(names)}"
        return f"there is no {' or '.join(word(kind) for kind in kinds)} {show(name)}; {instead}"
    if isinstance(value, dict):
        return f"must be text, not {show(name)}"
    units = "layer" in kinds and isinstance(value, int) and value > 0 and not isinstance(value, bool)
    instead = f"; write {{type: dense, units: {show(value)}}}" if units else ""
    return f"must be a name or a mapping with a type, not {show(value)}{instead}"


def _needs_space(text: str, pair: str) -> str:
    return f"{show(text)} needs a space after the colon: {shorten(pair)}"


def _wrong(kind: str, value: Any, context: Mapping[str, Any], field: Field) -> str:
    """What to say of a field that is missing, or whose value does not fit."""
    if kind == "missing":
        return f"is missing; {field.title} needs it"
    if kind == "bare_name":
        return f"{context['name']} needs more than its name: {{type: {context['name']}, {context['fields']}}}"
    if kind == "no_word":
        return f"must be {context['word']}, a list or a mapping, not {show(value)}"
    if kind == "too_short":
        return f"must have at least {context['min_length']} entry"
    if kind == "string_too_short":
        return "must not be empty"
    if kind == "names":
        return f"must be a name or a list of names{'' if isinstance(value, list) else f', not {show(value)}'}"
    if kind in LIMITS:
        words, key = LIMITS[kind]
        return f"must be {words} {context[key]:.15g}, not {show(value)}"
    if kind == "literal_error":
        return f"must be {str(context['expected']).replace(chr(39), '')}, not {show(value)}"
    if kind.startswith("int") and isinstance(value, float) and abs(value) >= EXACT_INTEGERS and value.is_integer():
        return f"must be a whole number, and {show(value)} is too large to be exact"
    return _not_of_type(kind, value, field) if kind in TYPES else f"cannot be {show(value)}"


def _not_of_type(kind: str, value: Any, field: Field) -> str:
    """Return the message for a value of another type than its field takes."""
    needed = TYPES[kind]
    if isinstance(value, str):
        if needed == "a mapping" and (pair := unspaced(value)):
            return _needs_space(value, pair)
        if needed in NUMBERS and (number := with_point(value)):
            return f"{show(value)} is not a number; write {number}"
    if kind == "dict_type" and isinstance(value, float) and 0 < value < 1:
        return f"must be a mapping, not {show(value)}; a share of the data belongs into data.split"
    if (mapping := mapping_in(field.hint)) and mapping.example:
        pairs = ", ".join(f"{key}: {one}" for key, one in mapping.example.items())
        or_null = "null or " if type(None) in get_args(field.hint) else ""
        needed = f"{or_null}{needed}, as in {{{pairs}}}"
    return f"must be {needed}, not {show(value)}"


def _component(field: Field) -> str:
    """The name of the component that a field is one of, or nothing."""
    return field.title if "type" in field_names(field.owner) else ""


def _without_tags(loc: Sequence[str | int]) -> KeyPath:
    return tuple(part for part in loc if not is_tag(part))
