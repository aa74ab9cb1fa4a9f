"""Transactions of repeat customers: customer, baskets in time, products, quantities, prices."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
from guide_helpers.expressions import columns as columns_in
from guide_helpers.expressions import holds
from guide_helpers.methods._basket_items import Items
from guide_helpers.methods._basket_lines import Lines, amounts
from guide_helpers.methods._basket_returns import Returns
from guide_helpers.methods._basket_table import Baskets, layout, ordered
from guide_helpers.methods._basket_times import Periods
from guide_helpers.methods._basket_units import AGAIN, LEVEL, Shoppers
from guide_helpers.methods._counting import check_units, file_of
from guide_helpers.methods._frame import serial
from guide_helpers.methods._options import whole
from guide_helpers.schema import Dataset, Kind

ROUNDS = 20


@card(
    MethodCard(
        title="Baskets of repeat customers",
        summary=(
            "Draws each customer by trees, then the times of the baskets on a clock of all "
            "purchases, what is in them from popular, repeated and jointly bought products, and "
            "quantity and price given the product."
        ),
        family="sequential",
        made_for="transactions of customers",
        origin=("reiter2005",),
        inputs="the lines of invoices: customer, basket, time, product, quantity, price",
        sources=("reiter2005", "drechsler_reiter2011"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                "after few-point attacks by customer and a look at rare products: the list of "
                "products, their names and prices are those of the records"
            ),
            UseCase.TESTING_ANALYSIS: fit(
                "prices by product and month, seasons, repeat purchases and heavy tails are kept, "
                "so programs for price indices meet what they will meet"
            ),
            UseCase.EDUCATION: fit("scanner data that nobody's purchases are in, in any size"),
            UseCase.TESTING_TECHNOLOGY: fit(
                "a million lines in seconds of one processor, with keys, rules and "
                "cancellations that hold"
            ),
        },
        capabilities=Capabilities(
            panel=True,
            keeps_rules=True,
            keeps_structural_zeros=True,
            missing=True,
            keeps_missing_rates=True,
            in_browser=True,
            kinds=("categorical", "ordered", "integer", "number", "datetime", "text"),
        ),
        weaknesses=(
            "Which products exist, when they are sold, what they are called and at which prices "
            "comes from the records as it is, but for products bought by fewer than `fewest` "
            "units. Ask whether the list is public; names are not made anew.",
            "Days without sales, hours and the share of each day come back as they are.",
            "A customer's taste is what was bought before and what goes with it: there are no "
            "kinds of customers who buy other kinds of products from the start.",
            "Prices are those of real purchases of the product in its month, large ones included. "
            "A price that one customer got is handed on. That large quantities are cheaper is less "
            "so than in the original, and price changes differ a little less between products.",
            "Lines of a basket are related by pairs only: products that go together do so more "
            "weakly than in the original, and quantity does not know the rest of the basket.",
            "A product may be sold a month before its first or after its last sale.",
            "A column of the unit that differs for a few units, such as the country of a customer "
            "who moved, is constant in the copy.",
        ),
    )
)
@dataclass
class BasketPurchases:
    """Synthesise purchases from the customer down to the line.

    Parameters
    ----------
    basket
        The identifier of baskets; by default the identifier, other than the unit's, that several
        rows share, else the rows of a unit at one time are a basket.
    item
        The column of products, by default the first text. Other texts go with it.
    amount
        The quantity bought, by default the first whole number that differs within a basket.
    returned
        An expression that says which baskets take something back, "cancelled == 'yes'". As often
        as in the original, such a line takes back what the unit bought before.
    fewest
        Products and names that fewer units bought are left out; where none is left, the column
        is missing.
    min_leaf
        Fewest records in a leaf of the trees.
    """

    basket: str | None = None
    item: str | None = None
    amount: str | None = None
    returned: str | None = None
    fewest: int = 3
    min_leaf: int = 10

    def __post_init__(self) -> None:
        whole("fewest", self.fewest, 1)
        whole("min_leaf", self.min_leaf, 1)

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Learn units, baskets, products and lines, in this order."""
        check_units(data, 1)
        self.plan_ = layout(data, self.basket, self.item, self.amount)
        self.baskets_, order = ordered(data, self.plan_.key) if data.panel else _singles(data)
        self.data_ = replace(data, rows=data.rows.iloc[order].reset_index(drop=True))
        self.names_, item = self._products()
        self.back_ = self._returned(self.data_)
        amount = amounts(self.data_.rows, self.plan_)
        self.returns_ = Returns.learn(self.back_, self.baskets_, item, amount)
        self.shoppers_ = Shoppers.learn(
            self.data_, self.plan_, self.baskets_, (item, amount, self.back_), rng, self.min_leaf
        )
        self._learn_lines(item, rng)
        self.kept_ = [s for s in data.schema.statements if not s.violations(data.rows).any()]
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` units with all their baskets."""
        units = self.shoppers_.units(n, rng)
        baskets, rows = self.shoppers_.baskets(units, rng)
        at = baskets.of_line
        lines = rows.iloc[at].reset_index(drop=True)
        file = _part(self.data_, lines)
        back = self._returned(file)
        periods = self.periods_.of(baskets.time)
        again = units[AGAIN].to_numpy()[baskets.unit] if AGAIN in units else np.zeros(len(rows))
        buying = ~back[baskets.starts]
        item = self.items_.draw(baskets, periods, again * buying, buying, rng)
        level = units[LEVEL].to_numpy() if LEVEL in units else np.zeros(n)
        known = self.lines_.known(file, baskets, level, item)
        drawn = self.lines_.draw(known, item, periods[at], rng)
        if back.any():
            self.returns_.draw(drawn, item, back, baskets, self.plan_, rng)
        drawn = self._repaired(lines, drawn, known, item, periods[at], rng)
        return self._file(baskets, lines.join(drawn), item, back, n)

    def _products(self) -> tuple[pd.Index, np.ndarray]:
        """Return the products that come back, and the number of each line's, -1 for the others."""
        rows, units = self.data_.rows, self.data_.units
        if self.plan_.item is None:
            return pd.Index([]), np.full(len(rows), -1)
        frequent = _frequent(rows[self.plan_.item], units, self.fewest)
        for name in self.plan_.labels:
            frequent &= _nameable(rows[self.plan_.item], rows[name], units, self.fewest)
        item, names = pd.factorize(rows[self.plan_.item].where(frequent))
        for name in self.plan_.labels:
            rows[name] = _usual_names(rows[name], item, units, self.fewest)
        return pd.Index(names), item

    def _returned(self, data: Dataset) -> np.ndarray:
        if self.returned is None:
            return np.zeros(len(data), dtype=bool)
        if unlike := columns_in(self.returned) - {*self.plan_.basket, *self.plan_.unit}:
            raise GuideError(
                f"returned names column {sorted(unlike)[0]!r}, which differs within a basket or "
                "is none; name columns of baskets"
            )
        return holds(self.returned, data.rows)

    def _learn_lines(self, item: np.ndarray, rng: np.random.Generator) -> None:
        baskets = self.baskets_
        self.periods_ = Periods.learn(baskets.time, self.shoppers_.dated)
        periods = self.periods_.of(baskets.time)
        sold = np.where(self.back_, -1, item)
        self.items_ = Items.learn(sold, baskets, periods, rng)
        self.lines_ = Lines.learn(
            self.data_, self.plan_, baskets, item, periods, rng, self.min_leaf
        )

    def _repaired(
        self,
        fixed: pd.DataFrame,
        drawn: pd.DataFrame,
        known: pd.DataFrame,
        item: np.ndarray,
        period: np.ndarray,
        rng: np.random.Generator,
    ) -> pd.DataFrame:
        """Draw lines again that break what holds in the original."""
        for _ in range(ROUNDS):
            rows = fixed.join(drawn)
            broken = np.zeros(len(rows), dtype=bool)
            for statement in self.kept_:
                if statement.columns <= set(rows):
                    broken |= statement.violations(rows)
            if not broken.any():
                return drawn
            here = np.flatnonzero(broken)
            again = self.lines_.draw(known.iloc[here], item[here], period[here], rng)
            for name in again:
                values = drawn[name].array.copy()
                values[here] = again[name].array
                drawn[name] = values
        raise GuideError(
            f"rules cannot be kept in {int(broken.sum())} of {len(rows)} lines: what units and "
            "baskets are leaves no value for the line; drop the rule or a column of it"
        )

    def _file(
        self, baskets: Baskets, rows: pd.DataFrame, item: np.ndarray, back: np.ndarray, n: int
    ) -> Dataset:
        columns: dict[str, Any] = {str(name): rows[name].array for name in rows}
        if self.plan_.item is not None:
            names = np.array([*self.names_, None], dtype=object)
            columns[self.plan_.item] = names[item]
        if self.plan_.key is not None:
            made = self._numbers(len(baskets.unit), back[baskets.starts])
            columns[self.plan_.key] = made[baskets.of_line]
        sizes = np.bincount(baskets.unit, weights=baskets.sizes, minlength=n).astype(np.int64)
        empty = replace(self.data_, rows=self.data_.rows.iloc[:0])
        return file_of(empty, sizes, columns)

    def _numbers(self, count: int, back: np.ndarray) -> np.ndarray:
        """Return fresh numbers of baskets, with the letters in front that those numbers have."""
        key = str(self.plan_.key)
        numbers = np.asarray(serial(np.arange(1, count + 1), self.data_.schema[key].kind))
        own = self.data_.rows[key].iloc[self.baskets_.starts]
        if self.data_.schema[key].kind is not Kind.IDENTIFIER or own.dtype != object:
            return numbers
        letters = own.astype(str).str.extract(r"^([^\d]*)")[0].to_numpy()
        was = self.back_[self.baskets_.starts]
        marks = [pd.Series(letters[was == side]).mode().get(0, "") for side in (False, True)]
        front = np.where(back, marks[1], marks[0])
        return np.array([f"{f}{number}" for f, number in zip(front, numbers, strict=True)], object)


def _singles(data: Dataset) -> tuple[Baskets, np.ndarray]:
    ones = np.ones(len(data), dtype=np.int64)
    return Baskets(np.arange(len(data)), np.zeros(len(data)), ones), np.arange(len(data))


def _part(data: Dataset, rows: pd.DataFrame) -> Dataset:
    """Return some columns of a file as one whose rows belong to nobody."""
    names = [n for n in data.schema.names if n in rows]
    time = data.time if data.time in rows else None
    return Dataset(rows[names], data.schema.keep(names), None, time)


def _frequent(values: pd.Series, units: np.ndarray, fewest: int) -> np.ndarray:
    """Return, row by row, whether as many units as that have the value."""
    codes, distinct = pd.factorize(values)
    n = int(units.max(initial=0)) + 1
    pairs = pd.unique((codes * n + units)[codes >= 0])
    holders = np.bincount(pairs // n, minlength=len(distinct) + 1)
    return np.where(codes >= 0, holders[codes] >= fewest, False)


def _nameable(products: pd.Series, names: pd.Series, units: np.ndarray, fewest: int) -> np.ndarray:
    """Return, row by row, whether its product has a name that as many units have, or never one."""
    product = pd.factorize(products, use_na_sentinel=False)[0]
    good = np.zeros(int(product.max(initial=0)) + 1, dtype=bool)
    good[product[_frequent(names, units, fewest)]] = True
    named = np.zeros(len(good), dtype=bool)
    named[product[names.notna().to_numpy()]] = True
    found: np.ndarray = (good | ~named)[product]
    return found


def _usual_names(names: pd.Series, item: np.ndarray, units: np.ndarray, fewest: int) -> pd.Series:
    """Return the names with rare ones replaced by the product's commonest one."""
    frequent = _frequent(names, units, fewest)
    table = pd.DataFrame({"item": item, "name": names.where(frequent)})
    counts = table.groupby(["item", "name"], observed=True).size().sort_values()
    usual = counts.reset_index().drop_duplicates("item", keep="last").set_index("item")["name"]
    return table["name"].where(frequent, pd.Series(item, index=names.index).map(usual))
