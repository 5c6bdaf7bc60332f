"""The program `nncli`: its commands gather here, and every error leaves by one door."""

from __future__ import annotations

import functools
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import typer

from nncli import __version__, threads
from nncli.errors import ExitCode, NncliError

Command = TypeVar("Command", bound=Callable[..., Any])

REPORT = "This is a fault of nncli, not yours. Please report it, with the lines above, to the project's issue tracker."

app = typer.Typer(
    name="nncli",
    help="Train NumPy networks from one YAML file, exact to Neural Networks from Scratch in Python.",
    epilog="A first run: nncli train configs/sine.yaml, then nncli eval and nncli plot --what fit.",
    no_args_is_help=True,
    rich_markup_mode=None,  # rich-rendered help takes twice the time
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def command(function: Command) -> Command:
    """Makes a function a command named as it is; a trailing underscore keeps a Python name free."""

    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> None:
        raise typer.Exit(_exit_code(lambda: function(*args, **kwargs)))

    summary = (function.__doc__ or "").partition("\n")[0]
    app.command(function.__name__.rstrip("_"), short_help=summary)(guarded)
    return function


def _exit_code(run: Callable[[], Any]) -> int:
    try:
        code = run()
        sys.stdout.flush()
        return int(code or ExitCode.DONE)
    except NncliError as error:
        for line in error.lines():
            print(line, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except MemoryError as error:
        print(f"error: not enough memory: {error}".rstrip(": "), file=sys.stderr)
        return ExitCode.FAILURE
    except BrokenPipeError:
        # Whoever read our output has had enough; nothing is left to say, and flushing at exit must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE


@app.callback(invoke_without_command=True)
def _root(
    version: bool = typer.Option(False, "--version", help="Print the version and exit.", is_eager=True),
) -> None:
    if version:
        print(__version__)
        raise typer.Exit


def main() -> NoReturn:
    """Runs the command line; a fault of nncli itself shows its traceback and where to report it."""
    threads.pin()  # `train` may say otherwise once it has read its spec
    try:
        app()
    except Exception:
        traceback.print_exc()
        print(f"\n{REPORT}", file=sys.stderr)
        sys.exit(ExitCode.FAILURE)
    sys.exit(ExitCode.DONE)
