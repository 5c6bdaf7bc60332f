"""Evaluate a trained network: metrics next to a baseline, thresholds and predictions."""

from nncli.evaluation.classes import ClassMetrics, ClassReport
from nncli.evaluation.report import MetricValue, Report, as_dict, evaluate, save
from nncli.evaluation.thresholds import failed_thresholds

__all__ = ["ClassMetrics", "ClassReport", "MetricValue", "Report", "as_dict", "evaluate", "failed_thresholds", "save"]
