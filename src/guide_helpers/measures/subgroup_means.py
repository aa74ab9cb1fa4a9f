"""How far the mean of a variable lies off in each group, in the group's own standard errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    fit,
    unfit,
)
from guide_helpers.errors import GuideError
from guide_helpers.intervals import Interval, normal_quantile
from guide_helpers.measures._encode import measured, special_codes
from guide_helpers.measures._groups import chosen
from guide_helpers.measures._groups import groups as grouped
from guide_helpers.results import NullBand, Score
from guide_helpers.schema import Dataset, Role, Variable

REACH = normal_quantile(0.95)
APART = 2 * REACH
"""What a group counts that the synthetic file lacks: two intervals that no longer meet."""
SIMULATED = 20_000


@card(
    MeasureCard(
        title="Means of subgroups",
        summary=(
            "Distance between the group means of a variable in the two files, in each group's "
            "standard error, on average over the groups."
        ),
        sources=("raab2016",),
        suits={
            UseCase.PUBLIC_RELEASE: fit("users compare groups; the unit is their own error"),
            UseCase.TESTING_ANALYSIS: fit("for an analysis that compares groups"),
            UseCase.EDUCATION: fit("means and standard errors are first-year matter"),
            UseCase.TESTING_TECHNOLOGY: unfit("no conclusion is drawn from a test file"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.SUBGROUPS,
        scope=Scope.NARROW,
        unit="standard errors of the group's mean",
        bounds=(0.0, None),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "0.80 is a correct synthesis of the original's size, 1.13 another sample, whatever "
            "the groups' sizes. Above the band, the table names the groups that are off, with "
            "their numbers: a method that smooths draws small groups to the mean of all."
        ),
        reading_user=(
            "The mean of a group is off by about this many of its own standard errors because the "
            "file is synthetic. In a small group one standard error may be all you want to show."
        ),
        cannot_see=(
            "anything but the mean; groups below the smallest size; survey weights; a small bias "
            "of all groups, where each is too small to show it"
        ),
        under_privacy=(
            "privacy noise is no part of the null: small groups of a file with a claim are "
            "expected above the band"
        ),
    )
)
def subgroup_means(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    variable: str | None = None,
    groups: str | Sequence[str] | None = None,
    smallest: int = 30,
) -> list[Score]:
    """Return, for each grouping variable, the mean of |difference of means| / standard error.

    `variable` is numeric, or discrete: then it is the share of the level that is commonest in the
    original. By default it is the first sensitive variable, else the last of the table. `groups`
    names grouping variables, by default the key variables; numeric ones are cut at quartiles.
    Groups with fewer than `smallest` original records are left out and counted in `note`. A group
    without synthetic records counts as 3.92.

    The standard error is the original's for the group, by privacy unit. With n₁ and n₂ records in
    all, a group's difference is Normal(0, n₁/n₂) under a correct synthesis in that unit, so the
    mean absolute value is sqrt(2/π) = 0.798 for files of one size, and 1.128 for a fresh sample.
    The bands take groups as independent. `details` holds a line a group.
    """
    about = _about(original, variable)
    made = [v for v in chosen(original, groups, "groups") if v.name != about.name]
    if not made:
        raise GuideError(f"no variable besides {about.name!r} makes groups; name one in groups")
    ratio = original.n_units / synthetic.n_units
    scores = [_score(original, synthetic, v, about, smallest, ratio, rng) for v in made]
    found = [s for s in scores if s is not None]
    if not found:
        raise GuideError(
            f"no group of {made[0].name!r} has {smallest} original records with a varying "
            f"{about.name!r}; lower smallest or name other groups"
        )
    return found


def _about(data: Dataset, name: str | None) -> Variable:
    every = [v for v in measured(data) if v.role is not Role.WEIGHT and _has_mean(v)]
    if name is None:
        sensitive = [v for v in every if v.role is Role.SENSITIVE]
        if not every:
            raise GuideError("no variable of the table has a mean; nothing to compare")
        return (sensitive or every[-1:])[0]
    if not _has_mean(data.schema[name]) or data.schema[name] not in measured(data):
        raise GuideError(f"variable={name!r} has no mean; name a numeric or discrete one")
    return data.schema[name]


def _has_mean(variable: Variable) -> bool:
    return variable.numeric or variable.discrete


def _score(
    original: Dataset,
    synthetic: Dataset,
    by: Variable,
    about: Variable,
    smallest: int,
    ratio: float,
    rng: np.random.Generator,
) -> Score | None:
    found = grouped(by, original, synthetic)
    level = _commonest(original, about)
    old = _means(found.original, original, about, level, len(found.names))
    new = _means(found.synthetic, synthetic, about, level, len(found.names))
    large = (old.sizes >= smallest) & (old.errors > 0)
    if not large.any():
        return None
    apart = (new.means - old.means)[large] / old.errors[large]
    away = np.nan_to_num(apart, nan=APART)
    value, n = float(np.abs(away).mean()), len(away)
    drawn = np.abs(rng.standard_normal((SIMULATED, n))).mean(axis=1)
    reach = REACH * (ratio / n) ** 0.5
    return Score(
        measure="subgroup_means",
        variant=f"{_words(about, level)} by {by.name}",
        value=value,
        interval=Interval(max(0.0, value - reach), value + reach, "sampling noise of one copy"),
        bands=tuple(
            _band(null, variance, drawn)
            for null, variance in ((Null.CORRECT_MODEL, ratio), (Null.FRESH_SAMPLE, 1 + ratio))
        ),
        details=_details(found.names, old, new, large),
        note=_note(np.array(found.names)[large], away, int((old.sizes > 0).sum()) - n, smallest),
    )


def _commonest(data: Dataset, about: Variable) -> object | None:
    """Return the level whose share stands for the mean of a discrete variable."""
    if not about.discrete:
        return None
    counts = data.rows[about.name].value_counts()
    return counts.index[0] if len(counts) else None


@dataclass(frozen=True)
class Means:
    """Number of values, mean and standard error in each group."""

    sizes: np.ndarray
    means: np.ndarray
    errors: np.ndarray


def _means(
    codes: np.ndarray, data: Dataset, about: Variable, level: object | None, size: int
) -> Means:
    column = data.rows[about.name]
    if about.discrete:
        values, plain = (column == level).to_numpy(dtype=float), column.notna().to_numpy()
    else:
        values = column.to_numpy(dtype=float)
        plain = special_codes(about, values) == 0
    codes, values, units = codes[plain], values[plain], data.units[plain]
    n = np.bincount(codes, minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.bincount(codes, values, minlength=size) / n
        return Means(n, means, _errors(codes, values - means[codes], units, n))


def _errors(codes: np.ndarray, apart: np.ndarray, units: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Return standard errors of group means, with the records of a unit taken together."""
    every = int(units.max(initial=0)) + 1
    both, place = np.unique(codes * every + units, return_inverse=True)
    of_group = both // every
    clusters = np.bincount(of_group, minlength=len(n))
    squares = np.bincount(of_group, np.bincount(place, apart) ** 2, minlength=len(n))
    found: np.ndarray = np.sqrt(squares * clusters / np.maximum(clusters - 1, 0)) / n
    return np.where(clusters > 1, found, 0.0)


def _words(about: Variable, level: object | None) -> str:
    return f"share of {about.name}: {level}" if about.discrete else f"mean of {about.name}"


def _band(null: Null, variance: float, drawn: np.ndarray) -> NullBand:
    low, high = variance**0.5 * np.quantile(drawn, [0.025, 0.975])
    return NullBand(null, (2 / np.pi * variance) ** 0.5, float(low), float(high), 0)


def _details(names: tuple[str, ...], old: Means, new: Means, large: np.ndarray) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "group": np.array(names)[large],
            "records": old.sizes[large],
            "synthetic records": new.sizes[large],
            "original": old.means[large],
            "standard error": old.errors[large],
            "synthetic": new.means[large],
        }
    )
    away = (table["synthetic"] - table["original"]) / table["standard error"]
    order = away.abs().sort_values(ascending=False, na_position="first").index
    return table.assign(**{"in standard errors": away}).loc[order].reset_index(drop=True)


def _note(names: np.ndarray, away: np.ndarray, left_out: int, smallest: int) -> str:
    worst = int(np.abs(away).argmax())
    words = f"{len(names)} groups; furthest off is {str(names[worst])!r} with {away[worst]:+.2f}."
    if left_out:
        words += f" Left out, of fewer than {smallest} records or without variation: {left_out}."
    return words
