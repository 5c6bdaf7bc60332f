"""Write the text of a starter experiment."""

from __future__ import annotations

import json
import os
import re
from itertools import chain
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from nncli.data.format import format_of
from nncli.data.infer import InferredTable
from nncli.run_names import from_stem
from nncli.starter.inspect_table import TableSummary, Task, inspect_table
from nncli.text import count_of, join_words, list_names, shorten

# Chosen on 28 tables of 60 to 800 rows: the weights of the last epoch beat the baseline even if targets are noisy.
BATCH_SIZE, PATIENCE, WEIGHT_L2 = 32, 20, "1e-3"
FULL_BATCH, FEW_ROWS = 60, 500  # fewer rows are one batch; fewer rows need a smaller network
PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_ ./-]*")
WORDS = {"true", "false", "null", "yes", "no", "on", "off"}

TOYS: dict[Task, tuple[str, str]] = {
    "regression": ("{type: polynomial, samples: 200, noise: 0.1, test: {samples: 100}}", "fit a curve"),
    "binary": ("{type: moons, samples: 200, noise: 0.1, test: {samples: 100}}", "classify points on two half circles"),
    "classes": ("{type: blobs, samples: 300, classes: 3, test: {samples: 150}}", "classify points in three clouds"),
}


def for_task(name: str, task: Task, schema: str) -> str:
    """Return an experiment on a toy data set, for the user to change."""
    data, goal = TOYS[task]
    head = _head(schema, f"A starter experiment: {goal}.", name, "nncli plot --what fit    # show what it learned")
    body = f"""\
data: {data}    # see `nncli list data`
layers:
  - {{type: dense, units: 32, activation: relu}}
  - {{type: dense, units: 32, activation: relu}}
  - {_last_layer(task, 3)}
"""
    return head + body + _learning(task, 0.01) + "  epochs: 300\n"


class Starter(NamedTuple):
    """The text of a starter experiment, and notes about choices that the user should know."""

    text: str
    notes: list[str]
    table: InferredTable  # as the experiment reads it


def for_table(name: str, table: str, target: str, task: Task | None, schema: str) -> Starter:
    """Return an experiment on a table, with settings that fit its columns and a split into parts."""
    summary = inspect_table(table, target, task)
    samples, inputs, file = summary.described.samples, len(summary.described.input_names), shorten(Path(table).name)
    predicted = "predicted.jsonl" if format_of(table) == "json" else "predicted.csv"
    head = _head(
        schema,
        f"Predict {shorten(target)} from {file}: {samples:,} rows, {inputs} inputs.",
        name,
        f"nncli predict {quote(from_stem(Path(name).name))} --data {quote(shorten(table, 200))} > {predicted}",
    )
    data = _data(summary, table, target, Path(name).parent)
    notes = [*summary.notes, *(f"ignored {shorten(name)}: {why}" for name, why in summary.ignore.items())]
    if summary.missing:
        texts = join_words([f'"{shorten(text)}"' if text else "empty fields" for text in summary.missing_texts])
        notes += [f"taken as missing: {texts}"] if texts else []
    notes += [
        f"taken as missing: {value}, far from the other values of {list_names(columns)}"
        for value, columns in summary.sentinels.items()
    ]
    return Starter(head + data + _network(summary), notes, summary.inferred)


def _head(schema: str, title: str, name: str, next_command: str) -> str:
    return f"""\
# yaml-language-server: $schema={schema}
# {title}
#
#   nncli train {quote(f"{name}.yaml")} --eval
#   {next_command}
#
name: {_scalar(from_stem(Path(name).name))}
seed: 0
"""


def _data(summary: TableSummary, table: str, target: str, folder: Path) -> str:
    lines = [
        "data:",
        "  type: csv",
        f"  path: {_scalar(os.path.relpath(table, folder))}",
        f"  target: {_scalar(target)}    # {summary.why}",
    ]
    for name, value in summary.settings.items():
        text = f"[{', '.join(map(_scalar, value))}]" if isinstance(value, tuple) else json.dumps(value)
        lines.append(f"  {name}: {text}")
    if summary.sentinels:
        values = ", ".join(map(str, summary.sentinels))
        columns = list_names(list(dict.fromkeys(chain(*summary.sentinels.values()))))
        lines.append(f"  missing_values: [{values}]    # far from the other values of {columns}")
    if summary.ignore:
        reasons = "; ".join(f"{shorten(name)}: {why}" for name, why in summary.ignore.items())
        lines.append(f"  ignore: [{', '.join(map(_scalar, summary.ignore))}]    # {reasons}")
    counts = [
        f"{shorten(name)} in {count_of(count, 'row')}" for name, count in summary.missing.items() if name != target
    ]
    if target in summary.missing:
        lines.append(f"  missing_target: drop    # in {count_of(summary.missing[target], 'row')}")
    if counts:
        lines.append(f"  missing: median    # {', '.join(counts)}; or drop, or mean")
    lines.append("  split: {validation: 0.2, test: 0.2}    # at random, by the seed")
    return "\n".join(lines) + "\n"


def _network(summary: TableSummary) -> str:
    """Return the lines for layers, loss, optimizer, metrics and train, which depend on the number of rows."""
    samples = summary.described.samples
    units = 32 if samples < FEW_ROWS else 64
    hidden = f"{{type: dense, units: {units}, activation: relu, weight_l2: {WEIGHT_L2}}}"
    rate, batch_size = 0.002 if samples < FEW_ROWS else 0.001, f"  batch_size: {BATCH_SIZE}\n"
    if samples < FULL_BATCH:
        rate, batch_size = 0.01, ""
    return f"""\
layers:
  - {hidden}
  - {hidden}
  - {_last_layer(summary.task, len(summary.described.class_names))}
{_learning(summary.task, rate)}\
  epochs: 500
{batch_size}\
  early_stopping: {{patience: {PATIENCE}}}    # end when val_loss has not improved for {PATIENCE} epochs
"""


def _last_layer(task: Task, classes: int) -> str:
    if task == "regression":
        return "{type: dense, units: 1}"
    if task == "binary":
        return "{type: dense, units: 1, activation: sigmoid}"
    return f"{{type: dense, units: {classes}, activation: softmax}}"


def _learning(task: Task, rate: float) -> str:
    """Return the lines for loss, optimizer and metrics, and the first one for train."""
    loss = {"regression": "mse", "binary": "binary_crossentropy", "classes": "categorical_crossentropy"}[task]
    metrics = "[mae, r2]" if task == "regression" else "[accuracy]"
    return f"""\
loss: {loss}
optimizer: {{type: adam, learning_rate: {rate}}}    # try 10 times more or less
metrics: {metrics}
train:
"""


def _scalar(text: str) -> str:
    """Return text as a YAML scalar, in quotes if it could be misread without them."""
    plain = PLAIN.fullmatch(text) and text == text.strip() and text.lower() not in WORDS
    return text if plain else json.dumps(text, ensure_ascii=False)
