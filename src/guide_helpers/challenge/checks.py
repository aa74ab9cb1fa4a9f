"""The checks of a challenge: what everybody knows, and what the host has drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from guide_helpers.challenge.scoring import scored
from guide_helpers.challenge.setting import Check
from guide_helpers.errors import GuideError
from guide_helpers.schema import Dataset, Variable

PUBLIC = (
    Check("single", "Are single columns alike?", "marginal_distance", variant="1-way"),
    Check("pairs", "Are tables of two columns alike?", "marginal_distance", variant="2-way"),
    Check("numbers", "Are numbers related alike?", "correlation_difference", variant="Spearman"),
    Check("apart", "Can a model tell the files apart?", "propensity_mse"),
    Check("rules", "Are rules broken?", "rule_violations"),
    Check("uniques", "Do unique people come back?", "replicated_uniques"),
)
"""Each can be computed by a participant, who has the training file."""
ATTACKS = (
    Check("attribute", "Can a secret be guessed?", "attribute_inference", kind="attack"),
    Check("class", "Can a secret be claimed?", "class_inference", kind="attack"),
    Check("closest", "Does a near record show who was in?", "closest_distance", kind="attack"),
    Check("density", "Does density show who was in?", "relative_density", kind="attack"),
)
"""Each needs people who were not in the training file, whom the host alone has."""
TREE = Check("trees", "Can a tree tell the files apart?", "propensity_tree")
NEAR = 0.1
"""A guess of a number is right within so many standard deviations of the training file."""
GROUPS = 6
"""Levels of a variable that can be an outcome's group, at most."""
TERMS = 3
"""Terms of the drawn regression."""


def chosen(training: Dataset, control: Dataset, rng: np.random.Generator) -> tuple[Check, ...]:
    """Return the checks of a data set: the known ones, and hidden ones drawn for this challenge.

    What cannot be computed on these data (no rule, no secret) is left out.
    """
    made = (*_table(training, rng), *_regression(training, rng), *_groups(training, rng))
    drawn = [TREE, *made, *(_fixed(c, training) for c in ATTACKS)]
    every = [*PUBLIC, *(replace(c, hidden=True) for c in drawn)]
    return tuple(c for c in every if _runs(c, training, control, rng))


def _fixed(check: Check, training: Dataset) -> Check:
    """Return an attack whose yardstick is the training file's.

    How near a guess has to be is otherwise taken from the synthetic file, and one wild value in
    it would make every guess right, or none.
    """
    secrets = [training.schema[n] for n in training.sensitive]
    if check.name != "attribute_inference" or not secrets or not secrets[0].numeric:
        return check
    values = training.rows[secrets[0].name]
    spread = float(values[~values.isin(list(secrets[0].special))].std())
    within = {"within": float(f"{NEAR * spread:.3g}")} if spread > 0 else {}
    return replace(check, options=within)


def _runs(check: Check, training: Dataset, control: Dataset, rng: np.random.Generator) -> bool:
    """Whether a check can be computed, tried on records drawn again."""
    if check.name == "rule_violations" and not training.schema.statements:
        return False
    again = training.with_rows(training.rows.sample(len(training), replace=True, random_state=rng))
    try:
        return scored(check, training, (again,), control, seed=0)["value"] is not None
    except GuideError:
        return False


def _table(training: Dataset, rng: np.random.Generator) -> Iterator[Check]:
    """Yield a table of two columns, drawn at random."""
    table = _draw([v.name for v in training.schema.modelled if _term(v)], 2, rng)
    yield Check(
        "table",
        "Does a drawn table come out?",
        "table_reproduction",
        variant="within error",
        options={"table": table},
    )


def _regression(training: Dataset, rng: np.random.Generator) -> Iterator[Check]:
    """Yield a regression of one numeric variable on others, drawn at random."""
    outcomes = [v.name for v in training.schema.modelled if v.numeric]
    if not outcomes:
        return
    outcome = str(rng.choice([v for v in training.sensitive if v in outcomes] or outcomes))
    ruled = set().union(*(s.columns for s in training.schema.statements if outcome in s.columns))
    others = [v.name for v in training.schema.modelled if _term(v) and v.name not in ruled]
    terms = _draw([n for n in others if n != outcome], TERMS, rng)
    if terms:
        options: dict[str, Any] = {"formula": f"{outcome} ~ {' + '.join(terms)}"}
        yield Check(
            "regression", "Does a drawn regression come out?", "ci_overlap", options=options
        )


def _groups(training: Dataset, rng: np.random.Generator) -> Iterator[Check]:
    """Yield means of one variable in the groups of another, drawn at random."""
    groups = [v.name for v in training.schema.modelled if v.discrete]
    for group in _draw(groups, 1, rng):
        outcomes = [v.name for v in training.schema.modelled if v.name != group]
        options = {"variable": _draw(outcomes, 1, rng)[0], "groups": group}
        yield Check("groups", "Are drawn groups alike?", "subgroup_means", options=options)


def _term(v: Variable) -> bool:
    return v.numeric or (v.discrete and len(v.levels or ()) <= GROUPS)


def _draw(names: Sequence[str], n: int, rng: np.random.Generator) -> list[str]:
    if not names:
        return []
    return [names[i] for i in sorted(rng.permutation(len(names))[:n])]
