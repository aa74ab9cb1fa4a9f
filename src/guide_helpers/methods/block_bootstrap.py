"""Block bootstrap of a panel of series: stretches of whole days, of all sensors together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, card, conditional, fit
from guide_helpers.errors import GuideError
from guide_helpers.methods import _sensors
from guide_helpers.methods._between import Between
from guide_helpers.methods._counting import check_units
from guide_helpers.methods._gaps import Presence
from guide_helpers.methods._grid import Grid, file_of, options_of
from guide_helpers.methods._options import truth, whole
from guide_helpers.methods._whole_units import WholeUnits
from guide_helpers.schema import Dataset

BLOCKS = ("moving", "stationary")
GAPS = ("blocks", "drawn")


@card(
    MethodCard(
        title="Block bootstrap of series",
        summary=(
            "Puts the series of sensors together from stretches of whole days of the original, "
            "with weekdays in their place, drawn for all sensors together or one by one."
        ),
        family="time series",
        made_for="series of sensors",
        origin=("kunsch1989", "politis1994"),
        inputs="the readings of a panel of sensors at regular times",
        sources=("kunsch1989", "politis1994", "silverman1987"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                "only where the readings are no secret: a block is a stretch of somebody's real "
                "series, and finds its sensor again"
            ),
            UseCase.TESTING_ANALYSIS: fit(
                "keeps what is shorter than a block, the profiles of day and week, and how "
                "sensors move together"
            ),
            UseCase.EDUCATION: fit(
                "each step can be drawn on a board; the baseline for every network"
            ),
            UseCase.TESTING_TECHNOLOGY: fit("quick, for any number of sensors, times in order"),
        },
        capabilities=Capabilities(
            panel=True,
            keeps_rules=True,
            keeps_structural_zeros=True,
            missing=True,
            keeps_missing_rates=True,
            in_browser=True,
            kinds=("categorical", "ordered", "integer", "number", "datetime", "text"),
        ),
        weaknesses=(
            "Blocks are real: every day of a synthetic sensor is a day of a real one, stretched to "
            "another capacity at most. Nobody is protected by it.",
            "The bootstrap assumes a stationary series {cite:p}`kunsch1989`: trend and time of the "
            "year are dealt out over the whole file. Only the weekday is kept.",
            "Blocks are joined without regard to what comes next; random lengths make the result "
            "stationary {cite:p}`politis1994` but do not hide the joins.",
            "The length of a block sets what is kept and what is copied, both at once.",
            "A mixture of sensors is smoother than any of them.",
            "A table of one row a unit is drawn by whole records, as by the method `bootstrap`.",
        ),
    )
)
@dataclass
class BlockBootstrap:
    """Draw days in blocks and sensors one by one.

    Parameters
    ----------
    length
        Days of a block; of the stationary bootstrap, their mean.
    blocks
        "moving": blocks of equal length {cite:p}`kunsch1989`; "stationary": of random length, the
        series closed to a circle {cite:p}`politis1994`.
    together
        Draw the same blocks for all sensors, which keeps how they move together; else one by one.
    mix
        How many real sensors a new one is a random mixture of; 1 resamples them.
    smooth
        Give new sensors a capacity of their own, near a real one, and stretch readings with it. A
        capacity is what a rule names as the limit of a reading: "occupancy <= capacity".
    gaps
        "blocks": readings are missing where they are in the block; "drawn": anew, from two-state
        Markov chains.
    step, day, week
        The time between readings ("30min"), steps of a day where the time is a number, and days
        of a week; None finds the step, takes seven days of dates and one of numbers.
    """

    length: int = 7
    blocks: str = "moving"
    together: bool = True
    mix: int = 1
    smooth: bool = True
    gaps: str = "blocks"
    step: str | float | None = None
    day: int | None = None
    week: int | None = None

    def __post_init__(self) -> None:
        whole("length", self.length, 1)
        whole("mix", self.mix, 1)
        truth("together", self.together)
        truth("smooth", self.smooth)
        options_of(self.step, self.day, self.week)
        for name, value, known in (("blocks", self.blocks, BLOCKS), ("gaps", self.gaps, GAPS)):
            if value not in known:
                raise GuideError(f"no {name} {value!r}; known: {', '.join(known)}")

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Keep the readings on their grid; errors are moved into the limits that rules state."""
        check_units(data, 1)
        self.alone_ = None if data.panel else WholeUnits().fit(data, rng=rng)
        if self.alone_ is not None:
            return self
        still = _sensors.once(data)
        self.limited_ = _sensors.quantities(data, still)
        self.data_ = _sensors.put_right(data, self.limited_)
        self.grid_ = Grid.of(self.data_, "block_bootstrap", self.step, self.day, self.week)
        self.sizes_ = _sensors.sizes_of(self.data_, self.limited_) if self.smooth else []
        self.filled_ = self.grid_.filled() if self.gaps == "drawn" or self.mix > 1 else None
        self.presence_ = Presence.of(self.grid_.row >= 0)
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` sensors."""
        if self.alone_ is not None:
            return self.alone_.sample(n, rng=rng)
        sources = np.column_stack(
            [_sensors.evenly(n, self.grid_.units, rng) for _ in range(self.mix)]
        )
        days = self._days(n, rng)
        rows = self._rows(sources[:, 0], days, rng)
        unit, day, slot = np.nonzero(rows >= 0)
        taken = rows[unit, day, slot]
        made = self._sized(sources[:, 0], unit, taken, rng)
        if self.mix > 1:
            made |= self._mixed(sources, days, unit, day, slot, made, rng)
        time = self.grid_.moments(self.data_, day, slot)
        file = file_of(self.data_, unit, time, taken, made)
        return _sensors.without_broken(file, unit, self.data_, taken)

    def _days(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return the original day of each day of each sensor."""
        lines = 1 if self.together else n
        drawn = np.array([self._line(rng) for _ in range(lines)])
        return np.broadcast_to(drawn, (n, self.grid_.times.days))

    def _line(self, rng: np.random.Generator) -> np.ndarray:
        """Return a line of days in blocks: each begins on the weekday that it has to."""
        weekday = self.grid_.times.weekday
        days = len(weekday)
        line = np.empty(days, dtype=np.int64)
        day = 0
        while day < days:
            stationary = self.blocks == "stationary"
            length = int(rng.geometric(1 / self.length)) if stationary else self.length
            length = min(length, days - day)
            fits = np.flatnonzero(weekday == weekday[day])
            inside = fits[fits + length <= days]
            start = int(rng.choice(fits if stationary or not len(inside) else inside))
            block = start + np.arange(length)
            # beyond the end the series goes on at the first day with that weekday
            beyond = block >= days
            block[beyond] = (block[beyond] - days) % days
            line[day : day + length] = _aligned(block, weekday, weekday[day : day + length])
            day += length
        return line

    def _rows(self, source: np.ndarray, days: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the original row of each place of new sensors; each sensor has one at least."""
        if self.gaps == "drawn":
            assert self.filled_ is not None
            share, goes_on = self.presence_.share[source], self.presence_.goes_on[source]
            there = self.presence_.draw(share, goes_on, rng)
            return np.where(there, self.filled_[source[:, None], days], -1)
        rows = self.grid_.row[source[:, None], days]
        empty = (rows < 0).all(axis=(1, 2))
        rows[empty] = self.grid_.row[source[empty]]
        return np.asarray(rows)

    def _sized(
        self, source: np.ndarray, unit: np.ndarray, taken: np.ndarray, rng: np.random.Generator
    ) -> dict[str, np.ndarray]:
        """Return new capacities, and readings that are the same shares of them."""
        if not self.sizes_:
            return {}
        rows = self.data_.rows
        first = pd.Series(np.arange(len(rows))).groupby(self.data_.units).first().to_numpy()
        logs = np.log(np.column_stack([_sensors.numbers(rows[n])[first] for n in self.sizes_]))
        width = 1.06 * len(logs) ** -0.2
        drawn = np.exp(_sensors.spread(logs, source, width, rng))
        made = {
            name: _sensors.sized(self.data_, name, drawn[:, i])[unit]
            for i, name in enumerate(self.sizes_)
        }
        frame = pd.DataFrame(made)
        for one in self.limited_:
            if set(one.columns) & set(self.sizes_):
                made[one.name] = self._stretched(one, taken, frame)
        return made

    def _stretched(self, one: Between, taken: np.ndarray, sizes: pd.DataFrame) -> np.ndarray:
        old = self.data_.rows.iloc[taken].reset_index(drop=True)
        known, plain = (a[taken] for a in _sensors.plain_numbers(self.data_, one.name))
        share = one.share(plain, old) if one.closed else plain
        new = old.assign(**sizes)
        values = one.value(share, new) if one.closed else one.clipped(plain, new)
        return np.where(known, values, _sensors.numbers(old[one.name]))

    def _mixed(
        self,
        sources: np.ndarray,
        days: np.ndarray,
        unit: np.ndarray,
        day: np.ndarray,
        slot: np.ndarray,
        sized: dict[str, np.ndarray],
        rng: np.random.Generator,
    ) -> dict[str, np.ndarray]:
        """Return readings as random mixtures of those of several sensors at the same time."""
        assert self.filled_ is not None
        weights = np.sort(rng.dirichlet(np.ones(self.mix), len(sources)), axis=1)[:, ::-1][unit]
        rows = [self.filled_[s[unit], days[unit, day], slot] for s in sources.T]
        frames = [self.data_.rows.iloc[r].reset_index(drop=True) for r in rows]
        own = frames[0].assign(**{k: v for k, v in sized.items() if k in self.sizes_})
        made = {}
        for one in self.limited_:
            total, weight = np.zeros(len(unit)), np.zeros(len(unit))
            for i, (r, frame) in enumerate(zip(rows, frames, strict=True)):
                known, plain = (a[r] for a in _sensors.plain_numbers(self.data_, one.name))
                share = one.share(plain, frame) if one.closed else plain
                total += weights[:, i] * known * share
                weight += weights[:, i] * known
            share = total / np.where(weight > 0, weight, 1.0)
            values = one.value(share, own) if one.closed else one.clipped(share, own)
            first = _sensors.plain_numbers(self.data_, one.name)[0][rows[0]]
            made[one.name] = np.where(first, values, _sensors.numbers(frames[0][one.name]))
        return made


def _aligned(block: np.ndarray, weekday: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return a block with the wanted weekdays: a wrong day gives way to the nearest right one."""
    found = block.copy()
    for place in np.flatnonzero(weekday[block] != wanted):
        fits = np.flatnonzero(weekday == wanted[place])
        if len(fits):
            found[place] = fits[np.argmin(np.abs(fits - block[place]))]
    return found
