"""Figures: each has words with the numbers it draws, fits a phone and shows no record."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, figures
from guide_helpers.cards import Null
from guide_helpers.intervals import Interval
from guide_helpers.results import Comparison, Expense, NullBand, PrivacyLoss, Risk, Score
from guide_helpers.schema import Dataset, Kind, Schema, Variable
from guide_helpers.site.plotly_figure import figure_html


def score(value, low=0.1, high=0.2, variant="1-way", **more):
    return Score(
        measure="marginal_distance",
        value=value,
        interval=Interval(value - 0.01, value + 0.01, "by hand"),
        bands=(
            NullBand(Null.CORRECT_MODEL, (low + high) / 2, low, high, 0),
            NullBand(Null.FRESH_SAMPLE, 0.5, 0.4, 0.6, 0),
        ),
        variant=variant,
        **more,
    )


@pytest.fixture
def comparison():
    return Comparison((score(0.15), score(0.3, variant="2-way")))


@pytest.fixture
def risk():
    return Risk("unique_match", 100, 40, 60, 0.1, control_targets=100, control_hits=20)


@pytest.fixture
def table_score():
    details = pd.DataFrame(
        {
            "variables": ["age × sex", "age × income"],
            "distance": [0.25, 0.1],
            "expected by chance": [0.05, 0.04],
        }
    )
    return score(0.175, variant="2-way", details=details)


@pytest.fixture
def regression_score():
    details = pd.DataFrame(
        {
            "coefficient": ["age", "sex: male"],
            "original": [1.0, 100.0],
            "original error": [0.1, 10.0],
            "synthetic": [1.1, 60.0],
            "synthetic error": [0.1, 10.0],
            "overlap": [0.7, -0.02],
            "standardised difference": [1.0, -4.0],
            "same sign": [True, True],
            "same significance": [True, True],
        }
    )
    return Score("ci_overlap", 0.34, None, (NullBand(Null.CORRECT_MODEL, 0.8, 0.7, 0.9, 0),),
                 details=details)  # fmt: skip


@pytest.fixture
def privacy():
    ledger = (Expense("age", 0.25), Expense("sex", 0.5), Expense("age", 0.25))
    return PrivacyLoss(1.0, 0.0, "add-or-remove-one", "person", "one row", False, "pure", ledger)


@pytest.fixture
def gallery(survey, comparison, risk, table_score, regression_score, privacy):
    """One figure of each kind."""
    older = survey.with_rows(survey.rows.assign(age=survey.rows["age"][::-1].to_numpy()))
    return {
        "scores": figures.scores({"cart": comparison, "independent": comparison}),
        "risk": figures.risk({"cart": risk, "independent": risk}),
        "excess": figures.excess({"trees": {"1": risk, "5": risk}, "copulas": {"1": risk}}),
        "margin of levels": figures.margin(survey, older, "education"),
        "margin of numbers": figures.margin(survey, older, "income"),
        "relation as lines": figures.relation(survey, older, "age", "income"),
        "relation as shares": figures.relation(survey, older, "education", "employed"),
        "relation as heat": figures.relation(survey, older, "age", "education"),
        "worst tables": figures.worst_tables(table_score),
        "coefficients": figures.coefficients(regression_score),
        "ledger": figures.ledger(privacy),
        "spectrum": figures.spectrum(comparison, {"linkage": risk}),
    }


def test_every_figure_has_words_a_title_and_axes(gallery):
    for name, figure in gallery.items():
        assert len(figure.layout.meta["alt"]) > 40, name
        assert any(c.isdigit() for c in figure.layout.meta["alt"]), name
        assert figure.layout.title.text, name
        if name != "scores":
            titled = [a.title.text for a in (*figure.select_xaxes(), *figure.select_yaxes())]
            assert any(titled), name


def test_every_figure_fits_a_phone_and_leaves_its_background_to_the_page(gallery):
    for name, figure in gallery.items():
        assert figure.layout.height <= 450, name
        assert figure.layout.width is None, name
        assert figure.layout.paper_bgcolor is None, name
        assert figure.layout.legend.orientation == "h", name


def test_every_figure_becomes_a_part_of_a_page(gallery):
    for figure in gallery.values():
        page = figure_html(json.loads(figure.to_json()))
        assert "guide-plotly" in page


def test_texts_can_be_replaced(survey, comparison, risk, table_score, regression_score, privacy):
    texts = {"title": "Own title", "alt": "own words", "caption": "own caption"}
    for figure in (
        figures.scores(comparison, **texts),
        figures.risk(risk, **texts),
        figures.excess({"cart": risk}, **texts),
        figures.margin(survey, survey, "age", **texts),
        figures.relation(survey, survey, "age", "income", **texts),
        figures.relation(survey, survey, "age", "education", **texts),
        figures.worst_tables(table_score, **texts),
        figures.coefficients(regression_score, **texts),
        figures.ledger(privacy, **texts),
    ):
        assert figure.layout.title.text == "Own title"
        assert figure.layout.meta == {"alt": "own words", "caption": "own caption"}


def test_scores_say_whether_they_lie_within_the_band(comparison):
    alt = figures.scores(comparison).layout.meta["alt"]
    assert "1-way 0.15 (0.14 to 0.16), within the correct-model band 0.1 to 0.2" in alt
    assert "2-way 0.3 (0.29 to 0.31), outside" in alt
    other = figures.scores(comparison, null="fresh-sample").layout.meta["alt"]
    assert "outside the fresh-sample band 0.4 to 0.6" in other


def test_the_words_of_scores_begin_with_what_to_see(comparison):
    one, two = comparison
    begins = {
        "1 score, within the band of its null. ": {"a": one},
        "2 scores, all outside the bands of their nulls. ": {"a": two, "b": two},
        "2 scores, 1 within the bands of their nulls: a. ": {"a": one, "b": two},
        "3 scores, 2 within the bands of their nulls: a 1 of 2, b. ": {"a": comparison, "b": one},
    }
    for words, given in begins.items():
        assert figures.scores(given).layout.meta["alt"].startswith(words)


def test_each_score_keeps_its_own_axis_and_unit(comparison):
    figure = figures.scores(comparison)
    assert [a.text for a in figure.layout.annotations] == [
        "Distance of tables, 1-way,<br>share of records",
        "Distance of tables, 2-way,<br>share of records",
    ]
    points = [t for t in figure.data if t.mode == "markers"]
    assert [t.x[0] for t in points] == [0.15, 0.3]
    assert [t.error_x.array[0] for t in points] == pytest.approx([0.01, 0.01])


def test_a_risk_is_drawn_with_guessing_control_and_excess(risk):
    figure = figures.risk(risk)
    heights = {t.name: t.y[0] for t in figure.data}
    assert heights == pytest.approx(
        {"guessing without the file": 10, "people outside the file": 20, "people in the file": 40}
    )
    # (0.4 - 0.2) / (1 - 0.2)
    assert "excess 25.0 %" in figure.layout.annotations[0].text
    assert "10.0 % by guessing" in figure.layout.meta["alt"]


def test_a_risk_without_control_says_so():
    figure = figures.risk(Risk("unique_match", 100, 40, 60, 0.1))
    assert "no control group" in figure.layout.meta["alt"]
    assert "not<br>measurable" in figure.layout.annotations[0].text
    assert len(figure.data) == 2


def test_excesses_are_points_with_their_intervals_beside_zero(risk):
    figure = figures.excess({"cart": risk, "no control": Risk("unique_match", 100, 40, 60, 0.1)})
    (points,) = figure.data
    assert list(points.x) == ["cart", "no control"]
    assert list(points.y) == [pytest.approx(25), None]
    assert points.y[0] + points.error_y.array[0] == pytest.approx(100 * risk.excess.interval.high)
    assert figure.layout.shapes[0].y0 == 0
    assert "cart: excess 25.0 % (" in figure.layout.meta["alt"]
    assert "no control: excess not measurable." in figure.layout.meta["alt"]


def test_the_words_of_many_excesses_begin_with_those_above_zero(risk):
    none = Risk("unique_match", 100, 10, 60, 0.1, control_targets=100, control_hits=10)
    many = {"leak": risk, "a": none, "b": none, "c": none}
    told = "1 of 4 are surely above zero: leak. "
    assert figures.excess(many).layout.meta["alt"].startswith(told)


def test_shares_of_a_margin_are_of_all_records(of_levels):
    original, synthetic = of_levels("aaab"), of_levels("aabb")
    figure = figures.margin(original, synthetic, "x")
    assert [list(t.y) for t in figure.data] == [[75, 25], [50, 50]]
    alt = figure.layout.meta["alt"]
    assert "by 25.0 % of the records in all, most at a: 50.0 % against 75.0 %" in alt


@pytest.fixture
def of_levels():
    schema = Schema((Variable("x", Kind.CATEGORICAL, levels=tuple("abc")),))

    def make(values):
        cells = [None if v == "-" else v for v in values]
        return Dataset.of(pd.DataFrame({"x": cells}, dtype=object), schema)

    return make


def test_missing_values_are_a_bar_of_their_own(of_levels):
    figure = figures.margin(of_levels("aab-"), of_levels("aabb"), "x")
    assert list(figure.data[0].x) == ["a", "b", "missing"]
    assert list(figure.data[0].y) == [50, 25, 25]


def test_small_cells_can_be_left_out(of_levels):
    figure = figures.margin(of_levels("aaabcc"), of_levels("aaabcc"), "x", smallest=2)
    assert np.isnan(figure.data[0].y[1])
    assert "fewer than 2 records" in figure.layout.meta["caption"]


def test_rare_levels_of_many_are_one_bar():
    levels = tuple(f"level {i}" for i in range(50))
    schema = Schema((Variable("x", Kind.CATEGORICAL, levels=levels),))
    rows = pd.DataFrame({"x": [v for i, v in enumerate(levels) for _ in range(i + 1)]})
    data = Dataset.of(rows, schema)
    figure = figures.margin(data, data, "x")
    assert len(figure.data[0].x) == 20
    assert figure.data[0].x[-1] == "other levels"
    assert sum(figure.data[0].y) == pytest.approx(100)


def test_bins_of_whole_numbers_hold_as_many_values_each(survey):
    figure = figures.margin(survey, survey, "age", bins=30)
    steps = np.diff(np.array(figure.data[0].x, dtype=float))
    assert set(steps) == {3.0}
    assert sum(figure.data[0].y) == pytest.approx(100)


def test_dates_have_a_margin():
    schema = Schema((Variable("day", Kind.DATETIME),))
    data = Dataset.of(pd.DataFrame({"day": pd.date_range("2020-01-01", periods=90)}), schema)
    figure = figures.margin(data, data, "day", bins=3)
    assert list(figure.data[0].y) == pytest.approx([100 / 3] * 3)


def test_lines_are_means_of_groups():
    of_x = Variable("x", Kind.CATEGORICAL, levels=("a", "b"))
    schema = Schema((of_x, Variable("y", Kind.NUMBER, unit="euro")))
    data = Dataset.of(pd.DataFrame({"x": list("aabb"), "y": [1.0, 3, 10, 10]}), schema)
    figure = figures.relation(data, data, "x", "y")
    assert list(figure.data[0].y) == [2, 10]
    # standard error of 1 and 3 is 1
    assert figure.data[0].error_y.array[0] == pytest.approx(1.96, abs=0.001)
    assert figure.layout.yaxis.title.text == "Mean of y (euro)"


def test_heat_is_the_difference_of_conditional_shares():
    schema = Schema(
        (
            Variable("x", Kind.CATEGORICAL, levels=("a", "b")),
            Variable("y", Kind.CATEGORICAL, levels=("p", "q", "r")),
        )
    )
    make = lambda y: Dataset.of(pd.DataFrame({"x": list("aabb"), "y": list(y)}), schema)  # noqa: E731
    figure = figures.relation(make("pqrr"), make("pprq"), "x", "y")
    assert figure.data[0].z.tolist() == [[50, 0], [-50, 50], [0, -50]]
    assert "50.0 percentage points" in figure.layout.meta["alt"]


def test_several_files_are_drawn_with_colour_and_line_of_their_own(survey):
    files = {f"method {i}": survey for i in range(4)}
    figure = figures.relation(survey, files, "age", "income")
    assert [t.name for t in figure.data] == ["original", *files]
    assert len({t.line.color for t in figure.data}) == 5
    assert len({t.line.dash for t in figure.data}) == 5


def test_worst_tables_show_chance_beside_the_distance(table_score):
    figure = figures.worst_tables(table_score, most=1)
    assert figure.data[0].x[0] == pytest.approx(25)
    assert figure.data[1].x[0] == pytest.approx(5)
    assert "age × sex" in figure.layout.meta["alt"]


def test_unlike_coefficients_are_shown_in_standard_errors(regression_score):
    figure = figures.coefficients(regression_score)
    assert list(figure.data[0].x) == pytest.approx([10, 10])
    assert "standard" in figure.layout.xaxis.title.text
    plain = figures.coefficients(regression_score, scaled=False)
    assert list(plain.data[1].x) == pytest.approx([1.1, 60])
    assert "least for sex: male (-2 %)" in figure.layout.meta["alt"]


def test_a_ledger_in_rho_is_drawn_in_rho(privacy):
    lines = tuple(Expense(e.what, rho=e.epsilon / 40) for e in privacy.ledger)
    figure = figures.ledger(replace(privacy, delta=1e-6, ledger=lines, rho=0.025))
    assert list(figure.data[0].x) == pytest.approx([0.0125, 0.0125])
    assert figure.layout.xaxis.title.text == "rho spent"


def test_the_ledger_adds_up_what_one_question_cost(privacy):
    figure = figures.ledger(privacy)
    assert dict(zip(figure.data[0].y, figure.data[0].x, strict=True)) == {"age": 0.5, "sex": 0.5}
    assert "1 of epsilon 1" in figure.layout.title.text


def test_what_cannot_be_drawn_is_refused_in_one_sentence(survey, comparison, of_levels):
    with pytest.raises(GuideError, match="no column 'shoe size'"):
        figures.margin(survey, survey, "shoe size")
    with pytest.raises(GuideError, match="no details"):
        figures.worst_tables(comparison["marginal_distance:1-way"])
    schema = Schema((Variable("note", Kind.TEXT), Variable("y", Kind.NUMBER)))
    words = Dataset.of(pd.DataFrame({"note": ["a", "b"], "y": [1.0, 2.0]}), schema)
    for draw in (
        lambda: figures.margin(words, words, "note"),
        lambda: figures.relation(words, words, "note", "y"),
        lambda: figures.relation(words, words, "y", "note"),
    ):
        with pytest.raises(GuideError, match="of kind text"):
            draw()


def test_ranked_entries_stand_in_order_with_their_range():
    values = pd.DataFrame(
        {
            "entry": ["b", "a", "b", "a"],
            "group": ["one", "one", "two", "two"],
            "value": [1.0, 4.0, 3.0, 6.0],
            "low": [0.5, 4.0, 3.0, 5.0],
            "high": [2.0, 4.0, 3.5, 9.0],
        }
    )
    figure = figures.ranked(values, title="Distance", unit="times the null", mark=1)
    assert list(figure.layout.yaxis.categoryarray) == ["a", "b"]
    assert list(figure.data[0].error_x.array) == [1.0, 0.0]
    assert list(figure.data[1].error_x.arrayminus) == [0.0, 1.0]
    alt = figure.layout.meta["alt"]
    assert "b is lowest (2) and a highest (5), in times the null" in alt
    assert "By group: one: from 1 (b) to 4 (a). two: from 3 (b) to 6 (a)." in alt
    assert figure.layout.shapes[0].x0 == 1


def test_a_plane_names_its_extreme_points():
    values = pd.DataFrame({"x": [1.0, 9.0], "y": [5.0, 0.0], "who": ["a", "b"], "kind": ["k", "l"]})
    figure = figures.plane(
        values, x="x", y="y", entry="who", group="kind", title="t", x_unit="far", y_unit="leak"
    )
    assert [t.name for t in figure.data] == ["k", "l"]
    assert "Furthest left is a (1; 5), highest is a (1; 5)" in figure.layout.meta["alt"]


def test_a_network_names_each_arrow_and_all_lead_down():
    structure = pd.DataFrame(
        {"parents": ["", "age", "age, sex"]}, index=pd.Index(["age", "sex", "income"])
    )
    figure = figures.network(structure)
    assert [t.name for t in figure.data] == [
        "sex from age",
        "income from age",
        "income from sex",
    ]
    assert all(t.y[0] < t.y[-1] for t in figure.data)
    assert figure.layout.meta["alt"] == (
        "Drawn alone: age. Drawn given others: sex from age; income from age and sex."
    )


def test_a_score_of_zero_stands_at_the_left_end_of_its_powers_of_ten(risk):
    copy = Comparison((score(0.0), score(0.3, variant="2-way")))
    name = next(iter(copy)).name
    figure = figures.spectrum(copy, {"linkage": risk}, ends={name: (0.01, 1.0)})
    band, point, *_ = figure.data
    assert point.x == (0.01,)
    assert point.text == ("0",)
    assert band.x[0] >= 0.01
    assert figure.data[-1].x == pytest.approx([25.0])
    assert "excess 25.0 %" in figure.layout.meta["alt"]
