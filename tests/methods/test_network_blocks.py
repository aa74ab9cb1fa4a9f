"""Facts about the block model of a network: what comes back, and what no aggregate holds."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, compare, generate
from guide_helpers.methods._network import Plan, Ties
from guide_helpers.methods._network_draw import Degrees, Recipe, faulty
from guide_helpers.methods.network_blocks import NetworkBlocks, _edges
from guide_helpers.schema import Dataset, Kind, Provenance, Schema, Variable

LEVELS = ("x", "y", "z")
BLOCK = dict(zip("abcdef", "xxyyzz", strict=True))


def schema(levels=LEVELS, *more):
    """Return the schema of ties between people whose blocks are public."""
    ends = [Variable(name, Kind.IDENTIFIER) for name in ("source", "target")]
    blocks = [
        Variable(name, Kind.CATEGORICAL, levels=tuple(levels), levels_from=Provenance.PUBLIC)
        for name in ("source_block", "target_block")
    ]
    return Schema((*ends, *blocks, *more))


def named(pairs, block, levels=LEVELS):
    """Return ties such as "ab" between nodes whose blocks are named."""
    rows = [(one, other, block[one], block[other]) for one, other in pairs]
    plan = schema(levels)
    return Dataset.of(pd.DataFrame(rows, columns=list(plan.names)), plan)


def numbered(pairs, block):
    """Return ties between nodes by number; `block` has the place of each node's block."""
    pairs = np.asarray(pairs)
    names = np.array([f"p{i}" for i in range(len(block))], dtype=object)
    of = np.array(LEVELS)[np.asarray(block)]
    ends = {"source": names[pairs[:, 0]], "target": names[pairs[:, 1]]}
    blocks = {"source_block": of[pairs[:, 0]], "target_block": of[pairs[:, 1]]}
    return Dataset.of(pd.DataFrame(ends | blocks), schema())


def model(rng, people=120, inside=0.2, between=0.02):
    """Draw a network of three blocks of one size."""
    one, other = np.triu_indices(people, 1)
    block = np.arange(people) % 3
    tied = rng.random(len(one)) < np.where(block[one] == block[other], inside, between)
    return numbered(np.column_stack([one, other])[tied], block)


def degrees(data):
    """Return the sorted degrees of a file's nodes."""
    return np.sort(pd.concat([data.rows["source"], data.rows["target"]]).value_counts())


def sound(data):
    """Tell whether no tie is there twice, none is of a node with itself, and blocks agree."""
    ends = np.sort(data.rows[["source", "target"]].to_numpy(), axis=1)
    both = pd.DataFrame(
        {
            "node": data.rows[["source", "target"]].to_numpy().T.ravel(),
            "block": pd.concat([data.rows["source_block"], data.rows["target_block"]]).to_numpy(),
        }
    )
    one_block = both.groupby("node")["block"].nunique().le(1).all()
    return (
        len(np.unique(ends, axis=0)) == len(ends) and (ends[:, 0] < ends[:, 1]).all() and one_block
    )


def made(data, **options):
    return generate(data, "network_blocks", **({"seed": 1} | options)).first


def read(data):
    return Ties.of(data, Plan.of(data, None, None, None))


def test_ties_are_read_once_without_loops_missing_ends_and_directions():
    data = named(["ab", "ba", "cc", "bc", "de"], BLOCK)
    rows = pd.concat([data.rows, data.rows.assign(target=None)], ignore_index=True)
    ties = read(data.with_rows(rows))
    assert sorted("".join(sorted(ties.labels[p])) for p in ties.pairs) == ["ab", "bc", "de"]
    assert dict(zip(ties.labels, ties.degrees(), strict=True)) == {
        **dict.fromkeys("acde", 1),
        "b": 2,
    }
    # pairs of x y z and missing: x-x, x-y, x-z, x-missing, y-y, y-z, ...
    assert ties.mixing().tolist() == [1, 1, 0, 0, 0, 1, 0, 0, 0, 0]


def test_classes_of_degrees_double_in_width():
    assert _edges(4, 3).tolist() == [1, 2, 3, 4, 5]
    assert _edges(4, 12).tolist() == [1, 2, 3, 4, 5, 7, 11, 19]


def test_a_class_keeps_its_mean_and_one_node_alone_keeps_its_degree():
    found = NetworkBlocks(exact=2)._classes(np.array([1, 1, 2, 3, 4, 40]))
    # 1, 2, 3 to 4 of mean 3.5, rounded to 4 at the end of the class, and one for the hub alone
    assert (found.low.tolist(), found.high.tolist()) == ([1, 2, 4, 40], [1, 2, 4, 40])
    assert found.weight.tolist() == [2, 1, 2, 1]


def test_ties_between_blocks_and_degrees_of_a_recipe_come_back(rng):
    hub = Degrees(np.array([1]), np.array([3]), np.array([1]))
    recipe = Recipe(np.array([500.0, 500.0]), (hub, hub), np.array([300, 400, 300]))
    pairs, block = recipe.draw(1_000, rng)
    found = np.bincount(block[pairs].sum(axis=1))
    assert found / 1_000 == pytest.approx([0.3, 0.4, 0.3], abs=0.06)
    assert not faulty(pairs).any()
    degree = np.bincount(pairs.ravel(), minlength=len(block))
    assert np.bincount(degree)[1:4] / 1_000 == pytest.approx([1 / 3] * 3, abs=0.07)
    assert degree.max() <= 5


def test_a_copy_has_as_many_ties_each_once_and_a_block_for_each_node(rng):
    data = model(rng)
    for n in (None, 1, 7, 2_000):
        copy = made(data, n=n)
        assert len(copy) == (n or len(data))
        assert sound(copy)


def test_names_of_nodes_are_never_copied(rng):
    copy = made(model(rng))
    assert set(copy.rows["source"]) | set(copy.rows["target"]) <= set(range(1, 200))


@pytest.mark.parametrize("n", [1, 3, 6])
def test_a_complete_network_has_no_room_and_is_drawn_all_the_same(n):
    copy = made(named(["ab", "ac", "ad", "bc", "bd", "cd"], BLOCK), n=n)
    assert len(copy) == n
    assert sound(copy)


def test_degrees_and_blocks_of_a_block_model_are_within_their_bands():
    ends = {"source": "source", "target": "target"}
    blocks = {"source_block": "source_block", "target_block": "target_block"}
    outside = []
    for seed in range(8):
        data = model(np.random.default_rng(seed))
        copy = made(data, seed=seed)
        asked = {"measures": "block_structure", "draws": 8, "seed": seed} | ends | blocks
        found = {s.variant: s for s in compare(data, copy, **asked)}
        assert degrees(copy).mean() == pytest.approx(degrees(data).mean(), rel=0.02)
        assert degrees(copy).std() == pytest.approx(degrees(data).std(), rel=0.2)
        outside.append(found["mixing"].standing == "worse")
    assert sum(outside) <= 2


def test_the_degree_of_a_hub_comes_back_and_is_to_be_seen():
    star = [(0, i) for i in range(1, 41)] + [(i, i + 1) for i in range(1, 60)]
    copy = made(numbered(star, np.zeros(70, dtype=int)))
    assert degrees(copy)[-1] >= 38


def test_triangles_of_small_groups_are_lost(rng):
    one, other = np.triu_indices(120, 1)
    tied = rng.random(len(one)) < np.where(one // 6 == other // 6, 0.8, 0.01)
    data = numbered(np.column_stack([one, other])[tied], np.arange(120) // 40)
    found = [
        nx.transitivity(nx.Graph(list(zip(d.rows["source"], d.rows["target"], strict=True))))
        for d in (data, made(data))
    ]
    assert found[0] > 0.4
    assert found[1] < 0.15


def test_other_columns_of_a_tie_depend_on_its_blocks(rng):
    data = model(rng)
    inside = data.rows["source_block"] == data.rows["target_block"]
    hours = Variable("hours", Kind.INTEGER, bounds=(0, 60), bounds_from=Provenance.PUBLIC)
    rows = data.rows.assign(hours=np.where(inside, 40, 5))
    copy = made(Dataset.of(rows, schema(("x", "y", "z"), hours))).rows
    same = copy["source_block"].astype(str) == copy["target_block"].astype(str)
    assert copy.loc[same, "hours"].mean() > 35
    assert copy.loc[~same, "hours"].mean() < 10


def test_missing_blocks_come_back_and_a_network_without_blocks_is_one(rng):
    data = model(rng)
    known = {n: data.rows[n].where(data.rows[n] != "z") for n in ("source_block", "target_block")}
    lost = data.rows.assign(**known)
    share = made(data.with_rows(lost)).rows["source_block"].isna().mean()
    assert share == pytest.approx(1 / 3, abs=0.08)
    plain = data.keep("source", "target")
    assert len(made(plain)) == len(data)


def test_a_table_without_nodes_is_drawn_by_trees(rng):
    data = Dataset.of(
        pd.DataFrame({"a": rng.choice(list("xy"), 60)}),
        Schema((Variable("a", Kind.CATEGORICAL),)),
    )
    assert len(made(data)) == 60


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"source": "nope"}, "no column 'nope'"),
        ({}, {"source": "target"}, "a tie needs two columns"),
        ({}, {"source": "source_block"}, "declare it an identifier"),
        ({}, {"blocks": ("source", "target")}, "so it names no blocks"),
        ({}, {"blocks": "source_block"}, "is not two columns"),
        ({}, {"exact": 0}, "exact=0 is not a whole number"),
        ({"target": "a"}, {}, "nothing to learn"),
        ({"source": "a"}, {}, "1 nodes have more than one block"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(change, options, message):
    data = named(["ab", "ac"], BLOCK)
    rows = data.rows.assign(**change)
    if "source" in change:
        rows["source_block"] = ["x", "y"]
    with pytest.raises(GuideError, match=message):
        made(data.with_rows(rows), **options)
