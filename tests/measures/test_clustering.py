"""Clustering of a network: triangles counted by hand and by networkx, rewiring, nulls."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.measures.clustering import _counted, clustering


def scores(original, synthetic, rng, **options):
    asked = {"source": "s", "target": "t", "draws": 2} | options
    return {s.variant: s for s in clustering(original, synthetic, rng=rng, **asked)}


def groups(of_columns, rng, people=300, size=6, inside=0.8, outside=0.01):
    """Ties of people in small groups: inside a group they are likely, outside rare."""
    one, other = np.triu_indices(people, 1)
    chance = np.where(one // size == other // size, inside, outside)
    tied = rng.random(len(one)) < chance
    return of_columns(s=one[tied].astype(str), t=other[tied].astype(str))


def test_a_case_computed_by_hand(of_columns, rng):
    # a triangle a b c with d at c: pairs 1 1 3 0, tied 1 1 1; a star has three pairs and none
    tail = of_columns(s=list("abac"), t=list("bccd"))
    star = of_columns(s=list("aaa"), t=list("bcd"))
    found = scores(tail, star, rng)
    assert found["transitivity"].value == pytest.approx(3 / 5)
    assert found["local clustering"].value == 1.0  # 1, 1 and 1/3 against 0
    assert found["transitivity"].details["original"].tolist() == [4, 5, 1, 0.6]
    assert found["local clustering"].details["original, share"].sum() == pytest.approx(1)


def test_triangles_are_those_of_networkx():
    graph = nx.karate_club_graph()
    start, end = np.array(graph.edges()).T
    closed, pairs = _counted(start, end)
    assert closed.tolist() == list(nx.triangles(graph).values())
    assert closed.sum() / pairs.sum() == pytest.approx(nx.transitivity(graph))


def test_order_repeats_loops_and_missing_ends_change_nothing(of_columns, rng):
    plain = of_columns(s=list("abac"), t=list("bccd"))
    untidy = of_columns(
        s=["b", "a", "c", "c", "d", "a", None, "a"], t=["a", "b", "b", "a", "c", "a", "b", None]
    )
    assert {s.value for s in scores(plain, untidy, rng).values()} == {0.0}


def test_a_copy_scores_zero_and_a_full_network_against_a_star_one(of_columns, rng):
    full = of_columns(s=list("aaabbc"), t=list("bcdcdd"))
    star = of_columns(s=list("aaa"), t=list("bcd"))
    assert {s.value for s in scores(full, full, rng).values()} == {0.0}
    assert {s.value for s in scores(full, star, rng).values()} == {1.0}


def test_rewiring_loses_the_triangles(of_columns, rng):
    original = groups(of_columns, rng)
    mixed = original.with_rows(
        original.rows.assign(t=rng.permutation(original.rows["t"].to_numpy()))
    )
    assert {s.standing for s in scores(original, mixed, rng, draws=16).values()} == {"worse"}


def test_most_networks_of_the_kind_are_within_the_fresh_sample_band(of_columns):
    inside = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        original, fresh, control = (groups(of_columns, rng) for _ in range(3))
        asked = {"draws": 16, "nulls": ["fresh-sample"], "control": control}
        found = scores(original, fresh, rng, **asked)["transitivity"]
        inside += found.value <= found.band(Null.FRESH_SAMPLE).high
    assert inside >= 7  # of 10, where 95 % are asked for: fewer have a chance of 0.001


def test_a_network_of_two_kinds_of_nodes_has_no_triangle(of_columns, rng):
    purchases = of_columns(s=list("aabb"), t=list("uvuv"))
    assert scores(purchases, purchases, rng)["transitivity"].details["original"].iloc[-1] == 0


def test_what_is_no_network_is_refused(of_columns, rng):
    loops = of_columns(s=list("ab"), t=list("ab"))
    with pytest.raises(GuideError, match="no row ties two nodes"):
        scores(loops, loops, rng)
    with pytest.raises(GuideError, match="a tie needs two columns"):
        scores(loops, loops, rng, target="s")
    with pytest.raises(GuideError, match="no column of the table"):
        scores(loops, loops, rng, source="nope")
