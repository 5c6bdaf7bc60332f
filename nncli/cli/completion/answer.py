"""What may stand at the cursor: a command, an option, or a value of the parameter that is due there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TypeAlias

import typer
from typer.core import TyperArgument, TyperGroup, TyperOption

from nncli.cli.completion import values
from nncli.cli.completion.line import Line, read, unquoted
from nncli.cli.completion.values import Value
from nncli.errors import NncliError

Values: TypeAlias = Callable[[Line], list[Value]]


def _of_runs(name: str) -> Values:
    """Return values that depend on what the runs hold, whose reading is imported only then."""

    def read_values(line: Line) -> list[Value]:
        from nncli.cli.completion import run_keys

        found: Values = getattr(run_keys, name)
        return found(line)

    return read_values


# By the parameter's name, which is one thing in all commands. Enumerations typer knows; the rest is numbers and text.
KNOWN: dict[str, Values] = {
    "a": values.runs,
    "b": values.runs,
    "changes": values.changes,
    "columns": _of_runs("column_keys"),
    "data": values.files,
    "experiments": values.experiments,
    "fail_over": values.figures,
    "fail_under": values.figures,
    "filter": _of_runs("filter_keys"),
    "output": values.files,
    "path": values.files,
    "run": values.runs,
    "runs": values.named_runs,
    "runs_dir": values.folders,
    "sort": _of_runs("sort_keys"),
    "spec": values.specs,
    "table": values.files,
    "target": values.columns,
}
KNOWN_OF_COMMAND: dict[tuple[str, str], Values] = {
    ("list", "what"): values.components,
    ("resume", "run"): values.named_runs,
}


def answer(app: typer.Typer, shell: str, words: Sequence[str]) -> None:
    """Prints the whole words that may stand for the last of a line's words, each with what it means.

    For bash it prints the words alone, below a line that says whether they are files: these bash quotes itself. From
    bash all words come as they are typed, quotes and backslashes and all, from fish the last.
    """
    in_bash = shell == "bash"
    program = typer.main.get_command(app)
    assert isinstance(program, TyperGroup)
    as_typed = {"bash": 0, "fish": len(words) - 1}.get(shell, len(words))
    line = read(program, [*words[:as_typed], *map(unquoted, words[as_typed:])])
    found: list[Value] = []
    with suppress(NncliError):  # an installation that lacks what it comes with
        found = [value for value in _values(line) if value.text.startswith(line.unfinished)] if line else []
    if in_bash:
        print("files" if any(value.is_file for value in found) else "words")
    for value in found:
        said = "" if in_bash else "\t" + " ".join(value.help.split())
        print(f"{line.before if line else ''}{value.text}{said}")


def _values(line: Line) -> Iterable[Value]:
    """All that may stand at the cursor, whatever is typed of it."""
    if line.names_option:
        return _options(line)
    if line.due is not None:
        name = str(line.due.name)
        known = KNOWN_OF_COMMAND.get((str(line.command.name), name)) or KNOWN.get(name)
        return known(line) if known else _words(line, line.due)
    if isinstance(line.command, TyperGroup):
        commands = [line.command.get_command(line.context, name) for name in line.command.list_commands(line.context)]
        return [Value(str(one.name), one.get_short_help_str(200)) for one in commands if one and not one.hidden]
    return []


def _options(line: Line) -> list[Value]:
    """The options that may be given still."""
    options = [one for one in line.command.get_params(line.context) if isinstance(one, TyperOption)]
    open_ = [one for one in options if not one.hidden and (one.multiple or one.name not in line.given)]
    return [Value(name, one.help or "") for one in open_ for name in (*one.opts, *one.secondary_opts)]


def _words(line: Line, due: TyperOption | TyperArgument) -> list[Value]:
    """The words of an enumeration."""
    return [Value(str(item.value)) for item in due.shell_complete(line.context, "")]
