"""What invented travellers share: how many rows they have, when, and columns besides the place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from guide_helpers.errors import GuideError
from guide_helpers.methods._counting import file_of
from guide_helpers.methods._from_schema import FromSchema
from guide_helpers.methods._mobile_anchors import place_of
from guide_helpers.schema import Dataset, Kind, Variable

BLOCK = 5_000
MOST_TIMES = 10_000
HOURS = 168


@dataclass
class Travellers:
    """Options and steps of methods that move invented units between the places of the schema.

    Where the table has no units of several rows or no places, it is made as dummy data are.
    """

    place: str | None = None
    rows: float | None = None
    places_: list[Any] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        if self.rows is not None and (
            not isinstance(self.rows, int | float) or not 1 <= self.rows < np.inf
        ):
            raise GuideError(f"rows={self.rows!r} is not a mean number of rows of at least 1")

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Keep the public part of the schema and the few numbers that the method asks for."""
        place = place_of(data, self.place) if data.entity is not None else None
        self.empty_ = data.with_rows(data.rows.iloc[:0])
        self.place_ = None if place is None else place.name
        if place is not None:
            if not place.public_domain:
                raise GuideError(
                    f"column {place.name!r} has no public levels, and observed ones are "
                    "confidential; declare the places public in the schema"
                )
            self.places_ = list(place.levels or ())
            self._keep(data, place)
        made = {self.place_} | ({data.time} if self.timed_ else set())
        others = [v.name for v in data.schema.modelled if v.name not in made]
        self.others_ = FromSchema()
        empty = data.keep(*[n for n in others if n != data.entity])
        names = [n for n in empty.schema.names if n in others]
        self.others_.fit(Dataset(empty.rows[names], empty.schema.keep(names)), rng=rng)
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` units."""
        sizes = np.ones(n, dtype=np.int64)
        if self.place_ is not None:
            sizes += rng.poisson(self.mean_ - 1, n)
        sizes, time = self._times(sizes, rng)
        made = self.others_.sample(int(sizes.sum()), rng=rng)
        assert isinstance(made, Dataset)
        columns: dict[str, Any] = {str(name): made.rows[name] for name in made.rows}
        if self.place_ is not None:
            columns[self.place_] = self._labels(self._walks(sizes, time, rng))
            if self.timed_:
                columns[str(self.empty_.time)] = self.low_ + time
        return file_of(self.empty_, sizes, columns)

    @property
    def timed_(self) -> bool:
        """Whether rows have a time in whole numbers with public bounds, which are made here."""
        return self.place_ is not None and self._moments() > 0

    def _moments(self) -> int:
        """Return how many times there are, 0 where they are not whole numbers or not public."""
        if self.empty_.time is None:
            return 0
        v = self.empty_.schema[self.empty_.time]
        if v.kind is not Kind.INTEGER or not v.public_domain or v.bounds is None:
            return 0
        count = int(v.bounds[1]) - int(v.bounds[0]) + 1
        return count if count <= MOST_TIMES else 0

    def _keep(self, data: Dataset, place: Variable) -> None:
        """Keep the mean number of rows, and what else the method asks for."""
        del place
        self.mean_ = float(len(data) / data.n_units if self.rows is None else self.rows)
        v = None if data.time is None else data.schema[data.time]
        self.low_ = int(v.bounds[0]) if self.timed_ and v is not None and v.bounds else 0

    def _weights(self) -> np.ndarray:
        """Return how likely a row is at each time."""
        return np.ones(self._moments() or HOURS)

    def _walks(self, sizes: np.ndarray, time: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the place of each row."""
        raise NotImplementedError

    def _times(self, sizes: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return sizes that the times allow, and times in order, none twice in a unit."""
        if self.place_ is None:
            return sizes, np.zeros(len(sizes), dtype=np.int64)
        weights = self._weights()
        sizes = np.minimum(sizes, np.count_nonzero(weights))
        return sizes, distinct(weights, sizes, rng)

    def _labels(self, codes: np.ndarray) -> Any:
        import pandas as pd

        assert self.place_ is not None
        v = self.empty_.schema[self.place_]
        dtype: Any = pd.CategoricalDtype(self.places_, ordered=v.kind is Kind.ORDERED)
        return pd.Categorical.from_codes(codes, dtype=dtype)


def distinct(weights: np.ndarray, sizes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return, unit by unit, as many different places of `weights` as it has rows, in order.

    They come by their weights, one after the other without replacement: the largest of scores
    with Gumbel noise.
    """
    with np.errstate(divide="ignore"):
        scores = np.log(weights)
    found = []
    for start in range(0, len(sizes), BLOCK):
        some = sizes[start : start + BLOCK]
        keys = scores + rng.gumbel(size=(len(some), len(weights)))
        rank = np.argsort(np.argsort(-keys, axis=1), axis=1)
        found.append(np.nonzero(rank < some[:, None])[1])
    return np.concatenate(found) if found else np.empty(0, dtype=np.int64)
