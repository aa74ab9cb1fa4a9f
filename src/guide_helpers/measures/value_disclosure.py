"""Replicated uniques whose confidential value comes back, or nearly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers.cards import (
    Aspect,
    Better,
    MeasureCard,
    Null,
    Rung,
    Scope,
    UseCase,
    card,
    conditional,
    fit,
)
from guide_helpers.errors import GuideError
from guide_helpers.measures._encode import numbers, special_codes
from guide_helpers.measures._keys import (
    KEY,
    UNDER_PRIVACY,
    Bins,
    Files,
    chosen_keys,
    chosen_sensitive,
    column,
    holders,
    percent,
    said_of_bins,
    scored,
)
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Value disclosure",
        summary=(
            "Share of original records that are replicated uniques and whose confidential value "
            "in the synthetic file is within p per cent of their own."
        ),
        sources=("raab2024", "hundepool2024"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("counts the people whose value could be read off"),
            UseCase.TESTING_ANALYSIS: fit("the same, for the users of a secure room"),
            UseCase.EDUCATION: conditional("worth it where students may take the file home"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "only where the test file keeps relations between variables"
            ),
        },
        aspect=Aspect.RISK,
        rung=Rung.ATTRIBUTE,
        scope=Scope.NARROW,
        unit="% of original records",
        bounds=(0.0, 100.0),
        better=Better.LOWER,
        null=Null.FRESH_SAMPLE,
        reading_maker=(
            "The share that the p% rule would call disclosed, among those whom somebody could "
            "point at. It falls with p; p is for your office to set, not for this page. The table "
            "gives several. Inside the band, strangers come as near."
        ),
        reading_user=(
            "For so many people, the one record with their keys shows nearly their own amount. "
            "You cannot tell for which."
        ),
        cannot_see=(
            "values that are common, 0 above all, and right for anybody; amounts learned from "
            "groups instead of single records; and whether p suits the variable"
        ),
        under_privacy=UNDER_PRIVACY,
    )
)
def value_disclosure(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    p: float = 10.0,
    keys: Sequence[str] | None = None,
    sensitive: str | Sequence[str] | None = None,
    bins: Bins = None,
    control: Dataset | None = None,
    nulls: Sequence[Null | str] = (),
    draws: int = 16,
) -> list[Score]:
    """Return the share of disclosed values in per cent, for each sensitive variable.

    A value is disclosed where one unit of the original and one of the synthetic file have a
    combination of keys, and the synthetic value y is within p % of the original value x, that is
    |y - x| <= p/100 |x|. Levels, special codes and missing values are disclosed where they are
    equal, dates on the same day. `details` counts the disclosed at p, p/2, p/10 and 0. Of a unit
    with several rows of these keys, the last row counts. Options as for `uniques`.
    """
    if p < 0:
        raise GuideError(f"p={p} is negative; 0 asks for equal values")
    names = chosen_keys(original, keys)
    targets = chosen_sensitive(original, sensitive, names)
    files = Files(original, synthetic, control)
    key, size = files.combined(names, bins)
    columns = {KEY: key}
    for name in targets:
        columns[name], columns[_state(name)] = _values_of(files, name)
    coded = files.coded(columns)
    slack = {n: p if original.schema[n].numeric else 0.0 for n in targets}

    def values(one: Dataset, other: Dataset) -> dict[str, float]:
        pairs = _pairs(one, other, size)
        share = 100 / len(one)
        return {n: share * float(_near(one, other, pairs, n, slack[n]).sum()) for n in targets}

    old, new, _ = coded
    pairs = _pairs(old, new, size)
    tables = {n: _by_slack(old, new, pairs, n, slack[n]) for n in targets}
    note = f"p = {p:g}; {len(pairs[0]):,} replicated uniques "
    note += f"({percent(np.isin(np.arange(len(old)), pairs[0])):.3g} % of records). "
    more: dict[str, Any] = {"details": tables, "nulls": nulls, "draws": draws}
    note += said_of_bins(original, names, bins)
    return scored("value_disclosure", values, coded, rng=rng, note=note, **more)


def _state(name: str) -> str:
    return f"{name}, state"


def _values_of(files: Files, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return quantities (0 where there is none) and states: 0 a quantity, else what there is."""
    variable = files.original.schema[name]
    if variable.discrete:
        codes, _ = files.codes(name)
        return np.zeros(len(codes)), codes + 1
    values = np.concatenate([numbers(part.rows[name]) for part in files.parts])
    if not variable.numeric:
        values = np.floor(values / 86_400)
    states = special_codes(variable, values)
    return np.where(states == 0, values, 0.0), states


def _pairs(one: Dataset, other: Dataset, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of replicated uniques in both files, one row for each unit."""
    both = (holders(one, size) == 1) & (holders(other, size) == 1)
    rows = []
    for data in (one, other):
        last = np.zeros(size, dtype=np.int64)
        last[column(data)] = np.arange(len(data))
        rows.append(last[both])
    return rows[0], rows[1]


def _near(
    one: Dataset, other: Dataset, pairs: tuple[np.ndarray, np.ndarray], name: str, p: float
) -> np.ndarray:
    mine, theirs = column(one, name)[pairs[0]], column(other, name)[pairs[1]]
    same: np.ndarray = column(one, _state(name))[pairs[0]] == column(other, _state(name))[pairs[1]]
    near: np.ndarray = np.abs(theirs - mine) <= p / 100 * np.abs(mine) * (1 + 1e-12)
    both: np.ndarray = same & near
    return both


def _by_slack(
    one: Dataset, other: Dataset, pairs: tuple[np.ndarray, np.ndarray], name: str, p: float
) -> pd.DataFrame:
    limits = list(dict.fromkeys([p, p / 2, p / 10, 0.0]))
    counts = [int(_near(one, other, pairs, name, limit).sum()) for limit in limits]
    index = pd.Index([f"{limit:g} %" for limit in limits], name="within")
    shares = [100 * c / len(one) for c in counts]
    return pd.DataFrame({"records": counts, "% of original records": shares}, index=index)
