"""A folder with all that a closed network needs: wheels, licences, pages, notebooks, an installer.

The wheels are those of the locks, each checked by its hash, fetched through the index that pip is
set up with. The folder appears when it is complete; an interrupted run leaves `FOLDER.half`, from
which the next one goes on.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from guide_helpers.errors import GuideError
from guide_helpers.serving.settings import BUILT, checkout

LOCKS = ("requirements/lock-py311-linux.txt", "requirements/workshop.txt")
TORCH = "requirements/torch-cpu.txt"
MARK = "from-locks.txt"
SDV = "SDV-LICENCE.txt"
LICENCE_NAMES = ("licen", "copying", "notice", "authors")
SDV_FACE = """\
SDV and the libraries under it (sdv, rdt, ctgan, copulas, deepecho) are in this folder under the
Business Source License 1.1, which is NOT an open source licence. It allows use, except to offer
others a commercial service that lets them use these libraries, and turns into the MIT licence four
years after each version. It must go with every copy, so leave this file where it is. Whoever sells
a workshop or its hosting reads it first. Its text, once for each of them:

"""
BUSINESS = ("sdv", "rdt", "ctgan", "copulas", "deepecho")


@dataclass(frozen=True)
class Bundle:
    """What was packed."""

    folder: Path
    packages: int
    megabytes: float


def make_bundle(
    folder: str,
    *,
    locks: list[str] | None = None,
    site: str | None = None,
    notebooks: str | None = None,
) -> Bundle:
    """Pack everything into a new folder, whole or not at all."""
    to = Path(folder).expanduser().absolute()
    if to.exists():
        raise GuideError(f"{folder} is there already; name a new folder")
    asked = _locks(locks)
    pages, lessons = _place(site, BUILT, "index.html"), _place(notebooks, Path("notebooks"), "")
    half = _begin(to, asked)
    for lock in asked:
        _download(half / "wheels", ["--require-hashes", "--no-deps", "-r", str(lock)])
    if not locks:
        _own(half / "wheels")
    _licences(half)
    for source, name in ((pages, "site"), (lessons, "notebooks")):
        shutil.rmtree(half / name, ignore_errors=True)
        shutil.copytree(source, half / name, ignore=shutil.ignore_patterns(".*", "__*"))
    _instructions(half)
    half.rename(to)
    sizes = [path.stat().st_size for path in to.rglob("*") if path.is_file()]
    return Bundle(to, len(list((to / "wheels").glob("*.whl"))), sum(sizes) / 1e6)


def _locks(named: list[str] | None) -> list[Path]:
    home = checkout()
    if not named and home is None:
        raise GuideError("there is no checkout here with the guide's locks; name one with --lock")
    places = [Path(n).absolute() for n in named or ()] or [Path(home or "", n) for n in LOCKS]
    for place in places:
        if not place.is_file():
            raise GuideError(f"no lock {place}; name a file of packages with their hashes")
    return places


def _place(asked: str | None, usual: Path, mark: str) -> Path:
    home = checkout()
    place = Path(asked).expanduser() if asked else (home or Path()) / usual
    if place.is_dir() and (not mark or (place / mark).is_file()):
        return place
    if asked:
        raise GuideError(f"{asked} holds no {'built guide' if mark else 'notebooks'}")
    raise GuideError("the guide is not built yet; type: make book, or name --site and --notebooks")


def _begin(to: Path, locks: list[Path]) -> Path:
    """Return the folder to fill: a new one, or what an interrupted run left of the same locks."""
    half = to.with_name(f"{to.name}.half")
    made_from = "".join(f"{hashlib.sha256(p.read_bytes()).hexdigest()} {p.name}\n" for p in locks)
    mark = half / MARK
    if half.exists() and not mark.is_file():
        raise GuideError(f"{half} is not left from a bundle; move it away")
    if mark.is_file() and mark.read_text(encoding="utf-8") != made_from:
        raise GuideError(f"{half} is left from a bundle of other locks; remove it")
    (half / "wheels").mkdir(parents=True, exist_ok=True)
    mark.write_text(made_from, encoding="utf-8")
    return half


def _download(wheels: Path, what: list[str]) -> None:
    """Fetch wheels; the ones that are there already are not fetched again."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    near = ["--find-links", str(wheels), "--only-binary", ":all:", "-d", str(wheels)]
    done = subprocess.run(
        [*pip, "download", *near, *what], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        why = next((x for x in done.stderr.splitlines() if x.startswith("ERROR")), "pip failed")
        raise GuideError(f"{why[:300]}; what was fetched stays, type the command again to go on")


def _own(wheels: Path) -> None:
    """Add torch for CPU and the guide's own package."""
    home = checkout()
    if home is None:
        raise GuideError("the guide's own wheel is made from a checkout; run this inside one")
    _download(wheels, ["--no-deps", (home / TORCH).read_text(encoding="utf-8").strip()])
    if cuda := list(wheels.glob("nvidia*")):
        raise GuideError(f"{cuda[0].name} is for graphics cards; set pip up with torch for CPU")
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    done = subprocess.run([*build, "-w", str(wheels), str(home)], capture_output=True, check=False)
    if done.returncode:
        raise GuideError("the guide's own wheel could not be made; is hatchling installed?")


def _licences(half: Path) -> None:
    """Take the licence files out of the wheels, SDV's to the top."""
    to = half / "licences"
    shutil.rmtree(to, ignore_errors=True)
    face, lacking = SDV_FACE, []
    for wheel in sorted((half / "wheels").glob("*.whl")):
        texts = _texts_of(wheel)
        name = "-".join(wheel.name.split("-")[:2])
        (to / name).mkdir(parents=True)
        for file, content in texts.items():
            (to / name / file).write_bytes(content)
        if wheel.name.split("-")[0].lower() in BUSINESS:
            found = [t for f, t in texts.items() if f != "METADATA"]
            lacking += [] if found else [wheel.name]
            face += f"--- {name}\n\n" + "\n".join(t.decode(errors="replace") for t in found) + "\n"
    if lacking:
        raise GuideError(f"{', '.join(lacking)} carry no licence text, so they cannot be handed on")
    (half / SDV).write_text(face, encoding="utf-8")


def _texts_of(wheel: Path) -> dict[str, bytes]:
    """Return the licence files and the description of a wheel, by name."""
    found = {}
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.namelist():
            folder, _, name = member.rpartition("/")
            if ".dist-info" not in folder or not name:
                continue
            if name == "METADATA" or name.lower().startswith(LICENCE_NAMES):
                found[name] = archive.read(member)
    return found


def _instructions(half: Path) -> None:
    """Add the words and the script of the other side."""
    texts = resources.files("guide_helpers.hub") / "bundle_files"
    for name in ("README.txt", "install.py"):
        (half / name).write_text((texts / name).read_text(encoding="utf-8"), encoding="utf-8")
