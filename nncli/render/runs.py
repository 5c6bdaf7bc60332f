"""The table of runs."""

from __future__ import annotations

from typing import Any, TextIO

from nncli.render.console import print_table
from nncli.store import Run

LOSSES = ("loss", "data_loss", "regularization_loss")


def row(run: Run) -> dict[str, Any]:
    """A run as data: path, name, status, number of epochs, and its last figures (of the summary, where it ended)."""
    summary, last = run.summary() or {}, run.last_row() or {}
    figures = summary.get("final") or {key: value for key, value in last.items() if key not in ("epoch", "seconds")}
    epochs = summary.get("epochs", last["epoch"] + 1 if "epoch" in last else 0)
    return {"run": str(run.path), "name": run.name, "status": run.status(), "epochs": epochs, **figures}


def print_runs(rows: list[dict[str, Any]], file: TextIO) -> None:
    """Name, status, epochs, loss and the first metric of each run."""
    table = []
    for each in rows:
        metric = next((key for key in list(each)[4:] if key not in LOSSES and key != "learning_rate"), None)
        shown = f"{metric} {each[metric]:.4g}" if metric and each[metric] is not None else ""
        table.append((each["name"], each["status"], each["epochs"], each.get("loss"), shown))
    print_table(("run", "status", "epochs", "loss", "metric"), table, file)
