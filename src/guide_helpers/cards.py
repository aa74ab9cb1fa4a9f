"""What the guide claims about each entry, in one place.

A card stands above every implementation. The inventories of the book, the advice of
`recommend`, the menus, the reports and the contract tests are made from cards alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, TypeVar

T = TypeVar("T")


class UseCase(Enum):
    """The four reasons for making a synthetic file (HLG-MOS)."""

    PUBLIC_RELEASE = "public-release"
    TESTING_ANALYSIS = "testing-analysis"
    EDUCATION = "education"
    TESTING_TECHNOLOGY = "testing-technology"

    @property
    def title(self) -> str:
        """Name of the use case as a reader would write it."""
        return {
            UseCase.PUBLIC_RELEASE: "Public data release",
            UseCase.TESTING_ANALYSIS: "Testing analysis",
            UseCase.EDUCATION: "Training and education",
            UseCase.TESTING_TECHNOLOGY: "Testing technology",
        }[self]


class Verdict(Enum):
    """How an entry suits a use case; the order is the order of preference."""

    FIT = "fit"
    CONDITIONAL = "fit under conditions"
    UNFIT = "unfit"


@dataclass(frozen=True)
class Advice:
    """A verdict and the reason for it; reasons are our judgement unless they cite."""

    verdict: Verdict
    reason: str


def plain(text: str) -> str:
    """Return a card's text for a place without the book's roles: a citation is author and year."""
    return re.sub(r"\{cite:\w+\}`(.+?)`", lambda found: f"({cited(found.group(1))})", text)


def cited(keys: str) -> str:
    """Return author and year of references by their keys: "Tao et al. 2021" for `tao2021`."""
    known = _sources()
    return "; ".join(known.get(key.strip(), key.strip()) for key in keys.split(","))


@cache
def _sources() -> Mapping[str, str]:
    """Return author and year by key; `tools/sources.py` writes them from the bibliography."""
    text = files("guide_helpers").joinpath("sources.json").read_text(encoding="utf-8")
    return MappingProxyType(json.loads(text))


def fit(reason: str) -> Advice:
    """Return the advice to use an entry, with its reason."""
    return Advice(Verdict.FIT, reason)


def conditional(reason: str) -> Advice:
    """Return the advice to use an entry under the conditions that `reason` names."""
    return Advice(Verdict.CONDITIONAL, reason)


def unfit(reason: str) -> Advice:
    """Return the advice against an entry, with its reason."""
    return Advice(Verdict.UNFIT, reason)


class Status(Enum):
    """Whether offices use a method or researchers study it."""

    IN_USE = "in use"
    IN_RESEARCH = "in research"


class Better(Enum):
    """Which way a measure improves."""

    LOWER = "lower is better"
    HIGHER = "higher is better"
    NEAR_NULL = "closer to its null is better"


class Aspect(Enum):
    """What a measure speaks of."""

    UTILITY = "utility"
    RISK = "disclosure risk"


class Scope(Enum):
    """How much of the file a measure looks at."""

    BROAD = "broad"
    NARROW = "narrow"
    FIT_FOR_PURPOSE = "fit for purpose"


class Null(Enum):
    """The three files a score is compared with; they are never mixed."""

    CORRECT_MODEL = "correct-model"
    FRESH_SAMPLE = "fresh-sample"
    SUBSAMPLE = "subsample"

    @property
    def meaning(self) -> str:
        """What the synthetic file would be under this null."""
        return {
            Null.CORRECT_MODEL: "drawn from the true model fitted to the original",
            Null.FRESH_SAMPLE: "an independent sample of the same population and size",
            Null.SUBSAMPLE: "a random part of the original, scaled up",
        }[self]


class Rung(Enum):
    """Steps of the ladder of measures, from simple to advanced; the order is that of reading."""

    STRUCTURE = "structure"
    VARIABLES = "variables"
    RELATIONS = "relations"
    TABLES = "tables"
    WHOLE_FILE = "whole file"
    ANALYSES = "analyses"
    SUBGROUPS = "subgroups"
    SERIES = "time, place and networks"
    IDENTITY = "identity disclosure"
    ATTRIBUTE = "attribute disclosure"
    FORMAL = "formal privacy"
    MISLEADING = "measures that mislead"

    @property
    def asks(self) -> str:
        """The question that the measures of this step answer."""
        return {
            Rung.STRUCTURE: "Is it the same kind of file, and does it keep the rules?",
            Rung.VARIABLES: "Is each variable right, taken alone?",
            Rung.RELATIONS: "Are pairs of variables as strongly related?",
            Rung.TABLES: "Would a table come out the same?",
            Rung.WHOLE_FILE: "Could anything at all tell the two files apart?",
            Rung.ANALYSES: "Would an analysis say the same?",
            Rung.SUBGROUPS: "Is the file equally good for small groups?",
            Rung.SERIES: "Are order, time, movement and ties kept?",
            Rung.IDENTITY: "Could somebody be recognised, or seem to be?",
            Rung.ATTRIBUTE: "Could a value be learned about somebody?",
            Rung.FORMAL: "Does a run keep the loss that it claims?",
            Rung.MISLEADING: "What looks like a measure of risk and is none?",
        }[self]


class Synthesis(Enum):
    """Which kind of synthetic file an entry speaks of."""

    FULL = "fully synthetic"
    PARTIAL = "partially synthetic"
    BOTH = "fully or partially synthetic"


class DataKind(Enum):
    """Which shape of data an entry takes."""

    TABLE = "single table"
    PANEL = "panel or series"
    LINKED = "linked tables"


class Goal(Enum):
    """What an attacker wants."""

    IDENTITY = "identity"
    ATTRIBUTE = "attribute"
    MEMBERSHIP = "membership"
    SINGLING_OUT = "singling out"
    RECONSTRUCTION = "reconstruction"


class DataKnowledge(Enum):
    """What an attacker holds besides the synthetic file."""

    NOTHING = "nothing"
    PART = "part of the target's record"
    RECORD = "the target's whole record"
    POPULATION = "the target's record and a sample of the population"


class GeneratorKnowledge(Enum):
    """What an attacker knows of the method that made the file."""

    NO_BOX = "nothing"
    BLACK_BOX = "the method and its options, to run again"
    WHITE_BOX = "the fitted model"
    ORACLE = "scores that the office computes from the records"


@dataclass(frozen=True)
class ThreatModel:
    """A cell of the grid of attacks: the goal, what is held, what is known of the generator."""

    goal: Goal
    data: DataKnowledge
    generator: GeneratorKnowledge = GeneratorKnowledge.NO_BOX


@dataclass(frozen=True)
class Capabilities:
    """What a method promises; the contract test holds it to each promise.

    `kinds` names the kinds of variable a method can model; `missing` says that missing values
    are accepted, `keeps_missing_rates` that each variable's rate comes back approximately.
    """

    single: bool = True
    linked: bool = False
    panel: bool = False
    any_size: bool = True
    partial: bool = False
    keeps_rules: bool = False
    keeps_structural_zeros: bool = False
    missing: bool = False
    keeps_missing_rates: bool = False
    weights: bool = False
    formal_privacy: bool = False
    in_browser: bool = False
    kinds: tuple[str, ...] = ("categorical", "ordered", "integer", "number")
    replaces: tuple[str, ...] = ()
    """The kinds it makes anew, where it keeps all others as they are; empty: it makes all."""


@dataclass(frozen=True, kw_only=True)
class Card:
    """Title, one-sentence summary and sources (keys of `book/references.bib`)."""

    title: str
    summary: str
    sources: tuple[str, ...]
    suits: Mapping[UseCase, Advice] = field(default_factory=dict)


ANY = "any table"


@dataclass(frozen=True, kw_only=True)
class MethodCard(Card):
    """A way of making synthetic data."""

    family: str
    origin: tuple[str, ...]
    """Where the method was first described: keys of `book/references.bib`."""
    inputs: str
    """What it is given: records, a schema, published tables, parameters."""
    status: Status
    used_by: str = ""
    """By whom, with a citation key; empty where no use is documented."""
    capabilities: Capabilities
    weaknesses: tuple[str, ...] = ()
    implementation: str = "guide_helpers"
    licence: str = "Apache-2.0"
    requires: tuple[str, ...] = ()
    """Import names of packages beyond numpy and pandas."""
    made_for: str = ANY
    """The source of data that it was made for, such as "panels"."""


@dataclass(frozen=True, kw_only=True)
class MeasureCard(Card):
    """A number that compares the original with the synthetic file."""

    aspect: Aspect
    rung: Rung
    scope: Scope
    unit: str
    bounds: tuple[float | None, float | None]
    better: Better
    null: Null
    """The null its score is shown against unless the reader asks for another."""
    reading_maker: str
    reading_user: str
    cannot_see: str
    synthesis: Synthesis = Synthesis.BOTH
    data: tuple[DataKind, ...] = (DataKind.TABLE, DataKind.PANEL, DataKind.LINKED)
    """Shapes of data it takes. Of linked tables each is measured on its own, but where LINKED is
    the only shape: then the measure is given the tables together."""
    under_privacy: str = "as for any file"
    """What changes where the file was made with differential privacy."""
    standard: bool = False
    """True where `compare` runs it unless told which measures to run."""
    joint_copies: bool = False
    """True where m copies are measured together, not one by one."""
    needs: tuple[str, ...] = ()
    """Options without which the measure cannot run (a regression formula, say)."""
    requires: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AttackCard(Card):
    """A way of learning about people from the synthetic file, as a game with a control group."""

    threat: ThreatModel
    goal: str
    knowledge_of_data: str
    knowledge_of_generator: str
    applies_to: str
    """Fully synthetic files, partially synthetic ones, or both."""
    reading_maker: str
    reading_user: str
    cannot_see: str
    hit_means: str = "right for"
    """The words before the rate: "right for 71.2 % of 15,000 targets"."""
    same_size_control: bool = False
    """True where hits depend on the number of records, so the control must be as large."""
    synthesis: Synthesis = Synthesis.BOTH
    under_privacy: str = "as for any file"
    """What changes where the file was made with differential privacy."""
    guesses: bool = False
    """True where it makes guesses about the file, so that its targets are guesses, not people."""
    joint_copies: bool = False
    """True where it looks at all copies together, not at one after the other."""
    retrains: bool = False
    """True where it runs the generator again, so it needs a result of generate()."""
    needs: tuple[str, ...] = ()
    """Options without which the attack cannot run."""
    requires: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DatasetCard(Card):
    """A file that plays the confidential one in the guide."""

    origin: str
    year: str
    statistical_unit: str
    privacy_unit: str
    licence: str
    licence_checked: str
    known_problems: tuple[str, ...]
    plays: str
    tables: int = 1
    new_source: str | None = None
    use_cases: tuple[UseCase, ...] = ()


def card(entry_card: Card) -> Callable[[T], T]:
    """Put a card on a class or function; the module's name becomes the entry's slug."""

    def attach(implementation: T) -> T:
        target: Any = implementation
        target.card = entry_card
        return implementation

    return attach
