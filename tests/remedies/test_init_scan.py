"""The scan of initial weights."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from nncli import bundled_configs, config
from nncli.remedies.init_scan import GRADIENT, SIGNAL, InitScales, init_scan, verdict_of
from nncli.resolved import ResolvedExperiment

SPEC = """\
data: {type: sine, samples: 50}
layers: [{type: dense, units: 16, activation: tanh}, {type: dense, units: 1}]
loss: mse
"""


def resolved(*changes: str, text: str = SPEC) -> ResolvedExperiment:
    return config.check(config.read(Path("wave.yaml"), changes, text=text)).resolved


def by_name(scans: list[InitScales]) -> dict[str, InitScales]:
    return {scan.name: scan for scan in scans}


def bundled(name: str) -> dict[str, InitScales]:
    (path,) = [path for path in bundled_configs.book() if path.stem == name]
    return by_name(init_scan(config.check(config.read(path, [])).resolved))


def test_chapter_17_has_a_healthy_signal_with_0_1_and_loses_it_with_0_01() -> None:
    scans = bundled("ch17-sine-2x64")
    assert scans["normal 0.1"].healthy
    assert not scans["normal 0.01 (spec)"].healthy
    assert not scans["normal 1"].healthy
    signals = [layer.signal for layer in scans["normal 0.01 (spec)"].layers]
    assert all(after < before / 10 for before, after in pairwise(signals) if before and after)


def test_own_initializer_comes_first_and_is_not_repeated() -> None:
    scans = init_scan(resolved("init=normal", "init.scale=0.1"))
    assert [scan.name for scan in scans] == [
        "normal 0.1 (spec)",
        "glorot_uniform",
        "he_normal",
        "lecun_normal",
        "normal 0.01",
        "normal 1",
    ]
    assert scans[0].overrides == []


@pytest.mark.parametrize("own", ["init=orthogonal", "layers.0.init=zeros"])
def test_overrides_give_the_scales_of_their_row(own: str) -> None:
    """The sine has no random data, so the weights are the first numbers drawn from the seed."""
    for scan in init_scan(resolved(own))[1:]:
        (first, *_) = init_scan(resolved(own, *scan.overrides))
        assert first.layers == scan.layers


def test_an_initializer_of_a_layer_is_part_of_the_spec_only() -> None:
    scans = by_name(init_scan(resolved("layers.0.init=zeros")))
    assert scans["spec"].layers[0].signal == 0
    assert scans["glorot_uniform"].layers == init_scan(resolved())[0].layers
    assert scans["normal 0.1"].overrides == ["init={type: normal, scale: 0.1}", "layers.0.init=null"]


def test_signal_is_the_root_mean_square_of_the_outputs() -> None:
    (scan, *_) = init_scan(resolved("init={type: constant, value: 2}", "layers=[{type: dense, units: 1}]"))
    x = np.linspace(0, 1, 50)
    assert scan.layers[0].signal == pytest.approx(2 * np.sqrt(np.mean(x**2)), rel=0.03)


@pytest.mark.parametrize(
    ("signal", "gradient", "words"),
    [
        (SIGNAL[0], GRADIENT[1], "healthy"),
        (SIGNAL[0] / 2, GRADIENT[1] * 2, "signal too small, gradient too large"),
        (SIGNAL[1] * 2, GRADIENT[0] / 2, "signal too large, gradient too small"),
        (None, None, "signal too large, gradient too large"),
    ],
)
def test_verdict_names_the_scales_outside_their_bands(signal: float, gradient: float, words: str) -> None:
    assert verdict_of(signal, gradient, last=False) == words


def test_signal_of_the_last_layer_has_no_band() -> None:
    assert verdict_of(1e9, 1.0, last=True) == "healthy"
    assert verdict_of(1e9, 0.0, last=True) == "gradient too small"


def test_weights_that_overflow_are_too_large() -> None:
    (scan, *_) = init_scan(resolved("init={type: normal, scale: 1e+30}", "layers.0.activation=relu"))
    assert scan.layers[0].gradient is None
    assert scan.layers[0].verdict == "signal too large, gradient too large"
