"""From a tree to an experiment, or to all that is wrong with it, each with its place and what would be right."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from nncli.config.fields import KeyPath
from nncli.config.messages import MAX_FAULTS, Fault, fault, word
from nncli.config.nodes import Node, locate, plain
from nncli.config.paths import NOT_OF_PARTS
from nncli.errors import SpecErrors, UsageError
from nncli.experiment import Experiment
from nncli.registry import components, find, kinds, naming, type_name
from nncli.settings import PARTS
from nncli.text import shorten

MAX_WORDED = 100  # put in words, which takes time, before they are put in order


def experiment_of(root: Node) -> Experiment:
    """The experiment that a tree says. Raises SpecErrors with every problem that its fields and types have."""
    data = plain(root)
    experiment, faults = _checked(Experiment, data)
    faults += _faults_of_parts(data)
    if faults:
        raise _refusal(root, faults)
    assert isinstance(experiment, Experiment)
    return experiment


def placed(root: Node, path: KeyPath, message: str, at_key: bool = False) -> UsageError:
    """A problem as an error at the place of its value or key; an argument that says it all is not repeated."""
    place = locate(root, path, at_key)
    name = ".".join(shorten(str(part)) or '""' for part in path)
    at_argument = not place.line and place.source.startswith(f"{name}=")
    return UsageError(message if at_argument or not name else f"{name}: {message}", place=str(place))


def _checked(cls: type, data: Any, prefix: KeyPath = ()) -> tuple[Any, list[Fault]]:
    """What a class makes of data, or None and why; a field that is missing is not told where another name stands."""
    text, known = json.dumps(data), tuple(one for kind in kinds() for one in components(kind))
    words = set(_words(data))
    named = tuple(one for one in known if type_name(one) in words)
    with suppress(ValidationError):  # most specs are right, and a schema of what they name takes half the time
        return _adapter(cls, named).validate_json(text), []
    try:
        return _adapter(cls, known).validate_json(text), []
    except ValidationError as error:
        found = [one for one in error.errors(include_url=False) if not _has_only_bad_entries(one)]
    faults = [fault(one, cls, prefix) for one in found[:MAX_WORDED]]
    meant = {(*one.path[:-1], one.meant) for one in faults if one.meant}
    pairs = zip(found, faults, strict=False)
    return None, [told for one, told in pairs if one["type"] != "missing" or told.path not in meant]


@cache
def _adapter(cls: type, known: tuple[type, ...]) -> TypeAdapter[Any]:
    """Pydantic's validator of a class, which knows these components."""
    with naming({type_name(one) for one in known}):
        return TypeAdapter(cls)


def _words(data: Any) -> Iterator[str]:
    """Every text in data, of which some are names of components."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for item in data.values() if isinstance(data, dict) else data:
            yield from _words(item)


def _has_only_bad_entries(error: Any) -> bool:
    """Whether a list is called too short that is long enough, its entries being refused for what they are."""
    return bool(error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"])


def _faults_of_parts(data: Any) -> Iterator[Fault]:
    """What is wrong with `validation:` and `test:`, which hold fields of the data set that they are parts of."""
    whole = data.get("data") if isinstance(data, dict) else None
    name = whole.get("type") if isinstance(whole, dict) else None
    cls = find("data", name) if isinstance(name, str) else None
    if cls is None or not isinstance(whole, dict):
        return
    own = {key: value for key, value in whole.items() if key not in PARTS}
    for part in PARTS:
        differing = whole.get(part)
        if isinstance(differing, dict):
            fields = {key: value for key, value in differing.items() if key not in NOT_OF_PARTS}
            for key in (key for key in differing if key not in fields):
                message = "a part of the data has no type of its own" if key == "type" else "a part has no parts"
                yield Fault(("data", part, key), message, True, str(name))
            _, faults = _checked(cls, own | fields, ("data", part))
            yield from (one for one in faults if one.path[2:3] and one.path[2] in fields)


def _refusal(root: Node, faults: Iterable[Fault]) -> SpecErrors:
    """All faults in the order of their places, those of arguments last; of a flood the first."""
    told = sorted(faults, key=lambda one: _order(root, one))
    problems = [placed(root, *one[:3]) for one in told[:MAX_FAULTS]]
    if len(told) > MAX_FAULTS:
        problems.append(UsageError("there are more problems than these", place=root.place.source))
    return SpecErrors(problems, hint=_hint(next((one.about for one in told if one.about), "")))


def _order(root: Node, one: Fault) -> tuple[bool, bool, str, int, int]:
    """The file that was asked for, then what it extends, then arguments, these as they come."""
    place = locate(root, one.path, one.at_key)
    if not place.line:
        return True, True, "", 0, 0
    return False, place.source != root.place.source, *place


def _hint(about: str) -> str:
    """Where to read on."""
    if about in kinds():
        return f"`nncli list {about}` shows every {word(about)}"
    return f"`nncli list {about}` shows every field with its limits and default" if about else ""
