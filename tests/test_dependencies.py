"""The versions in pyproject.toml are the lowest that can be installed; .ci/run tests them."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
REQUIREMENTS = [
    requirement
    for requirement in chain(PROJECT["dependencies"], *EXTRAS.values())
    if requirement not in {f"{PROJECT['name']}[{extra}]" for extra in EXTRAS}
]


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_requirement_has_a_lower_bound_only(requirement: str) -> None:
    assert re.fullmatch(r"[\w-]+>=\d+(\.\d+)+", requirement)


@pytest.mark.long
def test_lower_bounds_are_the_lowest_versions_that_can_be_installed() -> None:
    """A bound below that of another dependency, or below the first release, would never be tested."""
    uv = [sys.executable, "-m", "uv", "pip", "compile", "--python", sys.executable, "--no-header", "--no-annotate"]
    command = [*uv, "--quiet", "--resolution", "lowest-direct", "--extra", "dev", "pyproject.toml"]
    lines = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    lowest = {name: Version(version) for name, version in (line.split("==") for line in lines)}
    declared = {name.lower(): Version(version) for name, version in (line.split(">=") for line in REQUIREMENTS)}
    assert declared == {name: lowest[name] for name in declared}
