"""How many rows of a child table each parent has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd

from guide_helpers.methods._child_rows import many
from guide_helpers.methods._given import Given
from guide_helpers.schema import Dataset, Kind, Variable


@dataclass(frozen=True)
class Counts:
    """The number of children given the parent; `tied` is a column of the parent that is it."""

    name: str
    tied: str | None
    model: Given | None

    @classmethod
    def learn(
        cls,
        parents: Dataset,
        child: str,
        sizes: np.ndarray,
        rng: np.random.Generator,
        **options: Any,
    ) -> tuple[Self, Dataset]:
        """Return the model, and the parents with their number of children beside."""
        name = many(child)
        schema = parents.schema
        tied = next((v.name for v in schema.variables if _counts(parents, v, sizes)), None)
        schema = replace(schema, variables=(*schema.variables, Variable(name, Kind.INTEGER)))
        beside = Dataset.of(parents.rows.assign(**{name: sizes}), schema)
        model = None
        if tied is None and len(parents):
            model = Given.learn(beside, [name], rng=rng, **options)
        return cls(name, tied, model), beside

    def draw(self, parents: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        """Return the parents with their number of children."""
        if self.tied is not None:
            drawn = parents[self.tied]
        elif self.model is not None:
            drawn = self.model.draw(parents, rng)[self.name]
        else:
            drawn = pd.Series(0, index=parents.index)
        sizes = drawn.to_numpy(dtype=float, na_value=0).round().clip(0).astype(np.int64)
        return parents.assign(**{self.name: sizes})


def _counts(parents: Dataset, variable: Variable, sizes: np.ndarray) -> bool:
    """Whether a column of parents is the number of their children, without exception."""
    if variable.kind is not Kind.INTEGER:
        return False
    values = parents.rows[variable.name].to_numpy(dtype=float, na_value=np.nan)
    return bool(len(sizes)) and np.array_equal(values, sizes)
