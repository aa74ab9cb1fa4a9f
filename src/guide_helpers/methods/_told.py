"""What is written beside something: names of a code, remarks to a category, or a text alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from guide_helpers.methods._chain import Chain, holders

MISSING, NEW = -1, -2
"""What a row has in place of one of the common strings."""
FIXED = 0.8
"""Where so many of the rows have the usual string of their subject, a subject has one string."""
REPEATED = 0.5
"""Subjects are fewer than so many of the rows, or each string belongs to one by chance."""


def usual_share(values: pd.Series, subjects: np.ndarray) -> float:
    """Return the share of rows that have the commonest string of their subject."""
    counts = pd.DataFrame({"subject": subjects, "value": values.to_numpy()}).dropna()
    counts = counts[counts["subject"] >= 0]
    if not len(counts):
        return 0.0
    sizes = counts.groupby(["subject", "value"], observed=True).size()
    if len(sizes.groupby(level=0).size()) > REPEATED * len(counts):
        return 0.0
    return float(sizes.groupby(level=0).max().sum() / len(counts))


@dataclass(frozen=True)
class Told:
    """Strings that enough units have beside a subject, how often, and a chain for the others."""

    strings: np.ndarray
    rare: pd.Index
    fixed: bool
    subject: np.ndarray
    choice: np.ndarray
    weight: np.ndarray
    chain: Chain
    subjects: int

    @classmethod
    def learn(
        cls,
        values: np.ndarray,
        subjects: np.ndarray,
        units: np.ndarray,
        *,
        order: int,
        min_units: int,
        fixed: bool,
    ) -> Self:
        """Learn from the string and the subject of each row."""
        number, strings = pd.factorize(values)
        held = holders(number, units)
        many = int(subjects.max(initial=0)) + 1
        pair = np.where((number >= 0) & (subjects >= 0), subjects * len(strings) + number, -1)
        code, _ = pd.factorize(np.where(pair >= 0, pair, np.nan))
        enough = np.append(_held(code, units) >= min_units, False)
        choice = np.where(enough[code], number, NEW)
        choice = np.where(number < 0, MISSING, choice)
        counts = pd.DataFrame({"subject": subjects, "choice": choice})[subjects >= 0]
        sizes = counts.groupby(["subject", "choice"]).size()
        if fixed:
            sizes = _settled(sizes)
        by = None if fixed or many == 1 else subjects
        chain = Chain.learn(values, units, by, order=order, min_units=min_units)
        rare = pd.Index(strings[held < min_units])
        subject, choices = (sizes.index.get_level_values(i).to_numpy() for i in (0, 1))
        return cls(strings, rare, fixed, subject, choices, sizes.to_numpy(float), chain, many)

    def choices(self, values: np.ndarray) -> np.ndarray:
        """Return the number of each row's string, MISSING, or NEW for one of few units."""
        number = pd.Index(self.strings).get_indexer(pd.Index(values))
        few = pd.Index(values).isin(self.rare)
        found: np.ndarray = np.where(pd.isna(values), MISSING, np.where(few, NEW, number))
        return found

    def write(
        self, subjects: np.ndarray, entries: np.ndarray, *, fresh: bool, rng: np.random.Generator
    ) -> np.ndarray:
        """Return the string of each row.

        `subjects` is the subject as the original has it, -1 for a new one; `entries` numbers the
        subjects of the copy, new ones too.
        """
        choice = self._chosen(subjects, rng)
        return self.put(choice, subjects, entries, fresh=fresh, rng=rng)

    def put(
        self,
        choice: np.ndarray,
        subjects: np.ndarray,
        entries: np.ndarray,
        *,
        fresh: bool,
        rng: np.random.Generator,
    ) -> np.ndarray:
        """Return the strings of choices that have been made already."""
        names = np.array([*self.strings, None], dtype=object)
        made = names[np.where(choice >= 0, choice, len(self.strings))]
        new = choice == NEW if not fresh else choice != MISSING
        written = np.flatnonzero(new)
        known, rows = written, np.arange(len(written))
        if self.fixed:
            _, known, rows = np.unique(entries[written], return_index=True, return_inverse=True)
            known = written[known]
        elif fresh:
            one = _once(subjects, choice, written)
            _, known, rows = np.unique(one, return_index=True, return_inverse=True)
            known = written[known]
        forbidden = pd.Index(self.strings) if fresh else self.rare
        made[written] = self.chain.write(subjects[known], forbidden, rng)[rows]
        return made

    def _chosen(self, subjects: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return, row by row, one of the strings of the subject, MISSING or NEW."""
        upto = np.cumsum(self.weight)
        first = np.searchsorted(self.subject, subjects, side="left")
        last = np.searchsorted(self.subject, subjects, side="right") - 1
        known = (subjects >= 0) & (last >= first)
        before = np.where(first > 0, upto[np.maximum(first - 1, 0)], 0.0)
        end = upto[np.clip(last, 0, len(upto) - 1)]
        aim = before + rng.random(len(subjects)) * (end - before)
        at = np.clip(np.searchsorted(upto, aim, side="right"), first, np.maximum(last, first))
        return np.where(known, self.choice[np.minimum(at, len(upto) - 1)], NEW)


def _held(code: np.ndarray, units: np.ndarray) -> np.ndarray:
    return holders(code, units) if (code >= 0).any() else np.zeros(0, dtype=np.int64)


def _settled(sizes: pd.Series) -> pd.Series:
    """Return the counts without the rare names of subjects that have a usual one."""
    choice = sizes.index.get_level_values("choice")
    usual = sizes[choice >= 0].groupby("subject").size()
    named = sizes.index.get_level_values("subject").isin(usual.index)
    kept: pd.Series = sizes[~((choice == NEW) & named)]
    return kept


def _once(subjects: np.ndarray, choice: np.ndarray, written: np.ndarray) -> np.ndarray:
    """Number what is written once: each common string of a subject, and each new one by itself."""
    pairs = pd.MultiIndex.from_arrays([subjects[written], choice[written]])
    number = pd.factorize(pairs)[0]
    alone = choice[written] == NEW
    found: np.ndarray = np.where(alone, len(pairs) + np.arange(len(pairs)), number)
    return found
