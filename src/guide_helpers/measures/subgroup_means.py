"""How far the mean of a variable lies off in each group, in the group's own standard errors."""

from __future__ import annotations

from collections.abc import Sequence

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
from guide_helpers.measures._group_means import Means, about, group_means
from guide_helpers.measures._groups import chosen
from guide_helpers.measures._groups import groups as grouped
from guide_helpers.results import NullBand, Score
from guide_helpers.schema import Dataset, Variable

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
        sources=("bhanot2021",),
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
    target = about(original, variable)
    wanted = chosen(original, groups, "groups", besides=target.name)
    made = [v for v in wanted if v.name != target.name]
    if not made:
        raise GuideError(f"no variable besides {target.name!r} makes groups; name one in groups")
    ratio = original.n_units / synthetic.n_units
    scores = [_score(original, synthetic, v, target, smallest, ratio, rng) for v in made]
    found = [s for s in scores if s is not None]
    if not found:
        raise GuideError(
            f"no group of {made[0].name!r} has {smallest} original records with a varying "
            f"{target.name!r}; lower smallest or name other groups"
        )
    return found


def _score(
    original: Dataset,
    synthetic: Dataset,
    by: Variable,
    target: Variable,
    smallest: int,
    ratio: float,
    rng: np.random.Generator,
) -> Score | None:
    found = grouped(by, original, synthetic)
    old, new, words = group_means(found, original, synthetic, target)
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
        variant=f"{words} by {by.name}",
        value=value,
        interval=Interval(max(0.0, value - reach), value + reach, "sampling noise of one copy"),
        bands=tuple(
            _band(null, variance, drawn)
            for null, variance in ((Null.CORRECT_MODEL, ratio), (Null.FRESH_SAMPLE, 1 + ratio))
        ),
        details=_details(found.names, old, new, large),
        note=_note(np.array(found.names)[large], away, int((old.sizes > 0).sum()) - n, smallest),
    )


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
