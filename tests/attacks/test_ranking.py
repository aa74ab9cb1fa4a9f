"""Attacks rank a method that copies above one that does not: trees with leaves of 1 and of 50.

Ten syntheses each, since a statement about a method needs the variance between them.
"""

from __future__ import annotations

import numpy as np
import pytest

from guide_helpers import attack, generate, load
from guide_helpers.cards import GeneratorKnowledge, Goal
from guide_helpers.catalogue import entries

PEOPLE = 4_000
SYNTHESES = 10
RANKED = (Goal.IDENTITY, Goal.ATTRIBUTE, Goal.SINGLING_OUT, Goal.MEMBERSHIP)
ALONE = "singling_out"
"""One value alone comes from a real donor whatever the leaf: both files single out as much."""


def asked():
    """Return every attack of the ranked goals, with options where it needs or has some."""
    for slug, entry in entries("attacks").items():
        threat = entry.card.threat
        if threat.goal not in RANKED or threat.generator is GeneratorKnowledge.ORACLE:
            continue
        options = {"shadows": 10} if threat.generator is GeneratorKnowledge.BLACK_BOX else {}
        yield pytest.param(slug, options, id=slug)
        if slug == "attribute_inference":
            yield pytest.param(slug, {"sensitive": "capital_gain", "within": 0}, id=f"{slug}, sums")
        if slug == "relative_density":
            yield pytest.param(slug, {"reference": True}, id=f"{slug}, with a reference")


@pytest.fixture(scope="module")
def groups():
    """Original, control and the attacker's own sample: three parts of Adult without overlap."""
    adult = load("adult")
    adult = adult.keep(*[n for n in adult.schema.names if n not in ("weight", "part")])
    order = np.random.default_rng(20221).permutation(len(adult))
    return [adult.take_units(order[i * PEOPLE : (i + 1) * PEOPLE]) for i in range(3)]


@pytest.fixture(scope="module")
def files(groups):
    """Ten syntheses with each leaf."""
    return {
        leaf: generate(groups[0], "cart", m=SYNTHESES, seed=5, min_leaf=leaf) for leaf in (1, 50)
    }


def excess(slug, file, groups, options):
    """Return the excess of each synthesis, or of each two where the attack looks at several."""
    original, control, sample = groups
    card = entries("attacks")[slug].card
    game = {"original": original, "control": control, "attack": slug}
    if "reference" in card.needs or "reference" in options:
        options = options | {"reference": sample}
    if card.joint_copies:
        pairs = [file.copies[i : i + 2] for i in range(0, SYNTHESES, 2)]
        each = [attack(pair, **game, **options).excess for pair in pairs]
    else:
        each = [one.excess for one in attack(file, **game, **options).by_copy]
    return np.array([0.0 if e is None else e.value for e in each])


@pytest.mark.validation
@pytest.mark.parametrize(("slug", "options"), list(asked()))
def test_small_leaves_rank_above_large_ones(slug, options, groups, files, record_property):
    found = {leaf: excess(slug, file, groups, options) for leaf, file in files.items()}
    error = float(np.sqrt(sum(e.var(ddof=1) / len(e) for e in found.values())))
    gap = float(found[1].mean() - found[50].mean())
    for leaf, each in found.items():
        record_property(f"excess with leaves of {leaf}", f"{each.mean():.4f}")
    record_property("difference", f"{gap:.4f} ± {error:.2g}")
    if slug == ALONE:
        assert abs(gap) < 4 * error
    else:
        assert gap > 4 * error
