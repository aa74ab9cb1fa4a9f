"""Facts about zCDP accounting: closed forms, exact noise, and a ledger in rho."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from guide_helpers import GuideError
from guide_helpers.methods import _discrete_gaussian as discrete
from guide_helpers.methods._accounting import Ledger, equal_share
from guide_helpers.methods._counting import Till
from guide_helpers.methods._discrete_gaussian import Coins, discrete_gaussian
from guide_helpers.methods._noise import gaussian
from guide_helpers.methods._zcdp import choice_epsilon, delta_of, epsilon_of, rho_of

BUDGETS = [(1.0, 1e-5), (1.0, 1e-6), (0.1, 1e-6), (8.0, 1e-9), (1.0, 0.1)]


def bun_steinke(epsilon, delta):
    """Return the rho that gives (epsilon, delta) by their conversion, epsilon = r + 2 sqrt(r L)."""
    log = math.log(1 / delta)
    return (math.sqrt(log + epsilon) - math.sqrt(log)) ** 2


def normal_cdf(x):
    return math.erfc(-x / math.sqrt(2)) / 2


def exact_delta(rho, epsilon):
    """Return the delta of the normal mechanism of sensitivity 1 with variance 1 / (2 rho)."""
    scale = math.sqrt(2 * rho)
    near, far = (normal_cdf(side * scale / 2 - epsilon / scale) for side in (1, -1))
    return near - math.exp(epsilon) * far


@pytest.mark.parametrize(("epsilon", "delta"), BUDGETS)
def test_the_conversion_is_that_of_canonne_kamath_and_steinke(epsilon, delta):
    rho = rho_of(epsilon, delta)
    orders = 1 + np.geomspace(1e-4, 1e6, 400_000)
    logs = (orders - 1) * (orders * rho - epsilon) + orders * np.log1p(-1 / orders)
    bound = math.exp((logs - np.log(orders - 1)).min())
    assert delta_of(rho, epsilon) == pytest.approx(bound, rel=1e-6)
    assert delta_of(rho, epsilon) <= delta
    assert delta_of(rho * 1.000001, epsilon) > delta


@pytest.mark.parametrize(("epsilon", "delta"), BUDGETS)
def test_epsilon_and_rho_are_inverse_to_each_other(epsilon, delta):
    assert epsilon_of(rho_of(epsilon, delta), delta) == pytest.approx(epsilon, rel=1e-9)


@pytest.mark.parametrize(("epsilon", "delta"), BUDGETS)
def test_the_conversion_buys_more_than_that_of_bun_and_steinke(epsilon, delta):
    assert rho_of(epsilon, delta) > bun_steinke(epsilon, delta)


@pytest.mark.parametrize(("epsilon", "delta"), BUDGETS)
def test_the_conversion_promises_no_more_than_normal_noise_keeps(epsilon, delta):
    assert exact_delta(rho_of(epsilon, delta), epsilon) <= delta


@pytest.mark.parametrize(("budget", "rho"), [((1.0, 1e-5), 0.03055659519764), ((1.0, 1e-6),
    0.02435597035954), ((0.1, 1e-6), 0.00032104769035), ((8.0, 1e-9), 0.73283328738245),
    ((1.0, 0.1), 0.26831291401350)])  # fmt: skip
def test_rho_is_that_of_another_program(budget, rho):
    # cdp_rho of dpmm 0.1.9, which took it from McKenna's private-pgm
    assert rho_of(*budget) == pytest.approx(rho, rel=1e-10)


def test_nothing_spent_is_nothing_lost():
    assert delta_of(0.0, 1.0) == 0
    assert epsilon_of(0.0, 1e-6) == 0
    assert delta_of(1e6, 0.1) == 1


def test_a_choice_costs_an_eighth_of_its_squared_epsilon():
    assert choice_epsilon(0.5**2 / 8) == pytest.approx(0.5)


def expected_shares(variance, values):
    """Return the probabilities of the discrete Gaussian."""
    far = np.arange(-400, 401)
    return np.exp(-(values**2) / (2 * variance)) / np.exp(-(far**2) / (2 * variance)).sum()


@pytest.mark.parametrize("variance", [0.05, 0.5, 1, 7.3, 100])
@pytest.mark.parametrize("secure", [False, True], ids=["teaching", "secure"])
def test_noise_has_the_shares_of_the_discrete_gaussian(variance, secure):
    from scipy.stats import chisquare

    coins = Coins(None if secure else np.random.default_rng(1))
    found = discrete_gaussian(Fraction(variance), 40_000, coins)
    values = np.arange(-300, 301)
    seen = np.bincount(found + 300, minlength=601)
    expected = 40_000 * expected_shares(variance, values)
    common = expected >= 10
    rest = [seen[~common].sum()], [expected[~common].sum()]
    seen, expected = (np.append(a[common], b) for a, b in zip((seen, expected), rest, strict=True))
    if expected[-1] < 1e-9:
        assert seen[-1] == 0
        seen, expected = seen[:-1], expected[:-1]
    # a secure run has no seed, so it may fail once in a billion times
    assert chisquare(seen, expected * seen.sum() / expected.sum()).pvalue > 1e-9


def test_large_numbers_are_handled_by_exact_arithmetic():
    for rng in (np.random.default_rng(1), None):
        found = discrete_gaussian(Fraction(10**12), 4_000, Coins(rng))
        assert found.std() == pytest.approx(10**6, rel=6 / math.sqrt(8_000))
        large = Coins(rng).below(2**70, 2_000) / 2**70
        assert large.mean() == pytest.approx(0.5, abs=6 / math.sqrt(12 * 2_000))


def test_whole_numbers_below_a_bound_are_as_likely_as_each_other():
    for rng in (np.random.default_rng(1), None):
        counts = np.bincount(Coins(rng).below(7, 70_000), minlength=7)
        assert len(counts) == 7
        assert np.abs(counts - 10_000).max() < 7 * math.sqrt(10_000)


def test_noise_of_a_rho_has_the_variance_that_it_pays_for():
    for sensitivity in (1, 3):
        rng = np.random.default_rng(2)
        found = gaussian(np.full(40_000, 50), rho=0.02, sensitivity=sensitivity, rng=rng) - 50
        assert found.var() == pytest.approx(sensitivity**2 / 0.04, rel=4 * math.sqrt(2 / 40_000))
        assert found.dtype.kind == "i"


@pytest.mark.parametrize("variance", [Fraction(1, 3), Fraction(97, 13), Fraction(10**9 + 1, 7)])
def test_the_variance_is_rounded_up_never_down(monkeypatch, variance):
    asked = []
    keep = discrete.discrete_laplace
    monkeypatch.setattr(
        discrete, "discrete_laplace", lambda width, *rest: asked.append(width) or keep(width, *rest)
    )
    discrete_gaussian(variance, 5, Coins(np.random.default_rng(1)))
    assert (asked[0] - 1) ** 2 <= variance < asked[0] ** 2
    top, scale = discrete.rounded_up(variance)
    assert variance <= Fraction(top, scale) < variance * (1 + Fraction(1, 2**19))


def test_noise_comes_from_the_system_where_there_is_no_generator(monkeypatch):
    import secrets

    asked = []
    keep = secrets.token_bytes
    monkeypatch.setattr(secrets, "token_bytes", lambda n: asked.append(n) or keep(n))
    gaussian(np.zeros(5), rho=0.1, sensitivity=1, rng=np.random.default_rng(1))
    assert not asked
    gaussian(np.zeros(5), rho=0.1, sensitivity=1, rng=None)
    assert asked


def test_a_ledger_with_delta_counts_in_rho_and_refuses_too_much():
    ledger = Ledger(1.0, 1e-6)
    whole = rho_of(1.0, 1e-6)
    ledger.spend("age", 0.75 * whole)
    with pytest.raises(GuideError, match=r"'sex' asks for rho=0\.01\d+, but 0\.006\d+ is left"):
        ledger.spend("sex", 0.5 * whole)
    assert [e.what for e in ledger.expenses] == ["age"]
    assert ledger.expenses[0].epsilon == 0
    assert ledger.spent == 0.75 * whole


def test_shares_of_a_rho_sum_to_no_more_than_the_budget():
    for count in range(1, 40):
        ledger = Ledger(0.7, 1e-6)
        for i in range(count):
            ledger.spend(f"table {i}", equal_share(ledger.budget, count))
        assert ledger.spent <= ledger.budget
        assert ledger.spent == pytest.approx(ledger.budget)


def test_nothing_is_free():
    for delta in (0.0, 1e-6):
        with pytest.raises(GuideError, match="nothing is free"):
            Ledger(1.0, delta).spend("age", 0.0)


def test_half_the_tables_of_a_rho_cost_less_noise_than_half_of_an_epsilon():
    # 16 tables: the noise of pure epsilon grows 16-fold, that of zCDP 4-fold
    deviations = {}
    for delta in (0.0, 1e-6):
        till = Till(0.5, np.random.default_rng(1), delta)
        deviations[delta] = [math.sqrt(till.variance(till.budget / k, 1)) for k in (1, 16)]
    assert deviations[0.0][1] / deviations[0.0][0] == pytest.approx(16, rel=0.02)
    assert deviations[1e-6][1] / deviations[1e-6][0] == pytest.approx(4)


@pytest.mark.parametrize("delta", [0.0, 1e-6])
def test_noise_alone_rarely_exceeds_what_it_is_said_to(delta):
    till = Till(1.0, np.random.default_rng(3), delta)
    price = till.budget / 4
    bound = till.exceeded_by_noise(price / 2, 2)
    found = till.measure("x", np.zeros(40_000), price=price / 2, sensitivity=2)
    assert (found > bound).mean() < 0.001 + 4 * math.sqrt(0.001 / 40_000)
