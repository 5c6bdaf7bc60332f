"""Changes a tree by arguments of the form `key.path=value`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from nncli.config.merge import entries, has_any_keys, merge, type_of
from nncli.config.nodes import Entry, Node, Place, kind, plain
from nncli.config.reader import read_value
from nncli.errors import SpecErrors, UsageError
from nncli.file_limits import MAX_DEPTH
from nncli.settings import join_path
from nncli.text import quote, shorten

PART = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*|[0-9]{1,9}")

OPERATORS = "+-*/"  # of programming languages, as in `layers+=relu`

KeyPath: TypeAlias = tuple[str, ...]


class Change(NamedTuple):
    """One argument: where it sets what, which of them it was, and what of its target others set."""

    path: KeyPath
    node: Node
    place: Place
    number: int
    again: frozenset[str] = frozenset()

    @property
    def target(self) -> KeyPath:
        """The path of what is changed as a whole: of the component, where the last part is its `type`."""
        return self.path[:-1] if self.path[-1] == "type" else self.path

    @property
    def unsets(self) -> bool:
        return self.node.value is None

    @property
    def shortens(self) -> bool:
        """Whether it takes an entry out of a list, which moves those behind it."""
        return self.unsets and self.path[-1].isdigit()

    def error(self, message: str) -> UsageError:
        return UsageError(message, place=str(self.place))


def change(root: Node, arguments: Sequence[str]) -> tuple[Node, list[str]]:
    """What arguments make of a tree, and warnings about what was dropped; raises SpecErrors with all that is wrong."""
    changes: list[Change] = []
    warnings: list[str] = []
    problems: dict[int, UsageError] = {}
    for number, argument in enumerate(arguments):
        try:
            changes.append(_parse(argument, number))
        except UsageError as problem:
            problems[number] = problem
    broken = {arguments[number].partition("=")[0] for number in problems}
    parents = _parents(changes)
    for one in _in_order(root, changes, parents):
        if any(".".join(one.path[:end]) in broken for end in range(1, len(one.path))):
            continue  # it may be wrong only because what it builds on is
        try:
            again = frozenset(parents.get(one.target, set()) - {"type"})
            root, dropped = _put(root, one.path, one._replace(again=again))
            warnings += dropped
        except UsageError as problem:
            problems[one.number] = problem
    if problems:
        told = [problems[number] for number in sorted(problems)]
        raise SpecErrors(one for many in told for one in (many.problems if isinstance(many, SpecErrors) else [many]))
    return root, warnings


def with_options(arguments: Sequence[str], options: Mapping[str, str]) -> list[str]:
    """Return arguments and those that options are short for; `options` maps `--seed 1` to `seed=1`.

    Raises UsageError if an argument sets what an option sets to something else.
    """
    for option, short in options.items():
        wanted = _parse(short, 0)
        for argument in arguments:
            if _contradicts(argument, wanted):
                raise UsageError(f"contradicts {shorten(argument)}; give one of them", place=shorten(option))
    return [*arguments, *options.values()]


def _contradicts(argument: str, wanted: Change) -> bool:
    """Return whether an argument gives another value to a setting that a change sets."""
    from nncli.settings import value_at  # completion does without

    try:
        one = _parse(argument, 0)
    except UsageError:  # which `change` raises
        return False
    above, below = wanted.path[: len(one.path)], wanted.path[len(one.path) :]
    value = value_at(plain(one.node), ".".join(below)) if below else plain(one.node)
    return one.path == above and value not in (None, plain(wanted.node))


def _parse(argument: str, number: int) -> Change:
    """Reads an argument; raises UsageError where it has not the form of a change."""
    place = Place(argument or "''")
    key, equals, text = argument.partition("=")
    if not equals:
        raise UsageError("must look like key.path=value", place=str(place))
    if not key:
        raise UsageError("has no key before the =", place=str(place))
    if key[-1] in OPERATORS:
        whole = f"{key[:-1].rstrip('.')}={'[...]' if key[-1] == '+' else 'VALUE'}"
        message = f"{key[-1]}= is not supported; an override gives the whole value, as in {shorten(whole)}"
        raise UsageError(message, place=str(place))
    parts = key.split(".")
    for part in parts:
        if re.fullmatch(r"-[0-9]+", part):
            raise UsageError(f"{shorten(part)} is no entry of a list; they are counted from 0", place=str(place))
        if not PART.fullmatch(part):
            raise UsageError(f"{quote(part)} is no key; a change looks like layers.0.units=32", place=str(place))
    if len(parts) > MAX_DEPTH:
        raise UsageError(f"goes more than {MAX_DEPTH} keys deep", place=str(place))
    if parts[0] == "extends":
        raise UsageError("only a file can extend another", place=str(place))
    path = tuple(part.lstrip("0") or "0" if part.isdigit() else part for part in parts)
    node = read_value(text, place)
    if path == ("name",) and isinstance(node.value, int | float):  # a name is text, also if it is `123` or `true`
        node = Node(text.strip(), place)
    return Change(path, node, place, number)


def _parents(changes: Sequence[Change]) -> dict[KeyPath, set[str]]:
    """What lies right below each path that changes go through."""
    parents: dict[KeyPath, set[str]] = {}
    for one in changes:
        for end in range(1, len(one.path)):
            parents.setdefault(one.path[:end], set()).add(one.path[end])
    return parents


def _in_order(root: Node, changes: Sequence[Change], parents: Collection[KeyPath]) -> list[Change]:
    """New types first, outer ones before inner; entries taken out of lists last, from the end; the rest as given."""
    types = [one for one in changes if _changes_type(one, root, parents)]
    targets = {one.target[:end] for one in types for end in range(1, len(one.target) + 1)}
    first = {one.number for one in types}
    # Among changes of the same thing the last still wins, as in `optimizer=null optimizer=sgd`.
    same = [one for one in changes if one.target in targets and not isinstance(one.node.value, dict)]
    first |= {one.number for one in same if not one.shortens}
    early = [one for one in changes if one.number in first]
    # Of several names only the last counts: `optimizer=sgd optimizer=adam` drops nothing of adam.
    names = {one.target: one.number for one in early if isinstance(one.node.value, str)}
    early = [one for one in early if not isinstance(one.node.value, str) or names[one.target] == one.number]
    early.sort(key=lambda one: len(one.target))
    late = [one for one in changes if one.number not in first and not one.shortens]
    # An entry is taken out once, and only if nothing is done to it afterwards.
    latest = {one.path[:end]: one.number for one in changes for end in range(1, len(one.path) + 1)}
    last = [one for one in changes if one.shortens and latest[one.path] == one.number]
    last.sort(key=lambda one: (-len(one.path), -int(one.path[-1])))
    return [*early, *late, *last]


def _changes_type(one: Change, root: Node, parents: Collection[KeyPath]) -> bool:
    """Whether a change gives a type, or all of a component or list, so that changes below it come after it."""
    value = one.node.value
    if isinstance(value, str):
        return one.path[-1] == "type" or one.path in parents or _has_type(root, one.path)
    return isinstance(value, list) or (isinstance(value, dict) and "type" in value)


def _has_type(node: Node, path: Sequence[str]) -> bool:
    """Whether there is a mapping with a type at a path."""
    for part in path:
        if isinstance(node.value, dict) and part in node.value:
            node = node.value[part].node
        elif isinstance(node.value, list) and part.isdigit() and int(part) < len(node.value):
            node = node.value[int(part)]
        else:
            return False
    return isinstance(node.value, dict) and bool(type_of(node.value))


def _put(base: Node, path: Sequence[str], one: Change, done: str = "") -> tuple[Node, list[str]]:
    """What a change below a node makes of it; `done` is the path to the node. Raises UsageError where it cannot be."""
    if not path:
        return _merge(base, one.node, one, done)
    if isinstance(base.value, list):
        return _put_in_list(base, base.value, path, one, done)
    below = {} if base.value is None else entries(base, done)
    if below is None:
        raise one.error(f"{done} is {kind(base)} and has nothing below it")
    head, rest = path[0], path[1:]
    if one.unsets and head not in below:
        return base, []
    if one.unsets and not rest:
        return Node({key: entry for key, entry in below.items() if key != head}, base.place), []
    if base.value is None and head.isdigit() and not has_any_keys(done):
        raise one.error(f"there is no list {done}")
    # A mapping stays where it was, unless there was none or a new type makes a new one.
    place = base.place if isinstance(base.value, dict) else one.place
    if head == "type" and not rest:
        over = Node({head: Entry(one.place, one.node)}, one.place)
        node, warnings = _merge(Node(below, base.place), over, one, done)
        return (node if node is over else Node(node.value, place)), warnings
    entry = below.get(head, Entry(one.place, Node(None, one.place)))
    node, warnings = _put(entry.node, rest, one, join_path(done, head))
    return Node({**below, head: Entry(entry.place if rest else one.place, node)}, place), warnings


def _put_in_list(
    base: Node, items: Sequence[Node], path: Sequence[str], one: Change, done: str
) -> tuple[Node, list[str]]:
    """What a change makes of a list; raises UsageError where it names no entry of it."""
    head, rest = path[0], path[1:]
    if not head.isdigit():
        raise one.error(f"{done} is a list; name one of its entries, as in {done}.0")
    index, count = int(head), len(items)
    if index >= count and one.unsets:
        return base, []
    if index >= count:
        there_are = f"{count} entries (0 to {count - 1})" if count > 1 else "1 entry (0)" if count else "no entries"
        raise one.error(f"{done} has {there_are}")
    if one.unsets and not rest:
        return Node([*items[:index], *items[index + 1 :]], base.place), []
    item, warnings = _put(items[index], rest, one, join_path(done, head))
    return Node([*items[:index], item, *items[index + 1 :]], base.place), warnings


def _merge(base: Node, over: Node, one: Change, path: str) -> tuple[Node, list[str]]:
    """As `merge`, but what other changes give again is not said to be dropped."""
    merged, warnings = merge(base, over, path)
    below = entries(base, path)
    if merged is over and below:
        lost = {key: entry for key, entry in below.items() if key not in one.again}
        warnings = merge(Node(lost, base.place), over, path)[1]
    return merged, warnings
