"""Evidence: a plan is read, run, stopped, gone on with, and gives the same numbers."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from dataclasses import replace

import pandas as pd
import pytest
from distributed import LocalCluster

from guide_helpers import GuideError
from guide_helpers.cli import main
from guide_helpers.evidence import runs
from guide_helpers.evidence.cells import computed, groups
from guide_helpers.evidence.plan import FRESH, load_plan
from guide_helpers.evidence.runs import Run, run

PLAN = """
seeds = 2
units = 120
[[data]]
name = "satgpa"
sensitive = "fy_gpa"
[[method]]
name = "fresh sample"
[[method]]
name = "independent"
[[method]]
name = "ipso"
seeds = 1
[[measure]]
name = "marginal_distance"
options = { ways = [1] }
[[attack]]
name = "unique_match"
"""
KILLED = """
import os, signal, sys
from guide_helpers.evidence import runs
from guide_helpers.evidence.plan import load_plan
keep, left = runs.Run.keep, [int(sys.argv[3])]
def dying(self, outcome):
    if not left[0]:
        self.place(outcome.cell).with_suffix(".part").write_text("half")
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    keep(self, outcome)
runs.Run.keep = dying
runs.run(load_plan(sys.argv[1]), sys.argv[2])
"""


@pytest.fixture
def plan(tmp_path):
    place = tmp_path / "tiny.toml"
    place.write_text(PLAN)
    return load_plan(place)


def killed_after(cells, tmp_path, target):
    """Run the plan in a process that is killed while it keeps a later cell; return its status."""
    command = [sys.executable, "-c", KILLED, tmp_path / "tiny.toml", target, str(cells)]
    return subprocess.run(command, check=False, capture_output=True).returncode


def written(folder, name="tiny"):
    return (folder / f"{name}.parquet").read_bytes()


def test_a_plan_gives_every_method_on_every_data_set_as_often_as_it_says(plan):
    cells = list(plan.cells())
    assert [(c.method.label, c.seed) for c in cells] == [
        (FRESH, 0), ("independent", 0), ("ipso", 0), (FRESH, 1), ("independent", 1)
    ]  # fmt: skip
    assert len({c.name for c in cells}) == len(cells)


def test_the_three_groups_share_no_unit_and_are_those_of_all_methods(plan):
    first, _, ipso, *_ = plan.cells()
    parts = groups(plan, first)
    assert [p.n_units for p in parts] == [120, 120, 120]
    assert all(
        one.rows.equals(two.rows) for one, two in zip(parts, groups(plan, ipso), strict=True)
    )
    assert not parts[0].rows.equals(parts[1].rows)


def test_one_process_two_and_one_for_each_cell_write_the_same_bytes(plan, tmp_path):
    ways = {"one": {}, "two": {"workers": 2}, "alone": {"workers": 2, "alone": True}}
    for folder, shared_out in ways.items():
        (tmp_path / folder).mkdir()
        run(plan, tmp_path / folder, **shared_out)
    assert written(tmp_path / "one") == written(tmp_path / "two") == written(tmp_path / "alone")
    found = pd.read_parquet(tmp_path / "one" / "tiny.parquet")
    assert set(found["kind"]) == {"check", "measure", "attack"}
    assert found.query("quantity == 'rate'")["value"].between(0, 1).all()
    costs = pd.read_parquet(tmp_path / "one" / "tiny-costs.parquet")
    assert len(costs) == 5
    assert (costs["status"] == "ran").all()


def test_a_run_that_was_killed_goes_on_and_loses_no_cell(plan, tmp_path):
    (tmp_path / "whole").mkdir()
    (tmp_path / "killed").mkdir()
    run(plan, tmp_path / "whole")
    assert killed_after(2, tmp_path, tmp_path / "killed") == -signal.SIGKILL
    going = Run(plan, tmp_path / "killed" / ".tiny-cells")
    assert len(going.missing()) == 3
    assert not (tmp_path / "killed" / "tiny.parquet").exists()
    run(plan, tmp_path / "killed")
    assert written(tmp_path / "killed") == written(tmp_path / "whole")


@pytest.mark.validation
def test_a_run_killed_ten_times_at_random_ends_like_one_that_was_not(tmp_path):
    text = PLAN.replace("seeds = 2", "seeds = 6", 1)
    (tmp_path / "tiny.toml").write_text(text)
    plan = load_plan(tmp_path / "tiny.toml")
    for folder in ("whole", "killed"):
        (tmp_path / folder).mkdir()
    run(plan, tmp_path / "whole")
    chance = random.Random(7)
    for _ in range(10):
        status = killed_after(chance.choice([0, 1]), tmp_path, tmp_path / "killed")
        assert status == -signal.SIGKILL
    run(plan, tmp_path / "killed")
    assert written(tmp_path / "killed") == written(tmp_path / "whole")


@pytest.fixture(scope="module")
def cluster():
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as local:
        yield local


def test_a_cluster_with_a_worker_killed_on_the_way_writes_the_same_bytes(
    cluster, plan, tmp_path, monkeypatch
):
    for folder in ("one", "cluster"):
        (tmp_path / folder).mkdir()
    keep, victims = Run.keep, [next(iter(cluster.workers.values())).pid]

    def kept_once_somebody_died(self, outcome):
        while victims:
            os.kill(victims.pop(), signal.SIGKILL)
        keep(self, outcome)

    monkeypatch.setattr(Run, "keep", kept_once_somebody_died)
    run(plan, tmp_path / "cluster", cluster=cluster.scheduler_address)
    assert not victims
    monkeypatch.setattr(Run, "keep", keep)
    run(plan, tmp_path / "one")
    assert written(tmp_path / "cluster") == written(tmp_path / "one")


def test_cells_that_are_there_are_not_computed_again(plan, tmp_path, monkeypatch):
    run(plan, tmp_path)
    monkeypatch.setattr(runs, "computed", None)
    before = written(tmp_path)
    run(plan, tmp_path)
    assert written(tmp_path) == before


def test_other_code_another_seed_or_another_measure_make_another_cell(plan, tmp_path, monkeypatch):
    cell = next(plan.cells())
    place = Run(plan, tmp_path).place(cell)
    assert Run(replace(plan, base_seed=2), tmp_path).place(cell) != place
    assert Run(replace(plan, measures=()), tmp_path).place(cell) != place
    assert Run(plan, tmp_path).place(replace(cell, seed=3)) != place
    monkeypatch.setattr(runs, "code", lambda: "other")
    assert Run(plan, tmp_path).place(cell) != place


def test_a_method_that_refuses_the_data_is_a_result(plan):
    cell = next(plan.cells())
    wrong = replace(cell.method, name="cart", options={"epsilon": 1.0})
    outcome = computed((plan, replace(cell, method=wrong)))
    assert outcome.cost["status"] == "refused"
    assert "no option 'epsilon'" in outcome.cost["why"]
    assert outcome.lines == ()


def test_the_plan_that_comes_with_the_guide_can_be_read():
    plan = load_plan("small")
    assert len(list(plan.cells())) == 14


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("satgpa", "satgap"), "names data 'satgap', which is not there; known: acs, adult"),
        (("seeds = 2", "seeds = 0"), "seeds = 0 is no whole number of at least 1"),
        (("units = 120", "unit = 120"), "has a key 'unit'; known: base_seed, name, seeds, units"),
        (('name = "ipso"', 'name = "independent"'), "two of method 'independent'"),
        (('name = "ipso"', 'method = "ipso"'), "[[method]] has a key 'method'"),
        (("seeds = 1", 'only = ["adult"]'), "is only for 'adult', which is no data set"),
        (("[[measure]]", "[[attack]]"), "has no [[measure]]; it needs at least one"),
        (("seeds = 2", "seeds = ["), "is not TOML"),
    ],
)
def test_what_is_wrong_in_a_plan_is_said_in_one_sentence(tmp_path, change, said):
    place = tmp_path / "tiny.toml"
    place.write_text(PLAN.replace(*change, 1))
    with pytest.raises(GuideError) as caught:
        load_plan(place)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value).strip() or "TOML" in said


def test_a_plan_or_folder_that_is_not_there_is_said(plan, tmp_path):
    with pytest.raises(GuideError, match=r"no plan large.*one of: .*small"):
        load_plan("large")
    with pytest.raises(GuideError, match="make it first"):
        run(plan, tmp_path / "nowhere")


def test_results_of_another_plan_are_not_replaced(plan, tmp_path):
    run(plan, tmp_path)
    before = written(tmp_path)
    with pytest.raises(GuideError, match="holds results of 'tiny' from another plan; move"):
        run(replace(plan, base_seed=2), tmp_path)
    assert written(tmp_path) == before


def test_the_command_runs_a_plan_says_what_is_left_and_prints_one(plan, tmp_path, capsys):
    place = ["evidence", "left", str(tmp_path / "tiny.toml"), "--output", str(tmp_path)]
    assert main(place) == 0
    assert main([place[0], "run", *place[2:], "--quiet"]) == 0
    assert main(place) == 0
    assert main(["evidence", "print", "small"]) == 0
    assert main(["evidence", "run", "nothing"]) == 2
    said = capsys.readouterr()
    first, second, third, *printed = said.out.splitlines()
    assert first == "5 of 5 cells are not there yet"
    assert second == f"5 cells, results in {tmp_path / 'tiny.parquet'}"
    assert third == "0 of 5 cells are not there yet"
    assert printed[0].startswith("# A plan that runs in a minute")
    assert said.err.startswith(
        "guide: no plan nothing; give the path of one, or one of: costs, deep, matrix"
    )
