"""Look up fields of an experiment's classes: their names, the kinds they take, and where a misplaced name belongs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import cache
from types import UnionType
from typing import Annotated, Any, NamedTuple, TypeAlias, Union, get_args, get_origin, get_type_hints

from nncli.config.spellings import canonical_name
from nncli.experiment import MAX_DEPTH, Experiment, kinds_in, mapping_in
from nncli.registry import BARE_MARK, TAG_MARK, components, kinds, type_name

KeyPath: TypeAlias = tuple[str | int, ...]

FIRST = 0  # the entry that stands for all entries of a list


class Field(NamedTuple):
    """A field, existing or not: the class it belongs to, that class's title in messages, and the field's type."""

    owner: type
    title: str
    hint: Any

    @property
    def kinds(self) -> list[str]:
        """The kinds of component that the field takes."""
        return kinds_in(self.hint)


def is_tag(part: str | int) -> bool:
    """Return whether a part of pydantic's path is the choice of a union instead of a key."""
    return isinstance(part, str) and part.startswith(TAG_MARK)


def field_at(cls: type, loc: Sequence[str | int]) -> Field:
    """Return the field at pydantic's path below a class."""
    owner, title, hint = cls, _title(cls), None
    for before, part in zip(("", *loc), loc, strict=False):
        if is_tag(part):
            name = str(part).removeprefix(BARE_MARK).removeprefix(TAG_MARK)
            # The tag may instead be a choice of WordOr, or a key of a mapping that looks like a tag.
            if chosen := [choice for choice in _components(kinds_in(hint)) if type_name(choice) == name]:
                owner, title = chosen[0], name
        elif isinstance(part, str):
            if mapping := mapping_in(hint):
                owner, title = mapping, str(before)
            hint = _hints(owner).get(part)
    return Field(owner, title, hint)


def field_names(cls: type) -> list[str]:
    """Return the names of the fields of a spec class."""
    return [field.name for field in dataclasses.fields(cls)]


def names_of(kinds: Sequence[str]) -> list[str]:
    """Return the names of all components of some kinds."""
    return [type_name(cls) for cls in _components(kinds)]


def nearest(name: str, names: Sequence[str]) -> str:
    """Return the name that is most likely meant, or an empty string."""
    known_name = canonical_name(name)
    return known_name if known_name in names else next(iter(get_close_matches(known_name, names, 1)), "")


def siblings_with(name: str, cls: type) -> list[str]:
    """Return the names of other components of the same kind that have a field of that name."""
    siblings = (sibling for kind in kinds() if cls in components(kind) for sibling in components(kind))
    return [type_name(sibling) for sibling in siblings if name in field_names(sibling)]


def elsewhere(name: str, cls: type, path: KeyPath) -> str:
    """Return the path of a field of that name, below a class at a path or else in the experiment, or an empty string.

    A dotted name such as `split.validation` is the end of a path.
    """
    end = tuple(name.split("."))
    below = (place for place in _places(cls, path) if place[-len(end) :] == end)
    above = (place for place in _places(Experiment, ()) if place[-len(end) :] == end and FIRST not in place)
    return ".".join(str(part) for part in next(below, None) or next(above, ()))


def setting(name: str) -> str:
    """Return the path of the first field of the experiment with that name, or an empty string; lists come last."""
    end = tuple(name.split("."))
    places = sorted((place for place in _places(Experiment, ()) if place[-len(end) :] == end), key=lambda p: FIRST in p)
    return ".".join(str(part) for part in next(iter(places), ()))


def _places(cls: type, path: KeyPath) -> Iterator[KeyPath]:
    """Yield the path of every field of a class, and of the fields within its fields."""
    for name in field_names(cls):
        if name != "type" and len(path) < MAX_DEPTH:
            yield (*path, name)
            hint = _hints(cls)[name]
            inner = mapping_in(hint)
            for field_class in [inner] if inner else _components(kinds_in(hint)):
                yield from _places(field_class, (*path, name, FIRST) if _is_list(hint) else (*path, name))


def takes_list(path: str) -> bool:
    """Return whether the setting at a path is always a list."""
    hints = hints_at(path)
    return bool(hints) and all(get_origin(inner) is tuple for hint in hints for inner in _alternatives(hint))


def takes_decimals(path: str) -> bool:
    """Return whether the setting at a path can be a number with decimals."""
    return any(float in _alternatives(hint) for hint in hints_at(path))


def hints_at(path: str) -> list[Any]:
    """Return the types of the setting at a path, one for each component that has it; empty if none does."""
    classes: list[type] = [Experiment]
    hints: list[Any] = []
    for part in path.split("."):
        if not part.isdigit():  # an entry of a list has the components of the list
            hints = [hint for cls in classes if (hint := _hints(cls).get(part)) is not None]
            inner = [[mapping] if (mapping := mapping_in(hint)) else _components(kinds_in(hint)) for hint in hints]
            classes = [cls for group in inner for cls in group]
    return hints


def _alternatives(hint: Any) -> list[Any]:
    """Return the alternatives of a union, without None and Annotated."""
    if get_origin(hint) is Annotated:
        return _alternatives(get_args(hint)[0])
    inner = get_args(hint) if get_origin(hint) in (Union, UnionType) else ()
    return [each for part in inner if part is not type(None) for each in _alternatives(part)] if inner else [hint]


def _title(cls: type) -> str:
    """Return what a message calls a class."""
    if cls is Experiment:
        return "an experiment"
    return type_name(cls) if "type" in field_names(cls) else cls.__name__.lower()


def _is_list(hint: Any) -> bool:
    return any(get_origin(inner) is tuple for inner in (hint, *get_args(hint)))


def _components(kinds: Sequence[str]) -> list[type]:
    return [cls for kind in kinds for cls in components(kind)]


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)
