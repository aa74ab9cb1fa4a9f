"""Classical series: resampled blocks, models with residuals, hidden states."""

from __future__ import annotations

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, conditional, fit

CARD = MethodCard(
    title="Block bootstrap, residual and hidden Markov models of series",
    summary=(
        "Puts a series together from blocks of the original one, from a seasonal model and "
        "its resampled residuals, or from a chain of hidden states."
    ),
    family="time series",
    origin=("kunsch1989", "politis1994", "rabiner1989"),
    inputs="one or more series, regular in time",
    sources=("kunsch1989", "politis1994", "rabiner1989"),
    status=Status.IN_RESEARCH,
    suits={
        UseCase.PUBLIC_RELEASE: conditional(
            "model parameters may be published, blocks may not: a block is a stretch of "
            "somebody's real series"
        ),
        UseCase.TESTING_ANALYSIS: conditional(
            "keeps what is shorter than a block, or what the model says; good where the "
            "analysis needs just that"
        ),
        UseCase.EDUCATION: fit(
            "each step can be explained and drawn on a board; the baseline for every network"
        ),
        UseCase.TESTING_TECHNOLOGY: fit("quick, in any length, with season and daily profile"),
    },
    capabilities=Capabilities(single=False, panel=True, kinds=("integer", "number")),
    weaknesses=(
        "The bootstrap assumes a stationary series {cite:p}`kunsch1989`: take trend and "
        "season out first, put them back afterwards.",
        "Blocks are joined without regard to what comes next; random lengths make the result "
        "stationary {cite:p}`politis1994` but do not hide the joins.",
        "The length of a block sets what is kept and what is copied, both at once.",
        "Series of one household or firm are resampled one by one; relations between series "
        "need the same blocks for all.",
    ),
    implementation="none as a synthesizer; parts are in statsmodels (seasonal and ARIMA models)",
    licence="BSD-3-Clause (statsmodels)",
)
