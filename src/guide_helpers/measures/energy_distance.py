"""Energy distance between the records of two files, with all variables at once."""

from __future__ import annotations

import numpy as np

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
    unfit,
)
from guide_helpers.errors import GuideError
from guide_helpers.intervals import Interval, normal_quantile
from guide_helpers.measures._encode import level_codes, measured, numbers, special_codes
from guide_helpers.measures._judged import FEWEST_UNITS, pooled, prediction_band, resample
from guide_helpers.results import Score
from guide_helpers.schema import Dataset, Variable

LEAST_SPREAD = 0.1
"""A variable that hardly varies weighs less than others: its few odd records would drown them."""
BLOCK = 500
"""Records whose distances to all others are in memory at a time."""


@card(
    MeasureCard(
        title="Energy distance",
        summary=(
            "Twice the mean distance between an original and a synthetic record, less the mean "
            "distances within each file: 0 only where all distributions and relations agree."
        ),
        sources=("rizzo2016", "gower1971"),
        suits={
            UseCase.PUBLIC_RELEASE: conditional("as a check on models that look at part of it"),
            UseCase.TESTING_ANALYSIS: conditional(
                "a broad look; the analysis itself needs its own measure"
            ),
            UseCase.EDUCATION: conditional("shows that no model is needed to compare two clouds"),
            UseCase.TESTING_TECHNOLOGY: unfit("a program does not mind clouds a little off"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.WHOLE_FILE,
        scope=Scope.BROAD,
        unit="distance",
        bounds=(0.0, None),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "Only its place against the band says something: the value depends on the variables "
            "and on the number of records drawn. Inside the band with few variables is good news; "
            "with many, relations are a small part of every distance, and a tree sees more."
        ),
        reading_user=(
            "Inside its band, the cloud of records lies where the real one does, as far as a part "
            "of the records can show. It does not say that your analysis is safe."
        ),
        cannot_see=(
            "what a part of the records does not show (max_records), how far a value lies beyond "
            "the original's extremes, weak relations among many variables, survey weights, and "
            "whether real records are repeated"
        ),
    )
)
def energy_distance(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    max_records: int = 1_000,
    draws: int = 16,
    control: Dataset | None = None,
) -> Score:
    """Return the energy distance between at most `max_records` records of each file.

    2 E|x - y| - E|x - x'| - E|y - y'|, with x of the original and y of the synthetic file. The
    distance of two records is the root of the sum over variables of a squared difference: of
    ranks in the original for quantities and dates, and 0 or 1 for levels, special and missing
    values, each variable scaled to weigh the same, unless it hardly varies. The root matters:
    with Gower's sum of plain differences the energy distance would be a sum over variables, blind
    to relations.

    Which records are drawn, the generator decides. The bands are drawn with as many, so they
    hold; what more records would show is not seen. Correct-model null: bootstraps of the
    original, by privacy unit. Fresh-sample null: parts of original and `control`, or of the
    original alone, that share no unit; smaller ones are scaled by their size. The interval is
    that of another draw of synthetic records, to first order.

    References
    ----------
    Rizzo and Székely (2016), doi:10.1002/wics.1375
    """
    if max_records < 2 or draws < 2:
        raise GuideError(f"max_records={max_records} and draws={draws} must both be 2 or more")

    first, second = (_some(d, max_records, rng) for d in (original, synthetic))
    value, influence = _energy(first, second)
    units = first.n_units, second.n_units
    totals = np.bincount(second.units, influence - influence.mean())
    reach = normal_quantile(0.95) * float(np.sqrt((totals**2).sum())) / len(influence)
    drawn = {
        Null.CORRECT_MODEL: _bootstrapped(original, units, draws, rng),
        Null.FRESH_SAMPLE: _dealt(original, control, units, draws, rng),
    }
    return Score(
        measure="energy_distance",
        value=value,
        interval=Interval(max(0.0, value - reach), value + reach, "sampling noise of one copy"),
        bands=tuple(prediction_band(n, x, (0.0, None)) for n, x in drawn.items() if len(x) > 1),
        note=f"{len(first):,} original and {len(second):,} synthetic records were drawn.",
    )


def _bootstrapped(
    original: Dataset, units: tuple[int, int], draws: int, rng: np.random.Generator
) -> np.ndarray:
    n = original.n_units
    found = []
    for _ in range(draws):
        old = original.take_units(np.sort(rng.permutation(n)[: units[0]]))
        found.append(_energy(old, resample(original, rng.integers(0, n, units[1])))[0])
    return np.array(found)


def _dealt(
    original: Dataset,
    control: Dataset | None,
    units: tuple[int, int],
    draws: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return the distance of two parts of real records that share no unit, at the files' size."""
    pool = original if control is None else pooled(original, control)
    if pool.n_units < FEWEST_UNITS:
        return np.empty(0)
    part = min(1.0, pool.n_units / sum(units))
    sizes = [max(1, int(part * u + 1e-9)) for u in units]
    found = []
    for _ in range(draws):
        old, new, _ = np.split(rng.permutation(pool.n_units), np.cumsum(sizes))
        found.append(_energy(pool.take_units(np.sort(old)), pool.take_units(np.sort(new)))[0])
    return np.array(found) * part


def _some(data: Dataset, most: int, rng: np.random.Generator) -> Dataset:
    """Return at most so many rows, of units drawn at random."""
    if len(data) <= most:
        return data
    order = rng.permutation(data.n_units)
    sizes = np.bincount(data.units)[order]
    kept = max(1, int(np.searchsorted(sizes.cumsum(), most, side="right")))
    return data.take_units(np.sort(order[:kept]))


def _points(original: Dataset, synthetic: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return both files as points, each variable of mean squared distance 1 in the original."""
    n1 = len(original)
    blocks = []
    for v in measured(original):
        block = _levels if v.discrete else _ranks
        points = block(v, original, synthetic)
        spread = 2 * float(points[:n1].var(axis=0).sum())
        blocks.append(points / max(spread, LEAST_SPREAD) ** 0.5)
    every = np.hstack(blocks)
    return every[:n1], every[n1:]


def _levels(variable: Variable, original: Dataset, synthetic: Dataset) -> np.ndarray:
    old, new, levels = level_codes(original.rows[variable.name], synthetic.rows[variable.name])
    codes = np.concatenate([old, new])
    return _marks(np.where(codes < 0, len(levels), codes))


def _ranks(variable: Variable, original: Dataset, synthetic: Dataset) -> np.ndarray:
    """Return ranks among the original's quantities, and marks for special and missing values."""
    values = [numbers(d.rows[variable.name]) for d in (original, synthetic)]
    stacked = np.concatenate(values)
    kinds = special_codes(variable, stacked)
    plain = kinds == 0
    known = np.sort(values[0][kinds[: len(values[0])] == 0])
    below, upto = (np.searchsorted(known, stacked, side=s) for s in ("left", "right"))
    ranks = (below + upto) / (2 * max(1, len(known)))
    middle = np.where(plain, ranks, 0.5)[:, None]
    if plain.all():
        return middle
    return np.hstack([middle, _marks(kinds)])


def _marks(codes: np.ndarray) -> np.ndarray:
    """Return a column for each code; two rows of unlike codes are at the distance 1."""
    found = np.unique(codes, return_inverse=True)[1]
    return np.asarray(np.eye(int(found.max()) + 1)[found] / 2**0.5)


def _energy(original: Dataset, synthetic: Dataset) -> tuple[float, np.ndarray]:
    """Return the energy distance and what each synthetic record adds to it."""
    x, y = _points(original, synthetic)
    within, between, other = _mean_distances(y, y), _mean_distances(y, x), _mean_distances(x, x)
    value = 2 * between.mean() - within.mean() - other.mean()
    return max(0.0, float(value)), 2 * (between - within)


def _mean_distances(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return each point's mean distance to the others."""
    square = (others**2).sum(axis=1)
    found = np.empty(len(points))
    for start in range(0, len(points), BLOCK):
        some = points[start : start + BLOCK]
        gaps = (some**2).sum(axis=1)[:, None] + square - 2 * (some @ others.T)
        found[start : start + BLOCK] = np.sqrt(np.maximum(gaps, 0.0)).mean(axis=1)
    return found
