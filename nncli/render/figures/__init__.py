"""Figures for print: curves of training, and what a network has learned. Importing it does not import matplotlib."""

from nncli.errors import NncliError


def require_matplotlib() -> None:
    """Raises NncliError, with what to install, where matplotlib is missing."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        raise NncliError("plots need matplotlib", hint="pip install matplotlib pillow") from None
