"""Policies: what a use case asks of a synthetic file, as data that an office can change."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guide_helpers.cards import DataKind, Null, UseCase
from guide_helpers.errors import GuideError

if TYPE_CHECKING:
    from guide_helpers.findings import Evidence, Finding

SETTING = "GUIDE_POLICY"
"""Environment variable that names the policy file of an office."""
JUDGEMENT = "our judgement"
CHECKS = ("epsilon", "copies", "recipe", "public domains")
"""What is checked without a measure or an attack; `guide_helpers.findings` says how."""


class Level(Enum):
    """How binding a requirement is in a use case."""

    MUST = "must"
    SHOULD = "should"
    NOT_APPLICABLE = "not applicable"


class Quantity(Enum):
    """What of a result is held against the limit."""

    VALUE = "value"
    RATIO = "ratio to null"
    ABOVE_BAND = "above the band"
    EXCESS = "excess"
    LOWER_END = "lower end of excess"
    UPPER_END = "upper end of excess"


@dataclass(frozen=True)
class Requirement:
    """One line of a policy: what is measured, what is held against which limit, and why.

    `name` is the slug of a measure or an attack, or the word for a check of the recipe. Of a
    measure with several scores, `variant` names those that count, by the start of the variant;
    the worst of them decides. `crossing` says what a limit inside the interval of an excess counts
    as: "undecided", "met" or "missed"; without it the value alone decides. `detail` is a column of
    a score's details: the worst of its lines decides instead of the mean, or the worst of those
    whose name begins with `line`.
    """

    id: str
    title: str
    level: Level
    kind: str
    name: str
    quantity: Quantity = Quantity.VALUE
    null: Null | None = None
    at_least: float | None = None
    at_most: float | None = None
    variant: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    source: str = JUDGEMENT
    for_data: tuple[DataKind, ...] = tuple(DataKind)
    units: int | None = None
    crossing: str = ""
    detail: str = ""
    line: str = ""


@dataclass(frozen=True)
class UseCasePolicy:
    """What a use case is, what it asks, who may override it, and what users are told."""

    use_case: UseCase
    who_asks: str
    use: str
    preserve: str
    may_leak: str
    override_by: str
    label: str
    users_are_told: tuple[str, ...]
    not_the_answer: tuple[str, ...]
    requirements: tuple[Requirement, ...]

    @property
    def described(self) -> dict[str, str]:
        """Who asks, what for, what must hold and who may override it, by the words for a reader."""
        return {
            "Who asks": self.who_asks,
            "What for": self.use,
            "Must be preserved": self.preserve,
            "May leak": self.may_leak,
            "May be overridden by": self.override_by,
        }

    def of_level(self, level: Level) -> tuple[Requirement, ...]:
        """Return the requirements of a level, in the order of the file."""
        return tuple(r for r in self.requirements if r.level is level)

    def check(self, evidence: Evidence) -> tuple[Finding, ...]:
        """Return what the results at hand say about each requirement."""
        from guide_helpers.findings import findings

        return findings(self, evidence)

    def __getitem__(self, name: str) -> Requirement:
        for requirement in self.requirements:
            if requirement.id == name:
                return requirement
        known = ", ".join(r.id for r in self.requirements)
        raise GuideError(f"no requirement {name!r}; known: {known}")


@dataclass(frozen=True)
class Effort:
    """How much work the checks may be: random parts, copies, and counts that stay hidden."""

    units_at_most: int = 20_000
    copies_at_most: int = 5
    smallest_count: int = 10
    syntheses: int = 5


@dataclass(frozen=True)
class Policy:
    """The requirements of all use cases, with name and version."""

    name: str
    version: str
    use_cases: Mapping[UseCase, UseCasePolicy]
    effort: Effort = Effort()

    def __getitem__(self, use_case: UseCase | str) -> UseCasePolicy:
        wanted = use_case if isinstance(use_case, UseCase) else named_use_case(use_case)
        if wanted not in self.use_cases:
            known = ", ".join(u.value for u in self.use_cases)
            raise GuideError(
                f"policy {self.name!r} has no use case {wanted.value!r}; it has {known}"
            )
        return self.use_cases[wanted]


def named_use_case(word: UseCase | str) -> UseCase:
    """Return the use case of a word."""
    try:
        return UseCase(word)
    except ValueError:
        known = ", ".join(u.value for u in UseCase)
        raise GuideError(f"no use case {word!r}; known: {known}") from None


def load_policy(path: str | Path | Policy | None = None) -> Policy:
    """Return the policy of a file: the one named, else that of GUIDE_POLICY, else the guide's."""
    from guide_helpers._policy_file import read

    if isinstance(path, Policy):
        return path
    return read(Path(path or os.environ.get(SETTING) or Path(__file__).with_name("policy.toml")))
