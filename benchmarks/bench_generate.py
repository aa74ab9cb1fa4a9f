"""CPU seconds and quality of `cart` beside SDV's Gaussian copula on the CPS table.

    python benchmarks/bench_generate.py [--rounds 5] [--rows 10000 30000 50000] [--json FILE]
    pytest benchmarks/bench_generate.py

Both work in this process, one after the other in alternating rounds; CPU time of the process and
its children is counted, imports and the first warm-up call are not. SDV runs with its own
defaults, its metadata given. Quality is measured on one half of the table, with the other half as
a fresh real sample. More rows than the table has are a resample with replacement.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import statistics
import sys
import warnings
from importlib import metadata
from pathlib import Path

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
for variable in THREADS:
    os.environ[variable] = "1"  # before numpy is imported: one thread for everybody

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from guide_helpers import compare, generate, hold_out, load  # noqa: E402
from guide_helpers.schema import Dataset  # noqa: E402

TARGET = 4.0
"""How many times less CPU than SDV's Gaussian copula `cart` should need on 30,000 rows."""


def cpu_seconds() -> float:
    """CPU seconds so far of this process and of the children that have ended."""
    return sum(os.times()[:4])


def sdv_copula(data: Dataset) -> Dataset:
    """Fit and sample SDV's Gaussian copula with its defaults."""
    from sdv.metadata import Metadata
    from sdv.single_table import GaussianCopulaSynthesizer

    frame = data.rows.copy()
    columns = {}
    for v in data.schema.variables:
        columns[v.name] = {"sdtype": "categorical" if v.discrete else "numerical"}
        if v.discrete:
            frame[v.name] = frame[v.name].astype(object)
    described = Metadata.load_from_dict({"tables": {"data": {"columns": columns}}})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = GaussianCopulaSynthesizer(described)
        model.fit({"data": frame})
        return data.with_rows(model.sample(len(frame))["data"][list(frame)])


def cart(data: Dataset, seed: int = 0) -> Dataset:
    """Fit and sample the guide's sequential trees."""
    return generate(data, "cart", seed=seed).first


def times(data: Dataset, rounds: int) -> dict[str, object]:
    """CPU seconds of both, round by round, each first in every other round."""
    seconds: dict[str, list[float]] = {"cart": [], "sdv": []}
    for number in range(rounds):
        for name in ("cart", "sdv") if number % 2 else ("sdv", "cart"):
            before = cpu_seconds()
            cart(data, number) if name == "cart" else sdv_copula(data)
            seconds[name].append(round(cpu_seconds() - before, 3))
    ratios = [s / c for s, c in zip(seconds["sdv"], seconds["cart"], strict=True)]
    return {
        "rows": len(data),
        "columns": len(data.schema.variables),
        "cart": seconds["cart"],
        "sdv": seconds["sdv"],
        "ratio median": round(statistics.median(ratios), 2),
        "ratio least": round(min(ratios), 2),
    }


def quality(data: Dataset) -> list[dict[str, object]]:
    """Distances of `cart`, both ways to SDV's copula and a fresh real sample from one half."""
    original, control = hold_out(data, share=0.5, seed=0)
    files = {
        "cart": generate(original, "cart", seed=1).first,
        "SDV Gaussian copula, its defaults": sdv_copula(original),
        "gaussian_copula of the guide": generate(original, "gaussian_copula", seed=1).first,
        "fresh real sample": control,
    }
    lines = []
    for name, file in files.items():
        for score in compare(original, file, measures=["marginal_distance", "propensity_mse"]):
            band = score.band()
            lines.append(
                {
                    "file": name,
                    "score": score.name,
                    "value": round(score.value, 5),
                    "null": band.null.value,
                    "null mean": round(band.mean, 5),
                    "null low": round(band.low, 5),
                    "null high": round(band.high, 5),
                    "note": score.note,
                }
            )
    return lines


def sized(data: Dataset, rows: int) -> Dataset:
    """A random part of the table, or a resample where it is too small."""
    rng = np.random.default_rng(0)
    chosen = rng.choice(len(data), rows, replace=rows > len(data))
    return data.with_rows(data.rows.iloc[chosen])


def run(rounds: int, rows: list[int]) -> dict[str, object]:
    """All figures, with the versions they belong to."""
    survey = load("cps95")
    small = sized(survey, 500)
    cart(small)
    sdv_copula(small)
    packages = ("numpy", "pandas", "scikit-learn", "sdv", "guide-helpers")
    return {
        "command": " ".join(["python", "benchmarks/bench_generate.py", *sys.argv[1:]]),
        "python": platform.python_version(),
        "versions": {p: version(p) for p in packages},
        "times": [times(sized(survey, n), rounds) for n in rows],
        "quality": quality(survey),
    }


def version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "source"


def markdown(result: dict[str, object]) -> str:
    """The figures as two tables."""
    speed = pd.DataFrame(result["times"])
    for name in ("cart", "sdv"):
        speed[name] = [f"{statistics.median(s):.2f}" for s in speed[name]]
    speed = speed.rename(columns={"cart": "cart, CPU s", "sdv": "SDV, CPU s"})
    return "\n\n".join(_pipes(table) for table in (speed, pd.DataFrame(result["quality"])))


def _pipes(table: pd.DataFrame) -> str:
    lines = [list(table), ["---"] * table.shape[1], *table.astype(str).to_numpy().tolist()]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def test_cart_needs_a_quarter_of_the_cpu_of_sdv() -> None:
    logging.disable(logging.WARNING)
    survey = load("cps95")
    sdv_copula(sized(survey, 500))
    assert times(survey, 1)["ratio median"] >= TARGET


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 30_000, 50_000])
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    result = run(asked.rounds, asked.rows)
    print(markdown(result))
    text = json.dumps(result, indent=1)
    print(f"\n```json\n{text}\n```")
    if asked.json:
        asked.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
