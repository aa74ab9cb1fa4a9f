"""Least squares and logistic regression, with numpy alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ALIASED = 1e-9
"""A column is aliased where less than this share of its sum of squares is its own."""
GROWING = 0.5
"""A logistic fit whose last step moved some log odds by this much has no finite estimate."""
CHUNK = 20_000
"""Rows that are multiplied at a time, so that no second design is in memory."""


@dataclass(frozen=True)
class Fit:
    """Coefficients and their covariance, NaN where a column adds nothing to those before it.

    `separated` says of a logistic fit that columns predict some outcomes without error, so that
    coefficients grow without end.
    """

    coefficients: np.ndarray
    covariance: np.ndarray
    fitted: np.ndarray
    kept: np.ndarray
    separated: bool = False

    @property
    def errors(self) -> np.ndarray:
        """Standard errors of the coefficients."""
        found: np.ndarray = np.sqrt(np.diag(self.covariance))
        return found


def own_columns(design: np.ndarray) -> np.ndarray:
    """Return which columns are no linear combination of the columns before them."""
    left = design.T @ design
    whole = np.diag(left).copy()
    kept = np.zeros(len(whole), dtype=bool)
    for j in range(len(whole)):
        if left[j, j] <= ALIASED * whole[j] or whole[j] == 0:
            continue
        kept[j] = True
        below = left[j + 1 :, j]
        left[j + 1 :, j + 1 :] -= np.outer(below / left[j, j], below)
    return kept


def least_squares(design: np.ndarray, outcome: np.ndarray) -> Fit:
    """Return the ordinary least squares fit."""
    kept = own_columns(design)
    x = design if kept.all() else design[:, kept]
    inverse = np.linalg.inv(x.T @ x)
    coefficients = inverse @ (x.T @ outcome)
    fitted = x @ coefficients
    spare = max(1, len(x) - x.shape[1])
    variance = float(((outcome - fitted) ** 2).sum()) / spare
    return _spread(kept, coefficients, variance * inverse, fitted)


def logistic(design: np.ndarray, outcome: np.ndarray, *, steps: int = 40) -> Fit:
    """Return the maximum likelihood fit of a logistic model, by Newton's method.

    Where the columns separate the outcomes, coefficients grow without end and fitted
    probabilities tend to 0 and 1; it stops when they are there.
    """
    kept = own_columns(design)
    x = design if kept.all() else design[:, kept]
    coefficients = np.zeros(x.shape[1])
    fitted, loss = _predict(x, coefficients, outcome)
    step = coefficients
    for _ in range(steps):
        step = np.linalg.solve(_information(x, fitted), x.T @ (outcome - fitted))
        for _ in range(20):
            tried, new_loss = _predict(x, coefficients + step, outcome)
            if new_loss <= loss:
                break
            step = step / 2
        gain = loss - new_loss
        if gain < 0:
            step = np.zeros_like(step)
            break
        coefficients, fitted, loss = coefficients + step, tried, new_loss
        if gain < 1e-10 * len(outcome):
            break
    growing = bool(np.abs(x @ step).max() > GROWING)
    return _spread(kept, coefficients, np.linalg.inv(_information(x, fitted)), fitted, growing)


def _information(x: np.ndarray, fitted: np.ndarray) -> np.ndarray:
    """Return the information matrix, damped a little so that a separated model can be solved.

    Damping shortens a Newton step; it does not move the point where the steps end. It is taken
    column by column: a column of large numbers must not hide that another one separates.
    """
    weights = np.maximum(fitted * (1 - fitted), np.finfo(float).tiny)
    found = np.zeros((x.shape[1], x.shape[1]))
    for part in range(0, len(x), CHUNK):
        some = x[part : part + CHUNK]
        found += some.T @ (weights[part : part + CHUNK, None] * some)
    size = np.diag(found)
    found[np.diag_indices_from(found)] += 1e-12 * size + np.finfo(float).tiny
    return found


def _predict(
    x: np.ndarray, coefficients: np.ndarray, outcome: np.ndarray
) -> tuple[np.ndarray, float]:
    """Return fitted probabilities and the negative log-likelihood."""
    score = x @ coefficients
    fitted = 1 / (1 + np.exp(-np.clip(score, -500, 500)))
    loss = float((np.logaddexp(0, score) - outcome * score).sum())
    return fitted, loss


def _spread(
    kept: np.ndarray,
    coefficients: np.ndarray,
    covariance: np.ndarray,
    fitted: np.ndarray,
    separated: bool = False,
) -> Fit:
    """Return a fit with NaN in the places of aliased columns."""
    every = np.full(len(kept), np.nan)
    every[kept] = coefficients
    square = np.full((len(kept), len(kept)), np.nan)
    square[np.ix_(kept, kept)] = covariance
    return Fit(every, square, fitted, kept, separated)
