"""People in motion from few parameters: gravity, radiation, exploration and return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers.cards import (
    Capabilities,
    MethodCard,
    Status,
    UseCase,
    card,
    conditional,
    fit,
    unfit,
)
from guide_helpers.errors import GuideError
from guide_helpers.methods._mobile_anchors import apart
from guide_helpers.methods._mobile_town import drawn_from
from guide_helpers.methods._mobile_units import Travellers
from guide_helpers.schema import Dataset, Variable

LAWS = ("gravity", "radiation")


@card(
    MethodCard(
        title="Mechanistic mobility models (EPR, gravity, radiation, DITRAS)",
        summary=(
            "Moves invented people between places by a law with few parameters: how far one "
            "goes, how often one returns, and when."
        ),
        family="mobility",
        made_for="moves of devices",
        origin=("song2010", "simini2012", "pappalardo2018"),
        inputs="a map of places with their size and a few parameters, estimated or published; "
        "columns besides unit, time and place come from the public schema",
        sources=("song2010", "simini2012", "pappalardo2018", "masucci2013"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                "as safe as its parameters: publish those, and say that no trip is anybody's"
            ),
            UseCase.TESTING_ANALYSIS: unfit(
                "no local truth: a new bridge or a closed school is not in the law"
            ),
            UseCase.EDUCATION: fit(
                "home, work and the exploration of places can be taught without any data"
            ),
            UseCase.TESTING_TECHNOLOGY: fit(
                "trips of millions of devices to build and test a pipeline with"
            ),
        },
        capabilities=Capabilities(
            panel=True, in_browser=True, kinds=("categorical", "ordered", "integer", "number")
        ),
        weaknesses=(
            "One law for all: which of gravity and radiation is closer depends on the scale and "
            "the region {cite:p}`masucci2013`.",
            "Who moves is nobody in particular: age, work and household are not in the models.",
            "Attraction of the places, share of moves, rows by time and mean number of rows are "
            "taken from the records unless they are given: few numbers, without noise or claim.",
            "Waiting is a constant chance to move at each row, not the long tail of "
            "{cite:t}`song2010`, and nobody keeps hours: home and work are not in the law.",
            "DITRAS learns its diary from real trajectories {cite:p}`pappalardo2018`; that part "
            "needs the care of any fit to records.",
        ),
        implementation="guide_helpers; scikit-mobility 1.3.1 (last release 2022) has more models",
        licence="Apache-2.0; scikit-mobility is BSD-3-Clause",
    )
)
@dataclass
class MobilityMechanistic(Travellers):
    """Exploration and preferential return, with the law of where an explorer goes.

    `place` names the column of places, by default that of most levels; `coordinates` gives x and
    y of each, without which all are equally far. An explorer goes by `law`: gravity, which falls
    by a factor of e over a distance of `reach` (by default a quarter of the largest), or
    radiation, which has no parameter. With S places seen so far, a move explores with probability
    `rho` S^-`gamma`, else it returns to a place as often as it was seen. `relevance` gives the
    attraction of each place, `moves` the share of rows that are elsewhere than the row before,
    `rows` the mean number of rows of a unit: published figures. What is not given is taken from
    the records.

    References
    ----------
    Song, Koren, Wang and Barabási (2010), doi:10.1038/nphys1760; Simini, González, Maritan and
    Barabási (2012), doi:10.1038/nature10856
    """

    law: str = "gravity"
    reach: float | None = None
    rho: float = 0.6
    gamma: float = 0.21
    moves: float | None = None
    relevance: Mapping[Any, float] | None = None
    coordinates: Mapping[Any, Sequence[float]] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.law not in LAWS:
            raise GuideError(f"law={self.law!r} is unknown; known: {', '.join(LAWS)}")
        if self.reach is not None and not _number(self.reach, 0, np.inf):
            raise GuideError(f"reach={self.reach!r} is not a positive distance")
        for name, value in (("rho", self.rho), ("moves", self.moves)):
            if value is not None and not (value in (0, 1) or _number(value, 0, 1)):
                raise GuideError(f"{name}={value!r} is not a share from 0 to 1")
        if not isinstance(self.gamma, int | float) or not 0 <= self.gamma < np.inf:
            raise GuideError(f"gamma={self.gamma!r} is not a number of at least 0")

    def _keep(self, data: Dataset, place: Variable) -> None:
        """Keep the few numbers of the law, given or taken from the records."""
        super()._keep(data, place)
        codes = data.rows[place.name].cat.codes.to_numpy(dtype=np.int64)
        known = np.bincount(codes[codes >= 0], minlength=len(self.places_)).astype(float)
        mass = known if self.relevance is None else _masses(self.places_, self.relevance)
        self.mass_ = mass if mass.sum() else np.ones(len(mass))
        self.moves_ = _moved(data, codes) if self.moves is None else float(self.moves)
        if self.timed_ and data.time is not None:
            hour = data.rows[data.time].to_numpy(dtype=np.int64) - self.low_
            self.by_time_ = np.bincount(hour, minlength=self._moments()).astype(float)
        far = np.ones((len(mass), len(mass))) - np.eye(len(mass))
        if self.coordinates is not None:
            far = apart(self.places_, self.coordinates)
        self.law_ = self._law(far)

    def _law(self, far: np.ndarray) -> np.ndarray:
        """Return, place by place, the distribution function of where an explorer goes."""
        if self.law == "radiation":
            odds = radiation(far, self.mass_)
        else:
            reach = self.reach or max(float(far.max()) / 4, 1e-9)
            odds = self.mass_ * np.exp(-far / reach)
            np.fill_diagonal(odds, 0)
        alone = odds.sum(axis=1) <= 0
        odds[alone] = self.mass_
        return np.asarray(np.cumsum(odds / odds.sum(axis=1, keepdims=True), axis=1))

    def _weights(self) -> np.ndarray:
        return self.by_time_ if self.timed_ else super()._weights()

    def _walks(self, sizes: np.ndarray, time: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the place of each row, step by step for all units at once."""
        del time
        order = np.argsort(-sizes, kind="stable")
        seen = np.full((len(sizes), int(sizes.max(initial=1))), -1, dtype=np.int32)
        share = self.mass_ / self.mass_.sum()
        seen[:, 0] = rng.choice(len(share), len(sizes), p=share)
        different = np.ones(len(sizes))
        for step in range(1, seen.shape[1]):
            there = order[: np.count_nonzero(sizes > step)]
            seen[there, step] = self._next(seen[there, :step], different[there], rng)
            new = (seen[there, :step] != seen[there, step, None]).all(axis=1)
            different[there] += new
        return np.asarray(seen[seen >= 0], dtype=np.int64)

    def _next(
        self, seen: np.ndarray, different: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """Return where each unit is next: here, where it was before, or somewhere new."""
        units, here = np.arange(len(seen)), seen[:, -1].astype(np.int64)
        goes = rng.random(len(seen)) < self.moves_
        explores = rng.random(len(seen)) < self.rho * different**-self.gamma
        # a row of the past, any as likely, is a place as often as it was seen
        back = seen[units, rng.integers(seen.shape[1], size=len(seen))]
        found = np.where(goes, np.where(explores, drawn_from(self.law_, here, rng), back), here)
        return np.asarray(found)


def radiation(far: np.ndarray, mass: np.ndarray) -> np.ndarray:
    """Return the odds of trips between places by the law of radiation.

    Between i and j they are m_i m_j / ((m_i + s)(m_i + m_j + s)), where s is all mass nearer to i
    than j is, without that of i and j.
    """
    order = np.argsort(far, axis=1, kind="stable")
    nearer = np.cumsum(mass[order], axis=1) - mass[order]
    between = np.zeros_like(far)
    np.put_along_axis(between, order, nearer, axis=1)
    between = np.maximum(between - mass[:, None], 0)
    origin = mass[:, None]
    below = (origin + between) * (origin + mass + between)
    odds = np.divide(origin * mass, below, out=np.zeros_like(far), where=below > 0)
    np.fill_diagonal(odds, 0)
    return np.asarray(odds)


def _moved(data: Dataset, codes: np.ndarray) -> float:
    """Return the share of rows that are elsewhere than the row before."""
    units = data.units
    time = np.arange(len(units))
    if data.time is not None:
        time = pd.factorize(data.rows[data.time], sort=True)[0]
    order = np.lexsort((time, units))
    units, places = units[order], codes[order]
    after = places[1:][units[1:] == units[:-1]] != places[:-1][units[1:] == units[:-1]]
    return float(after.mean()) if len(after) else 0.0


def _masses(places: Sequence[Any], relevance: Mapping[Any, float]) -> np.ndarray:
    for place in places:
        if place not in relevance:
            raise GuideError(f"relevance has nothing for place {place!r}; give each a number")
    mass = np.array([relevance[place] for place in places], dtype=float)
    if not np.isfinite(mass).all() or (mass < 0).any() or not mass.sum():
        raise GuideError("relevance takes numbers from 0, one of them above 0, by place")
    return mass


def _number(value: object, low: float, high: float) -> bool:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return plain and low < value < high  # type: ignore[operator]
