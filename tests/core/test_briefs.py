"""A brief says what runs, policy and cards say, types no number, and gives no advice they deny."""

from __future__ import annotations

import re
import tomllib
from types import SimpleNamespace

import pytest
import yaml

from guide_helpers import GuideError
from guide_helpers.briefs import FOLDER, _brief, _sources, brief, readers
from guide_helpers.cli import main
from guide_helpers.evidence import results
from guide_helpers.evidence.reading import answers
from guide_helpers.policy import load_policy
from guide_helpers.site.briefs import write_briefs

READERS = readers()
PLACES = re.compile(r"\{[^{}]*\}")
TYPED = re.compile(
    r"\d|%|\b(?:two|three|four|five|six|seven|eight|nine|ten|dozen|hundred|thousand|million|"
    r"half|third|quarter|twice|double|most of)\b",
    re.I,
)
HEADINGS = ("do", "can", "cannot", "numbers", "ask", "read")


@pytest.fixture
def told(request):
    return tomllib.loads((FOLDER / f"{request.param}.toml").read_text("utf-8"))


def sentences(told):
    yield from (told["title"], told["lead"], told["numbers"]["says"])
    yield from (one["head"] for one in told["numbers"]["columns"])
    for part in _brief.PARTS:
        yield from (one["says"] for one in told[part])


def test_there_is_a_brief_for_each_of_the_three_readers():
    assert READERS == ["manager", "methodologist", "user-of-the-data"]


@pytest.mark.parametrize("told", READERS, indirect=True)
def test_no_number_is_typed_in_a_sentence(told):
    assert [s for s in sentences(told) if TYPED.search(PLACES.sub("", s))] == []


@pytest.mark.parametrize("told", READERS, indirect=True)
def test_every_brief_has_all_parts_five_questions_and_a_ground_for_each_sentence(told, toc_pages):
    assert set(HEADINGS) <= set(told["headings"])
    assert len(told["ask"]) == 5
    for part in ("do", "can", "cannot"):
        for one in told[part]:
            grounds = [*_brief.TELLS.findall(one["says"]), one.get("rests", "")]
            assert any(grounds), one["says"]
            assert one.get("rests", "policy") in {"policy", *toc_pages}


@pytest.mark.parametrize("told", READERS, indirect=True)
def test_where_to_read_on_names_pages_of_the_book_by_their_titles(told, root):
    for one in told["read"]:
        text = (root / f"{one['page']}.md").read_text("utf-8")
        title = next(line for line in text.splitlines() if line.startswith("# "))
        assert one["says"].split("*")[1] == title.removeprefix("# ")


def test_numbers_are_those_of_the_runs():
    found = answers(results("matrix"), results("matrix-costs"), "density")
    trees = found[found["method"] == "cart"]
    html = brief("manager").html()
    low, high = trees["value"].min(), trees["value"].max()
    assert f"<strong>{trees['value'].mean():.1f} %</strong> ({low:.1f} to {high:.0f})" in html
    assert f"<td>{(trees['low'] > 0).sum()} of {len(trees)}</td>" in html
    assert "Maximum spanning tree with a privacy budget, epsilon 1<" in html
    assert "Sequential trees (CART), leaves of 10<" in html


def test_limits_are_those_of_the_policy_also_of_an_office_of_its_own(tmp_path):
    assert "at most 1 % (must)" in brief("manager").html()
    own = tmp_path / "office.toml"
    text = (FOLDER.parent / "policy.toml").read_text("utf-8")
    text = text.replace("at_most = 0.01 }", "at_most = 0.03 }")
    own.write_text(text.replace("policy of the guide", "policy of our office"), "utf-8")
    html = brief("manager", policy=own).html()
    assert "at most 3 % (must)" in html
    assert "policy of our office" in html


def test_what_a_policy_does_not_ask_is_said_to_be_not_asked():
    assert _sources.Sources(load_policy()).fill("{limit|education|nothing}") == "not asked"


@pytest.mark.parametrize(
    ("part", "line", "reason"),
    [
        ("can", 'says = "A ({held|network-hides})."', "the runs say not supported (14 of 30)"),
        ("do", 'says = "A ({held|network-hides})."\nstate = "not supported"', "is advice"),
        ("cannot", 'says = "A ({held|trees-near})."\nstate = "in part"', "runs say supported"),
        ("can", 'says = "A ({held|nope})."', "no claim 'nope'"),
        ("can", 'says = "A {hold|trees-near}."', "cannot be filled; known: bound"),
        ("can", 'says = "A {held}."', "cannot be filled"),
        ("can", 'says = "A {bound|trees-near}."', "speaks of no number"),
    ],
)
def test_a_sentence_that_the_runs_do_not_bear_out_is_refused(part, line, reason, tmp_path):
    place = tmp_path / "manager.toml"
    text = (FOLDER / "manager.toml").read_text("utf-8")
    place.write_text(f"{text}\n[[{part}]]\n{line}\n", "utf-8")
    with pytest.raises(GuideError, match=re.escape(reason)):
        _brief.read(place)


@pytest.mark.parametrize("reader", READERS)
def test_a_page_is_one_file_that_loads_nothing_and_a_part_of_a_notebook_begins_lower(reader):
    made = brief(reader)
    html, part = made.html(), made.to_html()
    assert not re.search(r"<script|<link|src=|href=|url\(|@import", html)
    assert re.findall(r"<h(\d)", html) == ["1"] + ["2"] * (len(re.findall(r"<h", html)) - 3)
    assert "<h1" not in part
    assert part.index("<h3") < part.index("<h4")
    assert not re.search(r"\{\w|\*\w|\|", re.sub(r"<style>.*?</style>", "", html, flags=re.S))


def test_the_claims_behind_a_brief_are_told_with_their_runs():
    table = brief("methodologist").rests_on()
    assert {"supported", "in part", "not supported"} == set(table["verdict"])
    assert table["holds in"].str.fullmatch(r"\d+ of \d+ runs").all()


def test_the_command_writes_the_page_and_refuses_what_it_cannot(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["brief", "manager"]) == 0
    assert "brief-manager.html" in capsys.readouterr().out
    assert (tmp_path / "brief-manager.html").read_text("utf-8") == brief("manager").html()
    assert main(["brief", "manager"]) == 2
    assert main(["brief", "manager", "--output", "sheet.pdf"]) == 2
    assert "does not end in .html" in capsys.readouterr().err
    with pytest.raises(GuideError, match="no brief for 'nobody'; known: manager"):
        brief("nobody")


def test_the_site_has_the_briefs_as_files_to_print(tmp_path):
    app = SimpleNamespace(builder=SimpleNamespace(name="html"), outdir=tmp_path)
    write_briefs(app, None)
    assert sorted(p.stem for p in (tmp_path / "_static/guide/briefs").iterdir()) == READERS


@pytest.fixture(scope="module")
def root():
    return FOLDER.parents[2]


@pytest.fixture(scope="module")
def toc_pages(root):
    toc = yaml.safe_load((root / "_toc.yml").read_text("utf-8"))
    return set(re.findall(r"'file': '([^']+)'", str(toc)))
