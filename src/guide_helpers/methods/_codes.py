"""Codes: those of enough units, groups of the others by beginning, and new ones of a shape."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from guide_helpers.methods._chain import holders

TRIES = 20
"""So often new codes are drawn before their beginning is given up, character by character."""
CLASSES = (("0", string.digits), ("A", string.ascii_uppercase), ("a", string.ascii_lowercase))
OPEN = 2
"""So many characters at the end of a rare code are made anew, however many codes share the rest."""
REST = 3
"""A beginning that no common shape fits is followed by so many figures."""


SHAPES = str.maketrans({c: name for name, alphabet in CLASSES for c in alphabet})


def shape_of(code: str) -> str:
    """Return the shape of a code: 0 for a figure, A and a for letters, other characters as is."""
    return code.translate(SHAPES)


@dataclass(frozen=True)
class Codes:
    """The levels of a column of codes, and what is needed to make new ones.

    A level is a code that enough units have, or a group of rare codes that begin alike and that
    enough units have together. `weights` holds, of each group, how often each of its rare codes
    was there, so that a copy has as many different ones. A new code may be a rare one by chance:
    if it were drawn again, the codes that never occur would tell who was in the original.
    """

    codes: np.ndarray
    grouped: np.ndarray
    weights: tuple[np.ndarray, ...]
    shapes: dict[str, int]
    letters: dict[str, str]
    common: pd.Index

    @classmethod
    def learn(
        cls, values: np.ndarray, units: np.ndarray, min_units: int
    ) -> tuple[Self, np.ndarray]:
        """Return the levels, and the level of each row, -1 where the value is missing."""
        number, distinct = pd.factorize(values)
        text = pd.Series(distinct, dtype=object).astype(str)
        held = holders(number, units)
        rare = held < min_units
        group = _groups(text, rare, number, units, min_units)
        names = pd.concat([text[~rare], pd.Series(sorted(group.dropna().unique()), dtype=object)])
        many = int((~rare).sum())
        level = np.full(len(distinct), -1, dtype=np.int64)
        level[~rare] = np.arange(many)
        level[rare] = many + pd.Index(names[many:]).get_indexer(pd.Index(group[rare]))
        counts = np.bincount(number[number >= 0], minlength=len(distinct))
        weights = [np.sort(counts[level == place])[::-1] for place in range(many, len(names))]
        shapes, letters = _allowed(text, number, units, min_units)
        grouped = np.arange(len(names)) >= many
        common = pd.Index(text[~rare])
        made = cls(names.to_numpy(), grouped, tuple(weights), shapes, letters, common)
        return made, np.where(number >= 0, level[number], -1)

    def write(
        self, levels: np.ndarray, *, fresh: bool, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the code of each row, and which entry of the copy's list of codes it is.

        An entry below the number of levels is that level, as the original has it; others are new.
        """
        taken, entries, codes = set(self.common), levels.copy(), list(self.codes)
        order = np.argsort(levels, kind="stable")
        drawn, starts = np.unique(levels[order], return_index=True)
        for level, here in zip(drawn, np.split(order, starts[1:]), strict=True):
            if level < 0 or not (fresh or self.grouped[level]):
                continue
            entry = self._entries(level, len(here), rng)
            start = self.codes[level] if self.grouped[level] else _half(self.codes[level])
            entries[here] = len(codes) + entry
            codes += self._new(str(start), int(entry.max()) + 1, taken, rng)
        names = np.array([*codes, None], dtype=object)
        return names[entries], entries

    def _entries(self, level: int, many: int, rng: np.random.Generator) -> np.ndarray:
        """Return which of the new codes of a level each of so many rows has."""
        if not self.grouped[level]:
            return np.zeros(many, dtype=np.int64)
        weights = self.weights[level - int((~self.grouped).sum())]
        drawn = rng.choice(len(weights), many, p=weights / weights.sum())
        found: np.ndarray = np.unique(drawn, return_inverse=True)[1]
        return found

    def _new(self, start: str, many: int, taken: set[str], rng: np.random.Generator) -> list[str]:
        """Return so many codes that begin so and are not taken; `taken` learns them."""
        made: list[str] = []
        spare = 0
        while True:
            for _ in range(TRIES):
                for code in self._drawn(start, many - len(made), spare, rng):
                    if code not in taken:
                        taken.add(code)
                        made.append(code)
                if len(made) == many:
                    return made
            spare += not start
            start = start[:-1]

    def _drawn(self, start: str, many: int, spare: int, rng: np.random.Generator) -> list[str]:
        """Draw codes of common shapes; `spare` figures more where all of a shape are taken."""
        mine = shape_of(start)
        held = {
            shape: count
            for shape, count in self.shapes.items()
            if len(shape) > len(start) and shape.startswith(mine)
        } or {mine + REST * "0": 1}
        shares = np.array(list(held.values())) / sum(held.values())
        chosen = np.array(list(held), dtype=object)[rng.choice(len(held), many, p=shares)]
        return [start + self._filled(shape[len(start) :] + spare * "0", rng) for shape in chosen]

    def _filled(self, shape: str, rng: np.random.Generator) -> str:
        return "".join(
            self.letters[c][rng.integers(len(self.letters[c]))] if c in self.letters else c
            for c in shape
        )


def _half(code: str) -> str:
    """Return the beginning of a code that a new one keeps."""
    return code[: len(code) // 2]


def _groups(
    text: pd.Series, rare: np.ndarray, number: np.ndarray, units: np.ndarray, min_units: int
) -> pd.Series:
    """Return the beginning that each rare code shares with those of enough units, the longest.

    Codes that are left over share the empty beginning, however few they are.
    """
    group = pd.Series(np.nan, index=text.index, dtype=object)
    for length in range(int(text[rare].str.len().max() or 0) if rare.any() else 0, -1, -1):
        fits = (length == 0) | (text.str.len() >= length + OPEN).to_numpy()
        open_ = rare & group.isna().to_numpy() & fits
        if not open_.any():
            continue
        start = text.str.slice(0, length).where(open_)
        code, _ = pd.factorize(start)
        held = holders(np.where(number >= 0, code[number], -1), units)
        enough = (held >= min_units) | (length == 0)
        good = open_ & np.append(enough, False)[code]
        group[good] = start[good]
    return group


def _allowed(
    text: pd.Series, number: np.ndarray, units: np.ndarray, min_units: int
) -> tuple[dict[str, int], dict[str, str]]:
    """Return the shapes that enough units have, how many have them, and the letters in use."""
    code, shapes = pd.factorize(text.map(shape_of))
    held = holders(np.where(number >= 0, code[number], -1), units)
    common = held >= min_units
    used = "".join(text)
    letters = {
        name: "".join(c for c in alphabet if c in used) if name != "0" else alphabet
        for name, alphabet in CLASSES
    }
    letters = {name: some or dict(CLASSES)[name] for name, some in letters.items()}
    return dict(zip(shapes[common], held[common].tolist(), strict=True)), letters


def codelike(values: pd.Series) -> bool:
    """Whether strings look like codes: no blanks, short, with a figure or in capitals."""
    known = values.dropna().astype(str)
    if not len(known):
        return False
    blank = known.str.contains(r"\s", regex=True).mean()
    formed = known.map(lambda c: bool(re.search(r"[0-9]", c)) or c.isupper()).mean()
    return bool(blank < 0.05 and formed > 0.9 and known.str.len().max() <= 40)
