"""Fit to known margins: errors by hand at both levels, weights, a population made to fit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, compare, generate, hold_out, load
from guide_helpers.measures.margin_fit import margin_fit
from guide_helpers.schema import Dataset, Kind, Link, LinkedTables, Role, Schema, Variable


def linked(kinds, weights, sexes):
    """Return homes with two people each."""
    n = len(kinds)
    top = pd.DataFrame({"home": np.arange(n), "kind": list(kinds), "weight": weights})
    below = pd.DataFrame({"home": np.repeat(np.arange(n), 2), "sex": list(sexes)})
    key = Variable("home", Kind.IDENTIFIER)
    kind = Variable("kind", Kind.CATEGORICAL, Role.KEY)
    weight = Variable("weight", Kind.NUMBER, Role.WEIGHT)
    sex = Variable("sex", Kind.CATEGORICAL, Role.KEY)
    tables = {
        "homes": Dataset.of(top, Schema((key, kind, weight))),
        "people": Dataset.of(below, Schema((key, sex)), entity="home"),
    }
    return LinkedTables(tables, (Link("homes", "people", "home"),))


ORIGINAL = linked("ab", [1.0, 3.0], "ffmm")
OTHER = linked("aabb", [1.0, 1, 1, 1], "ffffmfmm")


def errors(original, synthetic, rng, **options):
    found = margin_fit(original, synthetic, rng=rng, draws=2, **options)
    return {s.variant: s for s in found}


def test_errors_of_weighted_shares_computed_by_hand(rng):
    found = errors(ORIGINAL, OTHER, rng)
    # a to b is 1 to 3 against 1 to 1: shares 25 % and 50 %; f to m 1 to 3 against 5 to 3
    assert found["homes"].value == pytest.approx(0.5)
    assert found["people"].value == pytest.approx(2 * (5 / 8 - 1 / 4))


def test_public_tables_take_the_place_of_the_originals(rng):
    margins = {"kind": {"a": 500, "b": 500}, "sex": {"f": 625, "m": 375}}
    found = errors(ORIGINAL, OTHER, rng, margins=margins)
    assert found["homes"].value == pytest.approx(0)
    assert found["people"].value == pytest.approx(0)
    cells = found["people"].details.set_index("cell")["synthetic, scaled"]
    assert cells.to_dict() == pytest.approx({"f": 625, "m": 375})


def test_a_copy_fits_and_a_file_without_the_cells_has_the_worst_score(rng):
    assert [s.value for s in errors(ORIGINAL, ORIGINAL, rng).values()] == [0, 0]
    found = errors(ORIGINAL, OTHER, rng, margins={"kind by sex": {"a by m": 10}})
    assert found["people"].value == 2


def test_a_population_made_to_fit_is_below_a_fresh_sample_at_both_levels():
    original, control = hold_out(load("acs"), seed=1)
    made = generate(original, "population_ipf", area="area", seed=1)
    asked = {"measures": "margin_fit", "by": "area", "control": control}
    for score in compare(original, made, **asked):
        assert score.standing == "better"
    for score in compare(original, control, **asked):
        assert score.standing == "within"


def test_households_alone_leave_persons_off():
    data = load("acs")
    margins = {"size": {"1": 300, "2": 300, "3-20": 400}, "sex": {"female": 1_400, "male": 1_100}}

    def persons(**options):
        made = generate(data, "population_ipf", margins=margins, seed=1, **options)
        return compare(data, made, measures="margin_fit", margins=margins, draws=2)

    def value(found):
        return {s.variant: s.value for s in found}["persons"]

    assert value(persons()) < 0.02 < value(persons(persons=False))


def test_an_area_that_is_not_there_is_refused(rng):
    with pytest.raises(GuideError, match="no column of 'homes'"):
        errors(ORIGINAL, OTHER, rng, by="region")
