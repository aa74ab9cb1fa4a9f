"""Inventory pages, made from the cards alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from itertools import filterfalse
from typing import TYPE_CHECKING

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from guide_helpers.cards import (
    ANY,
    Aspect,
    AttackCard,
    Capabilities,
    Card,
    DatasetCard,
    MeasureCard,
    MethodCard,
    Rung,
    UseCase,
    Verdict,
)
from guide_helpers.catalogue import KINDS, Entry, entries

if TYPE_CHECKING:
    from sphinx.application import Sphinx

PREFIX = {"methods": "method", "measures": "measure", "attacks": "attack", "datasets": "data"}

PROMISES = {
    "single": "one table",
    "linked": "linked tables",
    "panel": "panels",
    "any_size": "more or fewer records than the original",
    "partial": "partial synthesis",
    "keeps_rules": "rules kept",
    "keeps_structural_zeros": "structural zeros kept",
    "missing": "missing values accepted",
    "keeps_missing_rates": "rates of missing values kept, approximately",
    "weights": "survey weights",
    "formal_privacy": "a formal privacy guarantee",
    "in_browser": "running in a browser",
}


class Inventory(SphinxDirective):
    """An overview table of one kind of entry, then a section for each.

    Usage: a fence `{inventory} methods` (or `measures`, `attacks`, `datasets`). A chapter links
    to an entry by `#method-<slug>`, `#measure-<slug>`, `#attack-<slug>` or `#data-<slug>`. Where
    some entries are only described, they stand after those that run, each group under a heading.
    The page's script reads from the table's classes which columns can be filtered by a menu.
    """

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the nodes of the table and the sections."""
        kind = self.arguments[0]
        if kind not in KINDS:
            raise self.error(f"no inventory of {kind!r}; known: {', '.join(KINDS)}")
        known = sorted(entries(kind).values(), key=place)
        table = nodes.container(classes=["guide-inventory", filters(kind)])
        self.parse(overview(known), into=table)
        if all(map(shipped, known)):
            return [table, *(self.section(entry) for entry in known)]
        return [
            table,
            self.group(f"{kind.capitalize()} that run here", filter(shipped, known)),
            self.group(f"{kind.capitalize()} that are described only", filterfalse(shipped, known)),
        ]

    def group(self, title: str, known: Iterable[Entry]) -> nodes.section:
        """Return a section with a title that holds the sections of entries."""
        name = title.lower().replace(" ", "-")
        part = nodes.section(ids=[name], names=[name])
        part += nodes.title(text=title)
        part += [self.section(entry) for entry in known]
        self.state.document.note_implicit_target(part, part)
        return part

    def section(self, entry: Entry) -> nodes.section:
        """Return the section of one entry, under the label that chapters link to."""
        name = label(entry.kind, entry.slug)
        part = nodes.section(ids=[name], names=[name], classes=["guide-entry"])
        part += nodes.title(text=entry.card.title)
        self.parse(told(entry), into=part)
        self.state.document.note_explicit_target(part, part)
        return part

    def parse(self, lines: Iterable[str], into: nodes.Element) -> None:
        """Read lines of MyST into a node."""
        text = StringList(list(lines), source=f"cards of the {self.arguments[0]}")
        self.state.nested_parse(text, self.content_offset, into)


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("inventory", Inventory)


def label(kind: str, slug: str) -> str:
    """Return the label by which a chapter links to an entry."""
    return f"{PREFIX[kind]}-{slug.replace('_', '-')}"


def group(card: Card) -> str:
    """Return the word by which entries stand together, in order."""
    match card:
        case MethodCard():
            return card.family
        case MeasureCard():
            return f"{list(Aspect).index(card.aspect)} {list(Rung).index(card.rung):02}"
        case AttackCard():
            return card.threat.goal.value
        case DatasetCard():
            return card.plays
        case _:
            return ""


def shipped(entry: Entry) -> bool:
    """Whether a reader can use the entry; data sets have no code, but they are there."""
    return entry.runs or isinstance(entry.card, DatasetCard)


def place(entry: Entry) -> tuple[bool, str, str]:
    """Return what puts entries in order: those that run first, then by group and title."""
    return not shipped(entry), group(entry.card), entry.card.title.lower()


def verdict(use: UseCase) -> Callable[[Entry], str]:
    """Return what tells how an entry suits a use case, in a word or two; "fit" stands out."""

    def tell(entry: Entry) -> str:
        advice = entry.card.suits.get(use)
        if advice is None:
            return ""
        word: str = advice.verdict.value
        return f"**{word}**" if advice.verdict is Verdict.FIT else word

    return tell


def takes(entry: Entry) -> str:
    """Return the shapes of data that a method can be given."""
    able = entry.card.capabilities
    shapes = {"one table": able.single, "linked tables": able.linked, "panels": able.panel}
    return "; ".join(shape for shape, can in shapes.items() if can) or "no records"


VERDICTS = {use.title: verdict(use) for use in UseCase}
COLUMNS: dict[str, dict[str, Callable[[Entry], str]]] = {
    "methods": {
        "Family": lambda entry: entry.card.family,
        "Formal privacy": lambda entry: "yes" if entry.card.capabilities.formal_privacy else "no",
        "Runs here": lambda entry: "yes" if entry.runs else "described",
        "Status": lambda entry: entry.card.status.value,
        **VERDICTS,
        "Takes": takes,
    },
    "measures": {
        "Speaks of": lambda entry: entry.card.aspect.value,
        "Step": lambda entry: entry.card.rung.value,
        "Scope": lambda entry: entry.card.scope.value,
        "Better": lambda entry: entry.card.better.value,
        "Shown against": lambda entry: entry.card.null.value,
        **VERDICTS,
    },
    "attacks": {
        "Goal": lambda entry: entry.card.threat.goal.value,
        "Holds": lambda entry: entry.card.threat.data.value,
        "Knows of the generator": lambda entry: entry.card.threat.generator.value,
        "Applies to": lambda entry: entry.card.synthesis.value,
        **VERDICTS,
    },
    "datasets": {
        "Plays": lambda entry: entry.card.plays,
        "Year": lambda entry: entry.card.year,
        "Privacy unit": lambda entry: entry.card.privacy_unit,
        "Tables": lambda entry: str(entry.card.tables),
        "Licence": lambda entry: entry.card.licence,
    },
}
FREE = {"Licence", "Plays", "Privacy unit", "Year"}
"""Columns of free text, which the filter box searches and no menu lists."""


def filters(kind: str) -> str:
    """Return the class that tells the page's script which columns get a menu, by number."""
    chosen = [str(i) for i, name in enumerate(COLUMNS[kind], start=1) if name not in FREE]
    return "-".join(["guide-menus", *chosen])


def overview(known: list[Entry]) -> Iterator[str]:
    """Yield the lines of the table that stands above the sections."""
    if not known:
        return
    columns = COLUMNS[known[0].kind]
    yield row(["Entry", *columns])
    yield row(["---"] * (len(columns) + 1))
    for entry in known:
        link = f"[{entry.card.title}](#{label(entry.kind, entry.slug)})"
        yield row([link, *(tell(entry) for tell in columns.values())])


def row(cells: list[str]) -> str:
    """Return one line of a table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def told(entry: Entry) -> Iterator[str]:
    """Yield what stands below an entry's title."""
    card = entry.card
    yield from (card.summary, "")
    for name, text in facts(entry):
        yield from (name, f": {text}", "")
    if card.suits:
        yield "Use cases"
        yield from listed(
            [
                f"**{use.title}**: {advice.verdict.value}; {advice.reason}"
                for use, advice in card.suits.items()
            ]
        )
    for name in ("weaknesses", "known_problems"):
        if getattr(card, name, ()):
            yield name.replace("_", " ").capitalize()
            yield from listed(list(getattr(card, name)))


def listed(items: list[str]) -> Iterator[str]:
    """Yield a list as the definition of the term before it."""
    for i, item in enumerate(items):
        yield (": - " if i == 0 else "  - ") + item
    yield ""


def facts(entry: Entry) -> Iterator[tuple[str, str]]:
    """Yield what a card says in single phrases, as name and text."""
    card = entry.card
    runs = "" if shipped(entry) else " (described here; not part of the package)"
    yield "Name in code", f"`{entry.slug}`{runs}"
    match card:
        case MethodCard():
            yield from method_facts(card, runs=entry.runs)
        case MeasureCard():
            yield from measure_facts(card)
        case AttackCard():
            yield from attack_facts(card)
        case DatasetCard():
            yield from dataset_facts(card)
    if card.sources:
        yield "Sources", f"{{cite:p}}`{','.join(card.sources)}`"


def method_facts(card: MethodCard, *, runs: bool) -> Iterator[tuple[str, str]]:
    """Yield the facts of a method; what it promises is tested only where it runs."""
    yield "Family", card.family
    if card.made_for != ANY:
        yield "Made for", card.made_for
    yield "First described", f"{{cite:p}}`{','.join(card.origin)}`"
    yield "Is given", card.inputs
    yield "Formal privacy", "yes" if card.capabilities.formal_privacy else "none"
    yield "Status", f"{card.status.value}{f': {card.used_by}' if card.used_by else ''}"
    if runs:
        yield "Promises", promises(card.capabilities, kept=True)
        yield "Does not promise", promises(card.capabilities, kept=False)
    else:
        yield "Its sources claim", promises(card.capabilities, kept=True)
    yield "Kinds of variable", ", ".join(card.capabilities.kinds)
    yield "Implementation", f"{card.implementation}; licence: {card.licence}"
    if card.requires:
        yield "Needs", ", ".join(f"`{name}`" for name in card.requires)


def promises(capabilities: Capabilities, *, kept: bool) -> str:
    """Return what a method promises, or what it does not, as a list in words."""
    names = [f.name for f in fields(capabilities) if f.name in PROMISES]
    return "; ".join(PROMISES[n] for n in names if getattr(capabilities, n) is kept)


def measure_facts(card: MeasureCard) -> Iterator[tuple[str, str]]:
    """Yield the facts of a measure."""
    yield "Speaks of", f"{card.aspect.value}, {card.scope.value}"
    yield "Step of the ladder", f"{card.rung.value}: {card.rung.asks}"
    copies = "m copies together" if card.joint_copies else "one copy at a time"
    shapes = ", ".join(kind.value for kind in card.data)
    yield "Applies to", f"{card.synthesis.value} files; {copies}; {shapes}"
    yield "With differential privacy", card.under_privacy
    yield "Unit and range", f"{card.unit}, {bounds(card.bounds)}; {card.better.value}"
    yield "Shown against", f"{card.null.value}: a file {card.null.meaning}"
    yield from readings(card)


def bounds(ends: tuple[float | None, float | None]) -> str:
    """Return a range in words."""
    match ends:
        case (None, None):
            return "any value"
        case (low, None):
            return f"{low:g} or more"
        case (None, high):
            return f"{high:g} or less"
        case (low, high):
            return f"{low:g} to {high:g}"


def attack_facts(card: AttackCard) -> Iterator[tuple[str, str]]:
    """Yield the facts of an attack."""
    yield "Goal", card.goal
    yield "Knows of the data", card.knowledge_of_data
    yield "Knows of the generator", card.knowledge_of_generator
    yield "Applies to", card.applies_to
    yield "With differential privacy", card.under_privacy
    yield "Targets are", "guesses about the file" if card.guesses else "people"
    yield "Control group", "as large as the original" if card.same_size_control else "any size"
    yield from readings(card)


def readings(card: MeasureCard | AttackCard) -> Iterator[tuple[str, str]]:
    """Yield the two readings and the limit."""
    yield "If you make the file", card.reading_maker
    yield "If you use the file", card.reading_user
    yield "It cannot say", card.cannot_see


def dataset_facts(card: DatasetCard) -> Iterator[tuple[str, str]]:
    """Yield the facts of a data set."""
    yield "Plays", card.plays
    yield "Origin", card.origin
    yield "Year", card.year
    yield "One record is", card.statistical_unit
    yield "Privacy unit", card.privacy_unit
    yield "Tables", str(card.tables)
    yield "Licence", f"{card.licence} (checked: {card.licence_checked})"
    if card.new_source:
        yield "New data source", card.new_source
