from __future__ import annotations

import http.client
import re
import signal
import subprocess
import sys

import pytest

from guide_helpers.cli import main
from guide_helpers.errors import GuideError


def test_a_host_makes_a_kit_and_a_board_by_commands(tmp_path, capsys, given):
    place = str(tmp_path / "kit")
    words = ["--data", "satgpa", "--units", "200", "--seed", "3"]
    assert main(["challenge", "new", place, *words]) == 0
    assert "Give away" in capsys.readouterr().out
    (tmp_path / "kit/host/submissions/a\x1b[2J.zip").write_bytes(b"x")
    assert main(["challenge", "score", place, "--quiet"]) == 0
    said = capsys.readouterr().out
    assert "0 submissions scored, 1 refused" in said
    assert "\x1b" not in said
    assert main(["challenge", "board", place]) == 0
    assert "is no zip" in (tmp_path / "kit/board/index.html").read_text()


def test_one_submission_is_looked_at(kit, given, tmp_path, capsys):
    sent = given.honest(kit, "independent", tmp_path / "a.zip", seed=1)
    asked = ["challenge", "check", str(sent), "--challenge", str(kit.folder)]
    assert main(asked) == 0
    assert "team one, independent on satgpa, full" in capsys.readouterr().out
    sent.write_bytes(b"x")
    assert main(asked) == 2
    assert "is no zip" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["check", "a.zip"], "--challenge"),
        (["check", "a.zip", "--challenge", "nowhere"], "no submission"),
        (["score", "nowhere"], "no folder of a challenge"),
        (["board", "nowhere"], "no folder of a challenge"),
        (["new", "kit"], "--data"),
        (["new", "kit", "--data", "a", "--data", "b", "--schema", "c"], "one --data"),
        (["new", "kit", "--data", "satgpa", "--units", "3"], "at least 200"),
    ],
)
def test_what_cannot_be_done_is_one_line(words, reason, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["challenge", *words]) == 2
    said = capsys.readouterr().err
    assert reason in said
    assert said.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_the_board_is_served_beside_the_guide_and_the_host_is_not(challenge, tmp_path):
    from guide_helpers.challenge import write_board

    write_board(challenge)
    (tmp_path / "site" / "_static").mkdir(parents=True)
    (tmp_path / "site" / "index.html").write_text("<!doctype html><title>A</title>")
    words = ["serve", "--no-browser", "--port", "0", "--kernels", "0", "--folder", str(tmp_path)]
    words += ["--site", str(tmp_path / "site"), "--board", str(challenge.folder)]
    with subprocess.Popen(
        [sys.executable, "-m", "guide_helpers.cli", *words], stdout=subprocess.PIPE, text=True
    ) as process:
        said = ""
        while "Ctrl-C" not in said and (line := process.stdout.readline()):
            said += line
        port = int(re.search(r"board is at http://127\.0\.0\.1:(\d+)/board/", said)[1])
        answers = {}
        for path in ("/board/", "/board/scores.json", "/board/../host/challenge.json", "/board/x"):
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            line.request("GET", path)
            answer = line.getresponse()
            answers[path] = (answer.status, answer.read().decode(), answer.headers)
            line.close()
        process.send_signal(signal.SIGINT)
    assert [status for status, *_ in answers.values()] == [200, 200, 404, 404]
    assert "Nothing was scored yet." in answers["/board/"][1]
    assert "sha256" not in answers["/board/"][2]["Content-Security-Policy"]


def test_a_folder_without_a_board_is_not_served(tmp_path):
    from guide_helpers.serving import settle

    (tmp_path / "site" / "_static").mkdir(parents=True)
    (tmp_path / "site" / "index.html").write_text("A")
    with pytest.raises(GuideError, match="holds no score board"):
        settle(str(tmp_path / "site"), port=0, board=str(tmp_path))
