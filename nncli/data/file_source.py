"""The fields that every data set read from files has, and what is done with them alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from annotated_types import MinLen

from nncli.data.description import Task
from nncli.data.lines import Stamp, stamp
from nncli.registry import Help

Scale: TypeAlias = Literal["none", "standard", "minmax"]
FilePath: TypeAlias = Annotated[str, MinLen(1), Help("the file, from the folder of the file that names it")]
TaskField: TypeAlias = Annotated[Task | None, Help("by default texts are classes, else as the loss needs it")]
ScaleField: TypeAlias = Annotated[Scale | None, Help("of inputs that are numbers; standard, in book precision none")]
ScaleTargetField: TypeAlias = Annotated[Scale | None, Help("of targets that are no classes; standard, in book none")]


@dataclass(frozen=True, slots=True)
class FileSource:
    """The files of a data set, and its fields about their values.

    It is made of the fields and is none itself: in an experiment, `path`, `task` and the rest stand beside `type`.
    """

    paths: tuple[str, ...]
    task: Task | None
    scale: Scale | None
    scale_target: Scale | None

    def stamps(self) -> tuple[Stamp, ...]:
        """Return for each file what changes when it does. Raises UsageError if one cannot be read."""
        return tuple(map(stamp, self.paths))
