"""Plots in the terminal: the loss and the fit in characters. Importing it does not import the library that draws."""

from nncli.errors import NncliError


def require_uniplot() -> None:
    """Raises NncliError, with what to install, where the library that draws is missing."""
    try:
        import uniplot  # noqa: F401
    except ImportError:
        raise NncliError("plots in the terminal need uniplot", hint="pip install uniplot") from None
