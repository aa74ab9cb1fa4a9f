"""Train on the synthetic file, test on real people: what prediction loses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

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
from guide_helpers.measures._learners import Task, knowing_nothing, performance, train
from guide_helpers.measures._prediction import mixed, parts, refuse
from guide_helpers.results import Score
from guide_helpers.schema import Dataset

LEARNERS = ("linear", "tree")


@card(
    MeasureCard(
        title="Train on synthetic, test on real",
        summary=(
            "How much worse a model predicts real people when it was trained on the synthetic "
            "file instead of the original."
        ),
        sources=("esteban2017", "xu2019"),
        suits={
            UseCase.PUBLIC_RELEASE: conditional("where users will train models on the file"),
            UseCase.TESTING_ANALYSIS: conditional("for prediction, not for inference"),
            UseCase.EDUCATION: fit("students see whether a model of their own would work"),
            UseCase.TESTING_TECHNOLOGY: unfit("a test file need not teach anything"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.ANALYSES,
        scope=Scope.FIT_FOR_PURPOSE,
        unit="AUC, R² or share right lost",
        bounds=(None, None),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "0 is no loss. Above the band, the relation of the target to its predictors is weaker "
            "or other in the synthetic file. Give a control file: without one the synthetic file "
            "has seen the people it is tested on. A loss below the band is a reason to look for "
            "copied records."
        ),
        reading_user=(
            "A model trained on this file predicts about that much worse than one trained on the "
            "original. It may still give wrong coefficients: prediction forgives what inference "
            "does not."
        ),
        cannot_see=(
            "whether coefficients, their signs and their standard errors are right; variables "
            "that predict little; other targets; survey weights"
        ),
        requires=("sklearn",),
    )
)
def predictive_utility(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    target: str | None = None,
    learners: Sequence[str] = LEARNERS,
    most: int = 10_000,
    draws: int = 12,
    nulls: Sequence[Null | str] = (),
    control: Dataset | None = None,
) -> list[Score]:
    """Return, for each learner, the performance with the original less that with the synthetic.

    `target` is the variable to predict from all others, by default the first sensitive one, else
    the last. Performance is the AUC for two levels, the share right for more, R² for a quantity
    (out of sample, so it may be negative). "linear" is a logistic or a slightly penalised linear
    model, "tree" one decision tree of at least 25 records a leaf. Both files train on the same
    number of records, `most` at the most; both are tested on the control. Without one, half of
    the original's units train and the other half test; the synthetic file may then have seen
    whom it is tested on, as the note says.

    The band is that of bootstraps of the training records in the place of the synthetic file,
    tested on the same people. A bootstrap repeats records, so a tree may do a little worse than
    with new ones. The interval takes the spread of the bootstraps for that of another copy.
    """
    unknown = [x for x in learners if x not in LEARNERS]
    if unknown or not learners:
        raise GuideError(f"learners={tuple(learners)} names unknown ones; known: {LEARNERS}")
    task = Task.of(original, target)
    training, testing = (original, control) if control is not None else parts(original, rng)
    truth = task.outcomes(testing)
    refuse(task, task.outcomes(training), truth)
    people, truth = task.features(testing)[~np.isnan(truth)], truth[~np.isnan(truth)]
    training, shown = mixed(training, rng), mixed(synthetic, rng)
    records = min(most, len(training), len(shown))

    def scored(data: Dataset) -> dict[str, float]:
        return {
            x: performance(task, truth, train(task, x, data, records)(people)) for x in learners
        }

    base, made = scored(training), scored(shown)

    def values(old: Dataset, new: Dataset) -> Mapping[str, float]:
        kept, tried = base if old is training else scored(old), scored(new)
        return {x: kept[x] - tried[x] for x in learners}

    table = _table(task, base, made, knowing_nothing(task, truth))
    note = _note(task, records, len(truth), control is not None)
    words = {x: f"{note} {_words(task, base[x], made[x])}" for x in learners}
    scores = judged(
        "predictive_utility",
        values,
        training,
        shown,
        rng=rng,
        reported={x: Reported(base[x] - made[x], table, words[x]) for x in learners},
        nulls=nulls,
        draws=draws,
        interval=False,
    )
    return [replace(score, interval=_interval(score)) for score in scores]


def _table(
    task: Task, base: dict[str, float], made: dict[str, float], nothing: float
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "learner": list(base),
            "performance": task.metric,
            "trained on the original": list(base.values()),
            "trained on the synthetic file": list(made.values()),
            "knowing nothing": nothing,
        }
    )


def _note(task: Task, records: int, tested: int, control: bool) -> str:
    where = "the control file" if control else "a half of the original"
    words = (
        f"{task.metric} for {task.response.name}, trained on {records:,} records of each file, "
        f"tested on {tested:,} of {where}."
    )
    if not control:
        words += " The synthetic file may have seen whom it is tested on; a control file has not."
    return words


def _words(task: Task, base: float, made: float) -> str:
    return f"{task.metric} {base:.3f} with the original, {made:.3f} with the synthetic file."


def _interval(score: Score) -> Interval:
    reach = (score.band().high - score.band().low) / 2
    return Interval(
        score.value - reach, score.value + reach, "spread of bootstraps of the original"
    )
