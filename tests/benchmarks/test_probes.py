"""The benchmark of probes: its table, and a quick measurement."""

from __future__ import annotations

import pytest

from benchmarks import page, probes

pytestmark = pytest.mark.long

RESULT = {
    "rounds": 3,
    "epochs": 10001,
    "machine": {"processor": "a"},
    "nets": {
        "tiny": {"with": [1.02, 2.04, 4.0], "without": [1.0, 2.0, 4.0], "probes": 23},
        "sine-64": {"with": [1.05, 2.1, 4.0], "without": [1.0, 2.0, 4.0], "probes": 25},
    },
}


def test_table_has_the_median_of_the_ratios_and_the_target() -> None:
    assert probes.table(RESULT)[2:] == [
        "| tiny | 23 | 2.00 | **1.020** (1.000 to 1.020); meets 1.03 | 1.020 |",
        "| sine-64 | 25 | 2.00 | **1.050** (1.000 to 1.050); misses 1.03 | 1.050 |",
    ]
    assert "`nncli train` for 10,001 epochs" in page.page({"probes": RESULT})


def test_measures_both_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "pin", lambda: None)  # it would hold for the tests after this one
    timing = probes.measure(["tiny"], rounds=1, epochs=30)["nets"]["tiny"]
    assert len(timing["with"]) == len(timing["without"]) == 1
    assert min(timing["with"] + timing["without"]) > 0
    assert timing["probes"] > 5
