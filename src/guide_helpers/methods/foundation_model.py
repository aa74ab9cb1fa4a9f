"""Pre-trained models of tables used as generators."""

from __future__ import annotations

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, conditional, unfit

CARD = MethodCard(
    title="Tabular foundation models (TabPFN, TabICL)",
    summary=(
        "Hands the records to a network that was trained on very many invented tables and "
        "draws new ones, column after column or by following its energy, without fitting "
        "anything."
    ),
    family="deep generative",
    origin=("hollmann2025", "ma2024"),
    inputs="the records of one small table, which the model keeps in view",
    sources=("hollmann2025", "ma2024", "qu2025", "byun2025"),
    status=Status.IN_RESEARCH,
    suits={
        UseCase.PUBLIC_RELEASE: unfit(
            "among the leakiest generators of a comparison on 35 tables {cite:p}`byun2025`"
        ),
        UseCase.TESTING_ANALYSIS: conditional(
            "for small tables, where others have too little to learn from; not yet studied "
            "for estimates"
        ),
        UseCase.EDUCATION: unfit("the file gives away members, and a teaching file is public"),
        UseCase.TESTING_TECHNOLOGY: unfit("a download of weights for what a dummy file does"),
    },
    capabilities=Capabilities(missing=True),
    weaknesses=(
        "The records are part of the input of every draw; membership attacks found more than "
        "for networks trained on the data {cite:p}`byun2025`.",
        "Made for prediction; TabICL is a classifier {cite:p}`qu2025`, and drawing from it "
        "is an addition of others.",
        "The weights are downloaded and have terms of use of their own, apart from the "
        "licence of the code.",
        "Memory grows with the number of records: TabPFN does best with up to about 10,000 "
        "{cite:p}`qu2025`.",
    ),
    implementation="tabpfn 9.2.0; tabicl 2.2.0",
    licence="Apache-2.0 (code of tabpfn; weights have their own terms); BSD (tabicl)",
)
