"""Trips and trajectories under differential privacy for the person or device."""

from __future__ import annotations

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, conditional, fit

CARD = MethodCard(
    title="Private mobility (origin-destination tables, PrivTrace, AdaTrace, LDPTrace)",
    summary=(
        "Counts moves between cells of a map with noise, once for each person or device, and "
        "draws trips or whole trajectories from the counts."
    ),
    family="mobility",
    origin=("machanavajjhala2008", "he2015"),
    inputs="trips or trajectories of persons or devices, and a public grid",
    sources=("machanavajjhala2008", "he2015", "gursoy2018", "wang2022privtrace", "du2023"),
    status=Status.IN_USE,
    used_by=(
        "the United States Census Bureau's OnTheMap draws the home blocks of commuters from "
        "a model with a variant of the guarantee {cite:p}`machanavajjhala2008`"
    ),
    suits={
        UseCase.PUBLIC_RELEASE: fit(
            "the guarantee covers all trips of a person where it is stated for the person or "
            "device; say the grid, the time step and what was cut off"
        ),
        UseCase.TESTING_ANALYSIS: conditional(
            "flows between large cells are good, chains of several stops are not"
        ),
        UseCase.EDUCATION: fit("safe to hand out, and a lesson in what a privacy unit is"),
        UseCase.TESTING_TECHNOLOGY: conditional(
            "where a mechanistic model without any records will not do"
        ),
    },
    capabilities=Capabilities(
        single=False,
        panel=True,
        formal_privacy=True,
        kinds=("categorical", "integer", "number", "datetime"),
    ),
    weaknesses=(
        "A guarantee for the row protects one trip, not the person; ask for the unit first.",
        "To bound what one device adds, long trajectories are cut, and frequent travellers "
        "are under-represented.",
        "Markov models of first and second order {cite:p}`wang2022privtrace` forget where a "
        "trip began.",
        "With noise added on each device {cite:p}`du2023` no centre is needed, and many more "
        "devices are.",
    ),
    implementation="none maintained; research code of the authors",
    licence="see the repositories; Apache-2.0 (LDPTrace)",
)
