"""Facts about the validation server: what leaves, what is refused, and what the log keeps."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError
from guide_helpers.analysis_requests import HasRow, request_of, with_flags
from guide_helpers.output_rules import OutputRules, check_cells, check_largest, units_in
from guide_helpers.schema import (
    Dataset,
    Kind,
    Link,
    LinkedTables,
    Provenance,
    Role,
    Schema,
    Variable,
)
from guide_helpers.validation_server import ValidationServer

PUBLIC = Provenance.PUBLIC
SCHEMA = Schema(
    (
        Variable("number", Kind.IDENTIFIER, Role.DIRECT_IDENTIFIER),
        Variable("sex", Kind.CATEGORICAL, Role.KEY, levels=("f", "m"), levels_from=PUBLIC),
        Variable("town", Kind.CATEGORICAL, levels=("a", "b", "c"), levels_from=PUBLIC),
        Variable("ill", Kind.CATEGORICAL, levels=("no", "yes"), levels_from=PUBLIC),
        Variable("age", Kind.NUMBER, Role.KEY, unit="years"),
        Variable("income", Kind.NUMBER, Role.SENSITIVE),
    )
)
MODEL = {"kind": "regression", "formula": "income ~ age + sex"}
COUNTS = {"kind": "table", "by": ["sex", "ill"]}


def people(seed: int, n: int = 400) -> Dataset:
    rng = np.random.default_rng(seed)
    age = rng.uniform(20, 80, n)
    sex = rng.choice(["f", "m"], n)
    rows = {
        "number": np.arange(n),
        "sex": sex,
        "town": np.where(np.arange(n) < 4, "c", rng.choice(["a", "b"], n)),
        "ill": rng.choice(["no", "yes"], n, p=[0.7, 0.3]),
        "age": age,
        "income": 100 + 2 * age + 10 * (sex == "m") + rng.normal(0, 20, n),
    }
    return Dataset.of(pd.DataFrame(rows), SCHEMA)


@pytest.fixture
def server() -> ValidationServer:
    return ValidationServer(people(1), [people(2), people(3)])


def with_values(data: Dataset, **values) -> Dataset:
    return data.with_rows(data.rows.assign(**values))


def test_a_regression_comes_back_rounded_beside_the_synthetic_one(server):
    answer = server.submit(MODEL)
    assert answer.granted
    slope = answer.table.loc["age", "original"]
    assert slope == float(f"{slope:.3g}") == pytest.approx(2, abs=0.3)
    assert list(answer.table.index) == ["age", "sex: m"]


def test_the_overlap_is_that_of_the_intervals_that_leave(server):
    line = server.submit(MODEL).table.loc["age"]
    ends = [
        [line[n] + sign * 1.959964 * line[f"{n} error"] for sign in (-1, 1)]
        for n in ("original", "synthetic")
    ]
    common = min(ends[0][1], ends[1][1]) - max(ends[0][0], ends[1][0])
    by_hand = np.mean([common / (high - low) for low, high in ends])
    assert line["overlap"] == pytest.approx(by_hand, abs=0.006)


def test_a_copy_of_the_original_overlaps_wholly():
    data = people(1)
    assert ValidationServer(data, [data]).submit(MODEL).agreement["mean overlap"] == 1


def test_the_expected_overlap_is_that_of_a_correct_synthesis(server):
    expected = server.submit(MODEL).agreement["expected under a correct synthesis"]
    assert expected == pytest.approx(1 - (2 / np.pi / 2) ** 0.5 / (2 * 1.959964))


def test_counts_leave_as_multiples_of_five(server):
    table = server.submit(COUNTS).table
    assert (table[["original", "synthetic"]].to_numpy() % 5 == 0).all()
    assert table["original"].sum() == pytest.approx(400, abs=10)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"kind": "table", "by": ["town"]}, "fewer than 10 units"),
        ({"kind": "regression", "formula": "income ~ town"}, "'town' has fewer than 10"),
        ({"kind": "regression", "formula": "ill ~ town + age"}, "with an outcome has fewer"),
        (MODEL | {"where": {"town": "c"}}, "the group asked about has fewer"),
        ({"kind": "regression", "formula": "income ~ sex", "where": {"sex": "f"}}, "one level"),
    ],
)
def test_few_units_are_refused_in_one_sentence_that_holds_no_count(server, spec, said):
    answer = server.submit(spec)
    assert not answer.granted
    assert said in answer.refusal
    assert answer.table is None
    assert " 4 " not in answer.refusal


def test_one_record_with_an_extreme_value_cannot_decide_a_coefficient():
    data = people(1)
    age = data["age"].to_numpy(copy=True)
    age[0] = 1e6
    server = ValidationServer(with_values(data, age=age), [people(2)])
    assert "one unit alone" in server.submit(MODEL).refusal


def test_one_record_that_is_most_of_an_amount_cannot_be_worked_out():
    data = people(1)
    income = data["income"].to_numpy(copy=True)
    income[0] = 1e9
    server = ValidationServer(with_values(data, income=income), [people(2)])
    for statistic in ("mean", "total"):
        spec = {"kind": "table", "by": ["sex"], "statistic": statistic, "value": "income"}
        assert "dominated by one unit" in server.submit(spec).refusal
    assert "dominated by one unit" in server.submit(MODEL).refusal


def test_the_p_rule_by_hand():
    cell, units = np.zeros(3, dtype=int), np.arange(3)
    rules = OutputRules(fewest=1)
    check_largest(cell, units, np.array([100.0, 50, 10]), rules, "it")
    with pytest.raises(GuideError, match="within 10 %"):
        check_largest(cell, units, np.array([100.0, 50, 9]), rules, "it")


def test_rows_of_one_unit_count_once():
    cell, units = np.zeros(20, dtype=int), np.repeat([0, 1], 10)
    assert list(units_in(cell, units, 2)) == [2, 0]
    with pytest.raises(GuideError, match="fewer than 10 units"):
        check_cells(cell, units, 1, OutputRules(), "it")


def test_an_empty_cell_is_too_few():
    with pytest.raises(GuideError, match="fewer than 10"):
        check_cells(np.zeros(20, dtype=int), np.arange(20), 2, OutputRules(), "it")


def test_two_requests_that_differ_by_a_few_units_are_not_both_answered(server):
    assert server.submit({"kind": "regression", "formula": "income ~ age"}).granted
    missing = server._original["age"].to_numpy(copy=True)
    missing[:3] = np.nan
    other = ValidationServer(with_values(people(1), age=missing), [people(2)])
    assert other.submit({"kind": "regression", "formula": "income ~ sex"}).granted
    answer = other.submit(MODEL)
    assert "but for fewer than 10" in answer.refusal
    assert "request 1" in answer.refusal


@pytest.mark.parametrize(
    "spec",
    [
        "drop table people",
        None,
        {"kind": "code", "code": "print(1)"},
        {"kind": "regression", "formula": "__import__('os').system('ls') ~ age"},
        {"kind": "regression", "formula": "income ~ age", "data": "other.csv"},
        {"kind": "regression", "formula": ["income"]},
        {"kind": "regression", "formula": "income ~ " + "age + " * 1_000},
        {"kind": "regression", "formula": "income ~ number"},
        {"kind": "regression", "formula": "income ~ age", "model": "neural"},
        {"kind": "table", "by": ["number"]},
        {"kind": "table", "by": "sex"},
        {"kind": "table", "by": [["sex"]]},
        {"kind": "table", "by": ["age"]},
        {"kind": "table", "by": ["sex", "sex"]},
        {"kind": "table", "by": ["sex"], "statistic": "max", "value": "income"},
        {"kind": "table", "by": ["sex"], "statistic": "mean"},
        {"kind": "table", "by": ["sex"], "statistic": "mean", "value": "town"},
        {"kind": "table", "by": ["sex"], "where": {"age": 20}},
        {"kind": "table", "by": ["sex"], "where": {"town": "a or 1 == 1"}},
        {"kind": "table", "by": ["sex"], "where": "sex == 'f'"},
        {"kind": "table", "by": ["sex"], "where": {"town": ["a"]}},
    ],
)
def test_what_is_no_request_is_refused_by_the_schema_alone_and_costs_nothing(server, spec):
    answer = server.submit(spec)
    assert not answer.granted
    assert "\n" not in answer.refusal
    assert server.left == server.rules.requests


def test_refusals_after_a_look_count_and_the_last_request_is_the_last():
    server = ValidationServer(people(1), [people(2)], OutputRules(requests=2))
    assert not server.submit({"kind": "table", "by": ["town"]}).granted
    assert server.submit(COUNTS).granted
    assert server.left == 0
    assert "all 2 requests are used" in server.submit(MODEL).refusal


def test_the_same_request_is_answered_again_and_costs_nothing(server):
    first = server.submit({"kind": "regression", "formula": "income~age+sex"})
    assert server.submit(MODEL) is first
    assert server.left == server.rules.requests - 1
    assert list(server.log["outcome"]) == ["answered", "answered again"]


def test_the_log_has_every_request_and_no_number_of_the_data(server, tmp_path):
    server.submit(MODEL)
    server.submit({"kind": "table", "by": ["town"]})
    server.submit("nonsense")
    assert list(server.log["outcome"]) == ["answered", "refused", "refused"]
    kept = json.loads(server.save_log(tmp_path / "log.json").read_text("utf-8"))
    assert [line["counts"] for line in kept] == [True, True, False]
    assert set(kept[0]) == {"number", "request", "outcome", "why", "counts"}


def test_an_answer_shows_what_the_analyst_wrote_as_text(server):
    answer = server.submit({"kind": "regression", "formula": "<script>alert(1)</script> ~ age"})
    assert "<script>" not in answer._repr_html_()
    assert "requests left" in repr(server)


def test_copies_with_other_columns_and_rules_without_sense_are_refused():
    with pytest.raises(GuideError, match="other columns"):
        ValidationServer(people(1), [people(2).keep("sex", "age")])
    with pytest.raises(GuideError, match="no synthetic copy"):
        ValidationServer(people(1), [])
    with pytest.raises(GuideError, match="fewest=0"):
        OutputRules(fewest=0)
    with pytest.raises(GuideError, match="leverage"):
        OutputRules(leverage=0)


def test_a_group_that_the_copies_lack_has_no_synthetic_coefficient():
    lacking = with_values(people(2), town="a")
    server = ValidationServer(people(1), [lacking], OutputRules(fewest=1))
    answer = server.submit(
        {"kind": "regression", "formula": "income ~ age", "where": {"town": "b"}}
    )
    assert answer.granted
    assert answer.table["synthetic"].isna().all()


def test_a_request_says_itself_in_words():
    request = request_of(COUNTS | {"where": {"town": "a"}}, people(1))
    assert str(request) == "table of the count by sex and ill, where town is a"


def linked() -> LinkedTables:
    who = Schema((Variable("id", Kind.IDENTIFIER), Variable("age", Kind.INTEGER)))
    what = Schema(
        (
            Variable("id", Kind.IDENTIFIER),
            Variable("day", Kind.INTEGER),
            Variable("event", Kind.CATEGORICAL, levels=("stroke", "fall"), levels_from=PUBLIC),
        )
    )
    persons = Dataset.of(pd.DataFrame({"id": [1, 2, 3], "age": [50, 60, 70]}), who)
    events = pd.DataFrame({"id": [1, 2, 2], "day": [-5, 4, 0], "event": ["stroke"] * 2 + ["fall"]})
    tables = {"persons": persons, "events": Dataset.of(events, what)}
    return LinkedTables(tables, (Link("persons", "events", "id"),))


def test_a_flag_says_whether_a_child_row_of_a_level_was_there_in_time():
    ever = HasRow("ever", "events", "event", "stroke")
    before = HasRow("before", "events", "event", "stroke", "day", 0)
    flat = with_flags(linked(), [ever, before])
    assert list(flat["ever"].astype(str)) == ["yes", "yes", "no"]
    assert list(flat["before"].astype(str)) == ["yes", "no", "no"]


def test_a_flag_of_nothing_is_refused():
    with pytest.raises(GuideError, match="no table 'visits'"):
        with_flags(linked(), [HasRow("x", "visits", "event", "stroke")])
    with pytest.raises(GuideError, match="no level 'cough'"):
        with_flags(linked(), [HasRow("x", "events", "event", "cough")])
    with pytest.raises(GuideError, match="already"):
        with_flags(linked(), [HasRow("age", "events", "event", "stroke")])
