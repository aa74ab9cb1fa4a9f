"""Codes and texts: what enough units wrote comes back, what few wrote does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, attack, generate, hold_out, load
from guide_helpers.methods._chain import Chain
from guide_helpers.methods._codes import Codes
from guide_helpers.schema import Dataset, Kind, Schema, Variable

NAMES = {f"A1{i:02}": f"{w} {t} bag" for i, (w, t) in enumerate(
    (w, t) for w in ("red", "blue", "green") for t in ("big", "small", "paper", "lunch")
)}  # fmt: skip
CANARY = "my daughter Ada is ill again"


def shop(n=600, customers=None):
    """Lines with a code, the name that belongs to it, a price that depends on it, and a remark."""
    rng = np.random.default_rng(1)
    codes = np.array(list(NAMES))
    code = codes[np.minimum(rng.geometric(0.25, n) - 1, len(codes) - 1)]
    remarks = np.array(["too late", "box was too late", "box was broken", "was broken too late"])
    rows = pd.DataFrame({"code": code, "name": pd.Series(code).map(NAMES)})
    rows["remark"] = remarks[rng.integers(4, size=n)]
    rows["price"] = pd.factorize(code, sort=True)[0] + rng.random(n).round(2)
    rows["side"] = rng.choice(["left", "right"], n)
    schema = [Variable(name, Kind.TEXT) for name in ("code", "name", "remark")]
    schema += [Variable("price", Kind.NUMBER), Variable("side", Kind.CATEGORICAL)]
    if customers:
        rows["customer"] = rng.integers(customers, size=n)
        schema.append(Variable("customer", Kind.IDENTIFIER))
    entity = "customer" if customers else None
    return Dataset.of(rows, Schema(tuple(schema)), entity=entity, name="shop")


def with_canary(data, rows):
    told = data.rows.copy()
    told.loc[rows, "remark"] = CANARY
    told.loc[rows, "code"] = "Z999"
    return data.with_rows(told)


@pytest.fixture(scope="module")
def lines():
    return shop()


@pytest.fixture(scope="module")
def copy(lines):
    return generate(lines, "text_and_codes", seed=2).first.rows


@pytest.fixture(scope="module")
def fresh(lines):
    return generate(lines, "text_and_codes", fresh=True, seed=2).first.rows


def learned(strings, units=None, subjects=None, **options):
    values = np.array(strings, dtype=object)
    units = np.arange(len(values)) if units is None else np.array(units)
    return Chain.learn(values, units, subjects, **({"order": 1, "min_units": 2} | options))


def written(chain, n=200, forbidden=(), subject=-1):
    found = chain.write(np.full(n, subject), pd.Index(list(forbidden)), np.random.default_rng(3))
    return set(found)


def test_a_chain_writes_what_may_be_walked_by_hand():
    chain = learned(["a b", "a b", "b c", "b c"])
    assert written(chain) == {"a b", "b", "b c"}  # "a b c" is longer than any of them


def test_a_step_that_one_unit_made_is_not_walked_however_often_it_made_it():
    chain = learned(["a b"] * 2 + ["a d"] * 9 + ["d"] * 2, units=[1, 2, *[3] * 9, 4, 5])
    assert not {s for s in written(chain) if "a d" in s}


def test_a_forbidden_string_is_not_written_and_missing_where_no_other_is_left():
    assert "a b" not in written(learned(["a b", "a b"]), forbidden=["a b"])
    assert written(learned(["a", "a"]), forbidden=["a"]) == {None}


def test_a_chain_follows_the_words_of_its_subject():
    strings = ["a b", "a b", "a c", "a c"]
    chain = learned(strings, subjects=np.array([0, 0, 1, 1]))
    assert written(chain, subject=0) == {"a b"}
    assert written(chain, subject=1) == {"a c"}
    assert written(chain, subject=-1) == {"a b", "a c"}


def test_texts_whose_words_are_all_different_are_written_by_characters():
    chain = learned(["anna", "anne", "hanna", "hanne"])
    assert chain.joint == ""
    assert {len(s) for s in written(chain)} <= set(range(1, 6))


def test_no_text_is_longer_than_the_longest_that_enough_units_wrote():
    chain = learned(["a a a", "a a a", "a a a a a a"])
    assert max(len(s) for s in written(chain)) <= 5


def test_codes_of_enough_units_are_levels_and_rare_ones_share_the_longest_beginning():
    values = np.array(["AB1", "AB1", "AB21", "AB22", "AB23", "C9", "C9"], dtype=object)
    codes, level = Codes.learn(values, np.arange(7), 2)
    assert list(codes.codes) == ["AB1", "C9", "AB"]
    assert list(level) == [0, 0, 2, 2, 2, 1, 1]


def test_a_new_code_has_the_beginning_of_its_group_and_a_shape_in_use():
    values = np.array(["AB12", "AB12", "AB21", "AB22", "AB23"], dtype=object)
    codes, level = Codes.learn(values, np.arange(5), 2)
    made, entry = codes.write(level, fresh=False, rng=np.random.default_rng(1))
    assert list(made[:2]) == ["AB12", "AB12"]
    assert all(c.startswith("AB") and len(c) == 4 and c[2:].isdigit() for c in made[2:])
    assert len(set(entry[2:])) == len(set(made[2:]))


def test_common_codes_keep_the_one_name_that_belongs_to_them(copy, lines):
    assert set(copy["code"]) <= set(lines["code"])
    assert (copy["code"].map(NAMES) == copy["name"]).all()


def test_what_depends_on_the_code_still_does(copy):
    right = copy["code"].map(dict(zip(sorted(NAMES), range(12), strict=True)))
    assert (copy["price"] // 1 == right).mean() > 0.9


def test_shares_of_codes_and_remarks_come_back(copy, lines):
    for name in ("code", "remark"):
        old, new = (r[name].value_counts(normalize=True) for r in (lines.rows, copy))
        assert new.sub(old, fill_value=0).abs().max() < 0.08


def test_a_fresh_file_has_no_common_string_and_still_one_name_a_code(fresh, lines):
    for name in ("code", "name", "remark"):
        assert not set(fresh[name].dropna()) & set(lines[name])
    assert not fresh.drop_duplicates(["code", "name"])["code"].duplicated().any()


def test_what_one_customer_wrote_a_hundred_times_is_not_in_the_file():
    data = shop(600, customers=60)
    told = with_canary(data, data.rows.index[data["customer"] == 1][:9])
    for options in ({}, {"min_units": 2, "order": 1}):
        made = generate(told, "text_and_codes", seed=1, **options).first.rows
        assert "Z999" not in set(made["code"])
        assert not made["remark"].dropna().str.contains("daughter|Ada|again").any()


def test_a_careless_minimum_gives_the_canary_back(lines):
    told = with_canary(lines, [5, 6])
    made = generate(told, "text_and_codes", seed=1, min_units=1).first.rows
    assert CANARY in set(made["remark"])


def test_only_the_asked_text_is_replaced_and_all_else_stays(lines):
    made = generate(lines, "text_and_codes", synthesise=["remark"], fresh=True, seed=1).first.rows
    others = ["code", "name", "price", "side"]
    pd.testing.assert_frame_equal(made[others], lines.rows[others])
    assert not set(made["remark"].dropna()) & set(lines["remark"])


def test_a_text_may_belong_to_a_category(lines):
    told = lines.rows.assign(remark=lines["remark"] + " " + lines["side"].astype(str))
    data = lines.with_rows(told)
    made = generate(data, "text_and_codes", subject={"remark": "side"}, seed=1, fresh=True).first
    ends = made["remark"].dropna().str.split().str[-1]
    said = ends[ends.isin(["left", "right"])]
    assert len(said) > 300
    assert (said == made["side"].astype(str)[said.index]).mean() > 0.95


@pytest.mark.validation
@pytest.mark.parametrize("fresh", [False, True])
def test_codes_of_one_member_come_as_often_as_codes_of_one_outsider(fresh, record_property):
    shop, hits, by_chance = load("online_retail"), 0, 0
    for seed in range(20):
        original, control = hold_out(shop, share=0.5, seed=seed)
        codes, level = Codes.learn(original["stock_code"].to_numpy(), original.units, 3)
        rng = np.random.default_rng(100 + seed)
        made, _ = codes.write(rng.choice(level, len(level)), fresh=fresh, rng=rng)
        file = original.with_rows(original.rows.assign(stock_code=made))
        game = {"original": original, "control": control, "knowledge": ["stock_code"]}
        risk = attack(file, attack="memorised_strings", **game)
        hits, by_chance = hits + risk.hits, by_chance + risk.control_hits
    record_property("members and outsiders found in 20 splits", f"{hits} and {by_chance}")
    assert abs(hits - by_chance) < 4 * np.sqrt(hits + by_chance)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"min_units": 0}, "min_units=0"),
        ({"order": 0}, "order=0"),
        ({"fresh": "yes"}, "fresh='yes'"),
        ({"codes": ["side"]}, "'side', which is no text"),
        ({"subject": {"remark": "price"}}, "subject='price'"),
        ({"subject": {"price": "code"}}, "'price'"),
        ({"subject": "code"}, "give pairs in braces"),
        ({"rest": "nope"}, "nope"),
        ({"rest": "dp_marginals"}, "gives a guarantee"),
        ({"rest": "text_and_codes"}, "another method"),
        ({"rest_options": {"leaf": 3}}, "no option 'leaf'"),
        ({"min_units": 601}, "lower min_units"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(lines, options, said):
    with pytest.raises(GuideError, match=said) as caught:
        generate(lines, "text_and_codes", seed=1, **options)
    assert "\n" not in str(caught.value)
