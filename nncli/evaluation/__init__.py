"""Evaluating a trained network: its figures beside those of a guess that has learned nothing, and its predictions."""

from nncli.evaluation.classes import ClassFigures, ClassReport
from nncli.evaluation.report import Figure, Report, as_dict, evaluate, save
from nncli.evaluation.thresholds import checks

__all__ = ["ClassFigures", "ClassReport", "Figure", "Report", "as_dict", "checks", "evaluate", "save"]
