"""Apply overrides, arguments of the form `key.path=value`, to a tree."""

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
OPERATORS = "+-*/"  # for a clear error about `layers+=relu`

KeyPath: TypeAlias = tuple[str, ...]


class Override(NamedTuple):
    """An override: the path that it sets and the value."""

    path: KeyPath
    node: Node
    place: Place
    number: int  # position among the arguments, from 0
    set_again: frozenset[str] = frozenset()  # fields of its target that other overrides set

    @property
    def target(self) -> KeyPath:
        """The path of the value that is replaced: of the component, if the override sets its `type`."""
        return self.path[:-1] if self.path[-1] == "type" else self.path

    @property
    def removes(self) -> bool:
        return self.node.value is None

    @property
    def shortens_list(self) -> bool:
        """Return whether the override removes an entry from a list, which moves the entries after it."""
        return self.removes and self.path[-1].isdigit()

    def error(self, message: str) -> UsageError:
        return UsageError(message, place=str(self.place))


def apply_overrides(root: Node, arguments: Sequence[str]) -> tuple[Node, list[str]]:
    """Apply overrides; return the tree and warnings about dropped fields. Raises SpecErrors with all problems."""
    overrides: list[Override] = []
    warnings: list[str] = []
    problems: dict[int, UsageError] = {}
    for number, argument in enumerate(arguments):
        try:
            overrides.append(parse(argument, number))
        except UsageError as problem:
            problems[number] = problem
    failed_paths = {arguments[number].partition("=")[0] for number in problems}
    children = _children(overrides)
    for override in _application_order(root, overrides, children):
        if any(".".join(override.path[:end]) in failed_paths for end in range(1, len(override.path))):
            continue  # any error may only follow from the failed override
        try:
            set_again = frozenset(children.get(override.target, set()) - {"type"})
            root, dropped = _put(root, override.path, override._replace(set_again=set_again))
            warnings += dropped
        except UsageError as problem:
            problems[override.number] = problem
    if problems:
        ordered = [problems[number] for number in sorted(problems)]
        raise SpecErrors(
            problem for error in ordered for problem in (error.problems if isinstance(error, SpecErrors) else [error])
        )
    return root, warnings


def with_options(arguments: Sequence[str], options: Mapping[str, str]) -> list[str]:
    """Return the arguments with those of options appended; `options` maps `--seed 1` to `seed=1`.

    Raises UsageError if an argument and an option give one setting different values.
    """
    for option, equivalent in options.items():
        override = parse(equivalent, 0)
        for argument in arguments:
            if _contradicts(argument, override):
                raise UsageError(f"contradicts {shorten(argument)}; give one of them", place=shorten(option))
    return [*arguments, *options.values()]


def _contradicts(argument: str, of_option: Override) -> bool:
    """Return whether an argument gives a setting another value than the override that an option stands for."""
    from nncli.settings import value_at  # not at the top, since completion does not need it

    try:
        override = parse(argument, 0)
    except UsageError:  # `apply_overrides` will raise it
        return False
    above, below = of_option.path[: len(override.path)], of_option.path[len(override.path) :]
    value = value_at(plain(override.node), ".".join(below)) if below else plain(override.node)
    return override.path == above and value not in (None, plain(of_option.node))


def parse(argument: str, number: int) -> Override:
    """Parse an argument. Raises UsageError if it does not have the form of an override."""
    place = Place(argument or "''")
    key, equals, text = argument.partition("=")
    if not equals:
        raise UsageError("must look like key.path=value", place=str(place))
    if not key:
        raise UsageError("has no key before the =", place=str(place))
    if key[-1] in OPERATORS:
        example = f"{key[:-1].rstrip('.')}={'[...]' if key[-1] == '+' else 'VALUE'}"
        message = f"{key[-1]}= is not supported; give the whole value, as in {shorten(example)}"
        raise UsageError(message, place=str(place))
    parts = key.split(".")
    for part in parts:
        if re.fullmatch(r"-[0-9]+", part):
            message = f"{shorten(part)} is not an entry of a list; count entries from 0"
            raise UsageError(message, place=str(place))
        if not PART.fullmatch(part):
            message = f"{quote(part)} is not a key; write overrides like layers.0.units=32"
            raise UsageError(message, place=str(place))
    if len(parts) > MAX_DEPTH:
        raise UsageError(f"is nested more than {MAX_DEPTH} keys deep", place=str(place))
    if parts[0] == "extends":
        raise UsageError("extends is not allowed in an override; write it into a file", place=str(place))
    path = tuple(part.lstrip("0") or "0" if part.isdigit() else part for part in parts)
    node = read_value(text, place)
    if path == ("name",) and isinstance(node.value, int | float):  # a name is text, even `123` or `true`
        node = Node(text.strip(), place)
    return Override(path, node, place, number)


def _children(overrides: Sequence[Override]) -> dict[KeyPath, set[str]]:
    """Return the keys right below each path that overrides pass through."""
    children: dict[KeyPath, set[str]] = {}
    for override in overrides:
        for end in range(1, len(override.path)):
            children.setdefault(override.path[:end], set()).add(override.path[end])
    return children


def _application_order(root: Node, overrides: Sequence[Override], children: Collection[KeyPath]) -> list[Override]:
    """Order overrides: new types first, outer before inner; removals from lists last, from the end; others as given."""
    type_overrides = [override for override in overrides if _sets_type(override, root, children)]
    targets = {override.target[:end] for override in type_overrides for end in range(1, len(override.target) + 1)}
    first = {override.number for override in type_overrides}
    # Among overrides of the same target the last still wins, as in `optimizer=null optimizer=sgd`.
    same_target = [
        override for override in overrides if override.target in targets and not isinstance(override.node.value, dict)
    ]
    first |= {override.number for override in same_target if not override.shortens_list}
    first_group = [override for override in overrides if override.number in first]
    # Of several names only the last counts: `optimizer=sgd optimizer=adam` drops no fields of adam.
    names = {override.target: override.number for override in first_group if isinstance(override.node.value, str)}
    first_group = [
        override
        for override in first_group
        if not isinstance(override.node.value, str) or names[override.target] == override.number
    ]
    first_group.sort(key=lambda override: len(override.target))
    late = [override for override in overrides if override.number not in first and not override.shortens_list]
    # Remove an entry once, and only if no later override sets it.
    latest = {
        override.path[:end]: override.number for override in overrides for end in range(1, len(override.path) + 1)
    }
    last = [override for override in overrides if override.shortens_list and latest[override.path] == override.number]
    last.sort(key=lambda override: (-len(override.path), -int(override.path[-1])))
    return [*first_group, *late, *last]


def _sets_type(override: Override, root: Node, children: Collection[KeyPath]) -> bool:
    """Return whether an override sets a type, or a whole component or list, before overrides below it can apply."""
    value = override.node.value
    if isinstance(value, str):
        return override.path[-1] == "type" or override.path in children or _has_type(root, override.path)
    return isinstance(value, list) or (isinstance(value, dict) and "type" in value)


def _has_type(node: Node, path: Sequence[str]) -> bool:
    """Return whether the value at a path is a mapping with a type."""
    for part in path:
        if isinstance(node.value, dict) and part in node.value:
            node = node.value[part].node
        elif isinstance(node.value, list) and part.isdigit() and int(part) < len(node.value):
            node = node.value[int(part)]
        else:
            return False
    return isinstance(node.value, dict) and bool(type_of(node.value))


def _put(base: Node, path: Sequence[str], override: Override, base_path: str = "") -> tuple[Node, list[str]]:
    """Return the node at `base_path` with an override of the rest of the path applied. Raises UsageError."""
    if not path:
        return _merge(base, override.node, override, base_path)
    if isinstance(base.value, list):
        return _put_in_list(base, base.value, path, override, base_path)
    head, rest = path[0], path[1:]
    below = {} if base.value is None else entries(base, base_path)
    if below is None:
        raise override.error(f"{base_path} is {kind(base)}, so it has no key {head}")
    if override.removes and head not in below:
        return base, []
    if override.removes and not rest:
        return Node({key: entry for key, entry in below.items() if key != head}, base.place), []
    if base.value is None and head.isdigit() and not has_any_keys(base_path):
        raise override.error(f"{base_path} is not set, so it has no entry {head}")
    # A mapping keeps its place, unless it did not exist or a new type replaces it.
    place = base.place if isinstance(base.value, dict) else override.place
    if head == "type" and not rest:
        over = Node({head: Entry(override.place, override.node)}, override.place)
        node, warnings = _merge(Node(below, base.place), over, override, base_path)
        return (node if node is over else Node(node.value, place)), warnings
    entry = below.get(head, Entry(override.place, Node(None, override.place)))
    node, warnings = _put(entry.node, rest, override, join_path(base_path, head))
    return Node({**below, head: Entry(entry.place if rest else override.place, node)}, place), warnings


def _put_in_list(
    base: Node, items: Sequence[Node], path: Sequence[str], override: Override, base_path: str
) -> tuple[Node, list[str]]:
    """Return a list with an override applied. Raises UsageError if it names none of the entries."""
    head, rest = path[0], path[1:]
    if not head.isdigit():
        raise override.error(f"{base_path} is a list; name one of its entries, as in {base_path}.0")
    index, count = int(head), len(items)
    if index >= count and override.removes:
        return base, []
    if index >= count:
        entry_count = f"{count} entries (0 to {count - 1})" if count > 1 else "1 entry (0)"
        state = f"has no entry {index}; it has {entry_count}" if count else f"is empty, so it has no entry {index}"
        raise override.error(f"{base_path} {state}")
    if override.removes and not rest:
        return Node([*items[:index], *items[index + 1 :]], base.place), []
    item, warnings = _put(items[index], rest, override, join_path(base_path, head))
    return Node([*items[:index], item, *items[index + 1 :]], base.place), warnings


def _merge(base: Node, over: Node, override: Override, path: str) -> tuple[Node, list[str]]:
    """Merge like `merge`, without warnings about fields that other overrides set again."""
    merged, warnings = merge(base, over, path)
    below = entries(base, path)
    if merged is over and below:
        lost = {key: entry for key, entry in below.items() if key not in override.set_again}
        warnings = merge(Node(lost, base.place), over, path)[1]
    return merged, warnings
