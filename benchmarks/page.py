"""docs/benchmarks.md, made of what was measured last."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks import around, engine, figures, growth, speed, whole

ROOT = Path(__file__).resolve().parents[1]
RESULTS, DOCS = ROOT / "benchmarks", ROOT / "docs"
PICTURE = DOCS / "images" / "growth.svg"


def save(name: str, result: dict[str, Any]) -> None:
    """Keeps a result and makes the page anew."""
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
    if name == "growth":
        growth.draw(result, PICTURE)
    write()


def write() -> None:
    """Makes the page of all results that there are."""
    found = {name: RESULTS / f"{name}.json" for name in ("speed", "command", "around", "growth", "engine", "figures")}
    results = {name: json.loads(path.read_text()) for name, path in found.items() if path.exists()}
    (DOCS / "benchmarks.md").write_text(page(results))


def page(results: dict[str, dict[str, Any]]) -> str:
    """The page as Markdown."""
    parts = [HEAD]
    if "speed" in results:
        missing = results["speed"]["missing"]
        left_out = f"\nNot installed, and so left out: {', '.join(missing)}.\n" if missing else ""
        parts.append(SPEED.format(table="\n".join(speed.table(results["speed"])), **results["speed"]) + left_out)
    if "command" in results:
        parts.append(COMMAND.format(table="\n".join(whole.table(results["command"])), **results["command"]))
    if "around" in results:
        parts.append(AROUND.format(table="\n".join(around.table(results["around"])), **results["around"]))
    if "growth" in results:
        parts.append(GROWTH.format(table="\n".join(growth.table(results["growth"])), **results["growth"]))
    if "engine" in results:
        parts.append(ENGINE.format(table="\n".join(engine.table(results["engine"])), **results["engine"]))
    if "figures" in results:
        parts.append(FIGURES.format(table="\n".join(figures.table(results["figures"])), **results["figures"]))
    machines = {name: ", ".join(f"{k} {v}" for k, v in each["machine"].items()) for name, each in results.items()}
    parts.append("## Measured on\n\n" + "\n".join(f"- {name}: {told}" for name, told in machines.items()) + "\n")
    return "\n".join(parts)


HEAD = """\
# Benchmarks

Networks of the book's size, trained side by side on one core and with one thread. Whoever doubts a figure runs it:

    pip install -e . -r benchmarks/requirements.txt
    python -m benchmarks speed

All contestants train on the same samples from the same first weights, by Adam at a steady rate, without shuffling, and
must reach the same loss within a percent (after 100 epochs; 3 of those with batches). Times are medians of alternating
runs, with the lowest and highest; **ratios are to nncli's float32**, medians of those within a round. The targets were
set from prototypes on another machine, with AVX-512; without it, matrix products take a larger part of the time. The
machine below is shared and its clock changes by a factor of two within an hour: compare ratios, not tables.
"""
SPEED = """\
## An epoch

Microseconds an epoch (lowest to highest of {rounds} rounds); ratio to nncli float32. nncli writes its run as `train`
does. scikit-learn computes no accuracy and Keras none on sine; scikit-learn has no L2 of the book's kind. Half a step
of digits is matrix products, for which all ask a library of the same kind.

{table}
"""
COMMAND = """\
## The whole command

`nncli train`, {epochs:,} epochs from the start of the process to its end, beside a script of each contestant that
imports, builds, compiles and trains as much. Rounds: {rounds}.

{table}
"""
AROUND = """\
## Around the loop

What `nncli train` adds to its bare loop (every step and the figures of every epoch), {rounds} alternating rounds; and
how long it takes to start, beside the imports that it needs: `nncli train` to the end of a run of one epoch. Its
imports are first those that a script of its kind begins with; typer and pydantic load more of theirs once a command
has a parameter and a class is checked, so then all modules but its own that are loaded at its end.

{table}
"""
GROWTH = """\
## Growth

The time of an epoch in float32 beside that of its matrix products alone, made as nncli makes them, which is the limit,
where one size grows and the others stay.

![Time of an epoch against samples, units, layers and batch size](images/growth.svg)

{table}
"""
ENGINE = """\
## The engine

Components are plain NumPy formulas; the engine plans which results share memory, and replays the calls. The first
column is the time of an epoch with hand-tuned components (commit {before}, the last that had them) over that of
today's: above 1, today's is faster. The others say how much longer an epoch takes without one pass of the planner; the
docstrings in `nncli/nn/engine/` explain the passes. Medians, with quartiles, of {processes} processes of each variant
and {rounds} alternating rounds. `python -m benchmarks engine --against CHECKOUT` measures it.

{table}
"""
FIGURES = """\
## Figures

Whole commands, from the start of the process to the file it wrote: runs of the book's sine with {epochs:,} epochs.
Rounds: {rounds}.

{table}
"""
