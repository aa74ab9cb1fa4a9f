"""Units, baskets and lines: which columns speak of which, and where each begins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.schema import Dataset, Kind, Role

VARYING = 0.01
"""A column that differs within no more than this share of the units is one of the unit."""


@dataclass(frozen=True)
class Layout:
    """The columns that speak of the unit, of a basket, of a line; the product and its names.

    `key` is the identifier of baskets, `tied` are quantities that go with the product, such as
    its price, `amount` is how much of it was bought.
    """

    unit: tuple[str, ...]
    basket: tuple[str, ...]
    line: tuple[str, ...]
    item: str | None
    labels: tuple[str, ...]
    key: str | None
    tied: tuple[str, ...]
    amount: str | None


@dataclass(frozen=True)
class Baskets:
    """Baskets in the order of units and time: whose each is, when, and how many lines it has."""

    unit: np.ndarray
    time: np.ndarray
    sizes: np.ndarray

    @property
    def many(self) -> np.ndarray:
        """How many baskets each unit has."""
        return np.bincount(self.unit)

    @property
    def first(self) -> np.ndarray:
        """The first basket of each unit."""
        many = self.many
        found: np.ndarray = np.cumsum(many) - many
        return found

    @property
    def rank(self) -> np.ndarray:
        """The place of each basket among those of its unit, from 0."""
        found: np.ndarray = np.arange(len(self.unit)) - self.first[self.unit]
        return found

    @property
    def starts(self) -> np.ndarray:
        """The first line of each basket."""
        found: np.ndarray = np.cumsum(self.sizes) - self.sizes
        return found

    @property
    def of_line(self) -> np.ndarray:
        """The basket of each line."""
        return np.repeat(np.arange(len(self.unit)), self.sizes)

    def gaps(self, values: np.ndarray) -> np.ndarray:
        """Return differences to the unit's basket before, 0 for its first one."""
        found = np.diff(values, prepend=values[:1])
        found[self.first] = 0.0
        return found


def layout(data: Dataset, basket: str | None, item: str | None, amount: str | None) -> Layout:
    """Return what the columns speak of, by which of them differ within a unit or a basket."""
    for option, name in (("basket", basket), ("item", item), ("amount", amount)):
        if name is not None and name not in data.schema:
            raise GuideError(f"{option}={name!r} is no column of the table")
    if amount is not None and not data.schema[amount].numeric:
        raise GuideError(f"amount={amount!r} is no number; name the column of quantities")
    if item is not None and item in {data.entity, data.time}:
        raise GuideError(f"item={item!r} is the entity or the time; name the column of products")
    texts = [v.name for v in data.schema.modelled if v.kind is Kind.TEXT]
    item = item or (texts[0] if texts else None)
    labels = tuple(n for n in texts if n != item)
    panel = data.panel
    key = basket or _identifier(data)
    time = data.time if panel else None
    rest = [v.name for v in data.schema.modelled if v.name not in {item, time, *labels}]
    rest = [n for n in rest if n != data.entity]
    if not panel:
        return Layout(tuple(rest), (), (), item, labels, None, (), None)
    units, place = data.units, basket_of(data, key)
    of_unit = [n for n in rest if _differing(data.rows[n], units) <= VARYING]
    of_basket = [n for n in rest if n not in of_unit and not _differing(data.rows[n], place)]
    line = [n for n in rest if n not in of_unit and n not in of_basket]
    kinds = {n: data.schema[n].kind for n in line}
    if item is not None and amount is None:
        amount = next((n for n in line if kinds[n] is Kind.INTEGER), None)
    if amount is not None and amount not in line:
        raise GuideError(f"amount={amount!r} does not differ within baskets; name another column")
    tied = [n for n in line if item is not None and kinds[n] is Kind.NUMBER and n != amount]
    return Layout(
        tuple(of_unit), tuple(of_basket), tuple(line), item, labels, key, tuple(tied), amount
    )


def basket_of(data: Dataset, key: str | None) -> np.ndarray:
    """Return the number of each row's basket: by its identifier, or the unit's rows of one time."""
    by = key or data.time
    if by is None:
        return data.units
    codes = pd.factorize(data.rows[by], use_na_sentinel=False)[0]
    found: np.ndarray = pd.factorize(data.units * (int(codes.max()) + 1) + codes)[0]
    return found


def moments(data: Dataset) -> np.ndarray:
    """Return the time of each row as a number; seconds of a date, 0 where there is no time."""
    if data.time is None:
        return np.zeros(len(data))
    values, kind = data.rows[data.time], data.schema[data.time].kind
    if kind not in (Kind.DATETIME, Kind.INTEGER, Kind.NUMBER) or values.isna().any():
        raise GuideError(
            f"time {data.time!r} must be a date or a number that is never missing, to put "
            "baskets in order; drop such rows or declare another kind"
        )
    if kind is Kind.DATETIME:
        return values.to_numpy("datetime64[s]").astype(np.int64).astype(float)
    return values.to_numpy(dtype=float)


def ordered(data: Dataset, key: str | None) -> tuple[Baskets, np.ndarray]:
    """Return the baskets of a file, and its rows in their order."""
    place, when, units = basket_of(data, key), moments(data), data.units
    times = np.full(int(place.max()) + 1, np.inf)
    np.minimum.at(times, place, when)
    whose = np.zeros(len(times), dtype=np.int64)
    whose[place] = units
    order = np.lexsort((times, whose))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    sizes = np.bincount(place)[order]
    return Baskets(whose[order], times[order], sizes), np.argsort(rank[place], kind="stable")


def _identifier(data: Dataset) -> str | None:
    """Return the identifier, other than the unit's, that several rows share."""
    for v in data.schema.variables:
        own = v.name == data.entity or v.role is Role.DIRECT_IDENTIFIER
        if v.kind is Kind.IDENTIFIER and not own and data.rows[v.name].duplicated().any():
            return v.name
    return None


def _differing(values: pd.Series, groups: np.ndarray) -> float:
    """Return the share of groups in which the values differ."""
    codes = pd.factorize(values, use_na_sentinel=False)[0]
    size = int(groups.max()) + 1
    shared = np.zeros(size, dtype=np.int64)
    shared[groups] = codes
    broken = np.zeros(size, dtype=bool)
    broken[groups[codes != shared[groups]]] = True
    return float(broken.mean())
