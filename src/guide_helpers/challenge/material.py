"""The data of a challenge: one table, one part for the participants, one kept back."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from guide_helpers import verbs
from guide_helpers.errors import GuideError
from guide_helpers.schema import Dataset, Kind, LinkedTables, Role

FEWEST = 200
"""Units a challenge needs at least: half of them are kept back."""
MOST = 20_000
"""Units a challenge takes at most, chosen at random: more cost time and teach nothing more."""


def material(name: str, *, schema: str | None, units: int | None, seed: int) -> Dataset:
    """Return the table of a challenge; rows are units, names and numbers of units are gone."""
    data = verbs.load(name, schema=schema)
    table = _one_table(name, data)
    if table.panel:
        raise GuideError(
            f"{name!r} has several rows of one {table.entity}; a challenge takes one row a unit, "
            "so choose or make one of each first"
        )
    wanted = MOST if units is None else units
    if wanted < FEWEST or table.n_units < FEWEST:
        raise GuideError(
            f"a challenge needs at least {FEWEST} units, not {min(wanted, table.n_units)}; "
            "half of them are kept back"
        )
    return _without_names(_some(table, wanted, seed))


def label(name: str) -> str:
    """Return the name of a data set as a folder is called."""
    stem = re.sub(r"(\.(csv|gz|parquet|dta|sav|sas7bdat|xpt|yml|yaml))+$", "", Path(name).name)
    return re.sub(r"\W+", "_", stem).strip("_").lower()[:40] or "data"


def _one_table(name: str, data: Dataset | LinkedTables) -> Dataset:
    if isinstance(data, Dataset):
        return data
    if name == "acs":
        return _first_persons(data)
    raise GuideError(f"{name!r} has linked tables; a challenge takes one table, one row a unit")


def _first_persons(acs: LinkedTables) -> Dataset:
    """Return the households of `acs`, each with the person listed first: one row a household."""
    homes, persons = acs["households"], acs["persons"]
    first = persons.rows[persons.rows["person_number"] == 1].drop(columns="person_number")
    rows = homes.rows.merge(first, on="household_id", validate="one_to_one")
    kept = persons.schema.keep([c for c in first.columns if c != "household_id"])
    schema = type(kept)(
        (*homes.schema.variables, *kept.variables),
        (*homes.schema.rules, *kept.rules),
        (*homes.schema.structural_zeros, *kept.structural_zeros),
    )
    return Dataset.of(rows, schema, name="acs")


def _some(table: Dataset, units: int, seed: int) -> Dataset:
    if table.n_units <= units:
        return table
    order = np.random.default_rng(seed).permutation(table.n_units)
    return table.take_units(np.sort(order[:units]))


def _without_names(table: Dataset) -> Dataset:
    """Return what carries information: identifiers and survey weights are left out."""
    kept = [v for v in table.schema.modelled if v.role is not Role.WEIGHT]
    kept = [v for v in kept if v.kind is not Kind.TEXT]
    schema = table.schema.keep([v.name for v in kept])
    return Dataset.of(pd.DataFrame(table.rows[list(schema.names)]), schema, name=table.name)
