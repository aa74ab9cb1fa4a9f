"""Events of a mobile network from a simulated world."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, card, conditional, fit
from guide_helpers.errors import GuideError
from guide_helpers.methods._mobile_events import BUSY, owners, people_needed
from guide_helpers.methods._mobile_town import HOURS, Map, people
from guide_helpers.methods._mobile_units import Travellers


@card(
    MethodCard(
        title="Simulator of mobile network events",
        summary=(
            "Simulates people with devices, antennas with their coverage and the events that "
            "devices leave in them, with the true positions kept beside."
        ),
        family="mobility",
        made_for="moves of devices",
        origin=("oancea2019",),
        inputs="a map, metadata of a network and parameters of behaviour; of a table that it is to "
        "be like, the schema and the number of rows",
        sources=("oancea2019", "salgado2020"),
        status=Status.IN_USE,
        used_by=(
            "offices of the European Statistical System wrote it, and illustrate with it a "
            "production process for mobile network data {cite:p}`salgado2020`"
        ),
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                "discloses nobody, because nobody is in it; useful only as an example of the "
                "format, and must be labelled so"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "for the development of a method, since the true positions are known; no "
                "estimate about the real population can be had"
            ),
            UseCase.EDUCATION: fit(
                "the whole chain from event to population count can be taught, with the truth "
                "beside it"
            ),
            UseCase.TESTING_TECHNOLOGY: fit(
                "the format, volume and errors of a source that the office has not yet got"
            ),
        },
        capabilities=Capabilities(
            panel=True, in_browser=True, kinds=("categorical", "ordered", "integer", "number")
        ),
        weaknesses=(
            "The results are as real as the simulated world: movement, coverage and the share of "
            "people with two devices are assumptions.",
            "Metadata of a real network are a business secret of the operator, even though no "
            "person is in them.",
            "As a method it makes rows of device, hour and place in the shape of a given table; "
            "the mean number of rows and the number of devices are taken from it unless they are "
            "given, and no other column means anything.",
            "Coverage, antennas and the truth come from guide_helpers.mobile_network.simulate(), "
            "which needs no data at all; one town of square zones, no roads and no neighbours.",
        ),
        implementation=(
            "guide_helpers, an own design; the ESSnet has a simulator and the R package simutils"
        ),
    )
)
@dataclass
class MobileNetworkSimulator(Travellers):
    """Devices of a simulated town seen in its zones, in the shape of a table that is given.

    `place` names the column of zones, by default that of most levels; they are laid out as a
    square, row by row, of zones of `width` kilometres. `rows` is the mean number of rows of a
    device. The network places a device with an error of `position_noise` kilometres. `town` is
    the seed of the map, which is public. The time is in hours from a Monday, 0:00.
    """

    width: float = 2.0
    position_noise: float = 0.5
    town: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.width, int | float) or not 0 < self.width < np.inf:
            raise GuideError(f"width={self.width!r} is not a positive number of kilometres")
        noise = self.position_noise
        if not isinstance(noise, int | float) or not 0 <= noise < np.inf:
            raise GuideError(f"position_noise={noise!r} is not a number of kilometres from 0")
        if isinstance(self.town, bool) or not isinstance(self.town, int) or self.town < 0:
            raise GuideError(f"town={self.town!r} is not a whole number of at least 0")

    def _weights(self) -> np.ndarray:
        return np.resize(BUSY, len(super()._weights()))

    def _walks(self, sizes: np.ndarray, time: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return where the network places each device at its hours."""
        town = self._town()
        days = int(time.max(initial=0)) // HOURS + 1
        crowd = people(people_needed(len(sizes), town), days, town, rng)
        owner = owners(crowd, town, rng)[: len(sizes)]
        person = np.repeat(owner, sizes)
        true = crowd.where(person, time + rng.random(len(time))).astype(np.int64)
        shift = (rng.random((len(true), 2)) - 0.5) * self.width
        error = self.position_noise * rng.standard_normal((len(true), 2))
        zone = town.zone_of(town.centres[true] + shift + error).astype(np.int64)
        return np.where(zone < len(self.places_), zone, true)

    def _town(self) -> Map:
        """Return the map; zones that fill up the square have no people."""
        count = len(self.places_)
        side = max(1, int(np.ceil(count**0.5)))
        drawn = Map.drawn(side, self.width, np.random.default_rng(self.town))
        homes, jobs = (
            np.where(np.arange(side**2) < count, m, 0) for m in (drawn.homes, drawn.jobs)
        )
        return Map(side, self.width, homes / homes.sum(), jobs / jobs.sum(), drawn.customers)
