"""Rows without a parent: counts by link, keys as units, the original's own orphans."""

from __future__ import annotations

import pandas as pd
import pytest

from guide_helpers import GuideError, compare
from guide_helpers.cards import Null
from guide_helpers.measures.referential_integrity import referential_integrity
from guide_helpers.schema import Dataset, Kind, Link, LinkedTables, Schema, Variable


def tables(homes, persons):
    """Return homes and the persons in them, by the number of their home."""
    key = Variable("home", Kind.IDENTIFIER)
    ages = {"home": persons, "age": range(len(persons))}
    return LinkedTables(
        {
            "homes": Dataset.of(pd.DataFrame({"home": homes}), Schema((key,))),
            "persons": Dataset.of(
                pd.DataFrame(ages), Schema((key, Variable("age", Kind.INTEGER))), entity="home"
            ),
        },
        (Link("homes", "persons", "home"),),
    )


WHOLE = tables([1, 2, 3], [1, 1, 2, 3])


def test_one_of_four_rows_has_no_parent(rng):
    score = referential_integrity(WHOLE, tables([1, 2], [1, 1, 2, 3]), rng=rng)
    assert score.value == 0.25
    assert score.note == "1 of 4 child rows."
    assert score.details[["link", "value", "rows", "original"]].iloc[0].tolist() == [
        "homes-persons",
        0.25,
        4,
        0.0,
    ]
    assert score.standing == "worse"


def test_none_seen_is_not_none_possible(rng):
    score = referential_integrity(WHOLE, WHOLE, rng=rng)
    assert (score.value, score.interval.low) == (0, 0)
    assert 0 < score.interval.high < 1
    assert score.standing == "within"


def test_rows_of_one_key_count_as_one_unit(rng):
    few = referential_integrity(WHOLE, tables(range(10), [i % 20 for i in range(400)]), rng=rng)
    many = referential_integrity(WHOLE, tables(range(200), range(400)), rng=rng)
    assert few.value == many.value == 0.5
    widths = [s.interval.high - s.interval.low for s in (few, many)]
    assert widths[0] > 3 * widths[1]


def test_the_originals_own_orphans_are_the_null(rng):
    original = tables(range(900), range(1_000))
    score = referential_integrity(original, tables(range(910), range(1_000)), rng=rng)
    own, fresh = score.band(), score.band(Null.FRESH_SAMPLE)
    assert own.mean == fresh.mean == pytest.approx(0.1)
    assert own.high - own.low == pytest.approx(2 * 1.96 * (0.1 * 0.9 / 1_000) ** 0.5, rel=0.02)
    assert fresh.high - fresh.low == pytest.approx(2**0.5 * (own.high - own.low), rel=0.02)
    assert score.standing == "within"


def test_the_verb_measures_the_tables_together():
    found = compare(WHOLE, tables([1, 2], [1, 1, 2, 3]), measures="referential_integrity")
    assert [s.value for s in found] == [0.25]


def test_a_table_without_child_rows_is_refused(rng):
    with pytest.raises(GuideError, match="no child table has rows"):
        referential_integrity(WHOLE, tables([1, 2], []), rng=rng)
