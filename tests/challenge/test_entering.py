from __future__ import annotations

import os
import time
import zipfile
from dataclasses import replace

import pytest

from guide_helpers.challenge.entering import enter
from guide_helpers.challenge.judging import check
from guide_helpers.errors import GuideError


def test_what_the_notebook_makes_is_let_in(kit, given, tmp_path):
    sent = given.honest(kit, "cart", tmp_path / "a.zip", seed=1)
    (tmp_path / "work").mkdir()
    entered = enter(sent, kit, tmp_path / "work")
    assert entered.sheet.method == "cart"
    assert entered.copies[0].schema.names == kit.training("satgpa").schema.names


def test_every_hostile_file_is_refused_in_one_sentence_and_nothing_of_it_runs(
    kit, given, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    people = set(kit.control("satgpa").rows.to_csv(index=False).splitlines()[1:])
    for number, (name, (sent, word)) in enumerate(given.hostile(kit).items()):
        work = tmp_path / f"work {number}"
        work.mkdir()
        place = given.send(sent, tmp_path / f"{number}.zip")
        with pytest.raises(GuideError) as refusal:
            enter(place, kit, work)
        said = str(refusal.value)
        assert word in said, name
        assert len(said) < 250, name
        assert "\n" not in said, name
        assert not any(line in said for line in people), name
        assert str(tmp_path) not in said, name
        inside = {p.name for p in work.iterdir()}
        assert inside <= {"sheet.json", *(f"synthetic-{i}.csv" for i in range(1, 99)),
                          *(f"synthetic-{i}.parquet" for i in range(1, 9))}, name  # fmt: skip
    assert not (tmp_path / "pickle-was-run").exists()
    assert not (tmp_path.parent / "evil.csv").exists()


def test_a_folder_with_a_link_or_a_pipe_is_refused(kit, given, tmp_path):
    for number, make in enumerate((lambda p: p.symlink_to("/etc/passwd"), os.mkfifo)):
        sent, work = tmp_path / f"sent {number}", tmp_path / f"work {number}"
        sent.mkdir()
        work.mkdir()
        (sent / "sheet.json").write_text(given.sheet_of("x").text())
        make(sent / "synthetic.csv")
        with pytest.raises(GuideError, match="link"):
            enter(sent, kit, work)


def test_a_folder_of_plain_files_and_a_sheet_in_toml_are_let_in(kit, given, tmp_path):
    sent, work = tmp_path / "sent", tmp_path / "work"
    sent.mkdir()
    work.mkdir()
    sheet = given.sheet_of("by hand")
    lines = ['format = "guide-helpers evaluation sheet 1"', 'team = "a"', 'data = "satgpa"']
    lines += ['method = "by hand"', "results = [{measure = 'x', value = 1}]"]
    for case, said in sheet.verdicts.items():
        lines += [
            f"[verdicts.{case}]",
            'verdict = "no"',
            f'justification = "{said["justification"]}"',
        ]
    (sent / "sheet.toml").write_text("\n".join(lines))
    (sent / "mine.csv").write_text(given.fresh(kit).to_csv(index=False))
    assert enter(sent, kit, work).sheet.verdicts["education"]["verdict"] == "no"


def test_a_partial_synthesis_keeps_the_other_columns_and_is_let_in(kit, given, tmp_path):
    sent = given.honest(kit, "cart", tmp_path / "a.zip", seed=1, replaced=("fy_gpa",))
    (tmp_path / "work").mkdir()
    assert enter(sent, kit, tmp_path / "work").sheet.replaced == ("fy_gpa",)


def test_a_locked_zip_is_refused(kit, given, tmp_path):
    place = given.packed({"sheet.json": "{}"}, tmp_path / "a.zip")
    content = bytearray(place.read_bytes())
    with zipfile.ZipFile(place) as box:
        start = box.start_dir
    content[start + 8] |= 1
    content[6] |= 1
    place.write_bytes(content)
    (tmp_path / "work").mkdir()
    with pytest.raises(GuideError, match="password"):
        enter(place, kit, tmp_path / "work")


def test_what_takes_too_long_or_too_much_memory_is_ended(kit, given, tmp_path):
    sent = given.honest(kit, "independent", tmp_path / "a.zip", seed=1)
    begun = time.monotonic()
    hasty = replace(kit, limits=replace(kit.limits, seconds=0.2))
    assert "more than 0.2 seconds" in check(sent, hasty)["refused"]
    assert time.monotonic() - begun < 5
    narrow = replace(kit, limits=replace(kit.limits, memory_mb=60))
    assert "refused" in check(sent, narrow)
