"""A brief: its sentences are read and filled, and one that the runs do not bear out is refused."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from guide_helpers import __version__
from guide_helpers.briefs._layout import page
from guide_helpers.briefs._sources import Sources
from guide_helpers.errors import GuideError
from guide_helpers.policy import Policy, load_policy
from guide_helpers.writing import whole_file

ADVICE = ("do", "can")
"""The parts whose sentences somebody acts upon: what they rest on has to be supported."""
TELLS = re.compile(r"\{(?:held|bound|methods)\|([^{}|]+)\}")
PARTS = (*ADVICE, "cannot", "ask", "read")


@dataclass(frozen=True, repr=False)
class Brief:
    """What one kind of reader needs on one page; `content` is plain data, its words are filled."""

    reader: str
    content: Mapping[str, Any]

    def __repr__(self) -> str:
        """Return for whom it is; the rest is for `html()`."""
        return f"<Brief for: {self.content['reader']}>"

    def html(self) -> str:
        """Return the brief as one self-contained page, which prints on one sheet."""
        return page(self.content)

    def save(self, path: str | Path) -> Path:
        """Write the page, whole or not at all."""
        target = Path(path)
        if target.suffix != ".html":
            raise GuideError(f"{target} does not end in .html; a brief is a page")
        with whole_file(target) as part:
            part.write_text(self.html(), encoding="utf-8")
        return target

    def to_html(self) -> str:
        """Return the brief as a part of a notebook or of a page of the book."""
        return page(self.content, inside_notebook=True)

    _repr_html_ = to_html

    def rests_on(self) -> pd.DataFrame:
        """Return the claims of the guide that its sentences rest on, and how they fare."""
        lines = [
            {
                "stands under": self.content["headings"][part],
                "claim": found.claim.says,
                "holds in": f"{found.holds} of {found.runs} runs",
                "verdict": found.verdict,
            }
            for part, found in self.content["rests on"]
        ]
        return pd.DataFrame(lines).set_index("stands under")


def read(place: Path, policy: str | Path | Policy | None = None) -> Brief:
    """Return the brief whose sentences stand in a file."""
    told = tomllib.loads(place.read_text(encoding="utf-8"))
    sources = Sources(load_policy(policy))
    content: dict[str, Any] = {name: told[name] for name in ("reader", "title", "headings")}
    content["lead"] = sources.fill(told["lead"])
    for part in PARTS:
        content[part] = [_line(one, part, sources) for one in told[part]]
    cited = [(part, name) for part in PARTS for one in told[part] for name in _cited(one)]
    content["rests on"] = [(part, sources.finding(name)) for part, name in cited]
    content["numbers"] = _numbers(told["numbers"], sources)
    content["uses"] = _uses(told.get("uses", []), sources)
    content["made"] = (
        f"Made by `guide brief {place.stem}` (guide-helpers {__version__}) from runs of "
        f"{sources.of_date()} and the {sources.policy.name}, version {sources.policy.version}. "
        "Sentences that name runs hold in so many; the others are in the chapters named here, "
        "or are our judgement."
    )
    return Brief(place.stem, content)


def _line(told: Mapping[str, Any], part: str, sources: Sources) -> str:
    """Return one sentence, once the claims that it rests on are in the state that it says."""
    says, state = told["says"], told.get("state", "supported")
    if part in ADVICE and state != "supported":
        raise GuideError(f"{says!r} is advice, and advice cannot rest on a claim that is {state}")
    for name in _cited(told):
        found = sources.finding(name)
        if found.verdict != state:
            raise GuideError(
                f"{says!r} says that the claim {name!r} is {state}, and the runs say "
                f"{found.verdict} ({found.holds} of {found.runs}); correct the sentence"
            )
    return sources.fill(says)


def _cited(told: Mapping[str, Any]) -> list[str]:
    """Return the claims whose runs or numbers a sentence tells."""
    return list(dict.fromkeys(TELLS.findall(told["says"])))


def _numbers(told: Mapping[str, Any], sources: Sources) -> dict[str, Any]:
    """Return the lines of the table: a method, and its answers to each question."""
    questions = [one["question"] for one in told["columns"]]
    return {
        "says": sources.fill(told["says"]),
        "questions": questions,
        "heads": [sources.fill(one["head"]) for one in told["columns"]],
        "rows": [sources.row(method, questions) for method in told["methods"]],
    }


def _uses(wanted: list[str], sources: Sources) -> dict[str, Any]:
    """Return of each use case what the policy says, in the columns that a reader needs."""
    lines = [(title, [said[head] for head in wanted]) for title, said in sources.uses()]
    return {"heads": wanted, "rows": lines} if wanted else {}
