"""Draw cases, train each on several seeds to see that it fails or succeeds as it should, and write the set."""

from __future__ import annotations

import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmarks.why import case, faults_data, faults_network, faults_training
from benchmarks.why.bases import SPLIT, Spec, seconds_of
from benchmarks.why.case import CAUSES, Case
from benchmarks.why.families import FAMILIES, Family
from benchmarks.why.healthy import HARD, Healthy, plain
from benchmarks.why.planted import FAILED, PLANTERS, REACHED, Planted
from benchmarks.why.sources import Source
from benchmarks.why.trial import Outcome, train

SEEDS = (11, 12, 13)  # of the trainings that verify a case
VALIDATED = 0.75  # the same for validation samples, whose score must not be far lower
SECONDS, REMEDIED_SECONDS = 0.8, 4.0  # of the longest training of a case, and of a remedy that is tried; roughly
WITH_VALIDATION = 0.3  # share of the cases
ATTEMPTS, EACH = 150, 50  # to draw a case, and to draw it with the same planter
FAULTS = (faults_data, faults_network, faults_training)  # imported so that they register their planters


class Folder:
    """The folder of a set; it trains specs with the files that it writes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def spec(self, spec: Spec, source: Source, name: str) -> dict[str, Any]:
        """Write the data and return the complete spec."""
        source.write(self.path, name)
        fields = {key: value for key, value in spec.items() if key != SPLIT}
        data = source.data(name) | ({"split": spec[SPLIT]} if SPLIT in spec else {})
        return {"name": name, "data": data, **fields}

    def all_end(self, spec: dict[str, Any], good: Callable[[Outcome], bool], seeds: tuple[int, ...] = SEEDS) -> bool:
        """Return whether all trainings end well."""
        for seed in seeds:
            outcome = train(spec, self.path, seed)
            if not good(outcome):
                return False
        return True


def make(folder: Path, family: str, seed: int, count: int) -> list[Case]:
    """Write a set of cases, of which one in three is healthy, with its index; return the cases."""
    folder.mkdir(parents=True, exist_ok=True)
    sick = round(count * 2 / 3)
    jobs = [CAUSES[i % len(CAUSES)] for i in range(sick)]
    jobs += ["plain" if i % 3 == 0 else HARD[(i - i // 3 - 1) % len(HARD)].__name__ for i in range(count - sick)]
    cases: list[Case] = []
    for number, job in enumerate(jobs):
        started = time.perf_counter()
        made = _make_case(folder, FAMILIES[family], seed, number, job, jobs[:number].count(job))
        cases += [made] if made else []
        result = f"{made.causes} {made.note}" if made else "not found"
        print(f"{number + 1}/{len(jobs)} {job}: {result} ({time.perf_counter() - started:.1f} s)", file=sys.stderr)
        case.save(folder, cases)
    return cases


def _make_case(folder: Path, family: Family, seed: int, number: int, job: str, before: int) -> Case | None:
    """Draw cases until one is as it should be; None if none is. `before`: earlier cases of the job, drawn otherwise."""
    code = zlib.crc32(job.encode())
    random, name = np.random.default_rng([seed, number, code]), f"{number:03d}"
    planters = list(np.random.default_rng([seed, code]).permutation(np.array(PLANTERS.get(job, []), dtype=object)))
    for attempt in range(ATTEMPTS):
        with tempfile.TemporaryDirectory() as scratch:
            if planters:
                planted = planters[(before + attempt // EACH) % len(planters)](random, family)
                if random.random() < WITH_VALIDATION:
                    planted.split_off(validation=0.2)
                spec, source, fields = planted.spec, planted.data, _verify_planted(Folder(Path(scratch)), planted)
            else:
                healthy = next((draw for draw in HARD if draw.__name__ == job), plain)(random, family)
                spec, source = healthy.base.spec, healthy.base.source
                if random.random() < WITH_VALIDATION:
                    spec[SPLIT] = {"validation": 0.2}
                fields = _verify_healthy(Folder(Path(scratch)), healthy)
            if fields is not None:
                return _write(folder, name, spec, source, fields)
    return None


def _verify_healthy(folder: Folder, healthy: Healthy) -> dict[str, Any] | None:
    base = healthy.base
    if seconds_of(base.spec, base.source) > SECONDS:
        return None
    limit, low = base.source.level(REACHED), base.source.level(VALIDATED)
    least = _least(limit, base.source.level(FAILED))

    def good(outcome: Outcome) -> bool:
        validated = outcome.score(f"val_{base.metric}") if SPLIT in base.spec else np.inf
        return outcome.score(base.metric) >= limit and validated >= low and healthy.condition(outcome)

    if not folder.all_end(folder.spec(base.spec, base.source, "base"), good):
        return None
    return {"healthy": True, "causes": [], "metric": base.metric, "min": least, "note": healthy.note}


def _verify_planted(folder: Folder, planted: Planted) -> dict[str, Any] | None:
    """Return the fields of the case, or None if the base does not succeed or the planted fault does not fail."""
    base = planted.base
    if max(seconds_of(base.spec, base.source), seconds_of(planted.spec, planted.data)) > SECONDS:
        return None
    validated = base.metric.startswith("val_")
    limit = base.source.level(VALIDATED if validated else planted.reached)
    failed = base.source.level(planted.failed - 0.15 * validated)
    outcomes: list[Outcome] = []

    def bad(outcome: Outcome) -> bool:
        outcomes.append(outcome)
        return outcome.score(base.metric) <= failed and planted.condition(outcome)

    def good(outcome: Outcome) -> bool:
        return outcome.score(base.metric) >= limit

    if not planted.refused and not folder.all_end(folder.spec(planted.spec, planted.data, "sick"), bad):
        return None
    if planted.causes[0] == "overfitting" and not _overfits(planted, outcomes):
        return None
    if not folder.all_end(folder.spec(base.spec, base.source, "base"), good):
        return None
    fields: dict[str, Any] = {"healthy": False, "causes": _true_causes(folder, planted, outcomes, good)}
    fields |= {"metric": base.metric, "min": _least(limit, failed)}
    return fields | {"note": planted.note, "refused": planted.refused}


def _true_causes(
    folder: Folder, planted: Planted, outcomes: list[Outcome], good: Callable[[Outcome], bool]
) -> list[str]:
    """Return the planted causes, and the alternatives that are as true."""
    causes = list(planted.causes)
    for alternative in planted.alternatives:
        if alternative.cause in causes or not all(alternative.when(outcome) for outcome in outcomes):
            continue
        if alternative.remedy is not None:
            if seconds_of(alternative.remedy, planted.data) > REMEDIED_SECONDS:
                continue
            remedied = folder.spec(alternative.remedy, planted.data, "remedied")
            if not all(good(train(remedied, folder.path, seed)) for seed in SEEDS):
                continue
        causes.append(alternative.cause)
    return causes


def _overfits(planted: Planted, outcomes: list[Outcome]) -> bool:
    """Return whether training samples are fitted, and validation samples better than by a constant."""
    source, metric = planted.data, planted.base.metric
    fits = all(outcome.score(metric.removeprefix("val_")) >= source.level(0.95) for outcome in outcomes)
    return fits and all(outcome.score(metric) >= source.level(0.1) for outcome in outcomes)


def _least(reached: float, failed: float) -> float:
    """Return the threshold of a case: between both scores, for seeds on which a healthy spec does a little worse."""
    return float(np.floor((2 * reached + failed) / 3 * 1000) / 1000)


def _write(folder: Path, name: str, spec: Spec, source: Source, fields: dict[str, Any]) -> Case:
    """Write the spec and the data of a case."""
    complete = Folder(folder).spec(spec, source, name)
    complete["name"] = f"case-{name}"
    path = f"{name}.yaml"
    (folder / path).write_text(yaml.safe_dump(complete, sort_keys=False))
    return Case(name, path, note=f"{source.name}: {fields.pop('note')}", **fields)
