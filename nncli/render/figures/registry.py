"""The registry of figures: one file each in this folder, named after its figure.

A figure is a function decorated with `@figure(...)`. Everything that lists figures (`nncli plot`, its help and errors,
completion, the gallery and its page, the contract tests) reads the arguments of the decorator. `declarations` reads
them from the source text, since `nncli --help` and the tab key need them: this takes 2 ms, parsing the whole files
28 ms, importing them with NumPy 130 ms. The arguments must therefore be literals; a contract test compares them with
the registered figures.
"""

from __future__ import annotations

import ast
import functools
import importlib
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeAlias

from nncli.start_up.fast_dataclass import fast_dataclass

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nncli.render.figures.figure_inputs import Request

LAST = 100  # the default place of a figure
_figures: dict[str, FigureKind] = {}

Draw: TypeAlias = "Callable[[Request], Figure]"
Print: TypeAlias = "Callable[[Request, TextIO], None]"


class FigureKind:
    """A registered figure."""

    def __init__(self, declaration: figure, draw: Draw) -> None:
        self.declaration = declaration
        self.draw = draw
        self.print: Print | None = None

    def in_terminal(self, function: Print) -> Print:
        """Register the function that prints the figure in a terminal, for `--term`."""
        self.print = function
        return function


@fast_dataclass
class figure:  # read as a decorator
    """Register a function as the figure of its file, and describe the figure."""

    shows: str  # a short phrase for the documentation
    help: str  # for the help of `nncli plot --what`; figures with the same help share an entry
    needs: str = ""  # requirements on the run, its data or its network
    options: tuple[
        str, ...
    ] = ()  # options that only some figures take: --on, --checkpoint, --by-seed, --parameters, --term
    several_runs: bool = False
    sweeps: str = ""  # "also" if the figure can show a sweep, "only" if it shows nothing else
    place: int = LAST  # order in lists, smallest first; figures with the same place are sorted by name
    pictures: Mapping[str, str] = field(default_factory=dict)  # of the gallery: the runs of its script, and options

    def __call__(self, draw: Draw) -> FigureKind:
        name = draw.__module__.rpartition(".")[2]
        _figures[name] = FigureKind(self, draw)
        return _figures[name]


def load(name: str) -> FigureKind:
    """Import the file of a figure and return what it registers."""
    importlib.import_module(f"{__package__}.{name}")
    return _figures[name]


@functools.cache
def declarations() -> Mapping[str, figure]:
    """Return the declarations of all figures by name, in display order, without importing them."""
    figures: dict[str, figure] = {}
    for path in Path(__file__).parent.glob("*.py"):
        _, declared, rest = path.read_text(encoding="utf-8").partition("\n@figure(")
        if declared:
            figures[path.stem] = _read(rest.partition(")\ndef ")[0], path)
    return dict(sorted(figures.items(), key=lambda item: (item[1].place, item[0])))


def _read(arguments: str, path: Path) -> figure:
    """Return a declaration from the text of its arguments. Raises TypeError if it cannot be read."""
    try:
        call = ast.parse(f"f({arguments})", mode="eval").body
        assert isinstance(call, ast.Call)
        return figure(**{str(each.arg): ast.literal_eval(each.value) for each in call.keywords})
    except (SyntaxError, TypeError, ValueError) as error:
        raise TypeError(f"{path}: @figure takes literals as keyword arguments: {error}") from error


def names(option: str | None = None) -> list[str]:
    """Return the names of all figures in display order, or of those that take an option."""
    return [name for name, each in declarations().items() if option is None or option in each.options]


def help_text() -> str:
    """Return the help of all figures: `weights, gradients: each layer by epoch. network: the layers of the network.`"""
    by_help: dict[str, list[str]] = {}
    for name, each in declarations().items():
        by_help.setdefault(each.help, []).append(name)
    return " ".join(f"{', '.join(names)}: {text}." for text, names in by_help.items())
