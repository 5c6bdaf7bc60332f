"""Evaluation of a trained network: its metrics beside those of a baseline, and its predictions."""

from nncli.evaluation.classes import ClassMetrics, ClassReport
from nncli.evaluation.report import MetricValue, Report, as_dict, evaluate, save
from nncli.evaluation.thresholds import checks

__all__ = ["ClassMetrics", "ClassReport", "MetricValue", "Report", "as_dict", "checks", "evaluate", "save"]
