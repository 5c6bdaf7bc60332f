"""Merge one tree into another."""

from __future__ import annotations

from nncli.config.nodes import Entry, Node
from nncli.settings import join_path
from nncli.text import MAX_NAMES, join_words, shorten

SPACE = "sweep.space."  # the choices of a setting replace other choices of it


def merge(base: Node, over: Node, path: str = "") -> tuple[Node, list[str]]:
    """Merge `over` into `base`; return the result, and warnings about fields that a new type drops.

    Mappings are merged key by key, and null removes a key; a bare name counts as `{type: name}`. Any other value
    replaces the one in `base`.
    """
    if path.startswith(SPACE):
        return over, []
    below, above = entries(base, path), entries(over, path)
    names = isinstance(base.value, str) and isinstance(over.value, str)
    if below is None or above is None or names:
        return over, []
    was, now = type_of(below), type_of(above)
    if was and now and was != now:
        return over, _drop_warnings([key for key in below if key not in above], was, now, path)
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
    """Return whether the keys of the mapping at a path are names from the data instead of fields."""
    return path.rpartition(".")[2] == "class_weights"


def entries(node: Node, path: str) -> dict[str, Entry] | None:
    """Return the entries of the mapping at a path, taking a bare name as `{type: name}`; None for other values."""
    if isinstance(node.value, str) and not has_any_keys(path):
        return {"type": Entry(node.place, node)}
    return node.value if isinstance(node.value, dict) else None


def type_of(entries: dict[str, Entry]) -> str:
    """Return the type that a mapping names, or an empty string."""
    value = entries["type"].node.value if "type" in entries else None
    return value if isinstance(value, str) else ""


def _drop_warnings(keys: list[str], was: str, now: str, path: str) -> list[str]:
    """Return a warning about the fields that a new type drops, if the old type had any."""
    if not keys:
        return []
    names = [shorten(key) for key in keys[:MAX_NAMES]]
    names += [f"{len(keys) - MAX_NAMES} more"] if len(keys) > MAX_NAMES else []
    message = f"type changed from {shorten(was)} to {shorten(now)}, which drops {join_words(names)}"
    return [f"{shorten(path)}: {message}" if path else message]
