"""The release record: results of one synthesis, as one page for people and one file for machines.

A record holds results only. No record of the original and no row of the synthetic file is in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guide_helpers.cards import UseCase, Verdict, plain
from guide_helpers.catalogue import entries
from guide_helpers.errors import GuideError
from guide_helpers.report._page import page
from guide_helpers.results import Comparison, Risk, Synthetic
from guide_helpers.writing import whole_file

WITH_CONTROL = "with a control file"
WITH_NEITHER = "with neither control file nor generator: excess not measurable"
NOT_COVERED = (
    "the scores and attacks in this record: they were computed from the original without noise, "
    "so publishing them is outside the claim"
)


@dataclass(frozen=True)
class ReleaseRecord:
    """What was done and measured, and what a person decided; `content` is plain JSON data."""

    content: Mapping[str, Any]

    def html(self) -> str:
        """Return the record as one self-contained page."""
        return page(self.content)

    def json(self) -> str:
        """Return the record for machines."""
        return json.dumps(self.content, indent=1, ensure_ascii=False)

    def save(self, path: str | Path) -> Path:
        """Write the page (.html) or the machine-readable file (.json), whole or not at all."""
        target = Path(path)
        if target.suffix not in (".html", ".json"):
            raise GuideError(f"{target} ends neither in .html nor in .json")
        with whole_file(target) as part:
            text = self.html() if target.suffix == ".html" else self.json()
            part.write_text(text, encoding="utf-8")
        return target

    def _repr_html_(self) -> str:
        return page(self.content, inside_notebook=True)


def build(
    synthetic: Synthetic,
    comparison: Comparison,
    risks: tuple[Risk, ...],
    *,
    use_case: UseCase,
    decision: str = "",
    reasons: str = "",
    signed_by: str = "",
) -> ReleaseRecord:
    """Return the record of a synthesis from its results."""
    method = entries("methods")[synthetic.method].card
    advice = method.suits.get(use_case)
    suits = f"{advice.verdict.value}: {plain(advice.reason)}" if advice else ""
    controlled = bool(risks) and all(r.control_targets for r in risks)
    content = {
        "record": "release record of a synthetic file",
        "use case": use_case.title,
        "mode": WITH_CONTROL if controlled else WITH_NEITHER,
        "method": {
            "title": method.title,
            "summary": method.summary,
            "options": {k: str(v) for k, v in synthetic.options.items()},
            "replaced variables": list(synthetic.synthesise or ["all"]),
            "advice for this use case": suits,
            "licence": method.licence,
        },
        "run": dict(synthetic.provenance),
        "privacy": _privacy(synthetic),
        "rules broken": _rules(synthetic),
        "measures": [_score(s) for s in comparison],
        "attacks": [_risk(r) for r in risks],
        "not measured": _not_measured(comparison, risks, use_case),
        "decision": {
            "decision": decision or "not taken yet",
            "reasons": reasons,
            "signed by": signed_by,
        },
    }
    return ReleaseRecord(content)


def _privacy(synthetic: Synthetic) -> dict[str, Any]:
    loss = synthetic.privacy
    if loss is None:
        return {"claim": "no formal privacy claim"}
    shown = {k: v for k, v in vars(loss).items() if k != "ledger"}
    ledger = [dict(vars(e)) for e in loss.ledger]
    return shown | {"ledger": ledger, "not covered": NOT_COVERED, "reading": loss.reading()}


def _rules(synthetic: Synthetic) -> dict[str, int]:
    """Count broken rules in the first copy; a statement about synthetic rows only."""
    counts = synthetic.first.violations()
    return {str(name): int(n) for name, n in counts.items()}


def _score(score: Any) -> dict[str, Any]:
    bands = [vars(b) | {"null": b.null.value} for b in score.bands]
    interval = None if score.interval is None else dict(vars(score.interval))
    return {
        "measure": score.name,
        "value": score.value,
        "interval": interval,
        "nulls": bands,
        "against its null": score.standing,
        "reading": score.reading(),
    }


def _risk(risk: Risk) -> dict[str, Any]:
    return {
        "attack": risk.card.title,
        "attacker knows": list(risk.knowledge),
        "result": {k: str(v) for k, v in risk.table_row().items()},
        "reading": risk.reading(),
    }


def _not_measured(comparison: Comparison, risks: tuple[Risk, ...], use_case: UseCase) -> list[str]:
    """Return the titles of what is fit for the use case and was not run."""
    done = {s.measure for s in comparison} | {r.attack for r in risks}
    every = [*entries("measures").items(), *entries("attacks").items()]
    return [
        e.card.title
        for slug, e in every
        if slug not in done and e.card.suits[use_case].verdict is Verdict.FIT
    ]
