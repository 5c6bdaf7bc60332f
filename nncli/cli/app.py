"""The program `nncli`: its commands gather here, and every error leaves by one door."""

from __future__ import annotations

import errno
import functools
import gc
import importlib
import io
import os
import stat
import sys
import traceback
from collections.abc import Callable
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from nncli import threads
from nncli.cli import NAMES
from nncli.cli.options import Shell
from nncli.errors import ExitCode, NncliError
from nncli.escaping import PATH_BYTES, printable
from nncli.version import __version__

Command = TypeVar("Command", bound=Callable[..., Any])

# What the system answers where standard output has no room. Whatever else we write to says so by its own error.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
REPORT = "This is a fault of nncli, not yours. Please report it, with the lines above, to the project's issue tracker."
COMPLETE = "_NNCLI_COMPLETE"  # by this variable a shell's script asks how a line may go on

_functions: dict[str, Callable[..., Any]] = {}


class Commands(TyperGroup):
    """All commands by name and summary; the one that is called is made whole, which takes typer a millisecond each."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = {name: TyperCommand(name) for name in NAMES}

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:
        return TyperCommand(cmd_name, short_help=_summary(cmd_name)) if cmd_name in NAMES else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        return name, command and whole(str(command.name)), rest


class OneCommand(TyperCommand):
    """A command that answers an unknown option that names a setting with the override to write instead."""

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

                if code := _exit_code(lambda: refuse_setting(option, words)):
                    raise typer.Exit(code) from None
            raise


app = typer.Typer(
    name="nncli",
    cls=Commands,
    help="Train NumPy networks from one YAML file, exact to Neural Networks from Scratch in Python.",
    epilog="A first run: nncli train configs/sine.yaml, then nncli eval and nncli plot --what fit.",
    no_args_is_help=True,
    add_completion=False,  # ours knows keys and runs, and needs no half a second
    rich_markup_mode=None,  # rich-rendered help takes twice the time
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def command(function: Command) -> Command:
    """Makes a function the command of its file, named as it is; a trailing underscore keeps a Python name free."""
    _functions[function.__name__.rstrip("_")] = function
    return function


def whole(name: str) -> TyperCommand:
    """A command with its parameters."""
    function = _function(name)

    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> None:
        raise typer.Exit(_exit_code(lambda: function(*args, **kwargs)))

    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(name, cls=OneCommand, short_help=_summary(name))(guarded)
    made = typer.main.get_command(alone)
    assert isinstance(made, TyperCommand)
    return made


def _function(name: str) -> Callable[..., Any]:
    importlib.import_module(f"nncli.cli.{name}")
    return _functions[name]


def _summary(name: str) -> str:
    return (_function(name).__doc__ or "").partition("\n")[0]


def _exit_code(run: Callable[[], Any]) -> int:
    try:
        code = run()
        sys.stdout.flush()
        return int(code or ExitCode.DONE)
    except NncliError as error:
        for line in error.lines():
            print(printable(line), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except MemoryError as error:
        print(printable(f"error: not enough memory: {error}".rstrip(": ")), file=sys.stderr)
        return ExitCode.FAILURE
    except FileNotFoundError:
        from nncli.system import has_working_directory

        if has_working_directory():
            raise
        print("error: the working directory no longer exists\nhint: cd to another one", file=sys.stderr)
        return ExitCode.FAILURE
    except BrokenPipeError:  # whoever read our output has had enough; nothing is left to say
        _discard_output()
        return ExitCode.DONE


def _discard_output() -> None:
    """Leads standard output nowhere, so that flushing at exit does not fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@app.callback(invoke_without_command=True)
def _root(
    version: bool = typer.Option(False, "--version", help="Print the version and exit.", is_eager=True),
    install_completion: Annotated[
        Shell | None, typer.Option(help="Have a shell complete commands, files, keys and runs.")
    ] = None,
    show_completion: Annotated[Shell | None, typer.Option(help="Print the script that a shell does so with.")] = None,
) -> None:
    if version:
        print(__version__)
        raise typer.Exit
    if install_completion:
        from nncli.cli.completion import shells

        raise typer.Exit(_exit_code(lambda: print(shells.install(install_completion))))
    if show_completion:
        from nncli.cli.completion import shells

        print(shells.script(show_completion), end="")
        raise typer.Exit


def _open_streams() -> None:
    """Makes sure that what is printed can be: where a stream is closed, and where its encoding lacks a character."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # as by `>&-`: then nobody wants to hear it
            setattr(sys, name, open(os.open(os.devnull, os.O_WRONLY), "w", closefd=False))  # noqa: SIM115
        if isinstance(stream := getattr(sys, name), io.TextIOWrapper):
            stream.reconfigure(errors=PATH_BYTES)
    if isinstance(sys.stderr, io.TextIOWrapper) and stat.S_ISFIFO(os.fstat(sys.stderr.fileno()).st_mode):
        raw = _Listened(sys.stderr.fileno(), "w", closefd=False)
        sys.stderr = io.TextIOWrapper(io.BufferedWriter(raw), sys.stderr.encoding, PATH_BYTES, line_buffering=True)


class _Listened(io.FileIO):
    """A pipe for people, as long as one reads it: a training goes on without an audience, as for `2>&1 | head`."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
            return len(data)


def main() -> NoReturn:
    """Runs the command line; a fault of nncli itself shows its traceback and where to report it."""
    # Plugins of pydantic watch what is checked; looking for some reads about every package there is, which takes 7 ms.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")
    threads.pin()  # `train` may say otherwise once it has read its spec
    _open_streams()
    try:
        try:
            if shell := os.environ.get(COMPLETE):
                from nncli.cli import completion

                completion.answer(app, shell, sys.argv[1:])
            else:
                sys.exit(_exit_code(app))  # errors of arguments too
        finally:
            sys.stdout.flush()
            gc.freeze()  # all goes with the process: looking through it for garbage, as Python would, takes 30 ms
    except Exception as error:
        if isinstance(error, OSError) and error.errno in NO_ROOM and error.filename is None:
            _discard_output()
            print(f"standard output: cannot be written: {(error.strerror or '').lower()}", file=sys.stderr)
        else:
            shown = [printable(line) for line in traceback.format_exc().splitlines()]
            print(*shown, "", REPORT, sep="\n", file=sys.stderr)
        sys.exit(ExitCode.FAILURE)
    sys.exit(ExitCode.DONE)
