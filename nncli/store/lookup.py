"""Find a run by path, name, part of a name, or `latest`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nncli import run_names
from nncli.errors import UsageError
from nncli.store.directory import SWEEP_INFO, list_runs, list_sweeps
from nncli.store.run import CONFIG, RUN_INFO, Run
from nncli.user_paths import expand

LATEST = "latest"
MAX_SUGGESTIONS = 5


def find_run(runs_dir: Path, reference: str, tell: Callable[[str], None] = lambda note: None) -> Run:
    """Return the run with this path or (part of a) name, or the newest for `latest`.

    If several runs match, return the newest and call `tell` with a note. Raises UsageError if none matches.
    """
    if reference == LATEST:
        return _latest(runs_dir)
    matches = _find(runs_dir, reference, list_runs(runs_dir), also=_in_sweeps)
    if len(matches) > 1:
        tell(f"{reference}: matches {len(matches)} runs; using the newest, {matches[0].name}")
    return matches[0]


def find_unique_run(runs_dir: Path, reference: str, *, sweeps: bool = False) -> Run:
    """Return the one run with this path or name, for commands that change or remove it; with `sweeps`, also a sweep.

    Raises UsageError if no run or more than one matches, and for `latest`, which may be another run tomorrow.
    """
    if reference == LATEST:
        runs = list_runs(runs_dir)
        hint = f"use its name: {runs[0].name}" if runs else "train a run first: nncli train configs/sine.yaml"
        message = "cannot be used to change or remove a run; give its name or path"
        raise UsageError(message, place=LATEST, hint=hint)
    among = list_runs(runs_dir) + (list(map(Run, list_sweeps(runs_dir))) if sweeps else [])
    matches = _find(runs_dir, reference, among, also=_no_runs if sweeps else _in_sweeps)
    if len(matches) > 1:
        raise UsageError(f"matches {len(matches)} runs in {runs_dir}", place=reference, hint=_list_matches(matches))
    return matches[0]


def _find(runs_dir: Path, reference: str, runs: list[Run], also: Callable[[Path, str], list[Run]]) -> list[Run]:
    """Return the run at a path, else the runs that match by name, newest first, else those that `also` finds.

    Raises UsageError if none matches.
    """
    reference = expand(reference)
    if any(_exists(reference, file) for file in (RUN_INFO, CONFIG, SWEEP_INFO)):
        return [Run(Path(reference))]
    if matches := _matches(runs, reference) or also(runs_dir, reference):
        return matches
    message = "is a directory, but not a run" if _exists(reference) else f"matches no run in {runs_dir}"
    raise UsageError(message, place=reference or '""', hint=_suggest(runs, reference))


def _in_sweeps(runs_dir: Path, reference: str) -> list[Run]:
    """Return the runs of sweeps with this name, `00012-seed0` or `sweep-20250131-142501-9f3c/00012-seed0`."""
    sweep, _, name = reference.strip("/").rpartition("/")
    paths = [path / name for path in list_sweeps(runs_dir) if sweep in f"{path.parent.name}/{path.name}"]
    return [Run(path) for path in paths if name and _exists(str(path), RUN_INFO)]


def _no_runs(runs_dir: Path, reference: str) -> list[Run]:
    return []


def _exists(reference: str, file: str = "") -> bool:
    """Return whether a text is the path of a directory, or of one that contains `file`."""
    try:
        return bool(reference) and (Path(reference, file).is_file() if file else Path(reference).is_dir())
    except (OSError, ValueError):  # too long for a path, or with a character that is invalid in paths
        return False


def _latest(runs_dir: Path) -> Run:
    """Return the newest run with a checkpoint, skipping the trials of sweeps."""
    for run in list_runs(runs_dir):
        if (run.has_checkpoint("last") or run.has_checkpoint("best")) and run.info().get("trial") is not True:
            return run
    hint = "choose another directory with --runs-dir, or train a run: nncli train configs/sine.yaml"
    raise UsageError(f"no run in {runs_dir} has a checkpoint", place=LATEST, hint=hint)


def _matches(runs: list[Run], reference: str) -> list[Run]:
    """Return the runs with exactly this name, else with this folder or id, else with this text in their name."""
    text = run_names.normalize(reference.strip("/"))
    names = [(run, run_names.normalize(f"{run.path.parent.name}/{run.path.name}")) for run in runs if text]
    exact = [run for run, name in names if name == text]
    part = [run for run, name in names if text in name.split("/")]
    return exact or part or [run for run, name in names if text in name]


def _list_matches(matches: list[Run]) -> str:
    names = ", ".join(run.name for run in matches[:MAX_SUGGESTIONS])
    more = f" or {len(matches) - MAX_SUGGESTIONS} more" if len(matches) > MAX_SUGGESTIONS else ""
    return f"choose one of {names}{more}"


def _suggest(runs: list[Run], reference: str) -> str:
    """Suggest the runs with the most similar name, else the newest runs."""
    from difflib import get_close_matches

    if not runs:
        return "train a run first: nncli train configs/sine.yaml"
    similar = get_close_matches(reference.split("/")[0], {run.path.parent.name for run in runs}, n=1)
    candidates = [run for run in runs if run.path.parent.name in similar]
    names = ", ".join(run.name for run in (candidates or runs)[:MAX_SUGGESTIONS])
    return f"did you mean one of these? {names}" if candidates else f"choose a run; the newest are {names}"
