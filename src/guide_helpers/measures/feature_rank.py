"""Whether the same predictors matter, in the same order, in both files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
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
    unfit,
)
from guide_helpers.errors import GuideError
from guide_helpers.intervals import Interval
from guide_helpers.measures._judged import Reported, judged
from guide_helpers.measures._learners import Task, performance, train
from guide_helpers.measures._prediction import mixed, parts, refuse
from guide_helpers.results import Score
from guide_helpers.schema import Dataset

LEARNERS = ("linear", "tree")


@card(
    MeasureCard(
        title="Order of predictors",
        summary=(
            "Share of pairs of predictors of which the same one matters more to a model trained "
            "on the synthetic file and to one trained on the original."
        ),
        sources=("breiman2001",),
        suits={
            UseCase.PUBLIC_RELEASE: conditional("where users will explain models, not only use"),
            UseCase.TESTING_ANALYSIS: conditional("for screening variables, not for inference"),
            UseCase.EDUCATION: fit("which variable matters is what students ask of a model"),
            UseCase.TESTING_TECHNOLOGY: unfit("a test file need not teach anything"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.ANALYSES,
        scope=Scope.FIT_FOR_PURPOSE,
        unit="share of pairs",
        bounds=(0.0, 1.0),
        better=Better.HIGHER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "Read it against its band: predictors that hardly matter change places under a correct "
            "synthesis too. Below the band, the table names the predictor that has gained or lost "
            "weight: its relation to the target is wrong."
        ),
        reading_user=(
            "The file picks out about the same predictors as the original would, where the value "
            "lies in its band. The order of the weak ones means nothing in either file."
        ),
        cannot_see=(
            "direction and size of an effect; predictors that stand for each other share their "
            "weight by chance; other targets; survey weights"
        ),
        requires=("sklearn",),
    )
)
def feature_rank(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    target: str | None = None,
    learner: str = "linear",
    most: int = 10_000,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
    control: Dataset | None = None,
) -> Score:
    """Return the share of pairs of predictors in the same order of importance.

    Importance is the performance lost on real people when a predictor's values are shuffled among
    them, with the model otherwise unchanged. `target`, `learner`, `most` and whom it is tested on
    are as in `predictive_utility`. Predictors of equal importance in one file and not in the other
    count as half in order.

    Band and interval are those of bootstraps of the training records in the place of the synthetic
    file. The band reaches at least one pair beyond its mean.

    References
    ----------
    Breiman (2001), doi:10.1023/A:1010933404324
    """
    if learner not in LEARNERS:
        raise GuideError(f"no learner {learner!r}; known: {', '.join(LEARNERS)}")
    task = Task.of(original, target)
    if len(task.predictors) < 2:
        raise GuideError(f"one predictor of {task.response.name!r} has no order; keep two or more")
    training, testing = (original, control) if control is not None else parts(original, rng)
    truth = task.outcomes(testing)
    refuse(task, task.outcomes(training), truth)
    people, truth = task.features(testing)[~np.isnan(truth)], truth[~np.isnan(truth)]
    training, made = mixed(training, rng), mixed(synthetic, rng)
    records = min(most, len(training), len(made))
    order = rng.permutation(len(people))

    def importance(data: Dataset) -> np.ndarray:
        model = train(task, learner, data, records)
        whole, lost = performance(task, truth, model(people)), []
        for columns in task.blocks().values():
            shuffled = people.copy()
            shuffled[:, columns] = people[order, columns]
            lost.append(whole - performance(task, truth, model(shuffled)))
        return np.array(lost)

    base, found = importance(training), importance(made)

    def values(old: Dataset, new: Dataset) -> Mapping[str, float]:
        return {"": same_order(base if old is training else importance(old), importance(new))}

    (score,) = judged(
        "feature_rank",
        values,
        training,
        made,
        rng=rng,
        reported={"": Reported(same_order(base, found), _table(task, base, found), _note(task))},
        nulls=nulls,
        draws=draws,
        interval=False,
    )
    return _finished(score, len(base))


def same_order(one: np.ndarray, other: np.ndarray) -> float:
    """Return the share of pairs in the same order; half for a pair that is equal in one only."""
    first, second = np.triu_indices(len(one), 1)
    old, new = np.sign(one[first] - one[second]), np.sign(other[first] - other[second])
    return float(np.where(old == new, 1.0, np.where(old * new == 0, 0.5, 0.0)).mean())


def _table(task: Task, base: np.ndarray, found: np.ndarray) -> pd.DataFrame:
    table = pd.DataFrame({"predictor": list(task.blocks()), "original": base, "synthetic": found})
    return table.sort_values("original", ascending=False, ignore_index=True)


def _note(task: Task) -> str:
    return f"{task.metric} for {task.response.name}, {len(task.predictors)} predictors."


def _finished(score: Score, predictors: int) -> Score:
    """Return the score with an interval, and bands that reach one pair beyond their mean."""
    step = 1 / comb(predictors, 2)
    bands = tuple(
        replace(b, low=max(0.0, min(b.low, b.mean - step)), high=min(1.0, max(b.high, b.mean)))
        for b in score.bands
    )
    wide = replace(score, bands=bands)
    reach = (wide.band().high - wide.band().low) / 2
    low, high = max(0.0, score.value - reach), min(1.0, score.value + reach)
    return replace(wide, interval=Interval(low, high, "spread of bootstraps of the original"))
