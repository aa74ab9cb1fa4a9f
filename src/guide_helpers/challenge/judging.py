"""Score submissions, each in a process of its own with a limit on time and memory."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from guide_helpers.challenge.setting import Challenge, Limits
from guide_helpers.progress import progress

FORMAT = "guide-helpers challenge result 1"
LARGEST = 2_000_000
"""Bytes of what a process may say of one submission."""
ALONE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
KEPT = ("PATH", "HOME", "USERPROFILE", "APPDATA", "SYSTEMROOT", "LANG", "LC_ALL", "PYTHONPATH")


def check(sent: str | Path, challenge: Challenge) -> dict[str, Any]:
    """Return what a submission says and is worth, or why it is refused, under "refused"."""
    return _judged(Path(sent), challenge, only_look=True)


def score(challenge: Challenge) -> list[dict[str, Any]]:
    """Score all submissions that are new and return the results of all, in the order of names.

    A result is kept under the content of its submission, so that a run that was stopped goes on.
    """
    known = {p.stem for p in challenge.results.glob("*.json")}
    new = [(k, s) for k, s in keys(challenge).items() if k not in known]
    for key, sent in progress(new, "submissions", len(new)):
        _keep(challenge, key, _judged(sent, challenge))
    return results(challenge)


def results(challenge: Challenge) -> list[dict[str, Any]]:
    """Return the kept results of the submissions that are there; a team's surplus is refused."""
    found, counts = [], dict[str, int]()
    for key, sent in keys(challenge).items():
        place = challenge.results / f"{key}.json"
        if not place.is_file():
            continue
        told = {"submission": sent.name, **json.loads(place.read_text(encoding="utf-8"))}
        team = str(told.get("sheet", {}).get("team", "")).casefold()
        counts[team] = counts.get(team, 0) + ("refused" not in told)
        if "refused" not in told and counts[team] > challenge.limits.instances:
            told = {"submission": sent.name, "refused": "this team has handed in enough instances"}
        found.append(told)
    return found


def keys(challenge: Challenge) -> dict[str, Path]:
    """Return the submissions in the order of their names, each under a hash of its content."""
    rules = json.dumps([str(challenge.checks), str(challenge.limits), challenge.seed])
    most = challenge.limits.unpacked_mb * 1e6
    found: dict[str, Path] = {}
    for sent in sorted(p for p in challenge.submissions.iterdir() if p.name[:1] != "."):
        found.setdefault(_hash(sent, rules, most), sent)
    return found


def _hash(sent: Path, rules: str, most: float) -> str:
    digest = hashlib.sha256(rules.encode())
    for path in _files(sent):
        digest.update(path.name.encode(errors="replace") + b"\0")
        if path.is_symlink() or not path.is_file():
            continue
        size = path.stat().st_size
        digest.update(str(size).encode())
        if size > most:  # it is refused whatever it holds
            continue
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:24]


def _files(sent: Path) -> Iterator[Path]:
    """Yield what lies at a submission: itself, or what is in its folder; no link is followed."""
    yield sent
    if sent.is_dir() and not sent.is_symlink():
        yield from sorted(sent.iterdir())[:100]


def _keep(challenge: Challenge, key: str, told: dict[str, Any]) -> None:
    place = challenge.results / f"{key}.json"
    part = place.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(place)


def _judged(sent: Path, challenge: Challenge, *, only_look: bool = False) -> dict[str, Any]:
    """Return what the process of a submission says; what stops it is said here."""
    with tempfile.TemporaryDirectory(prefix="guide-challenge-") as work:
        said = Path(work) / "said.json"
        asked = {
            "sent": str(sent.absolute()),
            "challenge": str(challenge.folder.absolute()),
            "work": work,
            "said": str(said),
            "only_look": only_look,
        }
        stopped = _run(asked, challenge.limits)
        return {"refused": stopped} if stopped else _read(said)


def _run(asked: dict[str, Any], limits: Limits) -> str:
    """Run the process; return why it did not come to an end, empty where it did."""
    words = [sys.executable, "-P", "-m", "guide_helpers.challenge.alone", str(limits.memory_mb)]
    kept = {n: os.environ[n] for n in KEPT if n in os.environ}
    process = subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**kept, **ALONE, "TMPDIR": asked["work"]},
        cwd=asked["work"],
        start_new_session=True,
    )
    try:
        process.communicate(json.dumps(asked).encode(), timeout=limits.seconds)
    except subprocess.TimeoutExpired:
        return f"scoring it takes more than {limits.seconds:g} seconds; send fewer rows or copies"
    finally:
        _end(process)
    if process.returncode:
        return "the process that read it broke off; write the files again, with fewer rows"
    return ""


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it has started."""
    if process.poll() is None:
        with suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
    process.wait()


def _read(said: Path) -> dict[str, Any]:
    """Return what the process has written, if it is what it should be."""
    try:
        if said.stat().st_size > LARGEST:
            raise ValueError
        told = json.loads(said.read_text(encoding="utf-8"))
        if told.pop("format") != FORMAT or not ({"refused", "sheet"} & set(told)):
            raise ValueError
    except (OSError, ValueError, KeyError, AttributeError, RecursionError):
        return {"refused": "the process that read it said nothing that can be used"}
    found: dict[str, Any] = told
    return found
