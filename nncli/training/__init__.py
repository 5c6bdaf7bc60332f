"""Training: the loop of the book as a generator of events, and the figures measured on the way."""

from nncli.training.loop import Training, start
from nncli.training.plan import Plan, load_part, prepare, targets_for

__all__ = ["Plan", "Training", "load_part", "prepare", "start", "targets_for"]
