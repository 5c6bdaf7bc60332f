"""The table of test scores, and the page that shows it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import scores

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.long
def test_run_prints_a_row_for_each_data_set(capsys: pytest.CaptureFixture[str]) -> None:
    scores.run(2, ["iris"], write=False)
    header, _, row = capsys.readouterr().out.splitlines()
    assert [cell.strip() for cell in header.split("|")][1:4] == ["data", "score", "nncli"]
    assert row.startswith("| iris | accuracy | 0.9")


def test_scores_page_shows_the_saved_scores() -> None:
    saved = json.loads((ROOT / "benchmarks" / "scores.json").read_text())
    page = (ROOT / "docs" / "scores.md").read_text()
    assert set(saved["scores"]) == set(scores.SETS)
    for name, row in saved["scores"].items():
        ours, theirs = scores.Score(row["nncli"]), scores.Score(row["scikit-learn"])
        assert len(ours.scores) == saved["seeds"] == 5
        holds = ours.mean >= theirs.mean - theirs.standard_error
        assert f"| {name} | " in page
        assert f"| {ours.mean:.4f} ± {ours.standard_error:.4f} | {theirs.mean:.4f} ± " in page
        assert row["holds"] == holds
        assert holds
