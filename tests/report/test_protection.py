"""No value of a record, no real extreme and no small cell is in a record or a message."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, UseCase, generate, hold_out, infer, report
from guide_helpers.report._protection import WITHHELD, Shield
from guide_helpers.schema import Dataset, Kind, Provenance, Role, Schema, Variable

CANARIES = ("Zqx Canary-Town (west)", "Nine o'clock canary", 'odd "canary" works', "Ümläut-canary")
EXTREMES = ("98765432", "98,765,432", "9.877e+07", "1911-11-11")
SMALL = 7


def _rows(n: int = 700) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    towns = rng.choice(["north", "south", "east"], n, p=[0.5, 0.3, 0.2]).astype(object)
    towns[:SMALL], towns[SMALL : 2 * SMALL] = CANARIES[0], CANARIES[1]
    jobs = rng.choice(["baker", "clerk", CANARIES[2]], n, p=[0.6, 0.3, 0.1]).astype(object)
    jobs[-40:] = CANARIES[3]
    wage = np.exp(rng.normal(7, 1, n)).round(2)
    wage[5] = 98_765_432.1
    born = pd.Series(pd.Timestamp("1950-01-01") + pd.to_timedelta(rng.integers(0, 9_999, n), "D"))
    born.iloc[3] = pd.Timestamp("1911-11-11")
    rows = {"town": towns, "job": jobs, "wage": wage, "born": born}
    rows["sick"] = np.where(np.arange(n) < SMALL, "yes", "no")
    return pd.DataFrame(rows).assign(wage=lambda r: r["wage"].where(np.arange(n) > SMALL))


@pytest.fixture(scope="module")
def village() -> Dataset:
    """A file with rare real values, a real extreme and small cells, none of them public."""
    kinds = (
        Variable("town", Kind.CATEGORICAL, Role.KEY),
        Variable("job", Kind.CATEGORICAL, Role.KEY),
        Variable("wage", Kind.NUMBER, Role.SENSITIVE),
        Variable("born", Kind.DATETIME, Role.KEY),
        Variable("sick", Kind.CATEGORICAL, Role.SENSITIVE),
    )
    return Dataset.of(_rows(), Schema(kinds), name="village")


def said(record) -> str:
    findings = " ".join(f"{f.value} {f.sentence}" for f in record.findings)
    return record.html() + record.json() + record._repr_html_() + findings


@pytest.mark.parametrize("use_case", UseCase)
@pytest.mark.parametrize("inferred", [False, True], ids=["declared", "inferred"])
def test_a_canary_appears_nowhere_in_a_record(village, use_case, inferred):
    data = infer(village.rows, name="village") if inferred else village
    original, control = hold_out(data, seed=1)
    copy = generate(original, "bootstrap", seed=2)
    made = report(
        copy, original=original, control=control, use_case=use_case, formula="wage ~ town + job"
    )
    text = said(made)
    assert not re.search("canary", text, re.IGNORECASE)
    assert not [word for word in EXTREMES if word in text]
    assert made.exit_code == 1


def test_a_small_group_is_withheld_and_its_count_not_shown(village):
    original, control = hold_out(village, seed=1)
    made = report(original, original=original, control=control, use_case="public-release",
                  groups=["town", "job"], smallest=2)  # fmt: skip
    text = said(made)
    assert WITHHELD in text
    assert not re.search(r"\b[1-9] (original |synthetic )?records", text)
    assert "fewer than 10 records" in text


def test_a_message_about_a_wrong_file_shows_no_canary(village):
    other = Dataset.of(village.rows.rename(columns={"job": "post"}), Schema(
        tuple(Variable(v.name.replace("job", "post"), v.kind, v.role)
              for v in village.schema.variables)))  # fmt: skip
    with pytest.raises(GuideError) as caught:
        report(other, original=village, use_case="education")
    assert "anary" not in str(caught.value)


def test_the_shield_lets_public_levels_and_names_through():
    levels = Variable("sex", Kind.CATEGORICAL, levels=("female",), levels_from=Provenance.PUBLIC)
    area = Variable("area", Kind.CATEGORICAL)
    rows = pd.DataFrame({"sex": ["female"] * 3, "area": ["Lower Field (old)", "b", "North"]})
    shield = Shield.of([Dataset.of(rows, Schema((levels, area)))], 10)
    assert shield.text("worst of 'sex' is 'female' (12 records)") == (
        "worst of 'sex' is 'female' (12 records)"
    )
    assert shield.text("worst is 'North' (3 records)") == (
        f"worst is {WITHHELD} (fewer than 10 records)"
    )
    assert shield.text("worst is Lower Field (old), with 0 records") == (
        f"worst is {WITHHELD}), with 0 records"
    )
    assert shield.text("5 original records, 1,234 records") == (
        "fewer than 10 original records, 1,234 records"
    )


def test_options_are_shown_only_where_they_are_small_and_plain():
    shield = Shield(frozenset(), frozenset(), 10)
    given = {"min_leaf": 5, "bounds": (0.0, float("inf")), "tables": pd.DataFrame({"a": [1]})}
    assert shield.plain(given) == {
        "min_leaf": 5,
        "bounds": [0.0, None],
        "tables": "a DataFrame, not shown",
    }
    assert shield.plain(list(range(99))) == "a list, not shown"
