"""Bands and intervals by resampling: they lie where files of their kind fall."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.measures._judged import judged, pooled, resample
from guide_helpers.schema import Dataset, Kind, Link, LinkedTables, Schema, Variable


def gap(original, synthetic):
    """Return the difference of two means, which is centred, and its size, which is not."""
    apart = synthetic.rows["score"].mean() - original.rows["score"].mean()
    return {"gap": apart, "size": abs(apart)}


def judge(original, synthetic, rng, **options):
    found = judged("propensity_mse", gap, original, synthetic, rng=rng, **options)
    return {s.variant: s for s in found}


@pytest.fixture
def open_card(monkeypatch):
    """Lift the bounds of the card that the scores go by."""
    import guide_helpers.measures._judged as module

    entry = module.find("measures", "propensity_mse")
    free = replace(entry, card=replace(entry.card, bounds=(None, None)))
    monkeypatch.setattr(module, "find", lambda *_: free)


def spread(band):
    return (band.high - band.low) / 2


@pytest.mark.usefixtures("open_card")
def test_the_correct_model_band_has_the_noise_of_one_file(people, rng):
    original = people(2_000, rng)
    error = original.rows["score"].std() / 2_000**0.5
    band = judge(original, people(2_000, rng), rng, draws=60)["gap"].band(Null.CORRECT_MODEL)
    assert band.mean == pytest.approx(0, abs=4 * error / 60**0.5)
    assert spread(band) == pytest.approx(2 * error, rel=0.3)


@pytest.mark.usefixtures("open_card")
@pytest.mark.parametrize("known", [True, False])
def test_the_fresh_sample_band_has_the_noise_of_two_files(people, rng, known):
    original = people(2_000, rng)
    error = original.rows["score"].std() / 2_000**0.5
    control = people(2_000, rng) if known else None
    asked = {"nulls": ["fresh-sample"], "draws": 60, "control": control}
    found = judge(original, people(2_000, rng), rng, **asked)
    assert spread(found["gap"].band(Null.FRESH_SAMPLE)) == pytest.approx(2.8 * error, rel=0.3)
    size = found["size"].band(Null.FRESH_SAMPLE)
    assert size.mean == pytest.approx((2 / np.pi) ** 0.5 * 2**0.5 * error, rel=0.35)
    assert ("carried on" in found["gap"].note) is not known


@pytest.mark.usefixtures("open_card")
def test_the_interval_is_that_of_a_mean(people, rng):
    original, synthetic = people(500, rng), people(1_500, rng)
    score = judge(original, synthetic, rng)["gap"]
    error = synthetic.rows["score"].std() / 1_500**0.5
    assert score.value in score.interval
    half = (score.interval.high - score.interval.low) / 2
    assert half == pytest.approx(1.96 * error, rel=0.5)


@pytest.mark.usefixtures("open_card")
def test_the_band_follows_the_size_of_the_synthetic_file(people, rng):
    original = people(1_000, rng)
    small, large = (
        spread(judge(original, people(n, rng), rng, draws=60)["gap"].band()) for n in (250, 4_000)
    )
    assert small / large == pytest.approx(4, rel=0.5)


@pytest.mark.usefixtures("open_card")
def test_a_subsample_has_less_noise_the_more_it_holds(people, rng):
    original = people(1_000, rng)
    ask = {"nulls": ["subsample"], "draws": 40}
    half, most = (
        judge(original, original, rng, subsample_share=s, **ask)["gap"].band(Null.SUBSAMPLE)
        for s in (0.5, 0.9)
    )
    assert spread(half) > 2 * spread(most)


def test_few_draws_and_unknown_nulls_are_refused(survey, rng):
    with pytest.raises(GuideError, match="draws=1"):
        judged("propensity_mse", gap, survey, survey, rng=rng, draws=1)
    with pytest.raises(GuideError, match="unknown null"):
        judged("propensity_mse", gap, survey, survey, rng=rng, nulls=["perfect"])


def panel(names):
    rows = pd.DataFrame({"who": np.repeat(names, [1, 2, 3]), "x": [0.0, 1, 2, 3, 4, 5]})
    schema = Schema((Variable("who", Kind.IDENTIFIER), Variable("x", Kind.NUMBER)))
    return Dataset.of(rows, schema, entity="who")


@pytest.mark.parametrize("names", [[7, 8, 9], ["a", "b", "c"]])
def test_a_unit_drawn_twice_is_two_units(names):
    drawn = resample(panel(names), np.array([2, 2, 0]))
    assert drawn.rows["x"].tolist() == [3, 4, 5, 3, 4, 5, 0]
    assert drawn.n_units == 3
    assert np.bincount(drawn.units).tolist() == [3, 3, 1]


@pytest.mark.parametrize("names", [[7, 8, 9], ["a", "b", "c"]])
def test_units_of_two_files_stay_apart_when_they_are_pooled(names):
    both = pooled(panel(names), panel(names))
    assert both.n_units == 6
    assert len(both) == 12


def test_linked_tables_are_drawn_with_all_that_hangs_on_a_row(homes):
    drawn = resample(homes, np.array([1, 1, 0]))
    assert drawn.n_units == 3
    assert drawn["persons"].rows["age"].tolist() == [30, 40, 30, 40, 20]
    assert drawn["jobs"].rows["hours"].tolist() == [8, 8]
    assert drawn.orphans().sum() == 0
    assert drawn.units_of("jobs").tolist() == [0, 1]


def test_linked_tables_are_pooled_without_mixing_keys(homes):
    both = pooled(homes, homes)
    assert both.n_units == 4
    assert both.orphans().sum() == 0
    assert len(both["persons"]) == 2 * len(homes["persons"])


@pytest.fixture
def homes():
    """Two homes with one and two persons, of whom one has a job."""
    home, person = (Variable(n, Kind.IDENTIFIER) for n in ("home", "person"))
    number = [Variable(n, Kind.INTEGER) for n in ("rooms", "age", "hours")]
    tables = {
        "homes": Dataset.of(
            pd.DataFrame({"home": [5, 6], "rooms": [2, 3]}), Schema((home, number[0]))
        ),
        "persons": Dataset.of(
            pd.DataFrame({"home": [5, 6, 6], "person": [1, 2, 3], "age": [20, 30, 40]}),
            Schema((home, person, number[1])),
        ),
        "jobs": Dataset.of(
            pd.DataFrame({"person": [3], "hours": [8]}), Schema((person, number[2]))
        ),
    }
    return LinkedTables(
        tables, (Link("homes", "persons", "home"), Link("persons", "jobs", "person"))
    )
