"""The fields shared by data sets that are read from files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from annotated_types import MinLen

from nncli.data.description import Task
from nncli.data.lines import Stamp, stamp
from nncli.registry import Help

Scale: TypeAlias = Literal["none", "standard", "minmax"]
FilePath: TypeAlias = Annotated[str, MinLen(1), Help("path of the file, relative to the experiment file that names it")]
TaskField: TypeAlias = Annotated[
    Task | None, Help("kind of the targets; by default classes for text, else what the loss needs")
]
ScaleField: TypeAlias = Annotated[Scale | None, Help("scaling of numeric inputs; by default standard, none in book")]
ScaleTargetField: TypeAlias = Annotated[Scale | None, Help("scaling of numeric targets, with the same defaults")]


@dataclass(frozen=True, slots=True)
class FileSource:
    """The files of a data set, and its fields about their values.

    A data set builds it from its fields: in an experiment, `path` and `task` are next to `type`.
    """

    paths: tuple[str, ...]
    task: Task | None
    scale: Scale | None
    scale_target: Scale | None

    def stamps(self) -> tuple[Stamp, ...]:
        """Return a stamp of each file, which changes with the file. Raises UsageError if one cannot be read."""
        return tuple(map(stamp, self.paths))
