"""The engine of sequential synthesis: rules, computed and linked variables, strata, weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate, load
from guide_helpers.methods._coding import Coded
from guide_helpers.methods._keeping import TRIES, Keeper, Turn
from guide_helpers.methods._step import Drawn
from guide_helpers.methods.cart import Cart
from guide_helpers.methods.parametric import Parametric
from guide_helpers.methods.random_forest import RandomForest
from guide_helpers.schema import (
    Dataset,
    Kind,
    Provenance,
    Role,
    Rule,
    Schema,
    StructuralZero,
    Variable,
)

SEQUENTIAL = ("cart", "parametric", "random_forest")
each = pytest.mark.parametrize("method", SEQUENTIAL)


def people(n=2_000, seed=1, rules=(), zeros=()) -> Dataset:
    """Age, marital state, sex, income and a survey weight; children are never married."""
    rng = np.random.default_rng(seed)
    age = rng.integers(0, 90, n)
    marital = np.where(age < 16, "single", rng.choice(["single", "married", "widowed"], n))
    income = np.where(age < 16, 0.0, np.exp(rng.normal(7, 0.5, n)).round(2))
    sex = rng.choice(["f", "m"], n)
    frame = {"age": age, "marital": marital, "sex": sex, "income": income}
    schema = Schema(
        (
            Variable("age", Kind.INTEGER, Role.KEY),
            Variable("marital", Kind.CATEGORICAL, levels=("single", "married", "widowed")),
            Variable("sex", Kind.CATEGORICAL, levels=("f", "m")),
            Variable("income", Kind.NUMBER, Role.SENSITIVE),
        ),
        rules,
        zeros,
    )
    return Dataset.of(pd.DataFrame(frame), schema)


CHILD = StructuralZero("married child", "age < 16 and marital != 'single'")
PAID = Rule("children earn nothing", "age >= 16 or income == 0")


@each
def test_rules_and_zeros_are_kept_also_where_some_originals_break_them(method):
    data = people(rules=(PAID,), zeros=(CHILD,))
    rows = data.rows.copy()
    rows.loc[:40, "age"] = 3  # 41 records, of which most are now married or paid children
    noisy = data.with_rows(rows)
    assert noisy.violations().min() > 10
    for n in (500, 3_000):
        assert generate(noisy, method, n=n, seed=2).first.violations().sum() == 0


@each
def test_rules_are_not_looked_at_when_that_is_asked(method):
    data = people(400, rules=(Rule("nobody is old", "age < 40"),))
    assert generate(data, method, seed=1, keep_rules=False).first.violations().sum() > 50


def test_rules_that_leave_no_value_are_named_with_a_remedy():
    data = people(300, rules=(Rule("impossible", "age > 200"),))
    with pytest.raises(GuideError, match=r"rules cannot be kept in 300 of 300 records"):
        generate(data, "cart", seed=1)


def test_drawing_again_keeps_the_shares_among_the_values_that_are_allowed():
    data = people(6_000, rules=(Rule("no widows of age 50", "age != 50 or marital != 'widowed'"),))
    old, new = data.rows, generate(data, "cart", n=20_000, seed=3, visit=["marital"]).rows
    for level in ("single", "married"):
        one, two = ((r["marital"] == level).mean() for r in (old, new))
        assert two == pytest.approx(one, abs=4 * np.sqrt(0.25 * (1 / 6_000 + 1 / 20_000)))


@each
def test_a_rule_is_not_kept_by_making_values_missing(method):
    rng = np.random.default_rng(1)
    n = 4_000
    side = rng.integers(10, 60, n)
    area = np.where(rng.random(n) < 0.4, np.nan, side**2 + rng.integers(-3, 4, n))
    tight = Rule("square", "area - side * side <= 3 and area - side * side >= -3")
    schema = Schema((Variable("side", Kind.INTEGER), Variable("area", Kind.INTEGER)), (tight,))
    data = Dataset.of(pd.DataFrame({"side": side, "area": area}), schema)
    copy = generate(data, method, seed=1, min_leaf=100).first
    assert copy.violations().sum() == 0
    assert copy["area"].isna().mean() == pytest.approx(0.4, abs=0.04)


def test_records_that_the_last_try_completes_need_no_search():
    column = Coded.of(pd.Series([0, 1, 2]), Variable("x", Kind.INTEGER))
    keeper = Keeper([Rule("small", "x < 2")], {"x": column})
    tries = iter([2] * (TRIES - 1) + [1])
    turn = Turn(
        again=lambda rows: Drawn(np.full(len(rows), next(tries)), None),
        of_codes=lambda codes: Drawn(codes, None),
        values=lambda drawn: column.decode(drawn.codes),
        known=lambda rows: {},
    )
    first = Drawn(np.array([0, 2]), None)
    drawn, left = keeper.kept("x", keeper.statements, first, turn, np.random.default_rng(1))
    assert list(drawn.codes) == [0, 1]
    assert len(left) == 0


@each
def test_a_sum_is_computed_and_not_drawn(method):
    data = load("satgpa")
    copy = generate(data, method, seed=1).first
    assert copy.violations().sum() == 0
    assert (copy["sat_sum"] == copy["sat_v"] + copy["sat_m"]).all()
    assert copy["sat_sum"].mean() == pytest.approx(data["sat_sum"].mean(), abs=2.5)


def test_a_derived_variable_is_computed_from_what_was_drawn():
    data = people()
    squared = data.rows.assign(per_year=data.rows["income"] / (data.rows["age"] + 1))
    schema = replace(
        data.schema, variables=(*data.schema.variables, Variable("per_year", Kind.NUMBER))
    )
    data = Dataset.of(squared, schema)
    rows = generate(data, "cart", seed=1, derived={"per_year": "income / (age + 1)"}).rows
    assert rows["per_year"].to_numpy() == pytest.approx(rows["income"] / (rows["age"] + 1))


def test_a_derived_variable_is_missing_as_often_as_the_original():
    data = people(4_000)
    double = (2 * data.rows["age"]).astype(float)
    double[np.random.default_rng(1).random(4_000) < 0.3] = np.nan
    schema = replace(data.schema, variables=(*data.schema.variables, Variable("d", Kind.INTEGER)))
    data = Dataset.of(data.rows.assign(d=double), schema)
    rows = generate(data, "cart", seed=1, derived={"d": "2 * age"}).rows
    assert rows["d"].isna().mean() == pytest.approx(0.3, abs=0.04)
    there = rows["d"].notna()
    assert (rows["d"] == 2 * rows["age"])[there].all()


def test_a_total_of_columns_that_stay_is_refused_since_it_would_be_given_back():
    data = load("satgpa")
    for column in ("sat_sum", "sat_v"):
        with pytest.raises(GuideError, match=f"ties column '{column}' to columns that stay"):
            generate(data, "cart", seed=1, synthesise=[column])
    generate(data, "cart", seed=1, synthesise=["sat_v"], keep_rules=False)


def test_a_derived_variable_of_columns_that_stay_is_refused_too():
    ask = {"synthesise": ["sat_sum"], "derived": {"sat_sum": "sat_v + sat_m"}, "keep_rules": False}
    with pytest.raises(GuideError, match="derived computes 'sat_sum' from columns that stay"):
        generate(load("satgpa"), "cart", seed=1, **ask)


def test_a_total_and_its_parts_can_be_synthesised_together():
    data = load("satgpa")
    copy = generate(data, "cart", seed=1, synthesise=["sat_v", "sat_m", "sat_sum"]).first
    assert copy.violations().sum() == 0
    assert copy["fy_gpa"].equals(data["fy_gpa"])


def places(n=3_000, seed=1) -> Dataset:
    """Forty towns in four regions, each in one, and a number that depends on the town."""
    rng = np.random.default_rng(seed)
    town = rng.integers(0, 40, n)
    frame = {
        "wealth": rng.normal(town % 7, 0.5, n).round(3),
        "region": np.array(list("NESW"))[town % 4],
        "town": [f"t{t:02}" for t in town],
    }
    levels = tuple(f"t{t:02}" for t in range(40))
    schema = Schema(
        (
            Variable("wealth", Kind.NUMBER),
            Variable("region", Kind.CATEGORICAL, levels=tuple("NESW")),
            Variable("town", Kind.CATEGORICAL, levels=levels),
        )
    )
    return Dataset.of(pd.DataFrame(frame), schema)


@each
@pytest.mark.parametrize("pair", [("region", "town"), ("town", "region")])
def test_linked_categories_occur_in_observed_pairs_only(method, pair):
    data = places()
    rows = generate(data, method, seed=1, linked=[pair], min_leaf=900).rows
    number = rows["town"].astype(str).str[1:].astype(int)
    assert (rows["region"].astype(str) == np.array(list("NESW"))[number % 4]).all()


def test_without_the_link_large_leaves_mix_towns_of_two_regions():
    rows = generate(places(), "cart", seed=1, min_leaf=900).rows
    number = rows["town"].astype(str).str[1:].astype(int)
    assert (rows["region"].astype(str) != np.array(list("NESW"))[number % 4]).any()


def coded(n=6_000, levels=500, seed=1) -> Dataset:
    """A code of many levels that says much about a number and a group."""
    rng = np.random.default_rng(seed)
    code = np.minimum(rng.zipf(1.3, n) - 1, levels - 1)
    frame = {
        "pay": rng.normal((code * 7) % 13, 1, n).round(2),
        "group": np.array(list("abcd"))[(code * 5) % 4],
        "code": [f"c{c:03}" for c in code],
    }
    return Dataset.of(
        pd.DataFrame(frame),
        Schema(
            (
                Variable("pay", Kind.NUMBER),
                Variable("group", Kind.CATEGORICAL),
                Variable("code", Kind.CATEGORICAL),
            )
        ),
    )


@pytest.mark.parametrize("wide", ["ordered", "grouped", "plain"])
def test_a_wide_category_keeps_its_relations_however_it_is_drawn(wide):
    data = coded()
    rows = generate(data, "cart", seed=1, wide=wide).rows
    number = rows["code"].astype(str).str[1:].astype(int)
    # an independent draw agrees by chance in about a quarter, and its means do not follow the code
    assert (rows["group"].astype(str) == np.array(list("abcd"))[(number * 5) % 4]).mean() > 0.9
    assert np.corrcoef(rows["pay"], (number * 7) % 13)[0, 1] > 0.85
    old, new = (d["code"].value_counts(normalize=True) for d in (data.rows, rows))
    assert old.sub(new, fill_value=0).abs().sum() / 2 < 0.08


def test_strata_have_sequences_of_their_own_and_keep_their_shares():
    rng = np.random.default_rng(1)
    group = rng.choice(["a", "b"], 4_000, p=[0.8, 0.2])
    x = rng.normal(size=4_000).round(3)
    y = np.where(group == "a", x, -x).round(3)
    schema = Schema(
        (
            Variable("x", Kind.NUMBER),
            Variable("y", Kind.NUMBER),
            Variable("group", Kind.CATEGORICAL),
        )
    )
    data = Dataset.of(pd.DataFrame({"x": x, "y": y, "group": group}), schema)
    rows = generate(data, "parametric", seed=1, strata=["group"]).rows
    assert (rows["group"] == "b").mean() == pytest.approx(0.2, abs=0.03)
    for level, sign in (("a", 1), ("b", -1)):
        part = rows[rows["group"] == level]
        assert sign * part["x"].corr(part["y"]) > 0.95
    # one sequence of main effects cannot turn the slope round
    pooled = generate(data, "parametric", seed=1, visit=["group"]).rows
    part = pooled[pooled["group"] == "b"]
    assert part["x"].corr(part["y"]) > 0


def test_small_strata_are_refused():
    data = people(100)
    with pytest.raises(GuideError, match="strata have fewer than 20 records"):
        generate(data, "cart", seed=1, strata=["marital", "sex"])


@each
def test_only_the_named_records_are_replaced_and_from_records_like_them(method):
    data = people()
    copy = generate(data, method, seed=1, records="age >= 60")
    named = (data.rows["age"] >= 60).to_numpy()
    pd.testing.assert_frame_equal(
        copy.rows[~named].reset_index(drop=True),
        data.rows[~named].reset_index(drop=True),
        check_dtype=False,
    )
    assert copy.rows["age"][named].min() >= 59
    assert (copy.rows["income"][named] != data.rows["income"][named]).mean() > 0.9


def test_named_records_and_named_variables_go_together():
    data = people()
    rows = generate(data, "cart", seed=1, records="age >= 60", synthesise=["income"]).rows
    named = (data.rows["age"] >= 60).to_numpy()
    kept = ["age", "marital", "sex"]
    pd.testing.assert_frame_equal(rows[kept], data.rows[kept], check_dtype=False)
    assert (rows["income"][~named] == data.rows["income"][~named]).all()
    assert (rows["income"][named] != data.rows["income"][named]).mean() > 0.9


def test_too_few_named_records_are_refused():
    with pytest.raises(GuideError, match=r"holds for 0 records, fewer than 20"):
        generate(people(), "cart", seed=1, records="age > 200")


def fitted(data: Dataset, **options) -> Cart:
    return Cart(**options).fit(data, rng=np.random.default_rng(1))


def test_predictors_are_chosen_by_hand_or_by_strength():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=500), rng.normal(size=500)
    frame = pd.DataFrame({"x": x, "y": y, "z": x + 0.1 * y, "w": rng.normal(size=500)})
    data = Dataset.of(frame, Schema(tuple(Variable(n, Kind.NUMBER) for n in frame)))
    assert fitted(data, predictors={"z": ["y"]}).parts_["z"].predictors == ("y",)
    assert fitted(data, predictors={"z": ["y"]}).parts_["w"].predictors == ("x", "y", "z")
    assert fitted(data, predictors=1).parts_["z"].predictors == ("x",)
    with pytest.raises(GuideError, match="'z' the predictor 'w', which is drawn later"):
        fitted(data, predictors={"z": ["w"]})


def test_the_automatic_sequence_draws_variables_with_few_values_first():
    assert fitted(people(), visit="auto").order_ == ("sex", "marital", "age", "income")


def weighted(n=20_000, seed=1) -> Dataset:
    """A survey in which the old were asked four times as often as the young."""
    rng = np.random.default_rng(seed)
    old = rng.random(n) < 0.5
    ill = rng.random(n) < np.where(old, 0.4, 0.1)
    weight = np.where(old, 1.0, 4.0)
    schema = Schema(
        (
            Variable("age", Kind.CATEGORICAL, levels=("young", "old")),
            Variable("ill", Kind.CATEGORICAL, levels=("no", "yes")),
            Variable("weight", Kind.NUMBER, Role.WEIGHT),
        )
    )
    frame = {
        "age": np.where(old, "old", "young"),
        "ill": np.where(ill, "yes", "no"),
        "weight": weight,
    }
    return Dataset.of(pd.DataFrame(frame), schema)


@each
@pytest.mark.parametrize("weights", ["modelled", "carried", "used"])
def test_weighted_shares_come_back_however_weights_are_treated(method, weights):
    data = weighted()
    rows = generate(data, method, seed=1, weights=weights).rows
    found = np.average(rows["ill"] == "yes", weights=rows["weight"])
    # 0.2 of the young and 0.8 of the weight: 0.8 * 0.1 + 0.2 * 0.4 = 0.16
    assert found == pytest.approx(0.16, abs=0.015)
    assert rows["weight"].sum() == pytest.approx(data.rows["weight"].sum(), rel=0.03)


def test_used_weights_make_a_file_that_needs_none():
    rows = generate(weighted(), "cart", seed=1, weights="used").rows
    assert rows["weight"].max() == rows["weight"].min()
    assert (rows["ill"] == "yes").mean() == pytest.approx(0.16, abs=0.015)


def test_carried_weights_are_drawn_first_and_modelled_ones_last():
    data = weighted(500)
    assert fitted(data, weights="carried").order_[0] == "weight"
    assert fitted(data, weights="modelled").order_[-1] == "weight"


def test_weights_that_are_no_weights_are_refused():
    data = weighted(500)
    broken = data.with_rows(data.rows.assign(weight=data.rows["weight"] - 1))
    with pytest.raises(GuideError, match="missing or not positive in"):
        generate(broken, "cart", seed=1, weights="used")
    with pytest.raises(GuideError, match="no column has the role weight"):
        generate(people(100), "cart", seed=1, weights="used")


def test_no_quantity_of_few_records_is_handed_on_and_shared_ones_are():
    data = people(4_000)
    counts = data.rows["income"].value_counts()
    rare = set(counts.index[counts < 10])
    rows = generate(data, "cart", seed=1).rows
    # cents leave some room for the same value by chance
    assert rows["income"].isin(rare).mean() < 0.1
    assert (rows["income"] == 0).mean() == pytest.approx(
        (data.rows["income"] == 0).mean(), abs=0.03
    )
    plain = generate(data, "cart", seed=1, smooth=False).rows
    assert plain["income"].isin(set(counts.index)).all()
    paid = data.rows["income"][data.rows["income"] > 0]
    for q in (0.05, 0.5, 0.95):
        new = rows["income"][rows["income"] > 0].quantile(q)
        assert new == pytest.approx(paid.quantile(q), rel=0.08)


def test_the_greatest_value_of_one_record_does_not_come_back():
    data = people(2_000)
    rich = data.with_rows(
        data.rows.assign(income=data.rows["income"].where(data.rows.index != 7, 1e6))
    )
    for seed in range(5):
        assert generate(rich, "cart", seed=seed).rows["income"].max() < 5e5


def test_smoothed_quantities_have_the_decimals_of_the_original():
    rows = generate(people(1_000), "cart", seed=1).rows
    assert np.allclose(rows["income"], rows["income"].round(2))


def test_spikes_are_drawn_as_states_of_their_own():
    data = people(4_000)
    part = fitted(data, spikes={"income": [0]}).parts_["income"]
    zero = int(np.flatnonzero(fitted(data).columns_["income"].quantities == 0)[0])
    assert list(part.states.fixed) == [-1, zero, len(part.states.of_code) - 1]
    found = Parametric().fit(data, rng=np.random.default_rng(1)).parts_["income"]
    assert zero not in found.states.fixed  # 18 % of the records are children, fewer than a quarter


def test_spikes_of_columns_that_are_not_named_are_still_found():
    data = people(4_000)
    old = data.with_rows(data.rows.assign(age=data.rows["age"].where(data.rows["age"] > 30, 20)))
    twenty = int(np.flatnonzero(fitted(old).columns_["age"].quantities == 20)[0])
    for spikes, found in ((None, True), ({"income": [0]}, True), ({}, False)):
        part = Parametric(spikes=spikes).fit(old, rng=np.random.default_rng(1)).parts_["age"]
        assert (twenty in part.states.fixed) is found


def test_a_quantity_drawn_beyond_its_bound_never_becomes_a_code():
    rng = np.random.default_rng(1)
    wage = np.where(rng.random(3_000) < 0.5, 0.0, np.abs(rng.normal(2, 2, 3_000)).round(2) + 0.01)
    schema = Schema(
        (
            Variable(
                "wage",
                Kind.NUMBER,
                bounds=(0, 50),
                bounds_from=Provenance.PUBLIC,
                special={0.0: "not asked"},
            ),
        )
    )
    data = Dataset.of(pd.DataFrame({"wage": wage}), schema)
    rows = generate(data, "parametric", seed=1, models={"wage": "normal"}).rows
    assert (rows["wage"] == 0).mean() == pytest.approx((wage == 0).mean(), abs=0.04)
    assert rows["wage"].between(0, 50).all()
    assert np.allclose(rows["wage"], rows["wage"].round(2))


def test_models_are_mixed_by_column_and_refused_where_they_do_not_fit():
    data = people(1_000)
    parts = fitted(data, models={"income": "normal_rank", "sex": "logistic"}).parts_
    assert {n: p.model for n, p in parts.items()} == {
        "age": "cart", "marital": "cart", "sex": "logistic", "income": "normal_rank",
    }  # fmt: skip
    for models, sentence in (
        ({"income": "nope"}, "'income' 'nope'; known: cart, forest, sample, normal"),
        ({"marital": "normal"}, "'marital' 'normal', but"),
        ({"nope": "cart"}, "models names 'nope'; known columns"),
    ):
        with pytest.raises(GuideError, match=sentence):
            fitted(data, models=models)


def test_a_variable_drawn_alone_depends_on_nothing():
    data = people(4_000)
    rows = generate(data, "cart", seed=1, models={"income": "sample"}).rows
    assert abs(rows["income"].corr(rows["age"])) < 0.06
    assert data.rows["income"].corr(data.rows["age"]) > 0.2


def test_a_forest_of_one_tree_that_knows_everything_is_a_bootstrapped_tree():
    data = people(3_000)
    forest = RandomForest(trees=1, share=1.0).fit(data, rng=np.random.default_rng(1))
    assert len(forest.parts_["income"].value.trees) == 1
    weaker = generate(data, "random_forest", seed=1, share=0.34, trees=20).rows
    full = generate(data, "random_forest", seed=1, share=1.0, trees=20).rows
    child = [((r["age"] < 16) & (r["income"] > 0)).mean() for r in (full, weaker)]
    assert child[0] < 0.01 < child[1]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"weights": "nope"}, "no weights 'nope'; known: carried, modelled, used"),
        ({"wide": "nope"}, "no wide 'nope'; known: ordered, grouped, plain"),
        ({"predictors": 0}, "neither a number of predictors"),
        ({"predictors": {"nope": []}}, "predictors names 'nope'"),
        ({"strata": "sex"}, "strata='sex' is not a list"),
        ({"strata": ["age"]}, "strata names 'age', which has no levels"),
        ({"linked": ["sex"]}, "linked takes pairs"),
        ({"linked": [("sex", "age")]}, "linked names 'age', which has no levels"),
        ({"derived": {"income": "wage + 1"}}, "computes 'income' from 'wage'"),
        ({"derived": {"income": "income + 1"}}, "computes 'income' from 'income'"),
        ({"derived": {"sex": "age"}}, "derived names 'sex', which is no number"),
        ({"spikes": {"sex": [1]}}, "spikes names 'sex', which is no number"),
        ({"derived": {"income": "2 * age"}, "visit": ["income"]}, "which is computed from 2"),
        ({"records": "age >"}, "is not an expression"),
        ({"smooth": 3}, "smooth=3 is neither True nor False"),
    ],
)
def test_options_without_sense_are_refused(options, sentence):
    with pytest.raises(GuideError, match=sentence):
        generate(people(200), "cart", seed=1, **options)
