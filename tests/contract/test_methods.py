"""The contract of every method: promises kept, and one clear sentence for what is not promised."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate
from guide_helpers.catalogue import entries
from guide_helpers.schema import (
    Dataset,
    Kind,
    LinkedTables,
    Provenance,
    Role,
    Rule,
    Schema,
    StructuralZero,
    Variable,
)

METHODS = {slug: entry for slug, entry in entries("methods").items() if entry.runs}
MODELLED = tuple(kind for kind in Kind if kind is not Kind.IDENTIFIER)
CONVENTION = {"epsilon": 20.0, "max_rows": 4, "epochs": 1}
"""Options that methods share: little noise, all rows of the small panel, hardly any training."""
TWO_LEVELS = ("hma", "household_synthesis", "population_ipf")
"""Methods that promise linked tables of one level of children, and refuse more in a sentence."""


def able(slug):
    return METHODS[slug].card.capabilities


def promising(capability, promised=True):
    """Return the methods that promise, or do not promise, a capability."""
    return [s for s in METHODS if bool(getattr(able(s), capability)) is promised]


def that(capability, promised=True):
    """Run a test for the methods that promise, or do not promise, a capability."""
    return pytest.mark.parametrize("slug", promising(capability, promised))


every = pytest.mark.parametrize("slug", list(METHODS))


def make(slug, data, **asked):
    known = {f.name for f in fields(METHODS[slug].implementation)}
    entity = data.entity is not None
    usual = {k: v for k, v in CONVENTION.items() if k in known and (entity or k != "max_rows")}
    return generate(data, slug, **usual, **({"seed": 1} | asked))


@pytest.fixture(scope="session")
def kept(plain):
    """One file that each method makes of the plain table with seed 1, made once for all tests."""
    return cache(lambda slug: make(slug, plain))


@pytest.fixture(scope="session")
def released(plain):
    """One release run of each method on the plain table, made once for all tests."""
    return cache(lambda slug: make(slug, plain, seed=None, release=True))


@pytest.fixture(scope="session")
def several(plain):
    """Three copies of the plain table by each method, and its rows as they were before."""

    @cache
    def made(slug):
        before = plain.rows.copy(deep=True)
        return make(slug, plain, m=3).copies, before

    return made


def nothing_to_replace(slug, data):
    """Tell whether a method that makes some kinds anew finds none of them in the data."""
    kinds = {v.kind.value for v in data.schema.modelled}
    return bool(able(slug).replaces) and not kinds & set(able(slug).replaces)


def refusal(slug, data, monkeypatch, **asked):
    """Return the sentence that refuses `data`; no work may have been done by then."""

    def work(*_, **__):
        raise AssertionError("the method started to work")

    monkeypatch.setattr(METHODS[slug].implementation, "fit", work)
    with pytest.raises(GuideError) as caught:
        make(slug, data, **asked)
    is_one_sentence(caught.value)
    return str(caught.value)


def without_grandchildren(linked):
    """Return the root and its children, for methods that say they take no more."""
    links = linked.children(linked.root)
    kept = {linked.root, *(link.child for link in links)}
    return LinkedTables({k: t for k, t in linked.tables.items() if k in kept}, links, "shallow")


def is_one_sentence(error):
    """Check that a refusal is short and of one line."""
    assert "\n" not in str(error)
    assert 10 < len(str(error)) < 300


def keeps_the_schema(original, synthetic):
    """Check columns, types, levels and public bounds."""
    assert synthetic.schema == original.schema
    assert (synthetic.entity, synthetic.time) == (original.entity, original.time)
    assert synthetic.rows.index.equals(pd.RangeIndex(len(synthetic)))
    for v in original.schema.variables:
        old, new = original.rows[v.name], synthetic.rows[v.name]
        if v.numeric:
            whole = v.kind is Kind.INTEGER and new.notna().all()
            assert new.dtype == (np.int64 if whole else np.float64)
            values = new.dropna()
            if v.kind is Kind.INTEGER:
                assert (values % 1 == 0).all()
            if v.public_domain:
                assert values[~values.isin(list(v.special))].between(*v.bounds).all()
        elif v.kind is not Kind.IDENTIFIER:
            assert new.dtype == old.dtype
        else:
            assert new.notna().all()


def same_rows(one, other):
    if isinstance(one, LinkedTables):
        return all(one[t].rows.equals(other[t].rows) for t in one.tables)
    return one.rows.equals(other.rows)


@every
def test_a_copy_has_the_schema_the_types_the_levels_and_the_size(slug, plain, kept):
    synthetic = kept(slug)
    keeps_the_schema(plain, synthetic.first)
    private = synthetic.privacy is not None and not synthetic.privacy.n_public
    assert len(synthetic) == pytest.approx(len(plain), abs=10 if private else 0)


@every
def test_the_original_is_never_changed(slug, plain, several):
    _, before = several(slug)
    pd.testing.assert_frame_equal(plain.rows, before)


@every
def test_direct_identifiers_are_never_copied(slug, plain, kept):
    assert not set(kept(slug).rows["person"]) & set(plain.rows["person"])


@every
def test_no_name_of_a_person_stays_among_the_levels_of_a_copy(slug, plain):
    plain = plain.take_units(np.arange(100))
    names = plain.rows["person"].map("name {}".format)
    column = Variable("name", Kind.CATEGORICAL, Role.DIRECT_IDENTIFIER)
    named = Dataset.of(plain.rows.assign(name=names), Schema((*plain.schema.variables, column)))
    listed = named.schema.change("name", levels=tuple(sorted(names)))
    for data in (named, Dataset.of(named.rows, listed)):
        copy = make(slug, data).first
        assert not set(copy["name"].cat.categories) & set(names)
        assert not copy.schema["name"].levels


@that("any_size")
@pytest.mark.parametrize("n", [1, 37, 500])
def test_any_number_of_units_is_returned(slug, plain, n):
    few = plain.take_units(np.arange(100))
    synthetic = make(slug, few, n=n)
    keeps_the_schema(few, synthetic.first)
    assert synthetic.first.n_units == n


def test_another_number_of_units_is_refused_where_it_is_not_promised(plain, monkeypatch):
    for slug in promising("any_size", promised=False):
        assert "leave n out" in refusal(slug, plain, monkeypatch, n=37)


@every
@pytest.mark.parametrize("asked", [{"n": 0}, {"m": 0}, {"nonsense": 1}])
def test_requests_without_sense_are_refused(slug, plain, monkeypatch, asked):
    assert refusal(slug, plain, monkeypatch, **asked)


@every
def test_copies_are_as_many_as_asked_and_differ(slug, several):
    copies, _ = several(slug)
    assert len(copies) == 3
    assert not same_rows(copies[0], copies[1])
    assert not same_rows(copies[1], copies[2])


@every
def test_a_seed_decides_the_rows(slug, plain, kept):
    once, again, other = kept(slug).first, *(make(slug, plain, seed=s).first for s in (1, 2))
    assert same_rows(once, again)
    assert not same_rows(once, other)


@every
def test_a_release_records_no_seed_and_takes_none(slug, plain, released, monkeypatch):
    one, two = released(slug), make(slug, plain, seed=None, release=True)
    assert not same_rows(one.first, two.first)
    assert one.provenance["seed"] is None
    assert one.provenance["run"] == "release run"
    assert "takes no seed" in refusal(slug, plain, monkeypatch, seed=1, release=True)


@every
def test_an_empty_table_is_refused(slug, plain, monkeypatch):
    assert refusal(slug, plain.with_rows(plain.rows.iloc[:0]), monkeypatch)


@every
def test_one_record_gives_a_result_or_one_sentence(slug, plain):
    one = plain.with_rows(plain.rows.iloc[:1])
    try:
        synthetic = make(slug, one)
    except GuideError as error:
        is_one_sentence(error)
    else:
        keeps_the_schema(one, synthetic.first)


@every
def test_a_category_of_ten_thousand_levels_is_taken(slug, many_levels, monkeypatch):
    if nothing_to_replace(slug, many_levels):
        assert "given back as it is" in refusal(slug, many_levels, monkeypatch)
    else:
        keeps_the_schema(many_levels, make(slug, many_levels).first)


@that("partial")
def test_partial_synthesis_leaves_the_other_columns_alone(slug, plain):
    synthetic = make(slug, plain, synthesise=["income", "ill"])
    kept = ["age", "region", "education"]
    pd.testing.assert_frame_equal(synthetic.rows[kept], plain.rows[kept])
    assert not synthetic.rows["income"].equals(plain.rows["income"])
    assert synthetic.synthesise == ("income", "ill")


@that("partial")
@pytest.mark.parametrize("asked", [{"synthesise": ["nope"]}, {"synthesise": []},
                                   {"synthesise": ["age"], "n": 37}])  # fmt: skip
def test_partial_synthesis_of_nothing_known_is_refused(slug, plain, monkeypatch, asked):
    assert refusal(slug, plain, monkeypatch, **asked)


@that("partial", promised=False)
def test_partial_synthesis_that_is_not_promised_is_refused(slug, plain, monkeypatch):
    said = "by itself" if able(slug).replaces else "replaces all variables"
    assert said in refusal(slug, plain, monkeypatch, synthesise=["age"])


@that("missing")
def test_missing_values_constant_and_empty_columns_are_taken(slug, gaps, odd):
    for data in (gaps.take_units(np.arange(200)), odd):
        keeps_the_schema(data, make(slug, data).first)


def test_missing_values_are_refused_where_they_are_not_promised(gaps, monkeypatch):
    for slug in promising("missing", promised=False):
        assert "missing values" in refusal(slug, gaps, monkeypatch)


@that("keeps_missing_rates")
def test_missing_rates_and_special_codes_come_back_approximately(slug, gaps):
    synthetic = make(slug, gaps, n=4_000).rows
    gap = (synthetic.isna().mean() - gaps.rows.isna().mean()).abs()
    # 4 standard errors of both files at the greatest rate, 0.3, and 1,000 and 4,000 records
    assert gap.max() < 4 * np.sqrt(0.3 * 0.7 * (1 / 1_000 + 1 / 4_000))
    coded = (gaps.rows["income"] == -9).mean()
    assert (synthetic["income"] == -9).mean() == pytest.approx(coded, abs=0.05)


@that("panel")
def test_a_panel_has_several_rows_a_unit(slug, panel):
    synthetic = make(slug, panel, n=90).first
    keeps_the_schema(panel, synthetic)
    assert synthetic.n_units == 90
    assert synthetic.panel
    rows = synthetic.rows.groupby("person").size().mean()
    assert rows == pytest.approx(len(panel) / panel.n_units, rel=0.25)


@that("panel", promised=False)
def test_a_panel_that_is_not_promised_is_refused(slug, panel, monkeypatch):
    assert "several" in refusal(slug, panel, monkeypatch)


@that("linked")
def test_linked_tables_keep_their_keys(slug, linked):
    if slug in TWO_LEVELS:
        linked = without_grandchildren(linked)
    kept = {name: t.rows.copy(deep=True) for name, t in linked.tables.items()}
    synthetic = make(slug, linked, n=60)
    copy = synthetic.first
    assert copy.n_units == len(copy["homes"]) == 60
    assert copy.links == linked.links
    assert copy.orphans().sum() == 0
    for name, table in linked.tables.items():
        keeps_the_schema(table, copy[name])
        pd.testing.assert_frame_equal(table.rows, kept[name])
    assert copy["persons"].rows["home"].duplicated().any()
    again, other = (make(slug, linked, n=60, seed=seed).first for seed in (1, 2))
    assert same_rows(copy, again)
    assert not same_rows(copy, other)


@that("linked", promised=False)
def test_linked_tables_that_are_not_promised_are_refused(slug, linked, monkeypatch):
    assert "one table" in refusal(slug, linked, monkeypatch)


@every
@pytest.mark.parametrize("kind", MODELLED, ids=lambda kind: kind.value)
def test_each_kind_of_variable_is_taken_or_refused(slug, kind, one_variable, monkeypatch):
    data = one_variable(kind)
    if nothing_to_replace(slug, data) and kind.value in able(slug).kinds:
        assert "given back as it is" in refusal(slug, data, monkeypatch)
    elif kind.value in able(slug).kinds:
        keeps_the_schema(data, make(slug, data).first)
    else:
        assert f"'x' of kind {kind.value}" in refusal(slug, data, monkeypatch)


@that("formal_privacy")
def test_only_a_release_claims_privacy_and_the_ledger_stays_within_the_budget(slug, kept, released):
    teaching, release = kept(slug), released(slug)
    assert teaching.privacy.claim == "teaching run"
    claim = release.privacy.claim
    for said in (f"{release.privacy.epsilon:g}", release.privacy.relation, release.privacy.unit):
        assert said in claim
    for loss in (teaching.privacy, release.privacy):
        assert loss.ledger
        assert loss.spent <= loss.epsilon
        assert loss.relation in {"add-or-remove-one", "replace-one"}
        assert all((loss.unit, loss.contribution, loss.accounting))


@that("formal_privacy")
@pytest.mark.parametrize(("name", "change"), [("region", "levels_from"), ("age", "bounds_from")])
def test_observed_domains_are_refused_by_a_privacy_claim(slug, plain, monkeypatch, name, change):
    schema = plain.schema.change(name, **{change: Provenance.OBSERVED})
    data = replace(plain, schema=schema)
    assert f"'{name}' has no public" in refusal(slug, data, monkeypatch)


@that("formal_privacy")
def test_a_private_number_of_units_is_not_disclosed(slug, plain, released):
    found = released(slug)
    if not found.privacy.n_public:
        assert str(len(plain)) not in str(found.provenance["units in the original"])


@that("formal_privacy", promised=False)
def test_a_method_without_a_claim_reports_no_privacy_loss(slug, released):
    assert released(slug).privacy is None


def test_rules_that_hold_in_the_original_hold_in_the_copy_where_promised(plain):
    rows = plain.rows.assign(age=plain.rows["age"].clip(18))
    rules = (Rule("adults", "age >= 18"), Rule("owners", "ill == 'no' or income > 0"))
    data = replace(plain.with_rows(rows), schema=replace(plain.schema, rules=rules))
    for slug in promising("keeps_rules"):
        assert make(slug, data, n=1_000).first.violations().sum() == 0, slug


def test_impossible_combinations_stay_impossible_where_promised(plain):
    healthy = plain.rows["ill"].where(plain.rows["age"] >= 30, "no")
    zero = StructuralZero("young and ill", "age < 30 and ill == 'yes'")
    data = plain.with_rows(plain.rows.assign(ill=healthy))
    data = replace(data, schema=replace(data.schema, structural_zeros=(zero,)))
    for slug in promising("keeps_structural_zeros"):
        assert make(slug, data, n=1_000).first.violations().sum() == 0, slug


def test_weights_decide_the_shares_where_promised(members):
    ill = members.rows["ill"] == "yes"
    weight = Variable(
        "weight", Kind.NUMBER, Role.WEIGHT, bounds=(0, 10), bounds_from=Provenance.PUBLIC
    )
    schema = replace(members.schema, variables=(*members.schema.variables, weight))
    data = Dataset.of(members.rows.assign(weight=np.where(ill, 4.0, 1.0)), schema)
    expected = (4 * ill).sum() / (4 * ill + ~ill).sum()
    for slug in promising("weights"):
        found = make(slug, data, n=4_000).rows
        share = np.average(found["ill"] == "yes", weights=found["weight"])
        assert share == pytest.approx(expected, abs=0.07), slug


@that("in_browser")
def test_a_method_for_the_browser_needs_numpy_and_pandas_only(slug):
    assert METHODS[slug].card.requires == ()
