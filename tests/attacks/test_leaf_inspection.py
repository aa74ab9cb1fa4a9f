"""What the leaves of a fitted tree say about people: hand-made trees, forests, dates, gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, attack, generate
from guide_helpers.results import Synthetic
from guide_helpers.schema import Dataset, Kind, Role, Schema, Variable

SCHEMA = Schema(
    (
        Variable("age", Kind.INTEGER, Role.KEY),
        Variable("town", Kind.CATEGORICAL, Role.KEY, levels=("a", "b", "c")),
        Variable("ill", Kind.CATEGORICAL, Role.SENSITIVE, levels=("no", "yes")),
        Variable("wage", Kind.NUMBER),
        Variable("born", Kind.DATETIME),
    )
)


def town(n=60, seed=1):
    """The young are well, the old of town b are ill, wages are 100 times the age in tens."""
    rng = np.random.default_rng(seed)
    age = rng.integers(20, 80, n)
    place = np.array(["a", "b"])[rng.integers(2, size=n)]
    rows = {
        "age": age,
        "town": place,
        "ill": np.where((age >= 50) & (place == "b"), "yes", "no"),
        "wage": 100.0 * (age // 10),
        "born": pd.Timestamp("2000-01-01") - pd.to_timedelta(age // 10, "D"),
    }
    return Dataset.of(pd.DataFrame(rows), SCHEMA)


def inspect(original, *, method="cart", control=None, options=None, **asked):
    options = {"smooth": False, "min_leaf": 5} if options is None else options
    recipe = generate(original, method, seed=1, **options)
    return attack(recipe, original=original, control=control, attack="leaf_inspection", **asked)


@pytest.mark.parametrize("method", ["cart", "random_forest"])
def test_leaves_of_one_value_are_claimed_and_right(method):
    original = town(400)
    options = {"trees": 2, "share": 1.0} if method == "random_forest" else {"min_leaf": 1}
    risk = inspect(original, method=method, options=options)
    assert risk.hits == risk.claims
    assert risk.claims >= 0.9 * risk.targets


def test_claims_come_from_the_leaf_alone_not_from_the_truth():
    original, rest = town(400, 1), town(400, 2)
    lies = rest.with_rows(rest.rows.assign(ill="yes"))
    honest, lying = (inspect(original, control=c) for c in (rest, lies))
    assert honest.control_claims == lying.control_claims
    assert honest.control_hits > lying.control_hits


def test_a_variable_that_is_not_known_is_followed_both_ways():
    risk = inspect(town(400), knowledge=["age"])
    young = (town(400).rows["age"] < 50).sum()
    assert risk.hits == risk.claims
    assert young - 20 <= risk.claims <= young


def test_a_level_that_the_tree_never_saw_is_followed_both_ways():
    original = town(400)
    strangers = original.with_rows(original.rows.assign(town="c"))
    known = inspect(original, control=strangers)
    unknown = inspect(original, control=strangers, knowledge=["age"])
    assert known.control_claims == unknown.claims


@pytest.mark.parametrize("sensitive", ["wage", "born"])
def test_numbers_and_dates_are_claimed_within_the_tolerance(sensitive):
    original = town(400)
    exact = inspect(original, sensitive=sensitive, tolerance=0, options={"min_leaf": 1})
    assert exact.hits == exact.claims > 0.9 * exact.targets
    coarse = {"min_leaf": 150, "smooth": False}
    none, some = (
        inspect(original, sensitive=sensitive, tolerance=t, options=coarse) for t in (0, 5)
    )
    assert none.claims == 0
    assert some.claims == some.targets


def test_missing_values_are_claimed_like_others():
    original = town(400)
    rows = original.rows.assign(wage=original.rows["wage"].where(original.rows["age"] < 50))
    risk = inspect(original.with_rows(rows), sensitive="wage", options={"min_leaf": 1})
    assert risk.hits == risk.claims > 0.9 * risk.targets


def test_special_codes_are_not_the_missing_value():
    original = town(400)
    schema = SCHEMA.change("wage", special={-9.0: "not asked"})
    old = original.rows["age"].to_numpy() >= 50
    wage = np.where(old, np.where(original.rows["age"] % 2 == 0, -9.0, np.nan), 100.0)
    data = Dataset.of(original.rows.assign(wage=wage), schema)
    options = {"min_leaf": 150, "smooth": False}
    risk = inspect(data, sensitive="wage", options=options)
    assert risk.claims < (~old).sum() + 50
    fine = inspect(data, sensitive="wage", options={"min_leaf": 1})
    assert fine.hits == fine.claims > 0.9 * fine.targets


def test_small_leaves_give_members_away_and_large_ones_do_not(members, outsiders):
    small, large = (
        inspect(
            members,
            control=outsiders,
            sensitive="ill",
            knowledge=["age", "region", "trade"],
            options={"min_leaf": n, "smooth": False},
        )
        for n in (1, 200)
    )
    assert small.excess.interval.low > 0.3
    assert 0 in large.excess.interval
    assert large.guessing_rate == 0


def test_the_table_counts_the_donors_behind_each_claim(members):
    risk = inspect(members, sensitive="ill", options={"min_leaf": 1, "smooth": False})
    assert list(risk.details.index) == ["none", "1", "2 to 4", "5 to 9", "10 and more"]
    assert risk.details["targets"].sum() == len(members)
    assert risk.details["claims"].sum() == risk.claims


def test_the_guessing_rate_is_that_of_as_many_claims():
    original = town(400)
    risk = inspect(original, knowledge=["age"])
    most = (original.rows["ill"] == "no").mean()
    assert risk.guessing_rate == pytest.approx(risk.claims / risk.targets * most)


@pytest.mark.parametrize(
    ("method", "options", "asked", "message"),
    [
        ("independent", {}, {}, "'independent' has no leaves"),
        ("cart", {"proper": True}, {}, "set proper=False"),
        ("cart", {"synthesise": ["wage"]}, {}, "no tree draws 'ill'; drawn: wage"),
        ("cart", {"models": {"ill": "logistic"}}, {}, "'ill' is not drawn from the leaves"),
        ("cart", {}, {"sensitive": "age"}, "is among the knowledge"),
        ("cart", {}, {"sensitive": "shoes"}, "is not a variable of the file"),
        ("cart", {}, {"tolerance": -1}, "cannot be negative"),
    ],
)
def test_models_and_options_without_an_answer_are_refused(method, options, asked, message):
    with pytest.raises(GuideError, match=message):
        inspect(town(), method=method, options=options, **asked)


def test_a_file_without_a_sensitive_variable_is_refused():
    data = town().keep("age", "town")
    recipe = Synthetic((data,), "cart", {}, None, {})
    with pytest.raises(GuideError, match="needs to know what to learn"):
        attack(recipe, original=data, attack="leaf_inspection")
