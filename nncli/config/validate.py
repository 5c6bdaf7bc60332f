"""Validate a tree: return the experiment, or raise every problem with its place and a suggestion."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from nncli.config.fields import KeyPath
from nncli.config.messages import MAX_FAULTS, Fault, kind_word, make_fault
from nncli.config.nodes import Node, locate, plain
from nncli.config.paths import NOT_OF_PARTS
from nncli.errors import SpecErrors, UsageError
from nncli.experiment import Experiment
from nncli.registry import components, find, kinds, limit_components, type_name
from nncli.settings import PARTS
from nncli.text import shorten

MAX_WORDED = 100  # errors to put into words, which takes time, before they are sorted
_prepared = set[type]()


def build_experiment(root: Node) -> Experiment:
    """Return the experiment of a tree. Raises SpecErrors with every problem in its fields and types."""
    data = plain(root)
    experiment, faults = validate(Experiment, data)
    faults += _faults_of_parts(data)
    if faults:
        raise spec_errors(root, faults)
    assert isinstance(experiment, Experiment)
    return experiment


def error_at(root: Node, path: KeyPath, message: str, at_key: bool = False) -> UsageError:
    """Return a problem as an error at the place of its value or key.

    The path is left out of the message if the place is an argument that begins with it.
    """
    place = locate(root, path, at_key)
    name = ".".join(shorten(str(part)) or '""' for part in path)
    at_argument = not place.line and place.source.startswith(f"{name}=")
    return UsageError(message if at_argument or not name else f"{name}: {message}", place=str(place))


def validate(cls: type, data: Any, prefix: KeyPath = ()) -> tuple[Any, list[Fault]]:
    """Validate data; return the instance and no faults, or None and the faults.

    A missing field is not reported if an unknown key most likely stands for it.
    """
    text, known, texts = json.dumps(data), _all_components(), set(_texts(data))
    named = known if cls in _prepared else tuple(component for component in known if type_name(component) in texts)
    # Most specs are valid, and a schema of only the components they name takes half the time.
    with suppress(ValidationError):
        return _adapter(cls, named).validate_json(text), []
    try:
        return _adapter(cls, known).validate_json(text), []
    except ValidationError as error:
        details = [detail for detail in error.errors(include_url=False) if not _has_only_bad_entries(detail)]
    faults = [make_fault(detail, cls, prefix) for detail in details[:MAX_WORDED]]
    meant = {(*problem.path[:-1], problem.meant) for problem in faults if problem.meant}
    pairs = zip(details, faults, strict=False)
    return None, [problem for detail, problem in pairs if detail["type"] != "missing" or problem.path not in meant]


def prepare(cls: type) -> None:
    """Build the validator of a class for all components, for a process that validates many specs, or that is forked."""
    _adapter(cls, _all_components())
    _prepared.add(cls)


def _all_components() -> tuple[type, ...]:
    return tuple(component for kind in kinds() for component in components(kind))


@cache
def _adapter(cls: type, known: tuple[type, ...]) -> TypeAdapter[Any]:
    """Return pydantic's validator of a class, which accepts these components."""
    with limit_components({type_name(component) for component in known}):
        return TypeAdapter(cls)


def _texts(data: Any) -> Iterator[str]:
    """Yield every text in data; names of components are among them."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for item in data.values() if isinstance(data, dict) else data:
            yield from _texts(item)


def _has_only_bad_entries(error: Any) -> bool:
    """Return whether pydantic calls a list too short only because it dropped the invalid entries."""
    return bool(error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"])


def _faults_of_parts(data: Any) -> Iterator[Fault]:
    """Yield problems in `validation:` and `test:`, which hold fields of the data set they belong to."""
    data_set = data.get("data") if isinstance(data, dict) else None
    name = data_set.get("type") if isinstance(data_set, dict) else None
    cls = find("data", name) if isinstance(name, str) else None
    if cls is None or not isinstance(data_set, dict):
        return
    own = {key: value for key, value in data_set.items() if key not in PARTS}
    for part in PARTS:
        differing = data_set.get(part)
        if isinstance(differing, dict):
            fields = {key: value for key, value in differing.items() if key not in NOT_OF_PARTS}
            for key in (key for key in differing if key not in fields):
                reason = f"always has the type of its data set, {name}" if key == "type" else "cannot have parts"
                yield Fault(("data", part, key), f"a part {reason}; remove this", True, str(name))
            _, faults = validate(cls, own | fields, ("data", part))
            yield from (problem for problem in faults if problem.path[2:3] and problem.path[2] in fields)


def spec_errors(root: Node, faults: Iterable[Fault]) -> SpecErrors:
    """Return an error with the first MAX_FAULTS faults in the order of their places, those of arguments last."""
    ordered = sorted(faults, key=lambda problem: _order(root, problem))
    problems = [error_at(root, *problem[:3]) for problem in ordered[:MAX_FAULTS]]
    if len(ordered) > MAX_FAULTS:
        problems.append(UsageError("has more problems; fix these first", place=root.place.source))
    return SpecErrors(problems, hint=_hint(next((problem.about for problem in ordered if problem.about), "")))


def _order(root: Node, problem: Fault) -> tuple[bool, bool, str, int, int]:
    """Return a sort key: the given file first, then the files it extends, then arguments in their order."""
    place = locate(root, problem.path, problem.at_key)
    if not place.line:
        return True, True, "", 0, 0
    return False, place.source != root.place.source, *place


def _hint(about: str) -> str:
    """Return a hint to look up a component or kind, or an empty string."""
    if about in kinds():
        return f"see `nncli list {about}` for every {kind_word(about)}"
    return f"see `nncli list {about}` for its fields, limits and defaults" if about else ""
