"""Facts about every method with a privacy claim: what it asks, what it pays, and audits of both.

The proof of a claim has three parts, and each is tested here on the method's own questions: a unit
changes no true answer by more than the stated sensitivity; noise is as wide as the price says;
prices add up to no more than the budget. Runs of the whole method with a canary come on top.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate
from guide_helpers.catalogue import entries
from guide_helpers.methods import _counting
from guide_helpers.methods._audit import (
    Question,
    empirical_epsilon,
    provable_epsilon,
    questions,
    seen_epsilon,
    twins,
)
from guide_helpers.methods._counting import Till
from guide_helpers.methods._private import PrivateTables
from guide_helpers.methods._zcdp import epsilon_of, rho_of
from guide_helpers.schema import Dataset, Kind, Provenance, Schema, Variable

PUBLIC = Provenance.PUBLIC
PERSON = Variable("person", Kind.IDENTIFIER)
METHODS = {
    slug: entry.implementation
    for slug, entry in entries("methods").items()
    if entry.runs and issubclass(entry.implementation, PrivateTables)
}
FAST = {
    "dp_marginals": 100,
    "dp_mobility": 60,
    "dp_network": 60,
    "dp_seasonal": 60,
    "mst": 60,
    "privbayes": 60,
    "mwem": 40,
    "aim": 15,
}
"""Runs of the whole method, each way, in the tier of every day."""
MANY = {
    "dp_marginals": 1_000,
    "dp_mobility": 1_000,
    "dp_network": 1_000,
    "dp_seasonal": 1_000,
    "mst": 1_000,
    "privbayes": 1_000,
    "mwem": 500,
    "aim": 200,
}
every = pytest.mark.parametrize("slug", list(METHODS))
both = pytest.mark.parametrize("delta", [0.0, 1e-6], ids=["pure", "zcdp"])
shared = pytest.mark.parametrize("slug", ["dp_marginals", "mst"])
"""All methods draw from the same mechanisms; two stand for them every day, all in validation."""


def levelled(name, levels="abc"):
    return Variable(name, Kind.CATEGORICAL, levels=tuple(levels), levels_from=PUBLIC)


def table(rows, names="xyz"):
    """Return rows of letters."""
    schema = Schema(tuple(levelled(name) for name in names))
    return Dataset.of(pd.DataFrame([list(r) for r in rows], columns=list(names)), schema)


def related(n, rng):
    """Return words of three letters, each letter mostly a copy of the one before."""
    letters = np.array(list("abc"))
    codes = [rng.integers(3, size=n)]
    for share in (0.2, 0.4):
        codes.append(np.where(rng.random(n) < share, rng.integers(3, size=n), codes[-1]))
    return ["".join(word) for word in letters[np.array(codes)].T]


def test_all_methods_with_a_claim_are_tested_here():
    claimed = {
        s for s, e in entries("methods").items() if e.runs and e.card.capabilities.formal_privacy
    }
    assert claimed == set(METHODS) == set(FAST) == set(MANY)


@every
@both
@pytest.mark.parametrize("seed", [1, 2])
def test_a_record_changes_no_answer_by_more_than_its_sensitivity(slug, delta, seed):
    rng = np.random.default_rng(seed)
    words = related(40, rng)
    pair = table(words), table(words[:-1])
    found = twins(lambda: METHODS[slug](epsilon=3.0, delta=delta), *pair, seed=seed)
    assert len(found) >= 4
    for question, change in found:
        assert change <= question.sensitivity * (1 + 1e-9), question.what
    assert max(change / q.sensitivity for q, change in found) > 0.9


@every
@both
def test_a_unit_of_many_rows_changes_no_answer_by_more_than_its_sensitivity(slug, delta):
    words = related(40, np.random.default_rng(3))
    persons = [*range(30), *[30] * 10]
    rows = pd.DataFrame([list(w) for w in words], columns=list("xyz")).assign(person=persons)
    schema = Schema((PERSON, *(levelled(name) for name in "xyz")))
    full = Dataset.of(rows[list(schema.names)], schema, entity="person")
    less = full.take_units(np.arange(30))
    # at most 10 rows count, so no row is left out by chance
    make = lambda: METHODS[slug](epsilon=3.0, delta=delta, max_rows=10)  # noqa: E731
    for question, change in twins(make, full, less, seed=1):
        assert change <= question.sensitivity * (1 + 1e-9), question.what


@every
@both
def test_the_ledger_lists_every_question_and_stays_within_the_budget(slug, delta):
    data = table(related(60, np.random.default_rng(4)))
    method = METHODS[slug](epsilon=0.7, delta=delta)
    asked, _ = questions(method, data, seed=1)
    loss = method.privacy_
    assert [e.what for e in loss.ledger] == [q.what for q in asked]
    assert [getattr(e, loss.currency) for e in loss.ledger] == [q.price for q in asked]
    assert loss.budget == (rho_of(0.7, delta) if delta else 0.7)
    assert loss.spent <= loss.budget
    assert loss.spent == pytest.approx(loss.budget, rel=1e-6) or slug == "privbayes"
    assert loss.accounting.startswith("zCDP, converted" if delta else "pure")
    assert loss.table()["share"].sum() == pytest.approx(loss.spent / loss.budget)


@every
@both
def test_a_method_that_asks_for_more_than_its_budget_is_refused(slug, delta, monkeypatch):
    monkeypatch.setattr(Till, "budget", property(lambda self: 2 * self.ledger.budget))
    with pytest.raises(GuideError, match="is left of the budget"):
        METHODS[slug](epsilon=1.0, delta=delta).fit(
            table(related(60, np.random.default_rng(5))), rng=np.random.default_rng(1)
        )


@every
def test_a_claim_with_delta_says_both_numbers_and_what_replacing_a_unit_costs(slug):
    data = table(related(60, np.random.default_rng(6)))
    found = generate(data, slug, epsilon=2.0, delta=1e-6, n_public=True, release=True).privacy
    assert found.claim.startswith("(2, 1e-06)-differential privacy for one row, add-or-remove-one")
    replaced = epsilon_of(4 * rho_of(2.0, 1e-6), 1e-6)
    assert found.claim.endswith(f"replace-one: epsilon {round(replaced, 4):g}")
    assert (found.delta, found.rho) == (1e-6, rho_of(2.0, 1e-6))


@every
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delta": 1.0}, "delta=1.0 is not a share"),
        ({"delta": -0.1}, "delta=-0.1 is not a share"),
        ({"delta": "1"}, "delta='1' is not a share"),
        ({"epsilon": 0}, "epsilon=0 is not a positive number"),
        ({"bins": 0}, "bins=0 is not a whole number"),
        ({"max_rows": 2}, "each row is a unit of its own"),
    ],
)
def test_options_that_make_no_sense_are_refused(slug, options, message):
    with pytest.raises(GuideError, match=message):
        generate(table(["abc"] * 30), slug, **options)


@every
def test_a_release_takes_all_noise_from_the_system(slug, monkeypatch):
    """With the system's entropy silenced, a release run cannot be made."""
    import secrets

    data = table(related(60, np.random.default_rng(7)))
    asked = []
    keep = secrets.token_bytes
    monkeypatch.setattr(secrets, "token_bytes", lambda n: asked.append(n) or keep(n))
    generate(data, slug, delta=1e-6, seed=1)
    assert not asked
    generate(data, slug, delta=1e-6, release=True)
    assert len(asked) >= 4


OTHER_SHAPES = {"dp_mobility", "dp_network", "dp_seasonal"}
"""They ask about a unit's rows in time, or about ties, never about two columns of one row."""


@pytest.mark.parametrize("slug", [s for s in METHODS if s not in OTHER_SHAPES])
@both
def test_more_budget_gives_better_tables(slug, delta):
    data = table(related(2_000, np.random.default_rng(8)))
    truth = pd.crosstab(data.rows["x"], data.rows["y"], normalize=True)
    errors = []
    together = {"together": (("x", "y"),)} if slug == "dp_marginals" else {}
    for epsilon in (0.02, 20.0):
        found = [
            generate(data, slug, epsilon=epsilon, delta=delta, n=4_000, seed=s, **together).rows
            for s in range(3)
        ]
        tables = [pd.crosstab(f["x"], f["y"], normalize=True, dropna=False) for f in found]
        tables = [t.reindex(index=list("abc"), columns=list("abc")).fillna(0) for t in tables]
        errors.append(np.mean([(t - truth).abs().to_numpy().sum() / 2 for t in tables]))
    assert errors[1] < errors[0] / 2
    assert errors[1] < 0.05


# Mechanism-level audits. Questions come from a run of the method itself; budgets are large, so that
# single questions have prices at which 2,000 runs and more can tell the noise from half of it.
RUNS = 4_000
DAILY = 2_500
"""Runs of one question, in validation and in the tier of every day."""
LARGE = 60.0
DELTA = 0.05
"""Delta at which the loss of one question under zCDP is looked at."""


def halved(monkeypatch):
    """Break the mechanisms: half the noise, at the same price."""
    keep = {name: getattr(_counting, name) for name in ("noisy", "gaussian", "chosen")}
    for name in ("noisy", "chosen"):
        monkeypatch.setattr(
            _counting,
            name,
            lambda x, *, epsilon, name=name, **k: keep[name](x, epsilon=2 * epsilon, **k),
        )
    monkeypatch.setattr(
        _counting, "gaussian", lambda x, *, rho, **k: keep["gaussian"](x, rho=4 * rho, **k)
    )


def of_price(asked, choice):
    """Return the dearest question of a kind, at a price that runs can check."""
    found = [q for q in asked if q.choice is choice]
    return max(found, key=lambda q: q.price) if found else None


def audited(slug, delta, rng, most=RUNS):
    """Return claim and bound of one count and one choice of a method; None where it has none."""
    data = table(related(200, np.random.default_rng(9)))
    asked, _ = questions(METHODS[slug](epsilon=LARGE, delta=delta), data, seed=1)
    for choice in (False, True):
        question = of_price(asked, choice)
        if question is None:
            continue
        # a price of 1 in epsilon, or what half a rho is worth at DELTA, whatever the method pays
        price = min(question.price, 0.5 if delta else 1.0)
        question = replace(question, price=price)
        till = Till(1.0, rng, delta)
        if choice:
            claim, at = (math.sqrt(8 * price) if delta else price), 0.0
        else:
            claim, at = (epsilon_of(price, DELTA), DELTA) if delta else (price, 0.0)
        runs = most if choice else 5 * most
        yield question, claim, seen_epsilon(till, question, runs, delta=at)


@shared
@both
def test_audit_of_the_mechanisms_stays_under_the_claim(slug, delta):
    for question, claim, seen in audited(slug, delta, np.random.default_rng(10), DAILY):
        assert 0.3 * claim < seen <= claim, question.what


@shared
@both
def test_audit_with_half_the_noise_exceeds_the_claim(slug, delta, monkeypatch):
    halved(monkeypatch)
    for question, claim, seen in audited(slug, delta, np.random.default_rng(11), DAILY):
        assert seen > claim, question.what


@both
def test_audit_of_the_secure_source_stays_under_the_claim(delta):
    level = 1 - 1e-9
    count = Question("count", False, np.zeros(1), 0.5 if delta else 1.0, 1)
    claim, at = (epsilon_of(0.5, DELTA), DELTA) if delta else (1.0, 0.0)
    seen = seen_epsilon(Till(1.0, None, delta), count, RUNS, level=level, delta=at)
    assert 0.1 * claim < seen <= claim


def test_an_audit_with_delta_takes_it_off_the_rate_with_the_unit():
    # 20 of 20 against 0 of 20: limits 0.025^(1/20) and 1 - 0.025^(1/20)
    edge = 0.025 ** (1 / 20)
    found = empirical_epsilon(20, 0, 20, delta=0.1)
    assert found == pytest.approx(math.log((edge - 0.1) / (1 - edge)))
    assert empirical_epsilon(1, 0, 20, delta=0.1) == 0


def test_few_runs_can_prove_little():
    # with n runs at most about log(n / 3.7)
    assert provable_epsilon(100) == pytest.approx(math.log(100 / 3.7), abs=0.06)
    assert provable_epsilon(4_000) == pytest.approx(math.log(4_000 / 3.7), abs=0.01)


# The whole method, seen from outside: does the file show the canary's three rare letters?
def canary_hits(slug, data, runs, seed, **options):
    """Count the files with two of the canary's letters in one row, which nobody else has."""
    hits = 0
    for rng in np.random.default_rng(seed).spawn(runs):
        rows = METHODS[slug](**options).fit(data, rng=rng).sample(500, rng=rng).rows
        hits += bool(((rows["x"] == "c") & (rows["y"] == "c")).any())
    return hits


def canary(slug, runs, seed, **options):
    others = ["aa", "bb"] * 10
    pair = table([*others, "cc"], "xy"), table(others, "xy")
    return [canary_hits(slug, d, runs, seed + i, **options) for i, d in enumerate(pair)]


@every
def test_audit_of_the_whole_method_with_a_canary_stays_under_the_claim(slug):
    # with a delta only in validation: it costs more runs to see less
    runs = min(FAST[slug], 40)  # 40 can prove 2.4
    hits = canary(slug, runs, 1, epsilon=1.0, n_public=True)
    assert empirical_epsilon(*hits, runs) <= 1.0


@pytest.mark.parametrize("slug", [s for s in METHODS if s not in {"aim", "mwem"}])
def test_audit_of_the_whole_method_sees_a_canary_where_the_budget_is_large(slug):
    # aim and mwem model the rare pair by a smooth curve, and show it to nobody in so few runs
    runs = FAST[slug]
    together = {"together": (("x", "y"),)} if slug == "dp_marginals" else {}
    hits = canary(slug, runs, 2, epsilon=20.0, n_public=True, **together)
    assert empirical_epsilon(*hits, runs) > 1.0


@pytest.mark.validation
@every
@both
def test_audit_of_mechanisms_over_many_seeds(slug, delta, record_property, monkeypatch):
    intact = [x for seed in range(10) for x in audited(slug, delta, np.random.default_rng(seed))]
    halved(monkeypatch)
    broken = [x for seed in range(10) for x in audited(slug, delta, np.random.default_rng(seed))]
    for choice in {q.choice for q, _, _ in intact}:
        name = "choice" if choice else "count"
        claim = next(c for q, c, _ in intact if q.choice is choice)
        seen = [s for q, _, s in intact if q.choice is choice]
        half = [s for q, _, s in broken if q.choice is choice]
        record_property(f"{name}: claim", f"{claim:.4g}")
        record_property(f"{name}: bounds seen in 10 seeds", f"{min(seen):.3f} to {max(seen):.3f}")
        record_property(f"{name}: with half the noise", f"{min(half):.3f} to {max(half):.3f}")
        # each bound is wrong in at most 5 % of seeds
        assert sum(s > claim for s in seen) <= 2
        assert min(half) > claim


@pytest.mark.validation
@every
@both
def test_audit_of_the_whole_method_over_many_runs(slug, delta, record_property):
    runs = MANY[slug]
    together = {"together": (("x", "y"),)} if slug == "dp_marginals" else {}
    hits = canary(slug, runs, 3, epsilon=1.0, delta=delta, n_public=True, **together)
    seen = empirical_epsilon(*hits, runs, delta=delta)
    record_property("files with the canary's letters", f"{hits[0]} with and {hits[1]} without")
    record_property(f"epsilon seen in {runs:,} runs each way", f"{seen:.3f} of 1")
    record_property("most that so many runs can prove", f"{provable_epsilon(runs):.2f}")
    assert seen <= 1.0
