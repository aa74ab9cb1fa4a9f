"""k-anonymity and l-diversity: small groups of the synthetic file."""

from __future__ import annotations

import pandas as pd
import pytest

from guide_helpers import GuideError
from guide_helpers.measures.key_anonymity import key_anonymity


def values(original, synthetic, rng, **options):
    found = key_anonymity(original, synthetic, rng=rng, **({"draws": 2} | options))
    return {s.variant: s.value for s in found}


def test_a_case_computed_by_hand(of_columns, rng):
    file = of_columns(a=list("xxxyyz"), ill=["no", "no", "no", "no", "yes", "yes"])
    # groups of 3, 2 and 1; only y has two values
    found = values(file, file, rng, keys=["a"], sensitive="ill", k=3)
    assert found == {"k-anonymity": 50.0, "l-diversity of ill": pytest.approx(200 / 3)}


def test_the_original_does_not_matter(survey, of_columns, rng):
    other = survey.with_rows(survey.rows.assign(age=20))
    assert values(survey, survey, rng) == values(other, survey, rng)


def test_each_record_three_times_is_anonymous_and_a_breach(survey, rng):
    thrice = survey.with_rows(pd.concat([survey.rows] * 3, ignore_index=True))
    assert values(survey, thrice, rng)["k-anonymity"] == 0.0


def test_without_a_sensitive_variable_there_is_no_diversity(of_columns, rng):
    file = of_columns(a=list("abc"))
    assert values(file, file, rng, keys=["a"]) == {"k-anonymity": 100.0}


def test_random_tables_agree_with_groups(of_columns, rng):
    for _ in range(20):
        file = of_columns(a=rng.choice(list("abcdefgh"), 25), t=rng.choice(list("uvw"), 25))
        groups = file.rows.groupby("a", observed=True)["t"]
        small = groups.transform("size") < 4
        alike = groups.transform(lambda t: t.nunique()) < 3
        found = values(file, file, rng, keys=["a"], sensitive="t", k=4, l_values=3)
        assert list(found.values()) == pytest.approx(
            [100 * small.mean(), 100 * alike.astype(bool).mean()]
        )


def test_k_and_l_of_one_are_refused(survey, rng):
    with pytest.raises(GuideError, match="2 or more"):
        key_anonymity(survey, survey, rng=rng, k=1)
