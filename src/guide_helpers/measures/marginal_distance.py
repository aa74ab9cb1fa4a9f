"""Distance between the 1-way, 2-way and 3-way tables of the original and the synthetic file."""

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
    conditional,
    fit,
)
from guide_helpers.errors import GuideError
from guide_helpers.intervals import Interval, normal_quantile, student_quantile
from guide_helpers.measures._encode import all_cells, measured
from guide_helpers.measures._tables import (
    Distances,
    Draws,
    choose_tables,
    distances,
    draw_originals,
    equivalent_share,
)
from guide_helpers.results import NullBand, Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Distance of tables",
        summary=(
            "Share of records that would have to change cell for the synthetic tables to become "
            "the original ones, on average over all tables of one, two or three variables."
        ),
        sources=("voas2001", "raab2021", "sdnist2023"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("users will tabulate first; read 1-, 2- and 3-way"),
            UseCase.TESTING_ANALYSIS: conditional(
                "a broad first look; the analysis itself needs its own measure"
            ),
            UseCase.EDUCATION: fit("tables are what a course looks at, and the unit is plain"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "only 1-way: programs need plausible values, not relations"
            ),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.TABLES,
        standard=True,
        scope=Scope.BROAD,
        unit="share of records",
        bounds=(0.0, 1.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "Read the distance less its null, not the distance: more cells are more noise. A "
            "1-way misfit is a fault of single variables; if only the 2- and 3-way ones stand "
            "out, relations are lost. The table behind the score names the worst."
        ),
        reading_user=(
            "A table of your own is off by about this share of the records in all, on top of "
            "what another sample would change. Ask which tables are worst before you trust yours."
        ),
        cannot_see=(
            "relations of four and more variables, differences within a numeric bin, survey "
            "weights, and whether the file repeats real records"
        ),
    )
)
def marginal_distance(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    ways: Sequence[int] = (1, 2, 3),
    bins: int = 20,
    max_tables: int | None = 400,
    draws: int = 16,
    nulls: Sequence[Null | str] = (Null.CORRECT_MODEL, Null.FRESH_SAMPLE),
    subsample_share: float = 0.5,
) -> list[Score]:
    """Return, for each way, the mean total variation distance over the k-way tables.

    Half the sum over cells of the absolute difference of shares. Numeric variables are cut at
    quantiles of the original into at most `bins` cells, with ties, special values, missing values
    and what lies outside the original's range in cells of their own. Of more than `max_tables`
    tables a random part is measured. `details` holds one line a table, the worst first.

    Correct-model null: bootstraps of the original, of the synthetic file's size, by privacy unit.
    Fresh-sample null: the distance between two parts of the original that share no unit, which
    are two samples of the population, scaled to the files' sizes by the power of the size that
    smaller parts show. (One half against the other has about 1.4 times the noise of two files of
    the original's size. Two bootstraps would need no scaling, but share all combinations that the
    original happens to have, and come out too near each other in sparse tables. The scaling is
    right to about 3 % of the distance for one sparse table, and better for the mean of many.)
    Subsample null: a part of the original drawn without replacement; `note` gives the share that
    is as noisy as the file.

    The interval is that of another copy of the same size from the same synthesis. It takes the
    sign of each cell's difference as known, which makes it too wide where all is noise.
    """
    wanted = _nulls(nulls)
    if draws < 2 or not 0 < subsample_share < 1:
        raise GuideError(
            f"draws={draws} must be 2 or more, subsample_share={subsample_share} between 0 and 1"
        )
    most = len(measured(original))
    possible = [k for k in ways if 1 <= k <= most]
    if not possible:
        raise GuideError(f"ways={tuple(ways)} asks for no table that {most} variables can make")
    variables = all_cells(original, synthetic, bins)
    share = subsample_share if Null.SUBSAMPLE in wanted else None
    resampled = draw_originals(original.units, len(synthetic), draws, share, rng)
    scores = []
    for k in possible:
        tables = choose_tables(most, k, max_tables)
        found = distances(variables, tables, resampled)
        names = [" × ".join(variables[i].name for i in t) for t in tables]
        scores.append(_score(k, names, found, resampled, wanted, synthetic.units))
    return scores


def _nulls(asked: Sequence[Null | str]) -> tuple[Null, ...]:
    try:
        named = [Null(n) for n in ([asked] if isinstance(asked, str) else asked)]
    except ValueError:
        known = ", ".join(n.value for n in Null)
        raise GuideError(f"nulls={asked!r} names an unknown null; known: {known}") from None
    return tuple(dict.fromkeys([Null.CORRECT_MODEL, *named]))


def _score(
    k: int,
    names: list[str],
    found: Distances,
    resampled: Draws,
    nulls: tuple[Null, ...],
    units: np.ndarray,
) -> Score:
    value = float(found.observed.mean())
    drawn = {
        Null.CORRECT_MODEL: found.correct,
        Null.FRESH_SAMPLE: found.fresh,
        Null.SUBSAMPLE: found.subsample,
    }
    details = pd.DataFrame(
        {"variables": names, "distance": found.observed, "expected by chance": found.expected}
    )
    share = equivalent_share(value, resampled.grid_shares, found.grid)
    return Score(
        measure="marginal_distance",
        variant=f"{k}-way",
        value=value,
        interval=_interval(value, found.influence, units),
        bands=tuple(_band(n, drawn[n]) for n in nulls if drawn[n].size),
        details=details.sort_values("distance", ascending=False, ignore_index=True),
        note=f"Mean of {len(names):,} tables{_as_noisy(share)}.",
    )


def _band(null: Null, values: np.ndarray) -> NullBand:
    """Return mean and prediction interval: quantiles of few draws would be too narrow."""
    mean, n = float(values.mean()), len(values)
    reach = student_quantile(n - 1) * float(values.std(ddof=1)) * (1 + 1 / n) ** 0.5
    return NullBand(null, mean, max(0.0, mean - reach), min(1.0, mean + reach), n)


def _interval(value: float, influence: np.ndarray, units: np.ndarray) -> Interval:
    """Return the interval by the delta method, with records of one unit taken together."""
    totals = np.bincount(units, influence - influence.mean())
    reach = normal_quantile(0.95) * float(np.sqrt((totals**2).sum())) / len(influence)
    low, high = max(0.0, value - reach), min(1.0, value + reach)
    return Interval(low, high, "sampling noise of one copy, delta method")


def _as_noisy(share: float | None) -> str:
    lowest, highest = 0.005, 0.99
    if share is None:
        return ""
    if share > highest:
        return ", less noisy than a 99 % sample of the original"
    if share <= lowest:
        return ", noisier than a 1 % sample of the original"
    return f", as noisy as a {100 * share:.0f} % sample of the original"
