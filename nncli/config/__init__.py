"""From YAML text and arguments to an experiment, and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from nncli import bundled_configs, run_names
from nncli.config.extends import Tree, load_tree
from nncli.config.nodes import Entry, Node, Place, plain
from nncli.config.overrides import change, with_options
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
    "load",
    "load_text",
    "read",
    "read_saved",
    "says_book",
    "settings",
    "with_options",
]

IN_MEMORY = "experiment"  # what a spec without a file is called, by default its runs too


class Loaded(NamedTuple):
    """An experiment, and what is worth telling about how it was read."""

    resolved: ResolvedExperiment
    notes: list[str]  # what a change of type dropped
    warnings: list[str]  # what can be computed but is seldom meant

    @property
    def experiment(self) -> Experiment:
        """The experiment alone."""
        return self.resolved.experiment


def load(spec: Path, changes: Sequence[str] = (), text: str | None = None) -> Loaded:
    """Read an experiment file (`-`: standard input) and apply the changes of the command line.

    `text` is its content if it is in memory, where `spec` is a name for it. Raises SpecErrors with all that is wrong.
    """
    return check(read(spec, changes, text))


def read(spec: Path, changes: Sequence[str] = (), text: str | None = None) -> Tree:
    """Read the file and what it extends as a tree, without NumPy and not yet checked. Raises UsageError."""
    return load_tree(spec if text is not None else bundled_configs.find(Path(expand(str(spec)))), changes, text)


def settings(tree: Tree) -> dict[str, Any]:
    """Return what a tree says as plain data, not yet checked."""
    data = plain(tree.root)
    return data if isinstance(data, dict) else {}


def says_book(tree: Tree) -> bool:
    """Whether a tree asks for book precision."""
    return settings(tree).get("precision") == "book"


def load_text(
    text: str, source: str, described: Description | None = None, nearby: Mapping[str, str] = MappingProxyType({})
) -> ResolvedExperiment:
    """Reads an experiment that was saved by `dump`; where its data are described, their files need not be there."""
    return check(read_saved(text, source, nearby=nearby), described).resolved


def read_saved(
    text: str, source: str, changes: Sequence[str] = (), nearby: Mapping[str, str] = MappingProxyType({})
) -> Tree:
    """Reads what `dump` saved as a tree, with changes, not yet checked. Raises UsageError.

    `nearby` has for files as they were saved the paths that are tried first, for a folder that was moved.
    """
    root, dropped = change(with_nearby_files(read_text(text, source), nearby), changes)
    return Tree(root, dropped, source, saved=True)


def check(tree: Tree, described: Description | None = None) -> Loaded:
    """The experiment of a tree, fit to be trained; its name is that of its file if it gives none. Raises SpecErrors."""
    from nncli.config.cross_checks import cross_check
    from nncli.config.spec_warnings import spec_warnings
    from nncli.config.validate import experiment_of, placed

    root = _with_defaults(tree.root, "stdin" if str(tree.source) == "-" else Path(tree.source).stem)
    root = with_paths(root, saved=tree.saved)
    resolved = _resolved(experiment_of(root), described)
    if problems := list(cross_check(resolved)):
        raise SpecErrors([placed(root, *problem) for problem in problems])
    warnings = [str(placed(root, *problem)) for problem in spec_warnings(resolved)]
    return Loaded(resolved, tree.warnings, warnings)


def _resolved(experiment: Experiment, described: Description | None) -> ResolvedExperiment:
    """Describe the data unless they are described, and fill in those of their defaults that depend on the rest."""
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
    """The resolved experiment as YAML: every field with its value; training it again repeats the run."""
    from nncli import registry
    from nncli.config import writer

    return writer.dump(registry.plain(experiment))


def _with_defaults(root: Node, stem: str) -> Node:
    """The tree with the file's name where it gives none, and the usual type where only settings of it are given.

    So `optimizer.learning_rate=0.1` is enough where the usual optimizer will do.
    """
    if not isinstance(root.value, dict):
        return root
    place = Place(root.place.source)
    entries = {key: Entry(entry.place, _usual(key, entry.node)) for key, entry in root.value.items()}
    return Node({"name": Entry(place, Node(run_names.from_stem(stem), place)), **entries}, root.place)


def _usual(key: str, node: Node) -> Node:
    """A part of the tree with the usual type, or the name with composed letters."""
    from nncli.experiment import USUAL_TYPES

    if key == "name" and isinstance(node.value, str):
        return Node(run_names.normalized(node.value), node.place)
    if key not in USUAL_TYPES or not isinstance(node.value, dict) or "type" in node.value:
        return node
    return Node({"type": Entry(node.place, Node(USUAL_TYPES[key], node.place)), **node.value}, node.place)
