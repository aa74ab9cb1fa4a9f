"""Bootstrap of whole records: the original drawn with replacement, a yardstick and no synthesis."""

from __future__ import annotations

from dataclasses import dataclass

from guide_helpers.cards import (
    Capabilities,
    MethodCard,
    Status,
    UseCase,
    card,
    unfit,
)
from guide_helpers.methods._whole_units import WholeUnits


@card(
    MethodCard(
        title="Bootstrap of whole records",
        summary=(
            "Draws whole records of the original with replacement: a yardstick of utility that "
            "every attack must find, never a file to hand out."
        ),
        family="resampling",
        origin=("efron1979",),
        inputs="the records of one table or panel",
        sources=("efron1979",),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: unfit("every record is that of a real person, whole"),
            UseCase.TESTING_ANALYSIS: unfit(
                "every record is that of a real person, whole; useful beside a synthetic file, as "
                "what a correct model gives"
            ),
            UseCase.EDUCATION: unfit(
                "every record is that of a real person, whole; on public data it shows a class "
                "what an attack looks like when it works"
            ),
            UseCase.TESTING_TECHNOLOGY: unfit(
                "every record is that of a real person, whole, and a test of systems needs none"
            ),
        },
        capabilities=Capabilities(
            panel=True,
            keeps_rules=True,
            keeps_structural_zeros=True,
            missing=True,
            keeps_missing_rates=True,
            weights=True,
            in_browser=True,
            kinds=("categorical", "ordered", "integer", "number", "datetime", "text"),
        ),
        weaknesses=(
            "Nothing is protected: about 63 % of the records are in a file of the original's "
            "size, unchanged but for identifiers.",
            "Broad measures of utility take it for the work of a correct model, which shows that "
            "utility alone decides nothing.",
            "No record is new: a larger file only repeats the same ones.",
        ),
    )
)
@dataclass
class Bootstrap(WholeUnits):
    """Draw whole records, or whole units of a panel, with replacement; identifiers are fresh."""
