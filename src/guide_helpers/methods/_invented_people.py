"""People who do not exist: sequential trees for their values, invented strings for their texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from guide_helpers.methods._frame import assemble
from guide_helpers.methods._sequential import Sequential
from guide_helpers.schema import Dataset, Kind

CLASSES = ("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789")


@dataclass(frozen=True)
class InventedPeople:
    """Rows drawn by trees; texts are drawn alone, in place of each distinct one an invented one."""

    data: Dataset
    trees: Sequential | None
    words: dict[str, np.ndarray]

    @classmethod
    def learn(cls, data: Dataset, rng: np.random.Generator) -> Self:
        """Grow the trees; put a string with the same pattern in the place of each string."""
        texts = [v.name for v in data.schema.modelled if v.kind is Kind.TEXT]
        rest = [n for n in data.schema.names if n not in texts]
        plain = data.keep(*rest)
        modelled = [v for v in plain.schema.modelled if v.name != data.entity]
        trees = Sequential().fit(plain, rng=rng) if modelled else None
        words = {n: _invented(data.rows[n], rng) for n in texts}
        return cls(data, trees, words)

    def draw(self, n: int, rng: np.random.Generator) -> Dataset:
        """Return `n` people."""
        names = {v.name for v in self.data.schema.modelled}
        rows = self.trees.sample(n, rng=rng).rows if self.trees is not None else pd.DataFrame()
        columns: dict[str, Any] = {str(k): v for k, v in rows.items() if k in names}
        columns |= {name: rng.choice(known, n) for name, known in self.words.items()}
        return assemble(self.data, columns, n)


def _invented(texts: pd.Series, rng: np.random.Generator) -> np.ndarray:
    """Return the column with other strings: letters for letters, digits for digits.

    Equal strings stay equal, so a common name stays common; missing ones stay missing.
    """
    code, distinct = pd.factorize(texts)
    known = np.array([str(s) for s in distinct])
    if not len(known):
        return texts.to_numpy(dtype=object)
    width = max(1, known.dtype.itemsize // 4)
    letters = known.view(np.uint32).reshape(len(known), width).copy()
    for alphabet in CLASSES:
        inside = np.isin(letters, [ord(c) for c in alphabet])
        if inside.any():
            letters[inside] = rng.choice(letters[inside], int(inside.sum()))
    new = [*letters.view(f"U{width}").ravel(), None]
    return np.array(new, dtype=object)[code]
