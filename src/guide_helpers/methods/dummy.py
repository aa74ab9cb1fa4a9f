"""Dummy data: rows made from the public part of the schema, without a look at the records."""

from __future__ import annotations

from dataclasses import dataclass

from guide_helpers.cards import (
    Capabilities,
    MethodCard,
    Status,
    UseCase,
    card,
    conditional,
    fit,
    unfit,
)
from guide_helpers.methods._from_schema import FromSchema


@card(
    MethodCard(
        title="Dummy data from the schema",
        summary=(
            "Draws every value from the public levels and bounds of the schema and keeps its "
            "rules; no record is looked at."
        ),
        family="structural",
        origin=("bates2019",),
        inputs="the public part of the schema; no record",
        sources=("bates2019", "raab2025checks", "opensafely2026"),
        status=Status.IN_USE,
        used_by=(
            "researchers write and test their code against dummy data in OpenSAFELY, the platform "
            "for health records of the English NHS, before it runs on the records "
            "{cite:p}`opensafely2026`"
        ),
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                "as a labelled structural file that shows the format; levels, bounds, rules and "
                "the number of units must be public, and no result from it means anything"
            ),
            UseCase.TESTING_ANALYSIS: unfit(
                "margins and relations are made up; code can be tried, results cannot"
            ),
            UseCase.EDUCATION: conditional(
                "for exercises in reading, cleaning and linking files; not for statistics"
            ),
            UseCase.TESTING_TECHNOLOGY: fit(
                "right types, levels, ranges, keys and rules in any size, before anybody has "
                "access to the records"
            ),
        },
        capabilities=Capabilities(
            linked=True,
            keeps_rules=True,
            keeps_structural_zeros=True,
            missing=True,
            in_browser=True,
            kinds=("categorical", "ordered", "integer", "number", "datetime", "text"),
        ),
        weaknesses=(
            "No statistic is right: margins are uniform or as the user says, and the only "
            "relations are those that rules force.",
            "There is no formal privacy claim: the file is as public as the schema is, and levels "
            "or bounds declared public that were read from the records are published.",
            "The default number of units is that of the original, which is a statistic; give n "
            "where that number is not public.",
            "Rules that somebody found in the records, and shapes taken from them, are published "
            "with the file.",
            "Rules are kept by drawing again, which an equation between quantities of many values "
            "makes slow or impossible; leave a derived variable out and compute it afterwards.",
            "Rules favour the values that satisfy them, so margins and missing rates are no longer "
            "exactly those asked for.",
        ),
    )
)
@dataclass
class Dummy(FromSchema):
    """Draw from public levels and bounds; refuse those that were observed in the records.

    Parameters
    ----------
    shapes
        For a variable with levels, a weight for each level that may occur; for quantities and
        dates, a list of weights for so many equal parts of the range. Others are uniform.
    missing
        Share of missing values: one for all variables, or one for each variable named.
    special
        Share of values of a numeric variable with special codes that are such a code.
    dates
        First and last day: one pair for all dates, or one for each variable named. Public bounds
        of a date hold where nothing is said.
    text
        What free text looks like: A, a and 9 stand for a random capital, small letter and digit,
        all else for itself; one template for all, or one for each variable named.
    children
        Least and greatest number of child rows of a parent, equally likely between; one pair for
        all links, or one for each child table named. The default is 0 to 3.
    rounds
        How often rows may be drawn anew until enough of them keep the rules.
    """
