"""Resolve paths in an experiment: relative to the file that names them, or to the current folder in an override."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from nncli.config.nodes import Entry, Node
from nncli.settings import FILES, PARTS
from nncli.user_paths import expand

NOT_OF_PARTS = ("type", "split", *PARTS)  # fields that a part shares with the data it belongs to
STDIN = Path("-")


def with_paths(root: Node, *, saved: bool = False) -> Node:
    """Return the tree with absolute data paths, so that a saved experiment can be read from any folder.

    `~` and environment variables are replaced, except in a saved tree, whose paths are already absolute.
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
    """Return a saved tree with the paths of files that moved along with their run.

    `nearby` maps each saved path to the path at the same place relative to the run; it is used if the file exists.
    """

    def nearby_path(node: Node) -> Node:
        path = nearby.get(node.value) if isinstance(node.value, str) else None
        return node if path is None or not os.path.exists(path) else Node(path, node.place)  # noqa: PTH110

    return _with_files(root, nearby_path)


def _with_files(root: Node, change: Callable[[Node], Node]) -> Node:
    """Return the tree with every path of its data changed."""

    def change_files(data: Node) -> Node:
        if not isinstance(data.value, dict):
            return data
        files = {name: change(data.value[name].node) for name in FILES if name in data.value}
        parts = {name: change_files(data.value[name].node) for name in PARTS if name in data.value}
        return _replace_entries(data, files | parts)

    if not isinstance(root.value, dict) or "data" not in root.value:
        return root
    return _replace_entries(root, {"data": change_files(root.value["data"].node)})


def folder_of(file: Path) -> Path:
    """Return the folder that paths in a file are relative to: the current folder if the file is piped."""
    piped = file == STDIN or file.is_relative_to("/dev") or file.is_relative_to("/proc")
    return Path() if piped else file.parent


def _replace_entries(node: Node, new: dict[str, Node]) -> Node:
    assert isinstance(node.value, dict)
    entries = {key: Entry(entry.place, new.get(key, entry.node)) for key, entry in node.value.items()}
    return Node(entries, node.place)
