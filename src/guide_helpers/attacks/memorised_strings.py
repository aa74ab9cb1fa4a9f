"""Membership by strings: what only a target wrote stands in the synthetic file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Self

import numpy as np
import pandas as pd

from guide_helpers.attacks._game import Answers
from guide_helpers.cards import (
    AttackCard,
    DataKnowledge,
    Goal,
    ThreatModel,
    UseCase,
    card,
    conditional,
    fit,
)
from guide_helpers.errors import GuideError
from guide_helpers.incidence import Incidence
from guide_helpers.schema import Dataset, Kind, Variable

HELD = ("1", "2", "3 to 9", "more")
"""Classes of how many targets have a string."""
STARTS = (1, 2, 3, 10)


@card(
    AttackCard(
        title="Memorised strings",
        summary="Takes a person for a member of the original if something that only this person "
        "wrote, a whole text or some words in a row, stands in the synthetic file.",
        sources=("carlini2019", "wilson1927", "koopman1984"),
        suits={
            UseCase.PUBLIC_RELEASE: fit(
                "a sentence of one's own is known at sight, by its writer and by a search engine"
            ),
            UseCase.TESTING_ANALYSIS: fit("finds remarks that a model has learned by heart"),
            UseCase.EDUCATION: fit("students read texts, and laugh at the odd ones"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "where strings of the test file are made from records, not from a template"
            ),
        },
        threat=ThreatModel(Goal.MEMBERSHIP, DataKnowledge.PART),
        goal="learn whether a person's own words were in the original",
        knowledge_of_data="the strings of the target in the known columns, and those of many "
        "others, to tell what is rare. One guess is made for each privacy unit, however many "
        "rows it has",
        knowledge_of_generator="none",
        applies_to="files with text or codes; without text the values of the known columns "
        "together are the string",
        reading_maker="The excess is the share of members with words of their own that came "
        "through, beyond what chance puts together from common words, which the control group "
        "counts. Read the table: strings of one target are somebody's, strings of ten are not.",
        reading_user="Above zero, some of the texts are real sentences of real people, and "
        "nobody can see which ones. Do not quote them.",
        cannot_see="It asks for equal strings: a misspelt, translated or reworded sentence is "
        "not seen, nor is a secret that several people share. Whoever wrote nothing rare cannot "
        "be found.",
        hit_means="a claim of membership is right for",
        guesses=True,
    )
)
@dataclass
class MemorisedStrings:
    """Claim the units that have a string which is rare among all targets and is in the file.

    A string is what a row says in the known columns together, small and capital letters alike;
    with `words`, it is so many words in a row of a known text, or a text of fewer words. At most
    `most` targets have a rare one.
    """

    words: int | None = None
    most: int = 1

    def learn(
        self, synthetic: Dataset, known: tuple[str, ...], *, rng: np.random.Generator
    ) -> Self:
        """Collect the strings of the synthetic file."""
        del rng
        self.known_ = self._used(synthetic, known)
        self.shown_ = pd.Index(self._strings(synthetic)["string"].unique())
        return self

    def meet(self, everybody: Dataset) -> None:
        """Count how many of all targets have each string."""
        found = self._strings(everybody)
        number, strings = pd.factorize(found["string"])
        held = Incidence.of(number, found["unit"].to_numpy()).degrees
        self.held_ = pd.Series(held[: len(strings)], index=pd.Index(strings, dtype=object))
        self.share_ = float((self._rarest(everybody) <= self.most).mean())

    @property
    def share(self) -> float:
        """The share of all targets that is claimed: those with a rare string in the file."""
        return self.share_

    @property
    def note(self) -> str:
        """What was taken for a string of one's own, beside the number."""
        what = "the known values of a row" if self.words is None else f"{self.words} words in a row"
        return f"One guess for each unit; a string is {what}, rare if at most {self.most} has it."

    def answer(self, targets: Dataset) -> Answers:
        """Score each unit by one over the number of targets with its rarest string in the file."""
        rarest = self._rarest(targets)
        classes = np.searchsorted(STARTS, rarest[np.isfinite(rarest)], side="right") - 1
        counts = np.bincount(classes, minlength=len(HELD))
        index = pd.Index(HELD, name="targets that have the rarest string found")
        details = pd.DataFrame({"units": counts}, index=index)
        nothing = np.zeros(len(rarest), dtype=bool)
        return Answers(nothing, nothing, details, scores=1 / rarest)

    def guessing_rate(self, targets: Dataset) -> float:
        """Share of the members that a random claim of as many targets meets."""
        del targets
        return self.share_

    def _rarest(self, targets: Dataset) -> np.ndarray:
        """Return how many targets have the rarest string of each unit that is in the file."""
        found = self._strings(targets)
        found = found[found["string"].isin(self.shown_)]
        rarest = np.full(targets.n_units, np.inf)
        held = self.held_.reindex(found["string"]).to_numpy(dtype=float)
        np.minimum.at(rarest, found["unit"].to_numpy(), held)
        return rarest

    def _used(self, synthetic: Dataset, known: tuple[str, ...]) -> tuple[str, ...]:
        for name in ("words", "most"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, int) or value < 1):
                raise GuideError(f"{name}={value!r} is not a whole number of at least 1")
        if self.words is None:
            return known
        texts = tuple(n for n in known if synthetic.schema[n].kind is Kind.TEXT)
        if not texts:
            raise GuideError(f"words={self.words} asks for texts; name a text in knowledge")
        return texts

    def _strings(self, data: Dataset) -> pd.DataFrame:
        """Return the distinct pairs of a unit and a string."""
        units = data.units
        if self.words is not None:
            texts = [data.rows[n] for n in self.known_]
            found = pd.concat([_windows(text, units, self.words) for text in texts])
            return found.drop_duplicates().reset_index(drop=True)
        said = [_said(data.schema[n], data.rows[n]) for n in self.known_]
        pairs = pd.DataFrame(dict(enumerate(codes for codes, _ in said))).assign(unit=units)
        pairs = pairs[(pairs[list(range(len(said)))] >= 0).any(axis=1)].drop_duplicates()
        parts = [np.append(words, "")[pairs[n]] for n, (_, words) in enumerate(said)]
        strings = reduce(lambda one, other: one + "\x1f" + other, parts)
        return pd.DataFrame({"unit": pairs["unit"].to_numpy(), "string": strings}).drop_duplicates()


def _said(variable: Variable, values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of each value, -1 where missing, and the values in small letters."""
    codes, distinct = pd.factorize(values.astype(float) if variable.numeric else values)
    words = [" ".join(str(value).casefold().split()) for value in distinct]
    return codes, np.array(words, dtype=object)


def _windows(text: pd.Series, units: np.ndarray, words: int) -> pd.DataFrame:
    """Return the pairs of a unit and so many words in a row."""
    number, distinct = pd.factorize(text)
    pieces = [str(t).casefold().split() for t in distinct]
    windows = [
        [" ".join(p[i : i + words]) for i in range(max(1, len(p) - words + 1))] for p in pieces
    ]
    pairs = pd.DataFrame({"unit": units, "text": number})[number >= 0].drop_duplicates()
    strings = pd.Series(windows, dtype=object).explode().rename("string")
    found = pairs.merge(strings, left_on="text", right_index=True)
    return found.loc[found["string"] != "", ["unit", "string"]]
