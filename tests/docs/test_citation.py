"""CITATION.cff and CHANGELOG.md name the version that pyproject.toml declares."""

from __future__ import annotations

import tomllib
from pathlib import Path

import yaml

import nncli

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_citation_names_version_and_license() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == PROJECT["version"] == nncli.__version__
    assert citation["license"] == PROJECT["license"]


def test_changelog_has_a_section_for_the_version() -> None:
    headings = [line for line in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines() if line[:3] == "## "]
    assert headings[0] == "## Unreleased"
    assert headings[1].startswith(f"## {nncli.__version__} - ")
