"""Remedies: progress while variants are trained, then a table of what helped."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TextIO

from nncli.escaping import printable
from nncli.number_format import format_percent
from nncli.remedies.quick_tests.quick_test import QuickResult
from nncli.remedies.race import Entry, Race
from nncli.remedies.result import Remedies
from nncli.render.console import console, is_terminal
from nncli.render.diagnosis import train_command
from nncli.render.progress_count import CLEAR, REFRESH
from nncli.render.table import print_table
from nncli.text import count_of, plural, shorten

LINES = 10  # in a pipe
HEADINGS = ("learned", "change", "difference, 95 % interval", "median epochs", "suggested by")
MAX_WIDTH = 60  # of a change in the table
CLOSE = 0.5  # fraction of the variance left unexplained; above it, a network has hardly learned


class TryProgress:
    """Show on stderr how the race stands: one line on a terminal, about ten lines elsewhere."""

    def __init__(self, race: Race, deadline: float) -> None:
        self._race = race
        self._deadline = deadline
        self._live = is_terminal(sys.stderr)
        self._interval = REFRESH if self._live else max((deadline - time.monotonic()) / LINES, REFRESH)
        self._next = time.monotonic() + self._interval

    def update(self) -> None:
        """Show a line if it is time to."""
        if (now := time.monotonic()) < self._next:
            return
        self._next = now + self._interval
        line = f"{max(self._deadline - now, 0):.0f} s left, {standing(self._race)}"
        if self._live:
            line = f"{CLEAR}{shorten(line, console(sys.stderr).width - 1)}"
        print(line, end="" if self._live else "\n", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Erase the line of a terminal."""
        if self._live:
            print(CLEAR, end="", file=sys.stderr, flush=True)


def standing(race: Race) -> str:
    """Return how the race stands: `best so far: init.scale=0.1 on 4 of 4 seeds, unchanged on 1 of 4`."""
    ranking, (learned, trained) = race.ranking(), race.unchanged.counts
    unchanged = f"unchanged on {learned} of {trained}"
    if not ranking or not ranking[0].learned:
        start = "no change has learned yet, " if ranking else ""
        return f"{start}{unchanged} {plural('seed', trained)}"
    return f"best so far: {shorten(_change(ranking[0]), MAX_WIDTH)} on {_counts(ranking[0])} seeds, {unchanged}"


def print_quick_test(test: QuickResult, file: TextIO) -> None:
    """Print the result of a quick test as a paragraph."""
    mark = "undecided" if test.passed is None else "passed" if test.passed else "failed"
    print(f"\n{test.name}: {mark}: {printable(test.line)}", file=file, flush=True)


def print_remedies(result: Remedies, spec: str, changes: Sequence[str], file: TextIO) -> None:
    """Print the table of variants, the conclusion and the command that trains the spec with the recommended change.

    `changes` are the overrides of the spec so far.
    """
    print(file=file)
    if result.ranking or result.race.unchanged.trained:
        unchanged = (_counts(result.race.unchanged), "unchanged", None, _epochs(result.race.unchanged), None)
        rows = [unchanged, *(_row(result.race, entry) for entry in result.ranking)]
        rows.sort(key=lambda row: row[1] == "unchanged" and not result.race.is_healthy)
        print_table(HEADINGS, rows, file)
        print(file=file)
    for line in conclusion(result):
        print(printable(line), file=file)
    if (change := result.recommended) is not None:
        print(printable(f"try: {train_command(spec, changes, change.variant.overrides)}"), file=file)


def conclusion(result: Remedies) -> Iterator[str]:
    """Yield the conclusion as sentences, then the conditions of the trainings."""
    race, best = result.race, result.best
    learned, trained = race.unchanged.counts
    unchanged = f"unchanged on {learned} of {trained}"
    if result.status == "nothing_to_mend":
        yield f"unchanged learned on {learned} of {trained} seeds: nothing needs mending"
        if (better := result.improvement) is not None:
            change, errors = shorten(_change(better), MAX_WIDTH), f"{_percent(better)} of the targets' variance"
            yield f"{change} learned on {_counts(better)} seeds, and leaves {errors}"
            yield f"unexplained instead of {_percent(race.unchanged)}"
    elif best is not None:
        yield f"{shorten(_change(best), MAX_WIDTH)} learned on {_counts(best)} seeds, {unchanged}"
        if result.status == "may_help":
            yield "this may be chance: give it more time, as in --budget 5m"
    elif result.status == "unfinished":
        so_far = f"unchanged learned on {learned} of {trained} seeds, the others were not trained"
        reason = so_far if learned == trained > 0 else "the time was too short to compare anything"
        yield f"{reason}: give it more time, as in --budget 5m"
    else:
        yield f"nothing helped: no change learned more often than {unchanged} seeds"
        yield from _advice(result)
    cut = result.epochs < result.all_epochs
    limit = f" of at most {result.epochs:,} of {result.all_epochs:,} epochs" if cut else ""
    yield f"{count_of(result.trainings, 'training')}{limit} in {result.seconds:.1f} s"


def _advice(result: Remedies) -> Iterator[str]:
    """Yield what it suggests that nothing helped."""
    shares = [(share, entry) for entry in result.ranking if (share := entry.unexplained) is not None]
    share, closest = min(shares, key=lambda pair: pair[0])
    if share > CLOSE:
        yield "no change explains half of the targets' variance: check that the targets belong to the inputs, and that"
        yield "the inputs contain what the targets depend on"
    else:
        change = shorten(_change(closest), MAX_WIDTH)
        yield f"the closest was {change}, which leaves {share:.0%} of the targets' variance unexplained:"
        combine = "" if result.race.combined else "combine it with another change, "
        yield f"{combine}train for more epochs, or get more data"
    if result.epochs < result.all_epochs:
        yield "the trainings were cut short: a larger --budget allows more epochs"


def _row(race: Race, entry: Entry) -> tuple[str, str, str, int | None, str | None]:
    low, high = race.interval(entry)
    return (
        _counts(entry),
        shorten(_change(entry), MAX_WIDTH),
        f"{low:+.0%} to {high:+.0%}",
        _epochs(entry),
        entry.variant.source or None,
    )


def _epochs(entry: Entry) -> int | None:
    """Return the median number of epochs as a whole number: of an even number of seeds it may lie between two."""
    return None if entry.epochs is None else round(entry.epochs)


def _percent(entry: Entry) -> str:
    """Return the fraction that a variant leaves unexplained."""
    return format_percent(entry.unexplained or 0.0)


def _counts(entry: Entry) -> str:
    learned, trained = entry.counts
    return f"{learned} of {trained}"


def _change(entry: Entry) -> str:
    return shlex.join(entry.variant.overrides)
