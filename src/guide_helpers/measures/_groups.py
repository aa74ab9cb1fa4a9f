"""Records in the groups of a table: chosen variables, cells common to both files, names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from guide_helpers.errors import GuideError
from guide_helpers.measures._encode import level_codes, measured, numbers, special_codes
from guide_helpers.schema import Dataset, Role, Variable

CLASSES = 4
"""Classes that a numeric variable is cut into at quantiles of the original."""
FEW_LEVELS = 30
"""A discrete variable of more levels makes no groups unless it is asked for."""
SHOWN = 10
"""A table shows no group or cell with fewer original records than this."""
MISSING = "missing"


@dataclass(frozen=True)
class Groups:
    """The group of each record of both files, from 0, and the groups' names.

    A record whose value is missing is in the group "missing".
    """

    variable: str
    original: np.ndarray
    synthetic: np.ndarray
    names: tuple[str, ...]

    @property
    def sizes(self) -> np.ndarray:
        """Original records in each group."""
        return np.bincount(self.original, minlength=len(self.names))

    @property
    def synthetic_sizes(self) -> np.ndarray:
        """Synthetic records in each group."""
        return np.bincount(self.synthetic, minlength=len(self.names))


def chosen(
    data: Dataset,
    asked: str | Sequence[str] | None,
    option: str,
    *,
    most: int | None = None,
    besides: str = "",
) -> tuple[Variable, ...]:
    """Return the variables that a reader asked for, or the keys that make groups.

    Without keys it is the first variable with few levels, else the first of all; never the one
    that is measured `besides`, unless it was asked for.
    """
    if asked is not None:
        names = (asked,) if isinstance(asked, str) else tuple(asked)
        if not names or len(set(names)) < len(names):
            raise GuideError(f"{option}={asked!r} names no variable, or one of them twice")
        return tuple(_usable(data, name, option) for name in names)
    every = [v for v in measured(data) if v.role is not Role.WEIGHT and v.name != besides]
    if not every:
        raise GuideError(f"the table has nothing that could make groups; name some in {option}")
    keys = [v for v in every if v.role is Role.KEY and _few(data, v)]
    other = [v for v in every if v.discrete and _few(data, v)]
    return tuple((keys or other[:1] or every[:1])[:most])


def _usable(data: Dataset, name: str, option: str) -> Variable:
    variable = data.schema[name]
    if variable not in measured(data):
        raise GuideError(
            f"{option}={name!r} is an identifier or free text; name a variable that makes groups"
        )
    return variable


def _few(data: Dataset, variable: Variable) -> bool:
    return not variable.discrete or data.rows[variable.name].nunique() <= FEW_LEVELS


def groups(variable: Variable, original: Dataset, synthetic: Dataset) -> Groups:
    """Return the groups that a variable makes: its levels, or classes of a quantity."""
    pair = original.rows[variable.name], synthetic.rows[variable.name]
    if variable.discrete:
        old, new, levels = level_codes(*pair)
        names = [str(level) for level in levels]
    else:
        old, new, names = _classes(variable, *map(numbers, pair))
    old, new = (np.where(codes < 0, len(names), codes) for codes in (old, new))
    return Groups(variable.name, old, new, (*names, MISSING))


def _classes(
    variable: Variable, old: np.ndarray, new: np.ndarray
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return classes cut at quantiles of the original, then a class for each special value."""
    kinds = special_codes(variable, old), special_codes(variable, new)
    plain = old[kinds[0] == 0]
    cuts = np.unique(plain)[:-1]
    if len(cuts) >= CLASSES:
        shares = np.arange(1, CLASSES) / CLASSES
        cuts = np.unique(np.quantile(plain, shares, method="inverted_cdf"))
        cuts = cuts[cuts < plain.max()]
    words = [_words(variable, cut) for cut in cuts]
    between = [f"above {a}, to {b}" for a, b in pairwise(words)]
    names = [f"to {words[0]}", *between, f"above {words[-1]}"] if words else ["any"]
    codes = [
        np.where(k > 0, len(names) - 1 + k, np.where(k < 0, -1, np.searchsorted(cuts, values)))
        for values, k in zip((old, new), kinds, strict=True)
    ]
    return codes[0], codes[1], names + [str(word) for word in variable.special.values()]


def _words(variable: Variable, cut: float) -> str:
    if variable.numeric:
        return f"{cut:.6g}"
    return str(np.datetime64(int(cut), "s"))[:10]


def crossed(several: Sequence[Groups]) -> Groups:
    """Return the groups that several variables make together, the occupied ones only."""
    old, new = several[0].original, several[0].synthetic
    names: list[str] = list(several[0].names)
    for more in several[1:]:
        size = len(more.names)
        both = np.concatenate([old * size + more.original, new * size + more.synthetic])
        occupied, codes = np.unique(both, return_inverse=True)
        names = [f"{names[i // size]} × {more.names[i % size]}" for i in occupied]
        old, new = codes[: len(old)], codes[len(old) :]
    return Groups(" × ".join(g.variable for g in several), old, new, tuple(names))
