"""Synthetic populations: IPF by hand and by another program, both levels, whole households."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate, load
from guide_helpers.known_margins import own
from guide_helpers.methods._ipf import Cell, fitted, swapped, whole
from guide_helpers.methods.population_ipf import PopulationIpf
from guide_helpers.schema import Dataset, Kind, Link, LinkedTables, Role, Schema, Variable


def cells_of(table, targets):
    """Return the counts of rows and columns of a table with one record a cell."""
    index = np.arange(table.size).reshape(table.shape)
    lines = [*zip(index, targets[0], strict=True), *zip(index.T, targets[1], strict=True)]
    return [Cell("", records, np.ones(len(records)), t) for records, t in lines]


def by_table(table, targets):
    """Fit a table in rounds of rows and columns: the textbook, on the table itself."""
    found = table.astype(float)
    for _ in range(2_000):
        found *= (targets[0] / found.sum(axis=1))[:, None]
        found *= (targets[1] / found.sum(axis=0))[None, :]
    return found


def test_a_table_of_ones_becomes_the_product_of_its_margins():
    table = np.ones((2, 2))
    found = fitted(cells_of(table, ([30, 70], [40, 60])), table.ravel()).weights
    np.testing.assert_allclose(found, [12, 18, 28, 42])


def test_the_odds_ratio_of_the_sample_stays():
    table = np.array([[4.0, 1.0], [1.0, 4.0]])
    found = fitted(cells_of(table, ([30, 70], [40, 60])), table.ravel()).weights
    assert found[0] * found[3] / (found[1] * found[2]) == pytest.approx(16)


@pytest.mark.parametrize("powers", [False, True])
def test_weights_of_records_are_those_of_the_fitted_table(powers):
    rng = np.random.default_rng(1)
    table = rng.integers(1, 30, (3, 4)).astype(float)
    targets = np.array([100.0, 250.0, 150.0]), np.array([50.0, 200.0, 150.0, 100.0])
    found = fitted(cells_of(table, targets), table.ravel(), powers=powers).weights
    np.testing.assert_allclose(found.reshape(3, 4), by_table(table, targets), rtol=1e-5)


def test_the_weights_are_those_of_a_log_linear_model_with_the_sample_as_offset():
    import statsmodels.api as sm

    # fitted = seed * exp(row + column): the log-linear model with the seed as offset
    table = np.array([[5.0, 2.0, 9.0], [1.0, 7.0, 3.0]])
    targets = np.array([40.0, 60.0]), np.array([30.0, 25.0, 45.0])
    found = fitted(cells_of(table, targets), table.ravel()).weights
    rows, columns = np.divmod(np.arange(6), 3)
    design = np.column_stack([np.eye(2)[rows], np.eye(3)[columns][:, 1:]])
    model = sm.OLS(np.log(found / table.ravel()), design).fit()
    np.testing.assert_allclose(model.resid, 0, atol=1e-8)
    np.testing.assert_allclose(found.reshape(2, 3).sum(axis=0), targets[1])


def test_households_and_persons_are_met_by_powers_where_one_factor_misses():
    # households of 1, 2 and 4 persons, 10 women in all: equal weights would have 7 of 100
    women = np.array([1.0, 2.0, 4.0])
    every = np.arange(3)
    cells = [Cell("households", every, np.ones(3), 100.0), Cell("women", every, women, 300.0)]
    exact = fitted(cells, np.ones(3), powers=True).weights
    assert exact.sum() == pytest.approx(100)
    assert exact @ women == pytest.approx(300)
    one_factor = fitted(cells, np.ones(3)).weights
    assert np.ptp(one_factor) == pytest.approx(0)  # alike for all: it can reach one count only


def test_truncate_replicate_sample_keeps_the_whole_parts_and_the_total():
    weights = np.array([0.5, 1.25, 2.25, 6.0])
    draws = np.array([whole(weights, 10, np.random.default_rng(i)) for i in range(2_000)])
    assert (draws.sum(axis=1) == 10).all()
    assert (draws >= np.floor(weights)).all()
    assert (draws <= np.ceil(weights)).all()
    # 4 standard errors of 2,000 draws
    np.testing.assert_allclose(draws.mean(axis=0), weights, atol=4 * 0.5 / 2_000**0.5)


def test_swaps_bring_the_counts_of_few_households_back_to_the_margins():
    rng = np.random.default_rng(1)
    kinds, weights = rng.integers(0, 4, 400), np.full(400, 0.1)
    cells = [
        Cell("", np.flatnonzero(kinds == k), np.ones((kinds == k).sum()), 10.0) for k in range(4)
    ]
    times = whole(weights, 40, rng)
    found = swapped(times, cells, 1.0, weights, 500, rng)
    assert found.sum() == 40
    assert np.bincount(kinds, weights=found).tolist() == [10, 10, 10, 10]


def sample():
    """Return six homes, one with a child, weights 10 and 20."""
    homes = pd.DataFrame(
        {
            "home": [1, 2, 3, 4, 5, 6],
            "area": ["n", "n", "n", "s", "s", "s"],
            "kind": ["one", "two", "two", "one", "one", "two"],
            "weight": [10.0, 10, 20, 20, 20, 20],
        }
    )
    people = pd.DataFrame(
        {
            "home": [1, 2, 2, 3, 3, 4, 5, 6, 6],
            "age": [70, 30, 32, 40, 9, 50, 25, 61, 66],
            "sex": list("fmffmmfmf"),
        }
    )
    tops = Schema(
        (
            Variable("home", Kind.IDENTIFIER),
            Variable("area", Kind.CATEGORICAL, Role.KEY),
            Variable("kind", Kind.CATEGORICAL, Role.KEY),
            Variable("weight", Kind.NUMBER, Role.WEIGHT),
        )
    )
    below = Schema(
        (
            Variable("home", Kind.IDENTIFIER),
            Variable("age", Kind.INTEGER, Role.KEY),
            Variable("sex", Kind.CATEGORICAL, Role.KEY),
        )
    )
    tables = {
        "homes": Dataset.of(homes, tops),
        "people": Dataset.of(people, below, entity="home"),
    }
    return LinkedTables(tables, (Link("homes", "people", "home"),), "sample")


def counts(copy, column, table="homes"):
    return copy[table].rows[column].value_counts().to_dict()


def test_given_margins_decide_the_number_of_households_and_both_levels():
    margins = {"kind": {"one": 40, "two": 60}, "sex": {"f": 90, "m": 70}}
    copy = generate(sample(), "population_ipf", margins=margins, seed=1).first
    assert len(copy["homes"]) == 100
    assert counts(copy, "kind") == {"one": 40, "two": 60}
    assert counts(copy, "sex", "people") == pytest.approx({"f": 90, "m": 70}, abs=2)
    assert copy["homes"].rows["weight"].unique() == pytest.approx(1)


def test_bands_of_ages_are_cells():
    margins = {"kind": {"one": 40, "two": 60}, "age": {"0-15": 20, "16-64": 90, "65+": 50}}
    copy = generate(sample(), "population_ipf", margins=margins, seed=1).first
    ages = copy["people"].rows["age"]
    assert ((ages < 16).sum(), (ages >= 65).sum()) == pytest.approx((20, 50), abs=3)


def test_an_area_takes_households_of_the_whole_sample():
    # the south has no household with a child in the sample
    margins = {
        "area by kind": {"n by one": 10, "n by two": 10, "s by one": 30, "s by two": 50},
        "area by age": {"n by 0-15": 2, "n by 16+": 28, "s by 0-15": 20, "s by 16+": 110},
    }
    copy = generate(sample(), "population_ipf", margins=margins, area="area", seed=1).first
    assert counts(copy, "area") == {"s": 80, "n": 20}
    both = copy["people"].rows.merge(copy["homes"].rows, on="home")
    assert ((both["area"] == "s") & (both["age"] < 16)).sum() == pytest.approx(20, abs=2)


def test_a_cell_that_the_sample_lacks_is_refused_or_merged():
    margins = {"kind": {"one": 40, "two": 50, "three": 10}}
    data = sample()
    data = LinkedTables(
        {**data.tables, "homes": data["homes"].with_rows(data["homes"].rows)}, data.links
    )
    with pytest.raises(GuideError, match="in 1 of the 3 cells of margin 'kind', such as 'three'"):
        generate(data, "population_ipf", margins=margins, seed=1)
    copy = generate(data, "population_ipf", margins=margins, zero_cells="merge", seed=1).first
    assert counts(copy, "kind") == {"one": 40, "two": 60}


def test_without_margins_the_weighted_ones_of_the_data_are_met():
    copy = generate(sample(), "population_ipf", seed=1, n=100).first
    assert counts(copy, "kind") == {"one": 50, "two": 50}
    assert copy["homes"].rows["weight"].sum() == pytest.approx(100)


def test_own_margins_put_numbers_of_many_values_into_round_bands():
    ages = next(m for m in own(sample()) if m.name == "age")
    assert dict(zip(ages.cells, ages.counts, strict=True))["70"] == 10  # nine ages, one cell each
    wide = next(m for m in own(load("acs")) if m.name == "age")
    assert "20-29" in wide.cells
    assert wide.table == "persons"


def test_members_stay_with_their_household():
    copy = generate(load("acs"), "population_ipf", seed=1, n=500).first
    sizes = copy["persons"].rows["household_id"].value_counts()
    homes = copy["households"].rows.set_index("household_id")
    assert (homes["size"] == sizes.reindex(homes.index)).all()
    assert copy.orphans().sum() == copy.violations().sum() == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"margins": {"colour": {"red": 1}}}, "known columns"),
        ({"margins": {"kind": {"one": -1}}}, "negative"),
        ({"margins": {"kind": {"one": 40, "two": 60}, "area": {"n": 9, "s": 1}}}, "add up to"),
        ({"margins": {"kind": {"one": 40, "two": 60}}, "area": "area"}, "is not by 'area'"),
        ({"area": "sex"}, "no column of households"),
        ({"update": "newton"}, "known: entropy, ipu"),
        ({"margins": {"kind": {"one": 9}, "age": {"old": 9}}}, "16-64 or 65"),
        ({"margins": {"sex": {"f": 9}}}, "their number is open"),
    ],
)
def test_margins_that_make_no_sense_are_refused(options, said):
    with pytest.raises(GuideError, match=said):
        generate(sample(), "population_ipf", seed=1, **options)


def test_persons_can_be_left_out():
    margins = {"kind": {"one": 40, "two": 60}, "sex": {"f": 5, "m": 5}}
    model = PopulationIpf(margins=margins, persons=False).fit(sample(), rng=None)
    assert model.total_ == pytest.approx(100)
