"""Paths in an experiment: each is taken from the folder of the file that says it, an argument's from where we are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nncli.config.nodes import Entry, Node

if TYPE_CHECKING:
    from nncli.data.data import PartName

OF_FILES = ("path", "target_path")
PARTS: tuple[PartName, ...] = ("validation", "test")
NOT_OF_PARTS = ("type", "split", *PARTS)  # a part is one of the data that it belongs to
STDIN = Path("-")


def with_paths(root: Node) -> Node:
    """The tree with the paths of its data made absolute, so that a saved experiment can be read from anywhere."""
    if not isinstance(root.value, dict) or "data" not in root.value:
        return root
    return _with(root, {"data": _absolute(root.value["data"].node)})


def _absolute(data: Node) -> Node:
    if not isinstance(data.value, dict):
        return data
    changed = {name: _from_its_folder(data.value[name].node) for name in OF_FILES if name in data.value}
    parts = {name: _absolute(data.value[name].node) for name in PARTS if name in data.value}
    return _with(data, changed | parts)


def _from_its_folder(node: Node) -> Node:
    if not isinstance(node.value, str) or not node.value or "\0" in node.value:
        return node
    folder = folder_of(Path(node.place.source)) if node.place.line else Path()
    return Node(str(Path.cwd() / folder / node.value), node.place)


def folder_of(file: Path) -> Path:
    """The folder that paths in a file are relative to; what is piped is in none."""
    piped = file == STDIN or file.is_relative_to("/dev") or file.is_relative_to("/proc")
    return Path() if piped else file.parent


def _with(node: Node, changed: dict[str, Node]) -> Node:
    assert isinstance(node.value, dict)
    entries = {key: Entry(entry.place, changed.get(key, entry.node)) for key, entry in node.value.items()}
    return Node(entries, node.place)
