"""What an intruder who knows the keys concludes from a file about a sensitive value.

He looks up the records with the target's key combination, and claims a value where all of them
share it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from guide_helpers.measures._keys import (
    KEY,
    UNIT,
    Bins,
    Files,
    chosen_keys,
    chosen_sensitive,
    column,
    only_value,
    said_of_bins,
)
from guide_helpers.schema import Dataset


@dataclass(frozen=True)
class Question:
    """Files in codes, the keys that are known and the sensitive variables that are asked for."""

    files: Files
    coded: tuple[Dataset, Dataset, Dataset | None]
    keys: tuple[str, ...]
    targets: tuple[str, ...]
    size: int
    said: str

    @classmethod
    def of(
        cls,
        original: Dataset,
        synthetic: Dataset,
        control: Dataset | None,
        *,
        keys: Sequence[str] | None,
        sensitive: str | Sequence[str] | None,
        bins: Bins,
        sensitive_bins: Bins,
    ) -> Question:
        """Return the question that the options ask; numeric values are classed by their bins."""
        names = chosen_keys(original, keys)
        targets = chosen_sensitive(original, sensitive, names)
        files = Files(original, synthetic, control)
        key, size = files.combined(names, bins)
        columns = {KEY: key}
        for name in targets:
            columns[name], levels = files.codes(name, sensitive_bins)
            columns[cell(name)] = pd.factorize(key * levels + columns[name])[0]
        said = said_of_bins(original, names, bins)
        if any(not original.schema[n].discrete for n in targets):
            said += _said_of_values(sensitive_bins)
        return cls(files, files.coded(columns), names, targets, size, said.strip())

    def with_columns(
        self, columns: dict[str, np.ndarray]
    ) -> tuple[Dataset, Dataset, Dataset | None]:
        """Return the coded files with further columns of whole numbers."""
        whole = {n: np.concatenate([column(d, n) for d in self._all]) for n in self.names}
        return self.files.coded(whole | columns)

    @property
    def _all(self) -> list[Dataset]:
        return [d for d in self.coded if d is not None]

    @property
    def names(self) -> list[str]:
        """Names of the coded columns, without the unit."""
        return [str(n) for n in self.coded[0].rows if n != UNIT]


def baseline(value: np.ndarray) -> float:
    """Return the sum of squared shares in per cent: what drawing from the margin gets right."""
    shares = np.bincount(value) / len(value)
    return 100 * float((shares**2).sum())


def _said_of_values(bins: Bins) -> str:
    if bins is None:
        return " Numeric sensitive values are compared exactly."
    if isinstance(bins, int):
        return f" Numeric sensitive values in {bins} classes at quantiles of the original."
    return " Numeric sensitive values in the classes that were given."


def cell(name: str) -> str:
    """Return the name of the column of key combination and sensitive value together."""
    return f"key combination and {name}"


def claimed(one: Dataset, other: Dataset, name: str, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return for which records of `one` the other file shows one value only, and where it is true.

    Groups of a single record show one value.
    """
    said = only_value(other, name, size)[column(one)]
    return said >= 0, said == column(one, name)


def claimed_by_others(one: Dataset, name: str, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the same for each record of a file, with its other records as the other file.

    A fresh sample of the file's size gives the same on average, but for one record.
    """
    in_group, alike = group_sizes(one, name, size)
    same = alike == in_group
    values = np.bincount(column(one)[first_of_cell(one, name)], minlength=size)[column(one)]
    claims = (in_group > 1) & (same | ((alike == 1) & (values == 2)))
    return claims, claims & same


def group_sizes(one: Dataset, name: str, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return, record by record, how many have its keys, and how many its keys and its value."""
    key, joint = column(one), column(one, cell(name))
    return np.bincount(key, minlength=size)[key], np.bincount(joint)[joint]


def first_of_cell(one: Dataset, name: str) -> np.ndarray:
    """Return a row of each combination of keys and value that the file has."""
    rows: np.ndarray = np.unique(column(one, cell(name)), return_index=True)[1]
    return rows
