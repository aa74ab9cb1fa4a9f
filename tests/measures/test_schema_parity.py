"""Schema parity: each way in which a form can differ, and those in which it may."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError
from guide_helpers.measures.schema_parity import schema_parity
from guide_helpers.schema import Dataset, Kind, Schema, Variable


def differs(original, synthetic, rng):
    """Return what the details say of each variable that differs."""
    score = schema_parity(original, synthetic, rng=rng, draws=3)
    table = score.details[score.details["value"] == 0]
    assert score.value == pytest.approx(1 - len(table) / len(score.details))
    return dict(zip(table["variable"], table["differs in"], strict=True))


def numbers(*values, **options):
    schema = Schema((Variable("x", options.pop("kind", Kind.NUMBER), **options),))
    return Dataset.of(pd.DataFrame({"x": list(values)}), schema)


def test_a_copy_and_a_part_of_it_agree(survey, rng):
    half = survey.with_rows(survey.rows.iloc[::2])
    assert differs(survey, survey, rng) == differs(survey, half, rng) == {}


def test_wages_in_cents_and_drawn_ones_without_end(rng):
    original = numbers(*np.round(rng.gamma(2, 5, 200), 2))
    rounded, drawn = (
        numbers(*x) for x in (np.round(rng.gamma(2, 5, 200), 2), rng.gamma(2, 5, 200))
    )
    assert differs(original, rounded, rng) == {}
    assert differs(original, drawn, rng) == {"x": "finer values"}


def test_incomes_in_hundreds_and_in_euros(rng):
    original = numbers(*100 * rng.integers(5, 90, 200))
    assert differs(original, numbers(*100 * rng.integers(5, 90, 50)), rng) == {}
    assert differs(original, numbers(*rng.integers(500, 9_000, 200)), rng) == {"x": "finer values"}


def test_coarser_values_differ_where_chance_would_have_had_a_finer_one(rng):
    original = numbers(*rng.integers(500, 9_000, 200))
    thousands = 1_000 * rng.integers(1, 9, 200)
    assert differs(original, numbers(*thousands), rng) == {"x": "coarser values"}
    assert differs(original, numbers(*thousands[:3]), rng) == {}


def test_one_odd_record_of_the_original_makes_no_difference(rng):
    cents = np.append(rng.integers(1, 90, 300), 7.25)
    assert differs(numbers(*cents), numbers(*rng.integers(1, 90, 300)), rng) == {}


def test_special_codes_have_no_form(rng):
    special = {-9.5: "refused"}
    original = numbers(1, 2, 3, 4, 5, special=special)
    assert differs(original, numbers(1, 2, 3, -9.5, 5, special=special), rng) == {}


def test_days_and_hours(rng):
    days = pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-05"])
    original = numbers(*days, kind=Kind.DATETIME)
    hours = numbers(*days + pd.Timedelta("3h"), kind=Kind.DATETIME)
    assert differs(original, hours, rng) == {"x": "finer values"}


def test_missing_values_where_there_were_none(of_columns, rng):
    original = of_columns(x=[1.0, 2.0, 3.0], y=["a", "b", None])
    synthetic = original.with_rows(original.rows.assign(x=[1.0, np.nan, 3.0], y=["a", None, "b"]))
    assert differs(original, synthetic, rng) == {"x": "missing values"}


def test_unknown_levels_and_other_kinds(rng):
    one = Schema((Variable("x", Kind.CATEGORICAL, levels=("a", "b")),))
    other = Schema((Variable("x", Kind.ORDERED, levels=("a", "b", "c")),))
    original = Dataset.of(pd.DataFrame({"x": list("ab")}), one)
    synthetic = Dataset.of(pd.DataFrame({"x": list("abc")}), other)
    assert differs(original, synthetic, rng) == {
        "x": "ordered instead of categorical, other levels declared, unknown levels"
    }


def test_the_note_lists_the_repairs_and_the_details_no_value(rng):
    original = numbers(*np.round(rng.gamma(2, 5, 200), 1))
    score = schema_parity(original, numbers(*rng.gamma(2, 5, 200)), rng=rng, draws=3)
    assert score.note == "1 of 1 variables differs: x (finer values)."
    assert score.standing == "worse"
    assert list(score.details) == ["variable", "value", "kind", "differs in"]


def test_identifiers_alone_are_refused(rng):
    keys = numbers("a", "b", kind=Kind.IDENTIFIER)
    with pytest.raises(GuideError, match="only identifiers"):
        schema_parity(keys, keys, rng=rng)
