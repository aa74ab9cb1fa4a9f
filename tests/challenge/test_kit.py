from __future__ import annotations

import ast
import json
from dataclasses import replace

import pandas as pd
import pytest

from guide_helpers import compare, generate, load
from guide_helpers.challenge import Challenge, Sheet, hand_in, new_kit
from guide_helpers.challenge.material import material
from guide_helpers.challenge.sheet import FORMAT, read_sheet
from guide_helpers.errors import GuideError
from guide_helpers.schema import Role

REASONS = "The score lies in its band and no attack finds more than it finds about outsiders."


def test_a_kit_is_complete(kit):
    given = {p.relative_to(kit.folder).as_posix() for p in kit.folder.rglob("*") if p.is_file()}
    assert given == {
        "README.md",
        "host/challenge.json",
        "host/satgpa/control.csv",
        "participants/RULES.md",
        "participants/JUDGING.md",
        "participants/SLIDES.html",
        "participants/satgpa/training.csv",
        "participants/satgpa/schema.json",
        "participants/satgpa/evaluation.ipynb",
    }
    for name in ("README.md", *(f"participants/{n}" for n in ("RULES.md", "JUDGING.md"))):
        assert "$" not in (kit.folder / name).read_text()
    assert "Summer &lt;school&gt;" in (kit.folder / "participants/SLIDES.html").read_text()


def test_participants_get_nothing_of_the_people_kept_back_and_no_hidden_check(kit):
    training, control = kit.training("satgpa"), kit.control("satgpa")
    assert (len(training), len(control)) == (200, 200)
    whole = pd.concat([training.rows, control.rows]).astype(float)
    original = load("satgpa").rows.astype(float)
    assert len(whole.merge(original.drop_duplicates())) == 400
    given = "".join(p.read_text() for p in (kit.folder / "participants").rglob("*.*"))
    ours = set(training.rows.astype(str).agg(",".join, axis=1))
    theirs = set(control.rows.astype(str).agg(",".join, axis=1)) - ours
    assert not any(line in given for line in theirs)
    hidden = [c for c in kit.checks["satgpa"] if c.hidden and c.kind == "measure"]
    assert hidden
    assert not any(c.question in given for c in hidden)
    assert (
        f"{kit.seed}" not in json.loads((kit.folder / "host/challenge.json").read_text())["title"]
    )


def test_without_a_seed_no_two_challenges_keep_the_same_people_back(tmp_path):
    made = [new_kit(tmp_path / name, ["satgpa"], units=200) for name in "ab"]
    assert not made[0].control("satgpa").rows.equals(made[1].control("satgpa").rows)


def test_acs_is_one_household_a_row_without_numbers_and_weights():
    table = material("acs", schema=None, units=None, seed=1)
    assert table.n_units == len(table) == 4135
    assert {"income", "age", "employment"} <= set(table.schema.names)
    assert not table.schema.of_role(Role.WEIGHT)
    assert "household_id" not in table.schema.names
    assert not table.violations().any()


def test_every_hidden_draw_can_be_computed_and_differs_with_the_seed(kit, tmp_path):
    other = new_kit(tmp_path / "kit", ["satgpa"], units=400, seed=8)
    drawn = [
        [c for c in k.checks["satgpa"] if c.options and c.kind == "measure"] for k in (kit, other)
    ]
    assert (
        [c.key for c in drawn[0]] == [c.key for c in drawn[1]] == ["table", "regression", "groups"]
    )
    assert [c.options for c in drawn[0]] != [c.options for c in drawn[1]]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ([], "name one data set or more"),
        (["satgpa", "satgpa"], "each once"),
        (["nafld"], "linked tables"),
        (["nlswork"], "several rows of one woman_id"),
        (["nope"], "nope"),
    ],
)
def test_data_that_make_no_challenge_are_refused_and_leave_nothing(data, reason, tmp_path):
    with pytest.raises(GuideError, match=reason):
        new_kit(tmp_path / "kit", data)
    assert not list(tmp_path.iterdir())


def test_a_file_of_ones_own_makes_a_challenge(tmp_path):
    rows = load("satgpa").rows.assign(sex=lambda r: r["sex"].astype(str))
    rows.to_csv(tmp_path / "My file.csv", index=False)
    (tmp_path / "my.json").write_text(
        json.dumps(
            {
                "variables": [
                    {"name": n, "kind": "number" if "gpa" in n else "integer", "role": "key"}
                    for n in ("sat_v", "sat_m", "sat_sum", "hs_gpa", "fy_gpa")
                ]
                + [{"name": "sex", "role": "sensitive"}]
            }
        )
    )
    made = new_kit(
        tmp_path / "kit", [str(tmp_path / "My file.csv")],
        schema=str(tmp_path / "my.json"), units=300,
    )  # fmt: skip
    assert list(made.checks) == ["my_file"]
    assert Challenge.read(tmp_path / "kit") == made
    told = json.loads((tmp_path / "kit/participants/my_file/schema.json").read_text())
    assert not any("bounds" in v or "levels" in v for v in told["variables"])


def test_the_notebook_of_the_kit_makes_a_submission_once_it_is_answered(kit, tmp_path, monkeypatch):
    from guide_helpers.challenge.entering import enter

    place = kit.folder / "participants" / "satgpa"
    for name in ("training.csv", "schema.json"):
        (tmp_path / name).write_bytes((place / name).read_bytes())
    monkeypatch.chdir(tmp_path)
    cells = json.loads((place / "evaluation.ipynb").read_text())["cells"]
    codes = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    assert all(len(c.splitlines()) <= 15 for c in codes)
    unanswered = "\n".join(codes)
    assert "?]" in unanswered
    with pytest.raises(GuideError, match="in brackets"):
        exec(compile(ast.parse(unanswered), "kit", "exec"), {})  # noqa: S102
    answered = unanswered
    for question in {part.split("]")[0] for part in unanswered.split("[") if "?]" in part}:
        answered = answered.replace(f"[{question}]", "Measured, and not enough for it.")
    exec(compile(ast.parse(answered), "kit", "exec"), {})  # noqa: S102
    (tmp_path / "work").mkdir()
    entered = enter(tmp_path / "submission-satgpa-cart-full.zip", kit, tmp_path / "work")
    assert entered.sheet.tuned
    assert len(entered.sheet.verdicts) == 4


def whole(**said) -> Sheet:
    sheet = replace(
        Sheet(**{"team": "a", "data": "satgpa", "method": "cart", **said}),
        results=({"measure": "x", "value": 1.0},),
    )
    for case in ("public-release", "testing-analysis", "education", "testing-technology"):
        sheet = sheet.with_verdict(case, "no", REASONS)
    return sheet


def test_a_sheet_is_read_as_it_was_written():
    sheet = whole(synthesis="partial", replaced=("sex",))
    assert read_sheet(sheet.text()) == sheet


def test_two_settings_against_one_measure_are_evidence_of_tuning(kit):
    training = kit.training("satgpa")
    made = compare(training, generate(training, "independent", seed=1), measures=["propensity_mse"])
    one = whole().with_trial("bins=5", made)
    assert not one.tuned
    assert not one.with_trial("bins=5", made).tuned
    assert one.with_trial("bins=9", made).tuned


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"team": "=A1"}, "formula"),
        ({"team": ""}, "empty"),
        ({"team": "x" * 61}, "more than 60"),
        ({"method": "a\u202eb"}, "printed"),
        ({"synthesis": "half"}, "neither"),
        ({"replaced": ["sex"]}, "full one names none"),
        ({"verdicts": {"education": {"verdict": "yes", "justification": REASONS}}}, "lacks"),
        ({"verdicts": {"fun": {"verdict": "yes", "justification": REASONS}}}, "not known"),
        ({"verdicts": {"education": {"verdict": "fine", "justification": REASONS}}}, "none of"),
        ({"verdicts": {"education": {"verdict": "yes", "justification": "fine"}}}, "fewer than"),
        ({"verdicts": []}, "no table"),
        ({"results": [{"x": {"deep": 1}}]}, "results are not"),
        ({"trials": [{"\ud800": 1}]}, "trials are not"),
        ({"own": 1}, "a field"),
        ({"format": "other"}, "does not begin"),
    ],
)
def test_a_sheet_that_says_too_little_or_something_odd_is_refused(changes, reason):
    told = {**json.loads(whole().text()), **changes}
    with pytest.raises(GuideError, match=reason):
        read_sheet(json.dumps(told))


@pytest.mark.parametrize("text", ["", "[]", "NaN", '{"a": NaN}', "1" * 5000, '{"a"'])
def test_what_is_no_sheet_is_refused(text):
    with pytest.raises(GuideError, match="sheet"):
        read_sheet(text)
    with pytest.raises(GuideError, match="sheet"):
        read_sheet(text, toml=True)


def test_the_same_submission_is_the_same_file(kit, tmp_path):
    training = kit.training("satgpa")
    made = generate(training, "independent", seed=1, m=2)
    paths = [hand_in(whole(), made, str(tmp_path / f"{n}.zip")) for n in "ab"]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    with pytest.raises(GuideError, match="is there already"):
        hand_in(whole(), made, str(paths[0]))
    assert FORMAT in whole().text()
