"""Multinomial logit by a quasi-Newton search, for many classes and records.

References
----------
Nocedal (1980), doi:10.1090/S0025-5718-1980-0572855-7; Böhning (1992), doi:10.1007/BF00048682
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np

from guide_helpers.methods._regressions import NEAR, RIDGE, UNKNOWN, parts

MEMORY = 20
"""Steps that the search remembers."""
RENEWED = (12, 30, 60, 100, 150, 200, 250, 300, 400, 500)
"""Steps at which it looks at the curvature again."""
STEPS = 600
Curvature = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Multinomial:
    """A column of coefficients for each class; their mean over the classes is zero."""

    coefficients: np.ndarray

    def below(self, x: np.ndarray) -> np.ndarray:
        """Return the probability of a class up to each but the last."""
        return np.cumsum(_softmax(x @ self.coefficients)[0], axis=1)[:, :-1]


def multinomial(
    x: np.ndarray, classes: np.ndarray, weights: np.ndarray, rng: np.random.Generator | None = None
) -> Multinomial:
    """Return the multinomial logit of classes 0, 1, ...; with `rng`, a draw of its posterior."""
    problem = _Problem.of(x, classes, weights)
    found = _least(problem)
    if rng is not None:
        found = found + _deviation(problem, found, rng)
    return Multinomial(found)


@dataclass(frozen=True)
class _Problem:
    """The penalised likelihood; the intercepts, which stand first, have no penalty."""

    x: np.ndarray
    classes: np.ndarray
    weights: np.ndarray
    shares: np.ndarray
    penalty: np.ndarray

    @classmethod
    def of(cls, x: np.ndarray, classes: np.ndarray, weights: np.ndarray) -> Self:
        shares = np.bincount(classes, weights) / weights.sum()
        penalty = np.full((x.shape[1], 1), RIDGE)
        penalty[0] = 0
        return cls(x, classes, weights, shares, penalty)

    def at(self, coefficients: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the negative log-likelihood with its penalty, and the gradient."""
        loss, gradient = 0.0, self.penalty * coefficients
        for part in parts(len(self.x)):
            fitted, logs = _softmax(self.x[part] @ coefficients, self.classes[part])
            loss -= float(self.weights[part] @ logs)
            fitted[np.arange(len(fitted)), self.classes[part]] -= 1
            fitted *= self.weights[part, None]
            gradient += self.x[part].T @ fitted
        return loss + float((self.penalty * coefficients**2).sum()) / 2, gradient

    def first_curvature(self) -> Curvature:
        """Return what divides by the curvature where no predictor tells anything."""
        ridge = np.diag(self.penalty[:, 0] * len(self.shares))
        whole = _inverse(self.x.T @ (self.weights[:, None] * self.x) + ridge)
        return lambda gradient: _centred(whole @ gradient / self.shares)

    def curvature(self, coefficients: np.ndarray) -> Curvature:
        """Return what divides by the curvature of each class alone, at some coefficients."""
        size, count = coefficients.shape
        blocks = np.zeros((count, size, size))
        for part in parts(len(self.x)):
            fitted = _softmax(self.x[part] @ coefficients)[0]
            spread = np.sqrt(self.weights[part, None] * fitted * (1 - fitted))
            for k in range(count):
                some = self.x[part] * spread[:, k, None]
                blocks[k] += some.T @ some
        inverses = _inverse(blocks + np.diag(self.penalty[:, 0]))
        return lambda gradient: _centred((inverses @ _centred(gradient).T[:, :, None])[..., 0].T)


def _least(problem: _Problem) -> np.ndarray:
    """Return the coefficients with the least loss, by limited-memory BFGS."""
    at = np.zeros((len(problem.penalty), len(problem.shares)))
    at[0] = _centred(np.log(problem.shares))
    divide = problem.first_curvature()
    loss, gradient = problem.at(at)
    moves: list[tuple[np.ndarray, np.ndarray, float]] = []
    for round_ in range(STEPS):
        if round_ in RENEWED:
            divide, moves = problem.curvature(at), []
        step = -_bent(gradient, moves, divide)
        promise = -float((gradient * step).sum())
        if promise < NEAR:
            break
        length, tried_loss, tried = _length(problem, at, step, loss, promise)
        if length == 0:
            break
        step, turn = length * step, tried - gradient
        moves = [*moves[1 - MEMORY :], (step, turn, float((step * turn).sum()))]
        at, loss, gradient = at + step, tried_loss, tried
    return at


def _length(
    problem: _Problem, at: np.ndarray, step: np.ndarray, loss: float, promise: float
) -> tuple[float, float, np.ndarray]:
    """Return how far to go along a step, with the loss and the gradient there.

    Where a step is too long it is cut at the point at which the slope, taken as a line between
    both ends, is zero.
    """
    length = 1.0
    for _ in range(30):
        tried_loss, tried = problem.at(at + length * step)
        if tried_loss <= loss - 1e-4 * length * promise:
            return length, tried_loss, tried
        rise = float((tried * step).sum())
        length *= min(max(promise / (promise + max(rise, 0.0)), 0.1), 0.5)
    return 0.0, loss, at


def _bent(
    gradient: np.ndarray, moves: list[tuple[np.ndarray, np.ndarray, float]], divide: Curvature
) -> np.ndarray:
    """Return the gradient divided by the curvature, as the moves so far show it."""
    left = gradient
    shares = []
    for step, turn, product in reversed(moves):
        shares.append(float((step * left).sum()) / product)
        left = left - shares[-1] * turn
    found = divide(left)
    for (step, turn, product), share in zip(moves, reversed(shares), strict=True):
        found = found + (share - float((turn * found).sum()) / product) * step
    return found


def _deviation(problem: _Problem, at: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a draw from the normal distribution with the inverse information as covariance.

    A vector with the information itself as covariance is easily drawn, record by record. The
    system that turns it into the draw is solved by conjugate gradients, so that no matrix of all
    coefficients is needed.
    """
    x, weights = problem.x, problem.weights
    penalty = problem.penalty + UNKNOWN
    fitted = [_softmax(x[part] @ at)[0] for part in parts(len(x))]
    noise = np.sqrt(penalty) * rng.standard_normal(at.shape)
    for part, p in zip(parts(len(x)), fitted, strict=True):
        root = np.sqrt(p)
        z = rng.standard_normal(p.shape)
        z = root * (z - root * (root * z).sum(axis=1)[:, None])
        noise += x[part].T @ (np.sqrt(weights[part, None]) * z)

    def bend(direction: np.ndarray) -> np.ndarray:
        found: np.ndarray = penalty * direction
        for part, p in zip(parts(len(x)), fitted, strict=True):
            score = p * (x[part] @ direction)
            score -= p * score.sum(axis=1)[:, None]
            found += x[part].T @ (weights[part, None] * score)
        return found

    return _solved(bend, problem.curvature(at), _centred(noise))


def _solved(bend: Curvature, divide: Curvature, left: np.ndarray) -> np.ndarray:
    """Return what `bend` turns into `left`, by conjugate gradients."""
    found: np.ndarray = np.zeros_like(left)
    towards = step = divide(left)
    size = enough = float((left * towards).sum())
    for _ in range(STEPS):
        bent = bend(step)
        length = size / float((step * bent).sum())
        found, left = found + length * step, left - length * bent
        towards = divide(left)
        before, size = size, float((left * towards).sum())
        if size < 1e-6 * enough:
            break
        step = towards + size / before * step
    return found


def _softmax(
    scores: np.ndarray, classes: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the probabilities, which replace the scores, and the logarithm of one in each row."""
    scores -= scores.max(axis=1)[:, None]
    own = scores[np.arange(len(scores)), classes] if classes is not None else np.zeros(0)
    np.exp(scores, out=scores)
    totals = scores.sum(axis=1)
    scores /= totals[:, None]
    return scores, own - np.log(totals) if classes is not None else own


def _centred(values: np.ndarray) -> np.ndarray:
    """Return values less their mean over the classes, which no probability depends on."""
    return np.asarray(values - values.mean(axis=-1, keepdims=True))


def _inverse(curvature: np.ndarray) -> np.ndarray:
    """Return the inverse of positive matrices, made safe against directions without curvature."""
    diagonal = np.diagonal(curvature, axis1=-2, axis2=-1)
    safe = 1e-10 * diagonal + np.finfo(float).tiny
    return np.asarray(np.linalg.inv(curvature + safe[..., None] * np.eye(curvature.shape[-1])))
