"""Facts about sources: every key that is cited exists, and none is there twice."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from guide_helpers.catalogue import KINDS, entries

CITED = re.compile(r"\{cite(?::[a-z]+)?\}`([^`]+)`")


@pytest.fixture(scope="module")
def keys(root):
    text = (root / "book" / "references.bib").read_text("utf-8")
    return Counter(re.findall(r"^\s*@\w+\{\s*([^,\s]+)\s*,", text, flags=re.MULTILINE))


def cited(text):
    return {key.strip() for group in CITED.findall(text) for key in group.split(",")}


def test_every_key_cited_in_a_chapter_exists(chapters, keys):
    missing = {name: sorted(cited(text) - set(keys)) for name, text in chapters.items()}
    assert {name: lost for name, lost in missing.items() if lost} == {}


def test_every_key_cited_in_a_notebook_exists(notebooks, keys):
    texts = {
        name: "\n".join("".join(c["source"]) for c in notebook["cells"])
        for name, notebook in notebooks.items()
    }
    missing = {name: sorted(cited(text) - set(keys)) for name, text in texts.items()}
    assert {name: lost for name, lost in missing.items() if lost} == {}


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_on_a_card_exists(kind, keys):
    missing = {
        slug: sorted((set(entry.card.sources) | cited(repr(entry.card))) - set(keys))
        for slug, entry in entries(kind).items()
    }
    assert {slug: lost for slug, lost in missing.items() if lost} == {}


def test_no_key_is_there_twice(keys):
    assert [key for key, times in keys.items() if times > 1] == []
