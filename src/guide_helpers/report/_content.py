"""Put a release record together: plain JSON data, every text about the records shielded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from guide_helpers.cards import Rung, plain
from guide_helpers.catalogue import entries
from guide_helpers.findings import Evidence, Finding, limit_words
from guide_helpers.policy import Policy, UseCasePolicy
from guide_helpers.report._data import described
from guide_helpers.report._protection import Shield, tables_of
from guide_helpers.report._results import every, not_measured, risk, score
from guide_helpers.report._words import catalogue_entry, user_note, verdict
from guide_helpers.results import Synthetic
from guide_helpers.schema import Data

FORMAT = "guide-helpers release record 1"
WITH_CONTROL = "with a control file"
WITH_GENERATOR = (
    "with the generator: the original was split in halves, the method was run again on one of "
    "them, and what it made was attacked. The attacks speak of the method, not of this file"
)
WITH_NEITHER = "with neither control file nor generator: excess not measurable"
NOT_COVERED = (
    "the scores and attacks in this record: they were computed from the original without noise, "
    "so publishing them is outside the claim"
)


@dataclass(frozen=True)
class Decision:
    """What a person decided, why, and which deviations from the policy are justified."""

    decision: str = ""
    reasons: str = ""
    signed_by: str = ""
    deviations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Made:
    """The synthetic file and how it was made, as far as it is known."""

    copies: tuple[Data, ...]
    synthetic: Synthetic | None = None
    method: str | None = None
    told: bool = False
    """True where the author of the record named the method, and no result of generate() did."""


def content(
    policy: Policy,
    case: UseCasePolicy,
    made: Made,
    evidence: Evidence,
    findings: Sequence[Finding],
    decided: Decision,
    *,
    mode: str,
    original: Data | None,
    run: Mapping[str, Any],
    parts: Mapping[str, str],
    shield: Shield,
) -> dict[str, Any]:
    """Return the whole record."""
    top = verdict(findings, decided.deviations)
    data = original if original is not None else made.copies[0]
    date = dt.datetime.now(dt.UTC).date().isoformat()
    name = data.name or "the original"
    variables = [v.name for t in tables_of(data) for v in t.schema.modelled]
    scores, risks = every(evidence)
    return {
        "record": "release record of a synthetic file",
        "format": FORMAT,
        "date": date,
        "use case": case.use_case.title,
        "verdict": top,
        "mode": mode,
        "policy": _policy(policy, case),
        "decision": {
            "decision": decided.decision or "not taken yet",
            "reasons": decided.reasons,
            "signed by": decided.signed_by,
        },
        "deviations": [
            {"requirement": name, "justification": words}
            for name, words in sorted(decided.deviations.items())
        ],
        "label": case.label,
        "requirements": [_requirement(f, parts, decided) for f in findings],
        "data": described(data, shield, made.synthetic) if original is not None else {},
        "method": _method(made, case, shield),
        "run": dict(run),
        "privacy": _privacy(made.synthetic),
        "rules broken": _rules(made),
        "measures": [score(s, shield) for s in scores if s.card.rung is not Rung.SUBGROUPS],
        "subgroups": [score(s, shield) for s in scores if s.card.rung is Rung.SUBGROUPS],
        "attacks": [risk(r, shield) for r in risks],
        "not measured": not_measured(scores, risks, case),
        "catalogue entry": catalogue_entry(case, name, date, variables),
        "user note": user_note(case, made.method, top, name),
    }


def _policy(policy: Policy, case: UseCasePolicy) -> dict[str, Any]:
    return {
        "name": policy.name,
        "version": policy.version,
        "use case": case.use_case.value,
        "who asks": case.who_asks,
        "what for": case.use,
        "must be preserved": case.preserve,
        "may leak": case.may_leak,
        "may be overridden by": case.override_by,
        "smallest count shown": policy.effort.smallest_count,
    }


def _requirement(finding: Finding, parts: Mapping[str, str], decided: Decision) -> dict[str, Any]:
    asked = finding.requirement
    return {
        "id": asked.id,
        "title": asked.title,
        "level": asked.level.value,
        "state": finding.state.value,
        "limit": limit_words(asked),
        "quantity": asked.quantity.value,
        "found": finding.value,
        "sentence": finding.sentence,
        "measured by": asked.name,
        "part": parts.get(asked.id, ""),
        "why": asked.why,
        "source": asked.source,
        "deviation": decided.deviations.get(asked.id, ""),
    }


def _method(made: Made, case: UseCasePolicy, shield: Shield) -> dict[str, Any]:
    if made.method is None:
        return {"title": "not known", "summary": "The record does not know how the file was made."}
    card = entries("methods")[made.method].card
    advice = card.suits.get(case.use_case)
    told = made.synthetic
    return {
        "title": card.title,
        "summary": plain(card.summary),
        "named by": "the author of the record" if made.told else "the run that made the file",
        "options": shield.plain(dict(told.options)) if told is not None else {},
        "replaced variables": list(told.synthesise or ["all"])
        if told is not None
        else ["not known"],
        "advice for this use case": (
            f"{advice.verdict.value}: {plain(advice.reason)}" if advice else ""
        ),
        "weaknesses": [plain(w) for w in card.weaknesses],
        "licence": card.licence,
    }


def _privacy(synthetic: Synthetic | None) -> dict[str, Any]:
    loss = synthetic.privacy if synthetic is not None else None
    if loss is None:
        return {"claim": "no formal privacy claim"}
    shown = {k: v for k, v in vars(loss).items() if k != "ledger"}
    ledger = [dict(vars(e)) for e in loss.ledger]
    return shown | {"ledger": ledger, "not covered": NOT_COVERED, "reading": loss.reading()}


def _rules(made: Made) -> dict[str, int]:
    """Count broken rules in the first copy; a statement about synthetic rows only."""
    counts = made.copies[0].violations()
    words = {n: ", ".join(n) if isinstance(n, tuple) else str(n) for n in counts.index}
    return {words[name]: int(n) for name, n in counts.items()}
