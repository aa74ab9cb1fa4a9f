"""Event rates: hand-computed ratios, types of one file, parts of the time."""

from __future__ import annotations

import numpy as np
import pytest

from guide_helpers import GuideError
from guide_helpers.measures.event_rate import event_rate


def values(original, synthetic, rng, **options):
    found = event_rate(original, synthetic, rng=rng, event="x", draws=2, **options)
    return {s.variant: s.value for s in found}


def test_a_case_computed_by_hand(of_units, rng):
    original = of_units([1, 1, 2, 2], x=list("aaab"))
    synthetic = of_units([1, 2, 2, 2], x=list("abbb"))
    # a: 3.5 against 1.5, b: 1.5 against 3.5; both weigh a half
    assert values(original, synthetic, rng) == pytest.approx(
        {"all": 0.0, "by type": np.log(3.5 / 1.5)}
    )


def test_rates_are_per_unit_not_per_file(of_units, rng):
    unit, kinds = np.repeat(np.arange(20), 5), list("aabbc") * 20
    original = of_units(unit, x=kinds)
    half = of_units(unit[:50], x=kinds[:50])
    found = values(original, half, rng)
    assert found["all"] == pytest.approx(np.log(50.5 / 10) - np.log(100.5 / 20))
    assert found["by type"] < 0.03


def test_twice_the_events_are_the_logarithm_of_two(of_units, rng):
    unit = np.repeat(np.arange(500), 2)
    original = of_units(unit, x=["a"] * 1_000)
    double = of_units(np.tile(unit, 2), x=["a"] * 2_000)
    assert values(original, double, rng)["all"] == pytest.approx(np.log(2), abs=1e-3)


def test_a_type_that_only_the_synthetic_file_has_counts(of_units, rng):
    original, made_up = of_units([1] * 4, x=list("aaaa")), of_units([1] * 4, x=list("aazz"))
    # a: 4.5 against 2.5 with weight 3/4, z: 0.5 against 2.5 with weight 1/4
    expected = 0.75 * np.log(4.5 / 2.5) + 0.25 * np.log(5)
    assert values(original, made_up, rng)["by type"] == pytest.approx(expected)


def test_events_at_the_wrong_time_show_in_the_last_variant_only(of_units, rng):
    unit, time = np.repeat(np.arange(50), 4), np.tile([0, 1, 2, 3], 50)
    original = of_units(unit, time, x=np.tile(list("aabb"), 50))
    turned = of_units(unit, time, x=np.tile(list("bbaa"), 50))
    found = values(original, turned, rng)
    assert found["all"] == found["by type"] == 0
    assert found["by type and time"] > 3


def test_missing_types_and_times_are_their_own(of_units, rng):
    gaps = of_units([1] * 4, [0, 1, 2, 3], x=["a", None, "a", None])
    assert set(values(gaps, gaps, rng).values()) == {0.0}
    table = event_rate(gaps, gaps, rng=rng, event="x", draws=2)[0].details
    assert set(table["type"]) == {"a", "missing"}


def test_a_fresh_half_is_within_its_band(panels, rng):
    asked = {"rng": rng, "event": "state", "nulls": ["fresh-sample"]}
    for s in event_rate(panels(300, rng), panels(300, rng), **asked):
        assert s.value <= s.bands[1].high


def test_what_cannot_be_measured_is_refused(of_units, of_columns, rng):
    data = of_units([1, 1], x=["a", "b"], y=[1.0, 2.0])
    with pytest.raises(GuideError, match="event='z' is no column"):
        event_rate(data, data, rng=rng, event="z")
    with pytest.raises(GuideError, match="is a quantity"):
        event_rate(data, data, rng=rng, event="y")
    plain = of_columns(x=["a"])
    with pytest.raises(GuideError, match="declare the entity"):
        event_rate(plain, plain, rng=rng, event="x")
    with pytest.raises(GuideError, match="parts=0"):
        event_rate(data, data, rng=rng, event="x", parts=0)
