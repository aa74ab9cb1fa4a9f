"""Coarsened margins: kept tables come back, nothing else does, and no small cell is seen."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate, load
from guide_helpers.methods._log_linear import LogLinear, blocks
from guide_helpers.methods.coarsened_margins import CoarsenedMargins
from guide_helpers.schema import Dataset, Kind, Provenance, Schema, Variable

PUBLIC = Provenance.PUBLIC


def coded(rows, levels=2) -> Dataset:
    """Records of columns whose levels are 0, 1, ..."""
    known = tuple(range(levels))
    variables = [Variable(n, Kind.CATEGORICAL, levels=known, levels_from=PUBLIC) for n in rows]
    return Dataset.of(pd.DataFrame(rows), Schema(tuple(variables)))


def chain(rng, columns=4, n=3_000, levels=3) -> Dataset:
    """Each column repeats the one before in half of the records, so all are related."""
    found = [rng.integers(levels, size=n)]
    for _ in range(columns - 1):
        found.append(np.where(rng.random(n) < 0.5, found[-1], rng.integers(levels, size=n)))
    return coded(dict(zip("abcdefgh", found, strict=False)), levels)


def parity(rng, n=2_000) -> Dataset:
    """Two fair coins and whether they differ, told right in nine of ten records."""
    a, b = rng.integers(2, size=(2, n))
    return coded({"a": a, "b": b, "c": np.where(rng.random(n) < 0.9, a ^ b, 1 - (a ^ b))})


def fitted(data, **options) -> CoarsenedMargins:
    return CoarsenedMargins(**options).fit(data, rng=np.random.default_rng(1))


def shares(rows, *columns, levels=2):
    """The table of columns of levels 0, 1, ..., without the empty cells of missing values."""
    cells = tuple(rows[c].astype(int).to_numpy() for c in columns)
    table = np.zeros((levels,) * len(columns))
    np.add.at(table, cells, 1 / len(rows))
    return table


def without_missing(table):
    return table[tuple(slice(-1) for _ in range(table.ndim))]


def fitted_by_hand(table):
    """The table of three columns with the pairs of another, by plain iterative fitting."""
    found = np.ones_like(table)
    for _ in range(100):
        for axis in range(3):
            found = found * table.sum(axis, keepdims=True) / found.sum(axis, keepdims=True)
    return found


def third_order(counts) -> float:
    """The likelihood ratio against no relation of all three columns beyond their pairs."""
    expected = fitted_by_hand(counts)
    some = counts > 0
    return 2 * float((counts[some] * np.log(counts[some] / expected[some])).sum())


@pytest.mark.parametrize("max_cells", [100_000, 100])
def test_consistent_margins_are_reproduced_to_six_digits(rng, max_cells):
    data = chain(rng)
    # 4 columns of 3 levels and missing: 256 cells together, 64 in a block of three columns
    margins = [("a", "b"), ("b", "c"), ("a", "c"), ("c", "d")]
    model = fitted(data, margins=margins, threshold=1, max_cells=max_cells)
    for pair in margins:
        kept = without_missing(model.kept(*pair))
        np.testing.assert_allclose(kept, shares(data.rows, *pair, levels=3), atol=1e-6)
    assert model.changes()["moved"].max() < 1e-4


def test_a_margin_of_three_columns_is_reproduced(rng):
    data = parity(rng)
    model = fitted(data, margins=[("c", "a", "b")], threshold=1)
    expected = shares(data.rows, "b", "a", "c")
    np.testing.assert_allclose(without_missing(model.kept("b", "a", "c")), expected, atol=1e-6)


def test_the_fit_is_that_of_plain_iterative_fitting(rng):
    data = chain(rng, 3)
    model = fitted(data, threshold=1)
    whole = without_missing(model.model_.margin((0, 1, 2)))
    by_hand = fitted_by_hand(shares(data.rows, *"abc", levels=3))
    np.testing.assert_allclose(whole, by_hand, atol=1e-8)


def test_a_tree_of_blocks_gives_the_same_fit_as_one_table(rng):
    ring = [(0, 1), (1, 2), (2, 3), (0, 3)]
    table = rng.random((2, 3, 2, 3))
    table /= table.sum()
    others = {pair: tuple(i for i in range(4) if i not in pair) for pair in ring}
    margins = {pair: table.sum(axis=rest) for pair, rest in others.items()}
    assert max(map(len, blocks(table.shape, ring))) == 3
    model = LogLinear(table.shape, ring)
    assert model.fit(margins, close=1e-12, cycles=500) <= 1e-12
    found = np.ones_like(table)
    for _ in range(500):
        for rest in others.values():
            now = found.sum(axis=rest, keepdims=True)
            found = found * (table.sum(axis=rest, keepdims=True) / now)
    for scope in ((0, 1), (1, 2), (2, 3), (0, 3)):
        np.testing.assert_allclose(model.margin(scope), margins[scope], atol=1e-10)
    drawn = np.array(model.draw(200_000, np.random.default_rng(2)))
    counts = np.zeros_like(table)
    np.add.at(counts, tuple(drawn), 1 / 200_000)
    errors = np.sqrt(found * (1 - found) / 200_000)
    assert (np.abs(counts - found) < 5 * errors).all()


def test_nothing_beyond_the_kept_margins_is_in_the_file(rng):
    data = parity(rng)
    n = len(data)
    model = fitted(data)
    drawing = np.random.default_rng(3)
    files = [shares(model.sample(n, rng=drawing).rows, *"abc") * n for _ in range(20)]
    found = [third_order(table) for table in files]
    fit = fitted_by_hand(without_missing(model.model_.margin((0, 1, 2)))).ravel()
    draws = np.random.default_rng(4).multinomial(n, fit / fit.sum(), 200).reshape(-1, 2, 2, 2)
    expected = [third_order(table.astype(float)) for table in draws]
    error = np.sqrt(np.var(expected) * (1 / 20 + 1 / 200))
    assert abs(np.mean(found) - np.mean(expected)) < 4 * error
    assert third_order(shares(data.rows, *"abc") * n) > 10 * max(expected)


ADULTS = ("sex", "race", "marital", "class_of_worker", "income")
KEPT = [("sex", "marital"), ("marital", "income"), ("race", "class_of_worker"), ("sex", "race"),
        ("class_of_worker", "income")]  # fmt: skip


def counted(model, rows) -> np.ndarray:
    """The table of all columns of some records without missing values."""
    table = np.zeros([count - 1 for count in model.shape_])
    cells = [c.encode(rows[c.variable.name]) for c in model.cells_]
    np.add.at(table, tuple(cells), 1)
    return table


def margin(tables, pair):
    """The table of two axes of each table; the first axis numbers the tables."""
    away = tuple(i + 1 for i in range(tables.ndim - 1) if i not in pair)
    return tables.sum(axis=away, keepdims=True)


def fitted_to_pairs(targets, pairs, cycles=20) -> np.ndarray:
    """The tables with the pairs of others and no other relation, by plain iterative fitting."""
    found = np.ones_like(targets)
    for _ in range(cycles):
        for pair in pairs:
            now = margin(found, pair)
            found = found * np.divide(margin(targets, pair), now, out=0 * now, where=now > 0)
    return found


def further_association(tables, pairs) -> np.ndarray:
    """The likelihood ratio of each table against no relation beyond its own pairs."""
    expected = fitted_to_pairs(tables, pairs)
    some = tables > 0
    ratio = np.divide(tables, expected, out=np.ones_like(tables), where=some)
    return 2 * np.where(some, tables * np.log(ratio), 0).sum(axis=tuple(range(1, tables.ndim)))


def fitted_to_kept(model, pairs, cycles=100) -> np.ndarray:
    """The table that has the kept tables of a model and no other relation."""
    found = np.ones((1, *(count - 1 for count in model.shape_)))
    for _ in range(cycles):
        for pair in pairs:
            now = margin(found, pair)
            kept = without_missing(model.kept(*(model.names_[v] for v in pair)))
            target = kept.reshape(now.shape)
            found = found * np.divide(target, now, out=0 * now, where=now > 0)
    return found[0]


def p_values(original, rng, *, n, draws) -> tuple[float, float]:
    """Parametric bootstrap p-values of a file and of the original, given the kept tables.

    The model is fitted here, by plain iterative fitting to the kept tables, and its draws are
    multinomial: nothing but these tables is taken from the method.
    """
    model = CoarsenedMargins(margins=KEPT).fit(original, rng=rng)
    pairs = [tuple(sorted(model.names_.index(name) for name in pair)) for pair in KEPT]
    null = fitted_to_kept(model, pairs)
    files = np.stack([counted(model, model.sample(n, rng=rng).rows), counted(model, original.rows)])
    drawn = rng.multinomial(n, null.ravel() / null.sum(), draws).reshape(draws, *null.shape)
    expected = further_association(drawn.astype(float), pairs)
    found = further_association(files, pairs)
    beyond = (expected[None, :] >= found[:, None]).sum(axis=1)
    return tuple(float(p) for p in (1 + beyond) / (draws + 1))


def adults(n, rng) -> Dataset:
    data = load("adult").keep(*ADULTS)
    return data.take_units(rng.choice(len(data), n, replace=False))


def test_the_file_of_real_data_has_no_association_beyond_the_kept_tables(rng):
    """The likelihood ratio beyond the kept tables, against 199 draws of the fitted model."""
    file, original = p_values(adults(5_000, rng), rng, n=5_000, draws=199)
    assert file > 0.02
    assert original == 1 / 200


@pytest.mark.validation
def test_p_values_of_further_association_are_uniform_over_200_files(record_property):
    rng, draws = np.random.default_rng(5), 99
    found = [p_values(adults(5_000, rng), rng, n=5_000, draws=draws) for _ in range(200)]
    files, originals = np.array(found).T
    mean, error = files.mean(), files.std(ddof=1) / np.sqrt(len(files))
    uniform = np.arange(1, draws + 2) / (draws + 1)
    record_property("mean of 200 p-values of files", f"{mean:.4g} \u00b1 {error:.2g}")
    record_property("expected of a uniform one", f"{uniform.mean():.4g}")
    record_property("standard deviation, and of a uniform one",
                    f"{files.std(ddof=1):.3f}, {uniform.std():.3f}")  # fmt: skip
    record_property("share at or below 0.05", f"{(files <= 0.05).mean():.3f}")
    record_property("greatest p-value of the 200 originals", f"{originals.max():.2g}")
    assert abs(mean - uniform.mean()) < 4 * uniform.std() / np.sqrt(len(files))
    assert (files <= 0.05).mean() < 0.05 + 4 * np.sqrt(0.05 * 0.95 / len(files))
    assert originals.max() == 1 / (draws + 1)


def gap_to_the_data(model, data) -> float:
    """The largest difference of a cell between the kept tables and those of the records."""
    gaps = []
    for scope in model.scopes_:
        chosen = [model.cells_[v] for v in scope]
        shape = tuple(c.count for c in chosen)
        cells = np.ravel_multi_index([c.encode(data.rows[c.variable.name]) for c in chosen], shape)
        true = np.bincount(cells, minlength=np.prod(shape)).reshape(shape) / len(data)
        gaps.append(np.abs(model.kept_[scope] - true).max())
    return float(max(gaps))


def test_consistent_margins_of_real_data_are_reproduced_to_a_millionth():
    data = load("adult").keep(*ADULTS, "age", "education")
    model = fitted(data, threshold=1, max_cells=20_000)
    assert len(model.model_._blocks) > 1
    assert len(model.scopes_) > 10
    assert gap_to_the_data(model, data) < 1e-6
    assert model.changes()["moved"].max() < 1e-3


@pytest.mark.validation
def test_consistent_margins_of_all_adult_columns_are_reproduced(record_property):
    data = load("adult")
    data = data.keep(*(v.name for v in data.schema.modelled if v.public_domain))
    model = fitted(data, threshold=1)
    gap = gap_to_the_data(model, data)
    record_property("columns and kept tables", f"{len(model.cells_)} and {len(model.scopes_)}")
    record_property("largest gap of a cell, as a share of all records", f"{gap:.2g}")
    assert gap < 1e-6


def test_inconsistent_margins_of_real_data_agree_in_the_end_and_the_change_is_told():
    data = load("adult").keep(*ADULTS, "education")
    model = fitted(data, threshold=10)
    # rounded by hand: the tables of one column disagree before, and no longer after
    single, kept = [], []
    for other in ADULTS[:4]:
        cells = [
            model.cells_[model.names_.index(n)].encode(data.rows[n]) for n in ("income", other)
        ]
        counts = np.zeros([model.shape_[model.names_.index(n)] for n in ("income", other)])
        np.add.at(counts, tuple(cells), 1)
        rounded = np.where(counts < 10, 0, 10 * np.floor(counts / 10 + 0.5))
        single.append(rounded.sum(axis=1) / rounded.sum())
        kept.append(model.kept("income", other))
        moved = 50 * np.abs(rounded / rounded.sum() - kept[-1]).sum()
        line = " x ".join(n for n in model.names_ if n in ("income", other))
        assert model.changes().loc[line, "moved"] == pytest.approx(moved, abs=1e-6)
    assert np.ptp(single, axis=0).max() > 1e-5
    assert np.ptp([k.sum(axis=1) for k in kept], axis=0).max() < 1e-9
    assert model.gap_ < 1e-6
    assert model.changes()["moved"].max() < 1


def test_small_cells_count_as_nothing_and_others_are_rounded():
    records = [41, 9, 3, 47]
    rows = {"a": np.repeat([0, 0, 1, 1], records), "b": np.repeat([0, 1, 0, 1], records)}
    model = CoarsenedMargins(margins=[("a", "b")], threshold=5, base=10)
    model.fit(coded(rows), rng=np.random.default_rng(1))
    # by hand: 41, 9, 3, 47 become 40, 10, 0, 50 of 100, and the columns 50:50 and 40:60 agree
    expected = [[0.4, 0.1], [0.0, 0.5]]
    np.testing.assert_allclose(without_missing(model.kept("a", "b")), expected, atol=1e-9)
    drawn = model.sample(5_000, rng=np.random.default_rng(1)).rows
    assert not ((drawn["a"] == 1) & (drawn["b"] == 0)).any()
    line = model.changes().loc["a x b"]
    assert line["cells with records"] == 3
    assert line["moved"] == pytest.approx(0, abs=1e-6)


def test_a_rare_level_never_comes_back(rng):
    rows = {"a": np.r_[[2, 2, 2], rng.integers(2, size=500)], "b": rng.integers(2, size=503)}
    drawn = generate(coded(rows, 3), "coarsened_margins", seed=1, n=20_000).rows
    assert not (drawn["a"] == 2).any()


def test_margins_that_disagree_are_made_to_agree_and_the_change_is_told(rng):
    model = fitted(chain(rng, n=300), threshold=10)
    single = [
        model.kept("a", other).sum(axis=1) for other in ("b", "c", "d")
    ]  # the same column in three tables
    np.testing.assert_allclose(single[0], single[1], atol=1e-9)
    np.testing.assert_allclose(single[0], single[2], atol=1e-9)
    assert 0 < model.changes()["moved"].max() < 10


def test_empty_cells_that_exclude_each_other_are_filled_a_little():
    # a equals b, b equals c, and a differs from c: no file can hold all three tables
    same, other = np.diag([0.5, 0.5]), 0.5 - np.diag([0.5, 0.5])
    model = LogLinear((2, 2, 2), [(0, 1), (0, 2), (1, 2)])
    found = model.fit({(0, 1): same, (1, 2): same, (0, 2): other}, close=1e-9, cycles=50)
    assert found == 1.0
    method = CoarsenedMargins()
    method.shape_, method.scopes_ = (2, 2, 2), [(0, 1), (0, 2), (1, 2)]
    method._single = [np.array([0.5, 0.5])] * 3
    model, gap = method._model({(0, 1): same, (1, 2): same, (0, 2): other})
    assert 0 < gap < 1
    tables = [model.margin(pair) for pair in method.scopes_]
    assert all(t.sum() == pytest.approx(1) and (t > 0).all() for t in tables)


def test_pairs_are_kept_as_far_as_memory_allows_the_strongest_first(rng):
    model = fitted(chain(rng, 8), max_cells=64)
    assert len(fitted(chain(rng, 8)).scopes_) == 28
    kept = {tuple(model.names_[v] for v in scope) for scope in model.scopes_}
    assert {(x, y) for x, y in zip("abcdefg", "bcdefgh", strict=True)} <= kept
    assert len(kept) < 28
    assert max(table.size for table in model.model_._tables) <= 64


def test_numbers_are_uniform_within_public_bins_and_stay_whole(survey):
    edges = {"age": (16, 30, 65, 90), "income": (0, 500, 1_000, 2_000, 10_000)}
    model = fitted(survey, edges=edges, threshold=1)
    drawn = model.sample(30_000, rng=np.random.default_rng(1)).rows
    assert drawn["age"].dtype == np.int64
    young = drawn["age"][drawn["age"] < 30].value_counts(normalize=True)
    assert sorted(young.index) == list(range(16, 30))
    assert young.between(0.8 / 14, 1.2 / 14).all()
    share = (survey.rows["age"] >= 65).mean()
    assert (drawn["age"] >= 65).mean() == pytest.approx(share, abs=4 * 0.5 / np.sqrt(30_000))
    assert drawn["age"].max() == 90
    assert drawn["income"].between(0, 10_000).all()
    assert drawn["income"].nunique() > 29_000


def test_columns_of_no_margin_are_kept_one_by_one(rng):
    data = chain(rng)
    model = fitted(data, margins=[("a", "b")], threshold=1)
    assert model.changes().index.tolist() == ["a x b", "c", "d"]
    drawn = model.sample(20_000, rng=np.random.default_rng(1)).rows
    together = shares(drawn, "c", "d", levels=3)
    apart = np.outer(shares(drawn, "c", levels=3), shares(drawn, "d", levels=3))
    assert np.abs(together - apart).max() < 4 * np.sqrt(0.1 / 20_000)


def test_numbers_without_public_bounds_are_refused_unless_bins_are_named(rng):
    data = Dataset.of(
        pd.DataFrame({"x": rng.random(50)}), Schema((Variable("x", Kind.NUMBER, bounds=(0, 1)),))
    )
    with pytest.raises(GuideError, match="'x' has no public bounds to cut into bins"):
        generate(data, "coarsened_margins", seed=1)
    drawn = generate(data, "coarsened_margins", seed=1, edges={"x": (0, 0.5, 1)}).rows
    assert drawn["x"].between(0, 1).all()


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"threshold": 0}, "not a whole number of at least 1"),
        ({"base": 2.5}, "not a whole number of at least 1"),
        ({"bins": True}, "not a whole number of at least 1"),
        ({"margins": ["age"]}, "takes tuples of columns"),
        ({"margins": [("age", "nope")]}, "no column 'nope' for a margin"),
        ({"margins": [("age", "sex")], "max_cells": 20}, "needs a table of 33 cells"),
        ({"cycles": 0}, "cycles=0 is not a whole number"),
        ({"max_cells": 5}, "'age' has 11 cells, more than max_cells=5"),
        ({"edges": (0, 1)}, "takes ends of bins by column"),
        ({"edges": {"sex": (0, 1)}}, "numeric columns are: age, income"),
        ({"edges": {"age": (50, 20)}}, "not at least 2 rising numbers"),
        ({"edges": {"age": (0, 50)}}, "beyond its public bounds"),
        ({"edges": {"age": (16, 20.2, 20.8, 90)}}, "without a whole number"),
        ({"edges": {"age": (16, 89.2, 89.8)}}, "without a whole number"),
    ],
)
def test_options_without_sense_are_refused(survey, asked, sentence):
    with pytest.raises(GuideError, match=sentence):
        generate(survey, "coarsened_margins", seed=1, **asked)


def test_a_special_code_within_the_bins_is_refused(survey):
    data = Dataset.of(survey.rows, survey.schema.change("age", special={20.0: "not asked"}))
    with pytest.raises(GuideError, match="include a special code"):
        generate(data, "coarsened_margins", seed=1, edges={"age": (16, 50, 90)})


def test_a_margin_that_was_not_kept_is_not_shown(survey):
    with pytest.raises(GuideError, match="no margin age x sex was kept"):
        fitted(survey, margins=[("sex", "education")]).kept("age", "sex")
