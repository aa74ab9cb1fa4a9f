"""Neural generators of time series: TimeGAN, TimeVAE, Fourier flows."""

from __future__ import annotations

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, conditional, unfit

CARD = MethodCard(
    title="Neural time-series generators (TimeGAN, TimeVAE, Fourier flows)",
    summary=(
        "Trains a network on windows of equal length from many series and draws new windows "
        "from it."
    ),
    family="time series",
    made_for="series of sensors",
    origin=("yoon2019", "desai2021", "alaa2021"),
    inputs="many series of numbers, regular in time, cut into windows",
    sources=("yoon2019", "desai2021", "alaa2021"),
    status=Status.IN_RESEARCH,
    suits={
        UseCase.PUBLIC_RELEASE: unfit(
            "no guarantee; a household's load curve is as telling as its address"
        ),
        UseCase.TESTING_ANALYSIS: unfit(
            "windows are short: season, trend and calendar are longer than that"
        ),
        UseCase.EDUCATION: conditional(
            "to show what such models do; a block bootstrap is the baseline to beat"
        ),
        UseCase.TESTING_TECHNOLOGY: conditional(
            "short, plausible sequences in volume, after a look at the format"
        ),
    },
    capabilities=Capabilities(single=False, panel=True, kinds=("integer", "number")),
    weaknesses=(
        "Made for windows of fixed length; calendar, gaps and series of unequal length are lost.",
        "Three networks are trained against each other in TimeGAN {cite:p}`yoon2019`; two "
        "runs give different files, so judge over several seeds.",
        "No mixed tables: categories and personal attributes beside the series need another "
        "method.",
    ),
    implementation="synthcity 0.2.12 (timegan, timevae, fflows); tsgm 0.1.0",
    licence="Apache-2.0",
)
