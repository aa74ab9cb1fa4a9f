"""Columns drawn given others: the step from which rows of units, members and children are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.methods._coding import Coded
from guide_helpers.methods._sequential import Sequential
from guide_helpers.methods._step import Drawn
from guide_helpers.schema import Dataset, Kind, Variable


class _Sequence(Sequential):
    """Trees in sequence; the columns that stay are synthetic, so rules may tie others to them."""

    def _refuse_ties(self) -> None:
        pass

    def drawn_for(self, known: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        """Return the columns to draw, one row for each row of `known`."""
        assert self._grown is not None  # no proper synthesis here
        rows = len(known)
        kept = {n: _coded(known[n], self.data_.schema[n], self.columns_[n]) for n in self._kept}
        drawn = self._sequence_of(self._grown[0], kept, rows, rng)
        made = {n: self._values(n, d) for n, d in drawn.items() if n not in kept}
        typed = {
            n: self.data_.schema[n].coerce(pd.Series(values, index=known.index, name=n))
            for n, values in made.items()
        }
        return pd.DataFrame({n: typed[n] for n in self.columns_ if n in typed}, index=known.index)


@dataclass(frozen=True)
class Given:
    """Columns of a table given its other columns, each by a tree, as sequential synthesis does.

    Identifiers take no part. A row of which nothing can keep the rules, given what is known of
    it, comes back as it was drawn: whoever calls counts the violations.
    """

    drawn: tuple[str, ...]
    given: tuple[str, ...]
    _model: _Sequence

    @classmethod
    def learn(
        cls, data: Dataset, drawn: Sequence[str], *, rng: np.random.Generator, **options: Any
    ) -> Self:
        """Learn to draw columns of `data` given all its other modelled columns.

        `options` are those of sequential synthesis: min_leaf, keep_rules, models, predictors,
        visit, derived, linked, spikes, smooth, wide, weights, max_bins.
        """
        for refused in ("proper", "strata", "records", "synthesise"):
            if refused in options:
                raise GuideError(f"{refused} makes no sense for columns drawn given others")
        names = [v.name for v in data.schema.modelled]
        for name in drawn:
            if name not in names:
                raise GuideError(f"column {name!r} cannot be drawn; known: {', '.join(names)}")
        model = _Sequence(synthesise=tuple(drawn), **options).fit(data, rng=rng)
        return cls(tuple(drawn), tuple(n for n in names if n not in drawn), model)

    def draw(self, known: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        """Return the drawn columns for rows whose other columns are `known`, in their order."""
        lost = [n for n in self.given if n not in known]
        if lost:
            raise GuideError(f"column {lost[0]!r} is needed to draw {', '.join(self.drawn)}")
        if not len(known):
            empty = self._model.data_.rows.iloc[:0]
            return empty[[n for n in empty if n in self.drawn]].set_axis(known.index)
        return self._model.drawn_for(known, rng)


def _coded(values: pd.Series, variable: Variable, column: Coded) -> Drawn:
    """Return known values in the codes of the records that the trees were grown on.

    A level that those records do not have counts as missing, a quantity as the nearest of theirs.
    """
    values = variable.coerce(values)
    if variable.discrete:
        known = column.decode(np.arange(column.missing + 1))
        place = np.full(len(known.categories) + 1, column.missing)
        place[known.codes] = np.arange(column.missing + 1)
        return Drawn(place[values.cat.codes.to_numpy()], None)
    if variable.kind is Kind.DATETIME:
        first = pd.Timestamp(column.decode(np.zeros(1, np.intp))[0])
        gap = (values - first).to_numpy("timedelta64[ns]")
        away = np.where(np.isnat(gap), np.nan, gap.astype(np.int64).astype(float))
        return Drawn(column.nearest(away), None)
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    return Drawn(column.nearest(numbers), numbers)
