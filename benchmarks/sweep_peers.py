"""Train a net for many learning rates by another tool: `python -m benchmarks.sweep_peers NAME NET FOLDER EPOCHS`.

Further arguments are the learning rates; the folder contains the problem. The process prints the lowest last loss as
JSON, or the package that is not installed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.nets import NETS, Problem, read

PROCESSES = 2


def scikit_learn(problem: Problem, epochs: int, rates: Sequence[float]) -> list[float]:
    """Train scikit-learn's MLP for each rate in two processes of joblib."""
    from joblib import Parallel, delayed

    return list(Parallel(n_jobs=PROCESSES)(delayed(train_scikit_learn)(problem, epochs, rate) for rate in rates))


def train_scikit_learn(problem: Problem, epochs: int, rate: float) -> float:
    from benchmarks.contestants.scikit_learn import prepare

    train = prepare(with_rate(problem, rate), "")
    return train(epochs)[1]


def optuna_pytorch(problem: Problem, epochs: int, rates: Sequence[float]) -> list[float]:
    """Train PyTorch for each rate in two processes that share a study in Optuna's journal file."""
    import multiprocessing

    import optuna
    import torch  # noqa: F401  before the processes are forked

    journal = str(problem.folder / "optuna.journal")
    Path(journal).unlink(missing_ok=True)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(storage=_storage(journal), study_name="rates")
    for rate in rates:
        study.enqueue_trial({"rate": rate})
    context = multiprocessing.get_context("fork")
    share = len(rates) // PROCESSES
    processes = [context.Process(target=optimize, args=(journal, problem, epochs, share)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return [trial.value for trial in study.trials if trial.value is not None]


def optimize(journal: str, problem: Problem, epochs: int, trials: int) -> None:
    import optuna

    from benchmarks.contestants.pytorch import prepare

    def objective(trial: optuna.Trial) -> float:
        rate = trial.suggest_float("rate", 1e-6, 1, log=True)
        return prepare(with_rate(problem, rate), "")(epochs)[1]

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    optuna.load_study(storage=_storage(journal), study_name="rates").optimize(objective, n_trials=trials)


def _storage(journal: str) -> object:
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    return JournalStorage(JournalFileBackend(journal))


def jax_vmap(problem: Problem, epochs: int, rates: Sequence[float]) -> list[float]:
    """Train all rates at once, stacked by vmap, in one compiled scan."""
    import jax
    import jax.numpy as jnp

    from benchmarks.contestants.jax_loops import step

    x, t = jnp.asarray(problem.x), jnp.asarray(problem.t)
    params = [tuple(map(jnp.asarray, layer)) for layer in problem.layers]
    zeros = jax.tree.map(jnp.zeros_like, params)

    def train(rate: jax.Array) -> jax.Array:
        net = replace(problem.net, learning_rate=rate)  # type: ignore[arg-type]
        state = params, zeros, zeros, jnp.zeros(())
        return jax.lax.scan(lambda state, _: step(net, state, (x, t)), state, length=epochs)[1][:, 0]

    losses = jax.jit(jax.vmap(train))(jnp.asarray(rates))
    return [float(loss) for loss in jax.device_get(losses)[:, -1]]


def with_rate(problem: Problem, rate: float) -> Problem:
    return replace(problem, net=replace(problem.net, learning_rate=rate))


PEERS: dict[str, Callable[[Problem, int, Sequence[float]], list[float]]] = {
    "scikit-learn with joblib, 2 processes": scikit_learn,
    "Optuna with PyTorch, 2 processes": optuna_pytorch,
    "JAX, vmap over all trials": jax_vmap,
}
PACKAGES = ("scikit-learn", "joblib", "optuna", "torch", "jax")


def main(name: str, net: str, folder: str, epochs: str, *rates: str) -> None:
    try:
        losses = PEERS[name](read(NETS[net], Path(folder)), int(epochs), [float(rate) for rate in rates])
    except ImportError as error:
        print(json.dumps({"missing": error.name or str(error)}))
        return
    assert len(losses) == len(rates)
    print(json.dumps({"loss": min(losses)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
