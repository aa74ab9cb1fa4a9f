"""Generative networks trained under differential privacy."""

from __future__ import annotations

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, unfit

CARD = MethodCard(
    title="Differentially private GAN (DPGAN, DP-CTGAN, PATE-GAN)",
    summary=(
        "Trains a generator against a critic that sees the records through noise only, by "
        "noisy gradients or by noisy votes of critics on parts of the file."
    ),
    family="differential privacy, deep",
    origin=("xie2018", "jordon2019", "rosenblatt2020"),
    inputs="the records of one table",
    sources=(
        "xie2018",
        "jordon2019",
        "rosenblatt2020",
        "tao2021",
        "ganev2025pategan",
        "annamalai2024",
    ),
    status=Status.IN_RESEARCH,
    suits={
        UseCase.PUBLIC_RELEASE: unfit(
            "at a budget that protects, methods that count margins are closer "
            "{cite:p}`tao2021`, and published programs leak more than they claim "
            "{cite:p}`ganev2025pategan`"
        ),
        UseCase.TESTING_ANALYSIS: unfit("relations are too rough, and two runs differ"),
        UseCase.EDUCATION: unfit("noisy counts are as safe, closer and explained in an hour"),
        UseCase.TESTING_TECHNOLOGY: unfit(
            "right format, but a dummy file gives it without training and without a budget"
        ),
    },
    capabilities=Capabilities(formal_privacy=True),
    weaknesses=(
        "In a benchmark of private synthesizers methods that measure margins came first, and "
        "some others did not beat simple baselines {cite:p}`tao2021`.",
        "Six published implementations of PATE-GAN, three of them by its authors, did not "
        "reach the utility of the paper, and all leaked more than they claimed "
        "{cite:p}`ganev2025pategan`.",
        "An audit found a violation unknown before in DPWGAN, an entry of this family to the "
        "NIST challenge, and known ones in four of the six programs that it tried "
        "{cite:p}`annamalai2024`.",
        "Levels, bounds and scaling are often read from the records before the noise starts; "
        "they belong in the budget {cite:p}`annamalai2024`.",
        "The budget pays for steps of training, and when to stop is itself a question to the "
        "records.",
    ),
    implementation=(
        "smartnoise-synth 1.0.8 (dpctgan, patectgan and others); synthcity 0.2.12 (dpgan, pategan)"
    ),
    licence="MIT (smartnoise-synth); Apache-2.0 (synthcity)",
)
