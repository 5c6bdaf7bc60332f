"""The end of a run: compare summary.json with the last row, without NumPy and at a small cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from nncli.repetition.difference import Difference
from nncli.store import Run
from nncli.store.run import METRICS, SUMMARY
from nncli.store.settings import is_within_limits

Row: TypeAlias = Mapping[str, Any]

ENVIRONMENT = (("processor",), ("versions", "numpy"), ("blas",), ("simd",))  # of run.json: what the last bits hang on
MAX_EPOCHS = 1 << 53  # beyond it, a float does not count
ENDED = ("done", "stopped", "diverged")


class EndState(NamedTuple):
    """How a run ended by its own account."""

    info: dict[str, Any]
    summary: dict[str, Any]

    @classmethod
    def of(cls, run: Run) -> EndState:
        """Read run.json and summary.json, empty if missing or damaged."""
        return cls(run.info(), run.summary() or {})

    @property
    def expects_summary(self) -> bool:
        """Return if there is a summary, or should be: a run has one when it has ended."""
        return bool(self.summary) or self.info.get("status") in ENDED

    @property
    def first_epoch(self) -> int:
        """The first epoch that the run trained: 0, or the one at which a child left its parent."""
        parent = self.info.get("parent")
        epoch = parent.get("epoch") if isinstance(parent, dict) else 0
        return epoch if type(epoch) is int and abs(epoch) < MAX_EPOCHS else 0

    @property
    def epochs(self) -> int | None:
        """After how many epochs summary.json was written, None if it does not say."""
        epochs = self.summary.get("epochs")
        return epochs if type(epochs) is int else None

    @property
    def final(self) -> dict[str, Any]:
        """The metrics of the last weights."""
        return _mapping(self.summary.get("final"))

    @property
    def best(self) -> dict[str, Any]:
        """The best epoch and its metric."""
        return _mapping(self.summary.get("best"))

    @property
    def best_epoch(self) -> int | None:
        """The best epoch, None if there is none."""
        epoch = self.best.get("epoch")
        return epoch if type(epoch) is int else None

    @property
    def resumed(self) -> list[dict[str, Any]]:
        """What run.json says of each time that the run was resumed."""
        entries = self.info.get("resumed")
        return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []

    @property
    def changed_environment(self) -> bool:
        """Return if the run was resumed in another environment, so that its rows are not all of one arithmetic."""
        return any(environment_differences([entry], self.info) for entry in self.resumed)


def contradictions_at_end(run: Run) -> list[Difference]:
    """Compare summary.json with run.json and the last row. It costs as much for a long run as for a short one."""
    ending = EndState.of(run)
    row = run.last_row()
    return (
        [*compare_length(ending, row), *(compare_last_row(ending, row) if row else [])]
        if ending.expects_summary
        else []
    )


def compare_length(ending: EndState, last_row: Row | None) -> list[Difference]:
    """Compare status and number of epochs. A resumed run may have rows of epochs that it has yet to train again."""
    differences = []
    reached = ending.first_epoch if last_row is None else last_row["epoch"] + 1
    if ending.epochs != reached and not (ending.resumed and ending.epochs is not None and ending.epochs < reached):
        differences.append(
            Difference(SUMMARY, "epochs", ending.summary.get("epochs"), reached, f"the rows of {METRICS} end at")
        )
    status, stated = ending.info.get("status"), ending.summary.get("status")
    if status in ENDED and stated != status:
        differences.append(Difference(SUMMARY, "status", stated, status, "run.json has"))
    return differences


def compare_last_row(ending: EndState, row: Row) -> list[Difference]:
    """Compare the validation metrics and the best metric with the row of their epoch, if `row` is that one."""
    differences: list[Difference] = []
    epoch = row["epoch"]
    if ending.changed_environment:
        return differences
    pairs: dict[str, tuple[Any, Any]] = {}
    if ending.epochs == epoch + 1:
        names = [name for name in {**row, **ending.final} if name.startswith("val_")]
        pairs |= {f"final.{name}": (ending.final.get(name), row.get(name)) for name in names}
    if ending.best_epoch == epoch:
        pairs |= {f"best.{name}": (value, row.get(name)) for name, value in ending.best.items() if name != "epoch"}
    return [
        Difference(SUMMARY, key, stated, given, f"the row of epoch {epoch} has")
        for key, (stated, given) in pairs.items()
        if stated != given
    ]


def environment_differences(before: list[dict[str, Any]], here: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return what of machine and NumPy is not as `here` in one of the records `before`, by its path, as a pair.

    A record that lacks one excuses nothing by it.
    """
    pairs: dict[str, tuple[Any, Any]] = {}
    for path in ENVIRONMENT:
        now = _at(here, path)
        values = [value for each in before if (value := _at(each, path)) is not None and is_within_limits({"": value})]
        others = [value for value in values if value != now]
        if others:
            pairs[".".join(path)] = (others[0], now)
    return pairs


def _at(info: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        info = info.get(key) if isinstance(info, dict) else None
    return info


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
