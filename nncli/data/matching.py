"""Match the column names of the training data with the columns of another table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from nncli.text import MAX_NAMES, list_names, plural, shorten


def match(names: Sequence[str], known: Collection[str], columns: Sequence[str], noun: str = "column") -> list[int]:
    """Return the index of each name among the columns: an exact match, else the only one that differs in case.

    A column whose name is among the `known` names is only matched exactly. Raises ValueError with a message if a name
    has no column, or several.
    """
    counts, exact = Counter(columns), {column: place for place, column in enumerate(columns)}
    folds = Counter(name.casefold() for name in names)
    others: dict[str, list[str]] = {}
    for column in exact:
        if column not in known:
            others.setdefault(column.casefold(), []).append(column)
    matched, missing = list[str](), list[str]()
    for name in names:
        fold = name.casefold()
        similar = [name] if name in exact else others.get(fold, []) if folds[fold] == 1 else []
        if len(similar) > 1:
            several = " and ".join(map(shorten, similar))
            raise ValueError(f"has no {noun} {shorten(name)}, but both {several}; rename one of them")
        if not similar:
            missing.append(name)
        elif counts[similar[0]] > 1:
            raise ValueError(f"has {counts[similar[0]]} {noun}s named {shorten(similar[0])}; use different names")
        matched += similar
    if missing:
        message = f"has no {plural(noun, len(missing))} {list_names(missing)}; its {noun}s are {list_names(columns)}"
        raise ValueError(f"{message}; expected {list_names(names)}")
    return [exact[column] for column in matched]


def case_note(names: Sequence[str], sources: Sequence[str]) -> str:
    """Return a note about columns matched to names that differ in case, or an empty string."""
    pairs = [(source, name) for source, name in zip(sources, names, strict=True) if source != name]
    matches = [f"{shorten(source)} as {shorten(name)}" for source, name in pairs[:MAX_NAMES]]
    more = [f"... {len(pairs)} in all"] if len(pairs) > MAX_NAMES else []
    return f"columns matched ignoring case: {', '.join(matches + more)}" if pairs else ""
