"""Facts about the inventory pages that are made from the cards."""

from __future__ import annotations

import pytest

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
