"""Where the synthetic file has too many or too few records, and how much of it is misfit."""

from __future__ import annotations

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
    unfit,
)
from guide_helpers.errors import GuideError
from guide_helpers.intervals import Interval, normal_quantile
from guide_helpers.measures._judged import prediction_band
from guide_helpers.measures._propensity import Boughs, Stack, Weighted
from guide_helpers.results import Score
from guide_helpers.schema import Dataset

MIXED = 0.1
"""Part of the synthetic file in the mixture that the relative ratio refers to."""


@card(
    MeasureCard(
        title="Density ratio",
        summary=(
            "How many times as dense the synthetic records are as the original ones, region by "
            "region: which regions are too full or too empty, and the Pearson divergence that "
            "this makes."
        ),
        sources=("sugiyama2012", "yamada2013", "volker2025"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("says where users must not trust the file"),
            UseCase.TESTING_ANALYSIS: fit("shows whether the misfit lies where the analysis is"),
            UseCase.EDUCATION: conditional("the regions are sentences; the divergence is not"),
            UseCase.TESTING_TECHNOLOGY: unfit("a program does not mind too many of a kind"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.WHOLE_FILE,
        scope=Scope.BROAD,
        unit="relative Pearson divergence",
        bounds=(None, 4.5),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "Read the table behind it first: regions that the synthesis fills too much or too "
            "little, found in one half of the records and counted in the other, so that a ratio "
            "whose interval leaves out 1 is no accident of the search. Mend the largest."
        ),
        reading_user=(
            "Results for a region with a ratio far from 1 rest on too many or too few records. "
            "If your analysis lives there, ask for another synthesis or for verification."
        ),
        cannot_see=(
            "regions smaller than a leaf, misfits spread thinly over all records, and whether "
            "real records are repeated; the divergence is that of the regions, which is less than "
            "that of the files"
        ),
    )
)
def density_ratio(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    draws: int = 16,
    min_leaf: int | None = None,
    max_depth: int = 12,
    control: Dataset | None = None,
) -> Score:
    """Return the relative Pearson divergence of both files over the leaves of a tree.

    With shares p and q of a leaf, the relative ratio r = q/(0.1 q + 0.9 p) is near q/p but never
    above 10, so that a region that the original leaves empty does not drown the rest. A tree is
    grown on a random half of both files, which gives r; the other half gives
    E_syn[r] - (0.1 E_syn[r²] + 0.9 E_orig[r²])/2 - 1/2, and both halves take turns. That is half
    the mean of (r - 1)² where r is right, 4.5 for files apart, and less where r is wrong: for
    files that do not differ it is a little below 0, as what the tree made up gains nothing.

    Nulls are drawn as in `propensity_tree`. The interval is that of another copy of the same
    size, with the trees as grown. `details` holds the leaves of the first tree, counted in the
    other half: shares, ratio and its interval, those that matter most first.

    References
    ----------
    Sugiyama, Suzuki and Kanamori (2012), doi:10.1017/CBO9781139035613; Yamada et al. (2013),
    doi:10.1162/NECO_a_00442, for the relative ratio; for synthetic data, Volker, Gonzalez Poses
    and van Kesteren (2025), doi:10.32614/CRAN.package.densityratio
    """
    if draws < 2 or max_depth < 1 or (min_leaf is not None and min_leaf < 1):
        raise GuideError(
            f"draws={draws} must be 2 or more, max_depth={max_depth} and min_leaf={min_leaf} "
            "1 or more"
        )
    stack = Stack(original, synthetic, control)
    model = Boughs(stack, min_leaf=min_leaf, max_depth=max_depth)
    model.min_leaf = max(1, model.min_leaf // 2)
    halves = stack.observed.halves(rng)
    value, ratio = _divergence(model, *halves)
    bands = tuple(
        prediction_band(
            null,
            np.array(
                [
                    _divergence(model, *files.halves(rng))[0]
                    for files in stack.drawn(null, draws, rng)
                ]
            ),
        )
        for null in (Null.CORRECT_MODEL, Null.FRESH_SAMPLE)
    )
    details = _regions(model, *halves)
    return Score(
        measure="density_ratio",
        value=value,
        interval=_interval(value, ratio[len(original) :][: len(synthetic)], synthetic.units),
        bands=bands,
        details=details,
        note=_note(details),
    )


def _divergence(model: Boughs, one: Weighted, other: Weighted) -> tuple[float, np.ndarray]:
    """Return the mean of both turns, and what each row adds to it where it is synthetic."""
    values, found = [], np.zeros(len(one.rows))
    for grown, held in ((one, other), (other, one)):
        tree = model.tree(grown)
        leaf = tree.find(model.predictors, grown.rows)
        old, new = (np.bincount(leaf, w, tree.nodes) for w in (grown.old, grown.new))
        p, q = _shares(old, new)
        ratio = (q / (MIXED * q + (1 - MIXED) * p))[leaf]
        first, second = _means(ratio, held), _means(ratio**2, held)
        values.append(first[1] - (MIXED * second[1] + (1 - MIXED) * second[0]) / 2 - 0.5)
        found += np.where(held.old + held.new > 0, ratio - MIXED * ratio**2 / 2, 0)
    return float(np.mean(values)), found


def _shares(old: np.ndarray, new: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the shares of leaves, with half a record more in each that keeps ratios finite."""
    p, q = (x + 0.5 for x in (old, new))
    return p / p.sum(), q / q.sum()


def _means(values: np.ndarray, files: Weighted) -> tuple[float, float]:
    """Return the mean over the rows of the original and over those of the other file."""
    old, new = (float(w @ values / w.sum()) if w.any() else 1.0 for w in (files.old, files.new))
    return old, new


def _interval(value: float, ratio: np.ndarray, units: np.ndarray) -> Interval:
    totals = np.bincount(units, ratio - ratio.mean())
    reach = normal_quantile(0.95) * float(np.sqrt((totals**2).sum())) / len(ratio)
    return Interval(value - reach, value + reach, "sampling noise of one copy, trees as grown")


def _regions(model: Boughs, one: Weighted, other: Weighted) -> pd.DataFrame:
    """Return the leaves of a tree of one half in words, counted in the other."""
    tree = model.tree(one)
    leaf = tree.find(model.predictors, other.rows)
    old, new = (np.bincount(leaf, w, tree.nodes) for w in (other.old, other.new))
    words = tree.regions(model.predictors)
    every = np.array(sorted(words))
    o, s = old[every], new[every]
    p, q = _shares(o, s)
    ratio = q / p
    reach = np.exp(normal_quantile(0.95) * np.sqrt(1 / (o + 0.5) + 1 / (s + 0.5)))
    table = pd.DataFrame(
        {
            "region": [words[i] for i in every],
            "share of original": o / max(1.0, o.sum()),
            "share of synthetic": s / max(1.0, s.sum()),
            "ratio": ratio,
            "low": ratio / reach,
            "high": ratio * reach,
        }
    )
    weight = np.abs((q - p) * np.log(ratio))
    return table.iloc[np.argsort(-weight, kind="stable")].reset_index(drop=True)


def _note(regions: pd.DataFrame) -> str:
    off = (regions["low"] > 1) | (regions["high"] < 1)
    share = 100 * float(regions.loc[off, "share of original"].sum())
    return (
        f"{int(off.sum())} of {len(regions)} regions have a ratio surely off 1; they hold "
        f"{share:.0f} % of the original records."
    )
