"""Keep values of real records out of a release record.

What measures say in words may name a group by its level, a class by its ends, or a count of a few
records. Levels and bounds that come from a public document stay; all others are withheld.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from guide_helpers.catalogue import KINDS, entries
from guide_helpers.schema import Data, Dataset, Provenance, Variable

WITHHELD = "a value that is not public"
QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")
COUNT = re.compile(
    r"(?<![\w.,])(\d+)(?= (?:(?:original|synthetic|child|replicated|control|real|complete) )*"
    r"(?:records?|rows?|units?|people|persons?|uniques|observations)\b)"
)
TOKEN = re.compile(r"\w(?:\S*\w)?")
EDGES = re.compile(r"^\W+|\W+$")
LONGEST = 12
"""Words of a level that is looked for."""
WORD = 4
"""From this length on a level is looked for outside quotes too."""


@dataclass(frozen=True)
class Shield:
    """What may be said (`public`), what may not (`secret`), and the least count that is shown."""

    public: frozenset[str]
    secret: frozenset[str]
    smallest: int

    @classmethod
    def of(cls, files: Sequence[Data], smallest: int) -> Shield:
        """Return the shield of the files that the results were computed from."""
        tables = [t for data in files for t in tables_of(data)]
        slugs = {slug for kind in KINDS for slug in entries(kind)}
        public = {word for t in tables for word in _public(t)} | slugs
        levels = {str(level) for t in tables for level in _levels(t)} - public
        secret = frozenset(EDGES.sub("", w) for w in levels if _distinct(w))
        return cls(frozenset(public), secret - {""}, smallest)

    def text(self, words: str) -> str:
        """Return a text about the data without values of records or small counts."""
        words = QUOTED.sub(self._quoted, words)
        return COUNT.sub(self._counted, self._without_secrets(words))

    def count(self, n: int) -> int | str:
        """Return a count, or that it is small."""
        return n if n == 0 or n >= self.smallest else f"fewer than {self.smallest}"

    def plain(self, thing: Any) -> Any:
        """Return options or other small things as JSON data, texts shielded."""
        if thing is None or isinstance(thing, bool | int):
            return thing
        if isinstance(thing, float):
            return thing if math.isfinite(thing) else None
        if isinstance(thing, str):
            return self.text(thing)
        if isinstance(thing, Mapping) and len(thing) <= MOST:
            return {self.text(str(k)): self.plain(v) for k, v in thing.items()}
        if isinstance(thing, list | tuple) and len(thing) <= MOST:
            return [self.plain(v) for v in thing]
        return f"a {type(thing).__name__}, not shown"

    def _without_secrets(self, words: str) -> str:
        """Withhold levels that stand outside quotes, the longest first."""
        tokens, kept, start, i = list(TOKEN.finditer(words)), [], 0, 0
        while i < len(tokens):
            ends = range(min(i + LONGEST, len(tokens)) - 1, i - 1, -1)
            begin = tokens[i].start()
            end = next((e for e in ends if words[begin : tokens[e].end()] in self.secret), None)
            if end is not None:
                kept += [words[start:begin], WITHHELD]
                start, i = tokens[end].end(), end
            i += 1
        return "".join([*kept, words[start:]])

    def _quoted(self, found: re.Match[str]) -> str:
        inside = found.group(1) if found.group(1) is not None else found.group(2)
        return found.group(0) if inside in self.public else WITHHELD

    def _counted(self, found: re.Match[str]) -> str:
        return str(self.count(int(found.group(1))))


MOST = 50
"""Entries of an option that are shown; a longer one is a table, which stays inside."""


def tables_of(data: Data) -> list[Dataset]:
    """Return the tables of a data set."""
    return [data] if isinstance(data, Dataset) else list(data.tables.values())


def _public(table: Dataset) -> Iterator[str]:
    """Yield what may be said: names, and levels from public documents."""
    yield table.name
    for v in table.schema.variables:
        yield v.name
        yield from v.special.values()
        if v.discrete and v.levels is not None and v.levels_from is Provenance.PUBLIC:
            yield from map(str, v.levels)


def _levels(table: Dataset) -> Iterator[Any]:
    """Yield the levels that come from the records, also words of texts and identifiers."""
    for v in table.schema.variables:
        if v.public_domain and v.discrete:
            continue
        if v.discrete:
            yield from (v.levels or ())
        if not v.numeric:
            yield from table.rows[v.name].dropna().unique()
        else:
            yield from _ends(table, v)


def _ends(table: Dataset, v: Variable) -> Iterator[str]:
    """Yield the least and the greatest value of a quantity, as they may be written."""
    known = table.rows[v.name].dropna()
    if (v.bounds is not None and v.bounds_from is Provenance.PUBLIC) or known.empty:
        return
    for end in (known.min(), known.max()):
        yield from {f"{end:g}", f"{end:,}", f"{end}", f"{end:.4g}"}


def _distinct(word: str) -> bool:
    """Whether a level cannot be mistaken for a word of a sentence or a number of a result."""
    if len(word) < WORD:
        return False
    return not (word.isalpha() and word.lower() in COMMON)


COMMON = frozenset(
    re.findall(
        r"\w+",
        """
    above below chance class classes control copies copy correct child file files fewer from group
    groups guess guesses half high known least less limit lies made match matches mean members
    missing model more most none null number numbers only original other others outside over pair
    pairs people person records right risk rule rules sample score scores sensitive share some
    synthetic table tables targets than that them these they this true unit units unknown value
    values variable variables were what whole with within without worst worse better real rows
    false keys
        """,
    )
)
"""Words of the readings that are also common names of levels; inside quotes they are withheld."""
