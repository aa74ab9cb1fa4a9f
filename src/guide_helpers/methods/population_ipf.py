"""Synthetic populations from known margins and a small sample: IPF, IPU, and whole households."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from guide_helpers.cards import (
    Capabilities,
    MethodCard,
    Status,
    UseCase,
    card,
    conditional,
    fit,
)
from guide_helpers.errors import GuideError
from guide_helpers.known_margins import Margin, own, read, views, weights
from guide_helpers.methods._frame import assemble, serial
from guide_helpers.methods._homes import home_of, link_of, numbered, rounded
from guide_helpers.methods._ipf import Cell, fitted, swapped, whole
from guide_helpers.methods._options import truth
from guide_helpers.methods._options import whole as whole_number
from guide_helpers.schema import Data, Dataset, Kind, LinkedTables, Role

ZERO_CELLS, UPDATES = ("refuse", "merge"), ("entropy", "ipu")
APART = 0.01
"""Totals of two margins of one table may differ by this share: tables are rounded."""


@card(
    MethodCard(
        title="Population synthesis (IPF and IPU)",
        summary=(
            "Weights the households of a sample so that their counts, and those of their members, "
            "agree with published tables of each area, and copies them as often as the weights say."
        ),
        family="population",
        made_for="households and persons",
        origin=("deming1940", "beckman1996", "ye2009"),
        inputs="published tables, of areas perhaps, and a sample of households with their members",
        sources=(
            "beckman1996",
            "ye2009",
            "lovelace2013",
            "voas2000",
            "deming1940",
            "populationsim",
        ),
        status=Status.IN_USE,
        used_by=(
            "transport planning in the United States, for which the first version was made "
            "{cite:p}`beckman1996`; PopulationSim began at the Oregon Department of "
            "Transportation {cite:p}`populationsim`"
        ),
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                "the tables may be published, the sample is the risk: its households appear "
                "whole, so it must be a file that is public already"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "for models that need counts by area to be right; relations are those of the sample"
            ),
            UseCase.EDUCATION: fit(
                "from public tables and a public sample it teaches weighting, and nothing is "
                "disclosed"
            ),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "millions of persons in households, where a test needs volume and geography"
            ),
        },
        capabilities=Capabilities(
            linked=True,
            keeps_rules=True,
            keeps_structural_zeros=True,
            missing=True,
            weights=True,
            in_browser=True,
            kinds=("categorical", "ordered", "integer", "number", "datetime", "text"),
        ),
        weaknesses=(
            "Households of the sample are copied: what no sampled household has, no synthetic "
            "one has, and a cell that is 0 in the sample stays 0.",
            "Where no household has a weight and margins change none, every household is taken "
            "once: the file is the sample in another order.",
            "Without margins={...} the margins are the sample's own, weighted: they are computed "
            "from the records, so they are confidential like these.",
            "Weights are fractions and people are not; rounding them moves the counts away from "
            "the tables, far where fewer households are made than the sample has. Swaps bring "
            "most of the way back.",
            'With update="ipu" counts of persons, and with them those of households, may end short '
            "of their tables: one factor moves households of one and of five such persons alike. "
            "Report both levels.",
            "Relations within an area are those of the sample of the whole region.",
        ),
    )
)
@dataclass
class PopulationIpf:
    """Make a population of copies of the sample's households that agrees with margins.

    Parameters
    ----------
    margins
        Tables of counts of households or, where a variable is theirs, of persons:
        {"size": {"1": 120, "2+": 300}, "area by sex": {"north by female": 200, ...}}. Cells are
        levels, numbers or bands such as 16-64 and 65+. None takes the data's own weighted
        margins of key variables, which are confidential.
    area
        A column of households: each of its areas gets a population of its own, from the
        households of the whole sample. All margins must then be by area.
    persons
        Whether margins of persons count too; without them it is IPF of households.
    update
        How a margin of persons moves a household with k of them: "ipu" by the factor that the
        margin needs, however large k is, which may end short of the margins; "entropy" by a factor
        to the power of k, which reaches them where that is possible. Without persons
        both are IPF.
    zero_cells
        What is done with a cell that the tables have and no household of the sample: "refuse", or
        "merge" its count into the nearest cell of the same table that the sample has.
    swaps
        After weights became whole numbers, how many swaps of one household for another are tried,
        in each area; those that bring the counts nearer to the margins are made. 0 leaves the
        rounding as it is.
    """

    margins: Mapping[str, Mapping[str, float]] | None = None
    area: str | None = None
    persons: bool = True
    update: str = "entropy"
    zero_cells: str = "refuse"
    swaps: int = 20_000

    def __post_init__(self) -> None:
        truth("persons", self.persons)
        whole_number("swaps", self.swaps, 0)
        for name, known in (("zero_cells", ZERO_CELLS), ("update", UPDATES)):
            if getattr(self, name) not in known:
                raise GuideError(f"no {name} {getattr(self, name)!r}; known: {', '.join(known)}")

    def fit(self, data: Data, *, rng: np.random.Generator) -> Self:
        """Weight the households, area by area."""
        del rng
        self.data_ = data
        if isinstance(data, LinkedTables):
            link_of(data, "population_ipf")
            self.home_ = home_of(data)
        top = data if isinstance(data, Dataset) else data[data.root]
        if self.area is not None and self.area not in {v.name for v in top.schema.modelled}:
            raise GuideError(f"area={self.area!r} is no column of households")
        margins = own(data, self.area) if self.margins is None else read(self.margins, data)
        self.root_ = "" if isinstance(data, Dataset) else data.root
        if not self.persons:
            margins = [m for m in margins if m.table == self.root_]
        if not any(m.table == self.root_ for m in margins):
            raise GuideError("no margin counts households, so their number is open; give one")
        start = weights(top)
        self.cells_: dict[str, list[Cell]] = {}
        self.weights_ = {
            value: self._fitted(value, some, data, start)
            for value, some in self._areas(margins).items()
        }
        self.total_ = sum(float(w.sum()) for w in self.weights_.values())
        if not self.total_ > 0:
            raise GuideError("no household of the sample has a count above 0 in all margins")
        if self.margins is not None:
            self.default_size_ = max(1, round(self.total_))
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Data:
        """Return `n` households, shared out to the areas by their totals."""
        totals = np.array([w.sum() for w in self.weights_.values()])
        chosen = []
        for value, many in zip(self.weights_, whole(totals, n, rng), strict=True):
            cells, weight = self.cells_[value], self.weights_[value]
            if not many:
                chosen.append(np.zeros(0, dtype=np.int64))
                continue
            taken = whole(weight, int(many), rng)
            taken = swapped(taken, cells, n / self.total_, weight, self.swaps, rng)
            chosen.append(np.repeat(np.arange(len(weight)), taken))
        areas = np.repeat(list(self.weights_), [len(c) for c in chosen])
        order = rng.permutation(n)  # the order of the sample would tell who was next to whom
        return self._file(np.concatenate(chosen)[order], areas[order], rng)

    def _areas(self, margins: Sequence[Margin]) -> dict[str, list[Margin]]:
        """Return the margins of each area, or all of them where there are no areas."""
        if self.area is None:
            return {"": list(margins)}
        without = [m.name for m in margins if self.area not in m.columns]
        if without:
            raise GuideError(
                f"margin {without[0]!r} is not by {self.area!r}; give it by area, or leave area out"
            )
        at = [m.columns.index(self.area) for m in margins]
        values = {c.split(" by ")[k] for m, k in zip(margins, at, strict=True) for c in m.cells}
        return {v: [m.of_area(self.area, v) for m in margins] for v in sorted(values)}

    def _fitted(
        self, value: str, margins: Sequence[Margin], data: Data, start: np.ndarray
    ) -> np.ndarray:
        """Return the weights of households for the margins of one area."""
        if self.margins is not None:
            _refuse_other_totals(margins)
        cells: list[Cell] = []
        begin = np.array(start, dtype=float)
        for table, rows, variables, _ in views(data):
            unit = np.arange(len(start)) if table == self.root_ else self.home_.unit
            for m in (m for m in margins if m.table == table):
                if not m.columns:  # a count by area alone is the number of households or persons
                    codes = np.zeros(len(rows), dtype=int)
                else:
                    codes = m.codes(rows, variables)
                if table == self.root_ and m.columns:
                    there = rows[list(m.columns)].notna().all(axis=1).to_numpy()
                    begin[(codes < 0) & there] = 0.0
                cells += _cells(m, codes, unit, len(start), self.zero_cells)
        level = [m for m in margins if m.table == self.root_]
        if level and begin.sum() > 0:
            begin *= max(m.counts.sum() for m in level) / begin.sum()
        self.cells_[value] = cells
        return fitted(cells, begin, powers=self.update == "entropy").weights

    def _file(self, chosen: np.ndarray, areas: np.ndarray, rng: np.random.Generator) -> Data:
        """Return copies of the chosen households with fresh keys and equal weights."""
        data, n = self.data_, len(chosen)
        top = data if isinstance(data, Dataset) else data[data.root]
        rows = top.rows.iloc[chosen]
        columns: dict[str, Any] = {v.name: rows[v.name].array for v in top.schema.modelled}
        if self.area is not None:
            known = {str(x): x for x in top.rows[self.area].dropna().unique()}
            columns[self.area] = [known.get(a, a) for a in areas]
        for name in top.schema.of_role(Role.WEIGHT):
            equal = np.full(n, self.total_ / n)
            integer = top.schema[name].kind is Kind.INTEGER
            columns[name] = rounded(equal, rng) if integer else equal
        made = assemble(top, columns, n)
        if isinstance(data, Dataset):
            return made
        link, home = data.links[0], self.home_
        sizes, many = home.sizes, home.sizes[chosen]
        unit = np.repeat(np.arange(n), many)
        place = np.arange(len(unit)) - (np.cumsum(many) - many)[unit]
        lines = (np.cumsum(sizes) - sizes)[chosen][unit] + place
        child = data[link.child]
        persons = home.members.rows.iloc[lines]
        members: dict[str, Any] = {v.name: persons[v.name].array for v in child.schema.modelled}
        members[link.key] = serial(unit + 1, child.schema[link.key].kind)
        for v in child.schema.variables:
            if v.kind is Kind.IDENTIFIER and numbered(child.rows[v.name], home):
                members[v.name] = place + 1
        tables = {data.root: made, link.child: assemble(child, members, len(lines))}
        return replace(data, tables={name: tables[name] for name in data.tables})


def _cells(
    margin: Margin, codes: np.ndarray, unit: np.ndarray, households: int, zero_cells: str
) -> list[Cell]:
    """Return the counts of a margin with the households that contribute to each."""
    seen = np.bincount(codes[codes >= 0], minlength=len(margin.counts)) > 0
    counts = margin.counts.astype(float)
    empty = np.flatnonzero(~seen & (counts > 0))
    if len(empty) and (zero_cells == "refuse" or not seen.any()):
        raise GuideError(
            f"no household of the sample is in {len(empty)} of the {len(seen)} cells of margin "
            f"{margin.name!r}, such as {margin.cells[empty[0]]!r}; join cells, or "
            'zero_cells="merge"'
        )
    full, total = np.flatnonzero(seen), float(counts.sum()) or 1.0
    for k in empty:
        counts[full[np.abs(full - k).argmin()]] += counts[k]
    found = []
    for k in full:
        amounts = np.bincount(unit[codes == k], minlength=households).astype(float)
        records = np.flatnonzero(amounts)
        cell = margin.cells[k] if margin.cells else ""
        found.append(Cell(f"{margin.name}: {cell}", records, amounts[records], counts[k], total))
    return found


def _refuse_other_totals(margins: Sequence[Margin]) -> None:
    """Refuse margins of one table that do not count the same households."""
    for table in {m.table for m in margins}:
        totals = {m.name: float(m.counts.sum()) for m in margins if m.table == table}
        low, high = min(totals, key=totals.__getitem__), max(totals, key=totals.__getitem__)
        if totals[high] - totals[low] > APART * totals[high]:
            raise GuideError(
                f"margins {low!r} and {high!r} of one table add up to {totals[low]:g} and "
                f"{totals[high]:g}; they cannot both hold, so scale one or leave it out"
            )
