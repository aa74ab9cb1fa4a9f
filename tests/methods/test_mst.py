"""Facts about the maximum spanning tree: choice, tables that agree, ledger, and audits."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate
from guide_helpers.methods import mst
from guide_helpers.methods._audit import empirical_epsilon
from guide_helpers.methods._axes import Axis
from guide_helpers.methods._cells import Cells
from guide_helpers.methods._consistency import CLOSE, onto_margins, onto_total, weighted_mean
from guide_helpers.methods._pairs import counted, distance, follow, top_down
from guide_helpers.methods.mst import Mst
from guide_helpers.schema import Dataset, Kind, Provenance, Schema, Variable

PUBLIC = Provenance.PUBLIC
PERSON = Variable("person", Kind.IDENTIFIER)


def levelled(name, levels):
    return Variable(name, Kind.CATEGORICAL, levels=tuple(levels), levels_from=PUBLIC)


def table(**columns):
    """Return categories of the letters a, b and c."""
    schema = Schema(tuple(levelled(name, "abc") for name in columns))
    return Dataset.of(pd.DataFrame({k: list(v) for k, v in columns.items()}), schema)


def chain(n=600, seed=1):
    """Return x, then y and z, each a copy of the one before but for a tenth; u is alone."""
    rng = np.random.default_rng(seed)
    letters = np.array(list("abc"))
    codes = [rng.integers(3, size=n)]
    for _ in range(2):
        codes.append(np.where(rng.random(n) < 0.1, rng.integers(3, size=n), codes[-1]))
    x, y, z = (letters[c] for c in codes)
    return table(z=z, u=letters[rng.integers(3, size=n)], x=x, y=y)


def fitted(data, seed=1, **options):
    return Mst(**options).fit(data, rng=np.random.default_rng(seed))


def test_without_noise_to_speak_of_the_strongest_pairs_are_the_tree():
    found = fitted(chain(), epsilon=3_000.0)
    assert {frozenset(pair) for pair in found.pairs_} >= {frozenset("xy"), frozenset("yz")}
    assert len(found.pairs_) == 3


def test_without_noise_to_speak_of_the_tables_are_the_counts():
    data = chain()
    found = fitted(data, epsilon=3_000.0)
    for (i, j), counts in found.tables_.items():
        one, other = (data.rows[found.axes_[k].name] for k in (i, j))
        assert counts == pytest.approx(pd.crosstab(one, other).to_numpy(), abs=0.1)


def test_a_strong_pair_outside_the_tree_is_kept_through_it():
    data = chain(4_000)
    copy = fitted(data, epsilon=50.0).sample(4_000, rng=np.random.default_rng(2))
    for one, other in ("xy", "yz", "xz"):
        same = [(f.rows[one] == f.rows[other].astype(f.rows[one].dtype)).mean()
                for f in (data, copy)]  # fmt: skip
        assert same[0] == pytest.approx(same[1], abs=4 * math.sqrt(0.25 * 2 / 4_000))


@pytest.mark.parametrize("epsilon", [0.01, 1.0, 100.0])
def test_the_pairs_join_all_variables_without_a_circle(epsilon):
    found = fitted(chain(), epsilon=epsilon)
    order = top_down(4, list(found.tables_))
    assert sorted(child for child, _ in order) == [0, 1, 2, 3]
    assert [parent for _, parent in order].count(None) == 1


def test_a_pair_of_too_many_cells_is_never_measured(monkeypatch):
    monkeypatch.setattr(mst, "MAX_CELLS", 8)
    found = fitted(chain(), epsilon=100.0)
    assert found.tables_ == {}
    assert found.sample(50, rng=np.random.default_rng(1)).n_units == 50


def test_variables_come_after_their_parents():
    assert top_down(4, [(0, 3), (1, 3)]) == [(0, None), (3, 0), (1, 3), (2, None)]


def test_a_child_follows_its_parent_in_proportion(rng):
    shares = np.array([[1.0, 0.0, 3.0], [0.0, 5.0, 0.0]])
    parents = np.repeat([0, 1], 4_000)
    found = follow(shares, parents, rng)
    assert set(found[4_000:]) == {1}
    assert np.bincount(found[:4_000])[1] == 0
    assert (found[:4_000] == 2).mean() == pytest.approx(0.75, abs=4 * math.sqrt(0.1875 / 4_000))


def test_draws_follow_the_shares_as_closely_as_whole_numbers_can(rng):
    parents = rng.permutation(np.repeat([0, 1], [400, 10]))
    found = follow(np.array([[1.0, 0.0, 3.0], [1.0, 1.0, 0.0]]), parents, rng)
    assert np.bincount(found[parents == 0], minlength=3).tolist() == [100, 0, 300]
    assert np.bincount(found[parents == 1], minlength=3).tolist() == [5, 5, 0]
    places = np.flatnonzero(found[parents == 0] == 0)
    assert places.mean() == pytest.approx(199.5, abs=4 * 400 / math.sqrt(12 * 100))


def test_the_score_is_the_distance_from_independence_in_records():
    # 4 records on the diagonal against 1 expected in each of the four cells
    assert distance(np.array([[2, 0], [0, 2]]), np.array([2.0, 2]), np.array([2.0, 2])) == 4
    assert distance(np.ones((2, 2)), np.array([2.0, 2]), np.array([2.0, 2])) == 0


@pytest.mark.parametrize("rows", [1, 3])
def test_a_unit_changes_a_score_by_at_most_its_rows_and_by_no_less_at_worst(rng, rows):
    changes = []
    for _ in range(300):
        codes = rng.integers(4, size=(2, 50))
        margins = [rng.random(4) * 50 for _ in range(2)]
        unit = np.repeat(rng.integers(4, size=(2, 1)), rows, axis=1)
        more = np.concatenate([codes, unit], axis=1)
        scores = [distance(counted(*c, (4, 4)), *margins) for c in (codes, more)]
        changes.append(abs(scores[1] - scores[0]))
    assert max(changes) == rows  # exact, because expected counts are on a grid


def test_the_closest_counts_with_a_total_lower_all_by_the_same_and_stop_at_zero():
    found = onto_total(np.array([[5.0, 3.0, -1.0], [1.0, 1.0, 1.0]]), np.array([6.0, 0.0]))
    assert found.tolist() == [[4.0, 2.0, 0.0], [0.0, 0.0, 0.0]]


def test_a_table_gets_both_margins_and_nothing_negative(rng):
    noise = rng.normal(0, 20, (6, 9))
    rows, columns = (rng.multinomial(1_000, np.ones(k) / k).astype(float) for k in (6, 9))
    found = onto_margins(noise, rows, columns)
    assert found.min() >= 0
    assert found.sum(axis=1) == pytest.approx(rows)
    assert found.sum(axis=0) == pytest.approx(columns, abs=CLOSE)


def test_the_table_with_given_margins_is_the_closest_one():
    # margins (2, 2) leave one number t free: [[t, 2-t], [2-t, t]], at least squares here t = 1.25
    found = onto_margins(np.array([[2.0, 1.0], [0.0, 0.0]]), np.full(2, 2.0), np.full(2, 2.0))
    assert found == pytest.approx(np.array([[1.25, 0.75], [0.75, 1.25]]), abs=2 * CLOSE)


def test_estimates_count_by_the_inverse_of_their_variance():
    found = weighted_mean([np.array([1.0, 4.0]), np.array([4.0, 8.0])],
                          [np.array([1.0, 3.0]), np.array([2.0, 1.0])])  # fmt: skip
    assert found == pytest.approx([2.0, 7.0])


def test_all_tables_of_a_variable_have_the_same_margin():
    found = fitted(chain(), epsilon=0.5)
    for (i, j), counts in found.tables_.items():
        assert counts.min() >= 0
        assert counts.sum(axis=1) == pytest.approx(found.margins_[i], abs=CLOSE)
        assert counts.sum(axis=0) == pytest.approx(found.margins_[j], abs=CLOSE)


def test_pairs_sharpen_the_margins_of_their_variables():
    data = chain(3_000)
    truth = data.rows["y"].value_counts().reindex(list("abc")).to_numpy()
    errors = {"own table": [], "all tables": []}
    for seed in range(40):
        found = fitted(data, seed, epsilon=0.5, split=(1, 1, 8), n_public=True)
        errors["own table"].append(found.axes_[3].counts[:3] - truth)
        if found.axes_[3].size == 3:
            errors["all tables"].append(found.margins_[3] - truth)
    assert np.std(errors["all tables"]) < 0.8 * np.std(errors["own table"])


def test_cells_within_the_noise_are_pooled_and_drawn_by_their_noisy_counts(rng):
    cells = Cells(levelled("x", "abcde"), 20)
    axis = Axis.of(cells, np.array([900, 3, 1, 700, -2, 0]), variance=8.0, noise_alone=13)
    assert axis.own.tolist() == [0, 3]
    assert axis.pooled.tolist() == [1, 2, 4]
    assert axis.group[:5].tolist() == [0, 2, 2, 1, 2]
    found = axis.open(np.array([0, 1, *[2] * 4_000]), 4.0, rng)
    assert found[:2].tolist() == [0, 3]
    shares = np.bincount(found[2:], minlength=6) / 4_000
    assert shares == pytest.approx([0, 0.75, 0.25, 0, 0, 0], abs=4 * math.sqrt(0.1875 / 4_000))


def test_missing_cells_without_missing_values_give_none():
    found = [generate(chain(), "mst", seed=s).rows.isna().sum().sum() for s in range(20)]
    assert sum(f > 0 for f in found) <= 1


def test_the_ledger_lists_every_expense_by_its_share_and_stays_within_the_budget():
    found = generate(table(x="abc", y="bca", z="aab"), "mst", epsilon=0.6, split=(4, 1, 5), seed=1)
    ledger = found.privacy.ledger
    tables = ["number of units", "x", "y", "z"]
    assert [e.what for e in ledger[:4]] == tables
    assert [e.what for e in ledger[4::2]] == ["choice of pair 1", "choice of pair 2"]
    assert all(" x " in e.what for e in ledger[5::2])
    assert [e.epsilon for e in ledger] == pytest.approx([0.06] * 4 + [0.03, 0.15] * 2)
    assert found.privacy.spent <= found.privacy.epsilon == 0.6


@pytest.mark.parametrize("split", [(1, 1, 1), (0.3, 0.2, 0.5), (7, 0.1, 2.3)])
def test_rounding_never_asks_for_more_than_the_budget(split):
    for epsilon in (0.1, 0.7, 1.0, 3.3):
        found = generate(chain(30), "mst", epsilon=epsilon, split=split, seed=1).privacy
        assert found.spent == pytest.approx(epsilon, rel=1e-9)
        assert found.spent <= epsilon


def test_one_variable_alone_gets_the_whole_budget():
    found = generate(table(x="abc"), "mst", n_public=True, seed=1).privacy
    assert [e.what for e in found.ledger] == ["x"]
    assert found.spent == pytest.approx(1.0)


def test_a_public_number_of_units_is_returned_exactly_and_costs_nothing():
    found = generate(chain(50), "mst", n_public=True, seed=1)
    assert "number of units" not in {e.what for e in found.privacy.ledger}
    assert len(found) == 50


def test_at_most_max_rows_of_a_unit_count():
    person = np.repeat(np.arange(3), [1, 3, 50])
    rows = pd.DataFrame({"person": person, "x": "a", "y": "b"})
    schema = Schema((PERSON, levelled("x", "abc"), levelled("y", "abc")))
    found = fitted(Dataset.of(rows, schema, entity="person"), epsilon=3_000.0, max_rows=3)
    assert found.units_by_rows_.tolist() == [1, 0, 2]
    assert found.axes_[0].counts.tolist() == [7, 0, 0, 0]
    assert found.tables_[0, 1].max() == pytest.approx(7, abs=0.1)
    assert found.privacy_.contribution == "rows of a unit that count: at most 3, chosen at random"
    sampled = found.sample(300, rng=np.random.default_rng(2))
    assert set(sampled.rows.groupby("person").size()) == {1, 3}


def test_a_release_draws_noise_and_choices_from_the_system(monkeypatch):
    import secrets

    drawn = []
    monkeypatch.setattr(
        secrets.SystemRandom, "random", lambda self: drawn.append(1) or 0.5 + len(drawn) / 1e6
    )
    data = table(x="aab" * 300, y="bca" * 300)
    teaching = generate(data, "mst", epsilon=50, seed=1)
    assert not drawn
    release = generate(data, "mst", epsilon=50, release=True)
    # the number of units, two tables of 4 cells, a choice, and a table of 3 x 3 groups: the
    # missing parts are left out, and c of x, which nobody has, is a pool of one
    assert len(drawn) == 1 + 4 + 4 + 1 + 3 * 3
    assert teaching.privacy.claim == "teaching run"
    assert release.privacy.claim == "(50, 0)-differential privacy for one row, add-or-remove-one"


def test_the_fitted_method_keeps_no_record():
    values = vars(fitted(chain())).values()
    assert [len(v) for v in values if isinstance(v, Dataset | pd.DataFrame)] == [0]
    assert not any(isinstance(v, pd.Series) for v in values)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epsilon": 0}, "epsilon=0 is not a positive number"),
        ({"bins": 2.5}, "bins=2.5 is not a whole number"),
        ({"max_rows": 2}, "each row is a unit of its own"),
        ({"split": (1, 1)}, r"split=\(1, 1\) is not three positive numbers"),
        ({"split": (1, 0, 1)}, "not three positive numbers"),
        ({"split": 1}, "split=1 is not three positive numbers"),
        ({"split": ("a", 1, 1)}, "not three positive numbers"),
        ({"secure": True}, "no option 'secure'"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(GuideError, match=message):
        generate(chain(30), "mst", **options)


def test_a_variable_of_too_many_cells_is_refused():
    variable = Variable("x", Kind.NUMBER, bounds=(0, 1), bounds_from=PUBLIC)
    data = Dataset.of(pd.DataFrame({"x": [0.5]}), Schema((variable,)))
    with pytest.raises(GuideError, match="'x' has more than 1,000,000 cells"):
        generate(data, "mst", bins=2_000_000)


def test_relations_cost_little_and_independence_more():
    data = chain(5_000)
    errors = {}
    for name, options in {"mst": {}, "dp_marginals": {}}.items():
        copy = generate(data, name, epsilon=1.0, seed=3, n=5_000, **options).rows
        tables = [pd.crosstab(f["x"], f["z"], normalize=True) for f in (data.rows, copy)]
        errors[name] = (tables[0] - tables[1]).abs().to_numpy().sum() / 2
    assert errors["mst"] < 0.1 < 0.4 < errors["dp_marginals"]


def canary_hits(data, runs, seed, **options):
    """Count the files with the canary's pair of letters, which nobody else has."""
    hits = 0
    for rng in np.random.default_rng(seed).spawn(runs):
        rows = Mst(**options).fit(data, rng=rng).sample(500, rng=rng).rows
        hits += bool(((rows["x"] == "c") & (rows["y"] == "c")).any())
    return hits


def test_audit_of_the_whole_method_with_a_canary_of_many_rows_stays_under_the_claim():
    letters = "ab" * 10 + "c" * 40
    rows = pd.DataFrame({"x": list(letters), "y": list(letters)})
    rows["person"] = np.repeat(np.arange(21), [1] * 20 + [40])
    schema = Schema((PERSON, levelled("x", "abc"), levelled("y", "abc")))
    with_unit = Dataset.of(rows[list(schema.names)], schema, entity="person")
    without = with_unit.take_units(np.arange(20))
    options = {"epsilon": 1.0, "max_rows": 4}
    hits = [canary_hits(d, 100, i, **options) for i, d in enumerate((with_unit, without))]
    assert empirical_epsilon(*hits, 100) <= 1.0
