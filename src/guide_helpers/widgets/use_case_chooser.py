"""The use-case chooser: from what a file is for to a plan of methods and checks.

What stands in the plan is the judgement of cards and policy, as `recommend` gives it. Who holds the
file decides what it may give away, what is done with it decides what it must get right; a method
has to suit both.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from guide_helpers import suitability
from guide_helpers.cards import DataKind, UseCase
from guide_helpers.catalogue import Entry
from guide_helpers.recommend import Recommendation
from guide_helpers.schema import Data
from guide_helpers.verbs import recommend
from guide_helpers.widgets.lab import Control, Lab
from guide_helpers.widgets.plan import Fits, Uses, plan

HOLDERS = {
    "anybody, for good": UseCase.PUBLIC_RELEASE,
    "known researchers, under terms": UseCase.TESTING_ANALYSIS,
    "a class and its teachers": UseCase.EDUCATION,
    "programmers and suppliers": UseCase.TESTING_TECHNOLOGY,
}
PURPOSES = {
    "answer questions that nobody knows yet": UseCase.PUBLIC_RELEASE,
    "try an analysis that is run again on the original": UseCase.TESTING_ANALYSIS,
    "do exercises with a known lesson": UseCase.EDUCATION,
    "test programs: load, parse, fail": UseCase.TESTING_TECHNOLOGY,
}
SHAPES = {
    "one table": ("single", {DataKind.TABLE}),
    "a panel or series": ("panel", {DataKind.TABLE, DataKind.PANEL}),
    "linked tables": ("linked", {DataKind.LINKED}),
}
"""For each shape of data the capability that a method needs, and what a measure may be made for."""


def use_case_chooser(data: Data | None = None, *, sizes: Sequence[int] = (500, 50_000)) -> Lab:
    """Return a lab whose settings are answers and whose text is a plan.

    With `data`, the plan is for this file; without, its shape and number of units are asked for.
    """
    asked = (
        Control("Who will hold the file?", tuple(HOLDERS), scale=False),
        Control("What will they do with it?", tuple(PURPOSES), scale=False),
        Control("A formal privacy guarantee is required", (False, True)),
    )

    @cache
    def advise(case: UseCase, formal: bool) -> Recommendation:
        return recommend(case, data, formal_privacy=formal or None)

    if data is not None:
        takes, units = _fits(data), data.n_units
        return Lab(
            asked,
            lambda who, what, formal: plan(_uses(who, what), formal, advise, takes, units),
            "A plan for your file",
        )
    shape = Control("What does the original look like?", tuple(SHAPES), scale=False)
    size = Control("How many people, households or firms?", sizes, [f"about {n:,}" for n in sizes])
    return Lab(
        (*asked, shape, size),
        lambda who, what, formal, like, n: plan(_uses(who, what), formal, advise, _like(like), n),
        "Which file do you need?",
    )


def _fits(data: Data) -> Fits:
    """Return whether a method or a measure takes this file."""

    def fits(entry: Entry) -> bool:
        if entry.kind == "methods":
            return not any(suitability.objections(entry, data))
        return not suitability.unlike(entry.card, data)

    return fits


def _like(shape: str) -> Fits:
    """Return whether a method or a measure takes data of a shape."""
    capability, kinds = SHAPES[shape]

    def fits(entry: Entry) -> bool:
        if entry.kind == "methods":
            return bool(getattr(entry.card.capabilities, capability))
        return bool(kinds & set(entry.card.data))

    return fits


def _uses(holder: str, purpose: str) -> Uses:
    return Uses(HOLDERS[holder], PURPOSES[purpose], holder, purpose)
