"""The group of commands, each imported only when it is called or listed.

It follows "Lazily Loading Subcommands" in click's documentation, with the folder `commands/` in place of a table of
import paths.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from nncli.cli.exit_code import exit_code_of

# Commands by topic, in the order of the help; other commands follow by name.
TOPICS: dict[str, Sequence[str]] = {
    "Train": ("new", "train", "resume"),
    "Use a trained network": ("eval", "predict"),
    "Draw": ("plot", "film", "report"),
    "Manage runs": ("runs", "show", "diff", "repeat", "rm", "clean"),
    "Check and look up": ("check", "list", "schema"),
    "Compare with the book": ("book",),
}
ORDER = tuple(name for topic in TOPICS.values() for name in topic)


class LazyGroup(TyperGroup):
    """The commands by name, each imported and built when it is called."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = {name: TyperCommand(name) for name in names()}  # typer reads only the names

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:
        return load(cmd_name) if cmd_name in self.commands else None

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands without building their parameters, which would make `nncli --help` a fifth slower."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary(name)) for name in self.commands])


class Command(TyperCommand):
    """A command that turns errors into exit codes, and suggests an override for an option that names a setting."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        words = list(args)
        try:
            return super().parse_args(ctx, args)
        except Exception as error:
            option = getattr(error, "option_name", None)  # of click's error, which newer versions of typer hide
            known = {name for one in self.params for name in (*one.opts, *one.secondary_opts)}
            takes_overrides = any(one.name == "changes" for one in self.params)
            if option is not None and option not in known and takes_overrides:
                from nncli.cli.options import refuse_setting

                if code := exit_code_of(partial(refuse_setting, option, words)):
                    raise typer.Exit(code) from None
            raise

    def invoke(self, ctx: Any) -> None:
        raise typer.Exit(exit_code_of(partial(super().invoke, ctx)))


def names() -> list[str]:
    """Return the names of all commands in the order of the help."""
    files = Path(__file__).with_name("commands").iterdir()
    found = {path.stem for path in files if path.suffix == ".py" and path.stem != "__init__"}
    return [*(name for name in ORDER if name in found), *sorted(found.difference(ORDER))]


def topics() -> dict[str, Sequence[str]]:
    """Return the names of all commands by topic."""
    others = [name for name in names() if name not in ORDER]
    return TOPICS | ({"Others": others} if others else {})


def load(name: str) -> TyperCommand:
    """Import a command and build its parameters."""
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(name, cls=Command, short_help=summary(name))(_function(name))
    command = typer.main.get_command(alone)
    assert isinstance(command, TyperCommand)
    return command


def summary(name: str) -> str:
    """Return the first line of a command's docstring."""
    return (_function(name).__doc__ or "").partition("\n")[0]


def _function(name: str) -> Callable[..., Any]:
    """Return the function of a command; `list_` is found as `list`, so that it does not shadow the built-in."""
    module = importlib.import_module(f"nncli.cli.commands.{name}")
    function: Callable[..., Any] = getattr(module, name, None) or getattr(module, f"{name}_")
    return function
