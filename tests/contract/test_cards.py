"""The contract of every card: nothing empty, every source known, one card a module."""

from __future__ import annotations

import re
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from guide_helpers import GuideError, catalogue, inventory, recommend
from guide_helpers.cards import (
    AttackCard,
    DatasetCard,
    MeasureCard,
    MethodCard,
    Status,
    UseCase,
)
from guide_helpers.catalogue import KINDS, entries, find

ROOT = Path(__file__).resolve().parents[2]
CARDS = {
    "datasets": DatasetCard,
    "methods": MethodCard,
    "measures": MeasureCard,
    "attacks": AttackCard,
}
ENTRIES = [entry for kind in KINDS for entry in entries(kind).values()]
CITED = re.compile(r"\{cite(?::[a-z]+)?\}`([^`]+)`")
MAY_BE_EMPTY = {"used_by", "new_source", "requires", "needs", "suits"}
each = pytest.mark.parametrize("entry", ENTRIES, ids=[f"{e.kind}/{e.slug}" for e in ENTRIES])
implemented = [e for e in ENTRIES if e.runs]


@pytest.fixture(scope="module")
def known_sources():
    text = "".join(p.read_text("utf-8") for p in (ROOT / "book").glob("references*.bib"))
    return set(re.findall(r"^\s*@\w+\{\s*([^,\s]+)\s*,", text, flags=re.MULTILINE))


@pytest.fixture
def fresh_catalogue():
    """Let the inventory be read anew, before and after."""
    catalogue._walk.cache_clear()
    yield
    catalogue._walk.cache_clear()


@each
def test_a_card_is_of_its_kind_and_leaves_nothing_empty(entry):
    assert isinstance(entry.card, CARDS[entry.kind])
    for field in fields(entry.card):
        value = getattr(entry.card, field.name)
        if isinstance(value, str | tuple) and field.name not in MAY_BE_EMPTY:
            assert value, field.name
        if isinstance(value, tuple):
            assert all(v is None or not isinstance(v, str) or v.strip() for v in value)


@each
def test_a_summary_is_one_sentence(entry):
    assert entry.card.summary.endswith(".")
    assert ". " not in entry.card.summary
    assert not entry.card.title.endswith(".")


@each
def test_every_source_is_in_the_bibliography(entry, known_sources):
    cited = {k.strip() for keys in CITED.findall(repr(entry.card)) for k in keys.split(",")}
    origin = set(entry.card.origin) if entry.kind == "methods" else set()
    assert set(entry.card.sources) | cited | origin <= known_sources


@each
def test_every_use_case_has_advice(entry):
    if entry.kind == "datasets":
        assert entry.card.use_cases
        return
    assert set(entry.card.suits) == set(UseCase)
    assert all(advice.reason for advice in entry.card.suits.values())


@each
def test_an_entry_has_a_file_of_tests(entry):
    folder = ROOT / "tests" / entry.kind
    assert entry.kind == "datasets" or (folder / f"test_{entry.slug}.py").is_file()


@pytest.mark.parametrize("slug", list(entries("methods")))
def test_a_method_in_use_says_by_whom_with_a_source(slug):
    card = find("methods", slug).card
    assert (card.status is Status.IN_USE) == bool(card.used_by)
    assert not card.used_by or CITED.search(card.used_by)


@pytest.mark.parametrize("slug", list(entries("measures")))
def test_bounds_of_a_measure_are_in_order(slug):
    low, high = find("measures", slug).card.bounds
    assert low is None or high is None or low < high


@pytest.mark.parametrize("entry", implemented, ids=lambda e: f"{e.kind}/{e.slug}")
def test_a_deleted_card_is_caught_by_name(entry, monkeypatch, fresh_catalogue):
    monkeypatch.delattr(entry.implementation, "card")
    with pytest.raises(GuideError, match=rf"{entry.kind}/{entry.slug}\.py has 0 cards"):
        entries(entry.kind)


def test_a_module_without_a_card_or_with_two_is_caught_by_name():
    with pytest.raises(GuideError, match=r"methods/bare\.py has 0 cards"):
        catalogue._read("methods", "bare", ModuleType("guide_helpers.methods.bare"))
    twice = ModuleType("guide_helpers.methods.twice")
    card = find("methods", "cart").card
    for name in ("One", "Two"):
        made = type(name, (), {"card": card, "__module__": twice.__name__})
        setattr(twice, name, made)
    with pytest.raises(GuideError, match=r"methods/twice\.py has 2 cards"):
        catalogue._read("methods", "twice", twice)


@pytest.mark.parametrize("kind", KINDS)
def test_the_inventory_lists_every_module_of_the_folder(kind):
    folder = Path(import_module(f"guide_helpers.{kind}").__path__[0])
    modules = {p.stem for p in folder.glob("*.py") if not p.stem.startswith("_")}
    assert set(entries(kind)) == modules == set(inventory(kind).index)


@pytest.mark.parametrize("use_case", list(UseCase), ids=lambda u: u.value)
def test_every_method_is_ranked_for_every_use_case(use_case):
    assert set(recommend(use_case).index) == set(entries("methods"))
