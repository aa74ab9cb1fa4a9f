"""Questions and claims: what a run of evidence answers, by hand and on the results of the guide."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from guide_helpers import GuideError
from guide_helpers.catalogue import entries
from guide_helpers.evidence import provenance, results
from guide_helpers.evidence.claims import CLAIMS, Claim, Finding, claims, held
from guide_helpers.evidence.plan import FRESH, load_plan
from guide_helpers.evidence.reading import QUESTIONS, answers, spread
from guide_helpers.evidence.runs import run

ROOT = Path(__file__).resolve().parents[2]
CELLS = [("a", 0), ("a", 1), ("b", 0), ("b", 1)]


def line(method, data, seed, kind, entry, quantity, value, **more):
    return {
        "method": method, "data": data, "seed": seed, "kind": kind, "entry": entry,
        "quantity": quantity, "value": value, "null_mean": None, "low": None, "high": None, **more,
    }  # fmt: skip


@pytest.fixture(scope="module")
def tiny():
    """Two methods on one data set with two seeds: distances, an attack, broken rules."""
    distances = {"a": (0.02, 0.03), "b": (0.04, 0.025)}
    lows = {"a": (-0.01, -0.02), "b": (0.01, -0.01)}
    found = []
    for method, seed in CELLS:
        pair = ("measure", "marginal_distance", "2-way")
        found += [
            line(method, "d", seed, *pair, distances[method][seed], null_mean=0.01),
            line(method, "d", seed, "attack", "relative_density", "excess", 0.05,
                 low=lows[method][seed], high=0.1),
            line(method, "d", seed, "check", "rules", "broken rules", 3.0),
        ]  # fmt: skip
    costs = [{"method": m, "data": "d", "seed": s, "units": 200} for m, s in CELLS]
    return pd.DataFrame(found), pd.DataFrame(costs)


def test_a_distance_is_told_in_multiples_of_its_own_null(tiny):
    found = answers(*tiny, "pairs")
    assert found["value"].tolist() == pytest.approx([2.0, 3.0, 4.0, 2.5])
    over = spread(found).set_index("method")
    assert over.loc["a", ["value", "low", "high", "runs"]].tolist() == pytest.approx([2.5, 2, 3, 2])


def test_an_excess_is_told_in_per_cent_with_its_interval(tiny):
    found = answers(*tiny, "density")
    assert found["value"].tolist() == pytest.approx([5.0] * 4)
    assert found["low"].tolist() == pytest.approx([-1.0, -2.0, 1.0, -1.0])


def test_broken_rules_are_told_per_100_units(tiny):
    assert answers(*tiny, "rules")["value"].tolist() == pytest.approx([1.5] * 4)


def test_a_question_that_is_not_there_is_said(tiny):
    with pytest.raises(GuideError, match="no question 'beauty'; known: columns, pairs"):
        answers(*tiny, "beauty")


@pytest.mark.parametrize(
    ("form", "holds", "verdict"),
    [
        ({"than": ("b",)}, 1, "in part"),  # 2 < 4, but 3 > 2.5
        ({"at_most": 3.0}, 2, "supported"),
        ({"at_least": 2.5}, 1, "in part"),
        ({"at_least": 9.0}, 0, "not supported"),
        ({"question": "density", "finds": "nothing"}, 2, "supported"),
        ({"question": "density", "finds": "something"}, 0, "not supported"),
    ],
)
def test_a_claim_holds_in_as_many_runs_as_can_be_counted_by_hand(tiny, form, holds, verdict):
    asked = {"id": "x", "says": "", "page": "", "question": "pairs", "methods": ("a",)} | form
    found = held(Claim(**asked), {"matrix": tiny})
    assert (found.runs, found.holds, found.verdict) == (2, holds, verdict)


def test_a_claim_about_a_run_or_a_method_that_is_not_there_was_not_asked(tiny):
    claim = Claim("x", "", "", "pairs", ("nobody",), at_most=1.0)
    assert held(claim, {"matrix": tiny}) == Finding(claim, 0, 0, "")
    elsewhere = replace(claim, methods=("a",), run="other")
    assert held(elsewhere, {"matrix": tiny}).verdict == "not asked"


def test_every_claim_is_about_methods_of_its_plan_and_a_page_of_the_book():
    for claim in claims().values():
        labels = {m.label for m in load_plan(claim.run).methods}
        assert {*claim.methods, *claim.than} <= labels, claim.id
        assert (ROOT / f"{claim.page}.md").exists(), claim.id
        forms = (claim.than, claim.at_most is not None, claim.at_least is not None, claim.finds)
        assert sum(map(bool, forms)) == 1, claim.id


def test_claims_have_names_of_their_own():
    assert CLAIMS.read_text(encoding="utf-8").count("[[claim]]") == len(claims())


def test_the_matrix_covers_fifteen_methods_six_data_sets_and_five_draws():
    costs = results("matrix-costs")
    ran = costs[costs["status"].eq("ran") & costs["method"].ne(FRESH)]
    everywhere = ran.groupby("method")[["data", "seed"]].nunique().eq([6, 5]).all(axis=1)
    assert everywhere.sum() >= 15
    assert len(costs) == provenance("matrix")["cells"] == len(list(load_plan("matrix").cells()))


def test_the_results_that_come_with_the_guide_are_those_of_its_plans():
    for name in ("matrix", "deep", "small"):
        told, plan = provenance(name)["plan"], load_plan(name)
        assert [m["label"] for m in told["methods"]] == [m.label for m in plan.methods]
        assert [d["label"] for d in told["data"]] == [d.label for d in plan.data]
        assert (told["seeds"], told["units"]) == (plan.seeds, plan.units)


def test_every_question_has_answers_in_the_matrix():
    numbers, costs = results("matrix"), results("matrix-costs")
    assert all(len(answers(numbers, costs, question)) > 400 for question in QUESTIONS)


def test_the_methods_of_the_plans_are_entries_of_the_catalogue():
    known = entries("methods")
    for name in ("matrix", "deep"):
        assert all(m.name in known for m in load_plan(name).methods if m.name != FRESH)


def test_the_small_plan_run_again_agrees_with_its_results_within_their_uncertainty(tmp_path):
    run(load_plan("small"), tmp_path)
    now, then = pd.read_parquet(tmp_path / "small.parquet"), results("small")
    names = ["data", "method", "seed", "kind", "entry", "quantity"]
    assert now[names].equals(then[names])
    width = (then["high"] - then["low"]).fillna(then["null_high"] - then["null_low"]).fillna(0.0)
    off = (now["value"] - then["value"]).abs()
    far = now[off > width / 2 + 1e-9]
    assert far.empty, far[names].to_string()
