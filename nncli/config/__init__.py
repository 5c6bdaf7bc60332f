"""Load experiments from YAML and overrides, and dump them as YAML."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from nncli import bundled_configs, run_names
from nncli.config.extends import SWEEP, Tree, load_tree, split
from nncli.config.nodes import Entry, Node, Place, plain
from nncli.config.overrides import apply_overrides, with_options
from nncli.config.paths import with_nearby_files, with_paths
from nncli.config.reader import read_text
from nncli.errors import SpecErrors
from nncli.user_paths import expand

if TYPE_CHECKING:
    from nncli.data.data import Data
    from nncli.data.description import Description
    from nncli.experiment import Experiment
    from nncli.resolved import ResolvedExperiment

__all__ = [
    "Loaded",
    "Tree",
    "check",
    "dump",
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

SWEEP_IGNORED = "its sweep is ignored; run it with nncli sweep"
IN_MEMORY = "experiment"  # the name of a spec without a file, and the default name of its runs


class Loaded(NamedTuple):
    """An experiment, with notes and warnings from loading it."""

    resolved: ResolvedExperiment
    notes: list[str]  # fields dropped because a type changed
    warnings: list[str]  # about settings that are valid but seldom intended

    @property
    def experiment(self) -> Experiment:
        """The experiment without its description and network."""
        return self.resolved.experiment


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

    data = plain(with_paths(_with_defaults(tree.root, stem_of(tree)), saved=tree.saved))
    return writer.dump(data if tree.sweep is None else data | {SWEEP: plain(tree.sweep)})


def stem_of(tree: Tree) -> str:
    """Return the default name of the runs of a tree."""
    return "stdin" if str(tree.source) == "-" else Path(tree.source).stem


def check(tree: Tree, described: Description | None = None) -> Loaded:
    """Check a tree; return its experiment, ready for training and by default named like its file. Raises SpecErrors."""
    from nncli.config.cross_checks import cross_check
    from nncli.config.spec_warnings import spec_warnings
    from nncli.config.validate import build_experiment, error_at

    root = _with_defaults(tree.root, stem_of(tree))
    root = with_paths(root, saved=tree.saved)
    resolved = _resolve(build_experiment(root), described)
    if problems := list(cross_check(resolved)):
        raise SpecErrors([error_at(root, *problem) for problem in problems])
    warnings = [str(error_at(root, *problem)) for problem in spec_warnings(resolved)]
    notes = [*tree.warnings, *([f"{tree.source}: {SWEEP_IGNORED}"] if tree.sweep is not None else [])]
    return Loaded(resolved, notes, warnings)


def _resolve(experiment: Experiment, described: Description | None) -> ResolvedExperiment:
    """Describe the data if needed, and fill in defaults of the data that depend on other settings."""
    from nncli.data.data import DescribedData
    from nncli.resolved import resolve

    data: Data
    if described is not None:
        data, description = DescribedData(experiment.data, described), described
    else:
        book = experiment.precision == "book"
        data, description = experiment.data.with_defaults(experiment.loss.crossentropy, book=book)
    return resolve(dataclasses.replace(experiment, data=data), description)


def dump(experiment: Experiment) -> str:
    """Return a resolved experiment as YAML, with every field written out; training it again repeats the run."""
    from nncli import registry

    return "".join(_dump_field(name, json.dumps(value)) for name, value in registry.plain(experiment).items())


@lru_cache(maxsize=256)
def _dump_field(name: str, value: str) -> str:
    """Return a field, given as JSON, as YAML; most fields are equal in all trials of a sweep."""
    from nncli.config import writer

    return writer.dump({name: json.loads(value)})


def _with_defaults(root: Node, stem: str) -> Node:
    """Return the tree with the file's name as default name, and with the default types of components without a type.

    So `optimizer.learning_rate=0.1` is enough to change the default optimizer.
    """
    if not isinstance(root.value, dict):
        return root
    place = Place(root.place.source)
    entries = {key: Entry(entry.place, _with_default_type(key, entry.node)) for key, entry in root.value.items()}
    return Node({"name": Entry(place, Node(run_names.from_stem(stem), place)), **entries}, root.place)


def _with_default_type(key: str, node: Node) -> Node:
    """Return a part of the tree with its default type, or the name with composed letters."""
    from nncli.experiment import DEFAULT_TYPES

    if key == "name" and isinstance(node.value, str):
        return Node(run_names.normalize(node.value), node.place)
    if key not in DEFAULT_TYPES or not isinstance(node.value, dict) or "type" in node.value:
        return node
    return Node({"type": Entry(node.place, Node(DEFAULT_TYPES[key], node.place)), **node.value}, node.place)
