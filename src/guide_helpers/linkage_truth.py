"""Two sources about the same people: who is who, known to the maker and written in no file."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.intervals import Estimate, wilson
from guide_helpers.schema import Dataset

NOBODY = -1
"""The person of a row that is about somebody else than the people of the first file."""


@dataclass(frozen=True, repr=False)
class Source(Dataset):
    """A file about people whom other files are about too.

    The truth stands beside the rows, not in them: what is written, compared or attacked is the
    rows. `people` are the file it was made of, and `persons` says to which row of it each row
    belongs, `NOBODY` for extra people. It speaks of the rows `made`; of any others, such as a
    part of them, the truth is not known.
    """

    people: Dataset | None = field(default=None, compare=False)
    persons: np.ndarray | None = field(default=None, compare=False)
    made: pd.DataFrame | None = field(default=None, compare=False)

    @classmethod
    def about(cls, people: Dataset, persons: np.ndarray, file: Dataset) -> Source:
        """Return `file` with the truth beside it."""
        parts = (file.rows, file.schema, file.entity, file.time, file.name)
        return cls(*parts, people, persons, file.rows)


def true_pairs(first: Dataset, second: Dataset) -> pd.DataFrame:
    """Return which row of the first file and which of the second belong to one person.

    `first` is another source about the same people, or the people themselves. Rows are counted
    from 0. A duplicate makes a pair of its own; extra people make none.
    """
    if not isinstance(second, Source):
        raise GuideError("the second file carries no truth; make it with the method linkage_errors")
    people, theirs = _truth(second)
    if isinstance(first, Source):
        others, ours = _truth(first)
    else:
        others, ours = first, np.arange(len(first))
    if others is not people and not others.rows.equals(people.rows):
        raise GuideError("the two files are about other people: make both of the same file")
    sides = [
        pd.DataFrame({"person": persons, side: np.arange(len(persons))})
        for side, persons in (("first", ours), ("second", theirs))
    ]
    left, right = (side[side["person"] != NOBODY] for side in sides)
    return left.merge(right, on="person")[["first", "second"]]


def _truth(source: Source) -> tuple[Dataset, np.ndarray]:
    """Return the people, and the person of each row."""
    if source.people is None or source.persons is None or source.made is not source.rows:
        raise GuideError("the truth is known for the file as it was made, not for a part of it")
    return source.people, source.persons


@dataclass(frozen=True)
class LinkageQuality:
    """How good links are: the share of them that is right, and the share of true pairs found.

    Without a link there is no precision: it is None, and not 0 or 1.
    """

    links: int
    pairs: int
    right: int

    @property
    def precision(self) -> Estimate | None:
        """Share of the links that are right, with its Wilson interval."""
        return _share(self.right, self.links)

    @property
    def recall(self) -> Estimate | None:
        """Share of the true pairs that are linked, with its Wilson interval."""
        return _share(self.right, self.pairs)


def linkage_quality(links: pd.DataFrame, truth: pd.DataFrame) -> LinkageQuality:
    """Return how good links are; both tables name rows in columns `first` and `second`."""
    for table in (links, truth):
        if not {"first", "second"} <= set(table):
            raise GuideError("links and truth need the columns 'first' and 'second'")
    pairs = ["first", "second"]
    right = links[pairs].drop_duplicates().merge(truth[pairs].drop_duplicates(), on=pairs)
    return LinkageQuality(len(links[pairs].drop_duplicates()), len(truth), len(right))


def _share(hits: int, trials: int) -> Estimate | None:
    return Estimate(hits / trials, wilson(hits, trials)) if trials else None
