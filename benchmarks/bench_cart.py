"""CPU seconds and memory of `cart` beside scikit-learn's trees and SDV's Gaussian copula, on Adult.

    python benchmarks/bench_cart.py [--rounds 5] [--cases NAME ...] [--json FILE]
    pytest benchmarks/bench_cart.py

All work in this process in alternating rounds, with one thread; CPU time of the process counts,
imports and a first small call do not. A ratio is taken within each round; its lower bound is the
95 % bound of the median that holds for any distribution: the least of five to seven rounds. The
oracle is the sequential synthesizer of `tests/methods/oracle_cart.py`, on 64 quantile bins, with
leaves of 5 records like ours. SDV runs with its own defaults, its metadata given. Against both,
`cart` keeps no rules and does not smooth, which they do not either; what these cost is a case of
its own. Memory is what a process's peak rises above what it had before, after a small call.

More rows than Adult has are Adult and a resample of it, with every number moved a little. The 42
columns are the 14 columns three times, with 30 % of the values of the second and third changing
places.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import logging
import math
import os
import platform
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from types import ModuleType

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"  # before numpy is imported: one thread for everybody

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import pytest  # noqa: E402

from guide_helpers import generate, load  # noqa: E402
from guide_helpers.schema import Dataset, Role, Schema  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
LEAF = 5
Tool = Callable[[Dataset, int], object]


def cart(data: Dataset, seed: int) -> object:
    """Trees alone."""
    return generate(data, "cart", seed=seed, min_leaf=LEAF, keep_rules=False, smooth=False)


def full(data: Dataset, seed: int) -> object:
    """Trees with rules kept, a spike at zero, smoothing, and missing values where there are any."""
    spikes = {"capital_gain": [0], "capital_loss": [0]}
    return generate(data, "cart", seed=seed, min_leaf=LEAF, smooth=True, spikes=spikes)


def oracle(data: Dataset, seed: int) -> object:
    """The same sequence with scikit-learn's trees."""
    return _oracle().synthesise(data, np.random.default_rng(seed), min_leaf=LEAF, bins=64)


def sdv(data: Dataset, seed: int) -> object:
    """SDV's Gaussian copula with its defaults; it takes no seed."""
    del seed
    from sdv.metadata import Metadata
    from sdv.single_table import GaussianCopulaSynthesizer

    frame, columns = data.rows.copy(), {}
    for v in data.schema.variables:
        columns[v.name] = {"sdtype": "categorical" if v.discrete else "numerical"}
        if v.discrete:
            frame[v.name] = frame[v.name].astype(object)
    described = Metadata.load_from_dict({"tables": {"data": {"columns": columns}}})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = GaussianCopulaSynthesizer(described)
        model.fit({"data": frame})
        return model.sample(len(frame))["data"]


def adult(rows: int) -> Dataset:
    """The 14 columns of Adult, so many rows."""
    whole = load("adult")
    whole = whole.keep(*(v.name for v in whole.schema.variables if v.name != "part"))
    rng = np.random.default_rng(0)
    more = max(0, rows - len(whole))
    if not more:
        return whole.with_rows(whole.rows.iloc[rng.permutation(len(whole))[:rows]])
    extra = whole.rows.iloc[rng.integers(0, len(whole), more)].copy()
    for v in whole.schema.variables:
        if v.numeric:
            values = extra[v.name].to_numpy()
            # zero stays zero, as the heaps of Adult do
            moved = np.rint(values * rng.uniform(0.97, 1.03, more)).astype(values.dtype)
            low, high = v.bounds or (-np.inf, np.inf)
            extra[v.name] = np.clip(moved, low, high).astype(values.dtype)
    return whole.with_rows(pd.concat([whole.rows, extra]))


def wide(rows: int) -> Dataset:
    """The columns of Adult three times."""
    data, rng = adult(rows), np.random.default_rng(1)
    parts, variables = [data.rows.reset_index(drop=True)], list(data.schema.variables)
    for k in (2, 3):
        part = parts[0].copy()
        for v in data.schema.variables:
            some = np.flatnonzero(rng.random(rows) < 0.3)
            place = np.arange(rows)
            place[some] = rng.permutation(some)
            part[v.name] = part[v.name].take(place).set_axis(part.index)
        parts.append(part.add_suffix(f"_{k}"))
        variables += [
            replace(v, name=f"{v.name}_{k}", role=Role.OTHER) for v in data.schema.variables
        ]
    return Dataset.of(pd.concat(parts, axis=1), Schema(tuple(variables)))


def holed(rows: int) -> Dataset:
    """The 14 columns with a tenth of ages and hours missing."""
    data, rng = adult(rows), np.random.default_rng(2)
    holes = {c: data.rows[c].astype(float).mask(rng.random(rows) < 0.1) for c in ("age", "hours")}
    return data.with_rows(data.rows.assign(**holes))


@dataclass(frozen=True)
class Case:
    """Two tools on the same rows, or one tool on two sizes, and what their ratio should be.

    `least` is the target of the lower bound of b's CPU seconds over a's; `most` that of the upper
    bound.
    """

    a: Tool
    b: Tool
    rows: Callable[[int], Dataset]
    size: int
    least: float | None = None
    most: float | None = None
    b_rows: Callable[[int], Dataset] | None = None
    b_size: int | None = None


GROWTH = (10_000, 400_000)
CASES = {
    "SDV, 50,000 x 14": Case(cart, sdv, adult, 50_000, least=8),
    "SDV, 10,000 x 14": Case(cart, sdv, adult, 10_000),
    "oracle, 50,000 x 14": Case(cart, oracle, adult, 50_000, least=1.25),
    "oracle, 10,000 x 14": Case(cart, oracle, adult, 10_000, least=1.0),
    "oracle, 10,000 x 42": Case(cart, oracle, wide, 10_000, least=1.25),
    "10,000 to 400,000 x 14": Case(
        cart, cart, adult, GROWTH[0], most=(GROWTH[1] / GROWTH[0]) ** 1.1, b_size=GROWTH[1]
    ),
    "rules, spikes, smoothing": Case(cart, full, adult, 50_000, most=1.3),
    "and missing values": Case(cart, full, adult, 50_000, most=1.3, b_rows=holed),
}
SMALL = 500


def times(case: Case, rounds: int) -> dict[str, object]:
    """CPU seconds of both tools, round by round, each first in every other round."""
    data = case.rows(case.size)
    other = (case.b_rows or case.rows)(case.b_size or case.size)
    for tool, rows in ((case.a, data), (case.b, other)):
        tool(rows.with_rows(rows.rows.iloc[:SMALL]), 0)
    seconds: dict[str, list[float]] = {"a": [], "b": []}
    for number in range(rounds):
        for name in ("ab", "ba")[number % 2]:
            tool, rows = (case.a, data) if name == "a" else (case.b, other)
            before = time.process_time()
            tool(rows, number)
            seconds[name].append(round(time.process_time() - before, 4))
    ratios = sorted(b / a for a, b in zip(seconds["a"], seconds["b"], strict=True))
    low, high = bounds(ratios)
    return {
        "a": case.a.__name__,
        "b": case.b.__name__,
        "seconds a": seconds["a"],
        "seconds b": seconds["b"],
        "median a": round(statistics.median(seconds["a"]), 3),
        "median b": round(statistics.median(seconds["b"]), 3),
        "ratio b / a": round(statistics.median(ratios), 2),
        "lower bound": round(low, 2),
        "upper bound": round(high, 2),
        "target": f"at least {case.least}" if case.least else _at_most(case.most),
        "met": _met(case, low, high),
    }


def bounds(ratios: list[float]) -> tuple[float, float]:
    """One-sided 95 % bounds of the median, from the order of the sorted values alone."""
    n, k, chance = len(ratios), 0, 0.0
    while (chance := chance + math.comb(n, k) / 2**n) <= 0.05:
        k += 1
    if not k:
        raise SystemExit(f"{n} rounds are too few for a bound of 95 %; ask for at least 5")
    return ratios[k - 1], ratios[n - k]


def _at_most(most: float | None) -> str:
    return f"at most {most:.3g}" if most else ""


def _met(case: Case, low: float, high: float) -> bool | None:
    if case.least:
        return low >= case.least
    return high <= case.most if case.most else None


def memory(name: str, rows: int) -> float:
    """Megabytes by which the peak of a process of its own rises while a tool works."""
    command = [sys.executable, __file__, "--peak", name, str(rows)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def peak(name: str, rows: int) -> float:
    """The same, in this process; Linux only."""
    tool, data = {"cart": cart, "oracle": oracle, "full": full}[name], adult(rows)
    tool(data.with_rows(data.rows.iloc[:SMALL]), 0)
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = _status("VmRSS")
    tool(data, 1)
    return (_status("VmHWM") - before) / 1024


def _status(field: str) -> int:
    text = Path("/proc/self/status").read_text()
    return int(text.split(f"{field}:")[1].split()[0])


def _oracle() -> ModuleType:
    name = "oracle_cart"
    if name not in sys.modules:
        path = ROOT / "tests" / "methods" / f"{name}.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def run(rounds: int, names: list[str]) -> dict[str, object]:
    """All figures, with the versions they belong to."""
    packages = ("numpy", "pandas", "scikit-learn", "sdv")
    return {
        "command": " ".join(["python", "benchmarks/bench_cart.py", *sys.argv[1:]]),
        "python": platform.python_version(),
        "versions": {p: metadata.version(p) for p in packages},
        "times": {name: times(CASES[name], rounds) for name in names},
        "memory, MB": {
            rows: {name: round(memory(name, rows), 1) for name in ("cart", "full", "oracle")}
            for rows in (10_000, 50_000, 400_000)
        },
    }


def table(result: dict[str, object]) -> str:
    """The figures of the cases as a table."""
    left_out = ["seconds a", "seconds b"]
    frame = pd.DataFrame(result["times"]).T.drop(columns=left_out).reset_index(names="case")
    lines = [list(frame), ["---"] * frame.shape[1], *frame.astype(str).to_numpy().tolist()]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


@pytest.mark.parametrize("name", [n for n, case in CASES.items() if case.least or case.most])
def test_the_target_is_met(name: str) -> None:
    logging.disable(logging.WARNING)
    assert times(CASES[name], 5)["met"]


@pytest.mark.parametrize("rows", [10_000, 50_000, 400_000])
def test_memory_is_no_more_than_that_of_the_oracle(rows: int) -> None:
    assert memory("cart", rows) <= memory("oracle", rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--peak", nargs=2, metavar=("TOOL", "ROWS"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    if asked.peak:
        print(peak(asked.peak[0], int(asked.peak[1])))
        return
    result = run(asked.rounds, asked.cases)
    text = json.dumps(result, indent=1)
    print(table(result), f"\n```json\n{text}\n```")
    if asked.json:
        asked.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
