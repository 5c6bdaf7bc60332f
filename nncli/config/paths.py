"""Paths in an experiment: each is taken from the folder of the file that says it, an argument's from where we are."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from nncli.config.nodes import Entry, Node
from nncli.settings import FILES, PARTS
from nncli.user_paths import expand

NOT_OF_PARTS = ("type", "split", *PARTS)  # a part is one of the data that it belongs to
STDIN = Path("-")


def with_paths(root: Node, *, saved: bool = False) -> Node:
    """The tree with the paths of its data made absolute, so that a saved experiment can be read from anywhere.

    `~` and environment variables are replaced, but not in a saved tree, whose paths are absolute.
    """

    def absolute(node: Node) -> Node:
        if not isinstance(node.value, str) or not node.value or "\0" in node.value:
            return node
        folder = folder_of(Path(node.place.source)) if node.place.line else Path()
        keep = saved and node.place.line
        path = node.value if keep else expand(node.value, folder, str(node.place))
        return Node(str(Path.cwd() / folder / path), node.place)

    return _with_files(root, absolute)


def with_nearby_files(root: Node, nearby: Mapping[str, str]) -> Node:
    """Return a saved tree in which a file that lies as it did from its run is named where it is now."""

    def moved(node: Node) -> Node:
        path = nearby.get(node.value) if isinstance(node.value, str) else None
        return node if path is None or not os.path.exists(path) else Node(path, node.place)  # noqa: PTH110

    return _with_files(root, moved)


def _with_files(root: Node, change: Callable[[Node], Node]) -> Node:
    """The tree with every path of its data changed."""

    def changed(data: Node) -> Node:
        if not isinstance(data.value, dict):
            return data
        files = {name: change(data.value[name].node) for name in FILES if name in data.value}
        parts = {name: changed(data.value[name].node) for name in PARTS if name in data.value}
        return _with(data, files | parts)

    if not isinstance(root.value, dict) or "data" not in root.value:
        return root
    return _with(root, {"data": changed(root.value["data"].node)})


def folder_of(file: Path) -> Path:
    """The folder that paths in a file are relative to; what is piped is in none."""
    piped = file == STDIN or file.is_relative_to("/dev") or file.is_relative_to("/proc")
    return Path() if piped else file.parent


def _with(node: Node, changed: dict[str, Node]) -> Node:
    assert isinstance(node.value, dict)
    entries = {key: Entry(entry.place, changed.get(key, entry.node)) for key, entry in node.value.items()}
    return Node(entries, node.place)
