"""Small counts of the original that the copies of a synthesis give back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
from guide_helpers.intervals import Interval, wilson
from guide_helpers.measures._judged import Reported, judged, resample
from guide_helpers.measures._keys import (
    KEY,
    Bins,
    Files,
    bounded,
    chosen_keys,
    holders,
    said_of_bins,
)
from guide_helpers.results import Score
from guide_helpers.schema import Dataset

KEPT, TRUE = "small counts that come back", "small counts that are true"


@card(
    MeasureCard(
        title="Small counts over m copies",
        summary=(
            "Share of the original's cells with a small count whose mean count over the copies is "
            "that count again, and share of such cells in the copies that are true."
        ),
        sources=("jackson2022", "wilson1927"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("several copies add up: their mean shows the count"),
            UseCase.TESTING_ANALYSIS: fit("decides how many copies to hand out"),
            UseCase.EDUCATION: conditional("one copy is enough for a course; then read m = 1"),
            UseCase.TESTING_TECHNOLOGY: conditional("only where several copies are made"),
        },
        aspect=Aspect.RISK,
        rung=Rung.IDENTITY,
        scope=Scope.NARROW,
        unit="% of cells with a small count",
        bounds=(0.0, 100.0),
        better=Better.LOWER,
        null=Null.FRESH_SAMPLE,
        reading_maker=(
            "Run it for m = 1, 2, 5, 10 of your copies: where the shares rise with m, the copies "
            "together tell what one of them hides. Release fewer, or coarsen the keys."
        ),
        reading_user=(
            "A count of one in the mean of all copies is a real count of one as often as the "
            "second share says."
        ),
        cannot_see=(
            "other tables than the one of all keys, larger counts, and what else the copies tell "
            "about the people in a cell"
        ),
        joint_copies=True,
        under_privacy=(
            "copies of one fitted model share its noise, so their mean does not come nearer to "
            "the true count, however many there are"
        ),
    )
)
def small_counts(
    original: Dataset,
    synthetic: tuple[Dataset, ...],
    *,
    rng: np.random.Generator,
    count: int = 1,
    within: float = 0.5,
    keys: Sequence[str] | None = None,
    bins: Bins = None,
    control: Dataset | None = None,
    draws: int = 16,
) -> list[Score]:
    """Return two shares of cells, in per cent, over all copies together.

    A cell is a combination of keys, its count the number of privacy units in it, f in the
    original and g on average over the copies, scaled to the original's size. "Come back" is the
    share of cells with f = `count` for which g is within `within` of it; "true" is the share of
    cells with g within `within` of `count` for which f = `count`. They are made after
    tau 3(k, d) and tau 4(k, d) of Jackson, Mitra, Francis and Dove, with k = `count` and d =
    `within`; a distance of exactly d counts as within.

    Fresh-sample null: the copies are bootstraps of people of the same population who are not in
    the original; a single copy is those people themselves. Interval: Wilson's, over cells.

    References
    ----------
    Jackson, Mitra, Francis and Dove (2022), doi:10.48550/arXiv.2205.05993
    """
    if count < 1 or not 0 <= within < count:
        raise GuideError(
            f"count={count} must be 1 or more and within={within} less than it, so that an empty "
            "cell is none of a small count"
        )
    copies = synthetic if isinstance(synthetic, tuple) else (synthetic,)
    names = chosen_keys(original, keys)
    files = Files(original, copies[0], control, copies[1:])
    key, size = files.combined(names, bins)
    old, first, beside = files.coded({KEY: key})
    m = len(copies)
    made = [first, *files.all_coded({KEY: key})[-(m - 1) :]] if m > 1 else [first]

    cells = _Cells.of(old, made, size, count, within)

    def values(one: Dataset, other: Dataset) -> dict[str, float]:
        if one is old:
            return cells.shares()  # the noise of bootstraps is no noise of these copies
        others = [other] if m == 1 else [_again(other, rng) for _ in range(m)]
        return _Cells.of(one, others, size, count, within).shares()

    note = f"m = {m}; {cells.small:,} cells with a count of {count} in the original, "
    note += f"{cells.shown:,} in the copies. {said_of_bins(original, names, bins)}"
    table = cells.table(count)
    found = {v: Reported(x, table, note.strip()) for v, x in cells.shares().items()}
    scores = judged(
        "small_counts",
        values,
        old,
        first,
        rng=rng,
        reported=found,
        control=beside,
        draws=draws,
        interval=False,
    )
    limits = {KEPT: cells.interval(cells.small), TRUE: cells.interval(cells.shown)}
    pool = 3.0 if control is not None else 4.0
    return [
        replace(bounded(_widened(score, pool**0.5)), interval=limits[score.variant])
        for score in scores
    ]


@dataclass(frozen=True)
class _Cells:
    """How many cells have the count in the original, in the copies, in both; and the counts."""

    small: int
    shown: int
    both: int
    counts: np.ndarray
    near: np.ndarray

    @classmethod
    def of(
        cls, old: Dataset, made: Sequence[Dataset], size: int, count: int, within: float
    ) -> _Cells:
        """Return the cells of an original and its copies."""
        counts = holders(old, size)
        scaled = [holders(m, size) * (old.n_units / m.n_units) for m in made]
        near = np.abs(np.mean(scaled, axis=0) - count) <= within
        small = counts == count
        return cls(int(small.sum()), int(near.sum()), int((small & near).sum()), counts, near)

    def shares(self) -> dict[str, float]:
        """Return both shares in per cent; 0 where there is no such cell."""
        return {
            KEPT: 100 * self.both / self.small if self.small else 0.0,
            TRUE: 100 * self.both / self.shown if self.shown else 0.0,
        }

    def interval(self, cells: int) -> Interval | None:
        """Return Wilson's interval of a share of `cells`, in per cent."""
        if not cells:
            return None
        share = wilson(self.both, cells)
        return Interval(100 * share.low, 100 * share.high, "Wilson, over cells")

    def table(self, count: int) -> pd.DataFrame:
        """Return cells by their count in the original, and those with the count in the copies."""
        upto = count + 4
        place = np.minimum(self.counts, upto)
        cells = np.bincount(place, minlength=upto + 1)
        near = np.bincount(place, self.near, minlength=upto + 1).astype(int)
        index = pd.Index([*map(str, range(upto)), f"{upto} or more"], name="count in the original")
        return pd.DataFrame({"cells": cells, f"of count {count} in the copies": near}, index=index)


def _widened(score: Score, times: float) -> Score:
    """Return a score with wider bands: parts of one pool differ less than new files do."""
    bands = []
    for b in score.bands:
        reach = times * max(b.high - b.mean, b.mean - b.low)
        bands.append(replace(b, low=max(0.0, b.mean - reach), high=min(100.0, b.mean + reach)))
    return replace(score, bands=tuple(bands))


def _again(data: Dataset, rng: np.random.Generator) -> Dataset:
    n = data.n_units
    return resample(data, rng.integers(0, n, n))
