"""Many trainings, each in a process of its own: what one does to itself leaves the others alone."""

from nncli.trials.pool import Outcome, Trial, TrialStarted, run

__all__ = ["Outcome", "Trial", "TrialStarted", "run"]
