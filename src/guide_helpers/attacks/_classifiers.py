"""From what is seen in shadows to a score of membership for each target."""

from __future__ import annotations

from typing import Any

import numpy as np

from guide_helpers.attacks._shadows import Shadows
from guide_helpers.progress import progress

MOST_TARGETS = 1_000
"""Targets that a shared rule is learned from."""
RIDGE = 1e-2
BLOCK = 512


def shared(shadows: Shadows, released: np.ndarray) -> np.ndarray:
    """Return the scores of one linear rule for all targets, from features of each target.

    Counts are taken as roots and standardised target by target, so that a rare record and a common
    one speak the same language. The rule is the linear discriminant of in against out.
    """
    targets = shadows.inside.shape[1]
    some = np.linspace(0, targets - 1, min(targets, MOST_TARGETS)).astype(int)
    seen, _ = _standard(shadows.seen[:, some], released[some])
    inside = shadows.inside[:, some]
    rule = _discriminant(seen.reshape(-1, seen.shape[2]), inside.ravel())
    scores = np.empty(targets)
    for start in range(0, targets, BLOCK):
        block = slice(start, start + BLOCK)
        scores[block] = _standard(shadows.seen[:, block], released[block])[1] @ rule
    return scores


def shared_spread(shadows: Shadows, released: np.ndarray) -> np.ndarray:
    """Return the scores of a rule for each target, from features of the whole file.

    Linear discriminants, all with the same covariance of the features, which is drawn towards
    independence the more, the fewer shadows there are for a feature.
    """
    centre, scale = shadows.seen.mean(axis=0), shadows.seen.std(axis=0)
    scale = np.where(scale > 0, scale, np.inf)
    seen, now = (shadows.seen - centre) / scale, (released - centre) / scale
    inside = shadows.inside.astype(float)
    within = inside.T @ seen / inside.sum(axis=0)[:, None]
    without = (1 - inside).T @ seen / (1 - inside).sum(axis=0)[:, None]
    count, features = seen.shape
    gaps, drawn = within - without, features / count
    # the inverse of a large covariance, from the products of the few shadows
    products = seen @ seen.T + count * drawn * np.eye(count)
    rules = (gaps - np.linalg.solve(products, seen @ gaps.T).T @ seen) / drawn
    scores: np.ndarray = (rules * (now - (within + without) / 2)).sum(axis=1)
    return scores


def each(shadows: Shadows, released: np.ndarray, kind: str, seed: int) -> np.ndarray:
    """Return the scores of a classifier of its own for each target: "logistic" or "forest"."""
    targets = shadows.inside.shape[1]
    own = shadows.seen.ndim == 3
    scores = np.empty(targets)
    for t in progress(range(targets), "classifiers", targets):
        seen = (shadows.seen[:, t] if own else shadows.seen).astype(float)
        now = np.asarray(released[t] if own else released, dtype=float)
        model = _model(kind, seed).fit(seen, shadows.inside[:, t])
        scores[t] = model.predict_proba(now[None])[0, 1]
    return scores


def _model(kind: str, seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if kind == "forest":
        return RandomForestClassifier(100, min_samples_leaf=2, random_state=seed)
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500))


def _standard(seen: np.ndarray, released: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return roots of counts in standard deviations; what hardly varies is not blown up."""
    roots, now = (np.sqrt(x.astype(np.float32)) for x in (seen, released))
    centre, scale = roots.mean(axis=0), roots.std(axis=0)
    scale = np.sqrt(scale**2 + 0.01)
    return (roots - centre) / scale, (now - centre) / scale


def _discriminant(seen: np.ndarray, inside: np.ndarray) -> np.ndarray:
    gap = seen[inside].mean(axis=0) - seen[~inside].mean(axis=0)
    covariance = np.cov(seen, rowvar=False, bias=True).reshape(len(gap), len(gap))
    rule: np.ndarray = np.linalg.solve(covariance + RIDGE * np.eye(len(gap)), gap)
    return rule
