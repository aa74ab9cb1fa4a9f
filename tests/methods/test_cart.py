"""Sequential trees: what must come back exactly, what approximately, and what is refused."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate
from guide_helpers.schema import Dataset, Kind, Role, Schema, Variable


def dataset(**columns) -> Dataset:
    """A table whose kinds follow from the types of its columns."""
    frame = pd.DataFrame(columns)
    variables = []
    for name, values in frame.items():
        if pd.api.types.is_datetime64_any_dtype(values):
            kind = Kind.DATETIME
        elif pd.api.types.is_numeric_dtype(values):
            kind = Kind.INTEGER if pd.api.types.is_integer_dtype(values) else Kind.NUMBER
        else:
            kind = Kind.CATEGORICAL
        variables.append(Variable(str(name), kind))
    return Dataset.of(frame, Schema(tuple(variables)))


def mixed(rng, n=3_000) -> Dataset:
    """Related columns of all kinds, with missing values in three of them."""
    group = rng.choice(["a", "b", "c", "d"], n, p=[0.5, 0.3, 0.15, 0.05])
    age = rng.integers(18, 80, n)
    income = np.exp(rng.normal(7, 0.4, n)) * (1 + (group == "a")) * (1 + age / 50)
    income[rng.random(n) < np.where(age > 60, 0.4, 0.05)] = np.nan
    region = pd.Series(rng.choice(list("NESW"), n)).where(group != "d", "N")
    region[rng.random(n) < 0.1] = None
    moved = pd.Timestamp("2000-01-01") + pd.to_timedelta(age * 100 + rng.integers(0, 50, n), "D")
    moved = pd.Series(moved).where(rng.random(n) > 0.2)
    schema = Schema(
        (
            Variable("age", Kind.INTEGER, Role.KEY),
            Variable("group", Kind.ORDERED, levels=("a", "b", "c", "d")),
            Variable("income", Kind.NUMBER, Role.SENSITIVE),
            Variable("region", Kind.CATEGORICAL, levels=("N", "E", "S", "W", "abroad")),
            Variable("moved", Kind.DATETIME),
        )
    )
    frame = pd.DataFrame(
        {"age": age, "group": group, "income": income, "region": region, "moved": moved}
    )
    return Dataset.of(frame, schema)


def fingerprint(rows: pd.DataFrame) -> str:
    return hashlib.sha256(rows.to_csv(index=False).encode()).hexdigest()


def test_a_function_of_another_column_is_learnt_exactly(rng):
    x = rng.integers(0, 20, 1_000)
    data = dataset(x=x, y=(x * 7) % 11, word=np.array(list("abcd"))[x % 4])
    rows = generate(data, "cart", seed=1).rows
    assert (rows["y"] == (rows["x"] * 7) % 11).all()
    assert (rows["word"] == np.array(list("abcd"))[rows["x"] % 4]).all()


def test_records_that_fill_their_leaves_come_back_as_they_are(rng):
    kinds = pd.DataFrame(
        {"a": [1, 2, 3, 4], "b": [10.5, np.nan, 10.5, 3.0], "c": ["u", "v", None, "w"]}
    )
    data = dataset(**kinds.loc[rng.integers(0, 4, 400)].reset_index(drop=True).to_dict("series"))
    rows = generate(data, "cart", seed=1).rows
    returned = set(map(tuple, rows.astype(str).to_numpy()))
    assert returned == set(map(tuple, data.rows.astype(str).to_numpy()))
    assert len(returned) == 4


def test_independent_columns_stay_independent(rng):
    data = dataset(x=rng.normal(size=4_000), y=rng.normal(size=4_000))
    rows = generate(data, "cart", seed=1).rows
    assert abs(rows["x"].corr(rows["y"])) < 4 / np.sqrt(4_000)


def test_a_correlation_comes_back(rng):
    x = rng.normal(size=4_000)
    data = dataset(x=x, y=x + rng.normal(size=4_000))
    rows = generate(data, "cart", seed=1).rows
    assert rows["x"].corr(rows["y"]) == pytest.approx(np.sqrt(0.5), abs=0.03)


def test_an_interaction_comes_back(rng):
    a, b = rng.integers(0, 2, 2_000), rng.integers(0, 2, 2_000)
    data = dataset(a=a, b=b, c=np.where(rng.random(2_000) < 0.1, rng.integers(0, 2, 2_000), a ^ b))
    rows = generate(data, "cart", seed=1).rows
    assert (rows["c"] == (rows["a"] ^ rows["b"])).mean() == pytest.approx(0.95, abs=0.02)


def test_without_smoothing_every_value_is_an_observed_one(rng):
    data = mixed(rng)
    rows = generate(data, "cart", seed=1, n=5_000, smooth=False).rows
    for name in rows:
        assert set(rows[name].dropna()) <= set(data.rows[name].dropna())
    assert list(rows.dtypes) == list(data.rows.dtypes)
    assert np.isfinite(rows["income"].dropna()).all()


def test_missing_rates_are_kept_within_sampling_error_also_by_group(rng):
    data = mixed(rng)
    rows = generate(data, "cart", seed=1).rows
    for old, new in (
        (data.rows, rows),
        (data.rows[data.rows["age"] > 60], rows[rows["age"] > 60]),
        (data.rows[data.rows["age"] <= 60], rows[rows["age"] <= 60]),
    ):
        for name in old:
            rate = old[name].isna().mean()
            error = np.sqrt(rate * (1 - rate) * (1 / len(old) + 1 / len(new)))
            assert abs(new[name].isna().mean() - rate) <= 4 * error


def test_the_value_depends_on_whether_a_predictor_is_missing(rng):
    x = np.where(rng.random(2_000) < 0.3, np.nan, rng.normal(size=2_000))
    data = dataset(x=x, y=np.where(np.isnan(x), "gone", "there"))
    rows = generate(data, "cart", seed=1).rows
    assert (rows["x"].isna() == (rows["y"] == "gone")).all()


def test_a_leaf_has_at_least_the_least_number_of_donors(rng):
    from guide_helpers.methods.cart import Cart

    fitted = Cart(min_leaf=12).fit(mixed(rng), rng=rng)
    for part in fitted.parts_.values():
        for conditional in (part.presence, part.value):
            if conditional is not None and len(conditional.donors) >= 12:
                assert conditional.size[conditional.size > 0].min() >= 12


def test_donors_of_a_leaf_are_equally_likely(rng):
    data = dataset(x=np.repeat([1, 2], 6), y=np.arange(12))
    rows = generate(data, "cart", seed=1, n=60_000, min_leaf=6, smooth=False).rows
    counts = rows["y"].value_counts()
    assert len(counts) == 12
    assert ((counts - 5_000).abs() < 4 * np.sqrt(5_000)).all()
    assert ((rows["y"] < 6) == (rows["x"] == 1)).all()


def test_partial_synthesis_leaves_the_other_columns_as_they_are(rng):
    data = mixed(rng)
    new = generate(data, "cart", seed=1, synthesise=["income", "region"]).rows
    kept = ["age", "group", "moved"]
    pd.testing.assert_frame_equal(new[kept], data.rows[kept])
    assert not new["income"].equals(data.rows["income"])
    assert new["income"].corr(new["age"]) == pytest.approx(
        data.rows["income"].corr(data.rows["age"]), abs=0.08
    )
    assert (new.loc[new["group"] == "d", "region"].dropna() == "N").mean() > 0.9


def test_partial_synthesis_keeps_the_number_of_records(rng):
    from guide_helpers.methods.cart import Cart

    fitted = Cart(synthesise=("region",)).fit(mixed(rng), rng=rng)
    with pytest.raises(GuideError, match="keeps the 3000 original records"):
        fitted.sample(10, rng=rng)


def test_the_visit_sequence_is_followed(rng):
    from guide_helpers.methods.cart import Cart

    fitted = Cart(visit=["moved", "age"]).fit(mixed(rng), rng=rng)
    assert fitted.order_ == ("moved", "age", "group", "income", "region")
    assert fitted.parts_["moved"].predictors == ()
    assert fitted.parts_["region"].predictors == ("moved", "age", "group", "income")
    partly = Cart(visit=["region"], synthesise=("age", "region")).fit(mixed(rng), rng=rng)
    assert partly.order_ == ("region", "age")
    assert set(partly.parts_["region"].predictors) == {"group", "income", "moved"}


def test_the_visit_sequence_changes_names_and_order_of_no_column(rng):
    data = mixed(rng, 200)
    rows = generate(data, "cart", seed=1, visit=["moved", "region"]).rows
    assert list(rows) == list(data.rows)


def test_proper_synthesis_varies_more_between_copies(rng):
    data = dataset(x=rng.normal(size=100))
    simple = generate(data, "cart", m=200, n=4_000, seed=1)
    proper = generate(data, "cart", m=200, n=4_000, seed=1, proper=True)
    between = [np.var([c.rows["x"].mean() for c in s.copies], ddof=1) for s in (simple, proper)]
    # variance of a mean: s2/4000 of the draw alone, s2/100 more with the bootstrap of 100 records
    spread = data.rows["x"].var(ddof=0)
    assert between[0] == pytest.approx(spread / 4_000, rel=0.4)
    assert between[1] == pytest.approx(spread / 100 + spread / 4_000, rel=0.4)


def test_proper_and_partial_synthesis_meet_levels_outside_the_bootstrap_sample(rng):
    data = dataset(name=[f"n{i}" for i in range(50)], x=rng.normal(size=50), y=np.arange(50))
    rows = generate(data, "cart", m=5, seed=1, proper=True, synthesise=["y"]).copies[4].rows
    assert rows["name"].equals(data.rows["name"])


def test_the_same_seed_gives_the_same_rows_also_in_another_interpreter(rng):
    data = mixed(np.random.default_rng(5), 500)
    here = fingerprint(generate(data, "cart", seed=3).rows)
    assert here == fingerprint(generate(data, "cart", seed=3).rows)
    assert here != fingerprint(generate(data, "cart", seed=4).rows)
    code = (
        "import numpy as np; from guide_helpers import generate; import importlib.util as u; "
        f"s = u.spec_from_file_location('t', {__file__!r}); t = u.module_from_spec(s); "
        "s.loader.exec_module(t); "
        "data = t.mixed(np.random.default_rng(5), 500); "
        "print(t.fingerprint(generate(data, 'cart', seed=3).rows))"
    )
    environment = os.environ | {"PYTHONHASHSEED": "77", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == here


def test_ten_thousand_levels_are_no_obstacle(rng):
    n = 12_000
    code = np.append(np.arange(10_000), rng.integers(0, 10_000, n - 10_000))
    data = dataset(
        x=rng.integers(0, 50, n), code=[f"c{i}" for i in code], many=[f"m{i % 300}" for i in code]
    )
    rows = generate(data, "cart", seed=1).rows
    assert rows["code"].nunique() > 3_000
    rows = generate(data, "cart", seed=1, visit=["code"]).rows
    assert rows["many"].nunique() == 300


@pytest.mark.parametrize("n", [1, 2, 7])
def test_tiny_tables_are_synthesised(rng, n):
    data = mixed(rng, n)
    assert len(generate(data, "cart", seed=1).rows) == n
    assert len(generate(data, "cart", seed=1, n=50).rows) == 50
    assert len(generate(data, "cart", seed=1, n=1, proper=True).rows) == 1


def test_constant_and_empty_columns_come_back():
    data = dataset(
        one=[3] * 40,
        none=pd.Series([np.nan] * 40),
        never=pd.Series([None] * 40, dtype=object),
        x=np.arange(40),
        word=["same"] * 40,
    )
    data = Dataset.of(data.rows, data.schema.change("never", kind=Kind.CATEGORICAL, levels=()))
    rows = generate(data, "cart", seed=1).rows
    assert (rows["one"] == 3).all()
    assert (rows["word"] == "same").all()
    assert rows["none"].isna().all()
    assert rows["never"].isna().all()


def test_special_codes_of_a_numeric_variable_stay_apart_from_its_values(rng):
    pay = np.where(rng.random(3_000) < 0.6, -9.0, rng.normal(20, 4, 3_000).round(2))
    schema = Schema(
        (
            Variable("paid", Kind.CATEGORICAL, levels=("no", "yes")),
            Variable("pay", Kind.NUMBER, special={-9.0: "not in universe"}),
        )
    )
    frame = pd.DataFrame({"paid": np.where(pay == -9, "no", "yes"), "pay": pay})
    rows = generate(Dataset.of(frame, schema), "cart", seed=1).rows
    assert ((rows["pay"] == -9) == (rows["paid"] == "no")).all()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"min_leaf": 0}, "min_leaf=0 is not a whole number of at least 1"),
        ({"min_leaf": 2.5}, "min_leaf=2.5 is not a whole number"),
        ({"min_leaf": True}, "min_leaf=True is not a whole number"),
        ({"max_bins": 1}, "max_bins=1 is not a whole number from 2 to 1024"),
        ({"max_depth": 0}, "max_depth=0 is not a whole number"),
        ({"complexity": -1}, "complexity=-1 is not a share"),
        ({"complexity": float("nan")}, "complexity=nan is not a share"),
        ({"proper": "yes"}, "proper='yes' is neither True nor False"),
        ({"visit": "age"}, "visit='age' is not a list"),
        ({"visit": ["nope"]}, "visit names 'nope', which is not drawn: age, group"),
        ({"visit": ["age", "age"]}, "visit names 'age' more than once"),
        ({"nope": 1}, "'cart' has no option 'nope'; known: models, visit"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(rng, options, sentence):
    with pytest.raises(GuideError, match=sentence):
        generate(mixed(rng, 50), "cart", seed=1, **options)


def sequential_oracle(data: Dataset, rng, min_leaf: int = 5) -> pd.DataFrame:
    """Sequential synthesis with scikit-learn's trees: same sequence, leaf and level order."""
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    rows, new = data.rows, pd.DataFrame(index=range(len(data)))
    for j, v in enumerate(data.schema.variables):
        target = rows[v.name].cat.codes.to_numpy() if v.discrete else rows[v.name].to_numpy()
        if j == 0:
            new[v.name] = rng.choice(target, len(rows))
            continue
        old = {}
        for p in data.schema.variables[:j]:
            codes = rows[p.name].cat.codes if p.discrete else rows[p.name]
            place = pd.Series(np.unique(codes), index=np.unique(codes))
            if p.kind is Kind.CATEGORICAL:
                table = pd.crosstab(codes, target) if v.discrete else None
                place = (
                    pd.Series(target).groupby(codes.to_numpy()).mean()
                    if table is None
                    else pd.Series(_component(table.to_numpy()), index=table.index)
                )
            old[p.name] = codes.map(place).to_numpy(), new[p.name].map(place).to_numpy()
        tree = (DecisionTreeClassifier if v.discrete else DecisionTreeRegressor)(
            min_samples_leaf=min_leaf, random_state=0
        ).fit(np.column_stack([o for o, _ in old.values()]), target)
        leaf = tree.apply(np.column_stack([o for o, _ in old.values()]))
        where = tree.apply(np.column_stack([s for _, s in old.values()]))
        donors = {k: target[leaf == k] for k in np.unique(leaf)}
        new[v.name] = [rng.choice(donors[k]) for k in where]
    return new


def _component(table: np.ndarray) -> np.ndarray:
    shares = table / table.sum(1, keepdims=True) - table.sum(0) / table.sum()
    weighted = shares * np.sqrt(table.sum(1))[:, None]
    return shares @ np.linalg.eigh(weighted.T @ weighted)[1][:, -1]


def margin_distances(old: pd.DataFrame, new: pd.DataFrame) -> tuple[float, float]:
    """Mean total variation of all 1-way and all 2-way tables of codes in ten bins."""
    both = pd.concat([old, new], keys=["old", "new"])
    for name in both:
        if both[name].nunique() > 10:
            edges = np.quantile(old[name], np.linspace(0, 1, 11)[1:-1])
            both[name] = np.searchsorted(edges, both[name])
    one = [_distance(both, [a]) for a in both]
    two = [_distance(both, list(pair)) for pair in combinations(both, 2)]
    return float(np.mean(one)), float(np.mean(two))


def _distance(both: pd.DataFrame, names: list[str]) -> float:
    old, new = (both.loc[part].value_counts(names, normalize=True) for part in ("old", "new"))
    return float(old.sub(new, fill_value=0).abs().sum() / 2)


def test_margins_are_as_close_as_those_of_an_oracle_made_with_scikit_learn(rng):
    data = mixed(rng, 2_000).keep("age", "group", "income", "region")
    data = Dataset.of(
        data.rows.assign(
            income=data.rows["income"].fillna(0), region=data.rows["region"].fillna("abroad")
        ),
        data.schema,
    )
    codes = data.rows.assign(**{n: data.rows[n].cat.codes for n in ("group", "region")})
    ours, theirs = [], []
    for copy in generate(data, "cart", m=6, seed=1, min_leaf=5).copies:
        rows = copy.rows.assign(**{n: copy.rows[n].cat.codes for n in ("group", "region")})
        ours.append(margin_distances(codes, rows))
        theirs.append(margin_distances(codes, sequential_oracle(data, rng)))
    for k in range(2):
        one, other = np.array(ours)[:, k], np.array(theirs)[:, k]
        error = np.sqrt(one.var(ddof=1) / 6 + other.var(ddof=1) / 6)
        assert one.mean() - other.mean() <= 4 * error
        assert one.mean() < 0.06
