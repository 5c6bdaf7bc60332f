"""Turns completion on: the script of a shell, printed or put where the shell reads it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from nncli.cli.options import Shell
from nncli.errors import NncliError
from nncli.text import uncapitalize


def script(shell: Shell) -> str:
    """The script that a shell must read for completion."""
    return (Path(__file__).parent / "scripts" / f"nncli.{shell.value}").read_text(encoding="utf-8")


def install(shell: Shell) -> Path:
    """Writes the script and, where a shell would not find it there, has the shell's own file read it; once is enough.

    Raises NncliError where a file cannot be written.
    """
    from nncli.store import write_text

    path, reader = _places(shell)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, script(shell))
        if reader is not None:
            _read_by(reader, path)
    except OSError as error:
        place, why = str(error.filename or path), error.strerror or str(error)
        raise _cannot(f"cannot be written: {uncapitalize(why)}", place, shell) from error
    except NncliError as error:
        raise _cannot(error.message, error.place, shell) from error
    print(f"{reader or path.parent} is read by the next {shell.value} that you open", file=sys.stderr)
    return path


def _places(shell: Shell) -> tuple[Path, Path | None]:
    """Where the script of a shell goes, and which file must name it."""
    home = Path.home()
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "nncli"
    if shell is Shell.fish:
        config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
        return config / "fish" / "completions" / "nncli.fish", None
    own = home / ".bashrc" if shell is Shell.bash else Path(os.environ.get("ZDOTDIR") or home) / ".zshrc"
    return data / f"nncli.{shell.value}", own


def _read_by(reader: Path, path: Path) -> None:
    """Adds a line that reads the script to a shell's own file, behind all that is there."""
    from shlex import quote

    line = f"source {quote(str(path))}"
    before = reader.read_bytes() if reader.exists() else b""
    if os.fsencode(line) not in before.splitlines():
        with reader.open("ab") as file:  # added to, so that a link stays a link and nothing can be lost
            file.write((b"" if not before or before.endswith(b"\n") else b"\n") + os.fsencode(line) + b"\n")


def _cannot(message: str, place: str, shell: Shell) -> NncliError:
    hint = f"`nncli --show-completion {shell.value}` prints the script, to be read by your shell from where you like"
    return NncliError(message, place=place, hint=hint)
