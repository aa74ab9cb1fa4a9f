"""The release checklist: it says what a record found, follows ticks, and decides nothing."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from ipywidgets import Checkbox

from guide_helpers import GuideError, UseCase, generate, hold_out, load, report
from guide_helpers.findings import State
from guide_helpers.policy import Policy, load_policy
from guide_helpers.widgets import checklist
from guide_helpers.widgets.checklist import EVERY, JUDGEMENTS, MISSED_MUSTS, OPEN, STILL_OPEN
from guide_helpers.widgets.live import Live

CASE = UseCase.PUBLIC_RELEASE
NONE, ALL = (False,) * len(JUDGEMENTS), (True,) * len(JUDGEMENTS)
LONG = 30  # seconds; a test that waits so long has failed


@pytest.fixture(scope="module")
def people():
    return hold_out(load("cps95").keep("age", "sex", "marital", "income").take_units(range(300)))


@pytest.fixture(scope="module")
def recorded(people):
    """Return a record of some requirements only, each made a must."""

    def record(*names, copies=1, title="", **said):
        case = load_policy()[CASE]
        asked = [replace(case[name], level=case["form"].level) for name in names]
        asked = [replace(a, title=title or a.title) for a in asked]
        policy = Policy("small", "0", {CASE: replace(case, requirements=tuple(asked))})
        file = generate(people[0], "independent", m=copies, seed=1)
        said |= {"original": people[0], "policy": policy, "progress": False}
        return report(file, use_case=CASE, **said)

    return record


@pytest.fixture(scope="module")
def dark(people):
    """A record of a file whose making is not known, so that no excess can be measured."""
    file = generate(people[0], "independent", seed=1).first
    return report(file, original=people[0], use_case=CASE, progress=False)


def words(record, ticks=NONE):
    return checklist(record).figure(*ticks, EVERY).words


def text(record, which=EVERY):
    """Return the words of what is shown, without what every setting shows."""
    _, shown, _ = checklist(record).figure(*NONE, which).parts
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", shown)).split())


def test_a_record_that_meets_every_must_leaves_the_judgements(recorded):
    good = recorded("form", "copies")
    assert good.passes
    assert "All 2 checks that must be passed are met. 6 judgements are open" in words(good)
    assert "No requirement is so." in text(good, MISSED_MUSTS)
    assert "No requirement is so." in text(good, STILL_OPEN)


def test_a_missed_must_stands_at_the_top_and_no_tick_removes_it(recorded):
    bad = recorded("form", "copies", copies=2)
    for ticks in (NONE, ALL):
        assert words(bad, ticks).startswith("Of 2 checks that must be passed, 1 is missed: not as")
    assert "Number of copies (must): 2; the limit is at most 1: missed." in text(bad, MISSED_MUSTS)
    assert "Columns of the same kind" not in text(bad, MISSED_MUSTS)


def test_what_is_not_measured_is_open(dark):
    assert dark.open
    assert re.search(r"\d+ (is|are) open, undecided or not measured: not yet", words(dark))
    assert "Not measured (" in text(dark, STILL_OPEN)


def test_every_finding_of_a_record_is_there_and_the_open_ones_apart(dark):
    shown = text(dark)
    for finding in dark.findings:
        found = finding.sentence.removeprefix(f"{finding.requirement.title}: ").rstrip(".")
        assert f"{finding.requirement.title} ({finding.requirement.level.value}): {found}" in shown
        assert finding.requirement.why.rstrip(".") in shown
        in_open = finding.requirement.title in text(dark, STILL_OPEN)
        assert in_open is (finding.state.value in OPEN)
    assert {State.NOT_MEASURED, State.MET} <= {f.state for f in dark.findings}


def test_the_conclusion_follows_the_ticks_and_is_no_decision(recorded):
    lab = checklist(recorded("form"))
    said = [lab.figure(*ticks, EVERY).words for ticks in (NONE, (True,) * 5 + (False,), ALL)]
    assert "1 judgement is open: signature." in said[1]
    assert "All 6 judgements are ticked." in said[2]
    assert all(s.endswith("This is not a decision: a person takes it, and signs.") for s in said)


def test_a_deviation_and_a_signature_are_those_of_the_record(recorded):
    said = {"deviations": {"copies": "two were asked for"}, "decision": "yes", "signed_by": "A. B."}
    record = recorded("copies", copies=2, **said)
    assert "The record justifies a deviation for 1 of these." in words(record)
    assert "Deviation: two were asked for." in text(record)
    assert (
        "Decision in the record: yes; signed by A. B." in checklist(record).view((0,) * 7).parts[2]
    )


def test_what_an_office_writes_is_escaped(recorded):
    record = recorded("form", title="<b>Form</b>", decision="<i>no</i>")
    page = "".join(checklist(record).figure(*NONE, EVERY).parts)
    assert "&lt;b&gt;Form&lt;/b&gt;" in page
    assert "&lt;i&gt;no&lt;/i&gt;" in page
    assert "<b>" not in page
    assert "<i>" not in page


def test_an_attack_without_power_counts_as_untested(recorded):
    record = recorded("form")
    line = record.content["requirements"][0]
    weak = line | {"sentence": f"{line['title']}: met. The attack has no power here."}
    told = replace(record, content={**record.content, "requirements": [weak]})
    assert "1 is met by an attack without power here: untested." in words(told)


def test_a_page_holds_every_tick_and_its_words(recorded):
    states = checklist(recorded("form")).explorer().layout.meta["explorer"]["states"]
    assert len(states) == 2 ** len(JUDGEMENTS) * 3
    assert all(state["layout"]["meta"]["alt"] for state in states.values())


def test_live_ticks_change_the_conclusion(recorded):
    live = Live(checklist(recorded("form")))
    assert live.settled.wait(LONG)
    assert "6 judgements are open" in live.text.value
    ticks = [c for c in live.controls if isinstance(c, Checkbox)]
    assert len(ticks) == len(JUDGEMENTS)
    for tick in ticks:
        tick.value = True
    assert live.settled.wait(LONG)
    assert "All 6 judgements are ticked." in live.text.value


def test_what_is_no_record_is_refused():
    with pytest.raises(GuideError, match="not of 'dict'"):
        checklist({})
