"""A mobile network over a simulated town: antennas, their signal, devices and their events.

Own design. The signal falls with the logarithm of the distance, walls and hills add noise to it,
a device connects to the strongest antenna that it hears, and one that hears none leaves no event.

References
----------
Salgado, Sanguiao, Oancea, Barragán and Necula (2020), the ESSnet's account of such a network
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from guide_helpers.methods._mobile_town import HOURS, SHARES, Map, People

PARTS = 4
"""A zone is looked at in so many by so many parts: the signal is that of a part's centre."""
HEARD = 5
"""A device chooses among the antennas that are strongest where it is."""
AT_ONE_KM = -80.0
"""Mean signal at one kilometre, in dBm."""
LOSS = 3.5
"""Exponent of the loss with distance: 2 in free space, 3 to 4 in towns."""
FADING = 4.0
"""Standard deviation of what walls and hills do to a signal, in dB."""
FAINTEST = -113.0
"""A signal below this, in dBm, gives no connection."""
DEVICES = np.array([[0.08, 0.76, 0.16], [0.25, 0.7, 0.05], [0.35, 0.62, 0.03]])
"""Shares of people with 0, 1 and 2 devices: workers, pupils, others."""
BUSY = np.array([0.15] * 6 + [0.5, 1.0] + [1.3] * 10 + [1.5, 1.4, 1.2, 1.0, 0.7, 0.4])
"""Events by hour of the day, as a multiple of the mean."""
CHUNK = 5_000


@dataclass(frozen=True)
class Antennas:
    """Antennas at positions in kilometres, and those that are strongest in each part of a zone."""

    position: np.ndarray
    strongest: np.ndarray
    signal: np.ndarray

    @classmethod
    def placed(cls, count: int, town: Map, rng: np.random.Generator) -> Antennas:
        """Return antennas that are denser where people live and work."""
        zone = rng.choice(town.zones, count, p=(town.homes + town.jobs) / 2)
        position = town.centres[zone] + rng.uniform(-0.5, 0.5, (count, 2)) * town.width
        parts = _part_centres(town)
        apart = np.hypot(*(parts[:, None] - position).transpose(2, 0, 1))
        signal = AT_ONE_KM - 10 * LOSS * np.log10(np.maximum(apart, 0.05))
        order = np.argsort(-signal, axis=1, kind="stable")[:, : min(HEARD, count)]
        kept = np.take_along_axis(signal, order, axis=1).astype(np.float32)
        return cls(position, order.astype(np.int16), kept)

    def connect(
        self, part: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the antenna and the signal of devices in parts of zones, and who hears any."""
        noise = rng.standard_normal((len(part), self.signal.shape[1]), dtype=np.float32)
        heard = self.signal[part] + np.float32(FADING) * noise
        best = heard.argmax(axis=1)
        line = np.arange(len(part))
        signal = heard[line, best]
        return self.strongest[part, best], signal, signal >= FAINTEST


def _part_centres(town: Map) -> np.ndarray:
    """Return the centre of each part, numbered within zones: zone by zone, part by part."""
    across, up = np.divmod(np.arange(PARTS**2), PARTS)
    inside = (np.column_stack([up, across]) + 0.5) / PARTS - 0.5
    return (town.centres[:, None] + inside * town.width).reshape(-1, 2)


@dataclass(frozen=True)
class Events:
    """Events of devices: who, when (hours since the first midnight), which antenna, how strong.

    `zone` is where the network believes the device to be: its true position with an error.
    """

    device: np.ndarray
    time: np.ndarray
    antenna: np.ndarray
    signal: np.ndarray
    zone: np.ndarray

    def __len__(self) -> int:
        return len(self.device)


def owners(world: People, town: Map, rng: np.random.Generator) -> np.ndarray:
    """Return the person of each device of the network; some people have two, many none."""
    levels = np.cumsum(DEVICES, axis=1)[world.kind]
    held = np.minimum((rng.random(len(world))[:, None] >= levels).sum(axis=1), 2)
    held[rng.random(len(world)) >= town.customers[world.home]] = 0
    return np.repeat(np.arange(len(world)), held)


def people_needed(devices: int, town: Map) -> int:
    """Return about how many people it takes to have so many devices, with some to spare."""
    a_head = float(np.array(SHARES) @ DEVICES @ np.arange(3) * (town.homes @ town.customers))
    return int(devices / a_head * 1.02) + 20 + int(8 * devices**0.5)


def events(
    world: People,
    owner: np.ndarray,
    town: Map,
    antennas: Antennas,
    *,
    days: int,
    a_day: float,
    noise: float,
    rng: np.random.Generator,
) -> Iterator[Events]:
    """Yield the events of devices, a block of devices at a time, so that memory stays small."""
    busy = np.tile(BUSY / BUSY.mean(), days) * a_day / HOURS
    for start in range(0, len(owner), CHUNK):
        device = np.arange(start, min(start + CHUNK, len(owner)))
        talks = rng.gamma(3.0, 1 / 3, len(device))
        counts = rng.poisson(talks[:, None] * busy)
        who = np.repeat(device, counts.sum(axis=1)).astype(np.int32)
        hour = np.repeat(np.tile(np.arange(days * HOURS), len(device)), counts.ravel())
        time = (hour + rng.random(len(who))).astype(np.float32)
        time = np.minimum(time, np.nextafter((hour + 1).astype(np.float32), np.float32(0)))
        order = np.lexsort((time, who))
        yield _seen(who, time[order], owner, world, town, antennas, noise, rng)


def _seen(
    who: np.ndarray,
    time: np.ndarray,
    owner: np.ndarray,
    world: People,
    town: Map,
    antennas: Antennas,
    noise: float,
    rng: np.random.Generator,
) -> Events:
    """Return what the network writes down of devices at times."""
    true = world.where(owner[who], time).astype(np.int64)
    inside = rng.random((len(who), 2), dtype=np.float32)
    cell = (inside * PARTS).astype(np.int64)
    part = true * PARTS**2 + cell[:, 1] * PARTS + cell[:, 0]
    antenna, signal, heard = antennas.connect(part, rng)
    error = np.float32(noise) * rng.standard_normal((len(who), 2), dtype=np.float32)
    position = town.centres.astype(np.float32)[true] + (inside - 0.5) * town.width + error
    zone = town.zone_of(position)
    kept = [x[heard] for x in (who, time, antenna, signal, zone)]
    return Events(*kept)


def all_of(parts: Iterator[Events]) -> Events:
    """Return blocks of events as one."""
    blocks = list(parts)
    names = ("device", "time", "antenna", "signal", "zone")
    return Events(*(np.concatenate([getattr(b, n) for b in blocks]) for n in names))
