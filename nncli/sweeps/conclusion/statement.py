"""A statement of the conclusion."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Statement:
    """The result of one rule: a sentence, the numbers behind it, and the change of the sweep that it suggests.

    `change` holds overrides for `nncli sweep --resume`.
    """

    name: str
    text: str
    numbers: dict[str, Any] = field(default_factory=dict)
    change: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the statement as JSON data."""
        return asdict(self)
