"""An experiment whose data are not read yet, and its check with all of the data or their first rows."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from nncli import run_names
from nncli.config.cross_checks import cross_check
from nncli.config.extends import Tree
from nncli.config.head_check import fits_head
from nncli.config.loaded import Loaded
from nncli.config.nodes import Entry, Node, Place
from nncli.config.paths import with_paths
from nncli.config.spec_warnings import spec_warnings
from nncli.config.validate import build_experiment, error_at
from nncli.data.data import DescribedData
from nncli.data.description import Description
from nncli.errors import SpecErrors
from nncli.experiment import DEFAULT_TYPES, Experiment
from nncli.resolved import ResolvedExperiment, resolve

SWEEP_IGNORED = "its sweep is ignored; run it with nncli sweep"


class Draft:
    """An experiment that is valid field by field. Raises SpecErrors with all errors of the fields.

    `experiment` lacks the defaults that depend on its data.
    """

    def __init__(self, tree: Tree) -> None:
        self._root = complete_root(tree)
        self._notes = [*tree.warnings, *([f"{tree.source}: {SWEEP_IGNORED}"] if tree.sweep is not None else [])]
        self.experiment = build_experiment(self._root)

    def check(self, described: Description | None = None) -> Loaded:
        """Read the data, unless they are described, and return the experiment, ready for training.

        Raises SpecErrors with all problems, NncliError if the data cannot be used.
        """
        resolved = self._resolve(described)
        if problems := list(cross_check(resolved)):
            raise SpecErrors([error_at(self._root, *problem) for problem in problems])
        warnings = [str(error_at(self._root, *problem)) for problem in spec_warnings(resolved)]
        return Loaded(resolved, self._notes, warnings)

    def check_head(self) -> Experiment | None:
        """Return the experiment if its long table fits it so far; None if only the whole table or `check` can tell.

        Defaults that depend on all rows are preliminary. Raises NncliError if even the header is wrong.
        """
        book = self.experiment.precision == "book"
        head = self.experiment.data.head_with_defaults(self.experiment.loss.crossentropy, book=book)
        if head is None:
            return None
        data, described = head
        experiment = dataclasses.replace(self.experiment, data=data)
        return experiment if fits_head(experiment, described) else None

    def _resolve(self, described: Description | None) -> ResolvedExperiment:
        """Describe the data if needed, and fill in defaults of the data that depend on other settings."""
        experiment, data = self.experiment, self.experiment.data
        if described is not None:
            data = DescribedData(data, described)
        else:
            book = experiment.precision == "book"
            data, described = data.with_defaults(experiment.loss.crossentropy, book=book)
        return resolve(dataclasses.replace(experiment, data=data), described)


def complete_root(tree: Tree) -> Node:
    """Return the root of a tree with its name, the default types of components, and absolute paths."""
    root = _with_defaults(tree.root, "stdin" if str(tree.source) == "-" else Path(tree.source).stem)
    return with_paths(root, saved=tree.saved)


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
    if key == "name" and isinstance(node.value, str):
        return Node(run_names.normalize(node.value), node.place)
    if key not in DEFAULT_TYPES or not isinstance(node.value, dict) or "type" in node.value:
        return node
    return Node({"type": Entry(node.place, Node(DEFAULT_TYPES[key], node.place)), **node.value}, node.place)
