"""What a run of a method is expected to take: measured on 5,000 records, scaled to the file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from guide_helpers.errors import GuideError
from guide_helpers.schema import Data, Dataset

MEASURED = 5_000
"""Records in each part of the assessment."""


@dataclass(frozen=True)
class Cost:
    """CPU seconds and peak memory; `said` gives the seconds with what was measured."""

    seconds: float
    memory: float
    said: str


def expected(method: str, data: Data | None) -> Cost | None:
    """Return the median over the assessed data sets, in proportion to the rows; None if unknown."""
    if method not in (known := _measured()):
        return None
    seconds, memory = known[method]
    if data is None:
        return Cost(seconds, memory, f"{seconds:,.2g} with {MEASURED:,} records, measured")
    rows = len(data) if isinstance(data, Dataset) else sum(map(len, data.tables.values()))
    scaled = seconds * rows / MEASURED
    said = f"about {scaled:,.2g} ({seconds:,.2g} with {MEASURED:,} records, in proportion)"
    return Cost(scaled, memory, said)


@cache
def _measured() -> dict[str, tuple[float, float]]:
    """Return CPU seconds and megabytes by method, as the assessment measured them."""
    from guide_helpers.evidence import results

    try:
        cells = results("assessment")
    except (GuideError, ImportError):
        return {}
    done = cells[cells["cpu_seconds"].notna()]
    medians = done.groupby("method")[["cpu_seconds", "peak_mb"]].median()
    return {
        str(method): (float(line["cpu_seconds"]), float(line["peak_mb"]))
        for method, line in medians.iterrows()
    }
