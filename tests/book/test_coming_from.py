"""Facts about the page that translates from other tools: what it names exists."""

from __future__ import annotations

import re
from dataclasses import fields
from inspect import signature
from pathlib import Path

import pytest

import guide_helpers
from guide_helpers import figures
from guide_helpers.catalogue import entries
from guide_helpers.methods import _parametric, _step

PAGE = Path(__file__).resolve().parents[2] / "book" / "appendix" / "coming_from.md"
OTHER = {"entity", "time"}
"""Words of a data set, not options."""


def ours():
    """Return the code of the second column of the tables."""
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    found = [re.split(r"(?<!\\)\|", line)[2] for line in lines if not line.startswith("|-")]
    return [code for cell in found for code in re.findall(r"`([^`]+)`", cell)]


def known_options():
    made = [e.implementation for e in entries("methods").values() if e.runs]
    verbs = [getattr(guide_helpers, name) for name in guide_helpers.__all__ if name.islower()]
    measures = [e.implementation for e in entries("measures").values()]
    names = {field.name for method in made for field in fields(method)}
    return names.union(OTHER, *(signature(f).parameters for f in (*verbs, *measures)))


def test_every_option_on_the_page_exists():
    asked = {name for code in ours() for name in re.findall(r"\b(\w+)=(?!=)", code)}
    assert {"models", "visit", "predictors", "derived", "linked", "weights", "wide"} <= asked
    assert asked <= known_options()


def test_every_call_on_the_page_exists():
    calls = {name for code in ours() for name in re.findall(r"(?<![\w.])(\w+)\(", code)}
    assert calls <= set(guide_helpers.__all__)
    for name in re.findall(r"`figures\.(\w+)`", PAGE.read_text("utf-8")):
        assert hasattr(figures, name)


@pytest.mark.parametrize("verb", ["generate", "attack", "measures="])
def test_methods_attacks_and_measures_on_the_page_run(verb):
    kind, pattern = {
        "generate": ("methods", r'generate\(data, "(\w+)"'),
        "attack": ("attacks", r'attack="(\w+)"'),
        "measures=": ("measures", r'measures="(\w+)"'),
    }[verb]
    named = set(re.findall(pattern, PAGE.read_text("utf-8")))
    assert named
    assert all(entries(kind)[slug].runs for slug in named)


def test_the_words_for_models_are_those_of_the_package():
    text = PAGE.read_text("utf-8")
    table = text[text.index("The words for `method`") : text.index("## From sdcMicro")]
    words = {w for line in table.splitlines() for w in re.findall(r'`"(\w+)"`', line)}
    assert words == {*_step.TREES, *_parametric.MODELS}
