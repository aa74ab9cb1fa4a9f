"""How units buy: baskets, what is bought again, and how unequal the spending is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers.cards import (
    Aspect,
    Better,
    DataKind,
    MeasureCard,
    Null,
    Rung,
    Scope,
    UseCase,
    card,
    conditional,
    fit,
)
from guide_helpers.errors import GuideError
from guide_helpers.measures._encode import numbers
from guide_helpers.measures._judged import Reported, judged
from guide_helpers.measures._series import label_of, largest_gap, moments, of_units, remembered
from guide_helpers.results import Score
from guide_helpers.schema import Dataset, Kind, Schema, Variable

UNIT, BASKET, PRODUCT, SPENT = "unit", "basket", "product", "spent"


@card(
    MeasureCard(
        title="Basket profile",
        summary=(
            "How far apart the files are in lines per basket, baskets per customer, the share of "
            "lines that repeat an earlier purchase, and the concentration of what is spent."
        ),
        sources=("gastwirth1972",),
        suits={
            UseCase.PUBLIC_RELEASE: fit("what retail statistics say of customers"),
            UseCase.TESTING_ANALYSIS: fit("models of customers rest on repeat purchases"),
            UseCase.EDUCATION: fit("four numbers that a student can count"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "where the load of a system depends on large baskets and large customers"
            ),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.SERIES,
        scope=Scope.NARROW,
        unit="share",
        bounds=(0.0, 1.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        data=(DataKind.PANEL,),
        needs=("product",),
        reading_maker=(
            "Too little bought again: lines were drawn without the customer's earlier ones. Wrong "
            "sizes of baskets: draw the size before the lines. A wrong concentration alone points "
            "to the few largest customers, whom trees with large leaves pull to the middle."
        ),
        reading_user=(
            "The largest share of baskets or customers on the wrong side of a value, the "
            "difference of the shares bought again, and the largest part of all spending that "
            "would have to move between customers' ranks."
        ),
        cannot_see=(
            "which products are bought, what goes together, when, and at which price; nor whether "
            "the same customers are large and loyal"
        ),
    )
)
def basket_profile(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    product: str,
    basket: str | None = None,
    price: str | None = None,
    quantity: str | None = None,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return four distances from 0 to 1.

    "lines per basket" and "baskets per unit" are largest gaps of distribution functions. "bought
    again" is the difference of the share of lines, after the unit's first basket, whose product
    the unit had in an earlier one. "concentration" is the largest gap of the two Lorenz curves of
    units, by price times quantity where both are named (below zero counts as zero), else by
    lines. `basket` names the identifier of baskets; without it the rows of a unit at one time are
    a basket. `details` has the numbers behind each.

    References
    ----------
    Gastwirth (1972), doi:10.2307/1937992
    """
    of_units(original, "basket_profile")
    _check(original, product, basket, price, quantity)
    given = [f for f in (original, synthetic, control) if f is not None]
    codes = pd.factorize(pd.concat([f.rows[product].astype(object) for f in given]))[0] + 1
    parts = np.split(codes, np.cumsum([len(f) for f in given])[:-1])
    files = [_small(f, c, basket, price, quantity) for f, c in zip(given, parts, strict=True)]
    ask = remembered(_profile, *files)

    def values(old: Dataset, new: Dataset) -> dict[str, float]:
        return _distances(ask(old), ask(new))

    sides = {"original": files[0], "synthetic": files[1]}
    table = pd.DataFrame({name: _said(ask(file)) for name, file in sides.items()})
    found = values(files[0], files[1])
    return judged(
        "basket_profile",
        values,
        files[0],
        files[1],
        rng=rng,
        reported={v: Reported(x, table) for v, x in found.items()},
        control=files[2] if control is not None else None,
        draws=draws,
        nulls=nulls,
    )


def _check(
    original: Dataset, product: str, basket: str | None, price: str | None, quantity: str | None
) -> None:
    label_of(original, product, "product")
    if basket is not None:
        label_of(original, basket, "basket")
    if original.time is None:
        raise GuideError("'basket_profile' needs to know when; declare the time of the rows")
    for option, name in (("price", price), ("quantity", quantity)):
        if name is not None and (name not in original.schema or not original.schema[name].numeric):
            raise GuideError(f"{option}={name!r} is no column of numbers")
    if (price is None) != (quantity is None):
        raise GuideError("give both price and quantity, or neither: one alone is no spending")


def _small(
    file: Dataset,
    codes: np.ndarray,
    basket: str | None,
    price: str | None,
    quantity: str | None,
) -> Dataset:
    """Return the file as numbers, each unit's rows together in the order of time."""
    order = np.lexsort((moments(file), file.units))
    by = basket or str(file.time)
    own = pd.factorize(file.rows[by], use_na_sentinel=False)[0]
    spent = np.ones(len(file))
    if price is not None and quantity is not None:
        paid = numbers(file.rows[price]) * numbers(file.rows[quantity])
        spent = np.maximum(np.nan_to_num(paid), 0.0)
    columns = {UNIT: file.units, BASKET: own, PRODUCT: codes, SPENT: spent}
    rows = pd.DataFrame({name: values[order] for name, values in columns.items()})
    kinds = {UNIT: Kind.IDENTIFIER, SPENT: Kind.NUMBER}
    variables = tuple(Variable(n, kinds.get(n, Kind.INTEGER)) for n in columns)
    return Dataset(rows, Schema(variables), UNIT if file.entity is not None else None)


def _profile(data: Dataset) -> dict[str, Any]:
    """Return sizes of baskets, baskets of units, the share bought again and the Lorenz curve."""
    units = data.units.astype(np.int64)
    own = data.rows[BASKET].to_numpy().astype(np.int64)
    place = pd.factorize(units * (own.max(initial=0) + 1) + own)[0]
    product = data.rows[PRODUCT].to_numpy().astype(np.int64)
    pair = pd.factorize(units * (product.max(initial=0) + 1) + product)[0]
    first = _least(place, pair)[pair]
    later = place > _least(place, units)[units]
    again = float((place > first)[later].mean()) if later.any() else 0.0
    whose = np.zeros(place.max(initial=-1) + 1, dtype=np.int64)
    whose[place] = units
    spent = np.sort(np.bincount(units, weights=data.rows[SPENT].to_numpy()))
    return {
        "lines per basket": np.bincount(place),
        "baskets per unit": np.bincount(whose),
        "bought again": again,
        "concentration": np.append(0.0, np.cumsum(spent)) / max(float(spent.sum()), 1e-300),
    }


def _least(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return the least value of each group."""
    found = np.full(int(groups.max(initial=-1)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(found, groups, values)
    return found


def _distances(one: dict[str, Any], other: dict[str, Any]) -> dict[str, float]:
    gaps = {n: largest_gap(one[n], other[n]) for n in ("lines per basket", "baskets per unit")}
    gaps["bought again"] = abs(one["bought again"] - other["bought again"])
    at = np.union1d(*(np.linspace(0, 1, len(f["concentration"])) for f in (one, other)))
    curves = [
        np.interp(at, np.linspace(0, 1, len(f["concentration"])), f["concentration"])
        for f in (one, other)
    ]
    gaps["concentration"] = float(np.abs(curves[0] - curves[1]).max())
    return gaps


def _said(profile: dict[str, Any]) -> dict[str, float]:
    """Return the numbers behind the distances."""
    curve = profile["concentration"]
    top = np.interp(0.99, np.linspace(0, 1, len(curve)), curve)
    gini = 1 - float((curve[1:] + curve[:-1]).mean())
    return {
        "mean lines per basket": float(profile["lines per basket"].mean()),
        "mean baskets per unit": float(profile["baskets per unit"].mean()),
        "share bought again": float(profile["bought again"]),
        "Gini coefficient of units": gini,
        "share of the largest 1 % of units": float(1 - top),
    }
