"""Facts about the inventory pages that are made from the cards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from guide_helpers.cards import Capabilities
from guide_helpers.catalogue import KINDS, entries
from guide_helpers.site import inventory


@pytest.mark.parametrize("kind", KINDS)
def test_every_entry_stands_in_the_table_and_tells_its_card(kind):
    table = "\n".join(inventory.overview(list(entries(kind).values())))
    assert entries(kind), f"there is no entry in {kind}"
    for slug, entry in entries(kind).items():
        assert f"[{entry.card.title}](#{inventory.label(kind, slug)})" in table
        text = "\n".join(inventory.told(entry))
        assert entry.card.summary in text
        for source in entry.card.sources:
            assert source in text
        for advice in entry.card.suits.values():
            assert advice.reason in text


@pytest.mark.parametrize("slug", entries("datasets"))
def test_a_data_set_that_can_be_loaded_is_not_called_missing(slug):
    assert "not part of the package" not in "\n".join(inventory.told(entries("datasets")[slug]))


def cells(kind, slug):
    """Return an entry's cells by the heads of the columns."""
    return cells_of(entries(kind)[slug])


def cells_of(entry):
    """Return the cells of an entry, or of a made-up one."""
    head, _, line = inventory.overview([entry])
    split = [[cell.strip() for cell in row.strip("| ").split("|")] for row in (head, line)]
    return dict(zip(*split, strict=True))


def test_a_line_of_the_table_tells_what_a_reader_filters_by():
    told = cells("methods", "dp_marginals")
    assert told["Formal privacy"] == "yes"
    assert told["Runs here"] == "yes"
    assert told["Takes"] == "one table; panels"
    told = cells("methods", "relational_diffusion")
    assert told["Runs here"] == "described"
    assert told["Takes"] == "linked tables"
    assert told["Formal privacy"] == "no"
    entry = entries("methods")["relational_diffusion"]
    without = replace(entry.card, capabilities=Capabilities(single=False))
    assert cells_of(replace(entry, card=without))["Takes"] == "no records"


def test_fit_stands_out_among_the_verdicts():
    told = cells("methods", "cart")
    assert told["Testing analysis"] == "**fit**"
    assert told["Public data release"] == "fit under conditions"


@pytest.mark.parametrize("kind", KINDS)
def test_the_menus_name_columns_of_the_table_and_none_of_free_text(kind):
    columns = list(inventory.COLUMNS[kind])
    numbers = [int(n) for n in inventory.filters(kind).split("-")[2:]]
    assert [columns[n - 1] for n in numbers] == [c for c in columns if c not in inventory.FREE]


def test_entries_that_run_come_first():
    runs = [e.runs for e in sorted(entries("methods").values(), key=inventory.place)]
    assert runs == sorted(runs, reverse=True)
    assert not all(runs)


def test_what_the_guide_only_describes_is_not_told_as_a_promise():
    for entry in entries("methods").values():
        names = [name for name, _ in inventory.facts(entry)]
        assert ("Promises" in names) is entry.runs
        assert ("Its sources claim" in names) is not entry.runs


def test_labels_have_hyphens_and_the_kind_in_front():
    assert inventory.label("methods", "gaussian_copula") == "method-gaussian-copula"
    assert inventory.label("datasets", "cps95") == "data-cps95"


def test_a_bar_in_a_text_does_not_end_its_cell():
    assert inventory.row(["a|b", "c"]) == "| a\\|b | c |"


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ((0, 1), "0 to 1"),
        ((0, None), "0 or more"),
        ((None, 0.5), "0.5 or less"),
        ((None, None), "any value"),
    ],
)
def test_ranges_are_told_in_words(ends, words):
    assert inventory.bounds(ends) == words
