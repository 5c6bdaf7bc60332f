"""The diagnosis of the book's chapters 16 and 17: stuck networks are found, and the first change mends them."""

from __future__ import annotations

import pytest

from nncli.diagnosis.diagnose import judge
from tests.diagnosis.examples import train

EPOCHS = "train.epochs=3001"  # of the book's 10,001: what is stuck by then stays so

LONG, LONGEST = pytest.mark.long, pytest.mark.longest
STUCK = {
    "ch17-sine-1x64": LONG,
    "ch17-sine-2x64": LONG,
    "ch17-sine-2x64-lr0.01": LONGEST,
    "ch17-sine-2x64-lr0.05": LONGEST,
}
HEALTHY = {
    "ch16-spiral": LONG,
    "ch17-sine-2x64-init0.1": LONGEST,
    "ch17-sine-2x64-init0.1-lr0.005": LONG,
    "ch17-sine-2x64-init0.1-lr0.01": LONGEST,
    "ch17-sine-2x64-init0.1-lr0.05": LONGEST,
}


@pytest.mark.parametrize("name", [pytest.param(name, marks=mark) for name, mark in STUCK.items()])
def test_stuck_network_is_diagnosed_and_mended_by_the_first_change(name, tmp_path):
    verdict, findings = judge(train((f"book/{name}", EPOCHS), tmp_path / "stuck"))
    assert verdict == "learns_badly"
    assert findings[0].name in ("dark_inputs", "init_too_small")
    assert findings[0].change
    mended = train((f"book/{name}", EPOCHS, *findings[0].change), tmp_path / "mended")
    assert judge(mended) == ("healthy", [])
    assert mended.unexplained < 0.001


@pytest.mark.long
def test_init_of_001_is_diagnosed_and_mended_with_another_seed(tmp_path):
    """With seed 0, a learning rate of 0.005 is enough even for an init of 0.01."""
    spec = ("book/ch17-sine-2x64-lr0.005", EPOCHS, "seed=1")
    verdict, findings = judge(train(spec, tmp_path / "stuck"))
    assert (verdict, findings[0].name, findings[0].change) == ("learns_badly", "dark_inputs", ["init.scale=0.1"])
    assert judge(train((*spec, "init.scale=0.1"), tmp_path / "mended")) == ("healthy", [])


@pytest.mark.parametrize("name", [pytest.param(name, marks=mark) for name, mark in HEALTHY.items()])
def test_healthy_network_is_called_healthy(name, tmp_path):
    overrides = () if name == "ch16-spiral" else (EPOCHS,)
    assert judge(train((f"book/{name}", *overrides), tmp_path)) == ("healthy", [])
