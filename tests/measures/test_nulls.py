"""Every measure against its nulls: files of a kind fall where its bands say, 95 times in 100.

Measures whose null is a formula are held to the formula in their own modules, with 200 draws.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, compare
from guide_helpers.cards import DataKind, Null
from guide_helpers.catalogue import entries
from guide_helpers.measures import _judged
from guide_helpers.schema import Dataset, Kind, Provenance, Role, Schema, Variable

DRAWS = 60
UNITS = 250
CARRIED_ON = {"marginal_distance": 0.04, "likelihood_ratio": 0.1}
"""Measures whose fresh-sample band is carried on in sparse tables, and to which share rightly."""
BY_FORMULA = {
    "ci_overlap",
    "coefficient_difference",
    "combined_estimates",
    "lack_of_fit",
    "propensity_mse",
}
PUBLIC = Provenance.PUBLIC
PEOPLE = Schema(
    (
        Variable("age", Kind.INTEGER, Role.KEY, bounds=(16, 90), bounds_from=PUBLIC),
        Variable("region", Kind.CATEGORICAL, Role.KEY, levels=tuple("nesw"), levels_from=PUBLIC),
        Variable("education", Kind.ORDERED, Role.KEY, levels=("low", "middle", "high")),
        Variable("ill", Kind.CATEGORICAL, Role.SENSITIVE, levels=("no", "yes")),
        Variable("income", Kind.NUMBER, Role.SENSITIVE),
    )
)


def draw_people(n: int, rng: np.random.Generator) -> Dataset:
    """Draw people of one population, in whom everything depends on something."""
    education = rng.choice(3, n, p=[0.3, 0.5, 0.2])
    age = rng.integers(16, 91, n)
    income = np.exp(rng.normal(6.5 + 0.5 * education, 0.4)).round(2)
    rows = {
        "age": age,
        "region": rng.choice(list("nesw"), n),
        "education": np.array(["low", "middle", "high"])[education],
        "ill": np.where(rng.random(n) < age / 120, "yes", "no"),
        "income": np.where(rng.random(n) < 0.1, np.nan, income),
    }
    return Dataset.of(pd.DataFrame(rows), PEOPLE, name="people")


MEASURES = {
    slug: e.card
    for slug, e in entries("measures").items()
    if e.runs and DataKind.TABLE in e.card.data and not e.card.needs and slug not in BY_FORMULA
}


@pytest.mark.validation
@pytest.mark.parametrize("slug", list(MEASURES))
@pytest.mark.parametrize("null", [Null.CORRECT_MODEL, Null.FRESH_SAMPLE], ids=lambda n: n.value)
def test_files_of_a_kind_fall_within_its_band_about_95_times_in_100(
    slug, null, monkeypatch, record_property
):
    """The tolerance is four Monte-Carlo standard errors of 95 %."""
    if null is Null.CORRECT_MODEL:  # its bands need no standard errors
        monkeypatch.setattr(_judged, "_errors", lambda *_: {})
    rng = np.random.default_rng(20260)
    inside: dict[str, list[bool]] = {}
    apart: dict[str, list[float]] = {}
    levels: dict[str, list[float]] = {}
    for seed in range(DRAWS):
        original, control, fresh = (draw_people(UNITS, rng) for _ in range(3))
        drawn = rng.integers(0, UNITS, UNITS)
        correct = replace(original, rows=original.rows.iloc[drawn].reset_index(drop=True))
        file = correct if null is Null.CORRECT_MODEL else fresh
        known = {"nulls": [null.value]} if "nulls" in _options(slug) else {}
        try:
            found = compare(original, file, measures=slug, control=control, seed=seed, **known)
        except GuideError:
            continue
        for score in found:
            band = next((b for b in score.bands if b.null is null), None)
            if band is None:
                continue
            name = score.variant or slug
            inside.setdefault(name, []).append(band.low - 1e-9 <= score.value <= band.high + 1e-9)
            apart.setdefault(name, []).append(score.value - band.mean)
            levels.setdefault(name, []).append(band.mean)
    for name, held in inside.items():
        if len(held) < DRAWS / 2:  # a group that few draws have
            continue
        record_property(f"{name}: inside", f"{sum(held)} of {len(held)}")
        gap, error = np.mean(apart[name]), np.std(apart[name], ddof=1) / len(held) ** 0.5
        record_property(f"{name}: mean less the band's mean", f"{gap:.3g} ± {error:.2g}")
        least = 0.95 - 4 * (0.95 * 0.05 / len(held)) ** 0.5
        said = f"{name}: {np.mean(held):.3f} within, {gap:.3g} ± {error:.2g}"
        near = slug in CARRIED_ON and abs(gap) <= CARRIED_ON[slug] * np.mean(levels[name])
        assert np.mean(held) >= least or near, said


def _options(slug: str) -> set[str]:
    from guide_helpers.verbs import _options_of

    return _options_of(entries("measures")[slug])
