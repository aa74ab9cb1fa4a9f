"""CPU seconds and memory of the simulated mobile network: 100,000 devices, seven days.

    python benchmarks/bench_mobility.py [--devices 100000] [--days 7] [--json FILE]
    pytest benchmarks/bench_mobility.py

The network is simulated, its rows by device and hour are made, dp_mobility is fitted to them and
draws as many devices again. CPU time of the process counts, imports do not; memory is the most
that the process held. The town has 400 zones of two kilometres and 400 antennas.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import time
from importlib import metadata
from pathlib import Path
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before numpy is imported: one thread for everybody

from guide_helpers import generate  # noqa: E402
from guide_helpers.mobile_network import simulate  # noqa: E402

DEVICES, DAYS = 100_000, 7
TOWN: dict[str, Any] = {"side": 20, "width": 2.0, "antennas": 400, "events_a_day": 12.0, "seed": 1}
MOST_SECONDS = 180.0
"""CPU seconds that the simulation may take."""
MOST_MEGABYTES = 2_000.0


def measured(devices: int = DEVICES, days: int = DAYS) -> dict[str, Any]:
    """Return what was made, and what it cost."""
    found: dict[str, Any] = {"devices": devices, "days": days}
    start = time.process_time()
    network = simulate(devices, days=days, **TOWN)
    found["simulation: CPU seconds"] = time.process_time() - start
    found["people"], found["events"] = len(network.people), len(network.events)
    found["events a device and day"] = len(network.events) / devices / days
    found["simulation: most memory, MB"] = most_memory()
    start = time.process_time()
    seen = network.seen()
    found["rows by device and hour"] = len(seen)
    found["rows: CPU seconds"] = time.process_time() - start
    start = time.process_time()
    asked: dict[str, Any] = {"max_rows": 40, "coordinates": network.coordinates}
    copy = generate(seen, "dp_mobility", epsilon=1.0, seed=1, **asked)
    found["dp_mobility: CPU seconds"] = time.process_time() - start
    found["dp_mobility: rows"] = len(copy.rows)
    found["most memory, MB"] = most_memory()
    return found


def most_memory() -> float:
    """Return the most memory that the process has held, in megabytes (Linux counts kilobytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000


def test_a_week_of_a_hundred_thousand_devices_is_simulated_within_its_limits() -> None:
    found = measured()
    assert found["devices"] == DEVICES
    assert found["simulation: CPU seconds"] < MOST_SECONDS
    assert found["most memory, MB"] < MOST_MEGABYTES


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--devices", type=int, default=DEVICES)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    found = measured(given.devices, given.days)
    found["machine"] = f"{platform.machine()}, {os.cpu_count()} cores"
    found["versions"] = {p: metadata.version(p) for p in ("numpy", "pandas")}
    for name, value in found.items():
        print(f"{name}: {value:,.1f}" if isinstance(value, float) else f"{name}: {value}")
    if given.json:
        given.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
