"""A command line up to the cursor: which command it is of, what is given already, and what is due."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from typer import Context
from typer.core import TyperArgument, TyperCommand, TyperOption

from nncli.cli.lazy_group import LazyGroup


@dataclass(slots=True)
class Line:
    """The unfinished word, whose value it is (`due`) or else a command's or option's name, and what stands before it.

    The values before it are in `context.params`, as text. `before` is the part of the word that stays as it is:
    `--data=`.
    """

    command: TyperCommand | LazyGroup
    context: Context
    due: TyperOption | TyperArgument | None = None
    before: str = ""
    unfinished: str = ""
    only_values: bool = False  # after `--`

    @property
    def names_option(self) -> bool:
        """Whether the unfinished word is the name of an option."""
        return self.due is None and not self.only_values and self.unfinished.startswith("-")

    def add(self, parameter: TyperOption | TyperArgument | None, value: str) -> None:
        """Note a value of a parameter in the context: in a list if the parameter takes several."""
        if parameter is None:
            return
        if parameter.multiple or parameter.nargs == -1:
            self.context.params.setdefault(str(parameter.name), []).append(value)
        else:
            self.context.params[str(parameter.name)] = value

    def option(self, word: str) -> TyperOption | None:
        """The option of a name, or the last of several letters, as in `-qv`."""
        names = (word, f"-{word[-1]}") if not word.startswith("--") else (word,)
        options = [one for one in self.command.params if isinstance(one, TyperOption)]
        return next((one for name in names for one in options if name in (*one.opts, *one.secondary_opts)), None)

    def argument(self) -> TyperArgument | None:
        """The argument that a value without a name is of, or None where there are enough."""
        arguments = (one for one in self.command.params if isinstance(one, TyperArgument))
        return next((one for one in arguments if one.nargs == -1 or one.name not in self.context.params), None)


def read(program: LazyGroup, words: Sequence[str]) -> Line | None:
    """Reads a line whose last word is unfinished; None where it names a command that there is not."""
    line = Line(program, Context(program, **program.context_settings))
    for word in words[:-1]:
        if line.due is not None:
            line.add(line.due, word)
            line.due = None
        elif word == "--":
            line.only_values = True
        elif len(word) > 1 and word.startswith("-") and not line.only_values:
            name, equals, value = word.partition("=")
            option = line.option(name)
            if equals or option is None or option.is_flag:
                line.add(option, value)
            else:
                line.due = option
        elif isinstance(line.command, LazyGroup):
            command = line.command.get_command(line.context, word)
            if command is None:
                return None
            line = Line(command, Context(command, parent=line.context))
        else:
            line.add(line.argument(), word)
    return _with_unfinished(line, words[-1] if words else "")


def _with_unfinished(line: Line, word: str) -> Line:
    line.unfinished = word
    if line.due is not None:
        return line
    name, equals, value = word.partition("=")
    if not (word.startswith("-") and not line.only_values):
        line.due = line.argument()
    elif equals and (option := line.option(name)):
        line.due, line.before, line.unfinished = option, name + equals, value
    return line


def unquoted(word: str) -> str:
    """A word as bash would read it; of a quotation that is not closed yet, what there is of it."""
    lexer = shlex.shlex(word, posix=True, punctuation_chars=False)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        return lexer.get_token() or ""
    except ValueError:
        return lexer.token
