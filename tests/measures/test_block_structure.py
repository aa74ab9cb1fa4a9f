"""Blocks of a network: ties between them counted by hand, block models of known truth, nulls."""

from __future__ import annotations

import numpy as np
import pytest

from guide_helpers import GuideError
from guide_helpers.cards import Null
from guide_helpers.measures.block_structure import block_structure

ENDS = {"source": "s", "target": "t", "source_block": "a", "target_block": "b"}


def scores(original, synthetic, rng, **options):
    asked = ENDS | {"draws": 2} | options
    return {s.variant: s for s in block_structure(original, synthetic, rng=rng, **asked)}


def ties(of_columns, pairs, block):
    """Return ties such as "ab" between nodes whose blocks are named."""
    ends = [list(end) for end in zip(*pairs, strict=True)]
    blocks = [[block[n] for n in end] for end in ends]
    return of_columns(s=ends[0], t=ends[1], a=blocks[0], b=blocks[1])


def model(of_columns, rng, inside=0.2, between=0.02, people=120):
    """Draw a network of three blocks of one size: ties within are likelier than between."""
    one, other = np.triu_indices(people, 1)
    block = np.array(list("xyz"))[np.arange(people) % 3]
    tied = rng.random(len(one)) < np.where(block[one] == block[other], inside, between)
    one, other = one[tied], other[tied]
    return of_columns(s=one.astype(str), t=other.astype(str), a=block[one], b=block[other])


def test_a_case_computed_by_hand(of_columns, rng):
    # a b c in x, d e in y: x-x 2, x-y 1, y-y 1 against x-x 1, x-y 3, y-y 0
    block = dict(zip("abcde", "xxxyy", strict=True))
    old = ties(of_columns, ["ab", "bc", "cd", "de"], block)
    new = ties(of_columns, ["ab", "ad", "be", "cd"], block)
    found = scores(old, new, rng)
    assert found["mixing"].value == pytest.approx(2 / 4)
    # shares in the own block: 1 1 1/2 1/2 1 against 1/2 1/2 0 0 0
    assert found["own block"].value == pytest.approx(3 / 5)
    table = found["mixing"].details.set_index("blocks")
    assert table["original, share of ties"].to_dict() == {
        "x - x": 0.5,
        "x - y": 0.25,
        "y - y": 0.25,
    }
    assert found["own block"].details["original, share of nodes"].tolist() == [0, 0, 0.4, 0, 0.6]


def test_order_directions_repeats_loops_and_missing_ends_change_nothing(of_columns, rng):
    block = dict(zip("abcd", "xxyy", strict=True)) | {None: None}
    plain = ties(of_columns, ["ab", "bc", "cd"], block)
    untidy = ties(of_columns, ["dc", "ba", "ab", "cc", ("a", None), "cb"], block)
    assert {s.value for s in scores(plain, untidy, rng).values()} == {0.0}


def test_a_missing_block_is_a_block_of_its_own(of_columns, rng):
    known = ties(of_columns, ["ab", "bc"], {"a": "x", "b": "x", "c": "y"})
    lost = ties(of_columns, ["ab", "bc"], {"a": "x", "b": "x", "c": None})
    assert scores(known, lost, rng)["mixing"].value == 0.5


def test_a_copy_scores_zero_and_ties_within_against_ties_between_score_one(of_columns, rng):
    block = dict(zip("abcd", "xxyy", strict=True))
    within = ties(of_columns, ["ab", "cd"], block)
    between = ties(of_columns, ["ac", "bd"], block)
    assert {s.value for s in scores(within, within, rng).values()} == {0.0}
    assert {s.value for s in scores(within, between, rng).values()} == {1.0}


def test_mixing_right_and_nodes_wrong_is_seen_by_the_second_variant_alone(of_columns, rng):
    # half of the ties stay at home: either at every node, or all at half of the nodes
    block = dict(zip("abcdefgh", "xxxxyyyy", strict=True))
    even = ties(of_columns, ["ab", "cd", "ef", "gh", "ae", "bf", "cg", "dh"], block)
    split = ties(of_columns, ["ab", "ba", "ef", "cg", "dh", "ch", "ab", "ef"], block)
    found = scores(even, split, rng)
    assert found["mixing"].value == pytest.approx(0.1)  # 2, 4, 2 of 8 against 1, 3, 1 of 5
    assert found["own block"].value == 0.5


def test_ties_drawn_without_a_look_at_blocks_are_worse_than_the_null(of_columns, rng):
    original = model(of_columns, rng)
    order = rng.permutation(len(original))
    moved = original.rows[["t", "b"]].iloc[order].reset_index(drop=True)
    mixed = original.with_rows(original.rows.assign(t=moved["t"], b=moved["b"]))
    assert {s.standing for s in scores(original, mixed, rng, draws=16).values()} == {"worse"}


def test_most_networks_of_the_model_are_within_both_bands(of_columns):
    fresh, correct = [], []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        original, other, control = (model(of_columns, rng) for _ in range(3))
        asked = {"draws": 16, "nulls": ["fresh-sample"], "control": control}
        found = scores(original, other, rng, **asked)
        fresh.append([s.value <= s.band(Null.FRESH_SAMPLE).high for s in found.values()])
        correct.append([s.value <= 2**0.5 * s.band().high for s in found.values()])
    # of 12, where 95 % are asked for: fewer than 9 have a chance of 0.002
    assert (np.sum(fresh, axis=0) >= 9).all()
    assert (np.sum(correct, axis=0) >= 9).all()


def test_what_is_no_network_is_refused(of_columns, rng):
    loops = ties(of_columns, ["aa", "bb"], {"a": "x", "b": "y"})
    with pytest.raises(GuideError, match="no row ties two nodes"):
        scores(loops, loops, rng)
    with pytest.raises(GuideError, match="a tie needs two columns"):
        scores(loops, loops, rng, target="s")
    with pytest.raises(GuideError, match="source_block='nope' is no column"):
        scores(loops, loops, rng, source_block="nope")
