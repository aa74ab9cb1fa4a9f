"""Find and read the files of `data/`, from a checkout or from the installed package."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from guide_helpers.catalogue import find
from guide_helpers.errors import GuideError
from guide_helpers.schema import Data, Dataset, Kind, Link, LinkedTables, Schema
from guide_helpers.schema_files import read_table


def folder() -> Path:
    """Return the folder with the guide's data: inside the wheel, or of the checkout."""
    package = Path(__file__).resolve().parents[1]
    for place in (package / "_data", package.parents[1] / "data"):
        if place.is_dir():
            return place
    raise GuideError("the guide's data folder is missing; install guide-helpers again")


def load_shipped(slug: str) -> Data:
    """Return one of the guide's data sets; the same call gives the same rows everywhere."""
    find("datasets", slug)
    return _read(slug)


@lru_cache(maxsize=4)
def _read(slug: str) -> Data:
    place = folder() / slug
    spec = json.loads((place / "schema.json").read_text(encoding="utf-8"))
    tables = {name: _read_one(place, slug, name, t) for name, t in spec["tables"].items()}
    if len(tables) == 1:
        return next(iter(tables.values()))
    return LinkedTables(tables, tuple(Link(**link) for link in spec["links"]), name=slug)


def _read_one(place: Path, slug: str, name: str, spec: dict[str, Any]) -> Dataset:
    schema, entity, time = read_table(spec, f"{slug}/schema.json, table {name!r}")
    expand = spec.get("expand")
    rows = read_rows(place / spec["file"], schema, also=(expand,) if expand else ())
    if expand:
        counts = rows.pop(expand).astype("int64")
        rows = rows.loc[rows.index.repeat(counts)].reset_index(drop=True)
    return Dataset.of(rows, schema, entity=entity, time=time, name=name)


def read_rows(path: Path, schema: Schema, also: tuple[str, ...] = ()) -> pd.DataFrame:
    """Read a CSV whose only missing value is the empty field, text columns as they stand."""
    words = {v.name: str for v in schema.variables if _as_words(v.kind, v.levels)}
    wanted = [*schema.names, *also]
    return pd.read_csv(path, dtype=words, usecols=wanted, keep_default_na=False, na_values=[""])[
        wanted
    ]


def _as_words(kind: Kind, levels: tuple[object, ...] | None) -> bool:
    if kind in (Kind.CATEGORICAL, Kind.ORDERED):
        return levels is None or all(isinstance(level, str) for level in levels)
    return kind in (Kind.TEXT, Kind.DATETIME)
