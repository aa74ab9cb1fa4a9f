"""Memorised strings: only what nobody else wrote counts, and chance is counted beside it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, attack
from guide_helpers.schema import Dataset, Kind, Role, Schema, Variable

SCHEMA = Schema((Variable("who", Kind.IDENTIFIER), Variable("said", Kind.TEXT, Role.KEY)))


def diary(said, first=0):
    """Return one or more remarks a person: a list of strings or of lists of them."""
    lists = [[s] if isinstance(s, str) else s for s in said]
    who = np.repeat(first + np.arange(len(lists)), [len(s) for s in lists])
    rows = pd.DataFrame({"who": who, "said": [s for some in lists for s in some]})
    return Dataset.of(rows, SCHEMA, entity="who")


MEMBERS = diary(["all is well", "my cat Zoe is lost", ["all is well", "no rain here today"]])
OUTSIDERS = diary(["all is well", "the tram was late", "no rain here at all"], first=3)


def run(synthetic, **options):
    return attack(
        diary(synthetic, first=90),
        original=MEMBERS,
        control=OUTSIDERS,
        attack="memorised_strings",
        **options,
    )


def counts(risk):
    return risk.hits, risk.control_hits


def test_only_strings_of_one_target_are_claimed():
    assert counts(run(["all is well", "My cat  Zoe is lost"])) == (1, 0)


def test_a_file_of_common_strings_claims_nobody():
    risk = run(["all is well"] * 5)
    assert counts(risk) == (0, 0)
    assert 0 in risk.excess.interval


def test_a_copy_claims_all_who_wrote_something_of_their_own():
    risk = run(list(MEMBERS.rows["said"]))
    assert counts(risk) == (2, 0)
    assert list(risk.details["units"]) == [2, 0, 1, 0]


def test_what_the_control_wrote_counts_for_the_control():
    assert counts(run(["the tram was late"])) == (0, 1)


def test_words_in_a_row_are_found_within_another_text():
    text = ["today my cat Zoe ran off"]
    assert counts(run(text)) == (0, 0)
    assert counts(run(text, words=3)) == (1, 0)


def test_words_that_two_targets_wrote_are_nobodys():
    assert counts(run(["no rain here"], words=3)) == (0, 0)
    assert counts(run(["no rain here"], words=3, most=2)) == (1, 1)


@pytest.mark.parametrize(
    ("options", "said"), [({"words": 0}, "words=0"), ({"most": 1.5}, "most=1.5")]
)
def test_what_is_no_number_of_words_or_targets_is_refused(options, said):
    with pytest.raises(GuideError, match=said):
        run(["all is well"], **options)


def test_words_of_a_table_without_text_are_refused():
    schema = Schema((Variable("age", Kind.INTEGER, Role.KEY),))
    ages = Dataset.of(pd.DataFrame({"age": [1, 2, 3]}), schema)
    with pytest.raises(GuideError, match="name a text in knowledge"):
        attack(ages, original=ages, control=ages, attack="memorised_strings", words=2)
