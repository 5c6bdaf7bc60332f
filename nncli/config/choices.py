"""Choices on the command line: `init.scale=0.01,0.1`, lists, and mappings that contain ranges."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from nncli import config
from nncli.config.extends import Tree
from nncli.config.fields import takes_decimals
from nncli.config.nodes import Entry, Node
from nncli.config.number_slips import with_point
from nncli.config.overrides import Override, parse
from nncli.config.reader import read_value
from nncli.config.sweep import DISTRIBUTIONS
from nncli.errors import SpecErrors, UsageError

DECIMAL = re.compile(r"[-+]?(\d*\.\d+|\d+\.|\d+(\.\d*)?[eE][-+]?\d+)")
PADDED = re.compile(r"[-+]?0\d+")


def read_tree(spec: Path, arguments: Sequence[str], options: Mapping[str, str]) -> Tree:
    """Return the tree of an experiment file, with the choices among the arguments added to its sweep."""
    fixed, choices = split_choices(arguments)
    return with_choices(config.read(spec, config.with_options(fixed, options)), choices)


def read_saved_tree(text: str, source: str, arguments: Sequence[str], options: Mapping[str, str]) -> Tree:
    """Return the tree of a sweep's file, with changes; one value for a setting that varies becomes its only choice."""
    fixed, choices = split_choices(arguments)
    varied = _space(config.read_saved(text, source).sweep)
    for argument in list(fixed):
        override = parse(argument, arguments.index(argument))
        if (path := ".".join(override.path)) in varied and not override.removes:
            choices[path] = Node([override.node], override.place)
            fixed.remove(argument)
    return with_choices(config.read_saved(text, source, config.with_options(fixed, options)), choices)


def split_choices(arguments: Sequence[str]) -> tuple[list[str], dict[str, Node]]:
    """Return the arguments that set one value, and the choices of the others by path. Raises SpecErrors."""
    fixed, choices, problems = list[str](), dict[str, Node](), list[UsageError]()
    for number, argument in enumerate(arguments):
        try:
            override = parse(argument, number)
            node = _choice(override, argument.partition("=")[2])
        except UsageError as problem:
            problems.append(problem)
            continue
        if node is None:
            fixed.append(argument)
        else:
            choices[".".join(override.path)] = node
    if problems:
        raise SpecErrors(problems)
    return fixed, choices


def with_choices(tree: Tree, choices: Mapping[str, Node]) -> Tree:
    """Return a tree whose space has further choices, which replace those of the same setting."""
    if not choices:
        return tree
    sweep = tree.sweep if tree.sweep is not None else Node({}, next(iter(choices.values())).place)
    sections = dict(sweep.value) if isinstance(sweep.value, dict) else {}
    space = sections.get("space", Entry(sweep.place, Node({}, sweep.place)))
    entries = _space(sweep)
    entries |= {path: Entry(node.place, node) for path, node in choices.items()}
    sections["space"] = Entry(space.place, Node(entries, space.node.place))
    return dataclasses.replace(tree, sweep=Node(sections, sweep.place))


def _space(sweep: Node | None) -> dict[str, Entry]:
    """Return the settings that a section `sweep` varies, by path."""
    sections = sweep.value if sweep is not None and isinstance(sweep.value, dict) else {}
    space = sections["space"].node.value if "space" in sections else {}
    return dict(space) if isinstance(space, dict) else {}


def _choice(override: Override, text: str) -> Node | None:
    """Return the choices or the range that an override gives, None if it sets one value."""
    node = override.node
    if isinstance(node.value, list) or _has_range(node):
        return node
    if isinstance(node.value, str) and "," in text and text.strip()[0] not in "\"'":
        parts = text.split(",")
        _check_parts(override, text, parts)
        return Node([read_value(part, override.place) for part in parts], override.place)
    return None


def _check_parts(override: Override, text: str, parts: Sequence[str]) -> None:
    """Raise UsageError if the comma may be meant as that of a number."""
    path = ".".join(override.path)
    numbers = all(re.fullmatch(r"[-+]?[\d.eE+-]+", part.strip()) for part in parts)
    decimals = takes_decimals(path) and numbers and not all(DECIMAL.fullmatch(part.strip()) for part in parts)
    if not (decimals or any(PADDED.fullmatch(part.strip()) for part in parts)):
        return
    listed = ", ".join(str(read_value(part, override.place).value) for part in parts)
    number = with_point(text.strip())
    one = f"write {path}={number} for one number, or " if number else "write "
    raise override.error(f"can be read in two ways; {one}{path}='[{listed}]' for {len(parts)} choices")


def _has_range(node: Node) -> bool:
    """Return whether a value is a range, or contains one."""
    if isinstance(node.value, dict):
        return any(key in DISTRIBUTIONS or _has_range(entry.node) for key, entry in node.value.items())
    return isinstance(node.value, list) and any(map(_has_range, node.value))
