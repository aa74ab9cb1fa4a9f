"""Facts about noisy marginals: cells, noise, ledger, and audits of the claim."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate
from guide_helpers.methods._accounting import Ledger, equal_share
from guide_helpers.methods._audit import empirical_epsilon
from guide_helpers.methods._cells import Cells
from guide_helpers.methods._noise import noisy
from guide_helpers.methods.dp_marginals import DpMarginals
from guide_helpers.schema import Dataset, Kind, Provenance, Schema, Variable

PUBLIC = Provenance.PUBLIC
LETTER = Variable("letter", Kind.CATEGORICAL, levels=("a", "b", "c"), levels_from=PUBLIC)
COLOUR = Variable("colour", Kind.CATEGORICAL, levels=("red", "blue"), levels_from=PUBLIC)
PERSON = Variable("person", Kind.IDENTIFIER)


def table(*letters, colours=None):
    rows = {"letter": letters, "colour": colours or ["red"] * len(letters)}
    return Dataset.of(pd.DataFrame(rows), Schema((LETTER, COLOUR)))


def panel(rows_of):
    """Return one letter a row for each person; `rows_of` says how many rows each has."""
    person = np.repeat(np.arange(len(rows_of)), rows_of)
    rows = pd.DataFrame({"person": person, "letter": ["a"] * len(person)})
    return Dataset.of(rows, Schema((PERSON, LETTER)), entity="person")


def integer(low, high, bins, special=()):
    variable = Variable(
        "x",
        Kind.INTEGER,
        bounds=(low, high),
        bounds_from=PUBLIC,
        special=dict.fromkeys(special, "code"),
    )
    return Cells(variable, bins)


def test_each_whole_number_has_its_own_cell_where_bins_suffice(rng):
    cells = integer(3, 7, bins=20)
    values = pd.Series([3, 4, 5, 6, 7])
    assert cells.encode(values).tolist() == [0, 1, 2, 3, 4]
    assert cells.count == 6
    assert cells.decode(np.arange(5), rng).tolist() == [3, 4, 5, 6, 7]


@pytest.mark.parametrize("special", [(), (0,), (-9, 17), (5, 6, 99)])
def test_a_value_drawn_from_its_cell_falls_into_the_same_cell(rng, special):
    for low, high, bins in [(0, 99, 7), (-5, 105, 20), (0, 22, 23), (1, 30, 29)]:
        cells = integer(low, high, bins, special)
        values = pd.Series([v for v in range(low, high + 1) if v not in special])
        codes = cells.encode(values)
        assert set(codes) == set(range(cells.ordinary))
        drawn = cells.decode(np.repeat(codes, 20), rng)
        assert cells.encode(pd.Series(drawn)).tolist() == np.repeat(codes, 20).tolist()
        assert set(drawn) == set(values)


def test_special_codes_and_missing_values_are_cells_of_their_own(rng):
    cells = integer(0, 9, bins=5, special=(-9,))
    codes = cells.encode(pd.Series([0, 9, -9, np.nan]))
    assert codes.tolist() == [0, 4, 5, 6]
    drawn = cells.decode(codes[2:], rng)
    assert drawn[0] == -9
    assert np.isnan(drawn[1])


def test_numbers_are_cut_into_bins_of_equal_width(rng):
    variable = Variable("x", Kind.NUMBER, bounds=(0.0, 10.0), bounds_from=PUBLIC)
    cells = Cells(variable, bins=4)
    assert cells.encode(pd.Series([0.0, 2.4, 2.5, 9.9, 10.0])).tolist() == [0, 0, 1, 3, 3]
    drawn = cells.decode(np.repeat(2, 100), rng)
    assert drawn.min() >= 5.0
    assert drawn.max() < 7.5


def test_bounds_without_width_give_one_value(rng):
    variable = Variable("x", Kind.NUMBER, bounds=(2.0, 2.0), bounds_from=PUBLIC)
    cells = Cells(variable, bins=4)
    assert cells.decode(cells.encode(pd.Series([2.0, 2.0])), rng).tolist() == [2.0, 2.0]
    assert integer(2, 2, 4).count == 2


def test_values_outside_the_public_domain_are_clipped_without_a_word(rng):
    schema = Schema((LETTER, Variable("x", Kind.NUMBER, bounds=(0, 1), bounds_from=PUBLIC)))
    inside = pd.DataFrame({"letter": ["a", None], "x": [0.0, 1.0]})
    outside = pd.DataFrame({"letter": ["a", "z"], "x": [-7.5, np.inf]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, second = (
            DpMarginals().fit(Dataset(rows, schema), rng=np.random.default_rng(1))
            for rows in (inside, outside)
        )
    for a, b in zip(first.tables_, second.tables_, strict=True):
        assert a.tolist() == b.tolist()


def test_noise_falls_on_every_cell_also_on_empty_ones(rng):
    found = np.array(
        [noisy(np.zeros(3, int), epsilon=0.1, sensitivity=1, rng=rng) for _ in range(50)]
    )
    assert found.dtype.kind == "i"
    assert (found.std(axis=0) > 5).all()


def test_the_noise_has_the_variance_of_the_geometric_mechanism(rng):
    epsilon = 0.5
    found = noisy(np.zeros(20_000, int), epsilon=epsilon, sensitivity=1, rng=rng)
    ratio = math.exp(-epsilon)
    variance = 2 * ratio / (1 - ratio) ** 2
    # the fourth moment of this noise is about six times its squared variance
    assert found.var() == pytest.approx(variance, rel=4 * math.sqrt(5 / 20_000))
    assert abs(found.mean()) < 4 * math.sqrt(variance / 20_000)


def test_double_sensitivity_is_half_the_epsilon():
    one, two = (
        noisy(np.zeros(500, int), epsilon=e, sensitivity=s, rng=np.random.default_rng(3))
        for e, s in [(0.5, 1), (1.0, 2)]
    )
    assert one.tolist() == two.tolist()


def test_without_noise_to_speak_of_the_counts_come_back():
    data = table(*"aabbbc", colours=["red", "blue"] * 3)
    method = DpMarginals(epsilon=300.0, together=(("letter", "colour"),))
    fitted = method.fit(data, rng=np.random.default_rng(1))
    counts = fitted.tables_[0].reshape(4, 3)
    assert counts[:3, :2].tolist() == [[1, 1], [2, 1], [0, 1]]
    assert counts.sum() == 6
    assert fitted.default_size_ == 6


def test_variables_measured_together_stay_related_and_others_do_not():
    letters = ["a", "b"] * 500
    colours = ["red", "blue"] * 500
    data = table(*letters, colours=colours)
    joint = generate(data, "dp_marginals", epsilon=50.0, together=(("letter", "colour"),), seed=1)
    apart = generate(data, "dp_marginals", epsilon=50.0, seed=1)
    same = lambda s: ((s.rows["letter"] == "a") == (s.rows["colour"] == "red")).mean()  # noqa: E731
    assert same(joint) == 1
    assert same(apart) == pytest.approx(0.5, abs=0.07)


def test_the_ledger_lists_every_expense_and_never_exceeds_the_budget():
    data = table(*"abc")
    found = generate(data, "dp_marginals", epsilon=0.3, seed=1).privacy
    assert [e.what for e in found.ledger] == ["number of units", "letter", "colour"]
    assert [e.epsilon for e in found.ledger] == pytest.approx([0.1] * 3)
    assert found.spent <= found.epsilon == 0.3


def test_a_public_number_of_units_is_returned_exactly_and_costs_nothing():
    data = table(*"abcabc")
    found = generate(data, "dp_marginals", n_public=True, seed=1)
    assert [e.what for e in found.privacy.ledger] == ["letter", "colour"]
    assert len(found) == 6
    assert found.provenance["units in the original"] == 6


def test_a_claim_with_a_public_number_of_units_says_what_replacing_one_costs():
    data = table(*"abcabc")
    claims = [
        generate(data, "dp_marginals", epsilon=0.5, n_public=public, release=True).privacy.claim
        for public in (True, False)
    ]
    assert claims[0].endswith("add-or-remove-one; the number of units is public; "
                              "replace-one: epsilon 1")  # fmt: skip
    assert claims[1].endswith("add-or-remove-one")


def test_a_private_number_of_units_is_in_no_size_and_no_provenance():
    data = table(*"abc" * 400)
    sizes = {len(generate(data, "dp_marginals", seed=seed)) for seed in range(5)}
    found = generate(data, "dp_marginals", release=True)
    assert len(sizes) > 1
    assert all(abs(size - 1_200) < 60 for size in sizes)
    assert found.provenance["units in the original"] == "not disclosed"
    assert len(generate(data, "dp_marginals", seed=1, n=17)) == 17


def test_shares_of_a_budget_sum_to_no_more_than_the_budget():
    for count in range(1, 60):
        ledger = Ledger(0.7)
        for i in range(count):
            ledger.spend(f"table {i}", equal_share(0.7, count))
        assert sum(e.epsilon for e in ledger.expenses) == pytest.approx(0.7)


def test_the_accountant_refuses_what_exceeds_the_budget():
    ledger = Ledger(1.0)
    ledger.spend("age", 0.75)
    with pytest.raises(GuideError, match=r"'sex' asks for epsilon=0.5, but 0.25 is left"):
        ledger.spend("sex", 0.5)
    assert [e.what for e in ledger.expenses] == ["age"]


def test_at_most_max_rows_of_a_unit_count():
    data = panel([1, 3, 50])
    fitted = DpMarginals(epsilon=600.0, max_rows=3).fit(data, rng=np.random.default_rng(1))
    assert fitted.units_by_rows_.tolist() == [1, 0, 2]
    assert fitted.tables_[0].tolist() == [7, 0, 0, 0]
    sampled = fitted.sample(300, rng=np.random.default_rng(2))
    sizes = sampled.rows.groupby("person").size()
    assert set(sizes) == {1, 3}
    assert sampled.n_units == 300


def test_the_noise_grows_with_the_rows_of_a_unit_that_count():
    data = panel([1] * 50)
    spread = {}
    for most in (1, 8):
        method = DpMarginals(epsilon=1.0, max_rows=most, n_public=True)
        runs = [method.fit(data, rng=np.random.default_rng(s)).tables_[0][0] for s in range(60)]
        spread[most] = np.std(runs)
    assert spread[8] > 4 * spread[1]


def test_a_release_draws_its_noise_from_the_system(monkeypatch):
    import secrets

    drawn = []
    monkeypatch.setattr(
        secrets.SystemRandom, "random", lambda self: drawn.append(1) or 0.5 + len(drawn) / 1e6
    )
    data = table(*"abc")
    teaching = generate(data, "dp_marginals", seed=1)
    assert not drawn
    release = generate(data, "dp_marginals", release=True)
    assert len(drawn) == 1 + 4 + 3
    assert teaching.privacy.claim == "teaching run"
    assert release.privacy.claim == ("(1, 0)-differential privacy for one row, add-or-remove-one")
    assert release.provenance["seed"] is None


def test_the_fitted_method_keeps_no_record():
    fitted = DpMarginals().fit(table(*"abc"), rng=np.random.default_rng(1))
    frames = [v for v in vars(fitted).values() if isinstance(v, Dataset | pd.DataFrame)]
    assert [len(f) for f in frames] == [0]


def test_missing_cells_without_missing_values_give_none():
    data = table(*["a", "b"] * 200)
    found = [generate(data, "dp_marginals", seed=s).rows.isna().sum().sum() for s in range(20)]
    assert sum(f > 0 for f in found) <= 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epsilon": 0}, "epsilon=0 is not a positive number"),
        ({"epsilon": math.inf}, "epsilon=inf"),
        ({"epsilon": "1"}, "epsilon='1'"),
        ({"bins": 0}, "bins=0"),
        ({"bins": 2.5}, "bins=2.5 is not a whole number"),
        ({"max_rows": 0}, "max_rows=0"),
        ({"max_rows": 2}, "each row is a unit of its own"),
        ({"together": ("letter", "colour")}, "blocks of columns"),
        ({"together": (("letter",), ("letter", "colour"))}, "'letter' is in two blocks"),
        ({"together": (("shape",),)}, "no column 'shape'"),
        ({"secure": True}, "no option 'secure'"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(GuideError, match=message):
        generate(table(*"abc"), "dp_marginals", **options)


def test_a_table_of_too_many_cells_is_refused():
    wide = Schema(
        tuple(Variable(f"x{i}", Kind.NUMBER, bounds=(0, 1), bounds_from=PUBLIC) for i in range(5))
    )
    data = Dataset.of(pd.DataFrame({f"x{i}": [0.5] for i in range(5)}), wide)
    with pytest.raises(GuideError, match="4,084,101 cells"):
        generate(data, "dp_marginals", together=(wide.names,))


def test_observed_levels_and_bounds_are_refused():
    for variable, what in [
        (Variable("x", Kind.CATEGORICAL, levels=("a", "b")), "levels"),
        (Variable("x", Kind.NUMBER, bounds=(0, 1)), "bounds"),
    ]:
        values = ["a", "b"] if what == "levels" else [0.0, 1.0]
        data = Dataset.of(pd.DataFrame({"x": values}), Schema((variable,)))
        with pytest.raises(GuideError, match=f"declare public {what}"):
            generate(data, "dp_marginals")


def test_a_missing_library_is_named_with_its_remedy(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "diffprivlib", None)
    with pytest.raises(GuideError, match=r"install guide-helpers\[dp\]"):
        generate(table(*"abc"), "dp_marginals")


def test_the_audit_bound_is_that_of_clopper_and_pearson():
    # 20 of 20 against 0 of 20: limits 0.025^(1/20) and 1 - 0.025^(1/20)
    edge = 0.025 ** (1 / 20)
    assert empirical_epsilon(20, 0, 20) == pytest.approx(math.log(edge / (1 - edge)))
    assert empirical_epsilon(0, 0, 20) == 0
    assert empirical_epsilon(20, 20, 20) == 0


def canary_hits(data, runs, seed, **options):
    """Count the files with the canary's letter, which nobody else has."""
    hits = 0
    for rng in np.random.default_rng(seed).spawn(runs):
        fitted = DpMarginals(**options).fit(data, rng=rng)
        hits += bool((fitted.sample(2_000, rng=rng).rows["letter"] == "c").any())
    return hits


def test_audit_of_the_whole_method_with_a_canary_of_many_rows_stays_under_the_claim():
    person = np.repeat(np.arange(21), [1] * 20 + [40])
    letters = ["a"] * 20 + ["c"] * 40
    rows = pd.DataFrame({"person": person, "letter": letters})
    with_unit = Dataset.of(rows, Schema((PERSON, LETTER)), entity="person")
    without = with_unit.take_units(np.arange(20))
    options = {"epsilon": 1.0, "max_rows": 4}
    hits = [canary_hits(d, 150, i, **options) for i, d in enumerate((with_unit, without))]
    assert empirical_epsilon(*hits, 150) <= 1.0
