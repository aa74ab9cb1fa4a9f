"""Predicting one variable from the others: features alike in all files, models, performance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.measures._encode import level_codes, measured, numbers, special_codes
from guide_helpers.measures._regression import logistic
from guide_helpers.schema import Dataset, Role, Variable

MOST_LEVELS = 20
"""Levels of a predictor with a column of their own; the rarer ones are taken together."""
LEAF = 25
"""Fewest records in a leaf of the tree."""
FAR = 10.0
"""Standard deviations beyond which a quantity is cut off, so that one record does not rule."""
STEPS = 12
"""Newton steps of a logistic model: more change coefficients that grow without end, not ranks."""
RIDGE = 1e-3
"""Penalty, as a share of the records, that keeps a linear model finite in any file."""


@dataclass(frozen=True)
class Task:
    """A response, its predictors, and the levels and scales that the original gives them."""

    response: Variable
    predictors: tuple[Variable, ...]
    levels: tuple[object, ...]
    scales: dict[str, tuple[float, float]] = field(repr=False)
    kept: dict[str, tuple[object, ...]] = field(repr=False)

    @property
    def metric(self) -> str:
        """AUC for two levels, share right for more, R² for a quantity."""
        if not self.levels:
            return "R²"
        return "AUC" if len(self.levels) == 2 else "share right"

    @classmethod
    def of(cls, data: Dataset, target: str | None) -> Task:
        """Return the task of predicting `target`, by default the first sensitive variable."""
        every = [v for v in measured(data) if v.role is not Role.WEIGHT and v.name != data.entity]
        response = _response(data, every, target)
        predictors = tuple(v for v in every if v.name != response.name)
        if not predictors:
            raise GuideError(f"no variable is left to predict {response.name!r} from")
        column = data.rows[response.name]
        levels: tuple[object, ...] = ()
        if response.discrete:
            seen = set(column.dropna().unique())
            levels = tuple(x for x in column.cat.categories if x in seen)
        scales, kept = {}, {}
        for v in predictors:
            if v.discrete:
                counts = data.rows[v.name].value_counts()
                kept[v.name] = tuple(counts.index[counts > 0][:MOST_LEVELS])
            else:
                scales[v.name] = _scale(v, numbers(data.rows[v.name]))
        return cls(response, predictors, levels, scales, kept)

    def outcomes(self, data: Dataset) -> np.ndarray:
        """Return places among the levels, or quantities; NaN where there is none to predict."""
        column = data.rows[self.response.name]
        if self.levels:
            known = self.levels
            place = {level: i for i, level in enumerate(known)}
            found: np.ndarray = column.astype(object).map(place).to_numpy(dtype=float)
            return found
        values = numbers(column)
        return np.where(special_codes(self.response, values) == 0, values, np.nan)

    def features(self, data: Dataset) -> np.ndarray:
        """Return the design: a column a level, quantities in standard deviations of the original.

        What is missing or special has a column that marks it and the original's mean.
        """
        columns: list[np.ndarray] = [np.ones(len(data))]
        for v in self.predictors:
            if v.discrete:
                kept = self.kept[v.name]
                codes = level_codes(pd.Series(pd.Categorical(kept, kept)), data.rows[v.name])[1]
                columns += [codes == i for i in range(len(kept))]
                columns.append(codes < 0)
                continue
            values, (mean, spread) = numbers(data.rows[v.name]), self.scales[v.name]
            kinds = special_codes(v, values)
            plain = np.where(kinds == 0, (values - mean) / spread, 0.0)
            columns.append(np.clip(plain, -FAR, FAR))
            columns += [kinds == i for i in (-1, *range(1, len(v.special) + 1))]
        return np.column_stack(columns).astype(float)

    def blocks(self) -> dict[str, slice]:
        """Return which columns of the design stand for each predictor."""
        sizes = [
            len(self.kept[v.name]) + 1 if v.discrete else 2 + len(v.special)
            for v in self.predictors
        ]
        ends = 1 + np.cumsum(sizes)
        return {
            v.name: slice(int(end) - size, int(end))
            for v, size, end in zip(self.predictors, sizes, ends, strict=True)
        }


def _response(data: Dataset, every: list[Variable], target: str | None) -> Variable:
    fit = [v for v in every if v.discrete or v.numeric]
    if target is not None:
        if data.schema[target] not in fit:
            raise GuideError(f"target={target!r} is no quantity and has no levels to predict")
        return data.schema[target]
    varying = [v for v in fit if data.rows[v.name].nunique() >= 2]
    if not varying:
        raise GuideError("no variable of the table varies; nothing to predict")
    return next((v for v in varying if v.role is Role.SENSITIVE), varying[-1])


def _scale(variable: Variable, values: np.ndarray) -> tuple[float, float]:
    plain = values[special_codes(variable, values) == 0]
    spread = float(plain.std()) if len(plain) else 0.0
    return (float(plain.mean()) if len(plain) else 0.0), (spread if spread > 0 else 1.0)


def train(
    task: Task, learner: str, data: Dataset, records: int
) -> Callable[[np.ndarray], np.ndarray]:
    """Return what the first complete records teach: predictions from a design.

    Of two levels it is a score of the second, of more the place of a level, else a quantity.
    """
    outcome = task.outcomes(data)
    usable = np.flatnonzero(~np.isnan(outcome))[:records]
    known = outcome[usable]
    if not len(known) or (task.levels and len(np.unique(known)) == 1):
        same = known[0] if len(known) else 0.0
        return lambda design: np.full(len(design), same)
    some = replace(data, rows=data.rows.iloc[usable])
    return (_tree if learner == "tree" else _linear)(task, task.features(some), known)


def _linear(
    task: Task, design: np.ndarray, outcome: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    if len(task.levels) == 2:
        slopes = np.nan_to_num(logistic(design, outcome, steps=STEPS).coefficients)
        return lambda new: new @ slopes
    several = len(task.levels) > 2
    wanted = (outcome[:, None] == np.arange(len(task.levels))) if several else outcome[:, None]
    penalty = RIDGE * len(design) * np.eye(design.shape[1])
    penalty[0, 0] = 0.0
    found = np.linalg.solve(design.T @ design + penalty, design.T @ wanted.astype(float))
    if several:
        return lambda new: (new @ found).argmax(axis=1).astype(float)
    return lambda new: (new @ found)[:, 0]


def _tree(
    task: Task, design: np.ndarray, outcome: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    kind = DecisionTreeClassifier if task.levels else DecisionTreeRegressor
    grown = kind(min_samples_leaf=LEAF, random_state=0).fit(design, outcome)
    if len(task.levels) == 2:
        return lambda new: np.asarray(grown.predict_proba(new)[:, 1])
    return lambda new: np.asarray(grown.predict(new), dtype=float)


def performance(task: Task, truth: np.ndarray, predicted: np.ndarray) -> float:
    """Return AUC, share right or R² of predictions of complete outcomes."""
    if not task.levels:
        apart = float(((truth - predicted) ** 2).sum())
        return 1 - apart / float(((truth - truth.mean()) ** 2).sum())
    if len(task.levels) > 2:
        return float((truth == predicted).mean())
    ranks = pd.Series(predicted).rank().to_numpy()
    events = truth == 1
    n = int(events.sum())
    below = ranks[events].sum() - n * (n + 1) / 2
    return float(below / n / (len(truth) - n))


def knowing_nothing(task: Task, truth: np.ndarray) -> float:
    """Return what the best guess does that looks at no predictor."""
    if not task.levels:
        return 0.0
    if len(task.levels) == 2:
        return 0.5
    return float(np.bincount(truth.astype(int)).max() / len(truth))
