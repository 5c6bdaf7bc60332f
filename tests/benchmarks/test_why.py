"""The benchmark of `why`: its generated specs, its judge, and sets of other people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from benchmarks.why import case, generate, judge
from benchmarks.why.case import CAUSES, Case
from benchmarks.why.families import FAMILIES
from benchmarks.why.generate import Folder
from benchmarks.why.healthy import HARD, plain
from benchmarks.why.planted import PLANTERS
from benchmarks.why.trial import train
from nncli import config
from nncli.errors import SpecErrors

pytestmark = pytest.mark.long

LINE = {"type": "linear", "samples": 20, "noise": 0.0}
RANDOM = np.random.default_rng


def line_spec(**changes: Any) -> dict[str, Any]:
    fields = {"optimizer": {"type": "adam", "learning_rate": 0.1}, "metrics": ["r2"], "train": {"epochs": 200}}
    return {"name": "line", "data": LINE, "layers": [{"type": "dense", "units": 1}], "loss": "mse"} | fields | changes


def write_set(folder: Path) -> list[Case]:
    (folder / "good.yaml").write_text(yaml.safe_dump(line_spec()))
    (folder / "slow.yaml").write_text(yaml.safe_dump(line_spec(train={"epochs": 1})))
    cases = [
        Case("good", "good.yaml", True, [], "r2", 0.9),
        Case("slow", "slow.yaml", False, ["too_few_epochs", "lr_too_low"], "r2", 0.9),
    ]
    case.save(folder, cases)
    return cases


def finding(*names: str, verdict: str = "learns_badly") -> judge.Diagnose:
    return lambda run: {"verdict": verdict, "findings": [{"name": name} for name in names]}


def test_every_cause_has_planters() -> None:
    assert set(PLANTERS) == set(CAUSES)


@pytest.mark.parametrize("family", list(FAMILIES))
@pytest.mark.parametrize("cause", CAUSES)
def test_planted_specs_pass_check(family: str, cause: str, tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    for number, planter in enumerate(dict.fromkeys(PLANTERS[cause])):
        planted = planter(RANDOM(number), FAMILIES[family])
        assert planted.causes[0] == cause
        spec = json.dumps(folder.spec(planted.spec, planted.data, "sick"))
        if planted.refused:
            with pytest.raises(SpecErrors):
                config.load(tmp_path / "spec.yaml", [], spec)
        else:
            config.load(tmp_path / "spec.yaml", [], spec)
        base = json.dumps(folder.spec(planted.base.spec, planted.base.source, "base"))
        config.load(tmp_path / "spec.yaml", [], base)


@pytest.mark.parametrize("family", list(FAMILIES))
def test_healthy_specs_pass_check(family: str, tmp_path: Path) -> None:
    for number, draw in enumerate((plain, *HARD)):
        base = draw(RANDOM(number), FAMILIES[family]).base
        spec = json.dumps(Folder(tmp_path).spec(base.spec, base.source, "healthy"))
        config.load(tmp_path / "spec.yaml", [], spec)


def test_make_writes_verified_cases(tmp_path: Path) -> None:
    made = generate.make(tmp_path, "tune", seed=3, count=3)
    assert case.read(tmp_path) == made
    assert [each.planted for each in made] == ["too_few_layers", "too_few_units", "healthy"]
    for each in made:
        spec = yaml.safe_load((tmp_path / each.spec).read_text())
        reached = train(spec, tmp_path, seed=generate.SEEDS[0]).score(each.metric) >= each.min
        assert reached == each.healthy


def test_make_draws_the_same_set_from_a_seed(tmp_path: Path) -> None:
    assert generate.make(tmp_path / "a", "tune", 4, 1) == generate.make(tmp_path / "b", "tune", 4, 1)
    first, second = ((tmp_path / name / "000.yaml").read_text() for name in "ab")
    assert first == second


def test_outcome_measures_dead_relus_and_dark_inputs(tmp_path: Path) -> None:
    hidden = {"type": "dense", "units": 2, "activation": "relu", "init": {"type": "constant", "value": 1.0}}
    spec = line_spec(layers=[hidden, {"type": "dense", "units": 1}], optimizer={"type": "sgd", "learning_rate": 1e-9})
    outcome = train(spec, tmp_path, seed=0)
    assert (outcome.dead, outcome.dark, outcome.saturated) == (0, 0.5, 0)
    hidden["init"] = {"type": "zeros"}
    assert train(spec, tmp_path, seed=0).dead == 1


def test_judge_accepts_each_cause_of_a_case_as_the_first_finding(tmp_path: Path) -> None:
    cases = write_set(tmp_path)
    for name, right in (("too_few_epochs", True), ("lr_too_low", True), ("overfitting", False)):
        (verdict,) = judge.judge(tmp_path, cases[1:], 1, finding(name, "too_few_epochs"))
        assert (verdict.first, verdict.right, verdict.counted) == (name, right, True)


def test_rates_tell_wrong_causes_from_false_alarms(tmp_path: Path) -> None:
    cases = write_set(tmp_path)
    alarmed = judge.rates(judge.judge(tmp_path, cases, 2, finding("overfitting", "lr_too_low")))
    assert (alarmed["failing_runs"], alarmed["right_first"], alarmed["right_among_findings"]) == (2, 0, 1)
    assert (alarmed["healthy_runs"], alarmed["false_alarms"], alarmed["detected"]) == (2, 1, 1)
    calm = judge.rates(judge.judge(tmp_path, cases, 2, finding(verdict="healthy")))
    assert (calm["right_first"], calm["false_alarms"], calm["detected"]) == (0, 0, 0)


def test_judge_leaves_out_runs_that_come_out_differently(tmp_path: Path) -> None:
    cases = write_set(tmp_path)
    (verdict,) = judge.judge(tmp_path, [Case("good", "good.yaml", False, ["overfitting"], "r2", 0.9)], 1, finding())
    assert not verdict.counted
    assert judge.rates([verdict])["right_first"] is None
    assert len(cases) == 2


def test_judge_counts_a_refused_spec_as_right_only_if_its_case_says_so(tmp_path: Path) -> None:
    refused = line_spec(layers=[{"type": "dense", "units": 1, "activation": "softmax"}])
    (tmp_path / "refused.yaml").write_text(yaml.safe_dump(refused))
    for right in (True, False):
        one = Case("refused", "refused.yaml", False, ["wrong_output_activation"], "r2", 0.9, refused=right)
        (verdict,) = judge.judge(tmp_path, [one], 1, finding())
        assert (verdict.first, verdict.right) == (judge.REFUSED, right)


def test_table_has_a_row_for_each_planted_cause(tmp_path: Path) -> None:
    verdicts = judge.judge(tmp_path, write_set(tmp_path), 2, finding("overfitting"))
    rows = judge.table({**judge.rates(verdicts)}, verdicts)
    assert "| too_few_epochs | 2 | 0 | **overfitting** 2 |" in rows
    assert "| healthy | 2 | 0 | **overfitting** 2 |" in rows


def test_run_prints_json_or_writes_a_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_set(tmp_path)
    monkeypatch.setattr(judge, "why", finding("lr_too_low"))
    judge.run(tmp_path, 1, only=["too_few_epochs"], as_json=True, write=tmp_path / "page.md")
    result = json.loads(capsys.readouterr().out)
    assert (result["cases"], result["right_first"], result["runs"][0]["findings"]) == (1, 1, ["lr_too_low"])
    assert "| too_few_epochs | 1 | 1 | lr_too_low 1 |" in (tmp_path / "page.md").read_text()


def test_read_accepts_a_folder_of_sick_and_fixed_specs(tmp_path: Path) -> None:
    specs = tmp_path / "specs"
    specs.mkdir()
    for name in ("a-sick", "a-fixed", "b-sick"):
        (specs / f"{name}.yaml").write_text(yaml.safe_dump(line_spec()))
    (tmp_path / "cases.yaml").write_text(
        "a: {metric: r2, min: 0.9, causes: [lr_too_low], refused: true, setting: slow}\n"
        "b: {metric: r2, min: 0.8, healthy: true, causes: [lr_too_high]}\n"
    )
    sick, fixed, healthy = case.read(tmp_path)
    assert (sick.planted, sick.refused, sick.note) == ("lr_too_low", True, "slow")
    assert (fixed.healthy, fixed.spec, fixed.causes) == (True, "specs/a-fixed.yaml", [])
    assert (healthy.healthy, healthy.min, healthy.planted) == (True, 0.8, "healthy")


def test_read_says_what_a_folder_lacks(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"has neither index\.json nor cases\.yaml"):
        case.read(tmp_path)
