"""Turn pydantic's errors in an experiment into messages: what is wrong, and what to write instead."""

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
from nncli.config.number_slips import with_point, with_space
from nncli.config.spellings import NOT_SETTINGS, canonical_name
from nncli.experiment import Experiment, mapping_in
from nncli.text import join_words, quote, shorten

MAX_FAULTS = 20  # reported at once
KIND_WORDS = {"data": "data set"}  # kinds that messages do not call by the name of their field
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
    "bool_or_blocks": "true, false or blocks",
    "finite_number": "a finite number",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "dataclass_type": "a mapping",
}
NUMBERS = ("a number", "a whole number")


class Fault(NamedTuple):
    """A problem in a spec."""

    path: KeyPath
    message: str
    at_key: bool = False  # whether the key is wrong instead of its value
    about: str = ""  # the component or kind to look up with `nncli list`
    meant: str = ""  # the field that an unknown key most likely stands for


def make_fault(error: Mapping[str, Any], cls: type, prefix: KeyPath = ()) -> Fault:
    """Return one of pydantic's errors in a class at the path `prefix` as a fault."""
    kind, value, loc = error["type"], error["input"], error["loc"]
    if kind == "unexpected_keyword_argument":
        field = field_at(cls, (*loc[:-1], ""))  # without the key, which might look like a tag
        path = (*prefix, *_without_tags(loc[:-1]), loc[-1])
        instead, meant = _alternative(path, field)
        return Fault(path, f"{field.title} has no such field{instead}", True, _component(field), meant)
    path, field = (*prefix, *_without_tags(loc)), field_at(cls, loc)
    about = field.kinds[0] if field.kinds and kind != "bare_name" else _component(field)
    # Pydantic reads a type that begins with the mark of a bare name as a bare name.
    if kind in ("union_tag_invalid", "union_tag_not_found") or (kind == "literal_error" and is_tag(loc[-1])):
        at_type = isinstance(value, dict) and "type" in value
        return Fault((*path, "type") if at_type else path, _not_a_component(value, field.kinds), False, about)
    return Fault(path, _wrong_value(kind, value, error.get("ctx", {}), field), False, about)


def kind_word(kind: str) -> str:
    """Return the word for a kind in messages."""
    return KIND_WORDS.get(kind, kind)


def show_value(value: Any) -> str:
    """Return a value for a message: short, on one line, text in quotes."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return quote(value) if isinstance(value, str) else shorten(str(value))


def _alternative(path: KeyPath, field: Field) -> tuple[str, str]:
    """Return what to write instead of an unknown key, and the field of its mapping that it may stand for."""
    key, names = str(path[-1]), field_names(field.owner)
    if field.owner is Experiment:
        names.append("extends")  # not a field of the class, since it is resolved before
    if reason := NOT_SETTINGS.get(f"{field.title}.{key}") or NOT_SETTINGS.get(key):
        return f"; {reason}", ""
    known_name = canonical_name(key)
    if known_name not in names:
        if siblings := siblings_with(known_name, field.owner):
            return f"; only {join_words(siblings)} {'have' if len(siblings) > 1 else 'has'} it", ""
        if place := elsewhere(known_name, field.owner, path[:-1]):
            return f"; write {_nested_mappings(key)}" if place == key and "." in key else f"; did you mean {place}?", ""
    if near := nearest(key, names):
        return f"; did you mean {near}?", near
    return ("" if _component(field) else f"; its fields are {join_words(names)}"), ""


def _nested_mappings(path: str) -> str:
    """Return a dotted path as nested mappings: `train: {epochs: ...}`."""
    first, *rest = path.split(".")
    return f"{first}: {{{_nested_mappings('.'.join(rest))}}}" if rest else f"{first}: ..."


def _not_a_component(value: Any, kinds: Sequence[str]) -> str:
    """Return the message for a value that should have been a component of one of the kinds."""
    names = names_of(kinds)
    if isinstance(value, dict) and "type" not in value:
        key = next((key for key in value if key in names), "")
        return f"needs a type, as in {{type: {key}, ...}}" if key else f"needs a type: {join_words(names, 'or')}"
    name = value.get("type") if isinstance(value, dict) else value
    if isinstance(name, str):
        if pair := with_space(name):
            return _needs_space(name, pair)
        near = nearest(name, names)
        instead = f"did you mean {near}?" if near else f"choose from {join_words(names)}"
        return f"unknown {' or '.join(kind_word(kind) for kind in kinds)} {show_value(name)}; {instead}"
    if isinstance(value, dict):
        return f"must be text, not {show_value(name)}"
    units = "layer" in kinds and isinstance(value, int) and value > 0 and not isinstance(value, bool)
    instead = f"; write {{type: dense, units: {show_value(value)}}}" if units else ""
    return f"must be a name or a mapping with a type, not {show_value(value)}{instead}"


def _needs_space(text: str, pair: str) -> str:
    return f"{show_value(text)} needs a space after the colon: {shorten(pair)}"


def _wrong_value(kind: str, value: Any, context: Mapping[str, Any], field: Field) -> str:
    """Return the message for a missing field or a wrong value."""
    if kind == "missing":
        return f"is missing; {field.title} needs it"
    if kind == "bare_name":
        return f"{context['name']} needs more than its name; write {{type: {context['name']}, {context['fields']}}}"
    if kind == "no_word":
        return f"must be {context['word']}, a list or a mapping, not {show_value(value)}"
    if kind == "too_short":
        return f"must have at least {context['min_length']} entry"
    if kind == "string_too_short":
        return "must not be empty"
    if kind == "names":
        return f"must be a name or a list of names{'' if isinstance(value, list) else f', not {show_value(value)}'}"
    if kind in LIMITS:
        words, key = LIMITS[kind]
        return f"must be {words} {context[key]:.15g}, not {show_value(value)}"
    if kind == "literal_error":
        return f"must be {str(context['expected']).replace(chr(39), '')}, not {show_value(value)}"
    if kind.startswith("int") and isinstance(value, float) and abs(value) >= EXACT_INTEGERS and value.is_integer():
        return f"must be a whole number, but {show_value(value)} is too large to be exact"
    return _not_of_type(kind, value, field) if kind in TYPES else f"cannot be {show_value(value)}"


def _not_of_type(kind: str, value: Any, field: Field) -> str:
    """Return the message for a value of another type than its field takes."""
    needed = TYPES[kind]
    if isinstance(value, str):
        if needed == "a mapping" and (pair := with_space(value)):
            return _needs_space(value, pair)
        if needed in NUMBERS and (number := with_point(value)):
            return f"{show_value(value)} is not a number; write {number}"
    if kind == "dict_type" and isinstance(value, float) and 0 < value < 1:
        return f"must be a mapping, not {show_value(value)}; use data.split for a fraction of the data"
    if (mapping := mapping_in(field.hint)) and mapping.example:
        pairs = ", ".join(f"{key}: {example}" for key, example in mapping.example.items())
        or_null = "null or " if type(None) in get_args(field.hint) else ""
        needed = f"{or_null}{needed}, as in {{{pairs}}}"
    return f"must be {needed}, not {show_value(value)}"


def _component(field: Field) -> str:
    """Return the name of the component that has the field, or an empty string if a plain mapping has it."""
    return field.title if "type" in field_names(field.owner) else ""


def _without_tags(loc: Sequence[str | int]) -> KeyPath:
    return tuple(part for part in loc if not is_tag(part))
