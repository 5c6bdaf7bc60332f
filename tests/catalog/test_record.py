"""Records of damaged runs can be printed as a table, CSV and JSON; settings equal those of config.yaml."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nncli import bundled_configs, config, registry
from nncli.catalog.listing import ListingOptions, listing
from nncli.catalog.record import read_record
from nncli.config.nodes import plain
from nncli.config.reader import read_text
from nncli.render.runs import print_csv, print_runs
from nncli.store import Run, with_settings
from nncli.system import hold_lock

KEYS = st.sampled_from(
    ["status", "start", "seed", "settings", "final", "best", "epoch", "epochs", "seconds", "loss", "run"]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.sampled_from([10**400, 2**1023, -(10**308), "done", "running", "2026-01-01", "0001-01-01T00:00:00+14:00"])
    | st.text(max_size=5)
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=4)
)


def write(path: Path, info, summary, row) -> Run:
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    info = with_settings(info, info.get("settings"), "x", path) if isinstance(info, dict) else info
    (path / "config.yaml").write_text("x")
    for name, value in (("run.json", info), ("summary.json", summary), ("metrics.jsonl", row)):
        (path / name).write_text(json.dumps(value) + "\n")
    return Run(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.lists(st.tuples(JSON, JSON, JSON), min_size=1, max_size=3), st.booleans())
def test_any_json_in_the_files_gives_valid_output(tmp_path, files, by_seed):
    runs = [write(tmp_path / "r" / f"20260101-000000-000{n}", *each) for n, each in enumerate(files)]
    records = [read_record(run) for run in runs]
    for options in (
        ListingOptions(by_seed=by_seed),
        ListingOptions(by_seed=by_seed, sort="-start", columns="run,status,best,seed,seconds"),
    ):
        result = listing(records, options)
        table, text = io.StringIO(), io.StringIO()
        print_runs(result, table)
        print_csv(result, text)
        assert all(line.isprintable() for line in table.getvalue().split("\n"))
        assert len(table.getvalue().split("\n")) == len(result.lines) + 2
        assert len({len(row) for row in csv.reader(io.StringIO(text.getvalue()))}) == 1
        json.dumps([line.as_dict() for line in result.lines] + result.rows(), allow_nan=False)


def test_resumed_run_has_the_metrics_of_its_last_row(tmp_path):
    info, row = {"status": "running"}, {"epoch": 9, "loss": 0.25, "seconds": 3.5}
    run = write(tmp_path / "r" / "20260101-000000-0000", info, {"epochs": 5, "final": {"loss": 1.0}, "seconds": 1}, row)
    with (run.path / "metrics.jsonl").open("ab") as file:
        hold_lock(file)
        record = read_record(run)
    assert (record.status, record.epochs, record.final, record.seconds) == ("running", 10, {"loss": 0.25}, 3.5)


def test_run_by_relative_path_has_its_full_name(tmp_path, monkeypatch):
    run = write(tmp_path / "sine" / "20260101-000000-0000", {}, {}, {})
    monkeypatch.chdir(run.path)
    record = read_record(Run(Path()))
    assert (record.name, record.folder) == ("sine/20260101-000000-0000", "sine")


@pytest.mark.parametrize("spec", sorted(bundled_configs.configs().rglob("*.yaml")), ids=lambda path: path.stem)
def test_copy_of_the_settings_equals_config_yaml(spec):
    experiment = config.load(spec).experiment
    copy = json.loads(json.dumps(registry.plain(experiment)))
    assert copy == plain(read_text(config.dump(experiment), "config.yaml"))
