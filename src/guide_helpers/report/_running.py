"""Run what a policy requires on the files of a release."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from guide_helpers.catalogue import Entry, find
from guide_helpers.errors import GuideError
from guide_helpers.findings import Evidence, unlike
from guide_helpers.policy import Effort, Level, Requirement, UseCasePolicy
from guide_helpers.progress import progress
from guide_helpers.report._files import Files, part, said_part
from guide_helpers.results import Synthetic
from guide_helpers.schema import Data, LinkedTables

NO_CONTROL = (
    "it needs a control file of people who are not in the original, or the method; "
    "split the original with hold_out() before it is synthesised"
)


@dataclass
class Found:
    """Results by the id of their requirement, and why others are not there."""

    scores: dict[str, Any] = field(default_factory=dict)
    risks: dict[str, Any] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    parts: dict[str, str] = field(default_factory=dict)


def run(
    policy: UseCasePolicy,
    effort: Effort,
    files: Files,
    options: Mapping[str, Any],
    *,
    seed: int,
    synthetic: Synthetic | None,
    show: bool,
    without_control: str = "",
) -> tuple[Evidence, Mapping[str, str]]:
    """Return the evidence for a policy, and what was measured on a random part only."""
    found, done = Found(), {}
    asked = [r for r in policy.requirements if r.kind != "check" and _asked(r, files.original)]
    for requirement in progress(asked, "checks of the policy") if show else asked:
        key = _key(requirement)
        if key not in done:
            done[key] = _outcome(requirement, effort, files, options, seed, without_control)
        _keep(found, requirement, *done[key])
    evidence = Evidence(
        scores_of=found.scores,
        risks_of=found.risks,
        refused=found.refused,
        synthetic=synthetic,
        copies=len(files.copies),
        data=files.original,
    )
    return evidence, found.parts


def _asked(requirement: Requirement, data: Data) -> bool:
    return requirement.level is not Level.NOT_APPLICABLE and not unlike(requirement, data)


def _key(asked: Requirement) -> tuple[Any, ...]:
    """Return what two requirements share that one run answers."""
    return asked.kind, asked.name, repr(sorted(asked.options.items())), asked.null, asked.units


def _keep(found: Found, asked: Requirement, result: Any, refused: str, part: str) -> None:
    kept = found.scores if asked.kind == "measure" else found.risks
    kept[asked.id] = result
    if refused:
        found.refused[asked.id] = refused
    if part:
        found.parts[asked.id] = part


def _outcome(
    asked: Requirement,
    effort: Effort,
    files: Files,
    options: Mapping[str, Any],
    seed: int,
    without_control: str,
) -> tuple[tuple[Any, ...], str, str]:
    """Return the results of a requirement, or none and the reason; and the part that was used."""
    if asked.kind == "attack" and files.outsiders is None:
        return (), without_control or NO_CONTROL, ""
    entry = find(f"{asked.kind}s", asked.name)
    most = min(asked.units or effort.units_at_most, effort.units_at_most)
    try:
        mine = _options(entry, asked, options)
        work = _measured if asked.kind == "measure" else _attacked
        result, part = work(asked, files, mine, most, effort.copies_at_most, seed)
    except GuideError as problem:
        return (), str(problem), ""
    return result, "", part


def _options(entry: Entry, asked: Requirement, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of the policy and those that the caller gave and the entry knows."""
    known = known_options(entry)
    mine = dict(asked.options) | {k: v for k, v in given.items() if k in known}
    if asked.null is not None and "nulls" in known:
        mine["nulls"] = (asked.null,)
    if lacking := [n for n in entry.card.needs if n not in mine]:
        needed = " and ".join(f"{n}=..." for n in lacking)
        raise GuideError(f"it needs {needed}, which nobody gave")
    return mine


def _measured(
    asked: Requirement, files: Files, options: dict[str, Any], most: int, copies: int, seed: int
) -> tuple[tuple[Any, ...], str]:
    from guide_helpers.verbs import compare

    rng = np.random.default_rng(seed)
    original, *rest = (part(d, most, rng) for d in (files.original, *files.copies[:copies]))
    control = None if files.control is None else part(files.control, most, rng)
    scores = compare(original, rest, measures=[asked.name], control=control, seed=seed, **options)
    return tuple(scores), said_part(files.original, original)


def _attacked(
    asked: Requirement, files: Files, options: dict[str, Any], most: int, copies: int, seed: int
) -> tuple[tuple[Any, ...], str]:
    from guide_helpers.verbs import attack

    assert files.outsiders is not None  # _outcome has looked
    rng = np.random.default_rng(seed)
    entry = find("attacks", asked.name)
    n = min(most, files.members.n_units, files.outsiders.n_units)
    same = entry.card.same_size_control
    members = part(files.members, n if same else most, rng)
    outsiders = part(files.outsiders, n if same else most, rng)
    table = files.members.root if isinstance(files.members, LinkedTables) else None
    risk = attack(
        _first(files.attacked, copies),
        original=members,
        control=outsiders,
        attack=asked.name,
        table=table,
        seed=seed,
        **options,
    )
    return (risk,), said_part(files.members, members)


def _first(attacked: Synthetic | tuple[Data, ...], copies: int) -> Synthetic | tuple[Data, ...]:
    if isinstance(attacked, Synthetic):
        return replace(attacked, copies=attacked.copies[:copies])
    return attacked[:copies]


def known_options(entry: Entry) -> set[str]:
    """Return the options that a measure or an attack knows."""
    parameters = inspect.signature(entry.implementation).parameters  # type: ignore[arg-type]
    if entry.kind == "measures":
        named = {n for n, p in parameters.items() if p.kind is p.KEYWORD_ONLY}
        return named - {"rng", "control"}
    return (set(parameters) | {"knowledge"}) - {"groups"}  # measures take several, attacks one


def options_of(policy: UseCasePolicy) -> set[str]:
    """Return the options that some measure or attack of the policy knows."""
    entries = (find(f"{r.kind}s", r.name) for r in policy.requirements if r.kind != "check")
    return set().union(*map(known_options, entries))
