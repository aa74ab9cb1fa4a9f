"""`cart` beside an independent synthesizer on scikit-learn's trees: margins, pMSE, impurity."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from guide_helpers import compare, generate, load
from guide_helpers.intervals import student_quantile
from guide_helpers.methods._coding import Coded
from guide_helpers.methods._conditional import Binning
from guide_helpers.methods._trees import Limits, grow
from guide_helpers.schema import Dataset

CPS = (
    "age", "sex", "race", "marital", "education", "country_of_birth", "household_role",
    "class_of_worker", "industry", "occupation", "weeks_worked", "hourly_wage", "dividends",
    "income",
)  # fmt: skip
ALIKE = {"smooth": False, "keep_rules": False, "min_leaf": 5}
"""What the oracle does not do either."""


def _oracle() -> ModuleType:
    name = "oracle_cart"
    if name not in sys.modules:
        path = Path(__file__).with_name(f"{name}.py")
        spec = importlib.util.spec_from_file_location(name, path)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


oracle = _oracle()


def table(name: str, rows: int, columns: int = 14) -> Dataset:
    """A random part of a table; special codes are numbers like others, as for the oracle."""
    data = load(name)
    names = CPS if name == "cps95" else [v for v in data.schema.names if v != "part"]
    data = data.keep(*names[-columns:])
    for v in data.schema.variables:
        data = Dataset.of(data.rows, data.schema.change(v.name, special={}), name=name)
    chosen = np.random.default_rng(5).permutation(len(data))[:rows]
    return data.with_rows(data.rows.iloc[chosen])


def distances(original: Dataset, synthetic: Dataset) -> list[float]:
    """1-, 2- and 3-way distance and the pMSE of the logistic model."""
    measures = ["marginal_distance", "propensity_mse"]
    return [s.value for s in compare(original, synthetic, measures=measures, draws=2)]


def band(values: np.ndarray, times: float) -> tuple[np.ndarray, np.ndarray]:
    """Where another value of the same kind lies."""
    reach = times * values.std(axis=0, ddof=1) * (1 + 1 / len(values)) ** 0.5
    return values.mean(axis=0) - reach, values.mean(axis=0) + reach


@pytest.mark.parametrize("name", ["adult", "cps95"])
def test_a_file_is_as_close_as_files_of_the_oracle(name):
    data = table(name, 1_000, 7)
    ours = distances(data, generate(data, "cart", seed=1, **ALIKE).first)
    theirs = np.array(
        [distances(data, oracle.synthesise(data, np.random.default_rng(k))) for k in range(10)]
    )
    low, high = band(theirs, 4)
    assert (low <= ours).all()
    assert (ours <= high).all()


@pytest.mark.validation
@pytest.mark.parametrize("bins", [None, 64])
@pytest.mark.parametrize("name", ["adult", "cps95"])
def test_files_of_ten_seeds_lie_in_the_band_of_the_oracles(name, bins, record_property):
    data, seeds = table(name, 10_000), range(10)
    ours = np.array([distances(data, generate(data, "cart", seed=k, **ALIKE).first) for k in seeds])
    theirs = np.array(
        [
            distances(data, oracle.synthesise(data, np.random.default_rng(k), bins=bins))
            for k in seeds
        ]
    )
    low, high = band(theirs, student_quantile(len(theirs) - 1))
    for k, what in enumerate(("1-way", "2-way", "3-way", "pMSE")):
        found = f"{ours[:, k].mean():.4g}, oracle {theirs[:, k].mean():.4g}"
        record_property(what, f"{found} ({low[k]:.4g} to {high[k]:.4g})")
    assert (low <= ours.mean(axis=0)).all()
    assert (ours.mean(axis=0) <= high).all()
    error = np.sqrt((ours.var(axis=0, ddof=1) + theirs.var(axis=0, ddof=1)) / len(ours))
    record_property("largest difference of means", f"{_worst(ours, theirs, error):.1f} errors")


def _worst(ours: np.ndarray, theirs: np.ndarray, error: np.ndarray) -> float:
    return float((np.abs(ours.mean(axis=0) - theirs.mean(axis=0)) / error).max())


@pytest.mark.validation
@pytest.mark.parametrize("name", ["adult", "cps95"])
def test_rules_and_smoothing_make_no_file_worse_than_the_oracles(name, record_property):
    data, seeds = table(name, 10_000), range(10)
    ours = np.array(
        [distances(data, generate(data, "cart", seed=k, min_leaf=5).first) for k in seeds]
    )
    theirs = np.array(
        [distances(data, oracle.synthesise(data, np.random.default_rng(k))) for k in seeds]
    )
    high = band(theirs, student_quantile(len(theirs) - 1))[1]
    for k, what in enumerate(("1-way", "2-way", "3-way", "pMSE")):
        record_property(what, f"{ours[:, k].mean():.4g}, at most {high[k]:.4g}")
    assert (ours.mean(axis=0) <= high).all()


def impurities(data: Dataset, name: str, min_leaf: int) -> tuple[float, float]:
    """Impurity in the leaves of our tree and of scikit-learn's on the same codes, over the root's.

    The predictors are all variables before the target.
    """
    columns = {v.name: Coded.of(data.rows[v.name], v) for v in data.schema.modelled}
    before = [c for n, c in columns.items() if list(columns).index(n) < list(columns).index(name)]
    column = columns[name]
    target = column.codes if column.quantities is None else column.quantities[column.codes]
    binning = Binning.of(before, target, 64, min_leaf)
    grid = binning.grid([c.codes for c in before], len(data))
    tree = grow(grid, target, Limits(min_leaf))
    theirs = oracle.fitted(grid.bins.astype(np.float32), target, min_leaf)
    leaf = theirs.apply(grid.bins.astype(np.float32))
    root = oracle.leaf_impurity(np.zeros(len(data), int), target)
    return tuple(oracle.leaf_impurity(x, target) / root for x in (tree.leaf, leaf))


@pytest.mark.parametrize(
    ("data", "target"),
    [
        ("adult", "capital_gain"),
        ("adult", "hours"),
        ("adult", "weight"),
        ("adult", "occupation"),
        ("adult", "country_of_birth"),
        ("cps95", "weeks_worked"),
        ("cps95", "industry"),
    ],
)
def test_leaves_are_as_pure_as_those_of_scikit_learn_on_the_same_codes(data, target):
    ours, theirs = impurities(table(data, 4_000), target, 5)
    assert ours == pytest.approx(theirs, abs=1e-3)


@pytest.mark.validation
@pytest.mark.parametrize("name", ["adult", "cps95"])
@pytest.mark.parametrize("min_leaf", [5, 20])
def test_leaves_of_all_variables_are_as_pure(name, min_leaf, record_property):
    data = table(name, 10_000)
    gaps = {}
    for v in data.schema.names[1:]:
        ours, theirs = impurities(data, v, min_leaf)
        gaps[v] = ours - theirs
    worst = max(gaps, key=lambda v: abs(gaps[v]))
    record_property("largest difference", f"{gaps[worst]:.2g} of the root's impurity ({worst})")
    assert abs(gaps[worst]) <= 1e-3
