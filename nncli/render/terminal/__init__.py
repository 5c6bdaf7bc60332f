"""Plots in the terminal: the loss and the fit in characters. Importing this package does not import uniplot."""

from nncli.errors import NncliError


def require_uniplot() -> None:
    """Import uniplot. Raises NncliError if it is not installed."""
    try:
        import uniplot  # noqa: F401
    except ImportError:
        raise NncliError("plots in the terminal need uniplot", hint="pip install uniplot") from None
