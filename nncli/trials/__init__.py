"""Train many experiments in separate processes, isolated from each other."""

from nncli.trials.executor import Executor, ExecutorOptions, Message, OpenExecutor
from nncli.trials.messages import Judgement, Outcome, Progress, Trial, TrialStarted, Verdict
from nncli.trials.objective import Objective
from nncli.trials.pool import Pool, open_pool, run
from nncli.trials.process_lock import ProcessLock

__all__ = [
    "Executor",
    "ExecutorOptions",
    "Judgement",
    "Message",
    "Objective",
    "OpenExecutor",
    "Outcome",
    "Pool",
    "ProcessLock",
    "Progress",
    "Trial",
    "TrialStarted",
    "Verdict",
    "open_pool",
    "run",
]
