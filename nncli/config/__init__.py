"""Load experiments from YAML and overrides, and dump them as YAML."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from nncli import bundled_configs
from nncli.config.extends import SWEEP, Tree, load_tree, split
from nncli.config.loaded import Loaded
from nncli.config.nodes import plain
from nncli.config.overrides import apply_overrides, with_options
from nncli.config.paths import with_nearby_files
from nncli.config.reader import read_text
from nncli.user_paths import expand

if TYPE_CHECKING:
    from nncli.config.draft import Draft
    from nncli.data.description import Description
    from nncli.experiment import Experiment
    from nncli.resolved import ResolvedExperiment

__all__ = [
    "Loaded",
    "Tree",
    "check",
    "check_fields",
    "dump",
    "dump_settings",
    "dump_tree",
    "load",
    "load_text",
    "read",
    "read_saved",
    "settings",
    "uses_book_precision",
    "with_options",
    "with_overrides",
]

IN_MEMORY = "experiment"  # the name of a spec without a file, and the default name of its runs


def load(spec: Path, overrides: Sequence[str] = (), text: str | None = None) -> Loaded:
    """Read an experiment file (`-`: standard input), apply overrides, and check it.

    If the content is in memory, `text` is the content and `spec` a name for it. Raises SpecErrors with all problems.
    """
    return check(read(spec, overrides, text))


def read(spec: Path, overrides: Sequence[str] = (), text: str | None = None) -> Tree:
    """Read a file and the files it extends as an unchecked tree, without importing NumPy. Raises UsageError."""
    return load_tree(spec if text is not None else bundled_configs.find(Path(expand(str(spec)))), overrides, text)


def settings(tree: Tree) -> dict[str, Any]:
    """Return the settings of an unchecked tree as plain data."""
    data = plain(tree.root)
    return data if isinstance(data, dict) else {}


def uses_book_precision(tree: Tree) -> bool:
    """Return whether a tree sets book precision."""
    return settings(tree).get("precision") == "book"


def load_text(
    text: str, source: str, described: Description | None = None, nearby: Mapping[str, str] = MappingProxyType({})
) -> ResolvedExperiment:
    """Load an experiment that `dump` wrote; with a `described` data set, its files need not exist."""
    return check(read_saved(text, source, nearby=nearby), described).resolved


def read_saved(
    text: str, source: str, overrides: Sequence[str] = (), nearby: Mapping[str, str] = MappingProxyType({})
) -> Tree:
    """Read what `dump` wrote as an unchecked tree, with overrides applied. Raises UsageError.

    `nearby` maps saved paths of files to paths that are tried first, in case the folder was moved.
    """
    root, dropped = apply_overrides(with_nearby_files(read_text(text, source), nearby), overrides)
    return split(root, dropped, source, saved=True)


def with_overrides(tree: Tree, overrides: Sequence[str]) -> Tree:
    """Return an unchecked tree with further overrides, without its section `sweep`. Raises SpecErrors."""
    root, dropped = apply_overrides(tree.root, overrides)
    return dataclasses.replace(tree, root=root, warnings=tree.warnings + dropped, sweep=None)


def dump_tree(tree: Tree) -> str:
    """Return an unchecked tree as YAML that `read_saved` reads, with its name and absolute paths."""
    from nncli.config import writer
    from nncli.config.draft import complete_root

    data = plain(complete_root(tree))
    return writer.dump(data if tree.sweep is None else data | {SWEEP: plain(tree.sweep)})


def check(tree: Tree, described: Description | None = None) -> Loaded:
    """Check a tree; return its experiment, ready for training and by default named like its file. Raises SpecErrors."""
    return check_fields(tree).check(described)


def check_fields(tree: Tree) -> Draft:
    """Check the fields of a tree without reading its data. Raises SpecErrors."""
    from nncli.config.draft import Draft

    return Draft(tree)


def dump(experiment: Experiment) -> str:
    """Return a resolved experiment as YAML, with every field written out; training it again repeats the run."""
    from nncli import registry

    return dump_settings(registry.plain(experiment))


def dump_settings(settings: Mapping[str, Any]) -> str:
    """Return the settings of a resolved experiment as YAML, as `dump` does."""
    return "".join(_dump_field(name, json.dumps(value)) for name, value in settings.items())


@lru_cache(maxsize=256)
def _dump_field(name: str, value: str) -> str:
    """Return a field, given as JSON, as YAML; most fields are equal in all trials of a sweep."""
    from nncli.config import writer

    return writer.dump_field(name, json.loads(value))
