"""The plan of the slides: which figures, in which order, read from `slides.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from guide_helpers.errors import GuideError

FILE = Path(__file__).with_name("slides.toml")


@dataclass(frozen=True)
class Slide:
    """One figure of the book, with the question it answers and what to see in it.

    `figure` is the notebook and the name under which it glues the figure, as the chapters write
    it; `page` the chapter to read on in; `exercise` the one that belongs to it; `say` is for the
    speaker.
    """

    figure: str
    title: str
    question: str
    see: str
    page: str
    exercise: str
    say: str

    @property
    def notebook(self) -> str:
        """Path of the notebook, without ending, from the root of the guide."""
        return f"notebooks/{self.figure.partition('::')[0]}"

    @property
    def label(self) -> str:
        """The name under which the notebook glues the figure."""
        return self.figure.partition("::")[2]

    @property
    def documents(self) -> set[str]:
        """The pages of the guide that the slide is made from."""
        return {self.notebook, self.page}


@dataclass(frozen=True)
class Block:
    """A line of an agenda: how long, what, and the slides that it uses."""

    minutes: int
    what: str
    slides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Deck:
    """The slides of a part or of an agenda, in blocks; a part is one block without a time."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Plan:
    """All slides by their figure, and all decks by their name."""

    slides: dict[str, Slide]
    decks: dict[str, Deck]


@cache
def plan(file: Path = FILE) -> Plan:
    """Return the plan of a file, each slide and each deck checked against the others."""
    told = tomllib.loads(file.read_text(encoding="utf-8"))
    slides: dict[str, Slide] = {}
    decks: dict[str, Deck] = {}
    for part in told["part"]:
        made = [Slide(**_stripped(s)) for s in part["slide"]]
        slides |= {s.figure: s for s in made}
        decks[part["name"]] = Deck(part["title"], (Block(0, "", tuple(s.figure for s in made)),))
    for agenda in told["agenda"]:
        decks[agenda["name"]] = _agenda(agenda, slides, decks)
    return Plan(slides, decks)


def _agenda(told: dict[str, Any], slides: dict[str, Slide], decks: dict[str, Deck]) -> Deck:
    """Return the deck of an agenda; one that begins like another has that one's blocks first."""
    before = decks[told["begins"]].blocks if "begins" in told else ()
    before = before[: len(before) - told.get("without", 0)]
    blocks = [Block(b["minutes"], b["what"], tuple(b.get("slides", ()))) for b in told["block"]]
    unknown = [name for b in blocks for name in b.slides if name not in slides]
    if unknown:
        raise GuideError(f"{told['name']}: no slide {unknown[0]!r}; add it to a part first")
    return Deck(told["title"], (*before, *blocks))


def _stripped(table: dict[str, str]) -> dict[str, str]:
    return {name: text.strip() for name, text in table.items()}
