"""A regression formula, and the columns it asks for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.measures._encode import level_codes
from guide_helpers.measures._regression import least_squares, logistic
from guide_helpers.schema import Dataset, Variable

MODELS = ("auto", "linear", "logistic")


@dataclass(frozen=True)
class Regression:
    """A response, its terms with the original's levels, and the kind of model.

    `event` is the level of a discrete response whose probability is modelled.
    """

    response: Variable
    terms: tuple[Variable, ...]
    levels: dict[str, tuple[object, ...]]
    event: object
    base: object

    @property
    def linear(self) -> bool:
        """Whether the response is a quantity."""
        return self.response.numeric

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the coefficients after the intercept."""
        named = []
        for v in self.terms:
            named += [f"{v.name}: {x}" for x in self.levels[v.name][1:]] or [v.name]
        return tuple(named)

    @property
    def target(self) -> str:
        """What the coefficients speak of, in words."""
        if self.linear:
            unit = f" ({self.response.unit})" if self.response.unit else ""
            return f"mean of {self.response.name}{unit}"
        return f"log odds of {self.response.name}: {self.event}"


def parse(formula: str, data: Dataset) -> tuple[Variable, tuple[Variable, ...]]:
    """Return response and terms of `response ~ term + term`."""
    left, tilde, right = formula.partition("~")
    names = [n.strip() for n in right.split("+")]
    if not tilde or not left.strip() or not all(names):
        raise GuideError(f"formula {formula!r} is not of the form 'response ~ term + term'")
    response, *terms = (data.schema[n] for n in (left.strip(), *names))
    for v in (response, *terms):
        if not (v.discrete or v.numeric):
            raise GuideError(
                f"formula names {v.name!r} of kind {v.kind.value}; "
                "a regression takes categorical, ordered, integer or number"
            )
    if len({response.name, *names}) <= len(terms):
        raise GuideError(f"formula {formula!r} names a variable twice; name each once")
    return response, tuple(terms)


def regression(formula: str, model: str, data: Dataset) -> Regression:
    """Return the regression that a formula asks for, with the levels seen in `data`."""
    if model not in MODELS:
        raise GuideError(f"no model {model!r}; known: {', '.join(MODELS)}")
    response, terms = parse(formula, data)
    if model == "linear" and not response.numeric:
        raise GuideError(f"a linear model needs a numeric response; {response.name!r} is not")
    if model == "logistic" and not response.discrete:
        raise GuideError(f"a logistic model needs a response of two levels, not {response.name!r}")
    seen = complete(data, (response, *terms))
    rows = data.rows[seen]
    levels = {v.name: _seen(rows[v.name]) if v.discrete else () for v in (response, *terms)}
    outcomes = levels[response.name]
    if response.discrete and len(outcomes) != 2:
        raise GuideError(
            f"response {response.name!r} has {len(outcomes)} levels in complete records; "
            "a logistic model needs two"
        )
    base, event = outcomes if response.discrete else (None, None)
    found = Regression(response, terms, levels, event, base)
    if len(rows) <= len(found.names) + 1:
        raise GuideError(
            f"{len(rows)} complete records are too few for {len(found.names) + 1} coefficients; "
            "leave terms out"
        )
    return found


def _seen(values: pd.Series) -> tuple[object, ...]:
    column = pd.Categorical(values)
    counts = np.bincount(column.codes, minlength=len(column.categories))
    return tuple(x for x, n in zip(column.categories, counts, strict=True) if n)


def complete(data: Dataset, variables: tuple[Variable, ...]) -> np.ndarray:
    """Return which records have a quantity or a level for each variable."""
    ok = np.ones(len(data), dtype=bool)
    for v in variables:
        values = data.rows[v.name]
        ok &= values.notna().to_numpy()
        if v.special:
            ok &= ~values.isin(list(v.special)).to_numpy()
    return ok


@dataclass(frozen=True)
class Estimates:
    """Coefficients after the intercept and their covariance, with the records left out.

    NaN where the file cannot say: no record has the level, or none has the base level.
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    used: int
    left_out: int
    separated: bool

    @property
    def errors(self) -> np.ndarray:
        """Standard errors."""
        found: np.ndarray = np.sqrt(np.diag(self.covariance))
        return found


def estimate(model: Regression, data: Dataset) -> Estimates:
    """Return the fit of a regression to the complete records of one file."""
    usable = complete(data, (model.response, *model.terms))
    codes = {v.name: _codes(model, v, data) for v in (model.response, *model.terms) if v.discrete}
    for name, mine in codes.items():
        usable &= mine < len(model.levels[name])
    columns, lost = [np.ones((int(usable.sum()), 1))], []
    for v in model.terms:
        if v.discrete:
            present = codes[v.name][usable][:, None] == np.arange(len(model.levels[v.name]))
            columns.append(present[:, 1:].astype(float))
            lost += [not (present[:, 0].any() and p.any()) for p in present[:, 1:].T]
        else:
            columns.append(data.rows[v.name].to_numpy(dtype=float)[usable][:, None])
            lost.append(False)
    if model.linear:
        outcome = data.rows[model.response.name].to_numpy(dtype=float)[usable]
    else:
        outcome = codes[model.response.name][usable].astype(float)
    fitted = (least_squares if model.linear else logistic)(np.hstack(columns), outcome)
    values, covariance = fitted.coefficients[1:].copy(), fitted.covariance[1:, 1:].copy()
    values[lost] = np.nan
    covariance[lost, :] = covariance[:, lost] = np.nan
    left_out = len(data) - len(outcome)
    return Estimates(values, covariance, len(outcome), left_out, fitted.separated)


def _codes(model: Regression, variable: Variable, data: Dataset) -> np.ndarray:
    """Return each record's place among the levels; levels the original has not come after."""
    known = model.levels[variable.name]
    return level_codes(pd.Series(pd.Categorical(known, known)), data.rows[variable.name])[1]
