"""Finding a run by what the user calls it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nncli import run_names
from nncli.errors import UsageError
from nncli.store.directory import list_runs
from nncli.store.run import CONFIG, RUN_INFO, Run
from nncli.user_paths import expand

LATEST = "latest"
SHOWN = 5


def find_run(runs_dir: Path, reference: str, tell: Callable[[str], None] = lambda note: None) -> Run:
    """The run that the user means by a path, by `latest` or by a part of its name; of several runs the newest.

    `tell` is given a note then. Raises UsageError if there is none.
    """
    if reference == LATEST:
        return _latest(runs_dir)
    found = _find(runs_dir, reference)
    if len(found) > 1:
        tell(f"{reference}: names {len(found)} runs; using the newest, {found[0].name}")
    return found[0]


def find_unique_run(runs_dir: Path, reference: str) -> Run:
    """The run that the user means, by a name that will still be its own tomorrow: what changes a run needs that.

    Raises UsageError if there is none or more than one, and for `latest`.
    """
    if reference == LATEST:
        runs = list_runs(runs_dir)
        hint = f"the newest is {runs[0].name}" if runs else "there are no runs yet"
        raise UsageError("is not enough to change a run by: name the run itself", place=LATEST, hint=hint)
    found = _find(runs_dir, reference)
    if len(found) > 1:
        raise UsageError(f"names {len(found)} runs in {runs_dir}", place=reference, hint=_which(found))
    return found[0]


def _find(runs_dir: Path, reference: str) -> list[Run]:
    """The run at a path, else the runs that a part of the name fits, the newest first. Raises UsageError for none."""
    reference = expand(reference)
    if _is_there(reference, RUN_INFO) or _is_there(reference, CONFIG):
        return [Run(Path(reference))]
    runs = list_runs(runs_dir)
    if matches := _matches(runs, reference):
        return matches
    message = "is a directory, but not of a run" if _is_there(reference) else f"names no run in {runs_dir}"
    raise UsageError(message, place=reference or '""', hint=_instead(runs, reference))


def _is_there(reference: str, file: str = "") -> bool:
    """Whether a text is the path of a directory, or of one with that file."""
    try:
        return bool(reference) and (Path(reference, file).is_file() if file else Path(reference).is_dir())
    except (OSError, ValueError):  # too long for a path, or with a character that none has
        return False


def _latest(runs_dir: Path) -> Run:
    """The newest run with a checkpoint. Sweeps make many trials that nobody means by `latest`."""
    for run in list_runs(runs_dir):
        if (run.has_checkpoint("last") or run.has_checkpoint("best")) and run.info().get("trial") is not True:
            return run
    hint = "name another directory with --runs-dir, or train: nncli train configs/sine.yaml"
    raise UsageError(f"no run in {runs_dir} has a checkpoint", place=LATEST, hint=hint)


def _matches(runs: list[Run], reference: str) -> list[Run]:
    """The runs of that very name, else those with that very part, else those with that text in their name."""
    text = run_names.normalized(reference.strip("/"))
    named = [(run, run_names.normalized(f"{run.path.parent.name}/{run.path.name}")) for run in runs if text]
    exact = [run for run, name in named if name == text]
    part = [run for run, name in named if text in name.split("/")]
    return exact or part or [run for run, name in named if text in name]


def _which(matches: list[Run]) -> str:
    shown = ", ".join(run.name for run in matches[:SHOWN])
    return f"say which: {shown}" + (f" or {len(matches) - SHOWN} more" if len(matches) > SHOWN else "")


def _instead(runs: list[Run], reference: str) -> str:
    """The runs that may be meant: those of the nearest name, else the newest."""
    from difflib import get_close_matches

    if not runs:
        return "there are no runs yet; train one: nncli train configs/sine.yaml"
    near = get_close_matches(reference.split("/")[0], {run.path.parent.name for run in runs}, n=1)
    meant = [run for run in runs if run.path.parent.name in near]
    shown = ", ".join(run.name for run in (meant or runs)[:SHOWN])
    return f"did you mean one of these? {shown}" if meant else f"the newest are {shown}"
