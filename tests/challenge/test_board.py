from __future__ import annotations

import json
import re
import zipfile
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from guide_helpers.challenge import write_board
from guide_helpers.challenge.judging import _keep, keys, results


class Reader(HTMLParser):
    """Tags and words of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [a for t, a in self.tags if t == tag]


def measured(value: float, standing: str = "within") -> dict:
    return {
        "value": value, "interval": [value - 1, value + 1], "null": "correct-model", "mean": 1.0,
        "band": [0.0, 2.0], "standing": standing, "better": "lower is better", "away": value,
    }  # fmt: skip


def attacked(value: float) -> dict:
    return {
        "value": value, "interval": [-0.05, 0.25], "rate": 0.4, "control": 0.3, "guessing": 0.1,
        "standing": "no leak shown", "away": value,
    }  # fmt: skip


@pytest.fixture
def scored(challenge, given):
    """Three submissions with numbers that are known, one that was refused."""
    evil = "<script>alert(1)</script>"
    for name, said in {
        "a.zip": {"method": evil},
        "b.zip": {"method": "cart"},
        "c.zip": {"method": "cart", "synthesis": "partial", "replaced": ("sex",)},
    }.items():
        sheet = given.sheet_of(**said)
        given.packed({"sheet.json": sheet.text(), "x.csv": name}, challenge.submissions / name)
    (challenge.submissions / f"{evil.replace('/', '_')}.zip").write_bytes(b"x")
    for key, sent in keys(challenge).items():
        number = {"a.zip": 0.5, "b.zip": 0.25, "c.zip": 0.75}.get(sent.name)
        if number is None:
            _keep(challenge, key, {"refused": f"no zip {evil}"})
            continue
        with zipfile.ZipFile(sent) as box:
            sheet = json.loads(box.read("sheet.json"))
        sheet.pop("format")
        numbers = {c.key: attacked(number) if c.kind == "attack" else measured(number)
                   for c in challenge.checks["satgpa"]}  # fmt: skip
        told = {"sheet": {"format": "guide-helpers evaluation sheet 1", **sheet}, "scores": numbers}
        _keep(challenge, key, told)
    return challenge


def test_a_value_stands_with_its_interval_and_its_band(scored):
    page = write_board(scored).read_text()
    cell = re.search(r'<td data-check="single"[^>]*>(.*?)</td>', page)[1]
    assert Reader(cell).words == "0.5-0.5 to 1.5within: correct-model band 0 to 2"


def test_an_excess_stands_with_its_interval_and_the_outsiders(scored):
    page = write_board(scored, final=True).read_text()
    cell = re.search(r'<td data-check="attribute"[^>]*>(.*?)</td>', page)[1]
    assert Reader(cell).words == (
        "50.0 %-5.0 to 25.0 %, no leak shownmembers 40.0 %, outsiders 30.0 %"
    )


def test_points_count_evaluations_both_ways_and_tuning(scored):
    page = write_board(scored).read_text()
    row = re.search(r'<th scope="row">team one</th>(.*?)</tr>', page)[1]
    assert re.findall(r"<td>(\d+)</td>", row) == ["3", "2", "1", "0"]


def test_hidden_checks_are_told_at_the_end_only(scored):
    before = write_board(scored)
    names = {c.name for c in scored.checks["satgpa"] if c.hidden}
    hidden = [c for c in scored.checks["satgpa"] if c.hidden and c.name != "marginal_distance"]
    texts = "".join(p.read_text() for p in before.parent.iterdir())
    assert not any(c.question in texts or f'"{c.key}"' in texts for c in hidden)
    after = write_board(scored, final=True)
    assert all(name in after.read_text() for name in names)
    write_board(scored)
    assert not list(before.parent.glob("by-satgpa-attribute.html"))


def test_what_came_from_outside_is_shown_as_words_and_no_script_is_there(scored):
    page = write_board(scored, final=True)
    for path in page.parent.glob("*.html"):
        text = path.read_text()
        reader = Reader(text)
        assert not reader.all("script")
        assert not reader.all("b")
        assert not re.search(r"\son\w+=", re.sub(r">[^<]*<", "><", text))
        assert "alert(1)" in reader.words
        outside = [a for _, a in reader.tags for n, v in a.items() if n in ("src", "href")
                   and not re.fullmatch(r"(index|by-[\w-]+)\.html", str(v))]  # fmt: skip
        assert not outside
    assert "Summer <school>: score board" in Reader(page.read_text()).words


def test_each_column_has_a_page_in_its_order_without_a_script(scored):
    page = write_board(scored)
    links = {a["href"] for a in Reader(page.read_text()).all("a")}
    assert {f"by-satgpa-{c.key}.html" for c in scored.checks["satgpa"] if not c.hidden} < links
    text = page.with_name("by-satgpa-single.html").read_text()
    order = re.findall(r'<td data-check="single"[^>]*>([\d.]+)<', text)
    assert order == ["0.25", "0.5", "0.75"]
    heads = [a for a in Reader(text).all("th") if a.get("aria-sort")]
    assert len(heads) == 1


def test_tables_can_be_read_by_ear_and_from_the_keyboard(scored):
    reader = Reader(write_board(scored).read_text())
    assert reader.all("html")[0]["lang"] == "en"
    assert len(reader.all("h1")) == 1
    assert len(reader.all("caption")) == len(reader.all("table")) == 3
    assert all(a.get("scope") for a in reader.all("th"))
    wide = [a for a in reader.all("div") if a.get("class") == "wide"]
    assert all(a["tabindex"] == "0" and a["aria-label"] for a in wide)


def test_there_is_no_overall_grade(scored):
    reader = Reader(write_board(scored, final=True).read_text())
    assert "There is no overall grade." in reader.words
    told = json.loads((scored.folder / "board" / "scores.json").read_text())
    assert set(told["instances"][0]) == {
        "team", "data", "method", "synthesis", "verdicts", "tuned", "scores",
    }  # fmt: skip


def test_a_team_that_sends_more_than_it_may_is_told_so(scored):
    narrow = replace(scored, limits=replace(scored.limits, instances=1))
    told = results(scored)
    for key, sent in keys(narrow).items():
        one = next(t for t in told if t["submission"] == sent.name)
        _keep(narrow, key, {k: v for k, v in one.items() if k != "submission"})
    assert [t["submission"] for t in results(narrow) if "scores" in t] == ["a.zip"]


def test_a_board_without_submissions_says_so(challenge):
    assert "Nothing was scored yet." in write_board(challenge).read_text()
