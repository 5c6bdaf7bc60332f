"""Compare test scores on five real data sets with those of scikit-learn's MLP of the same shape and settings."""

from __future__ import annotations

import json
import math
import statistics
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import nncli
from benchmarks.machine import installed, machine

ROOT = Path(__file__).resolve().parents[1]
UNITS, EPOCHS, BATCH, RATE, ALPHA = 64, 200, 32, 1e-3, 1e-4
SETS = {"iris": "classes", "wine": "classes", "breast_cancer": "classes", "digits": "classes", "diabetes": "regression"}


class Parts(NamedTuple):
    """Inputs and targets for training and testing."""

    x: Any
    y: Any
    x_test: Any
    y_test: Any


class Score(NamedTuple):
    """The test scores of all seeds: accuracy for classes, r2 for regression."""

    scores: list[float]

    @property
    def mean(self) -> float:
        """The mean over seeds."""
        return statistics.mean(self.scores)

    @property
    def standard_error(self) -> float:
        """The standard error of the mean."""
        return statistics.stdev(self.scores) / math.sqrt(len(self.scores)) if len(self.scores) > 1 else 0.0


def parts_of(name: str, seed: int) -> Parts:
    """Return a data set with a fifth of the samples as the test part, stratified by class."""
    import sklearn.datasets
    from sklearn.model_selection import train_test_split

    x, y = getattr(sklearn.datasets, f"load_{name}")(return_X_y=True)
    stratify = y if SETS[name] == "classes" else None
    x, x_test, y, y_test = train_test_split(x, y, test_size=0.2, random_state=seed, stratify=stratify)
    return Parts(x, y, x_test, y_test)


def score_scikit_learn(name: str, seed: int) -> float:
    """Return the score of MLPClassifier or MLPRegressor on standardized inputs (and regression targets)."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    settings = {
        "hidden_layer_sizes": (UNITS,),
        "batch_size": BATCH,
        "learning_rate_init": RATE,
        "alpha": ALPHA,
        "max_iter": EPOCHS,
        "n_iter_no_change": EPOCHS,
        "random_state": seed,
    }
    if SETS[name] == "classes":
        model: Any = make_pipeline(StandardScaler(), MLPClassifier(**settings))
    else:
        network = make_pipeline(StandardScaler(), MLPRegressor(**settings))
        model = TransformedTargetRegressor(network, transformer=StandardScaler())
    parts = parts_of(name, seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it trains all epochs, as nncli does
        return float(model.fit(parts.x, parts.y).score(parts.x_test, parts.y_test))


def score_nncli(name: str, seed: int) -> float:
    """Return the score of the same network, trained and evaluated as by `nncli train` and `nncli eval`."""
    from nncli.evaluation import evaluate

    parts, classes = parts_of(name, seed), SETS[name] == "classes"
    with tempfile.TemporaryDirectory() as folder:
        np.savez(f"{folder}/train.npz", x=parts.x, y=parts.y)
        np.savez(f"{folder}/test.npz", x=parts.x_test, y=parts.y_test)
        penalty = ALPHA / 2 / len(parts.x)  # scikit-learn divides alpha by 2 n
        last = {"units": len(set(parts.y.tolist())), "activation": "softmax"} if classes else {"units": 1}
        spec = {
            "name": name,
            "seed": seed,
            "data": {"type": "npz", "path": "train.npz", "scale": "standard", "test": {"path": "test.npz"}},
            "layers": [
                {"type": "dense", "units": UNITS, "activation": "relu", "weight_l2": penalty},
                {"type": "dense", "weight_l2": penalty, **last},
            ],
            "loss": "categorical_crossentropy" if classes else "mse",
            "optimizer": {"type": "adam", "learning_rate": RATE, "epsilon": 1e-8},
            "metrics": ["accuracy"] if classes else ["r2"],
            "train": {"epochs": EPOCHS, "batch_size": BATCH},
        }
        file = Path(folder, f"{name}.json")
        file.write_text(json.dumps(spec))
        run = nncli.train(file, runs_dir=f"{folder}/runs")
        return evaluate(nncli.load(run)).metrics["accuracy" if classes else "r2"].value


def run(seeds: int, names: list[str], *, write: bool) -> None:
    """Print the table row by row; with `write`, also save the scores and write docs/scores.md."""
    rows: dict[str, dict[str, Any]] = {}
    print(header := "| data | score | nncli | scikit-learn | within one standard error, or better |")
    print(rule := "|---|---|---|---|---|")
    lines = []
    for name in names:
        ours, theirs = (_over_seeds(score, name, seeds) for score in (score_nncli, score_scikit_learn))
        holds = ours.mean >= theirs.mean - theirs.standard_error
        rows[name] = {"nncli": ours.scores, "scikit-learn": theirs.scores, "holds": holds}
        means = [f"{score.mean:.4f} ± {score.standard_error:.4f}" for score in (ours, theirs)]
        kind = "accuracy" if SETS[name] == "classes" else "r2"
        lines.append(f"| {name} | {kind} | {means[0]} | {means[1]} | {'yes' if holds else 'no'} |")
        print(lines[-1], flush=True)
    if write:
        environment = machine() | installed("numpy", "scikit-learn")
        result = json.dumps({"machine": environment, "seeds": seeds, "scores": rows}, indent=2)
        (ROOT / "benchmarks" / "scores.json").write_text(result + "\n")
        (ROOT / "docs" / "scores.md").write_text(_page([header, rule, *lines], seeds, environment))


def _over_seeds(score: Callable[[str, int], float], name: str, seeds: int) -> Score:
    return Score([score(name, seed) for seed in range(seeds)])


def _page(table: list[str], seeds: int, environment: dict[str, str]) -> str:
    ran_on = ", ".join(f"{name} {value}" for name, value in environment.items())
    return f"""\
# Test scores compared with scikit-learn

The mean test score and its standard error over {seeds} seeds. Each seed has its own split and initial weights; one
fifth of the samples is the test part. Both programs train one hidden layer of {UNITS} ReLU units for {EPOCHS} epochs
with Adam (learning rate {RATE}, batch size {BATCH}, L2 penalty of {ALPHA} as scikit-learn defines it) on standardized
inputs.

{chr(10).join(table)}

Written by `python -m benchmarks scores --write` ({ran_on}).
"""
