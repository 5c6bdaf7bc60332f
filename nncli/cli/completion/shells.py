"""Print the completion script of a shell, or install it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from nncli.cli.options import Shell
from nncli.errors import NncliError
from nncli.text import uncapitalize


def script(shell: Shell) -> str:
    """Return the completion script of a shell."""
    return (Path(__file__).parent / "scripts" / f"nncli.{shell.value}").read_text(encoding="utf-8")


def install(shell: Shell) -> Path:
    """Write the completion script and, for bash and zsh, add a line that sources it to the startup file.

    Installing again adds no second line. Return the path of the script. Raises NncliError if a file cannot be written.
    """
    from nncli.store import write_text

    path, startup_file = _paths(shell)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, script(shell))
        if startup_file is not None:
            _source_from(startup_file, path)
    except OSError as error:
        place, reason = str(error.filename or path), error.strerror or str(error)
        raise _write_error(f"cannot be written: {uncapitalize(reason)}", place, shell) from error
    except NncliError as error:
        raise _write_error(error.message, error.place, shell) from error
    print(f"start a new {shell.value} to use completion", file=sys.stderr)
    return path


def _paths(shell: Shell) -> tuple[Path, Path | None]:
    """Return the path of the script, and the startup file that must source it, if any."""
    home = Path.home()
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "nncli"
    if shell is Shell.fish:
        config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
        return config / "fish" / "completions" / "nncli.fish", None
    startup_file = home / ".bashrc" if shell is Shell.bash else Path(os.environ.get("ZDOTDIR") or home) / ".zshrc"
    return data / f"nncli.{shell.value}", startup_file


def _source_from(startup_file: Path, script_path: Path) -> None:
    """Append a line that sources the script to the startup file of a shell, unless it has one."""
    from shlex import quote

    line = f"source {quote(str(script_path))}"
    before = startup_file.read_bytes() if startup_file.exists() else b""
    if os.fsencode(line) not in before.splitlines():
        with startup_file.open("ab") as file:  # append, which keeps a symbolic link and cannot lose content
            file.write((b"" if not before or before.endswith(b"\n") else b"\n") + os.fsencode(line) + b"\n")


def _write_error(message: str, place: str, shell: Shell) -> NncliError:
    hint = f"save the output of `nncli --show-completion {shell.value}` elsewhere and source it from your shell"
    return NncliError(message, place=place, hint=hint)
