"""Print the commands, options or values that complete a line in a shell."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from typer.core import TyperOption

from nncli.cli.completion.line import Line, read, unquote
from nncli.cli.completion.values import FileName
from nncli.cli.lazy_group import LazyGroup, help_entry
from nncli.errors import NncliError


class Candidate(NamedTuple):
    """A completed word and its description."""

    text: str
    help: str = ""


def answer(program: LazyGroup, shell: str, words: Sequence[str]) -> None:
    """Print the words that complete the last of a line's words, with their descriptions.

    For bash, print no descriptions, but a first line that tells whether the words are files, which bash quotes. In
    bash all words, and in fish the last word, arrive with their quotes and backslashes; remove these first.
    """
    in_bash = shell == "bash"
    first_quoted = {"bash": 0, "fish": len(words) - 1}.get(shell, len(words))
    line = read(program, [*words[:first_quoted], *map(unquote, words[first_quoted:])])
    candidates: list[Candidate] = []
    with suppress(NncliError):  # raised if the installation lacks its configs
        candidates = [each for each in _candidates(line) if each.text.startswith(line.unfinished)] if line else []
    if in_bash:
        print("files" if any(isinstance(each.text, FileName) for each in candidates) else "words")
    for each in candidates:
        description = "" if in_bash else "\t" + " ".join(each.help.split())
        print(f"{line.before if line else ''}{each.text}{description}")


def _candidates(line: Line) -> list[Candidate]:
    """Return the words that may stand at the cursor, not all of which begin with the unfinished word."""
    if line.is_option_name:
        return _options(line)
    if line.parameter is not None:
        return [
            Candidate(item.value, item.help or "")
            for item in line.parameter.shell_complete(line.context, line.unfinished)
        ]
    if isinstance(line.command, LazyGroup):
        return [Candidate(name, help_entry(name).summary) for name in line.command.list_commands(line.context)]
    return []


def _options(line: Line) -> list[Candidate]:
    """Return the options that the line does not have yet, and those that may be repeated."""
    options = [each for each in line.command.get_params(line.context) if isinstance(each, TyperOption)]
    unused = [each for each in options if not each.hidden and (each.multiple or each.name not in line.context.params)]
    return [Candidate(name, each.help or "") for each in unused for name in (*each.opts, *each.secondary_opts)]
