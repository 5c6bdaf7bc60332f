"""Arguments and options that several commands share, each written once."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from typer import Argument, BadParameter, Option

from nncli.cli.completion import values
from nncli.user_paths import expand


class CheckpointName(StrEnum):
    """Which weights of a run."""

    last = "last"
    best = "best"


class Shell(StrEnum):
    """The shells that completion is made for."""

    bash = "bash"
    zsh = "zsh"
    fish = "fish"


def _directory(text: str | Path) -> Path:
    """The path of a directory; nothing is none, though `Path` would take it for the one that we are in."""
    if not str(text):
        raise BadParameter("is empty; name a directory, as in --runs-dir runs")
    return user_path(text)


def user_path(text: str | Path) -> Path:
    """The path of a file, with `~` and environment variables replaced. Raises UsageError if one is not set."""
    return Path(expand(str(text)))


def output_option(help: str, *, default: str) -> Any:
    """Declare `--output`: what kind of file is written, and where without the option."""
    return Option(
        "--output",
        "-o",
        parser=user_path,
        metavar="PATH",
        autocompletion=values.files,
        help=help,
        show_default=default,
    )


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
        help="Settings to change, as in init.scale=0.01.",
        show_default=False,
        autocompletion=values.changes,
    ),
]
RunsDir: TypeAlias = Annotated[
    Path,
    Option(
        "--runs-dir",
        envvar="NNCLI_RUNS_DIR",
        help="Where runs are kept.",
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
        help="Path of a run, a part of its name (the newest that fits), or `latest`.",
        show_default="latest",
        autocompletion=values.runs,
    ),
]
OneRun: TypeAlias = Annotated[
    str,
    Argument(
        metavar="RUN",
        help="Path of a run or a unique part of its name.",
        show_default=False,
        autocompletion=values.named_runs,
    ),
]
RunNames: TypeAlias = Annotated[
    list[str] | None,
    Argument(
        metavar="RUN",
        help="Path of a run, a part of its name (the newest that fits), or `latest`; several are shown together.",
        show_default="latest",
        autocompletion=values.runs,
    ),
]
Checkpoint: TypeAlias = Annotated[
    CheckpointName, Option("--checkpoint", help="Which weights: of the last epoch, or the best on validation data.")
]
NoHeader: TypeAlias = Annotated[
    bool, Option("--no-header", help="The first line of CSV is data: match columns by position, inputs first.")
]
Json: TypeAlias = Annotated[bool, Option("--json", help="Print the result as JSON.")]
Quiet: TypeAlias = Annotated[bool, Option("--quiet", "-q", help="Say nothing on stderr but errors.")]
Verbose: TypeAlias = Annotated[bool, Option("--verbose", "-v", help="Say more: layers, versions, threads.")]
Evaluate: TypeAlias = Annotated[bool, Option("--eval", help="Evaluate at the end, as `nncli eval` does.")]

RUNS = Path("runs")


def refuse_setting(option: str, words: Sequence[str]) -> None:
    """Raise UsageError with the override to write if an unknown option among the words names a setting."""
    from nncli.config.fields import setting, takes_list
    from nncli.config.spellings import NOT_SETTINGS, canonical_name
    from nncli.errors import UsageError

    index = next(i for i, word in enumerate(words) if word.startswith(option))
    word, equals, value = words[index].partition("=")
    name = word.lstrip("-").replace("-", "_")
    instead = NOT_SETTINGS.get(name, "")
    if path := setting(canonical_name(name)):
        value = value if equals else next((one for one in words[index + 1 : index + 2] if "=" not in one), "VALUE")
        instead = f"write {path}=[{value}]" if takes_list(path) else f"write {path}={value}"
    if instead:
        raise UsageError(f"no such option; {instead}", place=word)
