"""The shipped data are what their cards and schemas say."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from guide_helpers import load
from guide_helpers.catalogue import entries
from guide_helpers.datasets._files import folder
from guide_helpers.errors import GuideError
from guide_helpers.schema import Dataset, LinkedTables, Role

ROOT = Path(__file__).resolve().parents[2]
SLUGS = tuple(entries("datasets"))
SHAPES = {
    "satgpa": {"satgpa": (1_000, 6)},
    "cps95": {"cps95": (30_000, 25)},
    "cps_linkage": {"cps_linkage": (80_021, 11)},
    "adult": {"adult": (48_842, 15)},
    "acs": {"households": (4_135, 10), "persons": (10_645, 12)},
    "nlswork": {"nlswork": (28_534, 19)},
    "nafld": {"persons": (17_549, 10), "labs": (147_733, 4), "events": (34_340, 3)},
    "military": {"military": (1_414_593, 6)},
    "car_parks": {"car_parks": (35_501, 4)},
    "online_retail": {"online_retail": (158_844, 9)},
    "firms": {"firms": (6_208, 15)},
}


@cache
def tables(slug: str) -> dict[str, Dataset]:
    data = load(slug)
    return dict(data.tables) if isinstance(data, LinkedTables) else {slug: data}


def test_the_eleven_data_sets_of_the_guide_are_there():
    assert set(SLUGS) == set(SHAPES)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_data_set_has_the_tables_rows_and_columns_we_publish(slug):
    loaded = tables(slug)
    assert {name: t.rows.shape for name, t in loaded.items()} == SHAPES[slug]
    assert entries("datasets")[slug].card.tables == len(loaded)


@pytest.mark.parametrize("slug", SLUGS)
def test_rules_hold_or_the_card_says_how_many_records_break_them(slug):
    problems = entries("datasets")[slug].card.known_problems
    for table in tables(slug).values():
        for rule in table.schema.rules:
            broken = int(rule.violations(table.rows).sum())
            said = any(f"'{rule.name}'" in p and f"{broken:,} " in p for p in problems)
            assert broken == 0 or said, f"{rule.name}: {broken}"


@pytest.mark.parametrize("slug", SLUGS)
def test_structural_zeros_have_no_case(slug):
    for table in tables(slug).values():
        for zero in table.schema.structural_zeros:
            assert not zero.violations(table.rows).any(), zero.name


@pytest.mark.parametrize("slug", SLUGS)
def test_numbers_lie_within_their_public_bounds(slug):
    for table in tables(slug).values():
        for v in table.schema.variables:
            if v.numeric and v.bounds is not None:
                values = table.rows[v.name]
                ordinary = values[~values.isin(list(v.special))].dropna()
                assert ordinary.between(*v.bounds).all(), v.name


@pytest.mark.parametrize("slug", SLUGS)
def test_every_level_has_a_word_and_every_number_a_unit(slug):
    for table in tables(slug).values():
        for v in table.schema.variables:
            assert v.label, v.name
            assert v.unit or not v.numeric, v.name
            assert re.fullmatch(r"[a-z][a-z0-9_]*", v.name), v.name


@pytest.mark.parametrize("slug", SLUGS)
def test_a_data_set_has_something_to_find_and_something_to_hide(slug):
    roles = {v.role for t in tables(slug).values() for v in t.schema.variables}
    assert Role.KEY in roles
    assert Role.SENSITIVE in roles or slug in {"cps_linkage", "car_parks", "online_retail"}


def test_the_counts_of_the_register_sum_to_everybody():
    counted = pd.read_csv(folder() / "military" / "military.csv.gz")
    assert len(counted) == 1_646
    assert counted["count"].sum() == 1_414_593
    assert ((counted["count"] == 1).sum(), (counted["count"] <= 3).sum()) == (157, 299)


def test_army_officers_have_the_pay_grades_of_the_published_table():
    rows = load("military").rows
    officers = rows[(rows["branch"] == "army") & (rows["grade"] == "officer")]
    men = officers[(officers["sex"] == "male") & (officers["race"] == "white")]
    counts = men.loc[men["hispanic"] == "no", "pay_grade"].value_counts().sort_index()
    published = [4829, 6502, 15368, 10694, 6786, 3313, 124, 91, 50, 9]
    assert counts.drop("unknown").tolist() == published


def test_households_have_the_persons_and_workers_they_say():
    acs = load("acs")
    persons, households = acs["persons"].rows, acs["households"].rows.set_index("household_id")
    at_work = persons["employment"].isin(
        ["employed (at work)", "employed (not at work)", "armed forces"]
    )
    by_household = at_work.groupby(persons["household_id"])
    assert (by_household.size() == households["size"]).all()
    assert (by_household.sum() == households["workers"]).all()
    assert acs.orphans().sum() == 0


def test_register_tables_have_no_orphans():
    assert load("nafld").orphans().sum() == 0


@pytest.mark.parametrize("slug", ["nlswork", "firms", "car_parks"])
def test_a_panel_has_one_row_for_a_unit_and_a_time(slug):
    panel = load(slug)
    assert panel.panel
    assert not panel.rows.duplicated([panel.entity, panel.time]).any()


def test_a_thousand_customers_buy_and_take_back():
    shop = load("online_retail")
    assert shop.n_units == 1_000
    assert shop.rows["cancelled"].eq("yes").mean() == pytest.approx(0.0206, abs=1e-4)


def linking_records() -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Return `adult` and the survey with their nine linking variables as words."""
    adult, survey = load("adult").rows, load("cps_linkage").rows
    keys = list(load("cps_linkage").schema.of_role(Role.KEY))
    return adult[keys].astype(str), survey.astype(dict.fromkeys(keys, str)), keys


def test_adult_is_found_in_the_survey_of_1994_more_often_than_in_that_of_1995():
    adult, survey, keys = linking_records()
    found = {year: len(adult.merge(part, on=keys)) for year, part in survey.groupby("year")}
    assert {year: n / len(adult) for year, n in found.items()} == pytest.approx(
        {1994: 0.994, 1995: 0.709}, abs=5e-4
    )


def test_claimed_one_to_one_matches_with_adult_are_those_of_the_linkage_case():
    adult, survey, keys = linking_records()
    once = adult.drop_duplicates(keep=False)
    claimed = once.merge(survey[survey["count"] == 1], on=keys)["year"].value_counts()
    assert (claimed / len(adult)).to_dict() == pytest.approx({1994: 0.285, 1995: 0.044}, abs=5e-4)


def test_not_in_universe_is_a_level_and_no_missing_value():
    rows = load("cps95").rows
    assert rows["industry"].eq("not in universe").sum() == 10_133
    assert rows["industry"].notna().all()
    assert rows["country_of_birth"].isna().sum() == 668


def test_all_data_stay_under_ten_megabytes():
    size = sum(p.stat().st_size for p in (ROOT / "data").glob("*/*") if p.is_file())
    assert size < 10_000_000


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(GuideError, match="no 'nope' in datasets; known: acs, adult, car_parks"):
        load("nope")


def test_a_data_set_loads_from_another_folder(tmp_path):
    code = "from guide_helpers import load; print(len(load('satgpa')))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "1000"


@pytest.mark.parametrize("slug", SLUGS)
def test_every_data_set_has_its_page_and_its_citations(slug):
    card = entries("datasets")[slug].card
    page = (ROOT / "data" / slug / "README.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {card.title}")
    assert all(problem in page for problem in card.known_problems)
    assert all(text for text in (card.licence, card.licence_checked, card.origin, card.plays))
    spec = json.loads((ROOT / "data" / slug / "schema.json").read_text(encoding="utf-8"))
    assert all(f"## Table `{name}`" in page for name in spec["tables"])
