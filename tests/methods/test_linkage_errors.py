"""Two sources about the same people: rates, truth, errors that go together, and plain refusals."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from guide_helpers import GuideError, generate, hold_out
from guide_helpers.linkage_truth import NOBODY, linkage_quality, true_pairs
from guide_helpers.methods._invented_people import InventedPeople
from guide_helpers.methods._mistakes import mistaken
from guide_helpers.methods._typing_errors import mistyped
from guide_helpers.record_linkage import link
from guide_helpers.schema import Dataset, Kind, Role, Schema, Variable

N = 3_000
PLACES = ("north", "east", "south", "west")
NONE = {"uncovered": 0.0, "extra": 0.0}


def drawn(n=N, seed=1) -> Dataset:
    """People with a variable of each kind and a number of their own."""
    rng = np.random.default_rng(seed)
    syllables = np.array(["ba", "du", "ki", "lo", "me", "na", "ri", "so", "te", "vu"])
    rows = {
        "person": np.arange(n),
        "place": rng.choice(PLACES, n),
        "grade": rng.choice(["low", "middle", "high"], n),
        "age": rng.integers(0, 100, n),
        "wage": rng.gamma(2, 900, n).round(2),
        "born": pd.Timestamp("1930-01-01") + pd.to_timedelta(rng.integers(0, 25_000, n), "D"),
        "name": ["".join(rng.choice(syllables, 3)) for _ in range(n)],
    }
    schema = Schema(
        (
            Variable("person", Kind.IDENTIFIER, Role.DIRECT_IDENTIFIER),
            Variable("place", Kind.CATEGORICAL, Role.KEY, levels=PLACES),
            Variable("grade", Kind.ORDERED, Role.KEY, levels=("low", "middle", "high")),
            Variable("age", Kind.INTEGER, Role.KEY, bounds=(0, 99), special={98.0: "refused"}),
            Variable("wage", Kind.NUMBER),
            Variable("born", Kind.DATETIME, Role.KEY),
            Variable("name", Kind.TEXT, Role.KEY),
        )
    )
    return Dataset.of(pd.DataFrame(rows), schema, entity="person")


@pytest.fixture(scope="module")
def people():
    return drawn()


def second(people, **options):
    options = {"base": "records", "seed": 2} | NONE | options
    return generate(people, "linkage_errors", **options).first


def side_by_side(people, source):
    """Return the true and the written values of the people in the file."""
    pairs = true_pairs(people, source)
    return people.rows.iloc[pairs["first"]], source.rows.iloc[pairs["second"]]


def differs(true, written, name):
    """Tell where a value is another one or lost."""
    one, other = true[name].astype(object).to_numpy(), written[name].astype(object).to_numpy()
    return (one != other) | pd.isna(other)


def error(share, n):
    return np.sqrt(share * (1 - share) / n)


def test_without_errors_the_file_is_the_same_but_for_its_order_and_its_numbers(people):
    source = second(people, errors=0.0, correlation=0.9)
    true, written = side_by_side(people, source)
    assert len(true) == len(source) == len(people)
    columns = [n for n in people.schema.names if n != "person"]
    pd.testing.assert_frame_equal(
        true[columns].reset_index(drop=True), written[columns].reset_index(drop=True)
    )
    assert not source.rows["name"].equals(people.rows["name"])


def test_shares_of_people_and_rows_are_as_stated(people):
    source = second(people, uncovered=0.2, extra=0.1, duplicates=0.15)
    persons = source.persons
    inside = persons[persons != NOBODY]
    assert len(np.unique(inside)) == round(0.8 * N)
    assert np.mean(persons == NOBODY) == pytest.approx(0.1, abs=1 / len(source))
    assert 1 - len(np.unique(inside)) / len(source) - 0.1 == pytest.approx(0.15, abs=0.001)
    assert len(true_pairs(people, source)) == len(inside)
    assert source.n_units == len(source)


@pytest.mark.parametrize("correlation", [0.0, 0.7])
def test_each_variable_errs_as_often_as_stated_however_errors_go_together(people, correlation):
    rates = {"place": 0.1, "grade": 0.05, "age": 0.3, "born": 0.2, "name": 0.15, "wage": 0.02}
    true, written = side_by_side(people, second(people, errors=rates, correlation=correlation))
    for name, rate in rates.items():
        assert abs(differs(true, written, name).mean() - rate) < 4 * error(rate, N), name


def test_each_kind_of_error_comes_as_often_as_stated(people):
    asked = {"age": {"missing": 0.1, "near": 0.2}, "born": {"year": 0.15, "missing": 0.05}}
    true, written = side_by_side(people, second(people, errors=asked))
    lost, year = written["age"].isna().mean(), written["born"].isna().mean()
    assert abs(lost - 0.1) < 4 * error(0.1, N)
    assert abs(year - 0.05) < 4 * error(0.05, N)
    apart = np.abs(written["age"].to_numpy() - true["age"].to_numpy())
    assert abs((apart == 1).mean() - 0.2) < 4 * error(0.2, N)
    years = np.abs(written["born"].dt.year.to_numpy() - true["born"].dt.year.to_numpy())
    assert abs((years == 1).mean() - 0.15) < 4 * error(0.15, N)
    assert differs(true, written, "name").sum() == 0


def test_two_values_of_a_record_err_together_as_the_normal_law_says(people):
    rates = {"place": 0.3, "name": 0.3}
    both = {}
    for correlation in (0.0, 0.8):
        source = second(people, errors=rates, correlation=correlation)
        true, written = side_by_side(people, source)
        both[correlation] = np.mean(
            differs(true, written, "place") & differs(true, written, "name")
        )
    effect = np.random.default_rng(1).standard_normal(200_000)
    inside = (NormalDist().inv_cdf(0.3) - np.sqrt(0.8) * effect) / np.sqrt(0.2)
    given = pd.Series(inside).map(NormalDist().cdf)
    assert abs(both[0.0] - 0.09) < 4 * error(0.09, N)
    assert abs(both[0.8] - (given**2).mean()) < 4 * error((given**2).mean(), N)


def test_a_seed_decides_the_file_and_its_truth(people):
    once, again, other = (second(people, uncovered=0.1, seed=s) for s in (4, 4, 5))
    pd.testing.assert_frame_equal(once.rows, again.rows)
    assert (once.persons == again.persons).all()
    assert not once.rows.equals(other.rows)


def test_two_sources_share_people_and_one_errs_without_the_other(people):
    one, two = generate(
        people, "linkage_errors", m=2, base="records", uncovered=0.5, extra=0.2, seed=3
    ).copies
    pairs = true_pairs(one, two)
    assert abs(len(pairs) / N - 0.25) < 4 * error(0.25, N)
    assert (one.persons[pairs["first"]] == two.persons[pairs["second"]]).all()
    assert NOBODY not in one.persons[pairs["first"]]


def test_people_are_invented_unless_they_are_given(people):
    source = generate(people, "linkage_errors", seed=1, duplicates=0.1, **NONE).first
    whole = ["place", "grade", "age", "wage", "born"]
    real = people.rows[whole].apply(tuple, axis=1)
    for file in (source.people, source):
        assert not set(file.rows["name"].dropna()) & set(people.rows["name"])
        assert file.rows[whole].apply(tuple, axis=1).isin(set(real)).mean() < 0.01
    assert len(source) == len(people)
    assert len(true_pairs(source.people, source)) == len(source)


def test_invented_names_are_as_common_as_the_real_ones():
    names = np.repeat(["Anna 1", "Bo 22"], [900, 100])
    data = Dataset.of(pd.DataFrame({"name": names}), Schema((Variable("name", Kind.TEXT),)))
    rng = np.random.default_rng(1)
    drawn = InventedPeople.learn(data, rng).draw(4_000, rng).rows["name"].value_counts()
    assert list(drawn.index.str.len()) == [6, 5]
    assert drawn.index.str.fullmatch(r"[A-Z][a-z]+ \d+").all()
    assert abs(drawn.iloc[0] / 4_000 - 0.9) < 4 * error(0.9, 4_000)


def test_the_truth_stands_in_no_column_and_is_not_claimed_for_a_part_of_the_file(people):
    source = second(people, uncovered=0.1)
    assert source.schema.names == people.schema.names
    assert abs(np.corrcoef(source.persons, source.rows["person"])[0, 1]) < 4 / np.sqrt(N)
    part, _ = hold_out(source, seed=1)
    with pytest.raises(GuideError, match="not for a part of it"):
        true_pairs(people, part)
    with pytest.raises(GuideError, match="about other people"):
        true_pairs(drawn(seed=9), source)
    with pytest.raises(GuideError, match="carries no truth"):
        true_pairs(people, people)


def wrong(values, variable, way, seed=1):
    """Return values that all have an error of one kind."""
    column = variable.coerce(pd.Series(values))
    rng = np.random.default_rng(seed)
    return mistaken(column, variable, np.ones(len(column), bool), {way: 1.0}, rng)


def test_digits_change_places_and_the_ends_of_a_scale_have_one_neighbour():
    age = Variable("age", Kind.INTEGER, bounds=(0, 99), special={98.0: "refused"})
    assert list(wrong([12, 40], age, "swapped")) == [21, 4]
    for seed in range(6):
        low, high, beside = wrong([0, 99, 97], age, "near", seed)
        assert low == 1
        assert high != 98  # a code, no age: another row's value
        assert beside in (96, 0, 99)
    level = Variable("grade", Kind.ORDERED, levels=("low", "middle", "high"))
    assert list(wrong(["low", "high"], level, "near")) == ["middle", "middle"]


def test_dates_are_off_by_a_day_or_a_year_or_have_day_and_month_swapped():
    born = Variable("born", Kind.DATETIME)
    dates = pd.to_datetime(["2024-02-29", "2023-03-05T07:30", "2000-12-31"], format="ISO8601")
    near = wrong(dates, born, "near") - pd.Series(dates)
    assert set(near.abs()) == {pd.Timedelta(days=1)}
    year = wrong(dates, born, "year")
    assert set((year.dt.year - dates.year).abs()) == {1}
    assert (year.dt.month == dates.month).all()
    assert year[0].day == 28
    swapped = wrong(dates, born, "swapped")
    assert swapped[1] == pd.Timestamp("2023-05-03 07:30")
    assert set(swapped[[0, 2]]) <= set(dates)  # no such day: another row's date
    assert swapped[0] != dates[0]


def test_a_typing_error_is_one_character_wrong_lost_added_or_two_swapped():
    words = np.array(["martin", "aa", "x", "lee"] * 200, dtype=object)
    new = mistyped(words, np.random.default_rng(1))
    assert (new != words).all()
    change = pd.Series([len(n) - len(w) for n, w in zip(new, words, strict=True)])
    assert set(change) == {-1, 0, 1}
    assert "" not in set(new)
    swaps = [n for n in new[::4] if len(n) == 6 and sorted(n) == sorted("martin")]
    assert 0.15 < len(swaps) / 200 < 0.35


def test_what_cannot_be_changed_stays_and_what_is_missing_stays_missing():
    place = Variable("place", Kind.CATEGORICAL, levels=("here",))
    assert list(wrong(["here", "here"], place, "other")) == ["here", "here"]
    assert list(wrong(["here", "here"], place, "near")) == ["here", "here"]
    name = Variable("name", Kind.TEXT)
    assert wrong([None, "ab"], name, "typing").isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"base": "thin air"}, "base='thin air' is unknown; known: trees, records"),
        ({"uncovered": 1.0}, "uncovered=1.0 is not a share from 0 to below 1"),
        ({"correlation": -0.1}, "correlation=-0.1 is not a share"),
        ({"extra": 0.6, "duplicates": 0.5}, "leave no row for anybody"),
        ({"errors": 1.5}, "errors=1.5 is no share from 0 to 1"),
        ({"errors": {"age": {"near": 0.6, "missing": 0.6}}}, "is no share from 0 to 1"),
        ({"errors": {"height": 0.1}}, "no variable 'height' to put errors in; known: place"),
        ({"errors": {"age": {"typing": 0.1}}}, "'age' of kind integer has no error 'typing'"),
        ({"n": 7}, "n=7 does not fit 3,000 people"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(people, options, said):
    with pytest.raises(GuideError) as caught:
        second(people, **options)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_without_errors_are_linked_without_a_mistake():
    people = drawn(400)
    source = second(people, errors=0.0)
    links = link(people, source, on=["place", "age", "born", "name"])
    quality = linkage_quality(links, true_pairs(people, source))
    assert quality.precision.value == quality.recall.value == 1.0
    assert (links["weight"] > np.log2(400)).all()


def test_records_that_say_too_little_are_not_linked_and_have_no_precision():
    people = drawn(400)
    source = second(people, errors=0.0)
    quality = linkage_quality(link(people, source, on=["place"]), true_pairs(people, source))
    assert quality.links == 0
    assert quality.precision is None
    assert quality.recall.value == 0.0


def test_quality_is_counted_as_by_hand():
    truth = pd.DataFrame({"first": [0, 1, 2, 3], "second": [5, 6, 7, 8]})
    links = pd.DataFrame({"first": [0, 1, 9], "second": [5, 8, 7]})
    quality = linkage_quality(links, truth)
    assert (quality.precision.value, quality.recall.value) == (1 / 3, 1 / 4)
    with pytest.raises(GuideError, match="need the columns"):
        linkage_quality(links[["first"]], truth)


def test_a_missing_value_agrees_with_nothing():
    people = drawn(300)
    lost = people.with_rows(people.rows.assign(name=None))
    assert link(lost, lost, on=["name"]).empty


@pytest.mark.parametrize(
    ("on", "said"), [("name", "is not a list"), ([], "is not a list"), (["no"], "no column 'no'")]
)
def test_a_linkage_by_nothing_is_refused(people, on, said):
    with pytest.raises(GuideError, match=said):
        link(people, people, on=on)
