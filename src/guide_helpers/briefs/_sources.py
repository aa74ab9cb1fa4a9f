"""Where the numbers of a brief come from: runs of evidence, claims, the policy and the cards."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from functools import cache, cached_property
from typing import Any

import pandas as pd

from guide_helpers.cards import UseCase
from guide_helpers.catalogue import find
from guide_helpers.errors import GuideError
from guide_helpers.evidence import provenance, results
from guide_helpers.evidence.claims import Claim, Finding, claims, held
from guide_helpers.evidence.reading import answers, named
from guide_helpers.policy import Level, Policy

RUNS = ("matrix", "deep")
PLACE = re.compile(r"\{([^{}|]*)((?:\|[^{}|]*)*)\}")
CHANCE = 40
"""One interval of 95 % in so many lies above zero where nothing is there."""
TOLD = {"min_leaf": "leaves of {:g}", "epsilon": "epsilon {:g}"}
"""Settings that tell one line of a method from another."""
FRESH = "fresh sample"


class Sources:
    """Fills the places of a sentence. Each kind of place is a method whose name begins `of_`."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def fill(self, text: str) -> str:
        """Return a sentence with its places filled."""
        return PLACE.sub(self._filled, text)

    def _filled(self, place: re.Match[str]) -> str:
        kind, given = place[1], [w for w in place[2].split("|") if w]
        fill: Callable[..., str] | None = getattr(self, f"of_{kind}", None)
        if fill is None or len(given) != len(inspect.signature(fill).parameters):
            raise GuideError(f"the place {place[0]} cannot be filled; known: {', '.join(places())}")
        return fill(*given)

    def finding(self, name: str) -> Finding:
        """Return how a claim of the guide fares."""
        return _finding(claim_of(name))

    def of_held(self, name: str) -> str:
        """In how many runs a claim holds."""
        found = self.finding(name)
        return f"{found.holds} of {found.runs} runs"

    def of_methods(self, name: str) -> str:
        """How many methods a claim is about."""
        return f"{len(claim_of(name).methods)} methods"

    def of_bound(self, name: str) -> str:
        """The number that a claim speaks of."""
        claim = claim_of(name)
        bound = claim.at_most if claim.at_least is None else claim.at_least
        if bound is None:
            raise GuideError(f"the claim {name!r} speaks of no number")
        return f"{bound:g}{' %' if named(claim.question).by == 'percent' else ''}"

    def of_limit(self, use_case: str, requirement: str) -> str:
        """What the policy asks of a use case: the limit, and how binding it is."""
        lines = {line.id: line for line in self.policy[use_case].requirements}
        asked = lines.get(requirement)
        if asked is None or asked.level is Level.NOT_APPLICABLE:
            return "not asked"
        factor, unit = (100, " %") if asked.kind == "attack" else (1, "")
        ends = {"at least": asked.at_least, "at most": asked.at_most}
        told = [f"{words} {factor * end:g}{unit}" for words, end in ends.items() if end is not None]
        return f"{' and '.join(told) or 'to be stated'} ({asked.level.value})"

    def of_override(self, use_case: str) -> str:
        """Who may override the policy."""
        told = self.policy[use_case].override_by
        return f"{told[:1].lower()}{told[1:].rstrip('.')}"

    def of_syntheses(self) -> str:
        """How many files are attacked for a statement about a method."""
        return str(self.policy.effort.syntheses)

    def of_question(self, question: str) -> str:
        """What a number is about, in the words of the evidence."""
        title = named(question).title
        return f"{title[:1].lower()}{title[1:]}"

    def of_chance(self) -> str:
        """How often an attack's interval lies above zero where nothing is there."""
        return f"1 run in {CHANCE}"

    def of_files(self) -> str:
        """How many data sets were run."""
        return str(self.costs["data"].nunique())

    def of_draws(self) -> str:
        """How many draws were made of each."""
        return str(self.costs["seed"].nunique())

    def of_people(self) -> str:
        """How many people a file has at most."""
        return f"{self.costs['units'].max():,.0f}"

    def of_date(self) -> str:
        """When the runs were made."""
        return str(provenance("matrix")["date"])

    @cached_property
    def costs(self) -> pd.DataFrame:
        """What each cell of the matrix cost."""
        return _runs()["matrix"][1]

    def uses(self) -> list[tuple[str, dict[str, str]]]:
        """Return title and description of each use case that the policy knows."""
        known = self.policy.use_cases
        return [(case.title, known[case].described) for case in UseCase if case in known]

    def row(self, method: str, questions: Sequence[str]) -> tuple[str, list[pd.DataFrame]]:
        """Return the title of a method of the matrix and its answers to questions."""
        found = [_answers(q)[_answers(q)["method"].eq(method)] for q in questions]
        if any(f.empty for f in found):
            raise GuideError(f"the runs have no answer of {method!r} to one of {list(questions)}")
        return title_of(method), found


def places() -> list[str]:
    """Return the kinds of places that a sentence may have."""
    return sorted(name.removeprefix("of_") for name in vars(Sources) if name.startswith("of_"))


def claim_of(name: str) -> Claim:
    """Return a claim of the guide."""
    if name not in claims():
        raise GuideError(f"no claim {name!r}; known: {', '.join(claims())}")
    return claims()[name]


def title_of(label: str) -> str:
    """Return the title of a method of the matrix with the settings it was run with."""
    if label == FRESH:
        return "Other real people"
    lines: list[dict[str, Any]] = provenance("matrix")["plan"]["methods"]
    line = next(one for one in lines if one["label"] == label)
    named_in = {n for one in lines if one["name"] == line["name"] for n in one["options"]}
    entry = find("methods", line["name"])
    default = inspect.signature(entry.implementation).parameters  # type: ignore[arg-type]
    ran = {n: line["options"].get(n, default[n].default) for n in TOLD if n in named_in}
    return ", ".join([entry.card.title, *(TOLD[n].format(value) for n, value in ran.items())])


@cache
def _runs() -> dict[str, tuple[pd.DataFrame, pd.DataFrame]]:
    return {name: (results(name), results(f"{name}-costs")) for name in RUNS}


@cache
def _finding(claim: Claim) -> Finding:
    return held(claim, _runs())


@cache
def _answers(question: str) -> pd.DataFrame:
    return answers(*_runs()["matrix"], question)
