"""The diagnosis of a run: the verdict, then its likely problems."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterator, Sequence
from typing import TextIO, TypeAlias

from nncli.diagnosis.diagnose import Diagnosis
from nncli.diagnosis.rule import Finding
from nncli.escaping import printable
from nncli.render.console import console

STYLES = {"healthy": "bold green", "learns_badly": "bold yellow", "does_not_learn": "bold red", "diverged": "bold red"}
VERY_LIKELY, LIKELY = 0.8, 0.5  # confidences from which these words are used
LABEL, MIN_WIDTH = 12, 20  # widths of the column of labels, and of the text beside it

Line: TypeAlias = list[tuple[str, str]]  # texts with their styles


def print_diagnosis(diagnosis: Diagnosis, spec: str, changes: Sequence[str], file: TextIO) -> None:
    """Print the verdict and the findings, each with the command that trains the spec with its change.

    `changes` are the overrides of the spec so far.
    """
    if not file.isatty():  # without importing rich
        for line in _lines(diagnosis, spec, changes, width=None):
            print("".join(text for text, _ in line), file=file)
        return
    from rich.text import Text

    out = console(file)
    for line in _lines(diagnosis, spec, changes, out.width):
        out.print(Text.assemble(*line))


def train_command(spec: str, changes: Sequence[str], change: Sequence[str]) -> str:
    """Return the command that trains a spec with its overrides so far and those of a finding, quoted for a shell."""
    paths = [override.partition("=")[0] for override in change]

    def is_replaced(override: str) -> bool:
        key = override.partition("=")[0]
        return any(key == path or key.startswith(f"{path}.") for path in paths)

    return shlex.join(["nncli", "train", spec, *(each for each in changes if not is_replaced(each)), *change])


def _lines(diagnosis: Diagnosis, spec: str, changes: Sequence[str], width: int | None) -> Iterator[Line]:
    run = "stdin" if diagnosis.run == "-" else printable(diagnosis.run)
    yield [(f"{run}: ", ""), (diagnosis.verdict.replace("_", " "), STYLES[diagnosis.verdict])]
    if diagnosis.verdict != "healthy" and not diagnosis.findings:
        yield [("none of the known causes fits", "")]
    for number, finding in enumerate(diagnosis.findings, start=1):
        yield [("", "")]
        yield [(f"{number}. ", ""), (finding.name, "bold"), (f": {_confidence(finding.confidence)}", "")]
        for label, text, is_code in _rows(finding, spec, changes):
            wrapped = [text] if width is None or is_code else textwrap.wrap(text, max(width - LABEL, MIN_WIDTH))
            yield [(f"   {label}".ljust(LABEL), "dim"), (f"\n{' ' * LABEL}".join(wrapped), "")]


def _rows(finding: Finding, spec: str, changes: Sequence[str]) -> Iterator[tuple[str, str, bool]]:
    """Yield label and text of each row of a finding, and whether it is text to paste, which must not be wrapped."""
    yield "seen", printable(finding.seen), False
    yield "meaning", finding.explanation, False
    if finding.change:
        yield "change", printable(shlex.join(finding.change)), True
        yield "try", printable(train_command(spec, changes, finding.change)), True
    else:
        yield "change", "no setting can help; look at the data", False
    yield "source", finding.reference, False


def _confidence(value: float) -> str:
    word = "very likely" if value >= VERY_LIKELY else "likely" if value >= LIKELY else "possible"
    return f"{word} ({value:g})"
