"""The program `nncli`: global options, output streams and the report of internal errors."""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
import traceback
from typing import Annotated, Any, NoReturn

import typer

from nncli import start_up, threads
from nncli.cli.exit_code import discard_output, exit_code_of
from nncli.cli.lazy_group import LazyGroup
from nncli.cli.options import Shell
from nncli.errors import ExitCode
from nncli.escaping import PATH_BYTES, printable
from nncli.version import __version__

# Errors of a full standard output. Failures to write other files are reported with their paths.
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
REPORT = "This is a bug in nncli. Please report it, with the lines above, in the project's issue tracker."
COMPLETE = "_NNCLI_COMPLETE"  # set by the scripts of completion/scripts to the name of the shell

app = typer.Typer(
    name="nncli",
    cls=LazyGroup,
    help="Train NumPy networks from YAML files, exactly as in Neural Networks from Scratch in Python.",
    epilog="To start, run nncli train configs/sine.yaml, then nncli eval and nncli plot --what fit.",
    no_args_is_help=True,
    add_completion=False,  # ours completes keys and runs too, and takes less than half a second
    rich_markup_mode=None,  # help takes twice as long with rich
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def _root(
    version: bool = typer.Option(False, "--version", help="Print the version and exit.", is_eager=True),
    install_completion: Annotated[
        Shell | None, typer.Option(help="Install completion of commands, files, keys and runs in a shell.")
    ] = None,
    show_completion: Annotated[Shell | None, typer.Option(help="Print the completion script of a shell.")] = None,
) -> None:
    if version:
        print(__version__)
        raise typer.Exit
    if install_completion:
        from nncli.cli.completion import shells

        raise typer.Exit(exit_code_of(lambda: print(shells.install(install_completion))))
    if show_completion:
        from nncli.cli.completion import shells

        print(shells.script(show_completion), end="")
        raise typer.Exit


def _open_streams() -> None:
    """Make printing safe if a stream is closed, its encoding lacks a character, or the reader of stderr ends."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed, as by `>&-`
            setattr(sys, name, open(os.open(os.devnull, os.O_WRONLY), "w", closefd=False))  # noqa: SIM115
        if isinstance(stream := getattr(sys, name), io.TextIOWrapper):
            stream.reconfigure(errors=PATH_BYTES)
    if isinstance(sys.stderr, io.TextIOWrapper) and stat.S_ISFIFO(os.fstat(sys.stderr.fileno()).st_mode):
        raw = _CheckedStream(sys.stderr.fileno(), "w", closefd=False)
        sys.stderr = io.TextIOWrapper(io.BufferedWriter(raw), sys.stderr.encoding, PATH_BYTES, line_buffering=True)


class _CheckedStream(io.FileIO):
    """A pipe whose reader may end, as in `2>&1 | head`: later output is discarded, so that training continues."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
            return len(data)


def main() -> NoReturn:
    """Run the command line; for a bug in nncli, print the traceback and where to report it."""
    start_up.skip_pydantic_plugins()
    threads.pin()  # `train` may change the number after it has read its spec
    _open_streams()
    try:
        try:
            if shell := os.environ.get(COMPLETE):
                from nncli.cli.completion.answer import answer

                program = typer.main.get_command(app)
                assert isinstance(program, LazyGroup)
                answer(program, shell, sys.argv[1:])
            else:
                sys.exit(exit_code_of(app))  # also catches errors in arguments
        finally:
            sys.stdout.flush()
            start_up.leave_garbage_at_exit()
    except Exception as error:
        if isinstance(error, OSError) and error.errno in DISK_FULL and error.filename is None:
            discard_output()
            print(f"standard output: cannot be written: {(error.strerror or '').lower()}", file=sys.stderr)
        else:
            report = [printable(line) for line in traceback.format_exc().splitlines()]
            print(*report, "", REPORT, sep="\n", file=sys.stderr)
        sys.exit(ExitCode.FAILURE)
    sys.exit(ExitCode.DONE)
