"""A policy is data: the guide's own is sound, an office's own is used, a wrong one is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from guide_helpers import GuideError, UseCase, policy, recommend
from guide_helpers.cards import Aspect
from guide_helpers.catalogue import entries, find
from guide_helpers.findings import Evidence, State, findings
from guide_helpers.policy import JUDGEMENT, Level, load_policy
from guide_helpers.report._running import known_options

GUIDES = load_policy()
EVERY = [(u, r) for u, case in GUIDES.use_cases.items() for r in case.requirements]
REFERENCES = Path(__file__).resolve().parents[2] / "book" / "references.bib"
SMALL = """
name = "ours"
version = "2"
[use_case.education]
who_asks = "a"
use = "b"
preserve = "c"
may_leak = "d"
override_by = "e"
label = "SYNTHETIC"
users_are_told = ["f"]
not_the_answer = ["g"]
[[requirement]]
id = "tables"
title = "Tables"
measure = "marginal_distance"
at_most = 0.5
why = "h"
source = "our judgement"
education = "must"
"""


@pytest.fixture
def ours(tmp_path):
    def written(text=SMALL):
        path = tmp_path / "ours.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_the_guides_policy_speaks_of_every_use_case():
    assert set(GUIDES.use_cases) == set(UseCase)


@pytest.mark.parametrize(("use_case", "requirement"), EVERY, ids=lambda x: getattr(x, "id", ""))
def test_every_measure_and_option_of_the_guides_policy_exists(use_case, requirement):
    del use_case
    if requirement.kind != "check":
        entry = find(f"{requirement.kind}s", requirement.name)
        assert set(requirement.options) <= known_options(entry)


def test_every_limit_has_its_source_or_is_our_judgement():
    text = REFERENCES.read_text(encoding="utf-8")
    for _, requirement in EVERY:
        assert requirement.why
        assert requirement.source == JUDGEMENT or f"{{{requirement.source}," in text


@pytest.mark.parametrize("use_case", UseCase)
def test_every_use_case_has_a_must_of_utility_and_one_of_risk(use_case):
    musts = GUIDES[use_case].of_level(Level.MUST)
    measures = {find("measures", r.name).card.aspect for r in musts if r.kind == "measure"}
    assert Aspect.UTILITY in measures
    assert Aspect.RISK in measures or any(r.kind == "attack" for r in musts)


def test_measures_that_mislead_are_in_no_policy():
    mislead = {s for s, e in entries("measures").items() if e.card.rung.value.endswith("mislead")}
    assert mislead
    assert not mislead & {r.name for _, r in EVERY}


def test_an_office_keeps_its_own_policy_and_every_verb_uses_it(ours, monkeypatch):
    path = ours()
    assert load_policy(path).name == "ours"
    assert list(recommend("education", policy=path).required.index) == ["tables"]
    monkeypatch.setenv(policy.SETTING, str(path))
    assert load_policy().version == "2"
    assert list(recommend("education").required.index) == ["tables"]
    with pytest.raises(GuideError, match="has no use case 'public-release'; it has education"):
        recommend("public-release")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('measure = "marginal_distance"', 'measure = "margins"', "no measure 'margins'; known:"),
        ('measure = "marginal_distance"', 'attack = "linkage"', "no attack 'linkage'; known:"),
        ("at_most = 0.5", "at_most = true", "at_most = True is no number"),
        ("at_most = 0.5", "at_mots = 0.5", "no key 'at_mots'; known: at_least, at_most"),
        ("at_most = 0.5", "", "has no limit; write at_most or at_least"),
        ("at_most = 0.5", 'at_most = 0.5\nquantity = "excess"', "'excess' is none of a measure's"),
        ("at_most = 0.5", 'at_most = 0.5\nnull = "some"', "'some' is not allowed; write correct"),
        ("at_most = 0.5", "at_most = 0.5\nunits = 0", "units = 0 is no whole number from 1"),
        ("at_most = 0.5", 'at_most = 0.5\ncheck = "epsilon"', "names 2 of measure, attack and"),
        ('education = "must"', 'education = "may"', "'may' is not allowed; write must, should"),
        ('education = "must"', "education = 3", "neither a level nor a table"),
        ("[use_case.education]", "[use_case.fun]", "'fun' is not allowed; write public-release"),
        ('who_asks = "a"', "", "has no who_asks; write who_asks"),
        ('users_are_told = ["f"]', "users_are_told = [3]", "has no list users_are_told"),
        ('name = "ours"', "", "has no name; write name"),
        ('name = "ours"', 'name = "ours', "is not TOML"),
        ('id = "tables"', "", "has no id; write id"),
        ("[[requirement]]", "[requirement]", r"each requirement under its own \[\[requirement\]\]"),
        ('version = "2"', 'version = "2"\neffort = {units_at_most = 0}', "is no whole number"),
        ('version = "2"', 'version = "2"\neffort = {units = 9}', "no key 'units'; known: copies"),
    ],
)
def test_what_is_wrong_in_a_policy_is_said_with_its_key(ours, old, new, said):
    with pytest.raises(GuideError, match=said):
        load_policy(ours(SMALL.replace(old, new)))


def test_a_requirement_that_is_there_twice_is_refused(ours):
    lines = SMALL[SMALL.index("[[requirement]]") :]
    with pytest.raises(GuideError, match="requirement 'tables' is there twice"):
        load_policy(ours(SMALL + lines))


def test_a_policy_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(GuideError, match="no policy file"):
        load_policy(tmp_path / "no.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(GuideError, match="UTF-8"):
        load_policy(tmp_path / "bytes.toml")


def test_what_nobody_measured_is_neither_met_nor_missed(ours):
    case = load_policy(ours())["education"]
    (found,) = findings(case, Evidence(refused={"tables": "the file is empty."}))
    assert found.state is State.NOT_MEASURED
    assert found.must
    assert found.sentence == "Tables: not measured: the file is empty."
    assert case.check(Evidence())[0].sentence == "Tables: not measured."


def test_a_requirement_can_be_looked_up_by_its_id(ours):
    case = load_policy(ours())["education"]
    assert case["tables"].at_most == 0.5
    with pytest.raises(GuideError, match="no requirement 'table'; known: tables"):
        case["table"]
