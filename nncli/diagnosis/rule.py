"""The base class of rules: each finds one cause of bad learning and gives its evidence and the change to try."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple, TypeAlias

from nncli import registry
from nncli.diagnosis.case import Case
from nncli.diagnosis.setup import Setup

Numbers: TypeAlias = Mapping[str, float]
Example: TypeAlias = tuple[str, ...]  # a bundled experiment, then overrides

_rules: dict[str, Rule] = {}


class Evidence(NamedTuple):
    """The observations of a rule. `change` are the overrides to try, None if no setting can help."""

    confidence: float  # 0 to 1
    seen: str
    numbers: Numbers
    change: list[str] | None


class Finding(NamedTuple):
    """A likely cause of bad learning."""

    name: str
    seen: str
    evidence: Numbers
    explanation: str
    change: list[str] | None
    reference: str
    confidence: float

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as JSON data, with None for evidence that is not finite."""
        return {
            "name": self.name,
            "evidence": {name: _json_number(value) for name, value in self.evidence.items()},
            "explanation": self.explanation,
            "change": self.change or None,
            "reference": self.reference,
            "confidence": self.confidence,
        }


class Rule(ABC):
    """One cause of bad learning.

    `fires` is an experiment for which it is the first finding, `silent` one for which it is none. Confidences are
    comparable between rules: findings are sorted by them.
    """

    name: ClassVar[str]
    explanation: ClassVar[str]
    reference: ClassVar[str]
    fires: ClassVar[Example]
    silent: ClassVar[Example]

    @abstractmethod
    def find(self, case: Case) -> Evidence | None:
        """Return the evidence of a run that has not learned well, or None."""

    def warn(self, setup: Setup) -> Evidence | None:
        """Return the evidence that spec and data alone give before training, or None."""
        return None

    def finding(self, evidence: Evidence) -> Finding:
        """Return the finding with the evidence."""
        confidence, seen, numbers, change = evidence
        rounded = round(min(max(confidence, 0.0), 1.0), 2)
        return Finding(self.name, seen, numbers, self.explanation, change, self.reference, rounded)


def register(cls: type[Rule]) -> type[Rule]:
    """Register a rule under its name."""
    if cls.name in _rules:
        raise ValueError(f"{cls.name} is the name of two rules")
    _rules[cls.name] = cls()
    return cls


def rules() -> list[Rule]:
    """Return all rules, sorted by name."""
    from nncli.diagnosis import rules as package

    registry.discover(package.__name__, package.__path__)
    return [_rules[name] for name in sorted(_rules)]


def ramp(value: float, low: float, high: float) -> float:
    """Return 0 for values up to low, 1 from high, and a straight line between."""
    return min(max((value - low) / (high - low), 0.0), 1.0)


def _json_number(value: float) -> float | None:
    if not math.isfinite(value):
        return None
    return value if isinstance(value, int) else float(value)
