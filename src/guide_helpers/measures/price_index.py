"""Price indices computed from the original and from the synthetic file."""

from __future__ import annotations

from collections.abc import Sequence

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
    fit,
    unfit,
)
from guide_helpers.errors import GuideError
from guide_helpers.intervals import student_quantile
from guide_helpers.measures._encode import numbers
from guide_helpers.measures._index_numbers import Prices, geks, jevons, spread
from guide_helpers.measures._judged import Reported, judged, resample
from guide_helpers.results import Score
from guide_helpers.schema import Dataset, Kind, Schema, Variable

SPREAD = "spread of changes"
KINDS = {"chained Jevons": jevons, "GEKS-Törnqvist": geks, SPREAD: spread}
UNIT, PRODUCT, PERIOD, PRICE, QUANTITY = "unit", "product", "period", "price", "quantity"


@card(
    MeasureCard(
        title="Price index",
        summary=(
            "Mean distance between the monthly price indices of the two files, chained Jevons and "
            "GEKS-Törnqvist over matched products, and between how much price changes differ."
        ),
        sources=("ivancic2011", "cpi_manual2020"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("the statistic that scanner data are collected for"),
            UseCase.TESTING_ANALYSIS: fit("a program for the index must give about the index"),
            UseCase.EDUCATION: fit("students compare formulas, so the file must carry them"),
            UseCase.TESTING_TECHNOLOGY: unfit("a system is tested by formats, rules and volume"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.ANALYSES,
        scope=Scope.FIT_FOR_PURPOSE,
        unit="log points times 100, about per cent",
        bounds=(0.0, None),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        data=(DataKind.PANEL,),
        needs=("product", "price"),
        reading_maker=(
            "Look at the spread of changes first: outside its band, prices are not tied to the "
            "product, and where prices hardly move the indices may agree all the same. Only GEKS "
            "outside: prices are right, but not what is spent on which product. Only the chained "
            "Jevons outside: products with few sales have wrong prices, and chaining adds up."
        ),
        reading_user=(
            "The index of this file is off by about so many per cent in a month taken at random. "
            "Compare it with the change that you want to see: a monthly rate is often smaller."
        ),
        cannot_see=(
            "how good the index is for the country, products that come and go (only matched ones "
            "count), and errors that go up and down within a month"
        ),
    )
)
def price_index(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    product: str,
    price: str,
    quantity: str | None = None,
    limit: float = 4.0,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return the mean absolute difference of the logarithms of two indices, times 100.

    Variants "chained Jevons" and "GEKS-Törnqvist", and "spread of changes": how far the standard
    deviations of products' price changes from month to month lie apart. A price is what was spent
    on a product in a month by what was sold of it; lines without a price or a quantity above
    zero, cancellations for instance, do not count. Without `quantity` each line counts as one
    piece. Dates are taken by month, other times as they are. A change of a product's price by
    more than the factor `limit` is taken for another product under the same name, postage or
    "manual" for instance, and left out. `details` has both series, first period 100 for an index,
    with the middle 95 % that a bootstrap of the original's units gives.

    References
    ----------
    Ivancic, Diewert and Fox (2011), doi:10.1016/j.jeconom.2010.09.003
    """
    names = _columns(original, product, price, quantity)
    if not limit > 1:
        raise GuideError(f"limit={limit} is no factor above 1 by which a price may change")
    given = [f for f in (original, synthetic, control) if f is not None]
    periods, files = _coded(given, *names)
    shape = (1 + max(int(f.rows[PRODUCT].max()) for f in files), len(periods))

    def series(file: Dataset) -> dict[str, np.ndarray]:
        columns = [file.rows[n].to_numpy() for n in (PRODUCT, PERIOD, PRICE, QUANTITY)]
        prices = Prices.of(columns[0], columns[1], columns[2], columns[3], shape)
        return {v: index(prices, limit) for v, index in KINDS.items()}

    old, new = series(files[0]), series(files[1])

    def values(one: Dataset, other: Dataset) -> dict[str, float]:
        first = old if one is files[0] else series(one)
        return _apart(first, series(other))

    around = [series(_drawn(files[0], rng)) for _ in range(draws)]
    note = f"Months in all: {len(periods)}; products matched by {product}."
    reported = {
        v: Reported(x, _table(v, periods, old[v], new[v], [s[v] for s in around]), note)
        for v, x in _apart(old, new).items()
    }
    return judged(
        "price_index",
        values,
        files[0],
        files[1],
        rng=rng,
        reported=reported,
        control=files[2] if control is not None else None,
        draws=draws,
        nulls=nulls,
    )


def _columns(
    original: Dataset, product: str, price: str, quantity: str | None
) -> tuple[str, str, str | None]:
    """Refuse columns that are not there or no numbers, and a file without time."""
    if original.time is None:
        raise GuideError("'price_index' needs to know when; declare the time of the rows")
    for option, name in (("product", product), ("price", price), ("quantity", quantity)):
        if name is None:
            continue
        if name not in original.schema:
            raise GuideError(f"{option}={name!r} is no column of the table")
        if option != "product" and not original.schema[name].numeric:
            raise GuideError(f"{option}={name!r} is no number; name a column of numbers")
    return product, price, quantity


def _coded(
    files: list[Dataset], product: str, price: str, quantity: str | None
) -> tuple[list[str], list[Dataset]]:
    """Return the periods of the original, and the files with what the index needs.

    Lines of the other files in periods that the original does not have are left out.
    """
    products = pd.factorize(
        pd.concat([f.rows[product].astype(object) for f in files], ignore_index=True)
    )[0]
    when = [_periods(f) for f in files]
    known = when[0].dropna().drop_duplicates().sort_values().to_list()
    made = []
    for file, time, code in zip(
        files, when, np.split(products, np.cumsum([len(f) for f in files])[:-1]), strict=True
    ):
        place = pd.Index(known).get_indexer(pd.Index(time))
        sold = np.ones(len(file)) if quantity is None else numbers(file.rows[quantity])
        rows = {UNIT: file.units, PRODUCT: code, PERIOD: place}
        rows |= {PRICE: numbers(file.rows[price]), QUANTITY: sold}
        made.append(_small(pd.DataFrame(rows), (place >= 0) & (code >= 0)))
    return [str(k) for k in known], made


def _small(rows: pd.DataFrame, good: np.ndarray) -> Dataset:
    """Return a file of numbers; a unit all of whose lines are left out keeps one that is empty."""
    lost = ~rows[UNIT].isin(rows.loc[good, UNIT]) & ~rows[UNIT].duplicated()
    rows = rows.copy()
    rows.loc[lost.to_numpy() & ~good, [PRICE, QUANTITY]] = 0.0
    rows[[PRODUCT, PERIOD]] = rows[[PRODUCT, PERIOD]].clip(lower=0)
    rows = rows[good | lost.to_numpy()].reset_index(drop=True)
    kinds = {UNIT: Kind.IDENTIFIER, PRODUCT: Kind.INTEGER, PERIOD: Kind.INTEGER}
    variables = tuple(Variable(str(n), kinds.get(str(n), Kind.NUMBER)) for n in rows)
    return Dataset(rows, Schema(variables), UNIT)


def _periods(file: Dataset) -> pd.Series:
    values = file.rows[str(file.time)]
    if file.schema[str(file.time)].kind is Kind.DATETIME:
        months: pd.Series = values.dt.to_period("M")
        return months
    return values


def _drawn(file: Dataset, rng: np.random.Generator) -> Dataset:
    return resample(file, rng.integers(0, file.n_units, file.n_units))


def _apart(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> dict[str, float]:
    """Return the mean distance of two series after the first period; an unknown index counts 0."""
    found = {}
    for variant, series in one.items():
        gap = np.nan_to_num(series) - np.nan_to_num(other[variant])
        found[variant] = 100 * float(np.abs(gap[1:]).mean()) if len(gap) > 1 else 0.0
    return found


def _table(
    variant: str,
    periods: list[str],
    old: np.ndarray,
    new: np.ndarray,
    around: list[np.ndarray],
) -> pd.DataFrame:
    off = np.nanstd(np.array(around), axis=0, ddof=1) if len(around) > 1 else 0.0
    reach = student_quantile(max(1, len(around) - 1)) * off
    columns = {"original": old, "low": old - reach, "high": old + reach, "synthetic": new}
    shown = (lambda x: x) if variant == SPREAD else np.exp
    index = pd.Index(periods, name="period")
    return pd.DataFrame({n: 100 * shown(x) for n, x in columns.items()}, index=index)
