"""The benchmark of sweeps: its table, its facts and the overhead that it reads from runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import page, sweep

RESULT = {
    "rounds": 2,
    "trials": 60,
    "missing": {"JAX, vmap over all trials": "jax"},
    "machine": {"processor": "a"},
    "nets": {
        "tiny": {
            sweep.TWO: {"seconds": [1.0, 2.0], "ratio": 1.0},
            sweep.ONE: {"seconds": [2.0, 3.8], "ratio": 0.513},
            sweep.WARM_TWO: {"seconds": [0.5, 1.0], "ratio": 2.0},
            sweep.WARM_ONE: {"seconds": [1.0, 2.0], "ratio": 1.0},
            "overheads": {sweep.ONE: 0.0312, sweep.WARM_ONE: 0.0429},
            "periods": {sweep.TWO: [0.5], sweep.ONE: [0.8], sweep.WARM_TWO: [0.5], sweep.WARM_ONE: [0.9]},
        }
    },
}


def test_table_has_trials_a_second_and_ratios() -> None:
    lines = sweep.table(RESULT)
    assert lines[0] == "| | tiny, 200 epochs |"
    assert lines[2] == f"| {sweep.TWO} | 45.0 (30.0 to 60.0); **1.00** |"
    assert len([line for line in lines if line.startswith("| ")]) == 5  # without contestants that are missing
    assert lines[-1] == (
        "- tiny: two workers are 1.95 times as fast as one (2.00 with `--warm`), and 1.60 times (1.80) without the "
        "start of the sweep; a trial takes 31 ms (4%) beyond its training, 42.9 ms (5%) with `--warm`."
    )
    assert "A sweep of 60 learning rates" in page.page({"sweep": RESULT})


def test_period_is_the_time_between_ends_and_overhead_that_beyond_training(tmp_path: Path) -> None:
    for number, second in enumerate((10.0, 10.5, 11.0)):
        run = tmp_path / f"{number:05d}-seed0"
        run.mkdir()
        (run / "run.json").write_text(json.dumps({"end": f"2026-01-01T00:00:{second:09.6f}+00:00"}))
        (run / "summary.json").write_text(json.dumps({"seconds": 0.47}))
    assert sweep._overhead(tmp_path) == pytest.approx(0.03)
    assert sweep._period(tmp_path, workers=2) == pytest.approx(0.5)
