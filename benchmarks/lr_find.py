"""Train with the rate of `nncli lr-find`, with the optimizer's default and with the spec's own rate, and compare."""

from __future__ import annotations

import dataclasses
import json
import math
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from benchmarks.machine import installed, machine
from benchmarks.why.bases import SPLIT, draw_base, draw_source
from benchmarks.why.families import FAMILIES
from benchmarks.why.generate import Folder
from nncli import config, training
from nncli.events import EpochEnded, TrainingEnded
from nncli.nn.metrics.accuracy import Accuracy
from nncli.nn.metrics.base import Metric
from nncli.nn.metrics.r_squared import RSquared
from nncli.remedies.lr_range import range_test
from nncli.resolved import ResolvedExperiment, resolve

ROOT = Path(__file__).resolve().parents[1]
FIRST_SEED = 2001  # neither tested by lr-find, whose seeds are 0, 1 and 2, nor used to tune it
MOMENTUM = "optimizer={type: sgd, momentum: 0.9}"
COSINE = "optimizer={type: adam, schedule: cosine}"
ONE_CYCLE = "optimizer={type: adam, schedule: one_cycle}"
GENERATED, GENERATOR_SEED, COUNT = "generated", 7, 20
# A spec in configs/, with an override at most. `lr-find` was tuned on the first set, and not on the second.
SETS = {
    "tuning": [
        ("spiral", ""),
        ("iris", ""),
        ("houses", ""),
        ("sine", ""),
        ("book/ch10-spiral-adagrad", ""),
        ("book/ch10-spiral-sgd", ""),
        ("book/ch16-spiral", ""),
        ("digits", "optimizer=sgd"),
        ("digits", "optimizer=adagrad"),
        ("digits", ONE_CYCLE),
        ("houses", "optimizer=rmsprop"),
        ("iris", MOMENTUM),
        ("spiral", "optimizer=adagrad"),
        ("spiral", MOMENTUM),
        ("spiral3", "optimizer=rmsprop"),
        ("weather", "optimizer=sgd"),
    ],
    "held out": [
        ("digits", ""),
        ("spiral3", ""),
        ("weather", ""),
        ("book/ch10-spiral-adam", ""),
        ("book/ch10-spiral-rmsprop", ""),
        ("book/ch14-spiral-l2", ""),
        ("book/ch17-sine-1x64", ""),
        ("digits", "optimizer=rmsprop"),
        ("digits", MOMENTUM),
        ("houses", "optimizer=adagrad"),
        ("houses", MOMENTUM),
        ("houses", COSINE),
        ("iris", "optimizer=adagrad"),
        ("iris", "optimizer=rmsprop"),
        ("spiral", "optimizer=rmsprop"),
        ("spiral", "optimizer=sgd"),
        ("spiral3", MOMENTUM),
        ("weather", "optimizer=adagrad"),
        ("sine", "optimizer=rmsprop"),
        ("sine", "optimizer=sgd"),
        ("sine", "optimizer=adagrad"),
        ("sine", MOMENTUM),
        ("book/ch17-sine-2x64-init0.1-lr0.005", "train.epochs=2000"),
        ("book/ch17-sine-2x64-init0.1", ""),
    ],
}

Row: TypeAlias = dict[str, Any]  # a spec: set, rates, seconds, losses, metric and metrics


class Outcome(NamedTuple):
    """The loss at the end of a training, infinite if it diverged, and its accuracy or r2."""

    loss: float
    metric: float


def run(seeds: int, only: str | None, *, write: bool) -> None:
    """Print a row for each spec, then the counts; with `write`, also save the results and write docs/rates.md."""
    rows: dict[str, Row] = {}
    print(HEADER.format("spec"), RULE, sep="\n")
    for name, row in measure(seeds, only):
        rows[name] = row
        print(line(name, row), flush=True)
    print("", *summary(rows), sep="\n")
    if write:
        result = {"machine": machine() | installed("numpy"), "seeds": seeds, "specs": rows}
        (ROOT / "benchmarks" / "lr_find.json").write_text(json.dumps(result, indent=1) + "\n")
        (ROOT / "docs" / "rates.md").write_text(page(result))


def measure(seeds: int, only: str | None = None) -> Iterator[tuple[str, Row]]:
    """Yield the name and the row of each spec whose name contains `only`."""
    for group, specs in SETS.items():
        for spec, change in specs:
            name = f"{spec.removeprefix('book/')} {change}".rstrip()
            if only is None or only in name:
                path = ROOT / "configs" / f"{spec}.yaml"
                yield name, {"set": group, **compare(path, [change] if change else [], seeds)}
    with tempfile.TemporaryDirectory() as folder:
        for name, path in generate(Path(folder)):
            if only is None or only in name:
                yield name, {"set": GENERATED, **compare(path, [], seeds)}


def generate(folder: Path) -> Iterator[tuple[str, Path]]:
    """Draw specs of usual settings, each with another data set, and yield their names and files."""
    for number in range(COUNT):
        random, family = np.random.default_rng([GENERATOR_SEED, number]), FAMILIES["fresh"]
        base = draw_base(random, family, draw_source(random, family))
        if number % 3 == 0:
            base.spec[SPLIT] = {"validation": 0.2}
        path = folder / f"{number}.yaml"
        path.write_text(json.dumps(Folder(folder).spec(base.spec, base.source, str(number))))  # which is YAML, too
        yield f"{number}: {base.source.name}, {base.spec['optimizer']['type']}", path


def compare(path: Path, changes: Sequence[str], seeds: int) -> Row:
    """Return the row of a spec: it is trained with each rate on the same seeds, and otherwise unchanged."""
    tree = config.read(path, changes)
    settings = config.settings(tree)["optimizer"]
    resolved = config.check(tree).resolved
    started = time.thread_time()
    rates = {"found": range_test(resolved).learning_rate}
    seconds = time.thread_time() - started
    rates["default"] = type(resolved.experiment.optimizer)().learning_rate
    if isinstance(settings, dict) and "learning_rate" in settings:
        rates["own"] = settings["learning_rate"]
    trained = {
        rate: [train(resolved, rate, FIRST_SEED + number) for number in range(seeds)] for rate in set(rates.values())
    }
    outcomes = {name: trained[rate] for name, rate in rates.items()}
    return {
        "rates": rates,
        "seconds": seconds,
        "losses": {name: [outcome.loss for outcome in each] for name, each in outcomes.items()},
        "metric": metric_of(resolved).type,
        "metrics": {name: [outcome.metric for outcome in each] for name, each in outcomes.items()},
    }


def train(resolved: ResolvedExperiment, rate: float, seed: int) -> Outcome:
    """Train with a rate and a seed.

    The outcome is that after the last step, with penalties unless there are validation data. If training stops early,
    it is that of the best epoch, whose checkpoint nncli keeps.
    """
    experiment = resolved.experiment
    optimizer = dataclasses.replace(experiment.optimizer, learning_rate=rate)
    metric = metric_of(resolved)
    changed = dataclasses.replace(experiment, seed=seed, optimizer=optimizer, metrics=(metric,))
    trained = training.start(resolve(changed, resolved.description))
    best = Outcome(math.inf, math.nan)
    for event in trained:
        if isinstance(event, EpochEnded) and experiment.train.early_stopping is not None:
            best = min(best, _outcome(event.metrics, metric.type), key=lambda outcome: outcome.loss)
        elif isinstance(event, TrainingEnded) and event.status == "diverged":
            return Outcome(math.inf, math.nan)
    return best if math.isfinite(best.loss) else _outcome(trained.evaluate(), metric.type)


def _outcome(metrics: Mapping[str, float], metric: str) -> Outcome:
    prefix = "val_" if "val_loss" in metrics else ""
    return Outcome(metrics[f"{prefix}loss"], metrics[f"{prefix}{metric}"])


def metric_of(resolved: ResolvedExperiment) -> Metric:
    """Return the metric that shows how much a difference of losses matters."""
    return RSquared() if resolved.description.task == "regression" else Accuracy()


def holds(row: Row, than: str) -> tuple[bool, bool]:
    """Return whether the found rate is at least as good as another: strictly, and within the noise of the other."""
    other, median = sorted(row["losses"][than]), statistics.median(row["losses"]["found"])
    return median <= statistics.median(other), math.isfinite(median) and median <= other[3 * (len(other) - 1) // 4]


HEADER = "| {} | found | default | own | found | default | own | found | default | own | strictly | within noise |"
RULE = f"|{'---|' * 12}"


def line(name: str, row: Row) -> str:
    """Return the line of a spec in the table: rates, median losses, median metrics, and how they compare."""
    cells = [name]
    for kind, form in (("rates", ".2g"), ("losses", ".3g"), ("metrics", ".4f")):
        for each in ("found", "default", "own"):
            values = row[kind].get(each)
            value = statistics.median(values) if isinstance(values, list) else values
            cells.append("" if value is None else f"{value:{form}}" if math.isfinite(value) else "diverged")
    return f"| {' | '.join([*cells, *('yes' if good else '**no**' for good in holds(row, 'default'))])} |"


def summary(rows: Mapping[str, Row]) -> list[str]:
    """Return how often the found rate is at least as good as the others, for each set of specs."""
    lines = []
    for group in (*SETS, GENERATED):
        chosen = [row for row in rows.values() if row["set"] == group]
        for than, label in (("default", "the optimizer's default"), ("own", "the spec's own rate")):
            results = [holds(row, than) for row in chosen if than in row["losses"]]
            if results:
                strict, noise = (sum(result) for result in zip(*results, strict=True))
                count = f"strictly in {strict} of {len(results)} specs, within the noise in {noise}"
                lines.append(f"- {group}: at least as good as {label} {count}")
    if seconds := [row["seconds"] for row in rows.values()]:
        lines.append(
            f"- processor time of a search: {statistics.median(seconds):.1f} s (median), up to {max(seconds):.1f} s"
        )
    return lines


def page(result: Mapping[str, Any]) -> str:
    """Return the page as Markdown."""
    rows: dict[str, Row] = result["specs"]
    tables = []
    for group in (*SETS, GENERATED):
        tables += [
            "",
            HEADER.format(group),
            RULE,
            *(line(name, row) for name, row in rows.items() if row["set"] == group),
        ]
    seeds = result["seeds"]
    ran_on = ", ".join(f"{name} {value}" for name, value in result["machine"].items())
    return f"""\
# Learning rates found by lr-find

Each spec is trained with the rate that `nncli lr-find` suggests (found), with the default rate of its optimizer
(default) and, if it sets one, with its own rate (own). `lr-find` uses none of the {seeds} seeds, from {FIRST_SEED} on.
Everything else in the spec stays as it is.

`lr-find` was tuned on the first table. After a look at the second, one thing changed: the default now stands for
candidates close to it. The last table was measured after that and changed nothing. It has generated specs, each with
its own data, network, optimizer and usual rate.

{chr(10).join(summary(rows))}

The numbers are rates, median losses, and median accuracies (r2 for regression). A loss is the validation loss, or the
training loss if the spec has no validation data: after the last step, or at the best epoch if the spec stops early.
"Strictly" compares the medians. "Within noise" means that the median is no higher than the upper quartile of the losses
with the default: of its five trainings, two or more are no better.
{chr(10).join(tables)}

Written by `python -m benchmarks lr-find --write` ({ran_on}).
"""
