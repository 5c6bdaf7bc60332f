"""Answer a shell: the commands, options or values that may stand at the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from typer.core import TyperOption

from nncli.cli.completion.line import Line, read, unquoted
from nncli.cli.completion.values import FileName
from nncli.cli.lazy_group import LazyGroup, summary
from nncli.errors import NncliError


class Word(NamedTuple):
    """A whole word that may stand at the cursor, and what it means."""

    text: str
    help: str = ""


def answer(program: LazyGroup, shell: str, words: Sequence[str]) -> None:
    """Print the whole words that may stand for the last of a line's words, each with what it means.

    For bash it prints the words alone, below a line that says whether they are files: these bash quotes itself. From
    bash all words come as they are typed, quotes and backslashes and all, from fish the last.
    """
    in_bash = shell == "bash"
    as_typed = {"bash": 0, "fish": len(words) - 1}.get(shell, len(words))
    line = read(program, [*words[:as_typed], *map(unquoted, words[as_typed:])])
    candidates: list[Word] = []
    with suppress(NncliError):  # an installation that lacks what it comes with
        candidates = [word for word in _words(line) if word.text.startswith(line.unfinished)] if line else []
    if in_bash:
        print("files" if any(isinstance(word.text, FileName) for word in candidates) else "words")
    for word in candidates:
        meaning = "" if in_bash else "\t" + " ".join(word.help.split())
        print(f"{line.before if line else ''}{word.text}{meaning}")


def _words(line: Line) -> list[Word]:
    """Return what may stand at the cursor; of commands and options all, whatever is typed of them."""
    if line.names_option:
        return _options(line)
    if line.due is not None:
        return [Word(item.value, item.help or "") for item in line.due.shell_complete(line.context, line.unfinished)]
    if isinstance(line.command, LazyGroup):
        return [Word(name, summary(name)) for name in line.command.list_commands(line.context)]
    return []


def _options(line: Line) -> list[Word]:
    """Return the options that may be given still."""
    options = [one for one in line.command.get_params(line.context) if isinstance(one, TyperOption)]
    open_ = [one for one in options if not one.hidden and (one.multiple or one.name not in line.context.params)]
    return [Word(name, one.help or "") for one in open_ for name in (*one.opts, *one.secondary_opts)]
