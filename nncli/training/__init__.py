"""Training: the loop of the book as a generator of events with metrics."""

from nncli.training.loop import Training, start
from nncli.training.plan import Plan, Preview, outputs, prepare, preview
from nncli.training.resuming import branch, resume
from nncli.training.samples import DESCRIPTION
from nncli.training.scoring import Scoring

__all__ = [
    "DESCRIPTION",
    "Plan",
    "Preview",
    "Scoring",
    "Training",
    "branch",
    "outputs",
    "prepare",
    "preview",
    "resume",
    "start",
]
