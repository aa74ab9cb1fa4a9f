"""Which measure or attack suits which file, and the grid of threat models: from the cards alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from guide_helpers.cards import (
    Aspect,
    DataKind,
    DataKnowledge,
    GeneratorKnowledge,
    Goal,
    Rung,
    Synthesis,
    ThreatModel,
    UseCase,
)
from guide_helpers.catalogue import Entry, entries
from guide_helpers.site.inventory import label, row, verdict

if TYPE_CHECKING:
    from sphinx.application import Sphinx


USUAL = "as for any file"
USES = ("Public release", "Analysis", "Education", "Technology")
"""The use cases in their order, in words that leave room for the other columns."""


class Applicability(SphinxDirective):
    """Tables that say when an entry applies.

    Usage: a fence `{applicability} utility` (or `risk`, `attacks`, `threats`).
    """

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the tables."""
        wanted = self.arguments[0]
        makers = {"utility": utility, "risk": risk, "attacks": attacks, "threats": threats}
        if wanted not in makers:
            raise self.error(f"no table of {wanted!r}; known: {', '.join(makers)}")
        table = nodes.container(classes=["guide-applicability"])
        text = StringList(list(makers[wanted]()), source="cards")
        self.state.nested_parse(text, self.content_offset, table)
        return [table]


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("applicability", Applicability)


def utility() -> Iterator[str]:
    """Yield one table for each step of the ladder of utility."""
    yield from ladder(Aspect.UTILITY)


def risk() -> Iterator[str]:
    """Yield one table for each step of the measures of disclosure risk."""
    yield from ladder(Aspect.RISK)


def ladder(aspect: Aspect) -> Iterator[str]:
    """Yield, step by step, the question and the measures that answer it."""
    for rung in Rung:
        found = [e for e in on(rung) if e.card.aspect is aspect]
        if found:
            yield from (f"**{rung.value.capitalize()}.** {rung.asks}", "")
            yield from measures(found)
            yield ""


def on(rung: Rung) -> list[Entry]:
    """Return the measures of a step, by title."""
    found = [e for e in entries("measures").values() if e.card.rung is rung]
    return sorted(found, key=lambda e: e.card.title.lower())


def measures(found: list[Entry]) -> Iterator[str]:
    """Yield a table of measures, the file, the copies, the data and the use, then the limits."""
    yield from head(["Measure", "File", "Copies", "Data", *USES])
    for entry in found:
        copies = "m together" if entry.card.joint_copies else "one at a time"
        yield row([link(entry), files(entry), copies, shapes(entry.card.data), *verdicts(entry)])
    yield from limits(found)


def attacks() -> Iterator[str]:
    """Yield a table of attacks, the file, the control, the copies and the use, then the limits."""
    known = sorted(entries("attacks").values(), key=lambda e: e.card.title.lower())
    yield from head(["Attack", "File", "Control", "Copies", *USES])
    for entry in known:
        copies = "m together" if entry.card.joint_copies else "one at a time"
        size = "of the original's size" if entry.card.same_size_control else "any size"
        yield row([link(entry), files(entry), size, copies, *verdicts(entry)])
    yield from limits(known)


def limits(found: list[Entry]) -> Iterator[str]:
    """Yield, folded away, what each entry cannot see and what privacy noise changes."""
    yield from ("", "::::{dropdown} What they cannot see, and with differential privacy", "")
    for entry in found:
        yield f"- **{entry.card.title}** cannot see: {entry.card.cannot_see}."
        if entry.card.under_privacy != USUAL:
            yield f"  With differential privacy: {entry.card.under_privacy}."
    yield from ("", "::::", "")


def threats() -> Iterator[str]:
    """Yield the grid of threat models: goals across, knowledge down, attacks in the cells."""
    known = list(entries("attacks").values())
    yield from head(["Holds", "Knows of the generator", *(g.value for g in Goal)])
    for data in DataKnowledge:
        for generator in GeneratorKnowledge:
            cells = [
                "; ".join(link(e) for e in known if e.card.threat == cell)
                for cell in (ThreatModel(goal, data, generator) for goal in Goal)
            ]
            if any(cells):
                yield row([data.value, generator.value, *cells])


def verdicts(entry: Entry) -> list[str]:
    """Return how an entry suits the use cases, in their order and in a word."""
    return [verdict(use)(entry).replace("fit under conditions", "depends") for use in UseCase]


def files(entry: Entry) -> str:
    """Return the kind of file, shorter than on the card."""
    both = entry.card.synthesis is Synthesis.BOTH
    return "full or partial" if both else entry.card.synthesis.value


def head(columns: list[str]) -> Iterator[str]:
    """Yield the first two lines of a table."""
    yield row(columns)
    yield row(["---"] * len(columns))


def link(entry: Entry) -> str:
    """Return an entry's title as a link to its section in the inventory."""
    return f"[{entry.card.title}](#{label(entry.kind, entry.slug)})"


def shapes(kinds: tuple[DataKind, ...]) -> str:
    """Return the shapes of data in words."""
    return "any" if set(kinds) == set(DataKind) else ", ".join(k.value for k in kinds)
