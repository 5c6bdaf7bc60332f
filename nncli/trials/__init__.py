"""Train many experiments in separate processes, isolated from each other."""

from nncli.trials.pool import Outcome, Trial, TrialStarted, run

__all__ = ["Outcome", "Trial", "TrialStarted", "run"]
