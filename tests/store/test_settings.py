"""run.json's copy of the settings: used where it is whole and of this config.yaml, and nowhere else."""

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


def copied(run):
    return settings_copy(run.path / "config.yaml", run.info())


def test_the_copy_is_in_run_json_from_the_beginning_and_stays_to_the_end(tmp_path):
    with new_run(tmp_path / "runs", "sine", TEXT, {}, SETTINGS) as writer:
        run = Run(writer.path)
        assert (run.info()["status"], copied(run)) == ("running", (SETTINGS, False))
    assert (run.info()["status"], copied(run)) == ("stopped", (SETTINGS, False))


def test_a_run_made_without_settings_has_no_copy(tmp_path):
    with new_run(tmp_path / "runs", "sine", TEXT, {}) as writer:
        pass
    assert copied(Run(writer.path)) == (None, False)


def test_a_changed_config_is_noticed(run):
    (run.path / "config.yaml").write_text("name: cosine\n")
    assert copied(run) == (None, True)
    (run.path / "config.yaml").write_text("#" * (2 << 20))
    assert copied(run) == (None, True)


def test_a_config_that_is_gone_or_no_file_contradicts_nothing(run):
    (run.path / "config.yaml").unlink()
    assert copied(run) == (SETTINGS, False)
    os.mkfifo(run.path / "config.yaml")  # whoever opens it waits
    assert copied(run) == (SETTINGS, False)


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
def test_what_no_experiment_file_holds_is_no_copy(run, settings):
    info = with_settings({}, SETTINGS, TEXT, run.path)
    assert settings_copy(run.path / "config.yaml", info).settings == SETTINGS
    assert settings_copy(run.path / "config.yaml", {**info, "settings": settings}) == (None, False)
    assert settings_copy(run.path / "config.yaml", {**info, "config_sha256": settings}).settings is None


def test_the_limits_of_an_experiment_file_are_kept(run):
    for settings in (nested(48), {"a": list(range(9_000))}):
        info = with_settings({}, settings, TEXT, run.path)
        assert settings_copy(run.path / "config.yaml", info).settings == settings


def test_settings_that_would_make_run_json_unreadable_are_left_out(tmp_path):
    huge = {"data": {"columns": ["x" * 100] * 9_000}}
    with new_run(tmp_path, "sine", TEXT, {"seed": 3}, huge) as writer:
        pass
    run = Run(writer.path)
    assert (run.status, run.info()["seed"], copied(run)) == ("stopped", 3, (None, False))
