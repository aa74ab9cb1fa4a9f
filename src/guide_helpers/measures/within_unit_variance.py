"""How much of a variable lies between units and how much within them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from guide_helpers.cards import (
    Aspect,
    Better,
    DataKind,
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
from guide_helpers.measures._judged import Reported, judged
from guide_helpers.measures._series import (
    coded,
    is_level,
    is_quantity,
    of_units,
    remembered,
    starts,
    variables_of,
)
from guide_helpers.results import Score
from guide_helpers.schema import Dataset, Variable


@card(
    MeasureCard(
        title="Share of variance between units",
        summary=(
            "Difference of the intraclass correlation: how much alike the rows of one person, "
            "household or firm are, on average over the variables."
        ),
        sources=("donner1986",),
        suits={
            UseCase.PUBLIC_RELEASE: fit("users cluster by unit; the design effect rests on this"),
            UseCase.TESTING_ANALYSIS: fit("fixed and random effects are this share"),
            UseCase.EDUCATION: conditional("where the course has multilevel models"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "what never changes within a unit must not change in a test file either"
            ),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.SERIES,
        scope=Scope.BROAD,
        unit="difference of shares of variance",
        bounds=(0.0, 2.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        data=(DataKind.PANEL,),
        reading_maker=(
            "Synthetic shares near zero mean that rows have been made without knowing whose they "
            "are; shares that are too high, that units were copied along. First give each unit "
            "its constants, then let the rows vary around them."
        ),
        reading_user=(
            "Far above its null: standard errors clustered by unit, random effects and every "
            "comparison of a unit with itself are those of another population."
        ),
        cannot_see=(
            "the order of the rows within a unit, and relations between variables; of a skewed "
            "quantity it sees little but the largest units"
        ),
    )
)
def within_unit_variance(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    variables: Sequence[str] | None = None,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> Score:
    """Return the mean absolute difference of intraclass correlations over the variables, 0 to 2.

    The estimator is that of the analysis of variance for groups of unequal size. Levels count by
    their indicators taken together: 1 where a level never changes within a unit, about 0 where
    rows of a unit are no more alike than any two. Missing values and special codes are left out.
    A variable that the synthetic file does not vary counts as 0. `details` holds both shares.

    References
    ----------
    Donner and Wells (1986), Biometrics 42, 401-412
    """
    of_units(original, "within_unit_variance")
    names = variables_of(original, variables, _either, "numeric or categorical variable")
    levels = [n for n in names if original.schema[n].discrete]
    numeric = [n for n in names if n not in levels]
    files = coded(original, synthetic, control, quantities=numeric, levels=levels)
    sizes = {n: len(found) for n, found in files.levels.items()}
    ask = remembered(lambda data: _shares(data, names, sizes), files.original)
    seen = ~np.isnan(ask(files.original))
    if not seen.any():
        raise GuideError("no variable varies in units of several rows; nothing to compare")

    def values(old: Dataset, new: Dataset) -> dict[str, float]:
        gap = _exact(ask(old)[seen]) - _exact(ask(new)[seen])
        return {"": float(np.abs(gap).mean())}

    table = pd.DataFrame(
        {
            "variable": np.array(names)[seen],
            "original": _exact(ask(files.original)[seen]),
            "synthetic": _exact(ask(files.synthetic)[seen]),
        }
    )
    table["difference"] = (table["original"] - table["synthetic"]).abs()
    table = table.sort_values("difference", ascending=False, ignore_index=True)
    (score,) = judged(
        "within_unit_variance",
        values,
        files.original,
        files.synthetic,
        rng=rng,
        reported={"": Reported(float(table["difference"].mean()), table, files.few)},
        control=files.control,
        draws=draws,
        nulls=nulls,
    )
    return score


def _either(variable: Variable) -> bool:
    return is_level(variable) or is_quantity(variable)


def _exact(shares: np.ndarray) -> np.ndarray:
    """Return shares without the last digits, which depend on the order of the rows."""
    found: np.ndarray = np.round(np.nan_to_num(shares), 12)
    return found


def _shares(data: Dataset, names: list[str], sizes: dict[str, int]) -> np.ndarray:
    """Return the share of variance between units of each variable, NaN where nothing varies."""
    units = np.repeat(np.arange(data.n_units), np.diff(np.append(starts(data.units), len(data))))
    return np.array(
        [
            _of_levels(data.rows[n].to_numpy(dtype=np.int64), units, sizes[n])
            if n in sizes
            else _of_numbers(data.rows[n].to_numpy(), units)
            for n in names
        ]
    )


def _of_numbers(values: np.ndarray, units: np.ndarray) -> float:
    known = ~np.isnan(values)
    values, units = values[known], units[known]
    if len(values) < 3:
        return float("nan")
    values = values - values.mean()
    counts = np.bincount(units)
    sums = np.bincount(units, values)
    between = float((sums**2 / np.maximum(counts, 1)).sum())
    return _intraclass(between, float((values**2).sum()), counts)


def _of_levels(codes: np.ndarray, units: np.ndarray, size: int) -> float:
    """Return the share over all indicators: sums of squares of the levels are added up."""
    known = codes < size
    codes, units = codes[known], units[known]
    if len(codes) < 3:
        return float("nan")
    counts = np.bincount(units)
    shares = np.bincount(codes, minlength=size) / len(codes)
    cells, times = np.unique(units * size + codes, return_counts=True)
    alike = float((times**2 / counts[cells // size]).sum())
    chance = len(codes) * float((shares**2).sum())
    return _intraclass(alike - chance, len(codes) - chance, counts)


def _intraclass(between: float, total: float, counts: np.ndarray) -> float:
    """Return the intraclass correlation from sums of squares; NaN where nothing varies."""
    counts = counts[counts > 0]
    rows, groups = int(counts.sum()), len(counts)
    if groups < 2 or rows <= groups or total <= 1e-12 * rows:
        return float("nan")
    usual = (rows - float((counts**2).sum()) / rows) / (groups - 1)
    among = between / (groups - 1)
    inside = max(0.0, total - between) / (rows - groups)
    return float(np.clip((among - inside) / (among + (usual - 1) * inside), -1, 1))
