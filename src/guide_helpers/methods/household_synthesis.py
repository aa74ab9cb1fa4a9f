"""Households first, then one variable after the other, calibrated to totals."""

from __future__ import annotations

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, conditional, fit, unfit

CARD = MethodCard(
    title="Household synthesis (simPop)",
    summary=(
        "Resamples the structure of households with weights up to a whole population, draws "
        "further variables one after the other from models, calibrates to known totals and "
        "samples from the result."
    ),
    family="population",
    origin=("alfons2011", "templ2017"),
    inputs="the records of a household survey with weights, and known totals",
    sources=("alfons2011", "templ2017", "dewolf2015", "eurostat_silc_puf"),
    status=Status.IN_USE,
    used_by=(
        "Eurostat's public-use files of EU-SILC are fully synthetic "
        "{cite:p}`eurostat_silc_puf` and were set up in this way {cite:p}`dewolf2015`"
    ),
    suits={
        UseCase.PUBLIC_RELEASE: conditional(
            "in use for it: with few variables, a clear label and a check of large "
            "households, whose structure is a real one"
        ),
        UseCase.TESTING_ANALYSIS: unfit(
            "made for writing programs, not for inference; the offices that publish such "
            "files say so {cite:p}`eurostat_silc_puf`"
        ),
        UseCase.EDUCATION: fit(
            "survey weights, households and indicators of poverty can be taught on it "
            "{cite:p}`eurostat_silc_puf`"
        ),
        UseCase.TESTING_TECHNOLOGY: fit(
            "the format of the real survey with households that fit together"
        ),
    },
    capabilities=Capabilities(linked=True, weights=True),
    weaknesses=(
        "Age and sex of the members of a household are resampled together, so a unique large "
        "household may be found, with invented income {cite:p}`dewolf2015`.",
        "Relations between members are right for the resampled variables only; who earns how "
        "much is drawn person by person.",
        "Cross-sections only: the files of EU-SILC hold no panel {cite:p}`dewolf2015`.",
    ),
    implementation="none maintained in Python; R simPop 2.1.3",
    licence="GPL-2 or GPL-3 (simPop)",
)
