"""The table of test scores is made by what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import scores

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.long
def test_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    scores.run(2, ["iris"], write=False)
    header, _, row = capsys.readouterr().out.splitlines()
    assert [cell.strip() for cell in header.split("|")][1:4] == ["data", "score", "nncli"]
    assert row.startswith("| iris | accuracy | 0.9")


def test_the_page_holds_what_was_measured() -> None:
    measured = json.loads((ROOT / "benchmarks" / "scores.json").read_text())
    page = (ROOT / "docs" / "scores.md").read_text()
    assert set(measured["scores"]) == set(scores.SETS)
    for name, row in measured["scores"].items():
        ours, theirs = scores.Score(row["nncli"]), scores.Score(row["scikit-learn"])
        assert len(ours.scores) == measured["seeds"] == 5
        holds = ours.mean >= theirs.mean - theirs.standard_error
        assert f"| {name} | " in page
        assert f"| {ours.mean:.4f} ± {ours.standard_error:.4f} | {theirs.mean:.4f} ± " in page
        assert row["holds"] == holds
        assert holds
