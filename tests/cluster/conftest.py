"""The fixture `program`, used by tests that run the command."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import Program


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Return the program in a temporary folder."""
    return Program(tmp_path)
