"""The nearer a synthetic record, the likelier a member; the whole record is known by default."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, attack
from guide_helpers.attacks.closest_distance import ClosestDistance
from guide_helpers.schema import Dataset, Kind, Role, Schema, Variable

TOWN = Schema(
    (
        Variable("place", Kind.CATEGORICAL, Role.KEY, levels=("A", "B")),
        Variable("size", Kind.NUMBER),
    )
)


def town(*records) -> Dataset:
    return Dataset.of(pd.DataFrame(records, columns=list(TOWN.names)), TOWN)


FILE = town(("A", 0.0), ("A", 10.0), ("B", 5.0))


def learned(known=("place",), **options) -> ClosestDistance:
    return ClosestDistance(**options).learn(FILE, known, rng=np.random.default_rng(1))


def test_scores_are_minus_the_distance_to_the_nearest_record_by_hand():
    asked = town(("A", 4.0), ("B", 5.0), ("B", 99.0), ("A", None))
    # of two variables: 0.4, 0, 1, 1 apart in all
    assert learned().answer(asked).scores == pytest.approx([-0.2, 0, -0.5, -0.5])


def test_the_keys_are_the_default_and_other_knowledge_is_taken_as_it_is():
    assert learned().known_ == ("place", "size")
    assert learned(known=("size",)).known_ == ("size",)


def test_who_knows_more_of_the_record_tells_members_better(leaking, members, outsiders):
    game = {"original": members, "control": outsiders, "attack": "closest_distance"}
    whole = attack(leaking, **game)
    part = attack(leaking, knowledge=["region", "ill"], **game)
    assert whole.ranking.area.value > part.ranking.area.value + 0.05
    assert 0.5 in part.ranking.area.interval


def test_a_fifth_of_copies_is_found_without_a_false_claim(leaking, members, outsiders):
    risk = attack(leaking, original=members, control=outsiders, attack="closest_distance")
    assert dict(risk.ranking.at_low)[0.001].value == pytest.approx(0.2, abs=0.01)
    assert risk.hits >= 195
    assert risk.guessing_rate == 0.1


@pytest.mark.parametrize("share", [0, 1, -0.1])
def test_a_share_that_claims_nobody_or_everybody_is_refused(share):
    with pytest.raises(GuideError, match="share="):
        learned(share=share)
