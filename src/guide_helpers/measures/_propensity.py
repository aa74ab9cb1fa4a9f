"""Scores of being synthetic, how far they tell two files apart, and what chance makes of that.

A model (logistic or tree) gives each record a score; statistics compare the scores of both files.
The model is fitted to the records that it scores, so it tells even two equal files apart a
little: the nulls are drawn with the model fitted anew to each resampled pair of files. All of the
statistics scale with the difference of the files, so a permutation null, which is a fresh-sample
null, becomes a correct-model one by the factor (1 - c) for squares and its root for the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd

from guide_helpers.cards import MeasureCard, Null
from guide_helpers.catalogue import find
from guide_helpers.errors import GuideError
from guide_helpers.intervals import Interval, normal_quantile
from guide_helpers.measures._design import stacked
from guide_helpers.measures._encode import measured
from guide_helpers.measures._judged import prediction_band
from guide_helpers.measures._propensity_tree import Predictor, Tree, grow, predictor
from guide_helpers.measures._regression import logistic
from guide_helpers.results import Score
from guide_helpers.schema import Dataset

LEAVES = 50
"""A leaf of the tree holds at least this part, one in so many, of all records; at least 10."""
FEW_RECORDS = 50
"""With fewer records a parameter, the logistic model of each draw is fitted in full."""
FULL_FIT = 50_000_000
"""Most multiplications of one step of a fit that each draw may repeat."""
NAMES = {"logit": "logistic model", "tree": "tree"}


@dataclass(frozen=True)
class Weighted:
    """Rows of the stacked files, how often each counts in either file, and its privacy unit."""

    rows: np.ndarray
    old: np.ndarray
    new: np.ndarray
    units: np.ndarray

    @property
    def share(self) -> float:
        """The share c of the other file."""
        return float(self.new.sum() / (self.old.sum() + self.new.sum()))

    def halves(self, rng: np.random.Generator) -> tuple[Weighted, Weighted]:
        """Return the files in two halves at random; the rows of a unit stay together."""
        first = np.unique(self.units, return_index=True)[1]
        old, new = (w[first].astype(int) for w in (self.old, self.new))
        chosen = [rng.binomial(times, 0.5)[self.units] for times in (old, new)]
        one = replace(self, old=chosen[0].astype(float), new=chosen[1].astype(float))
        return one, replace(self, old=self.old - one.old, new=self.new - one.new)


@dataclass(frozen=True)
class Stack:
    """Original, synthetic and control records, one after the other, and their privacy units."""

    original: Dataset
    synthetic: Dataset
    control: Dataset | None

    @cached_property
    def others(self) -> Dataset:
        """The synthetic records and those of the control below them."""
        if self.control is None:
            return self.synthetic
        both = [self.synthetic.rows, self.control.rows]
        return replace(self.synthetic, rows=pd.concat(both, ignore_index=True), entity=None)

    @property
    def observed(self) -> Weighted:
        """The two files as they are."""
        n1, n2 = len(self.original), len(self.synthetic)
        labels = np.repeat([0.0, 1.0], [n1, n2])
        units = [self.original.units, self.synthetic.units + self.original.n_units]
        return Weighted(np.arange(n1 + n2), 1 - labels, labels, np.concatenate(units))

    def drawn(self, null: Null, draws: int, rng: np.random.Generator) -> Iterator[Weighted]:
        """Yield resampled pairs of files, drawn by privacy unit."""
        units, many = self.original.n_units, self.synthetic.n_units
        if null is Null.CORRECT_MODEL:
            rows, of = np.arange(len(self.original)), self.original.units
            for _ in range(draws):
                times = np.bincount(rng.integers(0, units, many), minlength=units)
                yield Weighted(rows, np.ones(len(rows)), times[of].astype(float), of)
            return
        rows, of = self._pool
        every = int(of.max()) + 1
        first = max(1, min(every - 1, int(self.part * units + 1e-9)))
        for _ in range(draws):
            label = np.zeros(every)
            order = rng.permutation(every)
            label[order[:first]] = 1
            label[order[first : first + max(1, int(self.part * many + 1e-9))]] = 2
            old, new = (label == 1).astype(float)[of], (label == 2).astype(float)[of]
            yield Weighted(rows, old, new, of)

    @property
    def _pool(self) -> tuple[np.ndarray, np.ndarray]:
        n1, n2 = len(self.original), len(self.synthetic)
        other, start = (self.synthetic, n1) if self.control is None else (self.control, n1 + n2)
        rows = np.concatenate([np.arange(n1), start + np.arange(len(other))])
        return rows, np.concatenate([self.original.units, other.units + self.original.n_units])

    @property
    def part(self) -> float:
        """How large the pairs of files are that a small control allows, as a part of ours."""
        units, many = self.original.n_units, self.synthetic.n_units
        pool = units + (many if self.control is None else self.control.n_units)
        return min(1.0, pool / (units + many))


class Logit:
    """Main effects of all variables in a logistic model."""

    def __init__(self, stack: Stack, max_levels: int = 50) -> None:
        found = stacked(stack.original, stack.others, interactions=False, max_levels=max_levels)
        self.design = found.matrix
        self._inverse: dict[tuple[int, int], np.ndarray] = {}

    def scores(self, files: Weighted) -> np.ndarray:
        """Return the fitted probabilities of the rows."""
        x = self._rows(files.rows)
        times = [w.astype(int) for w in (files.old, files.new)]
        expanded = x if (files.old + files.new == 1).all() else np.vstack([x, x])
        if expanded is x:
            return np.asarray(logistic(x, files.new).fitted)
        both = np.concatenate([np.repeat(np.arange(len(x)), t) for t in times])
        outcome = np.repeat([0.0, 1.0], [int(t.sum()) for t in times])
        fitted = logistic(x[both], outcome)
        score = x[:, fitted.kept] @ fitted.coefficients[fitted.kept]
        return np.asarray(1 / (1 + np.exp(-np.clip(score, -500, 500))))

    def null_scores(self, files: Weighted) -> np.ndarray:
        """Return the probabilities after one Newton step; of a full fit where records are few.

        One step from no difference is all that a fit to files without difference takes, but for
        what is small beside its noise.
        """
        parameters = self.design.shape[1]
        few = len(files.rows) <= FEW_RECORDS * parameters
        if few and len(files.rows) * parameters**2 <= FULL_FIT:
            return self.scores(files)
        c, weight = files.share, files.old + files.new
        x = self._rows(files.rows)
        key = (len(x), int(files.rows[-1]))
        if key not in self._inverse:
            self._inverse[key] = np.linalg.pinv(x.T @ x, hermitian=True)
        slope = self._inverse[key] @ (x.T @ (files.new - c * weight)) * len(x) / weight.sum()
        return np.asarray(c + x @ slope)

    def _rows(self, rows: np.ndarray) -> np.ndarray:
        """Return some rows of the design, without a copy where they follow one another."""
        first, last = int(rows[0]), int(rows[-1])
        if last - first + 1 == len(rows):
            return self.design[first : last + 1]
        return np.asarray(self.design[rows])


class Boughs:
    """A tree whose leaves hold a minimum share of the records."""

    def __init__(
        self, stack: Stack, *, min_leaf: int | None, max_depth: int, max_levels: int = 50
    ) -> None:
        self.predictors = predictors_of(stack.original, stack.others, max_levels)
        n = len(stack.original) + len(stack.synthetic)
        self.min_leaf = max(10, n // LEAVES) if min_leaf is None else min_leaf
        self.max_depth = max_depth

    def tree(self, files: Weighted) -> Tree:
        """Return the tree grown on the files."""
        return grow(
            self.predictors,
            files.rows,
            files.old,
            files.new,
            min_leaf=self.min_leaf,
            max_depth=self.max_depth,
        )

    def scores(self, files: Weighted) -> np.ndarray:
        """Return the share of the other file in each row's leaf."""
        leaf = self.tree(files).find(self.predictors, files.rows)
        old, new = (np.bincount(leaf, w) for w in (files.old, files.new))
        return np.asarray((new / np.maximum(old + new, 1e-300))[leaf])

    null_scores = scores


def predictors_of(original: Dataset, others: Dataset, max_levels: int) -> list[Predictor]:
    """Return the bins of all measured variables, the original's rows first."""
    return [
        predictor(v, original.rows[v.name], others.rows[v.name], 20, max_levels)
        for v in measured(original)
    ]


@dataclass(frozen=True)
class Reading:
    """The value of a statistic, and what each row adds to it where it is a synthetic one."""

    value: float
    influence: np.ndarray


Statistic = Callable[[np.ndarray, Weighted], Reading]


def squared_error(scores: np.ndarray, files: Weighted) -> Reading:
    """Return pMSE, the mean squared distance of scores from c, with the scores' leaves as fixed."""
    c, weight = files.share, files.old + files.new
    gap = scores - c
    value = float((weight * gap**2).sum() / weight.sum())
    grown = (gap**2 + 2 * gap * (1 - scores)) * files.new.sum() / weight.sum()
    return Reading(value, grown)


def separation(scores: np.ndarray, files: Weighted) -> Reading:
    """Return the Kolmogorov-Smirnov distance between the scores of both files."""
    place, size = _placed(scores)
    old, new = (np.bincount(place, w, size).cumsum() / w.sum() for w in (files.old, files.new))
    at = int(np.abs(old - new).argmax())
    sign = 1.0 if new[at] >= old[at] else -1.0
    return Reading(float(abs(new[at] - old[at])), sign * (place <= at))


def correct_over_half(scores: np.ndarray, files: Weighted) -> Reading:
    """Return PO50: the percentage told right above 50, both files weighing the same."""
    side = np.sign(np.round(scores - files.share, 10))
    old, new = (float(side @ w / w.sum()) for w in (files.old, files.new))
    return Reading(25 * (new - old), 25 * side)


def rank_sum(scores: np.ndarray, files: Weighted) -> Reading:
    """Return the share of pairs in which the synthetic record has the higher score."""
    place, size = _placed(scores)
    old = np.bincount(place, files.old, size) / files.old.sum()
    below = (old.cumsum() - old / 2)[place]
    return Reading(float(below @ files.new / files.new.sum()), below)


def _placed(scores: np.ndarray) -> tuple[np.ndarray, int]:
    """Return each score's place among the distinct ones; equal rows have equal scores."""
    distinct, place = np.unique(np.round(scores, 10), return_inverse=True)
    return place, len(distinct)


def propensity_scores(
    measure: str,
    statistic: Statistic,
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    models: Sequence[str],
    draws: int,
    control: Dataset | None,
    min_leaf: int | None,
    max_depth: int,
    base: float = 0.0,
    details: Callable[[Logit | Boughs, np.ndarray, Weighted], pd.DataFrame],
) -> list[Score]:
    """Return a score of a statistic for each model, with bands of both nulls.

    Correct-model null: bootstraps of the original, of the synthetic file's size, by privacy unit.
    Fresh-sample null: the records of both files, or of original and `control`, are dealt out
    again at random, unit by unit. `base` is the value of a model that tells nothing.

    The interval is that of another copy of the same size, with the model as fitted.
    """
    card: MeasureCard = find("measures", measure).card
    chosen = _checked(models, draws, max_depth, min_leaf)
    stack = Stack(original, synthetic, control)
    scores = []
    for name in chosen:
        model: Logit | Boughs = (
            Logit(stack)
            if name == "logit"
            else Boughs(stack, min_leaf=min_leaf, max_depth=max_depth)
        )
        fitted = model.scores(stack.observed)
        found = statistic(fitted, stack.observed)
        drawn = _null_values(statistic, model, stack, draws, rng, base)
        bands = tuple(prediction_band(n, x, card.bounds) for n, x in drawn.items())
        scores.append(
            Score(
                measure=measure,
                variant=NAMES[name],
                value=found.value,
                interval=_interval(found, stack, card.bounds),
                bands=bands,
                details=details(model, fitted, stack.observed),
                note=_ratio(found.value, drawn, base),
            )
        )
    return scores


def _checked(
    models: Sequence[str], draws: int, max_depth: int, min_leaf: int | None
) -> tuple[str, ...]:
    chosen = (models,) if isinstance(models, str) else tuple(models)
    if not chosen or set(chosen) - set(NAMES):
        raise GuideError(f"models={models!r} names an unknown model; known: {', '.join(NAMES)}")
    if draws < 2 or max_depth < 1 or (min_leaf is not None and min_leaf < 1):
        raise GuideError(
            f"draws={draws} must be 2 or more, max_depth={max_depth} and min_leaf={min_leaf} "
            "1 or more"
        )
    return chosen


def _null_values(
    statistic: Statistic,
    model: Logit | Boughs,
    stack: Stack,
    draws: int,
    rng: np.random.Generator,
    base: float,
) -> dict[Null, np.ndarray]:
    drawn = {}
    for null in (Null.CORRECT_MODEL, Null.FRESH_SAMPLE):
        found = [
            statistic(model.null_scores(files), files).value
            for files in stack.drawn(null, draws, rng)
        ]
        drawn[null] = np.array(found)
    if stack.part < 1:
        power = 1.0 if statistic is squared_error else 0.5
        drawn[Null.FRESH_SAMPLE] = base + (drawn[Null.FRESH_SAMPLE] - base) * stack.part**power
    return drawn


def _ratio(value: float, drawn: dict[Null, np.ndarray], base: float) -> str:
    own, fresh = (float(x.mean()) - base for x in drawn.values())
    if own <= 0:
        return "The model tells nothing even by chance, so there is no ratio to its null."
    return (
        f"{(value - base) / own:.2f} times what chance gives under a correct synthesis "
        f"(fresh sample {fresh / own:.2f})."
    )


def _interval(found: Reading, stack: Stack, bounds: tuple[float | None, float | None]) -> Interval:
    n1, n2 = len(stack.original), len(stack.synthetic)
    mine = np.asarray(found.influence, dtype=float)[n1 : n1 + n2]
    totals = np.bincount(stack.synthetic.units, mine - mine.mean())
    reach = normal_quantile(0.95) * float(np.sqrt((totals**2).sum())) / n2
    low = max(found.value - reach, -np.inf if bounds[0] is None else bounds[0])
    high = min(found.value + reach, np.inf if bounds[1] is None else bounds[1])
    return Interval(float(low), float(high), "sampling noise of one copy, model as fitted")


def by_score(model: Logit | Boughs, scores: np.ndarray, files: Weighted) -> pd.DataFrame:
    """Return the shares of both files in ten ranges of the score, tenths of all records."""
    del model
    cuts = np.unique(np.quantile(scores, np.arange(1, 10) / 10))
    place = np.searchsorted(cuts, scores, side="left")
    old, new = (np.bincount(place, w, len(cuts) + 1) / w.sum() for w in (files.old, files.new))
    ends = ["lowest", *(f"{c:.3f}" for c in cuts), "highest"]
    named = [f"{a} to {b}" for a, b in pairwise(ends)]
    return pd.DataFrame({"score": named, "share of original": old, "share of synthetic": new})


def by_leaf(model: Logit | Boughs, scores: np.ndarray, files: Weighted) -> pd.DataFrame:
    """Return the leaves of a tree in words, with the shares of both files, the worst first."""
    assert isinstance(model, Boughs)
    del scores
    tree = model.tree(files)
    leaf = tree.find(model.predictors, files.rows)
    old, new = (np.bincount(leaf, w, tree.nodes) for w in (files.old, files.new))
    words = tree.regions(model.predictors)
    every = np.array(sorted(words))
    table = pd.DataFrame(
        {
            "region": [words[i] for i in every],
            "share of original": old[every] / old.sum(),
            "share of synthetic": new[every] / new.sum(),
        }
    )
    gap = (old + new)[every] * (new[every] / (old + new)[every] - files.share) ** 2
    return table.iloc[np.argsort(-gap, kind="stable")].reset_index(drop=True)
