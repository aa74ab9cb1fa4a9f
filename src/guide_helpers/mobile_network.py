"""A simulated mobile network with the truth beside it: no person and no operator is in it."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.methods import _mobile_events, _mobile_town
from guide_helpers.methods._mobile_town import HOURS, Map, People
from guide_helpers.schema import Dataset, Kind, Provenance, Role, Schema, Variable

DEVICE, HOUR, ZONE = "device", "hour", "zone"


@dataclass(frozen=True, repr=False)
class MobileNetwork:
    """What a simulated network has seen, and what was true."""

    town: Map
    people: People
    owner: np.ndarray
    antennas: _mobile_events.Antennas
    events: _mobile_events.Events
    days: int

    def __repr__(self) -> str:
        """Return the sizes."""
        return (
            f"<MobileNetwork: {len(self.people):,} people, {len(self.owner):,} devices, "
            f"{len(self.events):,} events in {self.days} days>"
        )

    @property
    def coordinates(self) -> dict[str, tuple[float, float]]:
        """Centre of each zone in kilometres; the map is public."""
        found = zip(self.town.names, self.town.centres.tolist(), strict=True)
        return {name: (x, y) for name, (x, y) in found}

    @property
    def residents(self) -> pd.Series:
        """People by zone of their home: what a census would publish."""
        counts = np.bincount(self.people.home, minlength=self.town.zones)
        return pd.Series(counts, index=pd.Index(self.town.names, name=ZONE), name="residents")

    @property
    def schema(self) -> Schema:
        """The schema of `seen()`: all levels and bounds are public."""
        return schema_of(self.town, self.days)

    def seen(self) -> Dataset:
        """Return one row for each device and hour with an event: where it was seen last.

        The privacy unit is the device.
        """
        hour = self.events.time.astype(np.int64)
        key = self.events.device.astype(np.int64) * (self.days * HOURS) + hour
        last = np.flatnonzero(np.append(key[1:] != key[:-1], True)) if len(key) else key
        kind = pd.CategoricalDtype(self.town.names)
        zone = pd.Categorical.from_codes(self.events.zone[last], dtype=kind)
        rows = {DEVICE: self.events.device[last].astype(np.int64), HOUR: hour[last], ZONE: zone}
        frame = pd.DataFrame(rows)
        return Dataset.of(frame, self.schema, entity=DEVICE, time=HOUR, name="mobile network")

    def truth(self) -> pd.DataFrame:
        """Return the number of people truly in each zone, at the middle of each hour."""
        everybody = np.arange(len(self.people))
        counts = [
            np.bincount(
                self.people.where(everybody, np.full(len(everybody), hour + 0.5)),
                minlength=self.town.zones,
            )
            for hour in range(self.days * HOURS)
        ]
        index = pd.Index(self.town.names, name=ZONE)
        return pd.DataFrame(np.array(counts).T, index=index).rename_axis(columns=HOUR)

    def true_places(self) -> pd.DataFrame:
        """Return the true home and place of work of each device's owner; empty where none."""
        names = np.array([*self.town.names, None], dtype=object)
        people = self.people
        columns = {
            k: names[v[self.owner]] for k, v in (("home", people.home), ("work", people.work))
        }
        return pd.DataFrame({**columns, "person": self.owner}).rename_axis(DEVICE)


def schema_of(town: Map, days: int) -> Schema:
    """Return the schema of devices seen in zones by the hour; it depends on no event."""
    public = Provenance.PUBLIC
    last = days * HOURS - 1
    return Schema(
        (
            Variable(DEVICE, Kind.IDENTIFIER, label="number of the device"),
            Variable(
                HOUR,
                Kind.INTEGER,
                Role.KEY,
                "hours",
                "hours since Monday, 0:00",
                bounds=(0, last),
                bounds_from=public,
            ),
            Variable(
                ZONE,
                Kind.CATEGORICAL,
                Role.KEY,
                label="zone, row and column of the map",
                levels=tuple(town.names),
                levels_from=public,
            ),
        )
    )


def simulate(
    devices: int = 2_000,
    *,
    days: int = 7,
    side: int = 8,
    width: float = 2.0,
    antennas: int = 60,
    events_a_day: float = 12.0,
    position_noise: float = 0.5,
    seed: int = 0,
) -> MobileNetwork:
    """Return a simulated town with a mobile network: all parameters are options, none is learned.

    The map has `side` by `side` zones of `width` kilometres. A device leaves `events_a_day` on
    average, busy ones more; the network places it with an error of `position_noise` kilometres
    (standard deviation, each way). The first day is a Monday. With the same seed, the map and
    the antennas are the same for any number of devices.
    """
    _check(devices=devices, days=days, side=side, antennas=antennas)
    for name, value in (("width", width), ("events_a_day", events_a_day)):
        if not isinstance(value, int | float) or not 0 < value < np.inf:
            raise GuideError(f"{name}={value!r} is not a positive number")
    if not isinstance(position_noise, int | float) or not 0 <= position_noise < np.inf:
        raise GuideError(f"position_noise={position_noise!r} is not a number of kilometres from 0")
    if side > 150:
        raise GuideError(f"side={side} gives {side**2:,} zones; at most 150 by 150 are simulated")
    if not isinstance(seed, Integral) or isinstance(seed, bool) or seed < 0:
        raise GuideError(f"seed={seed!r} is not a whole number of at least 0")
    parts = [np.random.default_rng(s) for s in np.random.SeedSequence(int(seed)).spawn(5)]
    town = Map.drawn(side, width, parts[0])
    masts = _mobile_events.Antennas.placed(antennas, town, parts[1])
    return populated(town, masts, devices, days, events_a_day, position_noise, parts[2:])


def populated(
    town: Map,
    masts: _mobile_events.Antennas,
    devices: int,
    days: int,
    events_a_day: float,
    position_noise: float,
    rngs: list[np.random.Generator],
) -> MobileNetwork:
    """Return people with devices, and their events, in a town with its antennas."""
    needed = _mobile_events.people_needed(devices, town)
    crowd = _mobile_town.people(needed, days, town, rngs[0])
    owner = _mobile_events.owners(crowd, town, rngs[1])[:devices]
    people = first(crowd, int(owner[-1]) + 1)
    blocks = _mobile_events.events(
        people,
        owner,
        town,
        masts,
        days=days,
        a_day=events_a_day,
        noise=position_noise,
        rng=rngs[2],
    )
    return MobileNetwork(town, people, owner, masts, _mobile_events.all_of(blocks), days)


def first(crowd: People, count: int) -> People:
    """Return the first people of a crowd."""
    days = _mobile_town.Days(
        *(getattr(crowd.days, n)[:count] for n in _mobile_town.Days.__annotations__)
    )
    return People(crowd.kind[:count], crowd.home[:count], crowd.work[:count], days)


def _check(**whole: int) -> None:
    for name, value in whole.items():
        if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
            raise GuideError(f"{name}={value!r} is not a whole number of at least 1")
