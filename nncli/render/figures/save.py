"""Save figures as files."""

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
HINT = "choose another file with --output"
# The metadata of each format to leave out, so that files are reproducible.
_METADATA: dict[str, dict[str, Any]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}


def check_extension(path: Path) -> None:
    """Raise UsageError unless the extension of the file is that of a format."""
    if path.suffix.lower() not in _METADATA:
        message = f"cannot write a figure as {path.suffix}" if path.suffix else "has no extension"
        raise UsageError(message, place=str(path), hint=f"use one of {', '.join(_METADATA)}")


@apply()
def save(figure: Figure, path: Path) -> None:
    """Write a figure atomically, in the format of the extension. Create the folder if necessary.

    Raises UsageError for an unknown extension and NncliError if the file cannot be written.
    """
    check_extension(path)
    extension = path.suffix.lower()
    image = BytesIO()
    figure.savefig(image, format=extension[1:], dpi=DPI, metadata=_METADATA[extension])
    write(path, image.getvalue())


def write(path: Path, data: bytes) -> None:
    """Write a file atomically. Create the folder if necessary.

    Raises UsageError if the path is not that of a regular file, and NncliError if it cannot be written.
    """
    if path.exists() and not path.is_file():
        raise UsageError("exists and is not a regular file", place=str(path), hint=HINT)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, data)
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"cannot be created: {uncapitalize(reason)}"
        raise NncliError(message, place=str(path.parent), hint=HINT) from error
    except NncliError as error:
        raise NncliError(error.message, place=error.place, hint=HINT) from error  # replace the hint of --runs-dir
