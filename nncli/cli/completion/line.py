"""Read a command line up to the cursor: its command, the values given so far and the parameter to complete."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from typer import Context
from typer.core import TyperArgument, TyperCommand, TyperOption

from nncli.cli.lazy_group import LazyGroup


@dataclass(slots=True)
class Line:
    """A line with an unfinished last word.

    `parameter` is the option or argument that the unfinished word is a value of; None if the word names a command or an
    option. `before` is the part of the last word that completion leaves unchanged, such as `--data=`. The values of the
    other words are in `context.params`, as text.
    """

    command: TyperCommand | LazyGroup
    context: Context
    parameter: TyperOption | TyperArgument | None = None
    before: str = ""
    unfinished: str = ""
    only_values: bool = False  # after `--`

    @property
    def is_option_name(self) -> bool:
        """True if the unfinished word is the name of an option."""
        return self.parameter is None and not self.only_values and self.unfinished.startswith("-")

    def add(self, parameter: TyperOption | TyperArgument | None, value: str) -> None:
        """Add the value of a parameter to the context, to a list if the parameter takes several."""
        if parameter is None:
            return
        if parameter.multiple or parameter.nargs == -1:
            self.context.params.setdefault(str(parameter.name), []).append(value)
        else:
            self.context.params[str(parameter.name)] = value

    def option(self, word: str) -> TyperOption | None:
        """Return the option with a name, or the last of combined short options, as in `-qv`."""
        names = (word, f"-{word[-1]}") if not word.startswith("--") else (word,)
        options = [each for each in self.command.params if isinstance(each, TyperOption)]
        return next((each for name in names for each in options if name in (*each.opts, *each.secondary_opts)), None)

    def argument(self) -> TyperArgument | None:
        """Return the next argument without a value, or None if all have one."""
        arguments = (each for each in self.command.params if isinstance(each, TyperArgument))
        return next((each for each in arguments if each.nargs == -1 or each.name not in self.context.params), None)


def read(program: LazyGroup, words: Sequence[str]) -> Line | None:
    """Read a line whose last word is unfinished; return None if its command does not exist."""
    line = Line(program, Context(program, **program.context_settings))
    for word in words[:-1]:
        if line.parameter is not None:
            line.add(line.parameter, word)
            line.parameter = None
        elif word == "--":
            line.only_values = True
        elif len(word) > 1 and word.startswith("-") and not line.only_values:
            name, equals, value = word.partition("=")
            option = line.option(name)
            if equals or option is None or option.is_flag:
                line.add(option, value)
            else:
                line.parameter = option
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
    if line.parameter is not None:
        return line
    name, equals, value = word.partition("=")
    if not (word.startswith("-") and not line.only_values):
        line.parameter = line.argument()
    elif equals and (option := line.option(name)):
        line.parameter, line.before, line.unfinished = option, name + equals, value
    return line


def unquote(word: str) -> str:
    """Remove quotes and backslashes from a word as bash does; a missing closing quote is no error."""
    lexer = shlex.shlex(word, posix=True, punctuation_chars=False)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        return lexer.get_token() or ""
    except ValueError:
        return lexer.token
