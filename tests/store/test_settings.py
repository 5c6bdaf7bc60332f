"""The copy of the settings in run.json is used only if it is intact and config.yaml has not changed."""

from __future__ import annotations

import json
import os

import pytest

from nncli.store import Run, new_run, settings_copy, with_settings

SETTINGS = {"name": "sine", "layers": [{"type": "dense", "units": 64}], "train": {"shuffle": True, "rate": 1e-3}}
TEXT = "name: sine # \udcff\n"


@pytest.fixture
def run(tmp_path):
    with new_run(tmp_path / "runs", "sine", TEXT, {"seed": 1}, SETTINGS) as writer:
        pass
    return Run(writer.path)


def read_copy(run):
    return settings_copy(run.path / "config.yaml", run.info())


def test_copy_is_in_run_json_from_start_to_end(tmp_path):
    with new_run(tmp_path / "runs", "sine", TEXT, {}, SETTINGS) as writer:
        run = Run(writer.path)
        assert (run.info()["status"], read_copy(run)) == ("running", (SETTINGS, False))
    assert (run.info()["status"], read_copy(run)) == ("stopped", (SETTINGS, False))


def test_run_created_without_settings_has_no_copy(tmp_path):
    with new_run(tmp_path / "runs", "sine", TEXT, {}) as writer:
        pass
    assert read_copy(Run(writer.path)) == (None, False)


def test_changed_config_makes_the_copy_stale(run):
    (run.path / "config.yaml").write_text("name: cosine\n")
    assert read_copy(run) == (None, True)
    (run.path / "config.yaml").write_text("#" * (2 << 20))
    assert read_copy(run) == (None, True)


def test_missing_or_irregular_config_keeps_the_copy(run):
    (run.path / "config.yaml").unlink()
    assert read_copy(run) == (SETTINGS, False)
    os.mkfifo(run.path / "config.yaml")  # opening it would block
    assert read_copy(run) == (SETTINGS, False)


def nested(depth, brackets="[]"):
    return {"a": json.loads(brackets[0] * depth + brackets[1] * depth)}


@pytest.mark.parametrize(
    "settings",
    [
        None,
        [],
        "text",
        nested(50),
        nested(400),
        {"a": float("nan")},
        {"a": [float("-inf")]},
        {"a": 10**400},
        {"a": list(range(10_000))},
        {"a": [[]] * 10_000},
    ],
    ids=lambda value: str(value)[:20],
)
def test_settings_beyond_the_limits_are_not_used(run, settings):
    info = with_settings({}, SETTINGS, TEXT, run.path)
    assert settings_copy(run.path / "config.yaml", info).settings == SETTINGS
    assert settings_copy(run.path / "config.yaml", {**info, "settings": settings}) == (None, False)
    assert settings_copy(run.path / "config.yaml", {**info, "config_sha256": settings}).settings is None


def test_settings_within_the_limits_are_used(run):
    for settings in (nested(48), {"a": list(range(9_000))}):
        info = with_settings({}, settings, TEXT, run.path)
        assert settings_copy(run.path / "config.yaml", info).settings == settings


def test_huge_settings_are_not_copied(tmp_path):
    huge = {"data": {"columns": ["x" * 100] * 9_000}}
    with new_run(tmp_path, "sine", TEXT, {"seed": 3}, huge) as writer:
        pass
    run = Run(writer.path)
    assert (run.status, run.info()["seed"], read_copy(run)) == ("stopped", 3, (None, False))
