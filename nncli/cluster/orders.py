"""The messages between a sweep, the workers of a cluster, and the agents that train for the workers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from nncli.trials import Outcome, Trial


class SentFile(NamedTuple):
    """A file of a run with its path in the run, or a data file with its absolute path."""

    name: str
    size: int
    digest: str  # SHA-256


class Order(NamedTuple):
    """A training for a worker.

    Its run is written to `trial.path` if the worker shares the directory of the sweep, else to the worker's own disk.
    """

    sweep: str  # the name of the sweep on all workers
    number: int
    attempt: int
    trial: Trial
    shared: bool
    warm: bool
    timeout: float | None
    data: tuple[SentFile, ...] = ()  # files of which the worker may use copies


class Report(NamedTuple):
    """The end of a training, and the files of its run if the worker does not share the directory of the sweep.

    `contents` has the files if they are small; larger ones are fetched in pieces.
    """

    outcome: Outcome
    log: bytes = b""  # what its process wrote to stderr, if it failed
    files: tuple[SentFile, ...] = ()
    contents: Mapping[str, bytes] | None = None
    folder: Path | None = None  # of the run on the worker
    copies: Mapping[str, str] = {}  # paths of data files by those of the copies that were used


class Probe(NamedTuple):
    """Questions to a worker: whether it has these files, and sees the mark in the directory of the sweep."""

    files: tuple[SentFile, ...] = ()
    mark: Path | None = None
    token: str = ""


class Description(NamedTuple):
    """The answers of a worker."""

    host: str
    versions: Mapping[str, str]
    shared: bool
    missing: tuple[str, ...]  # data files that it lacks, or that are not the same
