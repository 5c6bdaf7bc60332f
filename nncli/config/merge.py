"""Lays one tree over another."""

from __future__ import annotations

from nncli.config.nodes import Entry, Node
from nncli.settings import join_path
from nncli.text import MAX_NAMES, join_words, shorten


def merge(base: Node, over: Node, path: str = "") -> tuple[Node, list[str]]:
    """What `over` makes of `base`, and warnings about what a new type drops.

    A mapping goes over a mapping key by key, where null takes a key away; a bare name counts as `{type: name}`.
    Anything else replaces what was there.
    """
    below, above = entries(base, path), entries(over, path)
    names = isinstance(base.value, str) and isinstance(over.value, str)
    if below is None or above is None or names:
        return over, []
    was, now = type_of(below), type_of(above)
    if was and now and was != now:
        return over, _dropped([key for key in below if key not in above], was, now, path)
    merged = dict(below)
    warnings: list[str] = []
    for key, entry in above.items():
        if key not in below:
            merged[key] = entry
        elif entry.node.value is None:
            del merged[key]
        else:
            node, more = merge(below[key].node, entry.node, join_path(path, key))
            merged[key] = Entry(entry.place, node)
            warnings += more
    return Node(merged, over.place), warnings


def has_any_keys(path: str) -> bool:
    """Whether the mapping at a path is of names that the data has, and not of fields: no word is short for it."""
    return path.rpartition(".")[2] == "class_weights"


def entries(node: Node, path: str) -> dict[str, Entry] | None:
    """The entries of a mapping at a path, or of the mapping that a bare name is short for; None for all else."""
    if isinstance(node.value, str) and not has_any_keys(path):
        return {"type": Entry(node.place, node)}
    return node.value if isinstance(node.value, dict) else None


def type_of(entries: dict[str, Entry]) -> str:
    """The type that a mapping names, or nothing."""
    value = entries["type"].node.value if "type" in entries else None
    return value if isinstance(value, str) else ""


def _dropped(keys: list[str], was: str, now: str, path: str) -> list[str]:
    """The warning that a new type leaves nothing of the old one's fields, where it had any."""
    if not keys:
        return []
    names = [shorten(key) for key in keys[:MAX_NAMES]]
    names += [f"{len(keys) - MAX_NAMES} more"] if len(keys) > MAX_NAMES else []
    are = "are" if len(names) > 1 else "is"
    message = f"now {shorten(now)}, so {join_words(names)} of {shorten(was)} {are} dropped"
    return [f"{shorten(path)}: {message}" if path else message]
