"""Voas-Williamson: by hand, beside the propensity score, and the nulls of all table statistics."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, compare
from guide_helpers.cards import Null
from guide_helpers.measures import _cell_statistics as statistics
from guide_helpers.measures._cells_tables import joint
from guide_helpers.measures._encode import all_cells
from guide_helpers.measures.bhattacharyya import bhattacharyya
from guide_helpers.measures.freeman_tukey import freeman_tukey
from guide_helpers.measures.hellinger import hellinger
from guide_helpers.measures.jensen_shannon import jensen_shannon
from guide_helpers.measures.k_marginal import k_marginal
from guide_helpers.measures.likelihood_ratio import likelihood_ratio
from guide_helpers.measures.propensity_mse import propensity_mse
from guide_helpers.measures.voas_williamson import voas_williamson
from guide_helpers.schema import Dataset, Kind, Schema, Variable

STANDARDISED = {
    "voas_williamson": voas_williamson,
    "freeman_tukey": freeman_tukey,
    "likelihood_ratio": likelihood_ratio,
    "jensen_shannon": jensen_shannon,
    "hellinger": hellinger,
    "bhattacharyya": bhattacharyya,
}
EVERY = STANDARDISED | {"k_marginal": k_marginal}
every = pytest.mark.parametrize("measure", EVERY.values(), ids=EVERY)


def one(measure, original, synthetic, rng, way=1, **options):
    return measure(original, synthetic, rng=rng, ways=[way], **({"draws": 3} | options))[0]


def ratio(score):
    return float(re.search(r"S ([\d.]+) by formula", score.note)[1])


def test_a_table_computed_by_hand(of_columns, rng):
    original, synthetic = of_columns(x=list("aaab")), of_columns(x=list("aabb"))
    # o = 3, 1; s = 2, 2; c = 1/2: (2-3)²/(5/2) + (2-1)²/(3/2)
    assert one(voas_williamson, original, synthetic, rng).value == pytest.approx(0.4 + 2 / 3)


def test_files_of_unlike_size_computed_by_hand(of_columns, rng):
    original, synthetic = of_columns(x=list("aaabbb")), of_columns(x=list("aab"))
    # c = 1/3, r = 1/2: (2 - 1.5)²/(5/3) + (1 - 1.5)²/(4/3)
    expected = 0.25 / (5 / 3) + 0.25 / (4 / 3)
    assert one(voas_williamson, original, synthetic, rng).value == pytest.approx(expected)


def test_it_is_the_propensity_score_of_the_table(people, rng):
    original, synthetic = people(400, rng).keep("group"), people(300, rng).keep("group")
    score = one(voas_williamson, original, synthetic, rng)
    propensity = propensity_mse(original, synthetic, rng=rng)
    n, c = 700, 300 / 700
    assert score.value == pytest.approx(propensity.value * n / (c * (1 - c) ** 2))
    assert ratio(score) == pytest.approx(propensity.value / propensity.band().mean, abs=0.006)


@every
def test_a_copy_has_the_best_value_and_a_disjoint_file_the_worst(measure, of_columns, rng):
    original, other = of_columns(x=list("aabb")), of_columns(x=list("ccdd"))
    best = {"bhattacharyya": 1.0, "k_marginal": 1_000.0}.get(measure.__name__, 0.0)
    assert one(measure, original, original, rng).value == pytest.approx(best, abs=1e-12)
    worst = one(measure, original, other, rng).value
    known = {"hellinger": 1, "jensen_shannon": 1, "bhattacharyya": 0, "k_marginal": 0}
    # N²/n1 and 8 n2: nothing is in common
    known |= {"voas_williamson": 16, "freeman_tukey": 32, "likelihood_ratio": 0}
    assert worst == pytest.approx(known[measure.__name__], abs=1e-12)


@every
def test_four_way_tables_and_a_part_of_them(measure, survey, rng):
    found = measure(survey, survey, rng=rng, ways=(1, 2, 3, 4), draws=2, max_tables=3)
    assert [s.variant for s in found] == ["1-way", "2-way", "3-way", "4-way"]
    assert [len(s.details) for s in found] == [3, 3, 3, 3]


@every
def test_details_are_tables_that_exceed_chance_most_first(measure, survey, rng):
    broken = survey.with_rows(survey.rows.assign(income=survey.rows["income"].to_numpy()[::-1]))
    score = one(measure, survey, broken, rng, way=2, draws=6)
    assert "income" in score.details["variables"].iloc[0]
    assert score.details["times chance"].is_monotonic_decreasing
    column = score.details.columns[1]
    assert score.details[column].mean() == pytest.approx(score.value)


def test_sparse_tables_are_counted_like_dense_ones(of_columns, rng):
    n = 300
    original = of_columns(**{f"x{i}": rng.integers(0, 30, n).astype(str) for i in range(4)})
    synthetic = original.with_rows(original.rows.iloc[rng.permutation(n)[:200]])
    codes = [d.rows.astype(str).agg(" ".join, axis=1) for d in (original, synthetic)]
    counts = pd.concat([c.value_counts() for c in codes], axis=1).fillna(0).to_numpy()
    o, s = counts.T
    by_hand = ((s - o * 2 / 3) ** 2 / (0.4 * (o + s))).sum()
    assert one(voas_williamson, original, synthetic, rng, way=4).value == pytest.approx(by_hand)


def test_codes_are_the_same_however_tables_are_ordered(survey):
    variables = all_cells(survey, survey, 5)
    tables = [(0, 1, 2), (0, 1, 3), (0, 2, 3), (1, 2), (1, 2, 4)]
    for (old, new, size), table in zip(joint(variables, tables), tables, strict=True):
        plain = variables[table[0]].original
        for i in table[1:]:
            plain = plain * variables[i].size + variables[i].original
        assert np.array_equal(old, new)
        pairs = set(zip(plain, old, strict=True))
        assert len(pairs) == len(set(plain)) == len(set(old))
        assert old.max() < size


@pytest.mark.parametrize("name", ["VOAS_WILLIAMSON", "FREEMAN_TUKEY", "LIKELIHOOD_RATIO",
    "JENSEN_SHANNON", "HELLINGER", "OVERLAP_LOST"])  # fmt: skip
def test_slopes_are_derivatives(name, rng):
    statistic = getattr(statistics, name)
    p, q = rng.dirichlet(np.ones(6)), rng.dirichlet(np.ones(6))
    sizes = np.array(400.0), np.array(300.0)
    slope = statistic.slope(p, q, *sizes)
    for cell in range(6):
        step = np.zeros(6)
        step[cell] = 1e-6
        rise = statistic.value(p, q + step, *sizes) - statistic.value(p, q - step, *sizes)
        assert slope[cell] == pytest.approx(float(rise) / 2e-6, rel=1e-4, abs=1e-6)


@every
def test_bands_are_where_files_of_their_kind_fall(measure, people, correct, rng):
    original = people(1_200, rng)
    score = one(measure, original, correct(original, rng), rng, way=3, draws=16)
    own, other = score.band(), score.band(Null.FRESH_SAMPLE)
    made, fresh = (
        [one(measure, original, draw(), rng, way=3, draws=2).value for _ in range(12)]
        for draw in (lambda: correct(original, rng), lambda: people(1_200, rng))
    )
    assert sum(own.low <= v <= own.high for v in made) >= 9
    best = {"bhattacharyya": 1.0, "k_marginal": 1_000.0}.get(measure.__name__, 0.0)
    assert np.mean(made) - best == pytest.approx(own.mean - best, rel=0.05)
    assert np.mean(fresh) - best == pytest.approx(other.mean - best, rel=0.1)


def test_with_a_control_the_fresh_sample_is_dealt_from_both(people, rng):
    original, control = people(600, rng), people(600, rng)
    with_it = one(voas_williamson, original, control, rng, way=2, control=control, draws=30)
    band = with_it.band(Null.FRESH_SAMPLE)
    assert band.low < with_it.value < band.high
    small = replace(control, rows=control.rows.iloc[:150])
    near = one(voas_williamson, original, control, rng, way=2, control=small, draws=30)
    assert near.band(Null.FRESH_SAMPLE).mean == pytest.approx(band.mean, rel=0.1)


def test_compare_fills_in_the_control_and_runs_the_whole_step(people, rng):
    original, synthetic, control = (people(150, rng) for _ in range(3))
    options = {"control": control, "draws": 2, "ways": (1, 2)}
    found = compare(original, synthetic, measures=list(EVERY), **options)
    assert {s.measure for s in found} == set(EVERY)


def test_a_subsample_band_comes_when_asked(people, rng):
    original = people(1_000, rng)
    asked = {"nulls": ["subsample"], "subsample_share": 0.5, "draws": 10}
    score = one(hellinger, original, original, rng, way=2, **asked)
    # half of the records without replacement have the noise of a bootstrap of all
    assert score.band(Null.SUBSAMPLE).mean == pytest.approx(score.band().mean, rel=0.15)


def test_units_of_many_rows_widen_the_band(rng):
    levels = tuple("abcdef")
    schema = Schema(
        (Variable("unit", Kind.IDENTIFIER), Variable("x", Kind.CATEGORICAL, levels=levels))
    )
    units = np.repeat(np.arange(50), 20)
    rows = pd.DataFrame({"unit": units, "x": rng.choice(list(levels), 50)[units]})
    clustered = Dataset.of(rows, schema, entity="unit")
    alone = replace(clustered, entity=None)
    band, narrow = (
        one(voas_williamson, d, d, rng, draws=20).band().mean for d in (clustered, alone)
    )
    assert band == pytest.approx(20 * narrow, rel=0.4)


def test_the_interval_covers_other_copies(people, correct, rng):
    original, broken = people(800, rng), people(800, rng)
    shuffled = broken.with_rows(
        broken.rows.assign(size=rng.permutation(broken.rows["size"].to_numpy()))
    )
    for measure in (voas_williamson, jensen_shannon):
        found = [
            one(measure, original, correct(shuffled, rng), rng, way=2, draws=2) for _ in range(25)
        ]
        mean = np.mean([s.value for s in found])
        assert sum(mean in s.interval for s in found) >= 20


def test_a_constant_column_gives_no_ratio_and_a_single_record_no_fresh_sample(of_columns, rng):
    alone = of_columns(x=["a"] * 20)
    score = one(voas_williamson, alone, alone, rng)
    assert score.value == 0
    assert "by formula" not in score.note
    record = of_columns(x=["a"], y=[1.0])
    with pytest.raises(GuideError, match="no fresh-sample band"):
        one(voas_williamson, record, record, rng).band(Null.FRESH_SAMPLE)


def test_impossible_questions_are_refused(survey, rng):
    with pytest.raises(GuideError, match="no table that 1 variables can make"):
        one(voas_williamson, survey.keep("age"), survey.keep("age"), rng, way=2)
    with pytest.raises(GuideError, match="known: correct-model"):
        one(voas_williamson, survey, survey, rng, nulls=["fresh"])
    with pytest.raises(GuideError, match="draws=1 must be 2 or more"):
        one(voas_williamson, survey, survey, rng, draws=1)


def dense(n, rng):
    """Draw files whose tables have many records in each cell."""
    x = rng.choice(4, n, p=[0.4, 0.3, 0.2, 0.1])
    columns = {"x": x, "y": (x + rng.integers(0, 3, n)) % 4, "z": rng.integers(0, 3, n)}
    frame = pd.DataFrame({name: np.array(list("abcd"))[v] for name, v in columns.items()})
    kinds = tuple(Variable(n, Kind.CATEGORICAL, levels=tuple("abcd")) for n in columns)
    return Dataset.of(frame, Schema(kinds))


def exact(score):
    """The standardised ratio of a score, of the details: the note shows two digits."""
    column = score.details.columns[1]
    best = 1.0 if score.measure == "bhattacharyya" else 0.0
    value, formula = (score.details[c].mean() - best for c in (column, "expected by formula"))
    return float(value / formula)


@pytest.mark.validation
@pytest.mark.parametrize("name", list(STANDARDISED))
@pytest.mark.parametrize(("n1", "n2"), [(20_000, 20_000), (20_000, 10_000)])
def test_nulls_by_formula_over_200_draws(name, n1, n2, correct, within_errors):
    rng = np.random.default_rng(11)
    measure, made, fresh = STANDARDISED[name], [], []
    original = dense(n1, rng)
    for _ in range(200):
        made.append(exact(one(measure, original, correct(original, rng, n2), rng, 2, draws=2)))
        fresh.append(exact(one(measure, dense(n1, rng), dense(n2, rng), rng, 2, draws=2)))
    within_errors(made, 1)
    root = 0.5 if name == "hellinger" else 1.0
    within_errors(fresh, ((n1 + n2) / n1) ** root)
