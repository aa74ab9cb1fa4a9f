"""Independent resampling of every column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

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
from guide_helpers.methods._frame import assemble, serial
from guide_helpers.schema import Data, Dataset, LinkedTables


@card(
    MethodCard(
        title="Independent resampling",
        summary=(
            "Draws every column on its own from the observed values, with replacement; keeps "
            "the margins and loses every relation between columns."
        ),
        family="structural",
        origin=("nowok2016",),
        inputs="the records of one table, a panel or linked tables",
        sources=("raab2024", "nowok2016"),
        status=Status.IN_USE,
        used_by="the method `sample` of synthpop is the same idea {cite:p}`nowok2016`",
        suits={
            UseCase.PUBLIC_RELEASE: unfit(
                "rare real values are published as they stand, and no relation survives"
            ),
            UseCase.TESTING_ANALYSIS: unfit("every relation between columns is gone"),
            UseCase.EDUCATION: conditional(
                "shows code and tables at work, and what a file without relations looks like; "
                "recode rare values first"
            ),
            UseCase.TESTING_TECHNOLOGY: fit(
                "right types, levels, missing rates, keys and any number of records; where real "
                "values must not leave the office, make dummy data from the schema instead"
            ),
        },
        capabilities=Capabilities(
            linked=True,
            panel=True,
            missing=True,
            keeps_missing_rates=True,
            in_browser=True,
            kinds=("categorical", "ordered", "integer", "number", "datetime"),
        ),
        weaknesses=(
            "Rare real values are copied: the highest income of the original is likely to appear.",
            "No relation between columns, rows or tables survives; only the number of rows of a "
            "unit does.",
            "Rules and impossible combinations are broken at once: a married child, a sum that "
            "differs from its parts.",
        ),
    )
)
@dataclass
class Independent:
    """Resample each column on its own; of panels and linked tables also the rows of each unit.

    Keys are fresh numbers, and every child row has a parent. Within a unit, rows stand in the
    order of their resampled times.
    """

    def fit(self, data: Data, *, rng: np.random.Generator) -> Self:
        """Keep the observed columns and how many rows each unit has."""
        del rng
        self.data_ = data
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Data:
        """Draw `n` units: rows of a table, units of a panel, rows of the root of linked tables."""
        if isinstance(self.data_, LinkedTables):
            return _linked(self.data_, n, rng)
        if self.data_.entity is None:
            return _table(self.data_, n, {}, rng)
        sizes = rng.choice(np.bincount(self.data_.units), n)
        entity = {self.data_.entity: np.repeat(np.arange(1, n + 1), sizes)}
        return _table(self.data_, int(sizes.sum()), entity, rng)


def _linked(data: LinkedTables, n: int, rng: np.random.Generator) -> LinkedTables:
    """Return linked tables with fresh keys, drawn from the root downwards."""
    keys = {link.key: np.arange(1, n + 1) for link in data.children(data.root)}
    made = {data.root: _table(data[data.root], n, keys, rng)}
    queue = [(link, keys) for link in data.children(data.root)]
    while queue:
        link, above = queue.pop(0)
        parents = len(made[link.parent])
        sizes = rng.choice(_children(data, link.parent, link.child, link.key), parents)
        rows = int(sizes.sum())
        keys = {name: np.repeat(numbers, sizes) for name, numbers in above.items()}
        below = data.children(link.child)
        keys |= {k.key: np.arange(1, rows + 1) for k in below if k.key != link.key}
        made[link.child] = _table(data[link.child], rows, keys, rng)
        queue += [(k, keys) for k in below]
    return LinkedTables({name: made[name] for name in data.tables}, data.links, data.name)


def _children(data: LinkedTables, parent: str, child: str, key: str) -> np.ndarray:
    """Return how many rows of the child table each row of the parent table has."""
    counts = data[child].rows[key].value_counts()
    return counts.reindex(data[parent].rows[key].to_numpy(), fill_value=0).to_numpy()


def _table(
    data: Dataset, rows: int, keys: dict[str, np.ndarray], rng: np.random.Generator
) -> Dataset:
    """Return `rows` resampled rows of one table; `keys` are numbers made on purpose."""
    columns: dict[str, Any] = {}
    for v in data.schema.modelled:
        if v.name not in keys:
            places = rng.integers(0, max(len(data), 1), rows)
            columns[v.name] = data.rows[v.name].take(places).array
    for name in data.schema.names:
        if name in keys:
            columns[name] = _key(data, name, keys[name])
    if data.entity in keys and data.time in columns:
        _sort_within(columns, keys[data.entity], data.time)
    return assemble(data, columns, rows)


def _key(data: Dataset, name: str, numbers: np.ndarray) -> Any:
    if data.schema[name].discrete:
        raise GuideError(
            f"column {name!r} names units but is declared {data.schema[name].kind.value}; fresh "
            "units need the kind identifier in the schema"
        )
    return serial(numbers, data.schema[name].kind)


def _sort_within(columns: dict[str, Any], units: np.ndarray, time: str) -> None:
    """Put the times of each unit in order; the other columns are independent of them."""
    frame = pd.DataFrame({"unit": units, "time": columns[time]})
    columns[time] = frame.sort_values(["unit", "time"], kind="stable")["time"].array
