"""How many trials failed, and why most of them did."""

from __future__ import annotations

from collections import Counter

from nncli.sweeps.conclusion.analysis import Analysis
from nncli.sweeps.conclusion.statement import Statement
from nncli.text import count_of, shorten

LONGEST = 100  # characters of a message


def failures(analysis: Analysis) -> Statement | None:
    """Return the number of failed trials with the most frequent last message."""
    table = analysis.table
    failed = [table.trials[index] for index in table.having("failed")]
    if not failed:
        return None
    reasons = Counter(
        training.reason for trial in failed for training in trial.trainings.values() if training.status == "failed"
    )
    reason, count = reasons.most_common(1)[0]
    often = "most often: " if len(reasons) > 1 else ""
    text = f"{len(failed)} of {count_of(len(table.trials), 'trial')}: {often}{shorten(reason, LONGEST) or 'no message'}"
    numbers = {"failed": len(failed), "trials": len(table.trials), "reason": reason, "count": count}
    return Statement("failed", f"{text}; train them again with --retry-failed", numbers)
