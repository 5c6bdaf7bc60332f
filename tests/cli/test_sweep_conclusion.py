"""The conclusion of `nncli sweep`, also in `nncli show`, and `nncli sweep --best`."""

from __future__ import annotations

import json
import math

from tests.cli.program import Program, json_of
from tests.sweeps.known_sweeps import RATE, RATES, write

SWEEP = ("sweep", "tiny.yaml", "init=normal", "init.scale=0.01,0.5", "optimizer.learning_rate=0.001,0.01")


def test_a_sweep_ends_with_its_conclusion_on_stderr(program: Program) -> None:
    done = program(*SWEEP)
    names = [line.partition(":")[0] for line in done.err.splitlines()]
    assert names[-4:] == ["best", "runner-up", "matters", "more trials"]
    assert len(done.lines) == 1


def test_show_describes_a_sweep_by_path_name_or_latest(program: Program) -> None:
    program.train()
    sweep = write(program.runs_dir, RATES, lambda s, seed: s[RATE], trials=4)
    path = sweep.path.relative_to(program.folder)
    for reference in (str(path), path.name, "latest", "known"):
        details = json_of(program("show", reference, "--json"))
        assert details["sweep"].endswith(str(path)), reference
        assert details["counts"] == {"done": 4, "diverged": 0, "pruned": 0, "failed": 0}


def test_latest_is_the_run_if_it_is_newer_than_the_sweep(program: Program) -> None:
    write(program.runs_dir, RATES, lambda s, seed: s[RATE], trials=4)
    program.train()
    assert "run" in json_of(program("show", "--json"))


def test_show_prints_the_conclusion_on_stdout(program: Program) -> None:
    write(program.runs_dir, RATES, lambda s, seed: s[RATE], trials=4)
    shown = program("show")
    assert shown.out.startswith("sweep     runs/known/sweep-")
    assert "\nbest: loss " in shown.out


def test_a_sweep_is_shown_and_drawn_without_its_data_files(program: Program) -> None:
    program.write("a.csv", "x,price\n" + "".join(f"{n},{2 * n}\n" for n in range(20)))
    data = "data={type: csv, path: a.csv, target: price, split: {validation: 0.2}}"
    path = program(*SWEEP, data, "-q").out.strip()
    before = program("show", path)
    (program.folder / "a.csv").unlink()
    assert program("show", path) == before
    assert program("plot", path, "--what", "progress").code == 0


def test_the_best_experiment_repeats_the_best_run_bit_for_bit(program: Program) -> None:
    quiet = program(*SWEEP, "-q", "--seeds", "3")
    assert quiet.err == ""
    path = quiet.out.strip()
    best = json_of(program("show", path, "--json"))["best"][0]
    spec = program("sweep", "--best", path)
    assert spec.err == ""
    (program.folder / "best.yaml").write_text(spec.out)
    run = program.run_at(program("train", "best.yaml", "-q").out.strip())
    original = program.run_at(f"{path}/{best['runs'][run.info()['seed']]}")
    rows = [
        [json.loads(line) | {"seconds": 0} for line in each.path.joinpath("metrics.jsonl").read_text().splitlines()]
        for each in (run, original)
    ]
    assert rows[0] == rows[1]
    assert rows[0][-1]["loss"] == best["objective"]


def test_best_refuses_a_sweep_in_which_every_trial_diverged(program: Program) -> None:
    write(program.runs_dir, RATES, lambda s, seed: math.inf, trials=4)
    failed = program("sweep", "--best", "latest")
    assert failed.code == 1
    assert "has no trial that is done\nhint: see its trials with nncli show known/sweep-" in failed.err


def test_best_takes_no_changes(program: Program) -> None:
    refused = program("sweep", "--best", "latest", "init.scale=0.1")
    assert refused.code == 2
    assert refused.err.startswith("init.scale=0.1: cannot be combined with --best\nhint: ")
