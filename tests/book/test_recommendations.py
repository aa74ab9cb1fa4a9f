"""Facts about advice: every line that recommends something says what it rests on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from guide_helpers.evidence.claims import claims

BOOK = Path(__file__).resolve().parents[2] / "book"
CHAPTERS = sorted([*(BOOK / "wp2_methods").glob("*.md"), *(BOOK / "wp3_measures").glob("*.md")])
BECAUSE = re.compile(r"^\|.*\|\s*Because\s*\|.*$", re.M)
RESTS = re.compile(r"\{glue:text\}|\{cite:[pt]\}|\]\([^)]+\)|our judgement", re.I)
WHOLE = re.compile(r"\n\nThe verdicts are our judgement, which rests on the numbers of this page")


def tables(text):
    """Return the lines of each table of advice, those with a reason, and what stands below it."""
    for head in BECAUSE.finditer(text):
        below = text[head.end() :].lstrip("\n")
        lines = below.splitlines()[1:]
        stop = next((i for i, line in enumerate(lines) if not line.startswith("|")), len(lines))
        yield lines[:stop], "\n" + "\n".join(lines[stop:])


def test_the_tables_of_advice_are_found():
    found = {c.stem: list(tables(c.read_text(encoding="utf-8"))) for c in CHAPTERS}
    assert sum(bool(t) for t in found.values()) >= 10
    assert sum(len(lines) for lines, _ in found["recommendations"]) == 17


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_no_line_of_advice_stands_without_evidence_literature_or_the_word_judgement(chapter):
    for lines, below in tables(chapter.read_text(encoding="utf-8")):
        bare = [line for line in lines if not RESTS.search(line)]
        assert not bare or WHOLE.match(below), "\n".join(bare)


@pytest.mark.parametrize("claim", claims().values(), ids=lambda c: c.id)
def test_every_claim_of_the_recommendations_is_told_with_its_runs(claim):
    """The page of evidence tells all claims; the recommendations tell those they rest on."""
    page = (BOOK / "wp2_methods" / "recommendations.md").read_text(encoding="utf-8")
    told = f"::claim_{claim.id.replace('-', '_')}:" in page
    assert told or claim.page != "book/wp2_methods/recommendations"
