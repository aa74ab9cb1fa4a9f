"""Fetch the browser libraries that the book carries, so that its pages load nothing from outside.

    python tools/vendor.py           fetch the pinned packages with npm and replace the files
    python tools/vendor.py --check   only compare the files in the repository with their pins

Standard library and npm. To move to a new version, change its pin below: `npm view NAME@VERSION
dist.integrity` prints the first value; the run stops and prints the others. A file that would load
something from another site is changed on the way; each change must be found exactly as often as
it says, so a new version that words it differently stops the run.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "src" / "guide_helpers" / "site" / "assets" / "guide"
TESTS = ROOT / "tests" / "browser"


@dataclass(frozen=True)
class Change:
    """A text in a file, as often as it stands there, and what we put in its place."""

    old: str
    new: str
    times: int = 1


@dataclass(frozen=True)
class Package:
    """A pinned npm package and the files taken from it, each with its sha256 in the package."""

    name: str
    version: str
    licence: str
    integrity: str
    folder: str
    files: dict[str, str]
    changes: dict[str, tuple[Change, ...]] = field(default_factory=dict)
    place: Path = PAGES


THEBE_CHANGES = (
    # The controls of ipywidgets are in the bundle, so no module loader is needed for them.
    Change(
        "this._loader.requested||(console.debug(`thebe:manager:loadClass initial requirejs load "
        '${this.id}`),this._loader.load(((e,t)=>{t("@jupyter-widgets/base",S),'
        't("@jupyter-widgets/controls",T),t("@jupyter-widgets/output",D)}))),console.debug('
        "`thebe:manager:loadClass ${t}@${n}`);const s=yield this._loader.ready;",
        "const s={require:{defined(){throw new Error(`${t} is not among the controls that a live "
        "page can show`)}}};",
    ),
    Change('"https://cdnjs.cloudflare.com/ajax/libs/require.js/2.3.6/require.min.js"', '"guide:1"'),
    Change('"https://cdn.jsdelivr.net/npm/"', '"guide:2"', times=2),
    Change('"https://cdnjs.cloudflare.com/ajax/libs/mathjax/2.7.5/MathJax.js"', '"guide:3"', 2),
    Change('"executablebooks/thebe-binder-base"', '"guide:4"'),
)

PACKAGES = (
    Package(
        name="plotly.js-cartesian-dist-min",
        version="4.1.1",
        licence="MIT",
        integrity="sha512-o8GrFeusncwBIxbBynRJpY4pkgVB6caM+JLpwrLYbbsO7dZ8FJ+SVN2Fr+L7kiG/"
        "Z6w4P5O0Jus/Qr5EefHVeg==",
        folder="plotly",
        files={
            "plotly-cartesian.min.js": "79542150855a52c567260e3137095dbe"
            "2b744e6d702a5cabe67da246942fba7a",
            "LICENSE": "8c45d9eaf50c2f72dd9c7ab9ef440788ba58a3538484b5c51c1f17d5128752e7",
        },
    ),
    Package(
        name="thebe",
        version="0.9.3",
        licence="BSD-3-Clause",
        integrity="sha512-Rb/7kVhtlffXra3kIe7OuIGE7awsm2/fGWxw21DiNfnWLnUQiDl9AWqYdshPwZPG/"
        "5DzLpsJRPix2xtCPtJmQQ==",
        folder="thebe",
        files={
            "lib/index.js": "ce0fd046245d792035cdc1b178e8b1d93a2d8d2f44502fa2342da3eafec4a529",
            "lib/thebe.css": "b91571a8b828977e18ee17b17757bc739ece2c87d01fa3bd56644a5a53c81ab6",
            "lib/index.js.LICENSE.txt": "8b222a91f849000446264bb82628f748"
            "2c968d670c658af0059213f12f6d3a8d",
        },
        changes={"index.js": THEBE_CHANGES},
    ),
    Package(
        name="thebe-core",  # of the same project; its archive holds the licence that thebe's lacks
        version="0.5.0",
        licence="BSD-3-Clause",
        integrity="sha512-LIAbySgyoH8PPojNOwTwnjHta332CXtqVMPtgC3wBuIkHkgQpJYZUkWGvZR+T6pkg"
        "mjIei/WkKMFtV1jstXwWA==",
        folder="thebe",
        files={"LICENSE": "76e9f278043049be5aeda4be402aaa2a3c1996b9c5a2414b6f86e479697c5bc6"},
    ),
    Package(
        name="axe-core",  # not in the pages: it looks for barriers in the tests
        version="4.14.1",
        licence="MPL-2.0",
        integrity="sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NP"
        "jCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
        folder="axe",
        files={
            "axe.min.js": "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c",
            "LICENSE": "af175b9d96ee93c21a036152e1b905b0b95304d4ae8c2c921c7609100ba8df7e",
        },
        place=TESTS,
    ),
)


def sha256(content: bytes) -> str:
    """Return a sha256 as text."""
    return hashlib.sha256(content).hexdigest()


def changed(content: bytes, changes: tuple[Change, ...]) -> bytes:
    """Return a file with our changes, or say which of them no longer fits."""
    for change in changes:
        found = content.count(change.old.encode())
        if found != change.times or change.new.encode() in content:
            sys.exit(f"found {found} times, not {change.times}, or already changed: {change.old}")
        content = content.replace(change.old.encode(), change.new.encode())
    return content


def unchanged(content: bytes, changes: tuple[Change, ...]) -> bytes:
    """Return the file of the package that ours was made from."""
    for change in reversed(changes):
        content = content.replace(change.new.encode(), change.old.encode())
    return content


def wrong_files() -> list[str]:
    """Return one sentence for each file in the repository that is missing or not as pinned."""
    problems = []
    for package in PACKAGES:
        for member, pin in package.files.items():
            path = package.place / package.folder / Path(member).name
            changes = package.changes.get(path.name, ())
            if not path.is_file():
                problems.append(f"{path.name} of {package.name} is missing; run tools/vendor.py")
            elif sha256(unchanged(path.read_bytes(), changes)) != pin or any(
                change.old.encode() in path.read_bytes() for change in changes
            ):
                problems.append(f"{path.name} of {package.name} differs from its pinned sha256")
    return problems


def fetch(package: Package, scratch: Path) -> dict[str, bytes]:
    """Download one package, check its integrity, and return the files we take."""
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm is needed to fetch browser libraries; install Node.js and try again")
    wanted = f"{package.name}@{package.version}"
    told = subprocess.run(
        [npm, "pack", wanted, "--json", "--silent"],
        cwd=scratch,
        check=True,
        capture_output=True,
        text=True,
    )
    archive = scratch / json.loads(told.stdout)[0]["filename"]
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if f"sha512-{digest}" != package.integrity:
        sys.exit(f"{wanted} is not the pinned archive: got sha512-{digest}")
    return read_archive(archive, package)


def read_archive(archive: Path, package: Package) -> dict[str, bytes]:
    """Return the wanted files of an archive, each checked against its pin."""
    taken = {}
    with tarfile.open(archive) as tar:
        for member, pin in package.files.items():
            stream = tar.extractfile(f"package/{member}")
            if stream is None:
                sys.exit(f"{member} is not in {package.name} {package.version}")
            content = stream.read()
            if sha256(content) != pin:
                sys.exit(f"{member} of {package.name}: pin its sha256 as {sha256(content)}")
            name = Path(member).name
            taken[name] = changed(content, package.changes.get(name, ()))
    return taken


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only, fetch nothing")
    if not parser.parse_args().check:
        with tempfile.TemporaryDirectory() as scratch:
            for package in PACKAGES:
                folder = package.place / package.folder
                files = fetch(package, Path(scratch))
                folder.mkdir(parents=True, exist_ok=True)
                for name, content in files.items():
                    (folder / name).write_bytes(content)
                print(f"{package.name} {package.version} ({package.licence}) in {folder.name}/")
    problems = wrong_files()
    if problems:
        sys.exit("\n".join(problems))
    print("browser libraries are as pinned")


if __name__ == "__main__":
    main()
