"""The details of a sweep, for `nncli show`, and the experiment of its best trial."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path
from typing import Any

import pytest

from nncli import config
from nncli.errors import NncliError
from nncli.render.sweep_details import print_sweep_details
from nncli.sweeps.best_spec import best_spec
from nncli.sweeps.details import sweep_details
from tests.sweeps.known_sweeps import RATE, RATES, SCALE, write


def outcome(settings: dict[str, Any], seed: int) -> float | str | None:
    """Return a loss that falls with the learning rate, and fails, diverges or is pruned at its ends."""
    rate = settings[RATE]
    return "killed" if rate < 2e-4 else None if rate < 1e-3 else math.inf if rate > 0.05 else 1 - rate + 0.001 * seed


def printed(details: dict[str, Any]) -> str:
    out = io.StringIO()
    print_sweep_details(details, out)
    return out.getvalue()


def test_details_hold_the_section_the_counts_and_the_best_trials(tmp_path: Path) -> None:
    details = sweep_details(write(tmp_path, RATES, outcome, trials=40, seeds=2))
    expected = {
        "status": "done",
        "space": RATES,
        "sampler": "random",
        "pruner": None,
        "seeds": [0, 1],
        "objective": {"monitor": "loss", "mode": "last", "higher_is_better": False},
        "trials": 40,
    }
    assert details.items() >= expected.items()
    assert sum(details["counts"].values()) == 40
    assert min(details["counts"].values()) > 0
    objectives = [each["objective"] for each in details["best"]]
    assert objectives == sorted(objectives)
    assert len(objectives) == 5
    best = details["best"][0]
    assert (best["low"], best["high"]) == pytest.approx((1 - best["settings"][RATE], 1.001 - best["settings"][RATE]))
    assert best["runs"] == [f"{best['trial']:05d}-seed0", f"{best['trial']:05d}-seed1"]
    json.dumps(details, allow_nan=False)


def test_failed_trials_are_listed_with_their_last_message(tmp_path: Path) -> None:
    directory = write(tmp_path, RATES, outcome, trials=40)
    details = sweep_details(directory)
    assert {each["reason"] for each in details["failed"]} == {"killed"}
    assert f"nncli sweep --resume {directory.path} --retry-failed" in details["next"]


def test_text_has_the_conclusion_and_the_next_commands(tmp_path: Path) -> None:
    directory = write(tmp_path, RATES, outcome, trials=40)
    text = printed(sweep_details(directory))
    for line in (
        "space     optimizer.learning_rate={log_uniform: [0.0001, 0.1]}",
        "objective loss of the last epoch, lower is better",
        "5 best trials",
        "next steps",
        f"  nncli sweep --best {directory.path} > best.yaml",
    ):
        assert line in text.splitlines()
    for name in ("best", "runner-up", "matters", "diverged", "failed", "pruned", "more trials"):
        assert f"\n{name}: " in text


def test_advice_is_given_as_arguments(tmp_path: Path) -> None:
    text = printed(sweep_details(write(tmp_path, RATES, lambda s, seed: 1 - math.log10(s[RATE]), trials=40)))
    assert "; try --seeds 3\n" in text
    assert "; try 'optimizer.learning_rate={log_uniform: [0.01, 1]}'\n" in text


def test_a_sweep_without_trials_can_be_shown(tmp_path: Path) -> None:
    directory = write(tmp_path, RATES, outcome, trials=3)
    directory.journal.write_bytes(b"")
    details = sweep_details(directory)
    assert (details["conclusion"], details["best"]) == ([], [])
    assert details["next"] == [f"nncli sweep --resume {directory.path}"]
    assert "no trial has ended" in printed(details)


def test_text_of_a_journal_is_escaped(tmp_path: Path) -> None:
    text = printed(sweep_details(write(tmp_path, RATES, lambda s, seed: "\x1b[31m", trials=3)))
    assert "\x1b" not in text


@pytest.mark.parametrize(("losses", "seed"), [([3.0, 1.0, 2.0], 2), ([2.0, 1.0], 1), ([1.0], 0)])
def test_best_spec_has_the_seed_of_the_median(tmp_path: Path, losses: list[float], seed: int) -> None:
    directory = write(tmp_path, {SCALE: [0.1, 0.2]}, lambda s, n: losses[n] * s[SCALE], seeds=len(losses))
    experiment = config.load(Path("best.yaml"), text=best_spec(directory)).experiment
    assert experiment.seed == seed
    assert experiment.init.scale == 0.1  # type: ignore[attr-defined]


def test_a_sweep_without_a_trial_that_is_done_has_no_best_spec(tmp_path: Path) -> None:
    directory = write(tmp_path, {SCALE: [0.1, 0.2]}, lambda s, seed: math.inf)
    with pytest.raises(NncliError, match="has no trial that is done"):
        best_spec(directory)
