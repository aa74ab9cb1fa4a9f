"""Whether the difference between groups comes out as large as in the original."""

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
from guide_helpers.measures._groups import SHOWN, Groups, chosen
from guide_helpers.measures._groups import groups as grouped
from guide_helpers.results import NullBand, Score
from guide_helpers.schema import Dataset, Variable

REACH = normal_quantile(0.95)
APART = 2 * REACH


@card(
    MeasureCard(
        title="Difference between two groups",
        summary=(
            "How far the difference between two groups' means in the synthetic file lies from the "
            "original's, in the standard error of that difference."
        ),
        sources=("bhanot2021", "ganev2022"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("gaps between groups are what such files are asked for"),
            UseCase.TESTING_ANALYSIS: fit("for an analysis of inequality or discrimination"),
            UseCase.EDUCATION: fit("a gap between two groups is easy to talk about"),
            UseCase.TESTING_TECHNOLOGY: unfit("no conclusion is drawn from a test file"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.SUBGROUPS,
        scope=Scope.NARROW,
        unit="standard errors of the difference",
        bounds=(None, None),
        better=Better.NEAR_NULL,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "0 is the original's difference; below the band, the synthetic file has shrunk it or "
            "turned it round, above, it has widened it. Methods that smooth shrink differences. "
            "The table gives both differences in the variable's own unit."
        ),
        reading_user=(
            "Below the band, the gap between these groups is larger in the original than what you "
            "see here: do not conclude that there is none."
        ),
        cannot_see=(
            "any other pair of groups or statistic; whether the gap is explained by something "
            "else; survey weights"
        ),
        under_privacy=(
            "privacy noise is no part of the null: expect a file with a claim outside its band"
        ),
    )
)
def group_difference(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    variable: str | None = None,
    groups: str | Sequence[str] | None = None,
    pair: tuple[str, str] | None = None,
) -> list[Score]:
    """Return, for each grouping variable, how two groups' difference of means has changed.

    `variable` and `groups` are those of `subgroup_means`; `pair` names two groups of each, by
    default the two with the most original records. The value is positive where the synthetic
    difference is greater than the original's in the same direction, negative where it is smaller
    or turned round, in standard errors of the original's difference.

    Under a correct synthesis it is Normal(0, n₁/n₂), and Normal(0, 1 + n₁/n₂) for a fresh sample.
    A group that the synthetic file lacks counts as -3.92.
    """
    del rng
    target = about(original, variable)
    wanted = chosen(original, groups, "groups", besides=target.name)
    made = [v for v in wanted if v.name != target.name]
    if not made:
        raise GuideError(f"no variable besides {target.name!r} makes groups; name one in groups")
    scores = [_score(original, synthetic, v, target, pair) for v in made]
    found = [s for s in scores if s is not None]
    if not found:
        raise GuideError(
            f"{made[0].name!r} has no two groups of {SHOWN} original records in which "
            f"{target.name!r} varies; name other groups"
        )
    return found


def _score(
    original: Dataset,
    synthetic: Dataset,
    by: Variable,
    target: Variable,
    pair: tuple[str, str] | None,
) -> Score | None:
    found = grouped(by, original, synthetic)
    old, new, words = group_means(found, original, synthetic, target)
    two = _two(found, old, pair)
    if two is None:
        return None
    before, after = (float(m.means[two[0]] - m.means[two[1]]) for m in (old, new))
    error = float(np.hypot(*old.errors[list(two)]))
    sign = 1.0 if before >= 0 else -1.0
    value = -APART if np.isnan(after) else sign * (after - before) / error
    ratio = original.n_units / synthetic.n_units
    names = [found.names[i] for i in two]
    reach = REACH * ratio**0.5
    return Score(
        measure="group_difference",
        variant=f"{words} by {by.name}",
        value=value,
        interval=Interval(value - reach, value + reach, "sampling noise of one copy"),
        bands=tuple(
            NullBand(null, 0.0, -REACH * variance**0.5, REACH * variance**0.5, 0)
            for null, variance in ((Null.CORRECT_MODEL, ratio), (Null.FRESH_SAMPLE, 1 + ratio))
        ),
        details=_details(names, list(two), old, new, before, after),
        note=_note(names, before, after, error),
    )


def _two(found: Groups, old: Means, pair: tuple[str, str] | None) -> tuple[int, int] | None:
    usable = np.where((old.errors > 0) & (old.sizes >= SHOWN), old.sizes, 0)
    if pair is None:
        first, second = np.argsort(-usable, kind="stable")[:2]
        return (int(first), int(second)) if usable[second] else None
    if len(set(pair)) != 2 or not set(pair) <= set(found.names):
        known = ", ".join(found.names)
        raise GuideError(f"pair={tuple(pair)} does not name two groups of {known}")
    first, second = (found.names.index(name) for name in pair)
    return (first, second) if usable[first] and usable[second] else None


def _details(
    names: list[str],
    two: list[int],
    old: Means,
    new: Means,
    before: float,
    after: float,
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "group": [*names, "difference"],
            "records": [*old.sizes[two], old.sizes[two].sum()],
            "synthetic records": [*new.sizes[two], new.sizes[two].sum()],
            "original": [*old.means[two], before],
            "standard error": [*old.errors[two], float(np.hypot(*old.errors[two]))],
            "synthetic": [*new.means[two], after],
        }
    )


def _note(names: list[str], before: float, after: float, error: float) -> str:
    made = "none" if np.isnan(after) else f"{after:.4g}"
    return (
        f"{names[0]!r} less {names[1]!r}: {before:.4g} in the original (standard error "
        f"{error:.2g}), {made} in the synthetic file."
    )
