"""Cells of a business table in which the largest contributor could be worked out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers.cards import (
    Aspect,
    Better,
    MeasureCard,
    Null,
    Rung,
    Scope,
    UseCase,
    card,
    conditional,
    fit,
    unfit,
)
from guide_helpers.errors import GuideError
from guide_helpers.measures._encode import numbers, special_codes
from guide_helpers.measures._keys import (
    KEY,
    UNIT,
    Bins,
    Files,
    chosen_keys,
    chosen_sensitive,
    column,
    said_of_bins,
    scored,
)
from guide_helpers.results import Score
from guide_helpers.schema import Dataset

AMOUNT = "amount"
WORKED_OUT = "largest contributor worked out"


@card(
    MeasureCard(
        title="Dominance and the p% rule",
        summary=(
            "Share of cells of a table of amounts in which the second largest contributor, who "
            "takes the synthetic total for the true one, estimates the largest within p per cent."
        ),
        sources=("hundepool2024",),
        suits={
            UseCase.PUBLIC_RELEASE: fit("business data: the file must not do what a table may not"),
            UseCase.TESTING_ANALYSIS: fit("business data; competitors are users too"),
            UseCase.EDUCATION: conditional("where large enterprises could be recognised"),
            UseCase.TESTING_TECHNOLOGY: unfit("amounts of a test file need not add up to anything"),
        },
        aspect=Aspect.RISK,
        rung=Rung.IDENTITY,
        scope=Scope.FIT_FOR_PURPOSE,
        unit="% of cells",
        bounds=(0.0, 100.0),
        better=Better.LOWER,
        null=Null.FRESH_SAMPLE,
        reading_maker=(
            "Beside it stand the shares of cells that the p% rule and the (n, k) rule would keep "
            "out of a table of the original. Cells that are worked out from the synthetic totals, "
            "beyond the band, are cells you would have suppressed; merge them or synthesise the "
            "large units apart."
        ),
        reading_user=(
            "A synthetic total of a cell with few units is no estimate of anybody's amount, "
            "however close it may come."
        ),
        cannot_see=(
            "units that form one enterprise group, what competitors know beyond their own amount, "
            "differences between linked tables, and survey weights"
        ),
        under_privacy="noise is small beside a large unit's amount; read it as for any file",
    )
)
def dominance(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    value: str | None = None,
    p: float = 10.0,
    n: int = 2,
    k: float = 85.0,
    keys: Sequence[str] | None = None,
    bins: Bins = None,
    control: Dataset | None = None,
    nulls: Sequence[Null | str] = (),
    draws: int = 16,
) -> list[Score]:
    """Return three shares of the original's cells, in per cent.

    A cell is a combination of the keys; contributions are the amounts of `value` (the first
    numeric sensitive variable by default), summed by privacy unit. With x1 and x2 the largest two
    contributions and X the total: a cell is unsafe by the p% rule where X - x1 - x2 is less than
    p % of x1, and by the (n, k) rule where the n largest are more than k % of X. It is worked out
    where the synthetic total, scaled to the original's number of units, less x2 is within p % of
    x1. Missing values and special codes contribute nothing, negative amounts are refused.

    References
    ----------
    Hundepool et al. (2024), Handbook on Statistical Disclosure Control, chapter 4
    """
    if not p > 0 or n < 1 or not 0 < k < 100:
        raise GuideError(f"p={p}, n={n}, k={k}: p is above 0, n at least 1, k between 0 and 100")
    names = chosen_keys(original, keys)
    amount = _chosen_amount(original, value, names)
    files = Files(original, synthetic, control)
    key, size = files.combined(names, bins)
    amounts = np.concatenate([_amounts(part, amount) for part in files.parts])
    coded = files.coded({KEY: key, AMOUNT: amounts})
    old, new, _ = coded
    rules = f"unsafe by the {p:g}% rule", f"unsafe by the ({n}, {k:g}) rule"

    def values(one: Dataset, other: Dataset) -> dict[str, float]:
        cells = _Cells.of(one, size, n)
        scaled = _totals(other, size) * (one.n_units / other.n_units)
        return {
            WORKED_OUT: cells.share(cells.worked_out(scaled, p)),
            rules[0]: cells.share(cells.near(p)),
            rules[1]: cells.share(cells.dominated(k)),
        }

    cells = _Cells.of(old, size, n)
    scaled = _totals(new, size) * (old.n_units / new.n_units)
    details = cells.table(cells.worked_out(scaled, p), cells.near(p), cells.dominated(k))
    note = f"{amount} in {cells.count:,} cells. {said_of_bins(original, names, bins)}"
    more: dict[str, Any] = {"details": details, "note": note, "nulls": nulls, "draws": draws}
    return scored("dominance", values, coded, rng=rng, fixed=rules, **more)


def _chosen_amount(data: Dataset, value: str | None, keys: Sequence[str]) -> str:
    named = [value] if value else [n for n in data.sensitive if data.schema[n].numeric]
    named = [n for n in named if n not in keys] if value is None else named
    if not named:
        raise GuideError("no numeric sensitive variable is declared; give value='...', an amount")
    name = chosen_sensitive(data, named[0], keys)[0]
    if not data.schema[name].numeric:
        raise GuideError(f"value={name!r} is no amount; name a numeric variable")
    return name


def _amounts(data: Dataset, name: str) -> np.ndarray:
    values = numbers(data.rows[name])
    ordinary = special_codes(data.schema[name], values) == 0
    if (values[ordinary] < 0).any():
        raise GuideError(f"{name!r} has negative amounts, for which the p% rule has no meaning")
    return np.where(ordinary, values, 0.0)


def _totals(data: Dataset, size: int) -> np.ndarray:
    return np.bincount(column(data), column(data, AMOUNT), minlength=size)


@dataclass(frozen=True)
class _Cells:
    """Totals of the cells that have a contributor, their two largest and the sum of the n."""

    place: np.ndarray
    total: np.ndarray
    first: np.ndarray
    second: np.ndarray
    largest: np.ndarray

    @classmethod
    def of(cls, data: Dataset, size: int, n: int) -> _Cells:
        """Return the cells with an amount above 0, from contributions by unit."""
        cell, amount = _contributions(data)
        order = np.lexsort((-amount, cell))
        cell, amount = cell[order], amount[order]
        begins = np.append(True, cell[1:] != cell[:-1]) if len(cell) else np.empty(0, bool)
        starts = np.flatnonzero(begins)
        rank = np.arange(len(cell)) - np.repeat(starts, np.diff(np.append(starts, len(cell))))

        def summed(chosen: np.ndarray) -> np.ndarray:
            return np.bincount(cell[chosen], amount[chosen], minlength=size)

        total = summed(rank >= 0)
        place = np.flatnonzero(total > 0)
        parts = (total, summed(rank == 0), summed(rank == 1), summed(rank < n))
        return cls(place, *(x[place] for x in parts))

    @property
    def count(self) -> int:
        return len(self.place)

    def share(self, cells: np.ndarray) -> float:
        return 100 * float(cells.sum()) / self.count if self.count else 0.0

    def near(self, p: float) -> np.ndarray:
        """Return which cells are unsafe by the p% rule."""
        rest: np.ndarray = self.total - self.first - self.second
        unsafe: np.ndarray = rest < p / 100 * self.first * (1 - 1e-12)
        return unsafe

    def dominated(self, k: float) -> np.ndarray:
        """Return which cells are unsafe by the (n, k) rule."""
        unsafe: np.ndarray = self.largest > k / 100 * self.total * (1 + 1e-12)
        return unsafe

    def worked_out(self, totals: np.ndarray, p: float) -> np.ndarray:
        """Return in which cells such totals give the largest within p per cent."""
        error = np.abs(totals[self.place] - self.second - self.first)
        out: np.ndarray = error <= p / 100 * self.first * (1 + 1e-12)
        return out

    def table(self, out: np.ndarray, near: np.ndarray, dominated: np.ndarray) -> pd.DataFrame:
        """Return cells by rule, and how many of them were worked out."""
        lines = {
            "all cells": np.ones(self.count, bool),
            "unsafe by the p% rule": near,
            "unsafe by the (n, k) rule": dominated,
            "safe by both": ~near & ~dominated,
        }
        found = {name: (int(x.sum()), int((x & out).sum())) for name, x in lines.items()}
        return pd.DataFrame.from_dict(found, orient="index", columns=["cells", "worked out"])


def _contributions(data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return cell and amount of each unit's contribution; a unit may be in several cells."""
    cell, amount = column(data), column(data, AMOUNT)
    if data.entity is None:
        return cell, amount
    units = pd.factorize(data.rows[UNIT])[0]
    width = int(units.max(initial=0)) + 1
    place, pairs = pd.factorize(cell * width + units)
    return np.asarray(pairs) // width, np.bincount(place, amount, minlength=len(pairs))
