"""Load a run to diagnose it; a run that cannot be diagnosed has an error that says what to do."""

from __future__ import annotations

import shlex

from nncli.errors import NncliError
from nncli.model import Model
from nncli.store import Run
from nncli.store.run import CONFIG, METRICS


def load_ended(run: Run) -> Model:
    """Return the network of a run that has ended, with its data read.

    Raises NncliError if the run is still training, has failed, or has no last checkpoint or losses, or if its data are
    missing or have changed.
    """
    check_ended(run)
    model = Model(run)
    try:
        model.plan()
    except NncliError as error:
        hint = f"restore the data the run was trained on, or {_again(run)}"
        raise NncliError(error.message, place=error.place, hint=hint) from error
    return model


def check_ended(run: Run) -> None:
    """Raise NncliError if the run is still training, has failed, or has no last checkpoint or losses."""
    again = _again(run)
    if (status := run.status) == "running":
        hint = "wait until it has ended, or stop it with Ctrl-C"
        raise NncliError("is still training", place=str(run.path), hint=hint)
    if status == "failed":
        reason = str(run.info().get("reason") or "unknown").splitlines()[0]
        raise NncliError(f"cannot be diagnosed, because it failed: {reason}", place=str(run.path), hint=again)
    if not run.has_checkpoint("last"):
        raise NncliError("has no last checkpoint", place=str(run.path), hint=again)
    if not len(run.metrics().get("loss", ())):
        raise NncliError("has no losses", place=str(run.path / METRICS), hint=again)


def _again(run: Run) -> str:
    return f"train it again: nncli train {shlex.quote(str(run.path / CONFIG))}"
