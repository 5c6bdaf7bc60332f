"""Merge an experiment file with the files it extends, and apply overrides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nncli.config.merge import merge
from nncli.config.nodes import Node
from nncli.config.overrides import apply_overrides
from nncli.config.paths import STDIN, folder_of
from nncli.config.reader import read_file, read_text
from nncli.errors import UsageError
from nncli.text import shorten
from nncli.user_paths import expand

__all__ = ["Tree", "load_tree", "merge"]

SWEEP = "sweep"
MAX_CHAIN_LENGTH = 10  # files that a file extends, directly or through another


@dataclass(frozen=True, slots=True)
class Tree:
    """An unchecked experiment: the merged tree, warnings about dropped fields, and the file as given."""

    root: Node
    warnings: list[str]
    source: Path | str
    saved: bool = False  # true if `dump` wrote it, so that all paths are absolute
    sweep: Node | None = None  # the section `sweep`, which is no part of the experiment


def load_tree(spec: Path, overrides: Sequence[str], text: str | None = None) -> Tree:
    """Return the tree of a file, merged with the files it extends, with `key.path=value` overrides applied.

    The file's content may be given as `text`. Raises UsageError if a file cannot be read or an override is wrong.
    """
    files = _read_chain(spec, text)
    root, warnings = files.pop(), []
    for over in reversed(files):
        root, dropped = merge(root, over)
        warnings += dropped
    root, dropped = apply_overrides(root, overrides)
    return split(root, warnings + dropped, spec)


def split(root: Node, warnings: list[str], source: Path | str, *, saved: bool = False) -> Tree:
    """Return the tree of an experiment, apart from its section `sweep`."""
    if not isinstance(root.value, dict) or SWEEP not in root.value:
        return Tree(root, warnings, source, saved)
    entries = {key: entry for key, entry in root.value.items() if key != SWEEP}
    return Tree(Node(entries, root.place), warnings, source, saved, root.value[SWEEP].node)


def _read_chain(spec: Path, text: str | None) -> list[Node]:
    """Return the trees of a file, the file it extends, and so on, without their `extends`.

    Raises UsageError if the chain is circular or too long.
    """
    paths: list[Path] = []
    roots: list[Node] = []
    path, named_at = spec, None
    while True:
        in_memory = text is not None and not roots
        root = read_text(text, str(path)) if text is not None and in_memory else read_file(path, named_at)
        if any(before.samefile(path) for before in paths):
            circle = " -> ".join(shorten(str(step)) for step in [*paths, path])
            raise UsageError(f"extends is circular: {circle}", place=str(named_at))
        if len(roots) > MAX_CHAIN_LENGTH:
            message = f"extends chains more than {MAX_CHAIN_LENGTH} files; combine some of them"
            raise UsageError(message, place=str(named_at))
        entries = dict(root.value) if isinstance(root.value, dict) else {}
        extends = entries.pop("extends", None)
        paths += [] if in_memory or path == STDIN else [path]
        roots.append(Node(entries, root.place))
        if extends is None or extends.node.value is None:
            return roots
        path, named_at = _base(path, extends.node), extends.node.place


def _base(path: Path, extends: Node) -> Path:
    """Return the path that `extends` names. Raises UsageError if it is not a path."""
    if not isinstance(extends.value, str) or extends.value in ("", "-"):
        raise UsageError("extends must be the path of a file", place=str(extends.place))
    folder = folder_of(path)
    return folder / expand(extends.value, folder, str(extends.place))
