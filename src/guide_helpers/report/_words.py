"""What a record tells in plain words: its verdict, the note for users, the catalogue entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from guide_helpers.cards import plain
from guide_helpers.catalogue import find
from guide_helpers.findings import Finding, State
from guide_helpers.policy import Level, UseCasePolicy

LATER = "to be filled in by the office"
MEETS = "meets every must"
MISSES = "misses a must"
INCOMPLETE = "a must is not shown"


def verdict(findings: Sequence[Finding], deviations: Mapping[str, str]) -> dict[str, Any]:
    """Return what stands at the top: which checks that must be passed are missed or not shown."""
    musts = [f for f in findings if f.must and f.state is not State.NOT_APPLICABLE]
    by_state = {
        state: [f.requirement.id for f in musts if f.state is state]
        for state in (State.MISSED, State.UNDECIDED, State.NOT_MEASURED)
    }
    missed, *open_ = by_state.values()
    state = MISSES if missed else INCOMPLETE if any(open_) else MEETS
    return {
        "state": state,
        "sentence": _top(state, musts, by_state, deviations),
        **{s.value: ids for s, ids in by_state.items()},
        "musts": len(musts),
        "shoulds missed": [
            f.requirement.id
            for f in findings
            if f.requirement.level is Level.SHOULD and f.state is State.MISSED
        ],
    }


def _top(
    state: str,
    musts: Sequence[Finding],
    by_state: Mapping[State, list[str]],
    deviations: Mapping[str, str],
) -> str:
    if state == MEETS:
        return f"Meets all {len(musts)} checks that must be passed. A person decides, not the list."
    titles = {f.requirement.id: f.requirement.title for f in musts}
    parts = [
        f"{len(ids)} {'is' if len(ids) == 1 else 'are'} {found.value}: "
        f"{'; '.join(titles[i] for i in ids)}."
        for found, ids in by_state.items()
        if ids
    ]
    parts[0] = f"Of {len(musts)} checks that must be passed, {parts[0]}"
    allowed = [i for ids in by_state.values() for i in ids if i in deviations]
    parts += [f"A deviation is justified below for: {', '.join(allowed)}."] if allowed else []
    return " ".join(parts)


def user_note(
    policy: UseCasePolicy, method: str | None, top: Mapping[str, Any], name: str
) -> dict[str, Any]:
    """Return one page for those who get the file, in plain words."""
    made = "How it was made is not recorded here."
    if method is not None:
        card = find("methods", method).card
        made = f"It was made by the method “{card.title}”: {plain(card.summary)}"
    checks = {
        MEETS: f"Before it was handed out, it passed all {top['musts']} checks of the office.",
        MISSES: "Draft: this file misses a check of the office. Do not hand it out with this note.",
        INCOMPLETE: "Draft: not all checks of the office are shown. Do not hand it out yet.",
    }
    return {
        "title": f"About the synthetic file made from {name}",
        "label": policy.label,
        "what it is": f"This file is synthetic: a computer drew its records. {made}",
        "what it is for": policy.use,
        "what was meant to be kept": policy.preserve,
        "what to remember": list(policy.users_are_told),
        "what was checked": checks[top["state"]],
        "whom to ask": LATER,
    }


def catalogue_entry(
    policy: UseCasePolicy, name: str, date: str, variables: Sequence[str]
) -> dict[str, Any]:
    """Return fields for a catalogue, in the words of DCAT and Dublin Core."""
    return {
        "@type": "dcat:Dataset",
        "dct:title": f"{name}, synthetic",
        "dct:description": policy.label,
        "dct:type": "synthetic data",
        "dct:issued": date,
        "dct:creator": LATER,
        "dct:publisher": LATER,
        "dcat:contactPoint": LATER,
        "dct:source": f"{name}; the original is confidential",
        "dct:accessRights": policy.may_leak,
        "dct:license": LATER,
        "dcat:keyword": ["synthetic", policy.use_case.value, *variables],
        "dcat:version": LATER,
    }
