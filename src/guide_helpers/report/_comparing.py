"""Compare two release records: what changed between two versions of a file, or two files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.findings import Finding, State, limit_words
from guide_helpers.policy import Level
from guide_helpers.report._record import ReleaseRecord

FACTS = ("date", "use case", "mode", "label")


@dataclass(frozen=True)
class RecordDifference:
    """Two records side by side: the requirements, and the facts in which they differ."""

    requirements: pd.DataFrame
    facts: pd.DataFrame

    @property
    def changed(self) -> pd.DataFrame:
        """The requirements whose state is another."""
        return self.requirements[self.requirements["changed"]]

    def _repr_html_(self) -> str:
        parts = (self.facts, self.requirements)
        return "".join(p.reset_index().to_html(index=False, border=0) for p in parts)


def compare_records(
    first: ReleaseRecord | str | Path, second: ReleaseRecord | str | Path
) -> RecordDifference:
    """Return two records side by side; each is a record or the path of its JSON file."""
    one, two = _content(first), _content(second)
    return RecordDifference(_requirements(one, two), _facts(one, two))


def checks(records: Mapping[str, ReleaseRecord], level: Level = Level.MUST) -> pd.DataFrame:
    """Return one line for each check of a level, with its limit and what each record found.

    A cross marks what is not met. A check that does not apply to a record is empty there.
    """
    lines: dict[str, dict[str, str]] = {}
    for name, record in records.items():
        for found in record.findings:
            asked = found.requirement
            if asked.level is level and found.state is not State.NOT_APPLICABLE:
                line = lines.setdefault(asked.title, {"limit": _short(limit_words(asked))})
                line[name] = _marked(found)
    return pd.DataFrame.from_dict(lines, orient="index", columns=["limit", *records]).fillna("")


def _short(limit: str) -> str:
    """Return a limit without the null that it speaks of, which the policy names."""
    return limit.partition(" the mean of")[0].partition(" of the fresh")[0]


def _marked(found: Finding) -> str:
    value = found.value if found.requirement.kind == "attack" else found.value.partition(" (")[0]
    return (value or found.state.value) + ("" if found.state is State.MET else " ✗")


def _content(record: ReleaseRecord | str | Path) -> Mapping[str, Any]:
    if isinstance(record, ReleaseRecord):
        return record.content
    try:
        found = json.loads(Path(record).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise GuideError(f"{record} is no release record; give the .json file of one") from None
    if not isinstance(found, Mapping) or not {"requirements", "verdict"} <= set(found):
        raise GuideError(f"{record} is no release record; give the .json file of one")
    return found


def _requirements(one: Mapping[str, Any], two: Mapping[str, Any]) -> pd.DataFrame:
    lines = [{r["id"]: r for r in record["requirements"]} for record in (one, two)]
    names = list(dict.fromkeys([*lines[0], *lines[1]]))
    absent = {"title": "", "level": "not asked", "state": "not asked", "found": ""}
    pairs = [(name, *(side.get(name, absent) for side in lines)) for name in names]
    table = pd.DataFrame(
        [
            {
                "requirement": name,
                "title": a["title"] or b["title"],
                "first": a["state"],
                "second": b["state"],
                "found first": a["found"],
                "found second": b["found"],
                "changed": a["state"] != b["state"],
            }
            for name, a, b in pairs
        ]
    )
    return table.set_index("requirement")


def _facts(one: Mapping[str, Any], two: Mapping[str, Any]) -> pd.DataFrame:
    """Return the facts in which the records differ."""
    told = [_told(record) for record in (one, two)]
    lines = [
        {"fact": key, "first": told[0].get(key, ""), "second": told[1].get(key, "")}
        for key in told[0]
        if told[0].get(key) != told[1].get(key)
    ]
    return pd.DataFrame(lines, columns=["fact", "first", "second"]).set_index("fact")


def _told(record: Mapping[str, Any]) -> dict[str, str]:
    facts = {key: str(record[key]) for key in FACTS}
    return facts | {
        "verdict": str(record["verdict"]["state"]),
        "policy": f"{record['policy']['name']}, version {record['policy']['version']}",
        "method": str(record["method"]["title"]),
        "options": str(record["method"].get("options", {})),
        "privacy claim": str(record["privacy"].get("claim")),
        "decision": str(record["decision"]["decision"]),
    }
