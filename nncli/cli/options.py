"""Arguments and options shared by several commands."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from typer import Argument, BadParameter, Option

from nncli.cli.completion import values
from nncli.user_paths import expand


class CheckpointName(StrEnum):
    """The weights to use: after the last epoch, or best on the validation data."""

    last = "last"
    best = "best"


class Shell(StrEnum):
    """The shells that completion supports."""

    bash = "bash"
    zsh = "zsh"
    fish = "fish"


def _directory(text: str | Path) -> Path:
    """Return the path of a directory. Raises BadParameter for an empty text, which `Path` takes for the current one."""
    if not str(text):
        raise BadParameter("must not be empty; give a folder, as in --runs-dir runs")
    return user_path(text)


def user_path(text: str | Path) -> Path:
    """Expand `~` and environment variables in a path. Raises UsageError if a variable is not set."""
    return Path(expand(str(text)))


def seconds(text: str | float) -> float:
    """Read a duration such as `90s`, `5m` or `1.5h`, by default in seconds. Raises BadParameter."""
    match = re.fullmatch(r"(\d+\.?\d*|\.\d+)\s*([smh]?)", str(text).strip())
    duration = float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]] if match else 0.0
    if not 0 < duration < math.inf:
        from nncli.text import quote

        raise BadParameter(f"{quote(str(text))} is no duration; use a number with s, m or h, as in 90s")
    return duration


def output_option(help: str, *, default: str) -> Any:
    """Declare `--output` with its help and the text of its default."""
    return Option(
        "--output",
        "-o",
        parser=user_path,
        metavar="PATH",
        autocompletion=values.files,
        help=help,
        show_default=default,
    )


RUNS = Path("runs")
RUN_HELP = "Path of a run, part of its name (the newest match is used), or latest."
UNIQUE_RUN_HELP = "Path of a run, or a unique part of its name."

Spec: TypeAlias = Annotated[
    Path,
    Argument(
        metavar="SPEC",
        help="Experiment file, or - for standard input.",
        allow_dash=True,
        show_default=False,
        autocompletion=values.specs,
    ),
]
Changes: TypeAlias = Annotated[
    list[str] | None,
    Argument(
        metavar="KEY=VALUE",
        help="Setting to override, as in init.scale=0.01.",
        show_default=False,
        autocompletion=values.changes,
    ),
]
RunsDir: TypeAlias = Annotated[
    Path,
    Option(
        "--runs-dir",
        envvar="NNCLI_RUNS_DIR",
        help="Folder that holds the runs.",
        parser=_directory,
        metavar="PATH",
        autocompletion=values.folders,
    ),
]


class PartOfData(StrEnum):
    """A part of an experiment's data."""

    train = "train"
    validation = "validation"
    test = "test"


RunName: TypeAlias = Annotated[
    str,
    Argument(
        metavar="RUN",
        help=RUN_HELP,
        show_default="latest",
        autocompletion=values.runs,
    ),
]
UniqueRun: TypeAlias = Annotated[
    str,
    Argument(
        metavar="RUN",
        help=UNIQUE_RUN_HELP,
        show_default=False,
        autocompletion=values.named_runs,
    ),
]
RunNames: TypeAlias = Annotated[
    list[str] | None,
    Argument(
        metavar="RUN",
        help=f"{RUN_HELP} Several runs are shown together.",
        show_default="latest",
        autocompletion=values.runs,
    ),
]
Checkpoint: TypeAlias = Annotated[
    CheckpointName, Option("--checkpoint", help="Weights to use: of the last epoch, or the best on validation data.")
]
NoHeader: TypeAlias = Annotated[
    bool, Option("--no-header", help="Read the first line of CSV as data and match columns by position, inputs first.")
]
Json: TypeAlias = Annotated[bool, Option("--json", help="Print the result as JSON.")]
Quiet: TypeAlias = Annotated[bool, Option("--quiet", "-q", help="Print only errors on stderr.")]
Verbose: TypeAlias = Annotated[
    bool, Option("--verbose", "-v", help="Print more on stderr: layers, versions and threads.")
]
Evaluate: TypeAlias = Annotated[bool, Option("--eval", help="Evaluate the run at the end, as nncli eval does.")]


def refuse_setting(option: str, words: Sequence[str]) -> None:
    """Raise UsageError with the override to write if an unknown option names a setting."""
    from shlex import quote

    from nncli.config.fields import setting, takes_list
    from nncli.config.spellings import NOT_SETTINGS, canonical_name
    from nncli.errors import UsageError

    index = next(i for i, word in enumerate(words) if word.startswith(option))
    option_word, equals, value = words[index].partition("=")
    name = option_word.lstrip("-").replace("-", "_")
    advice = NOT_SETTINGS.get(name, "")
    if path := setting(canonical_name(name)):
        value = value if equals else next((word for word in words[index + 1 : index + 2] if "=" not in word), "VALUE")
        override = f"{path}=[{value}]" if takes_list(path) else f"{path}={value}"
        advice = f"write {quote(override)}"
    if advice:
        raise UsageError(f"no such option; {advice}", place=option_word)
