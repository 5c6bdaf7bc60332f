"""Train many experiments in separate processes, isolated from each other."""

from nncli.trials.messages import Outcome, Progress, Trial, TrialStarted, Verdict
from nncli.trials.objective import Objective
from nncli.trials.pool import Message, Pool, run
from nncli.trials.process_lock import ProcessLock

__all__ = [
    "Message",
    "Objective",
    "Outcome",
    "Pool",
    "ProcessLock",
    "Progress",
    "Trial",
    "TrialStarted",
    "Verdict",
    "run",
]
