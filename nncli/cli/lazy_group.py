"""The group of commands, each imported only when it is called.

The approach is that of "Lazily Loading Subcommands" in click's documentation, with the folder `commands/` instead of a
table of import paths.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from nncli.cli.exit_code import exit_code_of

# The headings of `nncli --help`, and the order of commands below them. Other headings and commands follow, sorted.
GROUPS = ("Train", "Inspect", "Manage", "Reference")
ORDER = (
    "new",
    "check",
    "train",
    "sweep",
    "resume",
    "repeat",
    "eval",
    "why",
    "lr-find",
    "init-scan",
    "predict",
    "plot",
    "film",
    "report",
    "runs",
    "show",
    "diff",
    "rm",
    "clean",
    "list",
    "schema",
    "book",
)
FOLDER = Path(__file__).with_name("commands")


class HelpEntry(NamedTuple):
    """The entry of a command in `nncli --help`."""

    group: str
    summary: str


class LazyGroup(TyperGroup):
    """The commands by name; each is imported and built when it is called."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = {name: TyperCommand(name) for name in names()}  # typer reads only the names

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:
        return load(cmd_name) if cmd_name in self.commands else None

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands in groups, without importing them."""
        width = max(map(len, self.commands))  # the same in all groups, so that the summaries form one column
        for group, members in groups().items():
            with formatter.section(group):
                formatter.write_dl([(name.ljust(width), help_entry(name).summary) for name in members])


class Command(TyperCommand):
    """A command that turns errors into exit codes, and suggests an override for an option that names a setting."""

    optional_values: Mapping[str, Sequence[str]] = {}  # words that an option takes; the first one if it has no value

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        args = _with_default_values(args, self.optional_values)
        words = list(args)
        try:
            return super().parse_args(ctx, args)
        except Exception as error:
            option = getattr(error, "option_name", None)  # click's NoSuchOption, which newer versions of typer hide
            options = {name for parameter in self.params for name in (*parameter.opts, *parameter.secondary_opts)}
            takes_overrides = any(parameter.name == "changes" for parameter in self.params)
            if option is not None and option not in options and takes_overrides:
                from nncli.cli.options import refuse_setting

                if code := exit_code_of(partial(refuse_setting, option, words)):
                    raise typer.Exit(code) from None
            raise

    def invoke(self, ctx: Any) -> None:
        from nncli.render.reading import show_reading

        with show_reading(quiet=ctx.params.get("quiet", False)):
            raise typer.Exit(exit_code_of(partial(super().invoke, ctx)))


def names() -> list[str]:
    """Return the names of all commands in display order; `lr-find` is in lr_find.py."""
    stems = {
        path.stem.replace("_", "-") for path in FOLDER.iterdir() if path.suffix == ".py" and path.stem != "__init__"
    }
    return [*(name for name in ORDER if name in stems), *sorted(stems.difference(ORDER))]


def groups() -> dict[str, list[str]]:
    """Return the names of all commands by group, in display order."""
    help_entries = {name: help_entry(name) for name in names()}
    others = sorted({each.group for each in help_entries.values()}.difference(GROUPS))
    by_group = {
        group: [name for name in help_entries if help_entries[name].group == group] for group in (*GROUPS, *others)
    }
    return {group: members for group, members in by_group.items() if members}


def load(name: str) -> TyperCommand:
    """Import a command and build its parameters."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name, cls=Command, short_help=help_entry(name).summary)(_function(name))
    command = typer.main.get_command(app)
    assert isinstance(command, Command)
    command.optional_values = getattr(importlib.import_module(_module(name)), "OPTIONAL_VALUES", {})
    return command


def _with_default_values(args: Sequence[str], optional_values: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the arguments with the default value after each option that has none, which typer does not support."""
    completed = list[str]()
    for word, following in zip(args, [*args[1:], ""], strict=False):
        completed.append(word)
        if word in optional_values and following not in optional_values[word]:
            completed.append(optional_values[word][0])
    return completed


@cache
def help_entry(name: str) -> HelpEntry:
    """Return the group of a command and the first line of its docstring, read from its file without importing it.

    Importing all commands would make `nncli --help` a tenth slower.
    """
    word = name.replace("-", "_")
    source = (FOLDER / f"{word}.py").read_text(encoding="utf-8")
    group = re.search(r'^GROUP = "(.+)"$', source, re.MULTILINE)
    docstring = re.search(rf'^def {word}_?\(.*?^    """(.*?)(?:"""|$)', source, re.MULTILINE | re.DOTALL)
    return HelpEntry(group[1] if group else "Other", docstring[1] if docstring else "")


def _module(name: str) -> str:
    return f"nncli.cli.commands.{name.replace('-', '_')}"


def _function(name: str) -> Callable[..., Any]:
    """Return the function of a command; `list_` stands for `list`, so that it does not shadow the built-in."""
    module, word = importlib.import_module(_module(name)), name.replace("-", "_")
    function: Callable[..., Any] = getattr(module, word, None) or getattr(module, f"{word}_")
    return function
