"""Population present: hand-computed shares, weights by residents, and the truth of a simulation."""

from __future__ import annotations

import pandas as pd
import pytest

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.measures.population_present import population_present
from guide_helpers.mobile_network import simulate


def scores(original, synthetic, rng, **options):
    asked = {"place": "x", "period": 2, "draws": 2} | options
    return {s.variant: s for s in population_present(original, synthetic, rng=rng, **asked)}


def test_a_case_computed_by_hand(of_units, rng):
    # slot 0: unit 1 half in a, half in b; unit 2 in b. Slot 1: unit 1 in a
    original = of_units([1, 1, 1, 2], [0, 2, 1, 4], x=list("abab"))
    # slot 0: unit 1 in a, unit 2 in b. Slot 1: unit 1 in b
    synthetic = of_units([1, 1, 1, 2], [0, 2, 1, 4], x=list("aabb"))
    found = scores(original, synthetic, rng)["from the original"]
    # slot 0, of weight 2: shares of a 1/4 and 1/2; slot 1, of weight 1: 1 and 0
    assert found.value == pytest.approx((2 * 0.25 + 1) / 3)
    table = found.details.set_index(["slot", "place"])
    assert table.loc[("0", "a")].tolist() == [0.25, 0.5]


def test_a_slot_without_synthetic_rows_is_wholly_wrong(of_units, rng):
    original = of_units([1, 1, 2], [0, 1, 0], x=list("aaa"))
    synthetic = of_units([1, 1, 2], [0, 2, 0], x=list("aaa"))
    assert scores(original, synthetic, rng)["from the original"].value == pytest.approx(1 / 3)


def test_residents_make_units_stand_for_those_who_live_there(of_units, rng):
    # homes by night: units 1 and 2 in a, unit 3 in b; by day all are in c
    night = {"unit": [1, 2, 3], "time": [2, 2, 2], "x": list("aab")}
    rows = pd.concat(
        [pd.DataFrame(night), pd.DataFrame(night | {"time": [12] * 3, "x": ["c"] * 3})]
    )
    file = of_units(rows["unit"].tolist(), rows["time"].tolist(), x=rows["x"].tolist())
    people = {"a": 30, "b": 90, "c": 10}
    found = scores(file, file, rng, period=24, residents=people)["from the original"].details
    shares = found.set_index(["slot", "place"])["original, share"]
    assert shares[("2", "a")] == pytest.approx(30 / 120)
    assert shares[("2", "b")] == pytest.approx(90 / 120)
    assert shares[("12", "c")] == 1


def test_the_truth_is_compared_slot_by_slot(of_units, rng):
    file = of_units([1, 1, 2], [0, 1, 0], x=list("aab"))
    truth = pd.DataFrame({0: [3, 1], 1: [2, 2], 2: [1, 1]}, index=["a", "b"])
    found = scores(file, file, rng, truth=truth)
    # truth of slot 0: a 4, b 2, of slot 1: 2 and 2; the file has 1/2, 1/2 and 1, 0
    expected = (6 * (4 / 6 - 1 / 2) + 4 * 0.5) / 10
    assert found["from the truth"].value == pytest.approx(expected)
    assert f"{expected:.3f} from the truth" in found["from the truth"].note


def test_weights_bring_a_network_nearer_to_the_truth(rng):
    network = simulate(2_000, side=5, width=3.0, events_a_day=6, seed=6)
    seen = network.seen()
    asked = {"place": "zone", "period": 24, "truth": network.truth()}
    raw = scores(seen, seen, rng, **asked)["from the truth"].value
    weighted = scores(seen, seen, rng, residents=network.residents, **asked)
    assert weighted["from the truth"].value < raw < 0.2


def test_shuffled_places_are_far_off_and_a_copy_is_not(panels, disorder, rng):
    original = panels(200, rng)
    flipped = original.rows["state"].map({"in": "out", "out": "in"})
    wrong = original.with_rows(original.rows.assign(state=flipped.astype(str)))
    found = scores(original, wrong, rng, place="state", period=3, draws=16)["from the original"]
    assert found.standing == "worse"
    assert scores(original, original, rng, place="state")["from the original"].value == 0


def test_another_sample_is_in_its_band(panels, rng):
    original, asked = panels(300, rng), {"place": "state", "draws": 16, "nulls": ["fresh-sample"]}
    for s in scores(original, panels(300, rng), rng, **asked).values():
        assert s.value <= s.band(Null.FRESH_SAMPLE).high


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"residents": {"a": 1}}, "residents has nothing for place 'b'"),
        ({"residents": {"a": 1, "b": -1}}, "takes numbers of people from 0"),
        ({"truth": pd.DataFrame({0: [1]}, index=["a"])}, "truth has no line for place 'b'"),
        ({"truth": 3}, "truth takes a table"),
    ],
)
def test_what_does_not_fit_the_places_is_refused(of_units, rng, options, message):
    file = of_units([1, 1, 2], [0, 1, 0], x=list("aba"))
    with pytest.raises(GuideError, match=message):
        scores(file, file, rng, **options)
