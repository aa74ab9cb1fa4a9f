"""Regressions for sequential synthesis: least squares and proportional odds.

Each takes a design whose first column is one, and weights that sum to the number of records that
count. With `rng` it returns, instead of the best coefficients, a draw from their posterior.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RIDGE = 0.01
"""Precision of the prior of a log odds ratio: where levels separate the classes, about
`RIDGE` times the log odds ratio, a tenth of a record, is drawn against the separation."""
UNKNOWN = 1.0
"""Precision added for posterior draws: a log odds ratio of which the records say nothing would
otherwise be drawn from so wide a normal distribution that a separation often changes sides."""
CHUNK = 20_000
"""Rows that are multiplied at a time, so that no second design is in memory."""
DEPENDENT = 1e-10
STEPS = 60
NEAR = 1e-4
"""Log-likelihood that a further step may promise at the end: coefficients are then within about
1.5 % of their standard errors of the best ones."""


@dataclass(frozen=True)
class Linear:
    """Coefficients and the standard deviation of the residuals."""

    coefficients: np.ndarray
    spread: float


@dataclass(frozen=True)
class Cumulative:
    """Proportional odds: the log odds of being below a cut are the cut less a linear score.

    With one cut it is the logistic model.
    """

    cuts: np.ndarray
    slopes: np.ndarray

    def below(self, x: np.ndarray) -> np.ndarray:
        """Return the probability of a class up to each but the last."""
        return _logistic(self.cuts - (x[:, 1:] @ self.slopes)[:, None])


def linear(
    x: np.ndarray, y: np.ndarray, weights: np.ndarray, rng: np.random.Generator | None = None
) -> Linear:
    """Return weighted least squares; columns that depend on others share their coefficient.

    References
    ----------
    Posterior draws: Rubin (1987), Multiple Imputation for Nonresponse in Surveys, chapter 5
    """
    root = np.sqrt(weights)
    lengths = np.sqrt(weights @ x**2)
    unit = x * (root[:, None] / np.where(lengths > 0, lengths, 1.0))
    values, vectors = np.linalg.eigh(unit.T @ unit)
    kept = values > DEPENDENT * values[-1]
    half = vectors[:, kept] / np.sqrt(values[kept])
    found = half @ (half.T @ (unit.T @ (root * y)))
    left = root * y - unit @ found
    free = max(float(weights.sum()) - int(kept.sum()), 1.0)
    variance = float(left @ left) / free
    if rng is not None:
        variance *= free / rng.chisquare(free)
        found = found + np.sqrt(variance) * half @ rng.standard_normal(int(kept.sum()))
    return Linear(found / np.where(lengths > 0, lengths, 1.0), float(np.sqrt(variance)))


def cumulative(
    x: np.ndarray, classes: np.ndarray, weights: np.ndarray, rng: np.random.Generator | None = None
) -> Cumulative:
    """Return the proportional-odds model of classes 0, 1, ..., by Newton's method.

    References
    ----------
    McCullagh (1980), doi:10.1111/j.2517-6161.1980.tb01109.x
    """
    shares = np.cumsum(np.bincount(classes, weights))
    k = len(shares) - 1
    found = np.zeros(k + x.shape[1] - 1)
    found[:k] = np.log(shares[:-1] / (shares[-1] - shares[:-1]))
    x = x[:, 1:]
    loss = _cumulative_loss(x, classes, weights, found, k)
    for _ in range(STEPS):
        gradient, information = _cumulative_slope(x, classes, weights, found, k)
        step = np.linalg.solve(information, gradient)
        promise = float(gradient @ step)
        for _ in range(30):
            tried = found + step
            tried_loss = _cumulative_loss(x, classes, weights, tried, k)
            if tried_loss <= loss:
                found, loss = tried, tried_loss
                break
            step = step / 2
        if promise < NEAR:
            break
    if rng is not None:
        _, information = _cumulative_slope(x, classes, weights, found, k)
        half = np.linalg.cholesky(information + UNKNOWN * np.eye(len(found)))
        found = found + np.linalg.solve(half.T, rng.standard_normal(len(found)))
        found[:k] = np.maximum.accumulate(found[:k])
    return Cumulative(found[:k], found[k:])


def _cumulative_loss(
    x: np.ndarray, classes: np.ndarray, weights: np.ndarray, at: np.ndarray, k: int
) -> float:
    """Return the penalised negative log-likelihood; infinite where cuts are out of order."""
    gaps = np.diff(at[:k], prepend=-np.inf, append=np.inf)
    if (gaps <= 0).any():
        return float("inf")
    upper, lower = _ends(x, classes, at, k)
    single = np.logaddexp(0, -upper) + np.logaddexp(0, lower)
    between = np.bincount(classes, weights, k + 1) @ np.log(-np.expm1(-gaps))
    return float(weights @ single - between + RIDGE / 2 * at[k:] @ at[k:])


def _cumulative_slope(
    x: np.ndarray, classes: np.ndarray, weights: np.ndarray, at: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradient of the penalised log-likelihood and its information matrix.

    The probability of a class is logistic(upper) logistic(-lower) (1 - exp(lower - upper)), and
    the difference in the last factor depends on the cuts alone.
    """
    gaps = np.diff(at[:k], prepend=-np.inf, append=np.inf)
    pull = 1 / np.expm1(gaps)
    upper, lower = (_logistic(e) for e in _ends(x, classes, at, k))
    up, down = weights * (1 - upper), weights * lower
    sizes = np.bincount(classes, weights, k + 1)
    gradient = np.empty(len(at))
    gradient[:k] = np.bincount(classes, up)[:-1] + (sizes * pull)[:-1]
    gradient[:k] -= np.bincount(classes, down)[1:] + (sizes * pull)[1:]
    gradient[k:] = x.T @ (down - up) - RIDGE * at[k:]
    information = np.zeros((len(at), len(at)))
    up, down = up * upper, down * (1 - lower)
    bend = sizes * pull * (1 + pull)
    ends = np.bincount(classes, up)[:-1] + np.bincount(classes, down)[1:]
    cuts = np.diag(ends + bend[:-1] + bend[1:])
    cuts -= np.diag(bend[1:-1], 1) + np.diag(bend[1:-1], -1)
    information[:k, :k] = cuts
    for part in parts(len(x)):
        some = x[part] * np.sqrt(up[part] + down[part])[:, None]
        information[k:, k:] += some.T @ some
        marks = np.zeros((len(some), k + 2))
        rows = np.arange(len(some))
        marks[rows, classes[part] + 1] = up[part]
        marks[rows, classes[part]] = down[part]
        information[:k, k:] -= marks[:, 1:-1].T @ x[part]
    information[k:, :k] = information[:k, k:].T
    information[range(k, len(at)), range(k, len(at))] += RIDGE
    return gradient, information


def _ends(
    x: np.ndarray, classes: np.ndarray, at: np.ndarray, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the cuts above and below the class of each row, less its score."""
    cuts = np.concatenate([[-np.inf], at[:k], [np.inf]])
    score = x @ at[k:]
    return cuts[classes + 1] - score, cuts[classes] - score


def _logistic(score: np.ndarray) -> np.ndarray:
    return np.asarray(0.5 + 0.5 * np.tanh(score / 2))


def parts(rows: int) -> list[slice]:
    """Return slices of some rows at a time."""
    return [slice(first, first + CHUNK) for first in range(0, rows, CHUNK)]
