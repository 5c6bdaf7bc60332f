"""diagnosis.json: how a run has learned, written at the end of `nncli train` and read by other commands."""

from __future__ import annotations

from contextlib import suppress

from nncli.diagnosis.diagnose import Diagnosis, diagnose_model
from nncli.diagnosis.ended_run import check_ended
from nncli.diagnosis.guard import bugs_as_warnings
from nncli.errors import NncliError
from nncli.model import Model
from nncli.store import Run, write_json
from nncli.store.format import FORMAT, KEY
from nncli.store.run import DIAGNOSIS
from nncli.training import Training

FINAL = ("done", "diverged")  # statuses of a run that is not to be continued
MAX_VALUES = 20_000_000  # entries of a table that is read only for a verdict, which takes some seconds


def diagnose_training(run: Run, training: Training, status: str) -> Diagnosis | None:
    """Diagnose a run that has just ended and write diagnosis.json; None if it was interrupted or that failed."""
    with bugs_as_warnings("diagnose the run"), suppress(NncliError):
        if status in FINAL:
            model = Model(run).with_training(training.plan, training.checkpoint)
            diagnosis = diagnose_model(model, status)
            with suppress(NncliError):
                save(run, diagnosis)
            return diagnosis
    return None


def save(run: Run, diagnosis: Diagnosis) -> None:
    """Write diagnosis.json into the run's directory. Raises NncliError if it cannot be written."""
    content = {key: value for key, value in diagnosis.as_dict().items() if key != "run"}  # a run may be moved
    write_json(run.path / DIAGNOSIS, {KEY: FORMAT, **content})


def verdict_of_run(run: Run, model: Model | None = None) -> str | None:
    """Return the verdict of a run that has ended: from diagnosis.json, else from its last weights and its data.

    It is None if they are missing, or for a table so large that reading it takes long. `model` is that of the run.
    """
    status = run.status
    if status not in (*FINAL, "stopped"):
        return None
    if (saved := run.verdict()) is not None:
        return saved
    with bugs_as_warnings("diagnose the run"), suppress(NncliError):
        check_ended(run)
        model = Model(run) if model is None or model.checkpoint != "last" else model
        if model.data.samples * len(model.data.input_names) <= MAX_VALUES:
            return diagnose_model(model, status).verdict
    return None
