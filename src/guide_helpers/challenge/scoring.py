"""Numbers of one submission, by the verbs alone; nothing but numbers comes out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from guide_helpers import verbs
from guide_helpers.cards import Better
from guide_helpers.challenge.setting import Challenge, Check
from guide_helpers.errors import GuideError
from guide_helpers.results import Risk, Score
from guide_helpers.schema import Dataset


def scores(challenge: Challenge, data: str, copies: Sequence[Dataset]) -> dict[str, Any]:
    """Return the numbers of all checks of a data set, by key; None where there is none."""
    training, control = challenge.training(data), challenge.control(data)
    found: dict[str, Any] = {}
    for check in challenge.checks[data]:
        try:
            found[check.key] = scored(check, training, tuple(copies), control, seed=challenge.seed)
        except GuideError:  # its sentence may tell of the control
            found[check.key] = None
    return found


def scored(
    check: Check, training: Dataset, copies: tuple[Dataset, ...], control: Dataset, *, seed: int
) -> dict[str, Any]:
    """Return the numbers of one check.

    A measure is told of the control only where it is hidden, so that a participant can compute
    all others.
    """
    if check.kind == "attack":
        return _of_risk(
            verbs.attack(
                copies,
                original=training,
                control=control,
                attack=check.name,
                seed=seed,
                **check.options,
            )
        )
    found = verbs.compare(training, copies, measures=[check.name], seed=seed, **dict(check.options))
    return _of_score(next(s for s in found if s.variant == check.variant or not check.variant))


def _of_score(score: Score) -> dict[str, Any]:
    band = score.band()
    return {
        "value": _number(score.value),
        "interval": None if score.interval is None else _pair(score.interval),
        "null": band.null.value,
        "mean": _number(band.mean),
        "band": _pair(band),
        "standing": score.standing,
        "better": score.card.better.value,
        "away": _away(score),
    }


def _away(score: Score) -> float | None:
    """Return how far a value is from what is wanted, to sort by."""
    if score.card.better is Better.NEAR_NULL:
        return _number(abs(score.value - score.band().mean))
    return _number(score.value if score.card.better is Better.LOWER else -score.value)


def _of_risk(risk: Risk) -> dict[str, Any]:
    """Return the excess over the control group; where nobody was left to hit there is none."""
    excess, control = risk.excess, risk.control_rate
    return {
        "value": None if excess is None else _number(excess.value),
        "interval": None if excess is None else _pair(excess.interval),
        "rate": _number(risk.rate.value),
        "control": None if control is None else _number(control.value),
        "guessing": _number(risk.guessing_rate),
        "standing": "" if excess is None else _leak(excess.interval.low, excess.interval.high),
        "away": None if excess is None else _number(excess.value),
    }


def _leak(low: float, high: float) -> str:
    if low > 0:
        return "leak shown"
    return "no leak shown" if high >= 0 else "outsiders hit more"


def _pair(ends: Any) -> list[float | None]:
    return [_number(ends.low), _number(ends.high)]


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
