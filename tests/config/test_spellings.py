"""Names of other programs map to existing fields and components, and slips in YAML are detected."""

from __future__ import annotations

import pytest

import nncli.experiment  # noqa: F401  fills the registry
from nncli.config.fields import setting
from nncli.config.number_slips import with_point, with_space
from nncli.config.spellings import NOT_SETTINGS, OTHER_SPELLINGS
from nncli.registry import components, kinds, type_name

NAMES = {type_name(cls) for kind in kinds() for cls in components(kind)}


@pytest.mark.parametrize(("other", "ours"), OTHER_SPELLINGS.items())
def test_every_spelling_maps_to_a_known_name(other: str, ours: str) -> None:
    assert other == other.lower()
    assert other != ours
    assert ours in NAMES or setting(ours)


def test_settings_of_other_programs_do_not_exist_here() -> None:
    assert not [name for name in NOT_SETTINGS if setting(name)]
    assert not set(NOT_SETTINGS) & set(OTHER_SPELLINGS)


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("type:dense", "type: dense"),
        ("batch_size:32", "batch_size: 32"),
        ("type: dense", ""),
        ("dense", ""),
        ("http://host/file", ""),
        ("C:\\data\\x.csv", ""),
        ("12:30", ""),
        ("a:", ""),
    ],
)
def test_with_space_adds_the_missing_space(text: str, pair: str) -> None:
    assert with_space(text) == pair


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0,01", "0.01"),
        ("0,001", "0.001"),
        ("-1,5", "-1.5"),
        ("1,5e-3", "1.5e-3"),
        ("10,000", "10000"),
        ("1,000,000", "1000000"),
        ("1.5,2", ""),
        ("1,2,3", ""),
        ("a,1", ""),
        ("12", ""),
    ],
)
def test_with_point_replaces_commas(text: str, number: str) -> None:
    assert with_point(text) == number
