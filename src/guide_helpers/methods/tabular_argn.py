"""TabularARGN: one network for the distribution of every column given any others."""

from __future__ import annotations

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, conditional

CARD = MethodCard(
    title="Autoregressive network (TabularARGN)",
    summary=(
        "Bins or codes every column, trains one network to give the distribution of each "
        "column from any set of others, and draws column after column, also along sequences."
    ),
    family="deep generative",
    origin=("tiwald2025",),
    inputs="the records of one table, of two linked ones or of sequences",
    sources=("tiwald2025",),
    status=Status.IN_RESEARCH,
    suits={
        UseCase.PUBLIC_RELEASE: conditional(
            "no guarantee by default; private training is an option whose bounds and levels "
            "must then be public; measure as for any other file"
        ),
        UseCase.TESTING_ANALYSIS: conditional(
            "close on large tables in its authors' comparisons; rules between columns are "
            "not kept, so check totals and ages"
        ),
        UseCase.EDUCATION: conditional(
            "an open licence and a short training time; the risk of the file decides"
        ),
        UseCase.TESTING_TECHNOLOGY: conditional(
            "also for linked tables and sequences, where a test needs realistic ones"
        ),
    },
    capabilities=Capabilities(linked=True, panel=True, missing=True),
    weaknesses=(
        "Rules between columns cannot be given; a user asked for them in issue 532 of the "
        "repository.",
        "Quantities are coded in bins or digits, so exact relations such as sums are lost.",
        "The comparisons are by the firm that makes it {cite:p}`tiwald2025`.",
        "Early stopping and a least count of levels limit copying; neither is a guarantee.",
    ),
    implementation="mostlyai 6.2.0 with its engine (PyTorch)",
    licence="Apache-2.0",
)
