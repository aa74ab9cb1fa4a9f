"""CPU seconds of 100 shadow models: training, looking at each file, and scores for all targets.

    python benchmarks/bench_shadows.py [--rounds 5] [--json FILE]
    pytest benchmarks/bench_shadows.py

The original, the control and the attacker's reference are parts of Adult. All records of the first
two are targets, and share the shadows. Everything runs in this process with one thread; CPU time of
the process counts, imports and a first small run do not. Before times are taken the answer is
compared: the attack ranks members of a file of trees with leaves of one record surely above
outsiders, and not those of a file made from other people.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before numpy is imported: one thread for everybody

import numpy as np  # noqa: E402
import pytest  # noqa: E402

from guide_helpers import attack, generate, load  # noqa: E402
from guide_helpers.results import Ranking, Synthetic  # noqa: E402
from guide_helpers.schema import Dataset  # noqa: E402

COLUMNS = (
    *("age", "sex", "race", "marital", "relationship"),
    *("education", "class_of_worker", "occupation", "hours", "income"),
)


@dataclass(frozen=True)
class Case:
    """So many records in the original and in each shadow, and the most CPU seconds allowed."""

    rows: int
    most: float
    attack: str = "shadow_model"


CASES = {
    "1,000 x 10, shadow models": Case(1_000, 10),
    "5,000 x 10, shadow models": Case(5_000, 180),
    "1,000 x 10, likelihood ratio": Case(1_000, 10, "likelihood_ratio"),
    "5,000 x 10, likelihood ratio": Case(5_000, 180, "likelihood_ratio"),
}


def groups(rows: int) -> list[Dataset]:
    """Original, control, reference and other people, of one size, who share nobody."""
    adult = load("adult").keep(*COLUMNS)
    order = np.random.default_rng(1).permutation(len(adult))[: 4 * rows]
    return [adult.with_rows(adult.rows.iloc[part]) for part in np.split(order, 4)]


def run(
    case: Case, file: Synthetic, parts: list[Dataset], seed: int, shadows: int = 100
) -> Ranking:
    """The attack on everybody."""
    original, control, reference, _ = parts
    risk = attack(
        file,
        original=original,
        control=control,
        attack=case.attack,
        knowledge=COLUMNS,
        seed=seed,
        reference=reference,
        shadows=shadows,
        workers=1,
    )
    assert risk.ranking is not None
    return risk.ranking


def check(case: Case) -> None:
    """Compare answers: sure about members of a leaking file, silent about a file of others."""
    parts = groups(case.rows)
    leaking = generate(parts[0], "cart", min_leaf=1, smooth=False, seed=1)
    assert run(case, leaking, parts, 1, 40).area.interval.low > 0.5
    others = generate(parts[3], "cart", seed=1)
    area = run(case, others, parts, 1, 40).area
    assert abs(area.value - 0.5) < 2 * (area.value - area.interval.low)


def seconds(case: Case, rounds: int) -> list[float]:
    """CPU seconds of the attack with 100 shadows, round by round."""
    parts = groups(case.rows)
    file = generate(parts[0], "cart", seed=1)
    run(case, file, parts, 0, 8)
    found = []
    for seed in range(rounds):
        before = time.process_time()
        run(case, file, parts, seed)
        found.append(round(time.process_time() - before, 2))
    return found


def result(rounds: int) -> dict[str, object]:
    """All figures, with the versions they belong to."""
    times = {}
    for name, case in CASES.items():
        check(case)
        taken = seconds(case, rounds)
        times[name] = {
            "seconds": taken,
            "median": statistics.median(taken),
            "most": max(taken),
            "target": case.most,
            "met": max(taken) <= case.most,
        }
    return {
        "command": " ".join(["python", "benchmarks/bench_shadows.py", *sys.argv[1:]]),
        "python": platform.python_version(),
        "versions": {p: metadata.version(p) for p in ("numpy", "pandas")},
        "times": times,
    }


@pytest.mark.parametrize("name", list(CASES))
def test_the_target_is_met(name: str) -> None:
    check(CASES[name])
    assert max(seconds(CASES[name], 1)) <= CASES[name].most


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    asked = parser.parse_args()
    text = json.dumps(result(asked.rounds), indent=1)
    print(text)
    if asked.json:
        asked.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
