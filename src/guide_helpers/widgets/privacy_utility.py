"""The privacy-utility explorer: what an epsilon costs a file, and what it keeps from an attack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pandas as pd

from guide_helpers import figures
from guide_helpers.cards import Null
from guide_helpers.errors import GuideError
from guide_helpers.results import Risk, Score
from guide_helpers.schema import Data, Dataset
from guide_helpers.verbs import attack, compare
from guide_helpers.widgets.lab import Control, Lab
from guide_helpers.widgets.recipes import Recipe, alone, made
from guide_helpers.widgets.view import View, paragraph, table

TEACHING = "Teaching runs: their noise comes from a seed, so none of these files makes a claim."


def privacy_utility(
    data: Mapping[str, tuple[Dataset, Dataset]],
    *,
    methods: Mapping[str, Recipe],
    beside: Mapping[str, Recipe],
    epsilons: Sequence[float] = (0.1, 0.3, 1.0, 3.0, 10.0),
    runs: int = 5,
    knowledge: int = -1,
    draws: int = 16,
    seed: int = 1,
) -> Lab:
    """Return a lab of methods with a privacy claim, at several epsilons, on several data sets.

    `data` gives an original and a control of each data set. The score is the distance of tables
    of two variables over `runs` runs with noise of their own. The attack is the only match, on
    the people who are alone with their values within their group; the attacker knows all
    variables but the last (`knowledge` of them). Methods `beside` take no epsilon.
    """
    if not methods or runs < 2:
        raise GuideError("the explorer needs a method and at least 2 runs of each")

    @cache
    def files(name: str, method: str, epsilon: float | None) -> list[Data]:
        given = (methods if epsilon is not None else beside)[method]
        spent = {} if epsilon is None else {"epsilon": epsilon}
        several = (made(data[name][0], given, seed=seed + i, **spent) for i in range(runs))
        return [one.first for one in several]

    @cache
    def score(name: str, method: str, epsilon: float | None) -> Score:
        asked: dict[str, Any] = {"measures": "marginal_distance", "ways": (2,), "draws": draws}
        nulls = [Null.CORRECT_MODEL, Null.FRESH_SAMPLE]
        (found,) = compare(data[name][0], files(name, method, epsilon), nulls=nulls, **asked)
        return found

    @cache
    def risk(name: str, method: str, epsilon: float | None) -> Risk:
        original, control = data[name]
        return attack(
            files(name, method, epsilon),
            original=original,
            control=control,
            attack="unique_match",
            knowledge=original.schema.names[:knowledge],
            targets=alone(original, original.schema.names),
            control_targets=alone(control, control.schema.names),
            seed=seed,
        )

    def shown(name: str, method: str, epsilon: float) -> View:
        found = {b: (score(name, b, None), risk(name, b, None)) for b in beside}
        drawn = figures.tradeoff(
            {m: {e: score(name, m, e) for e in epsilons} for m in methods},
            {m: {e: risk(name, m, e) for e in epsilons} for m in methods},
            chosen=(method, epsilon),
            beside=found,
            title=f"{name}: {method}, epsilon {epsilon:g} (teaching runs)",
        )
        here = {
            f"{method}, epsilon {epsilon:g}": (
                score(name, method, epsilon),
                risk(name, method, epsilon),
            )
        }
        words = f"{name}. {drawn.layout.meta['alt']} {TEACHING}"
        return View(words, drawn, (_table(here | found), paragraph(TEACHING)))

    return Lab(
        (
            Control("Data", tuple(data), scale=False),
            Control("Method", tuple(methods), scale=False),
            Control(
                "Epsilon",
                tuple(epsilons),
                [f"{e:g}" for e in epsilons],
                len(epsilons) // 2,
            ),
        ),
        shown,
        "What does an epsilon buy? (teaching runs)",
    )


def _table(found: Mapping[str, tuple[Score, Risk]]) -> str:
    lines = []
    for name, (score, risk) in found.items():
        row, runs = risk.table_row(), [100 * v for v in score.by_copy]
        off = f"{100 * score.value:.2f} ({min(runs):.2f} to {max(runs):.2f})"
        told = row["excess %"], row["rate %"], row["control rate %"]
        lines.append((name, off, *told))
    columns = ["file", "off, %", "excess", "right: members", "right: outsiders"]
    return table(pd.DataFrame(lines, columns=columns), "Tables of two variables, and the attack")
