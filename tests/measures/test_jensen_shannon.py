"""Jensen-Shannon divergence: by hand, by scipy, in bits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from guide_helpers.measures.jensen_shannon import jensen_shannon


def one(original, synthetic, rng, **options):
    return jensen_shannon(original, synthetic, rng=rng, **({"ways": [1], "draws": 2} | options))[0]


@pytest.fixture
def files(of_columns):
    """Counts 3, 1 against 2, 2."""
    return of_columns(x=list("aaab")), of_columns(x=list("aabb"))


def test_a_table_computed_by_hand_and_by_scipy(files, rng):
    found = one(*files, rng).value
    p, q, m = (np.array(x) for x in ([0.75, 0.25], [0.5, 0.5], [0.625, 0.375]))
    assert found == pytest.approx(float((p * np.log2(p / m) + q * np.log2(q / m)).sum() / 2))
    assert found == pytest.approx(jensenshannon(p, q, base=2) ** 2)


def test_its_mean_by_formula_falls_with_the_number_of_records(of_columns, rng):
    for n in (40, 400):
        data = of_columns(x=list("abcd") * (n // 4))
        table = one(data, data, rng).details.iloc[0]
        assert table["expected by formula"] == pytest.approx(3 / (8 * n * np.log(2)))
