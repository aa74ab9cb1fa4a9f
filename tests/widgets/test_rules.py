"""The rules checker: it counts what the schema calls impossible, statement by statement."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from guide_helpers import GuideError, load
from guide_helpers.schema import Dataset, Kind, Rule, Schema, StructuralZero, Variable
from guide_helpers.widgets import rules


def family(broken=0):
    """Return forty people of whom the children are not married, but for some."""
    ages = [8] * 20 + [40] * 20
    marital = ["yes"] * broken + ["no"] * (20 - broken) + ["yes"] * 20
    variables = (
        Variable("age", Kind.INTEGER),
        Variable("married", Kind.CATEGORICAL, levels=("no", "yes")),
    )
    schema = Schema(
        variables,
        rules=(Rule("grown", 'married == "no" or age >= 16', "the married are <grown>"),),
        structural_zeros=(StructuralZero("none is old", "age > 90"),),
    )
    rows = pd.DataFrame({"age": ages, "married": marital})
    return Dataset.of(rows, schema, name="family")


def cells(view):
    """Return the lines of the tables of a view: statement, original, synthetic."""
    html = "".join(view.parts)
    return re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td><td>(.*?)</td>', html)


@pytest.fixture
def checker():
    return rules(family(broken=2), methods=["cart", "independent", "dummy"], copies=2)


def test_each_statement_is_counted_in_the_original_and_in_the_copies(checker):
    grown, old = cells(checker.figure("family", "independent", False))
    assert grown[:2] == ("grown: the married are &lt;grown&gt;", "2")
    assert int(grown[2].split(" to ")[0].split()[0]) > 2
    assert old == ("none is old", "0", "0")


def test_rules_and_structural_zeros_stand_apart(checker):
    html = "".join(checker.figure("family", "independent", False).parts)
    assert html.index("Rules") < html.index("grown") < html.index("Structural zeros")


def test_a_method_that_is_told_breaks_nothing(checker):
    view = checker.figure("family", "cart", True)
    assert [synthetic for *_, synthetic in cells(view)] == ["0", "0"]
    assert view.words.startswith("0 of 40 synthetic records")
    assert "draws anew" in view.words


def test_a_method_that_cannot_be_told_says_so_and_draws_as_before(checker):
    untold, told = (checker.figure("family", "independent", t) for t in (False, True))
    assert cells(untold) == cells(told)
    assert "cannot be told" in told.words


def test_several_files_are_a_menu():
    lab = rules({"test scores": load("satgpa"), "family": family()})
    assert lab.controls[0].labels == ["test scores", "family"]


def test_a_file_without_rules_is_refused():
    with pytest.raises(GuideError, match="'few' has no rules"):
        rules({"few": load("cps95").keep("sex", "race")})
