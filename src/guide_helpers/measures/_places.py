"""Files of units in places, as numbers: what measures of movement share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from guide_helpers.errors import GuideError
from guide_helpers.measures._calendar import slot_of
from guide_helpers.measures._series import TIME, Files, coded, label_of, of_units
from guide_helpers.schema import Dataset, Kind, Schema, Variable

SLOT = " slot"


def placed(
    measure: str,
    place: str,
    original: Dataset,
    synthetic: Dataset,
    control: Dataset | None,
    period: str | int | None = None,
) -> Files:
    """Return the files with the place of each row as a number; rows without one are left out.

    With a `period`, the slot of each row stands beside, and rows without a time are left out.
    """
    of_units(original, measure)
    label_of(original, place, "place")
    found = [f if f is None else _known(f, place, period) for f in (original, synthetic, control)]
    old, new, beside = found
    assert old is not None
    assert new is not None
    if not len(old):
        raise GuideError(f"column {place!r} is empty; nothing to compare")
    quantities = [] if period is None else [SLOT]
    return coded(old, new, beside, quantities=quantities, levels=[place])


def _known(file: Dataset, place: str, period: str | int | None) -> Dataset:
    kept = file.rows[place].notna().to_numpy()
    if period is not None:
        slot = slot_of(file, period)
        kept &= ~np.isnan(slot)
        schema = Schema((*file.schema.variables, Variable(SLOT, Kind.NUMBER)))
        file = replace(file, rows=file.rows.assign(**{SLOT: slot}), schema=schema)
    wanted = [n for n in file.schema.names if n in {place, file.entity, file.time, SLOT}]
    rows = file.rows.loc[kept, wanted].reset_index(drop=True)
    return Dataset(rows, file.schema.keep(wanted), file.entity, file.time)


def places_of(data: Dataset, place: str) -> np.ndarray:
    """Return the place of each row of a coded file."""
    return data.rows[place].to_numpy(dtype=np.int64)


def runs(data: Dataset, place: str) -> tuple[np.ndarray, np.ndarray]:
    """Return where each stay begins, and the unit of each; rows are in order within units."""
    units, places = data.units, places_of(data, place)
    if not len(units):
        return units, units
    begins = np.append(True, (units[1:] != units[:-1]) | (places[1:] != places[:-1]))
    first = np.flatnonzero(begins)
    return first, units[first]


def times_of(data: Dataset) -> np.ndarray:
    """Return the time of each row of a coded file; its place in the file where it has none."""
    if TIME in data.rows:
        return data.rows[TIME].to_numpy(dtype=float)
    return np.arange(len(data), dtype=float)
