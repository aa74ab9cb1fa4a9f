"""Linked tables from trees: parents, how many children each has, and the children row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
)
from guide_helpers.errors import GuideError
from guide_helpers.methods._child_counts import Counts
from guide_helpers.methods._child_rows import Family, bare, of_parent
from guide_helpers.methods._child_walk import Settings, Walk
from guide_helpers.methods._frame import assemble, serial
from guide_helpers.methods._options import truth, whole
from guide_helpers.methods._sequential import MOST_BINS, Sequential
from guide_helpers.methods._unit_history import plain
from guide_helpers.schema import (
    NUMERIC,
    Data,
    Dataset,
    Kind,
    Link,
    LinkedTables,
    Rule,
    Schema,
)

MOST_CHILDREN = 1_000
"""A parent with more rows of a table than this has a series; each of them is drawn in turn."""


@card(
    MethodCard(
        title="Linked tables from trees",
        summary=(
            "Draws parents by sequential trees, then how many rows of each child table a parent "
            "has, then these rows one after the other: when, and what, given the parent and the "
            "rows before."
        ),
        family="relational",
        made_for="linked tables",
        origin=("reiter2005", "patki2016"),
        inputs="the records of linked tables that form a tree, of any depth",
        sources=("reiter2005", "nowok2016", "patki2016", "hudovernik2024"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                "only with disclosure control by person on top: a history of many rows is unique, "
                "values come from real rows, and there is no formal guarantee"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "tables of each file and of parents with their children come back; what ties rows "
                "of two child tables is known through the parent only"
            ),
            UseCase.EDUCATION: fit("joins, counts and durations can be taught on it"),
            UseCase.TESTING_TECHNOLOGY: fit(
                "keys, order in time, numbers of rows and rules fit, at the real size or any other"
            ),
        },
        capabilities=Capabilities(
            linked=True,
            keeps_rules=True,
            keeps_structural_zeros=True,
            missing=True,
            in_browser=True,
            kinds=("categorical", "ordered", "integer", "number", "datetime"),
        ),
        weaknesses=(
            "Rows of two child tables of one parent know the other table only by its number of "
            "rows and through the parent: a diagnosis does not follow from a test.",
            "A row knows its parent, the last rows and what is usual so far; in a long table, "
            "where one column says what another means, the last row may speak of something else.",
            "An identifier that names another row (the case that a control is matched to) gets a "
            "fresh number, so such sets are lost.",
            "What holds between a parent and its children is kept only where it is said with "
            "`across`. A column that counts children, and a level that no parent has twice, are "
            "found; that they have no exception is then given away.",
            "No parent has more rows than the largest of the original and no time is later than "
            "its last; both numbers are real.",
            "Values are real ones where they are common, and there is no formal guarantee: judge "
            "the risk by the root's row (the person), not by event. Leaves of a table hold rows "
            "of at least `min_units` of them, so one person with very many rows makes trees small.",
            "Survey weights are drawn like any number.",
        ),
    )
)
@dataclass
class LinkedTrees:
    """Synthesise linked tables, from the root down.

    Parameters
    ----------
    across
        What must hold between a child row and its parent, by child table; the parent's columns
        are named with "of " before: {"events": ["day <= col('of follow_up_days')"]}. It is kept
        as rules of the schema are, even where the records break it.
    min_leaf
        Least number of original rows in a leaf.
    min_units
        A leaf of a table with several rows for a row of the root holds rows of at least so many
        of these units: its least number of rows is this number times the most rows of a unit, if
        that is more than min_leaf.
    most_rows
        Parents are drawn at random until they have so many rows of a child table; its trees are
        grown on these.
    keep_rules, smooth, max_bins
        As in sequential trees. A parent of which no next row can keep the rules, or of which all
        would repeat a level that comes only once, has fewer rows.
    """

    across: Mapping[str, Sequence[str]] | None = None
    min_leaf: int = 10
    min_units: int = 3
    most_rows: int = 200_000
    keep_rules: bool = True
    smooth: bool = True
    max_bins: int = 64

    def __post_init__(self) -> None:
        whole("min_leaf", self.min_leaf, 1)
        whole("min_units", self.min_units, 1)
        whole("most_rows", self.most_rows, 1)
        whole("max_bins", self.max_bins, 2, MOST_BINS)
        for name in ("keep_rules", "smooth"):
            truth(name, getattr(self, name))
        if self.across is not None and not isinstance(self.across, Mapping):
            raise GuideError(f"across={self.across!r} is not a mapping by child table")

    def fit(self, data: Data, *, rng: np.random.Generator) -> Self:
        """Learn the root, then children given parents; one table is drawn by sequential trees."""
        names = ("min_leaf", "min_units", "keep_rules", "smooth", "max_bins", "most_rows")
        self.settings_ = Settings(**{n: getattr(self, n) for n in names})
        self.data_ = data
        if isinstance(data, Dataset):
            self.alone_ = Sequential(**self.settings_.options()).fit(data, rng=rng)
            return self
        _check(data, self.across or {})
        self.keys_ = {name: _keys(data, name) for name in data.tables}
        root = bare(data[data.root], self.keys_[data.root])
        self.root_ = _root(root, self.settings_, rng)
        self.counts_: dict[str, Counts] = {}
        self.walks_: dict[str, Walk] = {}
        known = Dataset(root.rows, Schema(tuple(plain(v, v.name) for v in root.schema.variables)))
        self._learn(data, data.root, known, rng)
        return self

    def _learn(
        self, data: LinkedTables, parent: str, known: Dataset, rng: np.random.Generator
    ) -> None:
        """Learn the children of a table, of whose rows `known` tells all that children know."""
        owner, settings = data.units_of(parent), self.settings_
        for link in data.children(parent):
            child = bare(data[link.child], self.keys_[link.child])
            unit = _parent_rows(data, link)
            sizes = np.bincount(unit, minlength=len(known))
            self.counts_[link.child], known = Counts.learn(
                known, link.child, sizes, rng, **settings.options(owner)
            )
            family = Family.of(known, child, unit, owner)
            across = _rules((self.across or {}).get(link.child, ()))
            self.walks_[link.child] = Walk.learn(family, across, settings, rng)
            self._learn(data, link.child, _below(known, child, unit), rng)

    def sample(self, n: int, *, rng: np.random.Generator) -> Data:
        """Draw `n` rows of the root with all that belongs to them."""
        data = self.data_
        if isinstance(data, Dataset):
            return self.alone_.sample(n, rng=rng)
        rows = pd.DataFrame(index=pd.RangeIndex(n))
        if self.root_ is not None:
            rows = self.root_.sample(n, rng=rng).rows
        made = {data.root: self._table(data.root, rows, {})}
        self._draw(data.root, rows, made, rng)
        return LinkedTables({t: made[t] for t in data.tables}, data.links, data.name)

    def _draw(
        self, parent: str, known: pd.DataFrame, made: dict[str, Dataset], rng: np.random.Generator
    ) -> None:
        data = self.data_
        assert isinstance(data, LinkedTables)
        for link in data.children(parent):
            count = self.counts_[link.child]
            known = count.draw(known, rng)
            unit, rows = self.walks_[link.child].draw(known, known[count.name].to_numpy(), rng)
            if count.tied is not None:
                _refuse_fewer(known[count.name].to_numpy(), unit, count.tied, link)
            keys = {link.key: made[parent].rows[link.key].to_numpy()[unit]}
            keys |= _numbered(data, link, unit)
            made[link.child] = self._table(link.child, rows, keys)
            below = known.iloc[unit].reset_index(drop=True).rename(columns=of_parent)
            self._draw(link.child, rows.join(below), made, rng)

    def _table(self, name: str, rows: pd.DataFrame, keys: dict[str, Any]) -> Dataset:
        """Return rows as the table they stand for; its own keys are numbers from 1."""
        assert isinstance(self.data_, LinkedTables)
        table = self.data_[name]
        fresh = np.arange(1, len(rows) + 1)
        own = {k: serial(fresh, table.schema[k].kind) for k in self.keys_[name]}
        drawn = {v.name: rows[v.name].array for v in table.schema.variables if v.name in rows}
        return assemble(table, drawn | own | keys, len(rows))


def _root(root: Dataset, settings: Settings, rng: np.random.Generator) -> Sequential | None:
    """Return the model of the root's rows; none where they are keys alone."""
    if not root.schema.variables:
        return None
    return Sequential(**settings.options()).fit(root, rng=rng)


def _keys(data: LinkedTables, table: str) -> set[str]:
    return {link.key for link in data.links if table in (link.parent, link.child)}


def _parent_rows(data: LinkedTables, link: Link) -> np.ndarray:
    """Return the parent's row of each row of a child table; a row without one is refused."""
    data.units_of(link.child)
    keys = pd.Index(data[link.parent].rows[link.key])
    return np.asarray(keys.get_indexer(data[link.child].rows[link.key]))


def _below(known: Dataset, child: Dataset, unit: np.ndarray) -> Dataset:
    """Return the rows of a child table with all that is known of their parents beside."""
    variables = [plain(v, v.name) for v in child.schema.variables]
    variables += [plain(v, of_parent(v.name)) for v in known.schema.variables]
    parents = known.rows.iloc[unit].reset_index(drop=True).rename(columns=of_parent)
    return Dataset(pd.concat([child.rows, parents], axis=1), Schema(tuple(variables)))


def _rules(expressions: Sequence[str]) -> tuple[Rule, ...]:
    return tuple(Rule(expression, expression) for expression in expressions)


def _numbered(data: LinkedTables, link: Link, unit: np.ndarray) -> dict[str, Any]:
    """Return the identifiers that number the rows of a parent from 1, as they do there."""
    table, own = data[link.child], _keys(data, link.child)
    place = table.rows.groupby(link.key, sort=False).cumcount().to_numpy()
    fresh = pd.Series(unit).groupby(unit).cumcount().to_numpy()
    return {
        v.name: fresh + 1
        for v in table.schema.variables
        if v.kind is Kind.IDENTIFIER
        and v.name not in own
        and pd.api.types.is_integer_dtype(table.rows[v.name])
        and np.array_equal(table.rows[v.name].to_numpy(), place + 1)
    }


def _refuse_fewer(sizes: np.ndarray, unit: np.ndarray, tied: str, link: Link) -> None:
    """Refuse where rules left fewer rows than the column says that counts them."""
    fewer = int((np.bincount(unit, minlength=len(sizes)) < sizes).sum())
    if fewer:
        raise GuideError(
            f"{tied!r} counts rows of {link.child!r}, but in {fewer} rows of {link.parent!r} no "
            "row can keep the rules; drop a rule"
        )


def _check(data: LinkedTables, across: Mapping[str, Sequence[str]]) -> None:
    """Refuse keys that cannot be numbered, long series, and rules of what is not there."""
    for link in data.links:
        kind = data[link.parent].schema[link.key].kind
        if kind not in {Kind.IDENTIFIER, Kind.TEXT, *NUMERIC}:
            raise GuideError(
                f"key {link.key!r} of kind {kind.value} cannot be numbered anew; declare it an "
                "identifier in the schema"
            )
        most = int(np.bincount(_parent_rows(data, link), minlength=1).max())
        if most > MOST_CHILDREN:
            raise GuideError(
                f"a row of {link.parent!r} has {most} rows of {link.child!r}, more than "
                f"{MOST_CHILDREN}: they are drawn one after another; put a table between, such as "
                "days or baskets, or leave rows out"
            )
    for table, expressions in across.items():
        _check_rules(data, table, expressions)


def _check_rules(data: LinkedTables, table: str, expressions: Sequence[str]) -> None:
    link = next((k for k in data.links if k.child == table), None)
    if link is None:
        children = ", ".join(k.child for k in data.links)
        raise GuideError(f"across names {table!r}, which is no child table; known: {children}")
    if isinstance(expressions, str):
        raise GuideError(f"across gives {table!r} one word; give a list of rules")
    own = bare(data[table], _keys(data, table)).schema.names
    above = bare(data[link.parent], _keys(data, link.parent)).schema.names
    known = {*own, *map(of_parent, above)}
    for rule in _rules(expressions):
        if unknown := sorted(rule.columns - known):
            raise GuideError(
                f"across names {unknown[0]!r}, which neither {table!r} nor its parent has; "
                f"columns of the parent are written col('of {above[0] if above else 'name'}')"
            )
