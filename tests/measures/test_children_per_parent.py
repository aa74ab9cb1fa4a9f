"""Children per parent: hand-computed counts, parents without any, rewired links."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, compare
from guide_helpers.measures.children_per_parent import children_per_parent
from guide_helpers.schema import Dataset, Kind, Link, LinkedTables, Schema, Variable

KEY = Variable("home", Kind.IDENTIFIER)


def linked(children, key="home", age=None):
    """Return homes with the given numbers of persons."""
    homes = pd.DataFrame({key: np.arange(len(children))})
    of = np.repeat(np.arange(len(children)), children)
    persons = pd.DataFrame({key: of, "age": np.arange(len(of)) if age is None else age})
    name = Variable(key, Kind.IDENTIFIER)
    tables = {
        "homes": Dataset.of(homes, Schema((name,))),
        "persons": Dataset.of(persons, Schema((name, Variable("age", Kind.NUMBER))), entity=key),
    }
    return LinkedTables(tables, (Link("homes", "persons", key),))


def test_a_case_computed_by_hand(rng):
    (score,) = children_per_parent(linked([0, 1, 2, 3]), linked([0, 0, 2, 2]), rng=rng, draws=2)
    # at none 1 against 2 of four, at one 2 against 2, at two 3 against 4
    assert score.value == 0.25
    assert score.variant == "homes-persons"
    assert score.details["original, share of parents"].tolist() == [0.25] * 4
    assert score.details["synthetic, share of parents"].tolist() == [0.5, 0, 0.5, 0]


def test_parents_that_all_have_or_lack_children_are_as_far_as_can_be(rng):
    (score,) = children_per_parent(linked([1, 1]), linked([0, 0, 0]), rng=rng, draws=2)
    assert score.value == 1


def test_rewired_links_are_not_seen(rng):
    original = linked(rng.poisson(2, 100))
    persons = original["persons"]
    mixed = persons.rows.assign(home=rng.permutation(persons.rows["home"].to_numpy()))
    rewired = LinkedTables(
        {"homes": original["homes"], "persons": persons.with_rows(mixed)}, original.links
    )
    assert children_per_parent(original, rewired, rng=rng, draws=2)[0].value == 0


def test_a_fresh_file_is_in_its_band_and_a_fuller_one_is_not(rng):
    original, fresh, fuller = (linked(rng.poisson(k, 400)) for k in (2, 2, 3))
    found = compare(
        original, fresh, measures="children_per_parent", nulls="fresh-sample", control=fresh
    )
    (score,) = found
    assert score.value <= score.bands[1].high
    (score,) = compare(original, fuller, measures="children_per_parent")
    assert score.standing == "worse"


def test_orphans_are_named_and_left_out(rng):
    original = linked([1, 1])
    lost = original["persons"].rows.assign(home=[0, 7])
    orphaned = LinkedTables(
        {"homes": original["homes"], "persons": original["persons"].with_rows(lost)}, original.links
    )
    (score,) = children_per_parent(original, orphaned, rng=rng, draws=2)
    assert score.value == 0.5
    assert "1 synthetic rows have no parent" in score.note


def test_files_linked_otherwise_are_refused(rng):
    with pytest.raises(GuideError, match="not linked alike"):
        children_per_parent(linked([1]), linked([1], key="flat"), rng=rng)
