"""The table of runs."""

from __future__ import annotations

from typing import Any, TextIO

from nncli.render.console import print_table
from nncli.store import Run

LOSSES = ("loss", "data_loss", "regularization_loss")


def row(run: Run) -> dict[str, Any]:
    """A run as data: path, name, status, number of epochs, and its last figures (of the summary, where it ended)."""
    summary, last = run.summary() or {}, run.last_row() or {"epoch": -1}
    figures, epochs = summary.get("final"), summary.get("epochs")
    if not isinstance(figures, dict) or not all(map(_is_figure, figures.values())) or type(epochs) is not int:
        # The run has not ended, or its summary is damaged: then its last row tells.
        figures = {key: value for key, value in last.items() if key not in ("epoch", "seconds")}
        epochs = last["epoch"] + 1
    return {"run": str(run.path), "name": run.name, "status": run.status(), "epochs": epochs, **figures}


def _is_figure(value: Any) -> bool:
    return value is None or type(value) in (int, float)


def print_runs(rows: list[dict[str, Any]], file: TextIO) -> None:
    """Name, status, epochs, loss and the first metric of each run."""
    table = []
    for each in rows:
        metric = next((key for key in list(each)[4:] if key not in LOSSES and key != "learning_rate"), None)
        shown = f"{metric} {each[metric]:.4g}" if metric and each[metric] is not None else ""
        table.append((each["name"], each["status"], each["epochs"], each.get("loss"), shown))
    print_table(("run", "status", "epochs", "loss", "metric"), table, file)
