"""Participation in a panel: hand-computed cases, bands, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, compare
from guide_helpers.measures.participation import participation
from guide_helpers.schema import Dataset, Kind, Schema, Variable

SCHEMA = Schema(
    (
        Variable("person", Kind.IDENTIFIER),
        Variable("year", Kind.INTEGER),
        Variable("ill", Kind.CATEGORICAL, levels=("no", "yes")),
    )
)


def panel(*units):
    """Return a panel of units given as years, followed by an exclamation mark where ill."""
    lines = [
        (k, int(year.rstrip("!")), "yes" if year.endswith("!") else "no")
        for k, unit in enumerate(units)
        for year in unit.split()
    ]
    rows = pd.DataFrame(lines, columns=["person", "year", "ill"])
    return Dataset.of(rows, SCHEMA, entity="person", time="year")


def drawn(units, rng, leaving):
    """Return a panel of which ill people leave as often as `leaving` says."""
    found = []
    for _ in range(units):
        years, year = [], 2000
        while year <= 2005:
            ill = rng.random() < 0.4
            years.append(f"{year}{'!' if ill else ''}")
            year += 1 + (rng.random() < 0.2)
            if rng.random() < (leaving if ill else 0.1):
                break
        found.append(" ".join(years))
    return panel(*found)


def values(original, synthetic, rng):
    return {s.variant: s.value for s in participation(original, synthetic, rng=rng, draws=2)}


def test_a_case_computed_by_hand(rng):
    original = panel("1 2 3", "1 3", "2 3", "1! ")
    synthetic = panel("1 2 3", "1 2", "1! 2", "3")
    found = values(original, synthetic, rng)
    # there in waves 1, 2, 3: 3, 2, 3 of four against 3, 3, 2
    assert found["presence"] == pytest.approx((0 + 1 + 1) / 4 / 3)
    # first wave 1, 2, 3: 3, 1, 0 of four against 3, 0, 1
    assert found["entry"] == pytest.approx(1 / 4)
    # steps of one and two waves: 3 and 1 of four against 4 and 0
    assert found["gaps"] == pytest.approx(1 / 4)
    # waves from first to last row 2, 2, 1, 0 against 2, 1, 1, 0
    assert found["survival"] == pytest.approx(1 / 4)
    # rows before the last wave: well 4, none leaves, ill 1, leaves; against 5, 1, and 1, none
    old, new = np.array([0, 1]) - 1 / 5, np.array([2 / 5, 0]) - 2 / 6
    assert found["leaving"] == pytest.approx(np.array([4, 1]) / 5 @ np.abs(old - new))


def test_a_copy_scores_zero_whatever_its_order(rng):
    original = drawn(60, rng, 0.5)
    mixed = original.with_rows(original.rows.sample(frac=1, random_state=1))
    assert set(values(original, mixed, rng).values()) == {0.0}


def test_nothing_in_common_scores_the_worst_case(rng):
    found = values(panel("1", "1", "1 3"), panel("3", "3", "3"), rng)
    assert found["entry"] == 1
    assert found["presence"] == 1 - 1 / 6


def test_a_fresh_sample_lies_in_its_band_and_leaving_at_random_does_not(rng):
    original = drawn(400, rng, 0.6)
    fresh = participation(original, drawn(400, rng, 0.6), rng=rng, nulls=["fresh-sample"])
    assert all(s.band(s.bands[1].null).high >= s.value for s in fresh)
    blind = compare(original, drawn(400, rng, 0.1), measures="participation")
    standing = {s.variant: s.standing for s in blind.scores}
    assert standing["leaving"] == "worse"


def test_details_tell_the_share_of_units_in_each_wave(rng):
    one = panel("1 2 3", "1 3", "2 3", "1")
    table = participation(one, one, rng=rng, draws=2)[0].details
    assert table["original"].tolist() == [0.75, 0.5, 0.75]
    survival = participation(one, one, rng=rng, draws=2)[3].details
    assert survival["original"].tolist() == [1.0, 0.75, 0.5]


def test_many_times_are_cut_into_parts(rng):
    many = panel(*(f"{k} {k + 150}" for k in range(150)))
    assert len(participation(many, many, rng=rng, draws=2)[0].details) == 20


def test_a_panel_without_time_is_refused(rng):
    rows = panel("1 2", "1").rows
    data = Dataset.of(rows, SCHEMA, entity="person")
    with pytest.raises(GuideError, match="needs the time"):
        participation(data, data, rng=rng)
