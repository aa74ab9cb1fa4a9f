"""Facts about private networks: bounds by node proved on many networks, units, and audits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate
from guide_helpers.methods._audit import empirical_epsilon, questions, twins
from guide_helpers.methods._network import Plan, Ties
from guide_helpers.methods._network_bounds import (
    bounded,
    bounded_degrees,
    bounded_mixing,
    falling,
    in_order,
    smoothed,
)
from guide_helpers.methods.dp_network import DpNetwork, _edges
from guide_helpers.schema import Dataset, Kind, Provenance, Schema, Variable

PUBLIC = Provenance.PUBLIC
LEVELS = ("x", "y", "z")
ENDS = ("source", "target")
BLOCKS = ("source_block", "target_block")
TIES = Schema(
    (
        *(Variable(name, Kind.IDENTIFIER) for name in ENDS),
        *(Variable(n, Kind.CATEGORICAL, levels=LEVELS, levels_from=PUBLIC) for n in BLOCKS),
    )
)


def numbered(pairs, block):
    """Return ties between nodes by number; `block` has the place of each node's block."""
    pairs = np.asarray(pairs).reshape(-1, 2)
    names = np.array([f"p{i}" for i in range(len(block))], dtype=object)
    of = np.array(LEVELS)[np.asarray(block)]
    columns = dict(zip(ENDS, names[pairs].T, strict=True))
    columns |= dict(zip(BLOCKS, of[pairs].T, strict=True))
    return Dataset.of(pd.DataFrame(columns), TIES)


def network(rng, people=60, chance=0.15, hub=False):
    """Draw a network of three blocks; node 0 is tied to nearly everybody where it is a hub."""
    one, other = np.triu_indices(people, 1)
    tied = rng.random(len(one)) < np.where((one == 0) & hub, 0.8, chance)
    return numbered(np.column_stack([one, other])[tied], np.arange(people) % 3)


def without(data, node):
    """Return the file without a node and all its ties."""
    there = (data.rows["source"] == node) | (data.rows["target"] == node)
    return data.with_rows(data.rows[~there].reset_index(drop=True))


def read(data):
    return Ties.of(data, Plan.of(data, None, None, None))


def by_name(data, most, seed):
    """Return the kept degree of each node by its name, and the kept ties between blocks."""
    ties = read(data)
    order = in_order(ties, np.random.default_rng(seed))
    degree = bounded_degrees(ties, order, most)
    return pd.Series(degree, ties.labels), bounded_mixing(ties, order, most)


def made(data, **options):
    return generate(data, "dp_network", **({"seed": 1} | options)).first


def most_partners(data):
    return int(pd.concat([data.rows[n] for n in ENDS]).value_counts().max())


@pytest.mark.parametrize("most", [1, 2, 5, 100])
def test_ties_bounded_in_rounds_are_those_bounded_one_by_one(most, rng):
    for _ in range(5):
        pairs = rng.permutation(np.argwhere(np.triu(rng.random((30, 30)) < 0.3, 1)))
        room, expected = np.full(30, most), []
        for one, other in pairs:
            expected.append(bool(room[one] and room[other]))
            room[[one, other]] -= expected[-1]
        assert bounded(pairs, most, 30).tolist() == expected


def test_the_order_of_ties_does_not_change_when_a_node_leaves(rng):
    full = network(rng, hub=True)
    less = without(full, "p7")
    lists = []
    for data in (full, less):
        ties = read(data)
        order = in_order(ties, np.random.default_rng(5))
        lists.append([frozenset(ties.labels[p]) for p in ties.pairs[order]])
    assert [pair for pair in lists[0] if "p7" not in pair] == lists[1]


@pytest.mark.parametrize("most", [1, 3, 8])
def test_a_node_moves_degrees_of_others_by_at_most_its_own_kept_degree(most):
    for seed in range(30):
        full = network(np.random.default_rng(seed), hub=True)
        node = "p0" if seed % 2 else f"p{seed}"
        here, mixed = by_name(full, most, seed)
        there, other = by_name(without(full, node), most, seed)
        others = here.drop(node).index
        gap = (here[others] - there.reindex(others).fillna(0)).abs().sum()
        assert gap <= here[node] <= most
        assert np.abs(mixed - other).sum() <= 4 * most


def test_falling_degrees_are_cut_and_filled_up():
    found = falling([np.array([1, 5, 3]), np.array([2])], np.array([2, 3]))
    assert found.tolist() == [5, 3, 2, 0, 0]


def test_smoothing_makes_numbers_fall():
    assert smoothed(np.array([5, 1, 3, 0])).tolist() == [5, 2, 2, 0]


def test_classes_of_degrees_end_at_the_bound():
    assert _edges(10).tolist() == [1, 2, 3, 4, 6, 9, 11]
    assert _edges(1).tolist() == [1, 2]


@pytest.mark.parametrize("delta", [0.0, 1e-6], ids=["pure", "zcdp"])
def test_a_tie_changes_no_answer_by_more_than_its_sensitivity_and_some_by_all_of_it(delta):
    reached = {}
    for seed in range(12):
        full = network(np.random.default_rng(seed), people=30, chance=0.05)
        less = full.with_rows(full.rows.drop(index=seed % len(full)).reset_index(drop=True))
        make = lambda: DpNetwork(epsilon=500.0, delta=delta)  # noqa: E731
        for question, change in twins(make, full, less, seed=seed):
            assert change <= question.sensitivity
            reached[question.what] = max(reached.get(question.what, 0), change)
    assert set(reached.values()) == {1.0, 2.0}
    assert len(reached) == 3


@pytest.mark.parametrize("delta", [0.0, 1e-6], ids=["pure", "zcdp"])
def test_a_node_changes_no_answer_by_more_than_its_sensitivity(delta):
    share = []
    for seed in range(12):
        full = network(np.random.default_rng(seed), hub=True, chance=0.05)
        make = lambda: DpNetwork(level="node", most_ties=4, delta=delta)  # noqa: E731
        found = twins(make, full, without(full, "p0"), seed=seed)
        assert len(found) == 2
        assert all(change <= q.sensitivity for q, change in found)
        share.append(max(change / q.sensitivity for q, change in found))
    assert max(share) > 0.5


def test_a_node_changes_answers_about_ties_by_more_than_what_hides_a_tie():
    full = network(np.random.default_rng(1), hub=True)
    make = lambda: DpNetwork(epsilon=500.0)  # noqa: E731
    found = twins(make, full, without(full, "p0"), seed=1)
    assert min(change / q.sensitivity for q, change in found) > 0
    assert max(change / q.sensitivity for q, change in found) > 30


@pytest.mark.parametrize("level", ["edge", "node"])
def test_the_loss_names_the_unit_and_the_ledger_spends_the_budget(level, rng):
    data = network(rng)
    loss = generate(data, "dp_network", level=level, epsilon=2.0, release=True).privacy
    unit = {"edge": "one tie", "node": "one node with all its ties"}[level]
    assert loss.unit == unit
    assert f"(2, 0)-differential privacy for {unit}, add-or-remove-one" in loss.claim
    assert loss.spent == pytest.approx(2.0)
    asked, _ = questions(DpNetwork(level=level), data, seed=1)
    assert [e.what for e in loss.ledger] == [q.what for q in asked]


def test_a_known_number_of_ties_comes_back_exactly(rng):
    data = network(rng)
    assert len(made(data, n_public=True)) == len(data)


def test_with_a_huge_budget_blocks_and_degrees_come_back(rng):
    data = network(rng, people=90)
    for level in ("edge", "node"):
        copy = made(data, level=level, epsilon=1e4, most_ties=40)
        assert len(copy) == len(data)
        old, new = read(data), read(copy)
        assert np.abs(old.mixing() - new.mixing()).sum() <= 4
        assert np.sort(new.degrees()) == pytest.approx(np.sort(old.degrees()), abs=6)


def test_more_budget_gives_better_ties_between_blocks(rng):
    data = network(rng, people=90)
    truth = read(data).mixing() / len(data)
    for level in ("edge", "node"):
        errors = []
        for epsilon in (0.2, 50.0):
            copies = [made(data, level=level, epsilon=epsilon, seed=s, n=400) for s in range(4)]
            errors.append(np.mean([np.abs(read(c).mixing() / 400 - truth).sum() for c in copies]))
        assert errors[1] < errors[0] / 3


def test_a_bound_on_ties_cuts_the_hub_off(rng):
    data = network(rng, hub=True, chance=0.05)
    assert most_partners(data) > 35
    assert most_partners(made(data, level="edge", epsilon=100.0)) > 30
    assert most_partners(made(data, level="node", epsilon=1e4, most_ties=8)) < 20


def test_other_columns_of_ties_are_counted_for_ties_and_refused_for_nodes(rng):
    data = network(rng)
    kind = Variable("kind", Kind.CATEGORICAL, levels=("a", "b"), levels_from=PUBLIC)
    rows = data.rows.assign(kind=np.where(rng.random(len(data)) < 0.8, "a", "b"))
    more = Dataset.of(rows, Schema((*TIES.variables, kind)))
    assert (made(more, epsilon=20.0).rows["kind"] == "a").mean() == pytest.approx(0.8, abs=0.08)
    with pytest.raises(GuideError, match="keeps no columns of ties"):
        made(more, level="node")


def test_repeated_rows_of_a_tie_are_one_unit(rng):
    data = network(rng)
    twice = data.with_rows(pd.concat([data.rows, data.rows], ignore_index=True))
    answers = [[q.truth.tolist() for q in questions(DpNetwork(), d, seed=1)[0][:2]]
               for d in (data, twice)]  # fmt: skip
    assert answers[0] == answers[1]


def test_a_file_without_ties_is_drawn_from_noise_and_not_told_apart_by_a_refusal():
    empty = numbered([(0, 0)], [0])
    for level in ("edge", "node"):
        assert len(made(empty, level=level)) >= 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"level": "person"}, "no level 'person'; known: edge, node"),
        ({"most_ties": 0}, "most_ties=0 is not a whole number"),
        ({"level": "node", "n_public": True}, "no unit of level='node'"),
        ({"source": "nope"}, "no column 'nope'"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message, rng):
    with pytest.raises(GuideError, match=message):
        made(network(rng), **options)


def test_a_table_without_nodes_has_no_node_level():
    schema = Schema((Variable("a", Kind.CATEGORICAL, levels=("u", "v"), levels_from=PUBLIC),))
    table = Dataset.of(pd.DataFrame({"a": ["u", "v"] * 20}), schema)
    assert len(made(table, n_public=True)) == 40
    with pytest.raises(GuideError, match="level='node' needs ties"):
        made(table, level="node")


# Audits of the whole method: is the canary to be seen in the file?
RUNS = 60


def hits(data, event, seed, **options):
    """Count the files in which the event, named before the runs, happens."""
    found = 0
    for rng in np.random.default_rng(seed).spawn(RUNS):
        method = DpNetwork(**options).fit(data, rng=rng)
        found += event(method.sample(method.default_size_, rng=rng))
    return found


def hub_seen(copy):
    return most_partners(copy) >= 25


def seen(full, less, event, **options):
    counts = [hits(d, event, i, **options) for i, d in enumerate((full, less))]
    return empirical_epsilon(*counts, RUNS)


def test_audit_a_node_is_seen_at_the_level_of_ties_and_not_at_that_of_nodes():
    full = network(np.random.default_rng(3), hub=True, chance=0.05)
    less = without(full, "p0")
    # the claim for a tie is kept, and it is none for a node with forty of them
    assert seen(full, less, hub_seen, epsilon=2.0) > 2.0
    assert seen(full, less, hub_seen, epsilon=2.0, level="node", most_ties=5) <= 2.0


def test_audit_a_tie_between_two_blocks_that_have_no_other_stays_under_the_claim():
    pairs = [(i, i + 3) for i in range(57)]
    block = np.arange(60) % 3
    full, less = numbered([*pairs, (0, 1)], block), numbered(pairs, block)

    def crossing(copy):
        ends = copy.rows[list(BLOCKS)].astype(str)
        return bool((ends.min(axis=1).eq("x") & ends.max(axis=1).eq("y")).any())

    assert seen(full, less, crossing, epsilon=1.0) <= 1.0
    assert seen(full, less, crossing, epsilon=60.0) > 1.0
