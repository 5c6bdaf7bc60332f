"""Figures as files."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nncli.errors import NncliError, UsageError
from nncli.render.figures.style import apply
from nncli.store import write_bytes
from nncli.text import uncapitalize

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 150
ELSEWHERE = "name another file with --output"
# What each format would note of itself and must not, so that the same figure is the same file.
_UNNOTED: dict[str, dict[str, Any]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}


def check_extension(path: Path) -> None:
    """Raises UsageError where the name of the file does not say which format is meant."""
    if path.suffix.lower() not in _UNNOTED:
        found = f"no figure can be written as {path.suffix}" if path.suffix else "has no extension"
        raise UsageError(found, place=str(path), hint=f"possible are {', '.join(_UNNOTED)}")


@apply()
def save(figure: Figure, path: Path) -> None:
    """Writes a figure whole or not at all, in the format of the extension; makes the folder where there is none.

    Raises UsageError for an unknown extension and NncliError where the file cannot be written.
    """
    check_extension(path)
    extension = path.suffix.lower()
    image = BytesIO()
    figure.savefig(image, format=extension[1:], dpi=DPI, metadata=_UNNOTED[extension])
    write(path, image.getvalue())


def write(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all; makes the folder where there is none. Raises NncliError, and
    UsageError where something else than a file is there."""
    if path.exists() and not path.is_file():
        raise UsageError("is there, and no regular file", place=str(path), hint=ELSEWHERE)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, data)
    except OSError as error:
        why = error.strerror or str(error)
        message = f"cannot be made: {uncapitalize(why)}"
        raise NncliError(message, place=str(path.parent), hint=ELSEWHERE) from error
    except NncliError as error:
        raise NncliError(error.message, place=error.place, hint=ELSEWHERE) from error  # not "with --runs-dir"
