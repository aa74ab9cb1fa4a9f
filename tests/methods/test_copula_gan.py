"""Facts about CopulaGAN: its curves, and what it shares with CTGAN."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate, infer
from guide_helpers.methods.copula_gan import CopulaGan


@pytest.fixture(scope="module")
def skewed():
    rng = np.random.default_rng(0)
    return infer(pd.DataFrame({"x": rng.gamma(0.5, 10, 500), "side": rng.choice(["l", "r"], 500)}))


@pytest.mark.parametrize("margins", ["beta", "gamma"])
def test_the_curve_asked_for_is_fitted_to_each_quantity(skewed, margins):
    fitted = CopulaGan(epochs=1, margins=margins).fit(skewed, rng=np.random.default_rng(1))
    curves = fitted.model_.get_learned_distributions()
    assert {c["distribution"] for c in curves.values()} == {margins}
    assert len(curves) == 1


def test_a_curve_that_starts_at_zero_draws_nothing_below(skewed):
    x = generate(skewed, "copula_gan", epochs=1, seed=1, n=2_000).rows["x"]
    assert x.min() > -0.5
    assert x.nunique() > 100


def test_unknown_margins_and_batches_are_refused(skewed):
    with pytest.raises(GuideError, match="no margins 'cauchy'; known: beta, norm"):
        generate(skewed, "copula_gan", margins="cauchy")
    with pytest.raises(GuideError, match="batch=15 is no multiple of 10"):
        generate(skewed, "copula_gan", batch=15)
