"""The examples of CONTRIBUTING.md work: each is one file, which the program finds and the contracts accept."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.test_commands import environment

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """
data: {type: sine, samples: 20}
layers: [{type: dense, units: 3, activation: relu}, {type: dense, units: 1}]
loss: mse
train: {epochs: 3}
"""


def with_file(folder: Path, heading: str, file: str) -> Path:
    """A copy of the program and its tests, with the file that the section shows."""
    for each in ("nncli", "tests", "configs"):
        shutil.copytree(ROOT / each, folder / each, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    example = re.search(rf"^## {heading}\n.*?^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert example
    path = folder / "nncli" / file
    assert not path.exists()
    path.write_text(example[1], encoding="utf-8")
    return folder


def run(folder: Path, *arguments: str) -> str:
    """Run a module of Python in a folder, whose nncli is the one that is imported."""
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.long
def test_the_optimizer_passes_the_contracts(tmp_path: Path) -> None:
    folder = with_file(tmp_path, "How to add an optimizer", "nn/optimizers/lion.py")
    assert "100%" in run(folder, "pytest", "-q", "tests/contracts", "-k", "lion")
    assert "Chen et al." in run(folder, "nncli", "list", "lion")


@pytest.mark.long
def test_the_data_set_passes_the_contracts(tmp_path: Path) -> None:
    folder = with_file(tmp_path, "How to add a data set", "data/checkerboard.py")
    assert "100%" in run(folder, "pytest", "-q", "tests/contracts", "-k", "checkerboard")
    assert "squares along a side" in run(folder, "nncli", "list", "checkerboard")


@pytest.mark.long
def test_the_figure_passes_the_contracts(tmp_path: Path) -> None:
    folder = with_file(tmp_path, "How to add a figure", "render/figures/spread.py")
    out = run(folder, "pytest", "-rp", "tests/contracts/test_figures.py", "-k", "spread or read")
    assert "PASSED tests/contracts/test_figures.py::test_figure_is_drawn_neatly_or_refused_with_a_hint[spread]" in out


def test_the_figure_can_be_drawn_and_is_in_the_help(tmp_path: Path) -> None:
    folder = with_file(tmp_path, "How to add a figure", "render/figures/spread.py")
    assert "spread: the distributions of predictions and true values." in " ".join(
        run(folder, "nncli", "plot", "--help").split()
    )
    (folder / "a.yaml").write_text(CONFIG)
    run(folder, "nncli", "train", "a.yaml", "-q")
    path = run(folder, "nncli", "plot", "--what", "spread", "--on", "train").strip()
    assert (folder / path).name == "spread.png"
    assert (folder / path).stat().st_size > 1000


def test_the_command_works_and_is_in_the_help(tmp_path: Path) -> None:
    folder = with_file(tmp_path, "How to add a command", "cli/commands/count.py")
    assert run(folder, "nncli", "count", "--json") == '{"runs": 0}\n'
    assert "  count      Count the runs." in run(folder, "nncli", "--help").splitlines()
