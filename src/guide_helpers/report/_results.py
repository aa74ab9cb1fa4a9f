"""Scores and risks as the JSON data of a record, texts about the data shielded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from guide_helpers.cards import Aspect, Verdict
from guide_helpers.catalogue import entries
from guide_helpers.findings import Evidence, banded
from guide_helpers.policy import UseCasePolicy
from guide_helpers.report._protection import Shield
from guide_helpers.results import Risk, Score


def every(evidence: Evidence) -> tuple[list[Score], list[Risk]]:
    """Return every score and risk once, in the order in which they were asked for."""
    scores = [*evidence.scores, *(s for each in evidence.scores_of.values() for s in each)]
    risks = [*evidence.risks, *(r for each in evidence.risks_of.values() for r in each)]
    return list({id(s): s for s in scores}.values()), list({id(r): r for r in risks}.values())


def score(found: Score, shield: Shield) -> dict[str, Any]:
    """Return a score with its unit, its nulls and its reading."""
    bands = [
        {k: number(v) for k, v in vars(b).items() if k != "null"} | {"null": b.null.value}
        for b in found.bands
    ]
    interval = None if found.interval is None else shield.plain(vars(found.interval))
    return {
        "measure": shield.text(found.name),
        "slug": found.measure,
        "about": "risk" if found.card.aspect is Aspect.RISK else "utility",
        "unit": found.card.unit,
        "value": number(found.value),
        "interval": interval,
        "nulls": bands,
        "against its null": found.standing if banded(found) else "no band",
        "reading": _reading(found, shield),
    }


def _reading(found: Score, shield: Shield) -> dict[str, str]:
    """Return the reading, also of a score whose band could not be drawn."""
    if banded(found):
        said = found.reading()
    else:
        value = f"{found.name}: {found.value:.4g}; no band can be drawn. {found.note}"
        card = found.card
        said = {
            "value": value.strip(),
            "if you make the file": card.reading_maker,
            "if you use the file": card.reading_user,
            "it cannot say": card.cannot_see,
        }
    return said | {"value": shield.text(said["value"])}


def risk(found: Risk, shield: Shield) -> dict[str, Any]:
    """Return what an attack found, with its control group and its reading; small counts hidden."""
    return {
        "attack": found.card.title,
        "slug": found.attack,
        "table": found.table,
        "attacker knows": list(found.knowledge),
        "result": {k: str(_shown(v, shield)) for k, v in found.table_row().items()},
        "reading": {k: shield.text(v) if k == "value" else v for k, v in found.reading().items()},
    }


def _shown(value: object, shield: Shield) -> object:
    return shield.count(value) if isinstance(value, int) else value


def number(x: Any) -> Any:
    """Return a number that JSON can hold, None for one without a value."""
    return None if isinstance(x, float) and not math.isfinite(x) else x


def not_measured(scores: Sequence[Score], risks: Sequence[Risk], case: UseCasePolicy) -> list[str]:
    """Return the titles of what is fit for the use case and was not run."""
    done = {s.measure for s in scores} | {r.attack for r in risks}
    known = [*entries("measures").items(), *entries("attacks").items()]
    return [
        e.card.title
        for slug, e in known
        if slug not in done and e.card.suits[case.use_case].verdict is Verdict.FIT
    ]
