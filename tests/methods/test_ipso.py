"""IPSO: new values, and the very same means, covariances and regressions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate, load
from guide_helpers.schema import Dataset, Kind, Provenance, Role, Schema, Variable

WIDE = {"bounds": (-1e6, 1e6), "bounds_from": Provenance.PUBLIC}


def firms(rng, n=400) -> Dataset:
    """Firms with two confidential amounts that depend on branch, staff and each other."""
    branch = rng.integers(3, size=n)
    staff = rng.integers(1, 200, n)
    sales = 500 + 40 * staff + 300 * branch + rng.normal(0, 400, n)
    costs = 100 + 0.7 * sales + rng.normal(0, 200, n)
    rows = {"branch": np.array(list("abc"))[branch], "staff": staff, "sales": sales,
            "costs": costs, "gain": sales - costs}  # fmt: skip
    variables = (
        Variable("branch", Kind.CATEGORICAL),
        Variable("staff", Kind.INTEGER),
        *(Variable(k, Kind.NUMBER, Role.SENSITIVE, **WIDE) for k in ("sales", "costs", "gain")),
    )
    return Dataset.of(pd.DataFrame(rows), Schema(variables))


def design(rows):
    """The constant, the staff and two of three branches, written out by hand."""
    branch = rows["branch"].astype(object)
    return np.column_stack(
        [np.ones(len(rows)), rows["staff"], branch == "b", branch == "c"]
    ).astype(float)


def coefficients(rows, outcome, *more):
    predictors = np.column_stack([design(rows), *(rows[k] for k in more)])
    return np.linalg.lstsq(predictors, rows[outcome].to_numpy(), rcond=None)[0]


@pytest.mark.parametrize("seed", [1, 2])
def test_means_covariances_and_regressions_are_kept_to_8_digits(rng, seed):
    data = firms(rng)
    old, new = data.rows, generate(data, "ipso", seed=seed).rows
    numbers = ["staff", "sales", "costs", "gain"]
    np.testing.assert_allclose(new[numbers].mean(), old[numbers].mean(), rtol=1e-8)
    np.testing.assert_allclose(new[numbers].cov(), old[numbers].cov(), rtol=1e-8)
    by_branch = [rows.groupby("branch", observed=True)["sales"].mean() for rows in (old, new)]
    np.testing.assert_allclose(*by_branch, rtol=1e-8)
    for outcome, *more in (("sales",), ("costs",), ("costs", "sales")):
        found, true = coefficients(new, outcome, *more), coefficients(old, outcome, *more)
        np.testing.assert_allclose(found, true, rtol=1e-8, atol=1e-8)


def firms_of_1998() -> Dataset:
    """One row a firm, with staff and patents beside three very skewed amounts."""
    data = load("firms").keep(
        "sp500", "employment", "sales", "capital", "research_stock", "patents"
    )
    return data.with_rows(data.rows[data.rows["year"] == 1998])


def paid_by_the_hour() -> Dataset:
    """The adults whose hourly wage was asked."""
    data = load("cps95").keep("age", "sex", "race", "education", "hourly_wage")
    return data.with_rows(data.rows[data.rows["hourly_wage"] > 0])


REAL = {
    "scores": (lambda: load("satgpa"), ("hs_gpa", "fy_gpa")),
    "wages": (paid_by_the_hour, ("hourly_wage",)),
    "firms": (firms_of_1998, ("sales", "capital", "research_stock")),
}


@pytest.mark.parametrize("name", list(REAL))
def test_on_real_data_means_covariances_and_coefficients_are_kept_to_1e_8(name):
    make, confidential = REAL[name]
    original = make()
    new = generate(original, "ipso", seed=1, confidential=confidential, keep_bounds=False).rows
    modelled = original.rows[[v.name for v in original.schema.modelled]]
    numbers = [n for n in modelled.select_dtypes("number") if modelled[n].std() > 0]
    # in units of the original's standard deviations, so that 1e-8 is small in each
    centre, scale = original.rows[numbers].mean(), original.rows[numbers].std()
    one, two = ((rows[numbers] - centre) / scale for rows in (original.rows, new))
    assert (one.mean() - two.mean()).abs().max() < 1e-8
    assert (one.cov() - two.cov()).abs().max().max() < 1e-8
    levels = pd.get_dummies(modelled.select_dtypes("category"), drop_first=True).astype(float)
    for i, outcome in enumerate(confidential):
        # on all columns that stay and on the confidential ones before it
        others = [n for n in numbers if n not in confidential[i:]]
        fits = [
            np.linalg.lstsq(
                np.column_stack([np.ones(len(z)), levels, z[others]]), z[outcome], rcond=None
            )[0]
            for z in (one, two)
        ]
        np.testing.assert_allclose(*fits, atol=1e-8, rtol=0)
        assert (one[outcome] - two[outcome]).abs().max() > 0.1


def test_the_values_are_new_and_all_other_columns_stay(rng):
    data = firms(rng)
    old, new = data.rows, generate(data, "ipso", seed=1).rows
    pd.testing.assert_frame_equal(new[["branch", "staff"]], old[["branch", "staff"]])
    assert not set(new["sales"]) & set(old["sales"])
    residuals = [rows["sales"] - design(rows) @ coefficients(rows, "sales") for rows in (old, new)]
    # two independent sets of 400 residuals: standard error of their correlation 0.05
    assert abs(np.corrcoef(residuals)[0, 1]) < 4 * 0.05


def test_a_sum_of_confidential_columns_stays_their_sum(rng):
    new = generate(firms(rng), "ipso", seed=1).rows
    np.testing.assert_allclose(new["gain"], new["sales"] - new["costs"], atol=1e-7)


def test_only_the_named_column_is_replaced(rng):
    data = firms(rng).keep("branch", "staff", "sales", "costs")
    old, new = data.rows, generate(data, "ipso", seed=1, confidential=["costs"]).rows
    pd.testing.assert_series_equal(new["sales"], old["sales"])
    assert not set(new["costs"]) & set(old["costs"])
    expected = coefficients(old, "costs", "sales")
    np.testing.assert_allclose(coefficients(new, "costs", "sales"), expected, rtol=1e-8, atol=1e-8)


def test_public_bounds_and_exact_sums_are_kept_together(survey):
    old = survey.rows
    free = generate(survey, "ipso", seed=1, keep_bounds=False).rows
    new = generate(survey, "ipso", seed=1).rows
    assert free["income"].min() < 0 <= new["income"].min()
    for rows in (free, new):
        assert rows["income"].mean() == pytest.approx(old["income"].mean(), rel=1e-8)
        assert rows["income"].var() == pytest.approx(old["income"].var(), rel=1e-8)
        groups = [r.groupby("sex", observed=True)["income"].mean() for r in (old, rows)]
        np.testing.assert_allclose(*groups, rtol=1e-8)


def test_bounds_that_leave_no_room_are_refused_with_the_remedy():
    rows = pd.DataFrame({"x": np.r_[np.zeros(99), 1.0]})
    tight = Variable("x", Kind.NUMBER, bounds=(0, 1), bounds_from=Provenance.PUBLIC)
    data = Dataset.of(rows, Schema((tight,)))
    with pytest.raises(GuideError, match="set keep_bounds=False"):
        generate(data, "ipso", seed=1)


def test_special_codes_of_a_column_that_stays_are_a_group_of_their_own(rng):
    hours = rng.integers(1, 60, 200)
    hours[:80] = -9
    pay = np.where(hours == -9, 100.0, 10.0 * hours) + rng.normal(0, 5, 200)
    schema = Schema(
        (Variable("hours", Kind.INTEGER, special={-9.0: "no job"}), Variable("pay", Kind.NUMBER))
    )
    data = Dataset.of(pd.DataFrame({"hours": hours, "pay": pay}), schema)
    new = generate(data, "ipso", seed=1).rows
    assert new["pay"][:80].mean() == pytest.approx(pay[:80].mean(), rel=1e-8)
    assert np.corrcoef(new["pay"], pay)[0, 1] > 0.99
    coded = replace(data, schema=data.schema.change("pay", special={pay[0]: "refused"}))
    with pytest.raises(GuideError, match="holds 1 special codes, which have no mean"):
        generate(coded, "ipso", seed=1)


def test_a_record_alone_with_its_level_would_keep_its_value_and_is_refused(rng):
    data = firms(rng)
    rows = data.rows.assign(branch=["z", *data.rows["branch"].astype(object)[1:]])
    with pytest.raises(GuideError, match="here 1 of 400; merge rare levels"):
        generate(data.with_rows(rows), "ipso", seed=1)


def test_a_column_that_others_determine_is_refused(rng):
    with pytest.raises(GuideError, match="'gain' is fully determined"):
        generate(firms(rng), "ipso", seed=1, confidential=["gain"])


def test_few_records_are_refused(rng):
    data = firms(rng, 6)
    with pytest.raises(GuideError, match=r"too few|more records or fewer columns"):
        generate(data, "ipso", seed=1)


def test_a_table_too_wide_for_memory_is_refused(rng, monkeypatch):
    monkeypatch.setattr("guide_helpers.methods.ipso.MOST_NUMBERS", 1_000)
    with pytest.raises(GuideError, match="do not fit into memory"):
        generate(firms(rng), "ipso", seed=1)


def test_a_table_without_numbers_is_refused_and_not_given_back(survey):
    with pytest.raises(GuideError, match="given back as it is"):
        generate(survey.keep("sex", "education"), "ipso", seed=1)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"confidential": "sales"}, "is not a list"),
        ({"confidential": []}, "is not a list"),
        ({"confidential": ["staff"]}, "columns of numbers: sales, costs, gain"),
        ({"confidential": ["sales", "sales"]}, "more than once"),
        ({"keep_bounds": 1}, "neither True nor False"),
    ],
)
def test_options_without_sense_are_refused(rng, asked, sentence):
    with pytest.raises(GuideError, match=sentence):
        generate(firms(rng), "ipso", seed=1, **asked)
