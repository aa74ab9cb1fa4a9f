"""HMA of SDV: a Gaussian copula for each family of child rows, and one for the families."""

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
    unfit,
)
from guide_helpers.errors import GuideError
from guide_helpers.methods import _parts
from guide_helpers.methods._frame import assemble, serial
from guide_helpers.methods._sdv import (
    KINDS,
    VERSION,
    Columns,
    CopulaTable,
    legacy,
    licence,
    licence_note,
    load,
    quiet,
    set_seed,
)
from guide_helpers.methods._torch import seeded
from guide_helpers.schema import Data, Dataset, LinkedTables

MARGINS = ("beta", "norm", "truncnorm", "gamma", "uniform")
MOST_TABLES, MOST_LEVELS = 5, 2
"""What SDV's public version models; it refuses more."""
KEY = "key"


@card(
    MethodCard(
        title="Hierarchical copulas HMA (SDV)",
        summary=(
            "Fits a Gaussian copula to the child rows of each parent, adds its parameters to the "
            "parent's row as columns, and fits a copula to the parents."
        ),
        family="relational",
        made_for="linked tables",
        origin=("patki2016",),
        inputs="the records of linked tables with one level of children, or of one table",
        sources=("patki2016", "datacebo2026", "sdv_issue1651", "sdv_issue2110", "sdv_issue2138"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: unfit(
                "no privacy guarantee; the parameters of a family of one row are that row's "
                "values, and they are fitted like data"
            ),
            UseCase.TESTING_ANALYSIS: unfit(
                "margins of child tables are badly off where families are small"
            ),
            UseCase.EDUCATION: unfit(
                "linked, but with margins that mislead; resample each table (`independent`) to "
                "teach joins"
            ),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "keys, types and numbers of children fit, for tables of some thousand rows; it is "
                "slow beyond"
            ),
        },
        capabilities=Capabilities(linked=True, missing=True, kinds=KINDS),
        weaknesses=(
            f"Two levels and {MOST_TABLES} tables at most: SDV's public version refuses more, such "
            "as regions, households and persons.",
            "Levels of a child table may come back in quite other shares: a user saw two weekdays "
            "grow from 13 % to almost 90 % {cite:p}`sdv_issue2138`, another the rarest level "
            "become 99.7 % {cite:p}`sdv_issue1651`.",
            "Slow, because one copula is made for each parent: a user counted about three days "
            "for a million rows {cite:p}`sdv_issue2110`.",
            "Numbers of children lie between the real least and greatest number, and the "
            "parameters of a family between those of real families; SDV has no switch for that.",
            "The total number of child rows is in proportion to the number of parents, and so "
            "publishes the real total.",
            "SDV draws the children of every parent with the same random numbers; here they get "
            "their own, through a private method of version 2.0.0.",
            "The relation between a parent's variables and those of its children comes back far "
            "too weak (seen in the guide's own tests), and rules between tables are not kept.",
            licence_note("For linked tables the method `independent`"),
        ),
        implementation=VERSION,
        licence=licence("sdv", "rdt", "copulas"),
        requires=("sdv",),
    )
)
@dataclass
class Hma:
    """SDV's hierarchical modelling algorithm, with metadata from the schema and fresh keys.

    `margins` names the family of curves for the root's margins; in child tables SDV takes normal
    ones by default, and so does this. One table alone gets a plain Gaussian copula of SDV, which
    is what the algorithm is without children.
    """

    margins: str = "beta"

    def __post_init__(self) -> None:
        if self.margins not in MARGINS:
            raise GuideError(f"no margins {self.margins!r}; known: {', '.join(MARGINS)}")

    def fit(self, data: Data, *, rng: np.random.Generator) -> Self:
        """Fit the copulas; what is too deep or too wide is refused first."""
        if isinstance(data, Dataset):
            self.alone_ = _Alone(self.margins).fit(data, rng=rng)
            return self
        _refuse_deep(data)
        metadata, synthesizer = load("hma", "independent", "multi_table.HMASynthesizer")
        if min(len(t) for t in data.tables.values()) < 2:
            raise GuideError("'hma' needs at least 2 records of each table to learn from")
        self.columns_: dict[str, Columns] = {}
        frames: dict[str, pd.DataFrame] = {}
        described: dict[str, dict[str, Any]] = {}
        for name, table in data.tables.items():
            parts = _parts.split(table, rng)
            columns = self.columns_[name] = Columns(table, parts)
            frame = columns.frame(parts)
            known = columns.described(frame) | {KEY: {"sdtype": "id"}}
            frames[_plain(name)] = frame.assign(**{KEY: data.units_of(name)})
            described[_plain(name)] = {"columns": known}
        described[_plain(data.root)]["primary_key"] = KEY
        links = [
            {
                "parent_table_name": _plain(link.parent),
                "child_table_name": _plain(link.child),
                "parent_primary_key": KEY,
                "child_foreign_key": KEY,
            }
            for link in data.links
        ]
        schema = metadata.load_from_dict({"tables": described, "relationships": links})
        with quiet(), seeded(rng):
            self.model_ = _with_own_draws(synthesizer)(schema, verbose=False)
            for name in data.tables:
                margins = self.margins if name == data.root else "norm"
                options = {"default_distribution": margins, "enforce_min_max_values": False}
                self.model_.set_table_parameters(_plain(name), options)
            self.model_.fit(frames)
        self.size_ = data.n_units
        empty = {name: t.with_rows(t.rows.iloc[:0]) for name, t in data.tables.items()}
        self.empty_ = LinkedTables(empty, data.links, data.name)
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Data:
        """Draw `n` rows of one table, or of the root with the rows that belong to them."""
        if hasattr(self, "alone_"):
            return self.alone_.sample(n, rng=rng)
        with quiet(), seeded(rng):
            self.model_._numpy_seed = int(rng.integers(2**32))
            for synthesizer in self.model_._table_synthesizers.values():
                set_seed(synthesizer, rng)
            self.model_.rng = rng
            frames = self.model_.sample_scale(n / self.size_)
        return self._linked(self.empty_, frames)

    def _linked(self, empty: LinkedTables, frames: dict[str, pd.DataFrame]) -> LinkedTables:
        """Return the drawn tables with fresh keys; each child row points at its parent's."""
        made = {}
        roots = frames[_plain(empty.root)][KEY]
        place = pd.Series(np.arange(1, len(roots) + 1), index=roots.to_numpy())
        for name in empty.tables:
            frame = frames[_plain(name)].reset_index(drop=True)
            number = place.reindex(frame[KEY].to_numpy()).to_numpy()
            order = np.argsort(number, kind="stable")
            frame, number = frame.iloc[order], number[order]
            columns = self.columns_[name].joined(frame.drop(columns=KEY), len(frame))
            schema = empty[name].schema
            keys = {k.key: serial(number, schema[k.key].kind) for k in empty.links
                    if k.key in schema and name in (k.parent, k.child)}  # fmt: skip
            made[name] = assemble(self.columns_[name].empty, columns | keys, len(frame))
        return LinkedTables(made, empty.links, empty.name)


class _Alone(CopulaTable):
    """The model of one table without links."""

    slug = "hma"


def _refuse_deep(data: LinkedTables) -> None:
    """Refuse what SDV's public version does not model: a third level or a sixth table."""
    deep = [link.parent for link in data.links if link.parent != data.root]
    if deep or len(data.tables) > MOST_TABLES:
        what = (
            f"{deep[0]!r}, itself a child of {data.root!r}, has children"
            if deep
            else f"there are {len(data.tables)} tables"
        )
        raise GuideError(
            f"'hma' models {MOST_LEVELS} levels and {MOST_TABLES} tables at most, but {what}; "
            "leave the deeper tables out or take the method 'independent'"
        )


def _plain(name: str) -> str:
    """Return the name of a table for SDV, which joins names to make others."""
    return f"table {name}"


def _with_own_draws(synthesizer: type) -> type:
    """Return the class with a generator of its own for the children of each parent."""

    def recreate(self: Any, *args: Any, **kwargs: Any) -> Any:
        child = synthesizer._recreate_child_synthesizer(self, *args, **kwargs)  # type: ignore[attr-defined]
        child._set_random_state(legacy(self.rng))
        return child

    return type("Hma", (synthesizer,), {"_recreate_child_synthesizer": recreate})
