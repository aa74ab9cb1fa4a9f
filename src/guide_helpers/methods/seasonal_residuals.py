"""Seasonal model of a panel of series: new profiles by unit, and residuals that remember."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, card, conditional, fit
from guide_helpers.errors import GuideError
from guide_helpers.methods import _sensors
from guide_helpers.methods._between import Between
from guide_helpers.methods._counting import check_units
from guide_helpers.methods._gaps import Presence
from guide_helpers.methods._grid import Grid, file_of, options_of
from guide_helpers.methods._seasonal import Profile, Residuals, bounded
from guide_helpers.methods._sequential import Sequential
from guide_helpers.schema import Dataset

RESIDUALS = ("autoregression", "days")


@card(
    MethodCard(
        title="Seasonal model with residuals",
        summary=(
            "Draws for each new sensor a profile of the week near those of real ones, and adds "
            "residuals that follow each other and are shared in part by all sensors."
        ),
        family="time series",
        made_for="series of sensors",
        origin=("hyndman2021",),
        inputs="the readings of a panel of sensors at regular times",
        sources=("hyndman2021", "silverman1987", "anderson1957"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                "no reading is copied, but profiles of few sensors show through and there is no "
                "guarantee: check it by sensor"
            ),
            UseCase.TESTING_ANALYSIS: fit(
                "profiles, memory, gaps and common movement as the model says; good where the "
                "analysis needs just that"
            ),
            UseCase.EDUCATION: fit("a model that a class can take apart, with its faults in sight"),
            UseCase.TESTING_TECHNOLOGY: fit(
                "any number of sensors with believable load, in order and within limits"
            ),
        },
        capabilities=Capabilities(
            panel=True,
            keeps_rules=True,
            keeps_structural_zeros=True,
            missing=True,
            keeps_missing_rates=True,
            in_browser=True,
            kinds=("categorical", "ordered", "integer", "number", "datetime"),
        ),
        weaknesses=(
            "No trend, no holidays, no time of the year: every week has the same expectation.",
            "One memory for all sensors: the autoregression is the same for each, but for its "
            "scale.",
            "Several quantities of one sensor share the common factors and nothing else.",
            "Levels that change within a sensor are drawn from its own readings at the same time "
            "of the week, without memory.",
            "With few sensors a smooth draw is near some real one; `spread` sets how near.",
            "A table of one row a unit is drawn by trees, as by the method `cart`.",
        ),
    )
)
@dataclass
class SeasonalResiduals:
    """Draw profiles, residuals and gaps of new sensors.

    Parameters
    ----------
    spread
        How far new sensors are from real ones, in standard deviations of the sensors; 0 copies
        profiles and scales.
    residuals
        "autoregression": drawn from a periodic autoregression with common factors; "days": whole
        days of real residuals, drawn for all sensors together.
    step, day, week
        The time between readings ("30min"), steps of a day where the time is a number, and days
        of a week; None finds the step, takes seven days of dates and one of numbers.
    """

    spread: float = 0.5
    residuals: str = "autoregression"
    step: str | float | None = None
    day: int | None = None
    week: int | None = None

    def __post_init__(self) -> None:
        number = isinstance(self.spread, int | float) and not isinstance(self.spread, bool)
        if not number or not 0 <= self.spread <= 5:
            raise GuideError(f"spread={self.spread!r} is not a number from 0 to 5; 0.5 is usual")
        if self.residuals not in RESIDUALS:
            raise GuideError(f"no residuals {self.residuals!r}; known: {', '.join(RESIDUALS)}")
        options_of(self.step, self.day, self.week)

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Learn profiles, residuals and gaps; errors are moved into the limits that rules state."""
        check_units(data, 1)
        self.alone_ = None if data.panel else Sequential().fit(data, rng=rng)
        if self.alone_ is not None:
            return self
        still = _sensors.once(data)
        self.limited_ = _sensors.quantities(data, still)
        self.data_ = _sensors.put_right(data, self.limited_)
        self.grid_ = Grid.of(self.data_, "seasonal_residuals", self.step, self.day, self.week)
        self.sizes_ = _sensors.sizes_of(self.data_, self.limited_)
        self.filled_ = self.grid_.filled()
        self.presence_ = Presence.of(self.grid_.row >= 0)
        self.models_ = {one.name: self._model(one) for one in self.limited_}
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` sensors."""
        if self.alone_ is not None:
            return self.alone_.sample(n, rng=rng)
        source = _sensors.evenly(n, self.grid_.units, rng)
        drawn = self._units(source, rng)
        there = self.presence_.draw(drawn["share"], drawn["goes_on"], rng)
        unit, day, slot = np.nonzero(there)
        rows = self._like(source, unit, day, slot, rng)
        made: dict[str, Any] = {
            name: _sensors.sized(self.data_, name, drawn[name])[unit] for name in self.sizes_
        }
        old = self.data_.rows.iloc[rows].reset_index(drop=True)
        own = old.assign(**made)
        for one in self.limited_:
            known = _sensors.plain_numbers(self.data_, one.name)[0][rows]
            normal = self._series(one, source, drawn, rng)[unit, day, slot]
            made[one.name] = np.where(known, one.back(normal, own), _sensors.numbers(old[one.name]))
        file = file_of(self.data_, unit, self.grid_.moments(self.data_, day, slot), rows, made)
        return _sensors.without_broken(file, unit, self.data_, rows)

    def _model(self, one: Between) -> tuple[Profile, Residuals, np.ndarray]:
        """Return profile, residuals, and the residuals of the records on the grid."""
        known, plain = _sensors.plain_numbers(self.data_, one.name)
        normal = np.where(known, one.normal(plain, self.data_.rows), np.nan)
        values = self.grid_.of_column(normal)
        times = self.grid_.times
        profile = Profile.of(values, times.weekday, times.week)
        apart = values - profile.of_days(times.weekday)
        return profile, Residuals.of(apart), apart

    def _units(self, source: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Return what each new sensor is: sizes, profiles, scales, loadings, rates of gaps."""
        rows = self.data_.rows
        first = pd.Series(np.arange(len(rows))).groupby(self.data_.units).first().to_numpy()
        parts: dict[str, np.ndarray] = {
            "share": _logit(self.presence_.share),
            "goes_on": _logit(self.presence_.goes_on),
        }
        for name in self.sizes_:
            parts[name] = np.log(_sensors.numbers(rows[name])[first])
        for one in self.limited_:
            profile, residuals, _ = self.models_[one.name]
            parts[f"{one.name} profile"] = profile.by_weekday.reshape(len(first), -1)
            parts[f"{one.name} scale"] = np.log(residuals.scale)
            parts[f"{one.name} loadings"] = residuals.loadings
        wide = {k: v.reshape(len(first), -1) for k, v in parts.items()}
        drawn = _sensors.spread(np.hstack(list(wide.values())), source, self.spread, rng)
        ends = np.cumsum([v.shape[1] for v in wide.values()])[:-1]
        found = dict(zip(wide, np.split(drawn, ends, axis=1), strict=True))
        for name in ("share", "goes_on"):
            found[name] = 1 / (1 + np.exp(-found[name][:, 0]))
        for name in self.sizes_:
            found[name] = np.exp(found[name][:, 0])
        return found

    def _series(
        self,
        one: Between,
        source: np.ndarray,
        drawn: dict[str, np.ndarray],
        rng: np.random.Generator,
    ) -> np.ndarray:
        """Return the values of new sensors on the scale without limits."""
        profile, residuals, apart = self.models_[one.name]
        times = self.grid_.times
        shape = (len(source), *profile.by_weekday.shape[1:])
        mean = drawn[f"{one.name} profile"].reshape(shape)[:, times.weekday]
        scale = np.exp(drawn[f"{one.name} scale"][:, 0])
        if self.residuals == "autoregression":
            loadings = bounded(drawn[f"{one.name} loadings"])
            return np.asarray(mean + residuals.draw(scale, loadings, times.days, rng))
        days = rng.integers(times.days, size=times.days)
        found = np.nan_to_num(apart)[source[:, None], days] / residuals.scale[source][:, None, None]
        return np.asarray(mean + found * scale[:, None, None])

    def _like(
        self,
        source: np.ndarray,
        unit: np.ndarray,
        day: np.ndarray,
        slot: np.ndarray,
        rng: np.random.Generator,
    ) -> np.ndarray:
        """Return rows of the source at the same time of the week, for levels and missing values."""
        weekday = self.grid_.times.weekday
        order = np.argsort(weekday, kind="stable")
        counts = np.bincount(weekday, minlength=self.grid_.times.week)
        first = np.cumsum(counts) - counts
        which = weekday[day]
        some = order[first[which] + (rng.random(len(day)) * counts[which]).astype(np.int64)]
        return np.asarray(self.filled_[source[unit], some, slot])


def _logit(share: np.ndarray) -> np.ndarray:
    inside = np.clip(share, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(inside / (1 - inside)))
