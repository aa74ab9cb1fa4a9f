"""A second source about the same people, with the errors of real registers and the truth beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from guide_helpers.cards import (
    Capabilities,
    MethodCard,
    Status,
    UseCase,
    card,
    conditional,
    fit,
)
from guide_helpers.errors import GuideError
from guide_helpers.linkage_truth import NOBODY, Source
from guide_helpers.methods._frame import assemble
from guide_helpers.methods._invented_people import InventedPeople
from guide_helpers.methods._mistakes import check_rates, erring, mistaken, rates_of
from guide_helpers.schema import Dataset

BASES = ("trees", "records")
ENOUGH = 20_000
"""Records from which extra people are learnt where the given ones are used as they are."""


@card(
    MethodCard(
        title="Linkage errors: a second source about the same people",
        summary=(
            "Makes a second file about invented people, in which some are missing, others are "
            "too many or twice, and the linking variables have gaps, wrong codes and "
            "misspellings, with the truth kept beside."
        ),
        family="linkage errors",
        made_for="testing record linkage",
        origin=("haddock2024",),
        inputs="the records of one table, from which people are invented, or a synthetic file; "
        "and rates of errors, which no record tells",
        sources=("haddock2024", "fellegi1969", "reiter2005"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                "as the synthesis beneath it, whose conditions apply; errors protect nobody, and "
                "on an original the file holds real records"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "to compare linkage methods, since the truth is known; the error rates of your "
                "registers are not in it"
            ),
            UseCase.EDUCATION: conditional(
                "right and wrong links can be counted; made from a public file or schema everybody "
                "may see them, made by trees the conditions of that synthesis apply"
            ),
            UseCase.TESTING_TECHNOLOGY: fit(
                "volume, formats and errors for a linkage system before it sees a real file"
            ),
        },
        capabilities=Capabilities(
            missing=True,
            in_browser=True,
            kinds=("categorical", "ordered", "integer", "number", "datetime", "text"),
        ),
        weaknesses=(
            'Errors protect nobody: with base="records" the people are those of the file it is '
            "given. On an original the result is not synthetic, it is real records with a few "
            "wrong values.",
            "Rates of errors, and how much they go together in a record, are chosen and not "
            "learnt: a linkage method tuned to them is tuned to the assumptions behind them. Try "
            "several, since independent errors flatter a linkage that bears an error and wrong "
            "one that does not.",
            "One effect a record makes bad records bad throughout; errors that go together "
            "because of a place, an interviewer or a kind of person are not in it, and nobody "
            "moves, marries or is born between the sources.",
            "Errors break rules and structural zeros of the schema, as they do in registers.",
            "Invented strings keep length, pattern and frequency, not what names sound like; they "
            "are drawn without regard to the other variables, and a short one may be a real one.",
            "One row a person and one table: families that err together are not in it. "
            "pseudopeople 1.3.1 (BSD-3-Clause) simulates a whole population of the United States "
            "with addresses, moves and households, but its errors fall into columns "
            "independently of each other {cite:p}`haddock2024`.",
        ),
    )
)
@dataclass
class LinkageErrors:
    """A file of some of the people, of other people, and of errors; `true_pairs` tells the truth.

    Each copy is a `guide_helpers.linkage_truth.Source`: its `people` are the first file, without
    errors. Of several copies with base="records" each is one more source about the same people.

    Parameters
    ----------
    base
        "trees" invents the people by sequential trees, for each copy anew. "records" takes the
        given rows as they are: give it a synthetic file.
    uncovered
        Share of the people who are not in the file.
    extra
        Share of the rows of the file that are about somebody else, drawn by trees.
    duplicates
        Share of the rows of the file that are about somebody who has a row already; a duplicate
        has errors of its own.
    errors
        Share of the values that err: one number for all key variables, or by variable, or by
        variable and kind of error, {"born": {"missing": 0.01, "year": 0.02}}. Kinds are missing;
        other (what another row has); near (the level, number or day beside); swapped (two digits,
        or day and month); year (one too many or few); typing (a character wrong, lost, added, or
        two swapped). One number is shared equally by the kinds usual for the variable.
    correlation
        How much errors go together in a record: the correlation of two normal sums that decide
        whether two of its values err. 0 lets them fall independently. The rates stay the same.
    """

    base: str = "trees"
    uncovered: float = 0.05
    extra: float = 0.05
    duplicates: float = 0.0
    errors: float | Mapping[str, Any] = 0.05
    correlation: float = 0.5

    def __post_init__(self) -> None:
        if self.base not in BASES:
            raise GuideError(f"base={self.base!r} is unknown; known: {', '.join(BASES)}")
        for name in ("uncovered", "extra", "duplicates", "correlation"):
            _check_share(name, getattr(self, name))
        if self.extra + self.duplicates >= 1:
            raise GuideError(
                f"extra={self.extra} and duplicates={self.duplicates} leave no row for anybody; "
                "their sum must be below 1"
            )
        check_rates(self.errors)

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Learn to invent people; keep the given ones where they are to be used as they are."""
        self.rates_ = rates_of(self.errors, data.schema, data.entity)
        self.data_ = data if self.base == "records" else data.with_rows(data.rows.iloc[:0])
        self.people_: InventedPeople | None = None
        if self.base == "trees":
            self.people_ = InventedPeople.learn(data, rng)
            return self
        covered = data.n_units - round(self.uncovered * data.n_units)
        self.default_size_ = max(1, round(covered / (1 - self.extra - self.duplicates)))
        if self.extra:
            some = np.sort(rng.permutation(data.n_units)[:ENOUGH])
            self.people_ = InventedPeople.learn(data.take_units(some), rng)
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Source:
        """Return a file of `n` rows."""
        covered, twice, others = self._sizes(n)
        if self.base == "trees":
            assert self.people_ is not None
            total = max(covered, round(covered / (1 - self.uncovered)))
            people = self.people_.draw(total, rng)
        else:
            people = self.data_
        persons = rng.permutation(len(people))[:covered]
        again = rng.choice(persons, twice)
        who = rng.permutation(np.concatenate([persons, again, np.full(others, NOBODY)]))
        rows = self._clean(people, who, rng)
        return Source.about(people, who, self._with_errors(people, rows, rng))

    def _sizes(self, n: int) -> tuple[int, int, int]:
        """Return how many of `n` rows are of people, of people once more, and of others."""
        if self.base == "trees":
            covered = max(1, n - round((self.extra + self.duplicates) * n))
        elif n == self.default_size_:
            covered = len(self.data_) - round(self.uncovered * len(self.data_))
        else:
            raise GuideError(
                f"n={n} does not fit {len(self.data_):,} people and the shares, which make "
                f'{self.default_size_:,} rows; leave n out, or base="trees"'
            )
        covered = min(max(1, covered), n)
        rest = n - covered
        twice = round(rest * self.duplicates / (self.extra + self.duplicates)) if rest else 0
        return covered, twice, rest - twice

    def _clean(self, people: Dataset, who: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
        """Return the rows before any error."""
        rows = people.rows.iloc[np.where(who == NOBODY, 0, who)].reset_index(drop=True)
        other = np.flatnonzero(who == NOBODY)
        if not len(other):
            return rows
        assert self.people_ is not None
        strangers = self.people_.draw(len(other), rng).rows
        place = np.arange(len(rows))
        place[other] = len(rows) + np.arange(len(other))
        return pd.concat([rows, strangers], ignore_index=True).iloc[place].reset_index(drop=True)

    def _with_errors(
        self, people: Dataset, rows: pd.DataFrame, rng: np.random.Generator
    ) -> Dataset:
        """Return the file with errors and fresh identifiers."""
        schema = people.schema
        known = [v.name for v in schema.modelled if v.name != people.entity]
        typed = {name: schema[name].coerce(rows[name]) for name in known}
        wrong = erring(self.rates_, len(rows), self.correlation, rng)
        for name, ways in self.rates_.items():
            typed[name] = mistaken(typed[name], schema[name], wrong[name], ways, rng)
        return assemble(people, typed, len(rows))


def _check_share(name: str, value: object) -> None:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if not good or not 0 <= value < 1:  # type: ignore[operator]
        raise GuideError(f"{name}={value!r} is not a share from 0 to below 1")
