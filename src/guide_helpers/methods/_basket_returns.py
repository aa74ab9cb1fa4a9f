"""Lines that take back what a unit bought before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from guide_helpers.methods._basket_table import Baskets, Layout


@dataclass(frozen=True)
class Returns:
    """How many returned lines have a purchase of the unit before them, and of the whole amount."""

    known: float
    whole: float

    @classmethod
    def learn(
        cls, back: np.ndarray, baskets: Baskets, item: np.ndarray, amount: np.ndarray
    ) -> Self:
        """Learn from lines; `back` says, line by line, whether it is a return."""
        if not back.any():
            return cls(0.0, 0.0)
        of = baskets.of_line
        table = pd.DataFrame(
            {"unit": baskets.unit[of], "item": item, "amount": amount, "time": baskets.time[of]}
        )
        same = _before(table, back, ["unit", "item"])
        whole = _before(table, back, ["unit", "item", "amount"])
        return cls(float(same.mean()), float(whole[same].mean()) if same.any() else 0.0)

    def draw(
        self,
        rows: pd.DataFrame,
        item: np.ndarray,
        back: np.ndarray,
        baskets: Baskets,
        plan: Layout,
        rng: np.random.Generator,
    ) -> np.ndarray:
        """Fill in returned lines from earlier purchases of the unit; return which were filled."""
        of = baskets.of_line
        pool, lines = np.flatnonzero(~back), np.flatnonzero(back)
        start = np.searchsorted(pool, baskets.starts[of[lines]])
        begin = np.searchsorted(pool, baskets.starts[baskets.first[baskets.unit[of[lines]]]])
        used = (start > begin) & (rng.random(len(lines)) < self.known)
        lines, start, begin = lines[used], start[used], begin[used]
        bought = pool[begin + (rng.random(len(lines)) * (start - begin)).astype(np.int64)]
        item[lines] = item[bought]
        for name in (*plan.line, *plan.labels):
            values = rows[name].to_numpy(copy=True)
            values[lines] = values[bought]
            if name == plan.amount:
                part = np.where(rng.random(len(lines)) < self.whole, 1.0, rng.random(len(lines)))
                values[lines] = -np.ceil(part * values[bought])
            rows[name] = values
        filled = np.zeros(len(of), dtype=bool)
        filled[lines] = True
        return filled


def _before(table: pd.DataFrame, back: np.ndarray, names: list[str]) -> np.ndarray:
    """Return, return by return, whether there is an earlier purchase equal in some columns."""
    first = table[~back].groupby(names)["time"].min().rename("first")
    joined = table[back].join(first, on=names)
    return (joined["first"] <= joined["time"]).to_numpy()
