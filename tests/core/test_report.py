"""The release record holds results only, says its mode, and is written whole or not at all."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, attack, compare, generate, hold_out, report
from guide_helpers.schema import Dataset, Kind, Provenance, Role, Schema, Variable

CANARY = "zq<b>canary</b>"


@pytest.fixture
def town() -> Dataset:
    rng = np.random.default_rng(1)
    rows = pd.DataFrame(
        {
            "street": rng.choice(["north", "south", CANARY], 200, p=[0.5, 0.49, 0.01]),
            "rooms": rng.integers(1, 6, 200),
            "rent": rng.choice(["low", "high"], 200),
        }
    )
    schema = Schema(
        (
            Variable("street", Kind.CATEGORICAL, Role.KEY),
            Variable("rooms", Kind.INTEGER, Role.KEY),
            Variable("rent", Kind.CATEGORICAL, Role.SENSITIVE),
        )
    )
    return Dataset.of(rows, schema, name="town")


def record(town, *, with_control=True):
    original, control = hold_out(town, seed=1)
    synthetic = generate(original, "independent", seed=2)
    risk = attack(
        synthetic,
        original=original,
        control=control if with_control else None,
        attack="attribute_inference",
    )
    scores = compare(original, synthetic, measures="marginal_distance", ways=(1,))
    return report(synthetic, scores, risk, use_case="education", decision="<script>no</script>")


def test_the_record_says_whether_there_was_a_control_file(town):
    assert record(town).content["mode"] == "with a control file"
    assert "not measurable" in record(town, with_control=False).content["mode"]


def test_the_page_escapes_what_it_shows(town):
    assert "<script>" not in record(town).html()
    assert "&lt;script&gt;" in record(town).html()


def test_no_value_of_a_record_is_in_the_page_or_the_file(town):
    made = record(town)
    assert "canary" not in made.html() + made.json()


def test_the_file_for_machines_is_json_with_every_reading(town):
    content = json.loads(record(town).json())
    assert set(content["attacks"][0]["reading"]) == {
        "value",
        "if you make the file",
        "if you use the file",
        "it cannot say",
    }


def test_a_privacy_claim_is_said_not_to_cover_the_scores(town):
    rent = Variable("rent", Kind.CATEGORICAL, levels=("high", "low"), levels_from=Provenance.PUBLIC)
    rents = Dataset.of(town.rows[["rent"]], Schema((rent,)))
    noisy = generate(rents, "dp_marginals", seed=1)
    scores = compare(rents, noisy, measures="marginal_distance", ways=(1,))
    made = report(noisy, scores, use_case="education")
    assert "without noise" in made.content["privacy"]["not covered"]
    assert "without noise" in made.html()
    assert "not covered" not in record(town).content["privacy"]


def test_a_record_is_never_written_over_another(town, tmp_path):
    made = record(town)
    target = made.save(tmp_path / "record.html")
    before = target.read_bytes()
    with pytest.raises(GuideError, match="is there already"):
        made.save(target)
    assert target.read_bytes() == before
    assert list(tmp_path.iterdir()) == [target]


def test_a_record_needs_a_folder_that_is_there(town, tmp_path):
    with pytest.raises(GuideError, match=r"no folder .* to write record\.html into; make it"):
        record(town).save(tmp_path / "no" / "record.html")


def test_a_record_of_a_teaching_run_made_twice_is_the_same(town):
    assert record(town).json() == record(town).json()


def test_every_number_has_its_reading_for_maker_and_user_in_the_page(town):
    page = record(town).html()
    for reading in [r["reading"] for r in record(town).content["attacks"]]:
        assert reading["if you make the file"].replace("'", "&#x27;") in page
        assert reading["if you use the file"].replace("'", "&#x27;") in page


def test_what_was_not_measured_is_named_where_it_is_fit_for_the_use(town):
    from guide_helpers.cards import UseCase, Verdict
    from guide_helpers.catalogue import entries

    missing = record(town).content["not measured"]
    cards = {e.card.title: e.card for k in ("measures", "attacks") for e in entries(k).values()}
    assert missing
    assert all(cards[m].suits[UseCase.EDUCATION].verdict is Verdict.FIT for m in missing)
