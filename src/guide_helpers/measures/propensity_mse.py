"""How well a logistic model tells synthetic records from original ones."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

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
from guide_helpers.measures._design import Columns, stacked
from guide_helpers.measures._regression import Fit, logistic
from guide_helpers.results import NullBand, Score
from guide_helpers.schema import Dataset

WORST_TERMS = 50


@card(
    MeasureCard(
        title="Propensity score (pMSE)",
        summary=(
            "Mean squared distance between the share of synthetic records and the probability, "
            "record by record, that a logistic model gives to being synthetic."
        ),
        sources=("woo2009", "snoke2018", "raab2021"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("one number for all variables, with a null to read it by"),
            UseCase.TESTING_ANALYSIS: conditional(
                "with interactions=True where the analyses have them"
            ),
            UseCase.EDUCATION: conditional("good for teaching what a null is; hard to picture"),
            UseCase.TESTING_TECHNOLOGY: unfit("a program does not mind being told apart"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.WHOLE_FILE,
        standard=True,
        scope=Scope.BROAD,
        unit="squared probability",
        bounds=(0.0, 0.25),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "Divide it by its null: a ratio of 1 is as good as a correct synthesis, 2 is as far "
            "as another sample of the same size. The ratio of a wrong model grows with the number "
            "of records, so compare methods at one size. The table behind it names the terms that "
            "tell the files apart."
        ),
        reading_user=(
            "Near its null: no main effect that the model looks at would tell you that the file "
            "is synthetic. Far above: some variables or relations differ; ask which."
        ),
        cannot_see=(
            "what the logistic model leaves out: shapes beyond the mean of a numeric variable, "
            "and relations unless interactions=True; nor whether real records are repeated"
        ),
    )
)
def propensity_mse(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    interactions: bool = False,
    max_levels: int = 50,
) -> Score:
    """Return the mean squared error of the propensity score, raw: 0 to c(1 - c).

    c is the synthetic share of the stacked records, so the worst value is 0.25 for two files of
    one size. The standardised S_pMSE is `score.value / score.band().mean` and stands in `note`.

    The nulls come from a formula. With d parameters besides the intercept, aliased ones not
    counted, the pMSE of a correct synthesis is c(1 - c)²/N times a chi-square of d degrees of
    freedom, and 1/(1 - c) times that for a fresh sample. Where a unit has several rows the
    chi-square is scaled to the variance between units.

    The interval is that of another copy of the same size from the same synthesis; it is a third
    too wide where the files do not differ. `details` holds the terms that tell the files apart,
    with the difference of their means in standard deviations.

    References
    ----------
    Snoke, Raab, Nowok, Dibben and Slavkovic (2018), doi:10.1111/rssa.12358
    """
    del rng
    if max_levels < 2:
        raise GuideError(f"max_levels={max_levels} leaves nothing to compare; give at least 2")
    columns = stacked(original, synthetic, interactions=interactions, max_levels=max_levels)
    found = propensity(columns, original.units, synthetic.units)
    ratio = f"{found.pmse / found.expected:.2f}" if found.expected else "0"
    merged = f" Rare levels taken together: {', '.join(columns.merged)}." if columns.merged else ""
    return Score(
        measure="propensity_mse",
        value=found.pmse,
        interval=found.interval,
        bands=(
            found.band(Null.CORRECT_MODEL, 1.0),
            found.band(Null.FRESH_SAMPLE, 1 / (1 - found.share)),
        ),
        details=found.terms,
        note=(
            f"S_pMSE {ratio} with {found.parameters} parameters "
            f"(correct synthesis 1, fresh sample {1 / (1 - found.share):.2f}).{merged}"
        ),
    )


@dataclass(frozen=True)
class Propensity:
    """pMSE of a logistic model, its expectation under a correct synthesis, and the terms.

    `share` is c; under the null, pMSE is `expected` times a chi-square of `freedom` degrees over
    `freedom`.
    """

    pmse: float
    expected: float
    freedom: float
    parameters: int
    share: float
    interval: Interval
    terms: pd.DataFrame

    def band(self, null: Null, times: float) -> NullBand:
        """Return the band of a null whose pMSE is `times` that of a correct synthesis."""
        low, high = (
            times * self.expected * chi_square_quantile(p, self.freedom) / self.freedom
            if self.freedom
            else 0.0
            for p in (0.025, 0.975)
        )
        return NullBand(null, times * self.expected, low, high, 0)


def propensity(columns: Columns, old_units: np.ndarray, new_units: np.ndarray) -> Propensity:
    """Return the pMSE of a design whose first rows are the original's."""
    design, n1, n2 = columns.matrix, len(old_units), len(new_units)
    share = n2 / (n1 + n2)
    fitted = logistic(design, np.repeat([0.0, 1.0], [n1, n2]))
    pmse = float(((fitted.fitted - share) ** 2).mean())
    parameters = int(fitted.kept.sum()) - 1
    expected, freedom = _null(design, fitted, old_units, new_units)
    reach = normal_quantile(0.95) * _noise(design, fitted, share, new_units)
    low, high = max(0.0, pmse - reach), min(share * (1 - share), pmse + reach)
    interval = Interval(low, high, "sampling noise of one copy, delta method")
    terms = _terms(columns, n1)
    return Propensity(pmse, expected, freedom, parameters, share, interval, terms)


def _null(
    design: np.ndarray, fitted: Fit, old_units: np.ndarray, new_units: np.ndarray
) -> tuple[float, float]:
    """Return mean and degrees of freedom of the pMSE under a correct synthesis.

    pMSE is c²(1 - c)² times the squared Mahalanobis distance between the mean vectors, of which a
    correct synthesis makes the synthetic one random.
    """
    n1, n2, parameters = len(old_units), len(new_units), int(fitted.kept.sum()) - 1
    share = n2 / (n1 + n2)
    simple = share * (1 - share) ** 2 / (n1 + n2)
    if not parameters or int(old_units.max()) + 1 == n1:
        return parameters * simple, float(parameters)
    old = design[:n1, fitted.kept][:, 1:]
    old = old - old.mean(axis=0)
    totals = np.zeros((int(old_units.max()) + 1, parameters))
    np.add.at(totals, old_units, old)
    spread = np.linalg.pinv(old.T @ old, hermitian=True) @ (totals.T @ totals)
    first, second = float(np.trace(spread)), float((spread * spread.T).sum())
    return first * simple, first**2 / second


def _noise(design: np.ndarray, fitted: Fit, share: float, units: np.ndarray) -> float:
    """Return the standard error of the pMSE over copies, from each synthetic record's part."""
    x, p = design[:, fitted.kept], fitted.fitted
    n, n1 = len(p), len(p) - len(units)
    slope = 2 * ((p - share) * p * (1 - p)) @ x / n
    inverse = fitted.covariance[np.ix_(fitted.kept, fitted.kept)]
    mine = p[n1:]
    part = (mine - share) ** 2 / n + (x[n1:] @ (inverse @ slope)) * (1 - mine)
    totals = np.bincount(units, part - part.mean())
    return float(np.sqrt((totals**2).sum()))


def _terms(columns: Columns, n1: int) -> pd.DataFrame:
    """Return the terms whose means differ most, in standard deviations of the stacked files."""
    x = columns.matrix[:, 1:]
    gap = x[n1:].mean(axis=0) - x[:n1].mean(axis=0)
    n2 = len(x) - n1
    table = pd.DataFrame(
        {
            "term": columns.terms,
            "difference in standard deviations": gap,
            "z": gap / np.sqrt(1 / n1 + 1 / n2),
        }
    )
    order = np.argsort(-np.abs(gap), kind="stable")[:WORST_TERMS]
    return table.iloc[order].reset_index(drop=True)


def chi_square_quantile(probability: float, freedom: float) -> float:
    """Return a quantile of the chi-square distribution, by Wilson and Hilferty's cube root.

    References
    ----------
    Wilson and Hilferty (1931), doi:10.1073/pnas.17.12.684
    """
    scale = 2 / (9 * freedom)
    root = 1 - scale + NormalDist().inv_cdf(probability) * scale**0.5
    return float(freedom * max(0.0, root) ** 3)
