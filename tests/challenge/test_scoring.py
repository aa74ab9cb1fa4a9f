from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest

from guide_helpers import attack, compare, load
from guide_helpers.challenge import Challenge, check, score, write_board
from guide_helpers.challenge.entering import enter
from guide_helpers.challenge.scoring import scores
from guide_helpers.errors import GuideError
from guide_helpers.intake import load_like


def by_hand(challenge: Challenge, table) -> dict[str, float | None]:
    """The numbers of all checks, with the verbs and the files alone."""
    place = challenge.folder / "participants" / "satgpa"
    training = load(place / "training.csv", schema=place / "schema.json")
    control = load_like(challenge.folder / "host" / "satgpa" / "control.csv", training)
    synthetic = load_like(table, training)
    found = {}
    for c in challenge.checks["satgpa"]:
        if c.kind == "attack":
            risk = attack(
                synthetic, original=training, control=control, attack=c.name,
                seed=challenge.seed, **c.options,
            )  # fmt: skip
            found[c.key] = risk.excess.value if risk.excess else None
        else:
            every = compare(
                training, synthetic, measures=[c.name], seed=challenge.seed, **c.options
            )
            found[c.key] = next(s.value for s in every if c.variant in ("", s.variant))
    return found


def test_numbers_of_a_submission_are_those_that_the_verbs_give(kit, given, tmp_path):
    sent = given.honest(kit, "cart", tmp_path / "a.zip", seed=1)
    (tmp_path / "work").mkdir()
    entered = enter(sent, kit, tmp_path / "work")
    found = scores(kit, "satgpa", entered.copies)
    wanted = by_hand(kit, tmp_path / "work" / "synthetic-1.csv")
    assert {k: v and v["value"] for k, v in found.items()} == wanted
    assert len(wanted) > 10


def test_a_check_that_cannot_be_computed_is_no_reason_to_refuse(kit, given, monkeypatch):
    def fails(*_, **__):
        raise GuideError("column 'x' holds a secret")

    monkeypatch.setattr("guide_helpers.verbs.compare", fails)
    found = scores(kit, "satgpa", (kit.training("satgpa"),))
    assert found["single"] is None
    assert found["attribute"]["value"] > 0.3


def test_a_run_that_was_stopped_goes_on_and_gives_the_same(challenge, given):
    given.honest(challenge, "independent", challenge.submissions / "a.zip", seed=1)
    (challenge.submissions / "b.zip").write_bytes(b"no zip")
    first = score(challenge)
    kept = {p: p.stat().st_mtime_ns for p in challenge.results.iterdir()}
    assert score(challenge) == first
    assert {p: p.stat().st_mtime_ns for p in challenge.results.iterdir()} == kept
    for path in kept:
        path.unlink()
    assert score(challenge) == first
    assert [set(told) & {"refused", "scores"} for told in first] == [{"scores"}, {"refused"}]
    assert "sheet" in check(challenge.submissions / "a.zip", challenge)


@pytest.mark.validation
def test_fifty_honest_and_forty_hostile_submissions_leave_a_right_board(
    challenge, given, tmp_path, monkeypatch
):
    """Methods and seeds at random; three are computed by hand; no hostile one stops the board."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(8)
    methods = (
        "cart",
        "independent",
        "parametric",
        "copula",
        "multivariate_normal",
        "bayesian_network",
    )
    drawn = {
        f"honest {i:02d}": (str(rng.choice(methods)), int(rng.integers(1e6))) for i in range(50)
    }
    for name, (method, seed) in drawn.items():
        whole = rng.random() < 0.7 or method != "cart"
        given.honest(
            challenge, method, challenge.submissions / f"{name}.zip", seed=seed,
            replaced=() if whole else ("fy_gpa", "hs_gpa"), team=f"team {name[-1]}",
        )  # fmt: skip
    hostile = given.hostile(challenge)
    for name, (sent, _) in hostile.items():
        given.send(sent, challenge.submissions / f"{name}.zip")
    told = score(challenge)
    refused = {t["submission"] for t in told if "refused" in t}
    assert refused == {f"{name}.zip" for name in hostile}
    page = write_board(challenge, final=True)
    shown = json.loads(page.with_name("scores.json").read_text())["instances"]
    assert len(shown) == 50
    assert not (tmp_path / "pickle-was-run").exists()
    people = challenge.control("satgpa").rows.astype({"sex": object}).to_csv(index=False)
    outputs = [p.read_text() for p in (*page.parent.iterdir(), *challenge.results.iterdir())]
    assert not any(line in text for line in people.splitlines()[1:] for text in outputs)
    for number in (3, 17, 41):
        method, _ = drawn[f"honest {number:02d}"]
        with zipfile.ZipFile(challenge.submissions / f"honest {number:02d}.zip") as box:
            (tmp_path / "one.csv").write_bytes(box.read("synthetic-1.csv"))
        wanted = {
            k: None if v is None else float(f"{v:.4g}")
            for k, v in by_hand(challenge, tmp_path / "one.csv").items()
        }
        found = [
            {k: v and v["value"] for k, v in i["scores"].items()}
            for i in shown
            if i["team"] == f"team {number % 10}" and i["method"] == method
        ]
        assert wanted in found


def test_one_wild_value_does_not_blind_the_guess_of_a_secret(kit, given):
    training = kit.training("satgpa")
    rows = training.rows.assign(fy_gpa=training.rows["fy_gpa"] + 0.01)
    tame = scores(kit, "satgpa", (training.with_rows(rows),))["attribute"]["value"]
    rows.loc[0, "fy_gpa"] = 2 * training.rows["fy_gpa"].max()
    wild = scores(kit, "satgpa", (training.with_rows(rows),))["attribute"]["value"]
    assert tame == pytest.approx(1, abs=0.01)
    assert wild == pytest.approx(tame, abs=0.02)
