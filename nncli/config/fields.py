"""What the classes of an experiment say of their fields: which there are, of which kinds, and where a name belongs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any, NamedTuple, TypeAlias, get_args, get_origin, get_type_hints

from nncli.config.spellings import spelled
from nncli.experiment import MAX_DEPTH, Experiment, kinds_in, mapping_in
from nncli.registry import BARE_MARK, TAG_MARK, components, kinds, type_name

KeyPath: TypeAlias = tuple[str | int, ...]

FIRST = 0  # the entry of a list that stands for all


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
            if mapping := mapping_in(hint):
                owner, title = mapping, str(before)
            hint = _hints(owner).get(part)
    return Field(owner, title, hint)


def field_names(cls: type) -> list[str]:
    """The names of the fields of a class of the experiment."""
    return [field.name for field in dataclasses.fields(cls)]


def names_of(kinds: Sequence[str]) -> list[str]:
    """The names of the components of some kinds."""
    return [type_name(cls) for cls in _components(kinds)]


def nearest(name: str, names: Sequence[str]) -> str:
    """The one of the names that is most likely meant, or nothing."""
    here = spelled(name)
    return here if here in names else next(iter(get_close_matches(here, names, 1)), "")


def siblings_with(name: str, cls: type) -> list[str]:
    """The names of the other components of a component's kind that have a field of that name."""
    siblings = (one for kind in kinds() if cls in components(kind) for one in components(kind))
    return [type_name(one) for one in siblings if name in field_names(one)]


def elsewhere(name: str, cls: type, path: KeyPath) -> str:
    """Return where below a class at a path, or else in the experiment, a field of that name belongs, or nothing.

    A dotted name, as `split.validation`, is the end of a path.
    """
    end = tuple(name.split("."))
    below = (place for place in _places(cls, path) if place[-len(end) :] == end)
    above = (place for place in _places(Experiment, ()) if place[-len(end) :] == end and FIRST not in place)
    return ".".join(str(part) for part in next(below, None) or next(above, ()))


def setting(name: str) -> str:
    """Return the path of the first field of the experiment with that name, those within lists last, or nothing."""
    end = tuple(name.split("."))
    places = sorted((place for place in _places(Experiment, ()) if place[-len(end) :] == end), key=lambda p: FIRST in p)
    return ".".join(str(part) for part in next(iter(places), ()))


def _places(cls: type, path: KeyPath) -> Iterator[KeyPath]:
    """The path of every field of a class, and of those within its fields."""
    for name in field_names(cls):
        if name != "type" and len(path) < MAX_DEPTH:
            yield (*path, name)
            hint = _hints(cls)[name]
            inner = mapping_in(hint)
            for one in [inner] if inner else _components(kinds_in(hint)):
                yield from _places(one, (*path, name, FIRST) if _is_list(hint) else (*path, name))


def takes_list(path: str) -> bool:
    """Whether the setting at a path is a list."""
    return _is_list(field_at(Experiment, path.split(".")).hint)


def _is_list(hint: Any) -> bool:
    return tuple in (get_origin(one) for one in (hint, *get_args(hint)))


def _components(kinds: Sequence[str]) -> list[type]:
    return [cls for kind in kinds for cls in components(kind)]


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)
