"""Write the text of a starter experiment."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from nncli.run_names import from_stem
from nncli.starter.inspect_table import TableSummary, Task, inspect_table
from nncli.text import count_of, join_words, shorten

WIDE, SMALL_BATCH, FEW_ROWS = 64, 32, 500
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
    return head + body + _learning(task, 300, None, early=False)


class Starter(NamedTuple):
    """The text of a starter experiment, and notes about choices that the user should know."""

    text: str
    notes: list[str]


def for_table(name: str, table: str, target: str, task: Task | None, schema: str) -> Starter:
    """Return an experiment on a CSV table, with settings that fit its columns and a split into parts."""
    summary = inspect_table(table, target, task)
    samples, inputs, file = summary.described.samples, len(summary.described.input_names), shorten(Path(table).name)
    head = _head(
        schema,
        f"Predict {shorten(target)} from {file}: {samples:,} rows, {inputs} inputs.",
        name,
        f"nncli predict {quote(from_stem(Path(name).name))} --data {quote(shorten(table, 200))} > predicted.csv",
    )
    units = WIDE if samples >= FEW_ROWS else WIDE // 2
    layers = f"""\
layers:
  - {{type: dense, units: {units}, activation: relu, weight_l2: 1e-4}}
  - {{type: dense, units: {units}, activation: relu, weight_l2: 1e-4}}
  - {_last_layer(summary.task, len(summary.described.class_names))}
"""
    data = _data(summary, table, target, Path(name).parent)
    learning = _learning(summary.task, 500, SMALL_BATCH if samples >= FEW_ROWS else None, early=True)
    notes = [f"ignored {shorten(name)}: {why}" for name, why in summary.ignore.items()]
    if summary.missing:
        texts = join_words([f'"{shorten(text)}"' if text else "empty fields" for text in summary.missing_texts])
        notes.append(f"taken as missing: {texts}")
    return Starter(head + data + layers + learning, notes)


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


def _last_layer(task: Task, classes: int) -> str:
    if task == "regression":
        return "{type: dense, units: 1}"
    if task == "binary":
        return "{type: dense, units: 1, activation: sigmoid}"
    return f"{{type: dense, units: {classes}, activation: softmax}}"


def _learning(task: Task, epochs: int, batch_size: int | None, *, early: bool) -> str:
    """Return the lines for loss, optimizer, metrics and train."""
    loss = {"regression": "mse", "binary": "binary_crossentropy", "classes": "categorical_crossentropy"}[task]
    metrics = "[mae, r2]" if task == "regression" else "[accuracy]"
    rate = 0.01 if batch_size is None else 0.001
    lines = [
        f"loss: {loss}",
        f"optimizer: {{type: adam, learning_rate: {rate}}}    # try 10 times more or less",
        f"metrics: {metrics}",
        "train:",
        f"  epochs: {epochs}",
    ]
    if batch_size is not None:
        lines.append(f"  batch_size: {batch_size}")
    if early:
        lines.append("  early_stopping: {patience: 50}    # end when val_loss has not improved for 50 epochs")
    return "\n".join(lines) + "\n"


def _scalar(text: str) -> str:
    """Return text as a YAML scalar, in quotes if it could be misread without them."""
    plain = PLAIN.fullmatch(text) and text == text.strip() and text.lower() not in WORDS
    return text if plain else json.dumps(text, ensure_ascii=False)
