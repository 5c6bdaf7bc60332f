"""A case: a spec, whether it is healthy, and the causes that are right as the first finding."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import yaml

INDEX = "index.json"
CAUSES = (
    "too_few_layers",
    "too_few_units",
    "no_hidden_activation",
    "dark_inputs",
    "init_too_small",
    "init_too_large",
    "symmetric_init",
    "lr_too_low",
    "lr_too_high",
    "decay_too_strong",
    "dead_relus",
    "saturated_units",
    "exploding_gradients",
    "unscaled_inputs",
    "unscaled_targets",
    "class_collapse",
    "wrong_output_activation",
    "wrong_loss",
    "labels_shuffled",
    "overfitting",
    "over_regularized",
    "too_few_epochs",
)


@dataclass(frozen=True)
class Case:
    """A spec with its truth; a run fails if `metric` (of the training samples, or `val_...`) ends below `min`."""

    id: str
    spec: str  # relative to the folder of the set
    healthy: bool
    causes: list[str]  # the planted one first; of a healthy case, empty
    metric: str
    min: float
    refused: bool = False  # refusing the spec before training is right, too
    note: str = ""

    @property
    def planted(self) -> str:
        """The planted cause, or `healthy`."""
        return "healthy" if self.healthy else self.causes[0]


def save(folder: Path, cases: list[Case]) -> None:
    """Write the index of a set."""
    text = json.dumps([asdict(case) for case in cases], indent=1)
    (folder / INDEX).write_text(text + "\n")


def read(folder: Path) -> list[Case]:
    """Read a generated set, or a folder with cases.yaml and specs/ID-sick.yaml and specs/ID-fixed.yaml."""
    if (folder / INDEX).exists():
        return [Case(**entry) for entry in json.loads((folder / INDEX).read_text())]
    file = folder / "cases.yaml"
    if not file.exists():
        raise SystemExit(f"{folder}: has neither {INDEX} nor cases.yaml")
    cases = []
    for name, entry in yaml.safe_load(file.read_text()).items():
        healthy = bool(entry.get("healthy"))
        common = {"metric": entry["metric"], "min": entry["min"], "note": entry.get("setting", "")}
        fault = {"causes": [] if healthy else entry["causes"], "refused": bool(entry.get("refused"))}
        sick = Case(f"{name}-sick", f"specs/{name}-sick.yaml", healthy, **fault, **common)
        fixed = Case(f"{name}-fixed", f"specs/{name}-fixed.yaml", True, [], **common)
        cases += [case for case in (sick, fixed) if (folder / case.spec).exists()]
    return cases
