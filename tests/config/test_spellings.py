"""Each spelling of another program stands for a field or a component that exists."""

from __future__ import annotations

import pytest

import nncli.experiment  # noqa: F401  fills the registry
from nncli.config.fields import setting
from nncli.config.number_slips import unspaced, with_point
from nncli.config.spellings import NOT_SETTINGS, OTHER_SPELLINGS
from nncli.registry import components, kinds, type_name

NAMES = {type_name(cls) for kind in kinds() for cls in components(kind)}


@pytest.mark.parametrize(("other", "here"), OTHER_SPELLINGS.items())
def test_every_spelling_leads_somewhere(other: str, here: str) -> None:
    assert other == other.lower()
    assert other != here
    assert here in NAMES or setting(here)


def test_no_setting_is_called_none() -> None:
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
def test_pairs_without_a_space(text: str, pair: str) -> None:
    assert unspaced(text) == pair


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
def test_numbers_with_a_comma(text: str, number: str) -> None:
    assert with_point(text) == number
