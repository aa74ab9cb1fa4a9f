"""The contract of every card: nothing empty, every source known, one card a module."""

from __future__ import annotations

import re
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from guide_helpers import GuideError, catalogue, generate, inventory, recommend
from guide_helpers.cards import (
    AttackCard,
    DatasetCard,
    MeasureCard,
    MethodCard,
    Status,
    UseCase,
    cited,
    plain,
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
described = [e for e in ENTRIES if e.kind == "methods" and not e.runs]


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


@pytest.mark.parametrize("entry", implemented, ids=lambda e: f"{e.kind}/{e.slug}")
def test_an_entry_that_runs_has_a_file_of_tests(entry):
    folder = ROOT / "tests" / entry.kind
    assert (folder / f"test_{entry.slug}.py").is_file()


@pytest.mark.parametrize("entry", described, ids=lambda e: e.slug)
def test_a_described_method_is_refused_in_one_sentence_that_names_a_way_out(entry, plain):
    with pytest.raises(GuideError) as caught:
        generate(plain, entry.slug, seed=1)
    words = str(caught.value)
    assert words.startswith(f"{entry.slug!r} is described in the guide, not part of the package")
    assert entry.card.implementation in words
    assert "\n" not in words
    assert len(words) < 300


@pytest.mark.parametrize("entry", described, ids=lambda e: e.slug)
def test_a_described_method_names_no_package_as_if_it_ran_here(entry):
    assert not entry.card.requires
    assert not entry.card.capabilities.in_browser
    assert "guide_helpers" not in entry.card.implementation


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


@pytest.mark.parametrize("use_case", list(UseCase), ids=lambda u: u.value)
def test_described_methods_come_after_all_that_run(use_case, plain):
    for advice in (recommend(use_case), recommend(use_case, plain)):
        words = advice["can take the data"]
        mere = [entry.slug for entry in described]
        assert sorted(advice.index[-len(mere) :]) == sorted(mere)
        assert (words[mere] == "described, not part of the package").all()
        assert not words.drop(mere).str.contains("described").any()


def test_a_refusal_offers_only_methods_that_run(panel):
    with pytest.raises(GuideError) as caught:
        generate(panel, "copula", seed=1)
    offered = str(caught.value).split("methods that can: ")[1].split(" and ")[0].split(", ")
    assert offered
    assert all(find("methods", slug).runs for slug in offered)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("tao2021", "Tao et al. 2021"),
        ("destatis2022,bls_nls", "Destatis 2022; U.S. Bureau of Labor Statistics n.d."),
        ("drechsler_reiter2011", "Drechsler and Reiter 2011"),
        ("kunsch1989", "Künsch 1989"),
    ],
)
def test_a_source_without_the_books_roles_is_author_and_year(keys, said):
    assert cited(keys) == said
    assert plain(f"so {{cite:p}}`{keys}`") == f"so ({said})"
