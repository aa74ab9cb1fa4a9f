"""What a run of a method is expected to take: measured by a run, scaled to the file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from guide_helpers.errors import GuideError
from guide_helpers.schema import Data

RUN = "costs-costs"
"""The table of costs that the plan `costs` left."""


@dataclass(frozen=True)
class Cost:
    """CPU seconds and peak memory; `said` gives the seconds with what was measured."""

    seconds: float
    memory: float
    said: str


def expected(method: str, data: Data | None) -> Cost | None:
    """Return the median over the data sets of the run, in proportion to the units; None if unknown.

    Memory is not scaled: most of it is what a method imports.
    """
    if method not in (known := _measured()):
        return None
    seconds, memory, units = known[method]
    if data is None:
        return Cost(seconds, memory, f"{seconds:,.2g} with {units:,} units, measured")
    scaled = seconds * data.n_units / units
    said = f"about {scaled:,.2g} ({seconds:,.2g} with {units:,} units, in proportion)"
    return Cost(scaled, memory, said)


@cache
def _measured() -> dict[str, tuple[float, float, int]]:
    """Return CPU seconds, megabytes and units by method, as the run measured them."""
    from guide_helpers.evidence import results

    try:
        cells = results(RUN)
    except (GuideError, ImportError):
        return {}
    done = cells[cells["status"].eq("ran")]
    medians = done.groupby("method")[["generate_cpu_s", "process_peak_mb", "units"]].median()
    return {
        str(method): (float(seconds), float(memory), int(units))
        for method, seconds, memory, units in medians.itertuples()
    }
