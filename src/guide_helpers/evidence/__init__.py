"""Results of long runs, which chapters read instead of repeating them."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from guide_helpers.datasets._files import folder
from guide_helpers.errors import GuideError


def results(name: str) -> pd.DataFrame:
    """Return the results of a long run by its name, one line a cell of its plan."""
    return pd.read_parquet(_file(name, ".parquet"))


def provenance(name: str) -> dict[str, Any]:
    """Return how the results came about: command, date, versions, machine, plan."""
    found: dict[str, Any] = json.loads(_file(name, ".json").read_text(encoding="utf-8"))
    return found


def _file(name: str, ending: str) -> Any:
    place = folder() / "evidence"
    known = sorted(p.stem for p in place.glob("*.parquet"))
    if name not in known:
        raise GuideError(f"no results {name!r}; known: {', '.join(known) or 'none'}")
    return place / f"{name}{ending}"
