"""The functions that a sweep calls on the workers of a cluster."""

from __future__ import annotations

import asyncio
import os
import pickle
import platform
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from nncli.cluster.agent import AgentOptions
from nncli.cluster.agent_process import AgentProcess
from nncli.cluster.files import list_files
from nncli.cluster.orders import Description, Order, Probe, Report
from nncli.cluster.scratch import copies_of, scratch, with_copies
from nncli.system import is_locked
from nncli.trials import Progress, Trial, TrialStarted, Verdict
from nncli.version import __version__

POLL = 0.1  # seconds between checks whether a training is still wanted
INLINE_BYTES = 1 << 19  # of the files of a run that are sent with its report

_lock = threading.Lock()
_agents = dict[str, AgentProcess]()  # by sweep
_numbers = dict[tuple[str, int, int], int]()  # those of the agents, by sweep, number and attempt


class Call:
    """A call that is made by unpickling it: so a scheduler without nncli passes it on without importing nncli."""

    def __init__(self, function: Callable[..., Any], *arguments: object) -> None:
        self._call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[object, ...]]:
        return self._call

    def pickled(self) -> bytes:
        """Return the argument of `pickle.loads`."""
        return pickle.dumps(self)


def topic(sweep: str) -> str:
    """Return the topic of the events by which trainings of a sweep report what happens."""
    return f"nncli-{sweep}"


def train(order: Order) -> Report:
    """Train in a process of the agent of this worker. Raises AgentEnded if that dies."""
    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()
    trial, copies = order.trial, copies_of(order.data, worker)
    if not order.shared:
        folder = scratch(worker) / order.sweep
        folder.mkdir(exist_ok=True)
        assert trial.path is not None
        trial = trial._replace(path=folder / trial.path.name, runs_dir=folder)
    if copies:
        trial = trial._replace(config=with_copies(trial.config, tuple(copies.items())))
    agent, number = _start(order, trial, worker)
    try:
        while (ended := agent.end_of(number, POLL)) is None:
            task = worker.state.tasks.get(key)
            if task is None or task.state in ("cancelled", "resumed"):  # the sweep does not want it any more
                agent.request_end(number)
    finally:
        del _numbers[order.sweep, order.number, order.attempt]
    report = Report(ended.outcome, ended.log, copies={copy: file for file, copy in copies.items()})
    return report if order.shared else _with_files(report, trial.path)


def _start(order: Order, trial: Trial, worker: Any) -> tuple[AgentProcess, int]:
    """Start a training; return the agent of its sweep, which is started if there is none, and the agent's number."""
    with _lock:
        agent = _agents.get(order.sweep)
        if agent is None or agent.ended:
            logs = Path(worker.local_directory) / f"nncli-logs-{os.urandom(4).hex()}"
            logs.mkdir()
            options = AgentOptions(worker.state.nthreads, order.warm, order.timeout, logs)
            agent = _agents[order.sweep] = AgentProcess(options, partial(_close_idle, order.sweep))
        number = agent.start(trial._replace(waits=False), partial(_report, worker, order))
        _numbers[order.sweep, order.number, order.attempt] = number
        return agent, number


def _close_idle(sweep: str, agent: AgentProcess) -> None:
    with _lock:
        if not agent.busy and _agents.get(sweep) is agent:
            del _agents[sweep]
            threading.Thread(target=agent.close, daemon=True).start()


def _report(worker: Any, order: Order, message: TrialStarted | Progress) -> None:
    values = [*message] if isinstance(message, Progress) else None
    worker.log_event(topic(order.sweep), {"number": order.number, "attempt": order.attempt, "progress": values})


def _with_files(report: Report, folder: Path | None) -> Report:
    """Return the report of a training with the files of its run, if it has one."""
    if folder is None or not folder.exists() or report.outcome.status == "lost":
        return report
    if report.outcome.disk_full:
        shutil.rmtree(folder, ignore_errors=True)
        return report
    files = list_files(folder)
    report = report._replace(files=files, folder=folder)
    if sum(file.size for file in files) > INLINE_BYTES:
        return report
    report = report._replace(contents={file.name: (folder / file.name).read_bytes() for file in files})
    shutil.rmtree(folder, ignore_errors=True)
    return report


async def describe(probe: Probe, dask_worker: Any = None) -> Description:  # Dask passes the worker, also below
    """Return the versions of this worker and what it sees of the files of a sweep."""
    import numpy

    versions = {"nncli": __version__, "numpy": numpy.__version__}
    copies = await asyncio.to_thread(copies_of, probe.files, dask_worker)
    missing = tuple(file for file, copy in copies.items() if not Path(copy).exists())
    return Description(platform.node(), versions, _shares(probe) and not copies, missing)


def _shares(probe: Probe) -> bool:
    """Return whether this worker sees the mark of the sweep and its lock, without which two workers could write."""
    if probe.mark is None:
        return False
    try:
        return probe.mark.read_text() == probe.token and is_locked(probe.mark)
    except OSError:
        return False


def reply(sweep: str, number: int, attempt: int, prune: str) -> None:
    """Answer a Progress of a training."""
    local = _numbers.get((sweep, number, attempt))
    if local is not None and (agent := _agents.get(sweep)) is not None:
        agent.reply(local, Verdict(prune))


def request_end(sweep: str) -> None:
    """Ask the trainings of a sweep to save and end."""
    if (agent := _agents.get(sweep)) is not None:
        agent.request_end()


def close(sweep: str, complete: bool, dask_worker: Any = None) -> None:
    """End the agent of a sweep; once the sweep is complete, remove the runs that lost attempts have left."""
    with _lock:
        agent = _agents.pop(sweep, None)
    folder = scratch(dask_worker) / sweep

    def clean_up() -> None:
        if agent is not None:
            agent.close()
        if complete:
            shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):
            folder.rmdir()  # if it is empty

    threading.Thread(target=clean_up, daemon=True).start()
