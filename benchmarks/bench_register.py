"""A whole register with a privacy budget: everybody synthesised, and the file checked.

    python benchmarks/bench_register.py [--share 1.0]

A tree of pairs is bought for the register at epsilon 1 and a delta of a billionth, and as many
people are drawn; impossible people, the distance of all tables of up to three variables, uniques
and the linkage by a unique match are then computed. For the attack half of the people who are alone
are left out and serve as control, and the method runs again. CPU seconds of each step and the
memory in all are printed as JSON; 1 is returned where all together takes more than 60 CPU seconds
or 2 GB, or where the file has not as many people as the register.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Sequence

import numpy as np

from guide_helpers import attack, compare, generate, load
from guide_helpers.schema import Dataset

SECONDS, MEGABYTES = 60.0, 2048.0
SPENT = {"epsilon": 1.0, "delta": 1e-9, "n_public": True}
KNOWN = ["branch", "grade", "pay_grade", "sex", "race"]


def without_half_of_those_alone(register: Dataset) -> tuple[Dataset, Dataset]:
    """Return everybody but a random half of the people who are alone, and that half."""
    alone = np.flatnonzero(~register.rows.duplicated(keep=False))
    out = np.sort(np.random.default_rng(3).permutation(alone)[: len(alone) // 2])
    rest = np.setdiff1d(np.arange(len(register)), out)
    return register.take_units(rest), register.take_units(out)


def play(register: Dataset) -> None:
    """Run the method without some of the people who are alone, and attack those who are in it."""
    rest, control = without_half_of_those_alone(register)
    attack(
        generate(rest, "mst", seed=4, **SPENT),
        original=rest,
        control=control,
        attack="unique_match",
        knowledge=KNOWN,
        targets=rest.rows.index[~rest.rows.duplicated(keep=False)],
        control_targets=control.rows.index,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print seconds and memory; return 1 where they are over the budget or people are missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0)
    asked = parser.parse_args(arguments)
    register = load("military")
    assert isinstance(register, Dataset)
    size = round(asked.share * len(register))
    chosen = np.random.default_rng(1).permutation(len(register))[:size]
    register = register.take_units(np.sort(chosen))
    clock = [time.process_time()]
    file = generate(register, "mst", seed=2, **SPENT).first
    clock.append(time.process_time())
    impossible = int(file.violations().sum())
    clock.append(time.process_time())
    compare(register, file, measures="marginal_distance", ways=(1, 2, 3), draws=2)
    clock.append(time.process_time())
    compare(register, file, measures="uniques", keys=list(register.schema.names), draws=2)
    clock.append(time.process_time())
    play(register)
    clock.append(time.process_time())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    steps = ("make", "check rules", "compare tables", "count uniques", "make again and attack")
    seconds = dict(zip(steps, np.diff(clock).round(2).tolist(), strict=True))
    line = {
        "people": len(file),
        **{f"CPU seconds to {step}": spent for step, spent in seconds.items()},
        "CPU seconds": round(clock[-1] - clock[0], 2),
        "peak MB": round(peak),
        "broken rules": impossible,
    }
    print(json.dumps(line))
    over = clock[-1] - clock[0] > SECONDS or peak > MEGABYTES
    return int(over or len(file) != len(register))


if __name__ == "__main__":
    raise SystemExit(main())
