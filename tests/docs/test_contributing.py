"""The figure that CONTRIBUTING.md shows is one file: with it the contracts hold and the program draws it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """
data: {type: sine, samples: 20}
layers: [{type: dense, units: 3, activation: relu}, {type: dense, units: 1}]
loss: mse
train: {epochs: 3}
"""


@pytest.fixture
def contributed(tmp_path: Path) -> Path:
    """A copy of the program and its tests, with the figure as CONTRIBUTING.md shows it."""
    for folder in ("nncli", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    shown = re.search(r"^## How to add a figure\n.*?^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert shown
    (tmp_path / "nncli" / "render" / "figures" / "spread.py").write_text(shown[1], encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str) -> str:
    """Run a module of Python in a folder, whose nncli is the one that is imported."""
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.long
def test_the_figure_passes_the_contracts(contributed: Path) -> None:
    out = run(contributed, "pytest", "-rp", "tests/contracts/test_figures.py", "-k", "spread or read")
    assert "PASSED tests/contracts/test_figures.py::test_a_figure_is_neat_or_refused_in_a_line[spread]" in out


def test_the_figure_can_be_drawn_and_is_in_the_help(contributed: Path) -> None:
    assert "how predictions are spread" in " ".join(run(contributed, "nncli", "plot", "--help").split())
    (contributed / "a.yaml").write_text(CONFIG)
    run(contributed, "nncli", "train", "a.yaml", "-q")
    path = run(contributed, "nncli", "plot", "--what", "spread", "--on", "train").strip()
    assert (contributed / path).name == "spread.png"
    assert (contributed / path).stat().st_size > 1000
