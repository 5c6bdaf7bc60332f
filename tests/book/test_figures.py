"""Chapters 16 and 17: nncli's book precision gives the book's figures.

`figures/*.json` hold every hundredth epoch with all digits, computed by the book's algorithm on x86-64 with AVX2.
On other processors the first epochs are compared within rounding instead.
"""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nncli import bundled_configs, config, training
from nncli.book import compare, printed_lines
from nncli.book.printed import ERRATA
from nncli.events import EpochEnded

FIGURES = Path(__file__).parent / "figures"
NAMES = sorted(path.stem for path in FIGURES.glob("*.json"))
EXACT = platform.machine().lower() in ("x86_64", "amd64")
FIRST_EPOCHS = 301  # what every run of the tests compares; the whole of it stands behind the marker `long`


def rows_of(name: str) -> list[list[Any]]:
    """The rows with all digits; the last may be that of the test data."""
    rows: list[list[Any]] = json.loads((FIGURES / f"{name}.json").read_text())["rows"]
    return rows


def our_rows(name: str, epochs: int) -> Iterator[list[Any]]:
    """Ours for every hundredth epoch, in the same columns, and after the last epoch of all that of the test data."""
    resolved = config.load(bundled_configs.configs() / "book" / f"{name}.yaml", [f"train.epochs={epochs}"]).resolved
    under_way = training.start(resolved)
    for event in under_way:
        if isinstance(event, EpochEnded) and event.epoch % 100 == 0:
            metrics = dict(event.metrics)
            accuracy = metrics.get("accuracy", metrics.get("regression_accuracy"))
            rest = ("loss", "data_loss", "regularization_loss", "learning_rate")
            yield [event.epoch, accuracy, *(metrics[column] for column in rest)]
    if resolved.experiment.data.test is not None:
        samples = under_way.plan.test(under_way.checkpoint.streams)
        assert samples is not None
        metrics = dict(under_way.plan.evaluate(under_way.checkpoint.params, samples))
        yield ["val", metrics["accuracy"], metrics["loss"]]


def assert_same(ours: list[Any], theirs: list[Any]) -> None:
    """The same bits on x86-64, elsewhere within what rounding does to the first hundred epochs."""
    if EXACT:
        assert ours == theirs
    elif theirs[0] in (0, 100):
        pairs = zip(ours[2:], theirs[2:], strict=True)
        assert all(math.isclose(a, b, rel_tol=1e-3, abs_tol=1e-6) for a, b in pairs), (ours, theirs)


def test_there_is_an_experiment_for_each_file_of_figures() -> None:
    assert len(NAMES) == 10
    assert set(NAMES) <= {path.stem for path in (bundled_configs.configs() / "book").glob("*.yaml")}


@pytest.mark.parametrize("name", NAMES)
def test_the_first_epochs_have_every_digit(name: str) -> None:
    theirs = [row for row in rows_of(name) if row[0] != "val" and row[0] < FIRST_EPOCHS]
    ours = [row for row in our_rows(name, FIRST_EPOCHS) if row[0] != "val"]
    assert len(ours) == len(theirs) == 4
    for our, their in zip(ours, theirs, strict=True):
        assert_same(our, their)


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_every_row_has_every_digit_and_every_printed_line_comes_out(name: str) -> None:
    ours, theirs = list(our_rows(name, 10001)), rows_of(name)
    assert len(ours) == len(theirs) >= 101
    for our, their in zip(ours, theirs, strict=True):
        assert_same(our, their)
    if EXACT:
        printed = [line for line in printed_lines(name) if name not in ERRATA]
        by_epoch = {row[0]: row for row in ours}
        for line in printed:
            if name == "ch16-spiral" and (line.epoch is None or line.epoch > 200):
                continue  # the rounding of float32 exp, which the stored rows have as this kind of processor does it
            epoch, accuracy, loss, data_loss, penalty, rate = by_epoch[line.epoch]
            metrics = [f"{value:.3f}" for value in (accuracy, loss, data_loss, penalty)]
            assert [*metrics, repr(rate)] == list(line.metrics.values()), (name, epoch)


def test_the_erratum_is_one_the_printed_lines_are_those_of_init_01() -> None:
    """The lines printed for init 0.01 with rate 0.005 at epochs 0 and 100 are those of init 0.1."""
    ((name, right),) = ERRATA.items()
    theirs = [line for line in printed_lines(name) if line.epoch in (0, 100)]
    path = bundled_configs.configs() / "book"
    as_the_text_says = list(compare(path / f"{name}.yaml", ["train.epochs=101"]))
    assert [each.theirs for each in as_the_text_says] == [line.metrics for line in theirs]
    assert not any(each.same or each.wrong for each in as_the_text_says)
    corrected = dict(zip((0, 100), our_rows(right, 101), strict=True))
    for line in theirs:
        assert [f"{value:.3f}" for value in corrected[line.epoch][1:5]] == list(line.metrics.values())[:4]


def test_printed_lines_are_those_that_were_written_down() -> None:
    """28 lines of chapter 17, four of which are those of another experiment too, and 22 of chapter 16."""
    counts = {name: len(printed_lines(name)) for name in NAMES}
    assert sum(count for name, count in counts.items() if name.startswith("ch17")) == 28 + 4
    assert counts["ch16-spiral"] == 22
