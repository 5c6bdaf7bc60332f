"""A quick trial says whether a table can be learned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nncli import starter
from nncli.arrays import Array
from nncli.starter import trial
from nncli.starter.trial import trial_note

ROWS = 300
DATA = Path(__file__).parents[2] / "configs" / "data"


def random_classes(x: Array, random: np.random.RandomState) -> Array:
    return random.choice(["no", "yes"], len(x))


def random_numbers(x: Array, random: np.random.RandomState) -> Array:
    return random.normal(size=len(x)).round(3)


def noisy_classes(x: Array, random: np.random.RandomState) -> Array:
    """Return classes that are right in four of five rows."""
    return np.where((x[:, 0] > 0) ^ (random.uniform(size=len(x)) < 0.2), "yes", "no")


def noisy_numbers(x: Array, random: np.random.RandomState) -> Array:
    """Return numbers of which the inputs explain half of the variance."""
    return (x[:, 0] + random.normal(size=len(x))).round(3)


def note_of(folder: Path, make: Callable[[Array, np.random.RandomState], Array], rows: int = ROWS) -> str:
    """Return the note on a table with four columns of random numbers and a target made of them."""
    random = np.random.RandomState(rows)
    x = random.normal(size=(rows, 4)).round(3)
    lines = [",".join(map(str, [*row, y])) for row, y in zip(x.tolist(), make(x, random).tolist(), strict=True)]
    path = folder / "t.csv"
    path.write_text("\n".join(["a,b,c,d,y", *lines, ""]))
    return note_of_table(folder, path, "y")


def note_of_table(folder: Path, path: Path, target: str) -> str:
    name = str(folder / "t")
    text, _, table = starter.for_table(name, str(path), target, None, "nncli.schema.json")
    return trial_note(name, text, table)


@pytest.mark.parametrize("make", [random_classes, random_numbers])
@pytest.mark.parametrize("rows", [80, ROWS])
def test_a_random_target_gets_a_note(
    tmp_path: Path, make: Callable[[Array, np.random.RandomState], Array], rows: int
) -> None:
    note = note_of(tmp_path, make, rows)
    assert note.startswith("note: a quick trial learned nothing: its loss of ")
    assert note.endswith("; y may not depend on these columns")
    assert " on held-out rows is not clearly better than the baseline's " in note


@pytest.mark.parametrize("make", [noisy_classes, noisy_numbers])
def test_a_noisy_target_that_can_be_learned_gets_none(
    tmp_path: Path, make: Callable[[Array, np.random.RandomState], Array]
) -> None:
    assert note_of(tmp_path, make) == ""


@pytest.mark.parametrize(("name", "target"), [("iris", "species"), ("houses", "price")])
def test_the_bundled_tables_can_be_learned(tmp_path: Path, name: str, target: str) -> None:
    assert note_of_table(tmp_path, DATA / f"{name}.csv", target) == ""


def test_a_trial_takes_a_sample_of_the_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = list[int]()
    draw = trial.TableSample.draw

    def count_rows(self, random, described):
        samples = draw(self, random, described)
        sizes.append(len(samples.x))
        return samples

    monkeypatch.setattr(trial.TableSample, "draw", count_rows)
    monkeypatch.setattr(trial, "MAX_ROWS", 100)
    monkeypatch.setattr(trial, "MAX_EPOCHS", 2)
    note_of(tmp_path, noisy_numbers)
    assert sizes == [100] * trial.SEEDS


def test_a_trial_that_runs_out_of_time_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "MAX_SECONDS", 0.0)
    assert note_of(tmp_path, random_classes) == ""


def test_too_few_rows_are_not_judged(tmp_path: Path) -> None:
    assert note_of(tmp_path, random_classes, rows=40) == ""


def test_a_table_that_cannot_be_split_is_left_to_training(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x,y\n" + "".join(f"{i * 0.5},{'ab'[i % 2]}\n" for i in range(2)))
    assert note_of_table(tmp_path, tmp_path / "t.csv", "y") == ""
