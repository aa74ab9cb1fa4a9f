"""Choose the defaults of `cart` on evidence: leaf size, smoothing, order of categories.

    python tools/choose_defaults.py [--seeds 10] [--sets adult cps95 acs] [--half choose confirm]
                                    [--orders global anew]

Every table is cut at random into two halves of at most 10,000 records (whole households where
records belong to one). The settings are chosen on syntheses of the first half, the second being
the control of the attacks, and confirmed on syntheses of the second half with the first as control.
Each line of the result is one synthetic file. The work is resumed where it was stopped: what is
done stands in build/defaults/, the table in data/evidence/defaults.parquet.

"anew" orders the levels of every category again in every node, as most programs do; the package
has one order for each target, made on all records ("global"). The experiment grows such trees node
by node with the package's own search, which takes seconds for each tree.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from itertools import combinations, product
from pathlib import Path
from typing import Any

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

from guide_helpers import attack, load  # noqa: E402
from guide_helpers.measures import propensity_mse  # noqa: E402
from guide_helpers.measures._encode import Cells, all_cells  # noqa: E402
from guide_helpers.methods import _step  # noqa: E402
from guide_helpers.methods._coding import Coded  # noqa: E402
from guide_helpers.methods._conditional import Binning  # noqa: E402
from guide_helpers.methods._trees import Limits, grow  # noqa: E402
from guide_helpers.methods.cart import Cart  # noqa: E402
from guide_helpers.schema import Dataset  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
DONE = ROOT / "build" / "defaults"
RESULT = ROOT / "data" / "evidence" / "defaults"
"""Name of the two files of the result, without their endings."""
RECORDS = 10_000
LEAVES, SMOOTH, ORDERS = (5, 10, 15, 20), (True, False), ("global", "anew")
TARGETS = 3_000
"""Members, and as many of the control, that the attribute attack is played on."""
SENSITIVE = {"adult": "income", "cps95": "income", "acs": "employment"}
CPS = (
    "age", "sex", "race", "marital", "education", "country_of_birth", "household_role",
    "class_of_worker", "industry", "occupation", "weeks_worked", "hourly_wage", "dividends",
    "income",
)  # fmt: skip


def table(name: str) -> Dataset:
    """Return a table of at most 14 columns."""
    if name == "acs":
        persons = load("acs").tables["persons"]
        return persons.keep(*(v.name for v in persons.schema.modelled))
    data = load(name)
    if name == "cps95":
        return data.keep(*CPS)
    return data.keep(*(v.name for v in data.schema.variables if v.name != "part"))


def halves(name: str) -> tuple[Dataset, Dataset]:
    """Return two parts that share no privacy unit."""
    data, rng = table(name), np.random.default_rng(20221)
    units = rng.permutation(data.n_units)
    rank = np.argsort(units, kind="stable")[data.units]
    if data.n_units == len(data):
        first, second = rank < RECORDS, (rank >= RECORDS) & (rank < 2 * RECORDS)
        if len(data) < 2 * RECORDS:
            first, second = rank < len(data) // 2, rank >= len(data) // 2
    else:
        first, second = rank < data.n_units // 2, rank >= data.n_units // 2
    return tuple(data.with_rows(data.rows[part]) for part in (first, second))  # type: ignore[return-value]


@dataclass(frozen=True)
class Anew:
    """A tree whose nodes order the levels of the categories anew; draws like `Conditional`."""

    splits: list[tuple[int, np.ndarray, int, int] | np.ndarray]

    @classmethod
    def learn(
        cls,
        predictors: Sequence[Coded],
        codes: np.ndarray,
        target: np.ndarray,
        limits: Limits,
        max_bins: int,
    ) -> Anew:
        """Split node by node: predictor and side of each of its codes, or the donors of a leaf."""
        splits: list[Any] = [None]
        waiting = [(0, np.arange(len(codes)))]
        while waiting:
            node, rows = waiting.pop()
            found = _split(predictors, rows, target[rows], limits.min_leaf, max_bins)
            if found is None:
                splits[node] = codes[rows]
                continue
            j, right = found
            splits[node] = (j, right, len(splits), len(splits) + 1)
            splits += [None, None]
            goes = right[predictors[j].codes[rows]]
            waiting += [(len(splits) - 2, rows[~goes]), (len(splits) - 1, rows[goes])]
        return cls(splits)

    def draw(self, codes: Sequence[np.ndarray], rows: int, rng: np.random.Generator) -> np.ndarray:
        """Return one donor's code for each row."""
        drawn = np.empty(rows, np.intp)
        waiting = [(0, np.arange(rows))]
        while waiting:
            node, here = waiting.pop()
            split = self.splits[node]
            if isinstance(split, np.ndarray):
                drawn[here] = rng.choice(split, len(here))
            elif len(here):
                j, right, one, other = split
                goes = right[codes[j][here]]
                waiting += [(one, here[~goes]), (other, here[goes])]
        return drawn


def _split(
    predictors: Sequence[Coded], rows: np.ndarray, target: np.ndarray, least: int, bins: int
) -> tuple[int, np.ndarray] | None:
    """Return the best first split of some rows: a predictor, and which of its codes go right."""
    if len(rows) < 2 * least or (target == target[0]).all() or not predictors:
        return None
    if target.dtype.kind != "f":
        target = np.unique(target, return_inverse=True)[1]
        if target.max() <= 1:
            target = target.astype(float)
    here = [p.take(rows) for p in predictors]
    binning = Binning.of(here, target, bins, 1)
    grid = binning.grid([p.codes for p in here], len(rows))
    tree = grow(grid, target, Limits(least, max_depth=1))
    j = int(tree.predictor[0])
    return None if j < 0 else (j, binning.places[j] > tree.cut[0])


def _anew_tree(
    given: Sequence[Coded],
    codes: np.ndarray,
    target: np.ndarray,
    recipe: _step.Recipe,
    weights: np.ndarray | None,
    rng: np.random.Generator,
) -> Anew:
    del weights, rng
    return Anew.learn(given, codes, target, recipe.limits, recipe.max_bins)


def fitted(original: Dataset, leaf: int, smooth: bool, order: str) -> Cart:
    """Return the fitted method; for "anew" the engine is given the other trees."""
    usual = _step._tree
    _step._tree = _anew_tree if order == "anew" else usual  # type: ignore[assignment]
    try:
        return Cart(min_leaf=leaf, smooth=smooth).fit(original, rng=np.random.default_rng(0))
    finally:
        _step._tree = usual


def measured(
    original: Dataset, control: Dataset, synthetic: Dataset, sensitive: str
) -> dict[str, float]:
    """Return utility and risk of one file."""
    fine, coarse = (all_cells(original, synthetic, bins) for bins in (20, 5))
    found = tables(fine)
    found |= {"two-way S_pMSE, 20 bins": s_pmse(fine), "two-way S_pMSE, 5 bins": s_pmse(coarse)}
    score = propensity_mse.propensity_mse(original, synthetic, rng=np.random.default_rng(0))
    found["logit S_pMSE"] = score.value / score.band().mean
    found |= duplicates(original, control, synthetic)
    found |= played(original, control, synthetic, sensitive)
    return found | nearest(original, control, synthetic)


def tables(cells: list[Cells]) -> dict[str, float]:
    """Return the mean total variation distance of all 1-, 2- and 3-way tables."""
    found = {}
    for ways in (1, 2, 3):
        distances = []
        for chosen in combinations(cells, ways):
            old, new = _counts(chosen)
            distances.append(np.abs(old / old.sum() - new / new.sum()).sum() / 2)
        found[f"{ways}-way TVD"] = float(np.mean(distances))
    return found


def s_pmse(cells: list[Cells]) -> float:
    """Return the mean standardised pMSE of the 2-way tables (Voas and Williamson's form).

    2 sum (s - o)^2 / (s + o) over the cells in use has the mean (cells - 1) where the synthesis is
    correct and both files have one size.
    """
    ratios = []
    for chosen in combinations(cells, 2):
        old, new = _counts(chosen)
        used = old + new > 0
        if used.sum() > 1:
            squares = (old[used] - new[used]) ** 2 / (old[used] + new[used])
            ratios.append(2 * squares.sum() / (used.sum() - 1))
    return float(np.mean(ratios))


def _counts(chosen: Sequence[Cells]) -> tuple[np.ndarray, np.ndarray]:
    """Return the records of both files in each cell of one table."""
    size, old, new = 1, 0, 0
    for c in chosen:
        old, new, size = old * c.size + c.original, new * c.size + c.synthetic, size * c.size
    return np.bincount(old, minlength=size), np.bincount(new, minlength=size)


def duplicates(original: Dataset, control: Dataset, synthetic: Dataset) -> dict[str, float]:
    """Return the share of synthetic records that are those of somebody, with and without weight."""
    every = [v.name for v in original.schema.modelled]
    plain = [v.name for v in original.schema.modelled if v.role.value != "weight"]
    found = {}
    for label, names in (("", every), (" but the weight", plain)):
        for whose, people in (("duplicates", original), ("control duplicates", control)):
            share = _keys(synthetic, names).isin(_keys(people, names).unique()).mean()
            found[whose + label] = float(share)
    return found


def _keys(data: Dataset, names: list[str]) -> pd.Series:
    frame = data.rows[names]
    return pd.Series(pd.util.hash_pandas_object(frame.astype(object), index=False))


def played(
    original: Dataset, control: Dataset, synthetic: Dataset, sensitive: str
) -> dict[str, float]:
    """Return rate and excess of the linkage and the attribute attack."""
    linkage = attack(
        synthetic,
        original=original,
        control=control,
        attack="unique_match",
        agreement=0.75,
        tolerance=0.05,
    )
    rng = np.random.default_rng(0)
    some = [rng.permutation(len(d))[:TARGETS] for d in (original, control)]
    attribute = attack(
        synthetic,
        original=original,
        control=control,
        attack="attribute_inference",
        sensitive=sensitive,
        targets=some[0],
        control_targets=some[1],
    )
    found = {}
    for name, risk in (("linkage", linkage), ("attribute", attribute)):
        found[f"{name} rate"] = risk.hits / risk.targets
        found[f"{name} control rate"] = risk.control_hits / risk.control_targets
        found[f"{name} excess"] = float(risk.excess.value) if risk.excess else float("nan")
    return found


def nearest(original: Dataset, control: Dataset, synthetic: Dataset) -> dict[str, float]:
    """Return the median distance of 100 synthetic records to the closest of either group."""
    rng = np.random.default_rng(0)
    some = synthetic.rows.iloc[rng.permutation(len(synthetic))[:100]]
    found = {}
    for name, people in (("original", original), ("control", control)):
        total = np.zeros((len(some), len(people)), np.float32)
        for v in original.schema.modelled:
            one, other = some[v.name], people.rows[v.name]
            if v.discrete:
                total += one.cat.codes.to_numpy()[:, None] != other.cat.codes.to_numpy()
            else:
                values = original.rows[v.name].astype(float)
                span = max(float(values.max() - values.min()), 1e-9)
                gap = one.to_numpy(float)[:, None] - other.to_numpy(float)
                total += np.minimum(np.nan_to_num(np.abs(gap) / span, nan=1.0), 1)
        found[f"distance to closest, {name}"] = float(np.median(total.min(axis=1)))
    return found


def run(name: str, half: str, seeds: int, orders: Sequence[str]) -> None:
    """Do what is not done yet of one table and half."""
    first, second = halves(name)
    original, control = (first, second) if half == "choose" else (second, first)
    for order, leaf, smooth in product(orders, LEAVES, SMOOTH):
        target = DONE / f"{name}-{half}-{order}-{leaf}-{'smooth' if smooth else 'plain'}.json"
        lines = json.loads(target.read_text()) if target.exists() else []
        if len(lines) >= seeds:
            continue
        began = time.process_time()
        method = fitted(original, leaf, smooth, order)
        learnt = time.process_time() - began
        setting = {"data": name, "half": half, "order": order, "min_leaf": leaf, "smooth": smooth}
        for seed in range(len(lines), seeds):
            began = time.process_time()
            synthetic = method.sample(len(original), rng=np.random.default_rng(seed + 1))
            drawn = time.process_time() - began
            found = measured(original, control, synthetic, SENSITIVE[name])
            size = {"records": len(original), "control records": len(control)}
            seconds = {"CPU s to learn": learnt, "CPU s to draw": drawn}
            lines.append(setting | {"seed": seed} | size | found | seconds)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(".part")
        part.write_text(json.dumps(lines))
        part.replace(target)
        print(target.stem, flush=True)


def collect() -> pd.DataFrame:
    """Write the table of all files made so far, and what it was made with."""
    lines = [line for path in sorted(DONE.glob("*.json")) for line in json.loads(path.read_text())]
    frame = pd.DataFrame(lines)
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    part = RESULT.with_suffix(".part")
    frame.to_parquet(part, index=False)
    part.replace(RESULT.with_suffix(".parquet"))
    record = {
        "command": " ".join(["python", "tools/choose_defaults.py", *sys.argv[1:]]),
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "python": platform.python_version(),
        "versions": {p: metadata.version(p) for p in ("numpy", "pandas")},
        "files": len(frame),
    }
    RESULT.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n")
    return frame


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Return mean and standard error over the seeds for each setting."""
    by = ["half", "data", "order", "min_leaf", "smooth"]
    numbers = frame.drop(columns=["seed"]).groupby(by)
    return numbers.agg(["mean", "sem"]).round(5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--sets", nargs="+", choices=list(SENSITIVE), default=list(SENSITIVE))
    parser.add_argument("--half", nargs="+", default=["choose", "confirm"])
    parser.add_argument("--orders", nargs="+", choices=ORDERS, default=list(ORDERS))
    asked = parser.parse_args()
    for half, name in product(asked.half, asked.sets):
        run(name, half, asked.seeds, asked.orders)
    print(summary(collect()).to_string())


if __name__ == "__main__":
    main()
