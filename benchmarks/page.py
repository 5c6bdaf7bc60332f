"""Write docs/benchmarks.md from the saved results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks import around, command, engine, figures, growth, probes, speed, sweep, tables

ROOT = Path(__file__).resolve().parents[1]
RESULTS, DOCS = ROOT / "benchmarks", ROOT / "docs"
PICTURE = DOCS / "images" / "growth.svg"
# In the order of the page.
BENCHMARKS: dict[str, Any] = {
    "speed": speed,
    "command": command,
    "sweep": sweep,
    "around": around,
    "probes": probes,
    "growth": growth,
    "engine": engine,
    "figures": figures,
    "tables": tables,
}


def save(name: str, result: dict[str, Any]) -> None:
    """Save a result and write the page again."""
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
    if name == "growth":
        growth.draw(result, PICTURE)
    write()


def write() -> None:
    """Write the page from all saved results."""
    files = {name: RESULTS / f"{name}.json" for name in BENCHMARKS}
    results = {name: json.loads(path.read_text()) for name, path in files.items() if path.exists()}
    (DOCS / "benchmarks.md").write_text(page(results))


def page(results: dict[str, dict[str, Any]]) -> str:
    """Return the page as Markdown."""
    parts = [HEAD]
    for name, benchmark in BENCHMARKS.items():
        if name in results:
            result = results[name]
            section = SECTIONS[name].format(table="\n".join(benchmark.table(result)), **result)
            missing = ", ".join(result.get("missing", ()))
            parts.append(section + (f"\nSkipped because not installed: {missing}.\n" if missing else ""))
    machines = {name: ", ".join(f"{k} {v}" for k, v in each["machine"].items()) for name, each in results.items()}
    parts.append("## Machines\n\n" + "\n".join(f"- {name}: {machine}" for name, machine in machines.items()) + "\n")
    return "\n".join(parts)


HEAD = """\
# Benchmarks

Networks of the size used in the book, trained side by side on one core with one thread. To reproduce the numbers:

    pip install -e . -r benchmarks/requirements.txt
    python -m benchmarks speed

All contestants train on the same samples from the same initial weights, with Adam at a constant learning rate and
without shuffling, and must reach the same loss within one percent (after 100 epochs, or 3 for the nets with batches).
Times are medians over alternating rounds, with the lowest and highest. **Ratios are relative to nncli float32**: each
is the median of the ratios within a round. The targets come from prototypes on another machine, with AVX-512; without
it, matrix products take a larger share of the time. The machine below is shared, and its clock changes by a factor of
two within an hour: compare ratios, not times from different tables.
"""
SPEED = """\
## Time per epoch

Microseconds per epoch (lowest to highest of {rounds} rounds), and the ratio to nncli float32. nncli writes its run as
`nncli train` does. scikit-learn computes no accuracy, and Keras none on sine; the L2 penalty of scikit-learn differs
from the book's. In digits, half of each step is matrix products, which all contestants leave to similar libraries.

{table}
"""
COMMAND = """\
## The whole command

`nncli train` for {epochs:,} epochs, from the start of the process to its end, compared with a script for each
contestant that imports, builds, compiles and trains the same network. Rounds: {rounds}.

{table}
"""
SWEEP = """\
## Sweeps

A sweep of {trials} learning rates, from the start of the process to its end, on two cores: trials a second (lowest to
highest of {rounds} rounds), and **the ratio to `nncli sweep` with two workers**. nncli writes a complete run for each
trial; scikit-learn, PyTorch and JAX write nothing. JAX trains all trials at once in one compiled call, compilation
included, which needs a script for the purpose and trials of equal shape and length. Run `python -m benchmarks sweep`.

{table}
"""
AROUND = """\
## Overhead around the loop

The time that `nncli train` adds to its bare loop (all steps, and the metrics of every epoch) in {rounds} alternating
rounds; and the time of a start, that is of `nncli train` for one epoch, compared with its imports. The imports are
counted in two ways: the packages that such a script would import first, and all third-party modules loaded at the end
of the command, because typer and pydantic load more when a command has a parameter and a class is validated.

{table}
"""
PROBES = """\
## Probes

The processor time of `nncli train` for {epochs:,} epochs with [probes](run-files.md#probes), from the start of the
process to its end, divided by that with `--no-probes`: the median, with quartiles, of the ratios within {rounds}
alternating rounds, and the ratio of the fastest runs, which other load affects least. Digits has batches, and is
trained for a fourteenth of the epochs.

{table}
"""
GROWTH = """\
## Growth

The time of an epoch in float32, and of its matrix products alone, computed as nncli computes them: the lower limit. One
size grows while the others stay the same.

![Time of an epoch against samples, units, layers and batch size](images/growth.svg)

{table}
"""
ENGINE = """\
## The engine

Components are plain NumPy formulas; the engine plans which results share memory, and replays the calls. The first
column is the time of an epoch with hand-tuned components (in commit {before}, the last to have them) divided by the
time now: above 1, the present version is faster. The other columns show how much longer an epoch takes without one pass
of the planner; the docstrings in `nncli/nn/engine/` explain the passes. Values are medians, with quartiles, over
{processes} processes of each variant with {rounds} alternating rounds each. To measure them, run
`python -m benchmarks engine --against CHECKOUT`.

{table}
"""
FIGURES = """\
## Figures

Whole commands, from the start of the process to the written file, on runs of the book's sine with {epochs:,} epochs.
Rounds: {rounds}.

{table}
"""
TABLES = """\
## Big tables

Whole commands on a CSV table of {rows:,} rows with 9 numbers, 2 categories and one of 3 classes, and on arrays of
{array_rows:,} rows with 128 numbers in float32, compared with scripts that do the same with pandas and scikit-learn's
`MLPClassifier` in float32 (`benchmarks/table_scripts/`). `train` runs 2 epochs on the table, with a tenth of the rows
for validation, or 1 epoch on the arrays, with two hidden layers of 64 units and batches of 4,096. `predict` reads and
writes a file. Values are medians over {rounds} alternating rounds: processor time (user and system, with the lowest and
highest), wall time and the peak of memory. **Ratios compare the processor time with that of the script**: each is the
median of the ratios within a round, and below 1 nncli takes less. For arrays of 2 GB, run
`python -m benchmarks tables --array-rows 4000000`.

{table}
"""
SECTIONS = {
    "speed": SPEED,
    "command": COMMAND,
    "sweep": SWEEP,
    "around": AROUND,
    "probes": PROBES,
    "growth": GROWTH,
    "engine": ENGINE,
    "figures": FIGURES,
    "tables": TABLES,
}
