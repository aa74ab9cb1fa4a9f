"""Facts about the tables that say when a measure or an attack applies."""

from __future__ import annotations

import pytest

from guide_helpers.cards import Aspect
from guide_helpers.catalogue import entries
from guide_helpers.site import applicability
from guide_helpers.site.inventory import label


def links(table):
    return [part.partition(")")[0] for part in "\n".join(table).split("](#")[1:]]


@pytest.mark.parametrize("aspect", list(Aspect), ids=lambda a: a.name.lower())
def test_every_measure_stands_once_in_the_table_of_its_aspect(aspect):
    table = list(applicability.ladder(aspect))
    every = {s: e for s, e in entries("measures").items() if e.card.aspect is aspect}
    assert sorted(links(table)) == sorted(label("measures", s) for s in every)
    for entry in every.values():
        (line,) = (text for text in table if text.startswith(f"- **{entry.card.title}**"))
        assert entry.card.cannot_see in line


@pytest.mark.parametrize("maker", [applicability.attacks, applicability.threats])
def test_every_attack_stands_once_in_the_table_and_in_the_grid(maker):
    expected = [label("attacks", slug) for slug in entries("attacks")]
    assert sorted(links(maker())) == sorted(expected)


def test_the_steps_come_in_the_order_of_the_ladder():
    lines = "\n".join(applicability.utility())
    steps = [lines.find(f"**{word}.**") for word in ("Tables", "Whole file", "Analyses")]
    assert -1 not in steps
    assert steps == sorted(steps)


@pytest.mark.parametrize("maker", ["utility", "risk", "attacks", "threats"])
def test_every_line_of_a_table_has_as_many_cells_as_its_head(maker):
    width = 0
    for line in getattr(applicability, maker)():
        if not line.startswith("|"):
            width = 0
            continue
        cells = line.replace("\\|", "").count("|")
        width = width or cells
        assert cells == width
