"""Compare the end of a run in summary.json with run.json and the last row, quickly and without NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from nncli.repetition.difference import Difference
from nncli.store import Run
from nncli.store.run import METRICS, SUMMARY
from nncli.store.settings import is_within_limits

Row: TypeAlias = Mapping[str, Any]

# Paths in run.json of everything that can change the last bits.
ENVIRONMENT = (("processor",), ("versions", "numpy"), ("blas",), ("simd",))
MAX_EPOCHS = 1 << 53  # a float represents all integers up to here
ENDED = ("done", "stopped", "diverged")


class EndState(NamedTuple):
    """The end of a run according to its run.json (`info`) and summary.json."""

    info: dict[str, Any]
    summary: dict[str, Any]

    @classmethod
    def of(cls, run: Run) -> EndState:
        """Read run.json and summary.json, empty if missing or damaged."""
        return cls(run.info(), run.summary() or {})

    @property
    def expects_summary(self) -> bool:
        """Return whether the run has a summary or, because it has ended, should have one."""
        return bool(self.summary) or self.info.get("status") in ENDED

    @property
    def first_epoch(self) -> int:
        """The first epoch that the run trained: 0, or the epoch at which a child run started."""
        parent = self.info.get("parent")
        epoch = parent.get("epoch") if isinstance(parent, dict) else 0
        return epoch if type(epoch) is int and abs(epoch) < MAX_EPOCHS else 0

    @property
    def epochs(self) -> int | None:
        """The number of epochs in summary.json, None if it does not say."""
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
        """The entries of run.json for each time the run was resumed."""
        entries = self.info.get("resumed")
        return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []

    @property
    def changed_environment(self) -> bool:
        """Return whether the run was resumed in another environment, so that its rows may round differently."""
        return any(environment_differences([entry], self.info) for entry in self.resumed)


def contradictions_at_end(run: Run) -> list[Difference]:
    """Compare summary.json with run.json and the last row, at a cost independent of the length of the run."""
    ending = EndState.of(run)
    row = run.last_row()
    return (
        [*compare_length(ending, row), *(compare_last_row(ending, row) if row else [])]
        if ending.expects_summary
        else []
    )


def compare_length(ending: EndState, last_row: Row | None) -> list[Difference]:
    """Compare status and number of epochs. A resumed run may still have rows of epochs that it will train again."""
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
    """Compare the validation metrics and the best metric with `row`, if it is the row of their epoch."""
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
        Difference(SUMMARY, key, stated, expected, f"the row of epoch {epoch} has")
        for key, (stated, expected) in pairs.items()
        if stated != expected
    ]


def environment_differences(before: list[dict[str, Any]], current: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Map each part of the environment that differs between a record in `before` and `current` to the two values.

    Parts that a record does not have are ignored.
    """
    pairs: dict[str, tuple[Any, Any]] = {}
    for path in ENVIRONMENT:
        now = _value_at(current, path)
        values = [
            value for each in before if (value := _value_at(each, path)) is not None and is_within_limits({"": value})
        ]
        others = [value for value in values if value != now]
        if others:
            pairs[".".join(path)] = (others[0], now)
    return pairs


def _value_at(info: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        info = info.get(key) if isinstance(info, dict) else None
    return info


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
