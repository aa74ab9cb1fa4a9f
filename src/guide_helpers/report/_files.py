"""The files of a release: what is compared, what is attacked, and random parts of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from guide_helpers.errors import GuideError
from guide_helpers.results import Synthetic
from guide_helpers.schema import Data, Dataset, LinkedTables


@dataclass(frozen=True)
class Files:
    """The files of one release; `attacked` is what attacks look at, with its members."""

    original: Data
    copies: tuple[Data, ...]
    control: Data | None
    attacked: Synthetic | tuple[Data, ...]
    members: Data
    outsiders: Data | None


def refuse_unlike(original: Data, others: Sequence[Data]) -> None:
    """Refuse files that are no data sets, have other tables or columns, or no rows."""
    from guide_helpers.verbs import refuse_other_columns

    for data in (original, *others):
        if not isinstance(data, Dataset | LinkedTables):
            raise GuideError(f"a {type(data).__name__} is no data set: load(file) makes one")
        if not data.n_units:
            raise GuideError("one of the files has no rows; there is nothing to check")
        if type(data) is not type(original):
            raise GuideError("one file is a single table, the other has linked tables")
    for other in others:
        if isinstance(original, Dataset) and isinstance(other, Dataset):
            refuse_other_columns(original, other, "original and synthetic or control")
        elif isinstance(original, LinkedTables) and isinstance(other, LinkedTables):
            if list(original.tables) != list(other.tables):
                raise GuideError(f"the files have other tables than {', '.join(original.tables)}")
            for name, table in original.tables.items():
                refuse_other_columns(table, other[name], f"table {name!r}")


def part(data: Data, most: int, rng: np.random.Generator) -> Data:
    """Return the file, or a random part of `most` privacy units of a larger one."""
    if data.n_units <= most:
        return data
    return data.take_units(np.sort(rng.choice(data.n_units, most, replace=False)))


def said_part(whole: Data, used: Data) -> str:
    """Return that only a part was used, and how large it was; empty where it was all."""
    if used.n_units == whole.n_units:
        return ""
    return f"on a random part of {used.n_units:,} units of each file"


def split(data: Data, rng: np.random.Generator) -> tuple[Data, Data]:
    """Return two halves of a file by privacy unit; an odd unit is left out."""
    half = data.n_units // 2
    if half < 1:
        raise GuideError("the original has one unit; it cannot be split in halves")
    order = rng.permutation(data.n_units)
    return data.take_units(np.sort(order[:half])), data.take_units(np.sort(order[half : 2 * half]))
