"""Whether a published table would come out the same from the synthetic file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import comb

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
from guide_helpers.intervals import normal_quantile
from guide_helpers.measures._encode import special_codes
from guide_helpers.measures._groups import SHOWN, Groups, chosen, crossed, groups
from guide_helpers.measures._judged import Reported, judged
from guide_helpers.results import Score
from guide_helpers.schema import Dataset, Variable

REACH = normal_quantile(0.95)
COMPARED = 1_000
"""Cells whose order is compared, the largest of the original."""


@card(
    MeasureCard(
        title="Reproduction of a table",
        summary=(
            "Share of a table's cells whose synthetic value lies within the sampling error of the "
            "original one, and share of pairs of cells in the same order."
        ),
        sources=("taub2017",),
        suits={
            UseCase.PUBLIC_RELEASE: fit("re-makes the tables that the office has published"),
            UseCase.TESTING_ANALYSIS: fit("for the very table that the analysis rests on"),
            UseCase.EDUCATION: fit("a table is what students compare first"),
            UseCase.TESTING_TECHNOLOGY: conditional("where the program to test makes tables"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.ANALYSES,
        scope=Scope.FIT_FOR_PURPOSE,
        unit="share of cells",
        bounds=(0.0, 1.0),
        better=Better.HIGHER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "About 95 % of the cells lie within sampling error under a correct synthesis of the "
            "original's size, 83 % in another sample. Below the band, the table behind the score "
            "names the cells that are off: look for a row or a column that they share."
        ),
        reading_user=(
            "Within the band, a cell of this table is as good as the published one for all that "
            "its sampling error allows. The order of cells is what a headline says: see the second "
            "share before you write which region leads."
        ),
        cannot_see=(
            "any other table; survey weights, with which the published table may have been made; "
            "whether two cells that changed order differed at all"
        ),
        under_privacy=(
            "small cells carry most of the privacy noise: expect them outside their error"
        ),
    )
)
def table_reproduction(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    table: Sequence[str] | str | None = None,
    mean_of: str | None = None,
    draws: int = 32,
    nulls: Sequence[Null | str] = (),
    control: Dataset | None = None,
) -> list[Score]:
    """Return, for one table, the share of cells within error and of pairs in the same order.

    `table` names the variables that make the cells, by default the first two key variables; a
    numeric one is cut into four classes at the original's quartiles. A cell holds its share of the
    records, or with `mean_of` the mean of a numeric variable. "within error": the synthetic value
    lies within the original's 95 % interval (Wilson's for a share, a normal one for a mean of two
    or more records). "same order": the same cell of the two is greater; a cell that the synthetic
    file lacks agrees with none. Missing values are a category; special values and missing ones
    count in no mean.

    Null bands are drawn (see `judged`), so they allow for panels, though the sampling errors take
    records as independent; they reach at least one cell or pair of cells below their mean.
    `details` holds a line a cell with at least 10 original records.
    """
    made = chosen(original, table, "table", most=2)
    _refuse(original, made, mean_of)
    about = None if mean_of is None else original.schema[mean_of]

    def values(old: Dataset, new: Dataset) -> Mapping[str, float]:
        return _shares(_cells(old, new, made, about))

    seen = _cells(original, synthetic, made, about)
    note = _note(seen, about)
    reported = {
        variant: Reported(value, _details(seen), note) for variant, value in _shares(seen).items()
    }
    scores = judged(
        "table_reproduction",
        values,
        original,
        synthetic,
        rng=rng,
        reported=reported,
        control=control,
        nulls=nulls,
        draws=draws,
    )
    steps = {"within error": 1 / len(seen.names), "same order": 1 / max(1, _pairs(seen))}
    return [_widened(score, steps[score.variant]) for score in scores]


def _widened(score: Score, step: float) -> Score:
    """Return the score with bands that reach at least one cell or pair beyond their mean.

    Where all draws agree, a few dozen of them cannot exclude that one cell is off.
    """
    bands = (
        replace(b, low=max(0.0, min(b.low, b.mean - step)), high=min(1.0, max(b.high, b.mean)))
        for b in score.bands
    )
    return replace(score, bands=tuple(bands))


def _pairs(seen: Cells) -> int:
    return comb(min(COMPARED, len(seen.names)), 2)


def _refuse(original: Dataset, made: tuple[Variable, ...], mean_of: str | None) -> None:
    if mean_of is None:
        return
    if not original.schema[mean_of].numeric:
        raise GuideError(f"mean_of={mean_of!r} is not numeric; name a quantity, or count records")
    if mean_of in {v.name for v in made}:
        raise GuideError(f"mean_of={mean_of!r} also makes the cells; leave it out of table")


@dataclass(frozen=True)
class Cells:
    """The occupied cells of a table in both files, with the original's interval.

    A value is NaN where there is none.
    """

    name: str
    names: tuple[str, ...]
    sizes: np.ndarray
    original: np.ndarray
    low: np.ndarray
    high: np.ndarray
    synthetic: np.ndarray

    @property
    def within(self) -> np.ndarray:
        """Whether the synthetic value lies in the original's interval."""
        found: np.ndarray = (self.synthetic >= self.low) & (self.synthetic <= self.high)
        return found


def _cells(old: Dataset, new: Dataset, made: tuple[Variable, ...], about: Variable | None) -> Cells:
    found = crossed([groups(v, old, new) for v in made])
    return _counts(found) if about is None else _means(found, about, old, new)


def _counts(found: Groups) -> Cells:
    sizes, others = found.sizes, found.synthetic_sizes
    seen = (sizes > 0) | (others > 0)
    n = sizes.sum()
    share, other = sizes[seen] / n, others[seen] / others.sum()
    z2 = REACH**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n**2))) / (1 + z2 / n)
    low = np.where(share == 0, 0, centre - half)
    names = tuple(np.array(found.names)[seen])
    return Cells(found.variable, names, sizes[seen], share, low, centre + half, other)


def _means(found: Groups, about: Variable, old: Dataset, new: Dataset) -> Cells:
    size = len(found.names)
    n, mean, error = _moments(found.original, old.rows[about.name], about, size)
    _, other, _ = _moments(found.synthetic, new.rows[about.name], about, size)
    seen = n > 1
    if not seen.any():
        raise GuideError(
            f"no cell of the table has two records with a value of {about.name!r}; "
            "make the cells of fewer variables"
        )
    low, high = mean - REACH * error, mean + REACH * error
    names = tuple(np.array(found.names)[seen])
    return Cells(found.variable, names, n[seen], mean[seen], low[seen], high[seen], other[seen])


def _moments(
    codes: np.ndarray, column: pd.Series, about: Variable, size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return number, mean and standard error of the quantities in each cell."""
    values = column.to_numpy(dtype=float)
    plain = special_codes(about, values) == 0
    codes, values = codes[plain], values[plain]
    n = np.bincount(codes, minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(codes, values, minlength=size) / n
        apart = np.bincount(codes, (values - mean[codes]) ** 2, minlength=size)
        return n, mean, np.sqrt(apart / (n - 1) / n)


def _shares(seen: Cells) -> dict[str, float]:
    found = {"within error": float(seen.within.mean())}
    if len(seen.names) > 1:
        largest = np.argsort(-seen.sizes, kind="stable")[:COMPARED]
        first, second = np.triu_indices(len(largest), 1)
        old, new = seen.original[largest], seen.synthetic[largest]
        same = np.sign(old[first] - old[second]) == np.sign(new[first] - new[second])
        found["same order"] = float(same.mean())
    return found


def _details(seen: Cells) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "cell": seen.names,
            "records": seen.sizes,
            "original": seen.original,
            "low": seen.low,
            "high": seen.high,
            "synthetic": seen.synthetic,
            "within error": seen.within,
        }
    )
    return table[table["records"] >= SHOWN].reset_index(drop=True)


def _note(seen: Cells, about: Variable | None) -> str:
    what = "share of records" if about is None else f"mean of {about.name}"
    small = int((seen.sizes < SHOWN).sum())
    words = f"{what.capitalize()} by {seen.name}, {len(seen.names):,} cells"
    return f"{words}, {small:,} of them with fewer than {SHOWN} original records."
