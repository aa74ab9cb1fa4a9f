"""The links of linked tables as numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.schema import Link, LinkedTables


def same_links(original: LinkedTables, *others: LinkedTables | None) -> None:
    """Refuse files that are not linked as the original is."""
    for other in others:
        if other is None:
            continue
        if not isinstance(other, LinkedTables) or set(other.links) != set(original.links):
            raise GuideError("the files are not linked alike; load all with the same schema")


def name_of(link: Link) -> str:
    """Return a link's name, parent first."""
    return f"{link.parent}-{link.child}"


def parent_rows(data: LinkedTables, link: Link) -> np.ndarray:
    """Return the row of the parent of each child row, -1 where it has none."""
    place = pd.Index(data[link.parent].rows[link.key])
    found: np.ndarray = place.get_indexer(data[link.child].rows[link.key])
    return found


def orphans_note(data: LinkedTables) -> str:
    """Return a sentence about child rows without a parent, empty where there are none."""
    lost = int(data.orphans().sum())
    return f"{lost:,} synthetic rows have no parent and are left out." if lost else ""
