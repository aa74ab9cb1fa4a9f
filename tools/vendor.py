"""Fetch the browser libraries that the book carries, so that its pages load nothing from outside.

    python tools/vendor.py           fetch the pinned packages with npm and replace the files
    python tools/vendor.py --check   only compare the files in the repository with their pins

Standard library and npm. To move to a new version, change its pin below: `npm view NAME@VERSION
dist.integrity` prints the first value; the run stops and prints the others.
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
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "src" / "guide_helpers" / "site" / "assets" / "guide"


@dataclass(frozen=True)
class Package:
    """A pinned npm package and the files taken from it, each with its sha256."""

    name: str
    version: str
    licence: str
    integrity: str
    folder: str
    files: dict[str, str]


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
)


def sha256(content: bytes) -> str:
    """Return a sha256 as text."""
    return hashlib.sha256(content).hexdigest()


def wrong_files() -> list[str]:
    """Return one sentence for each file in the repository that is missing or not as pinned."""
    problems = []
    for package in PACKAGES:
        for member, pin in package.files.items():
            path = FOLDER / package.folder / Path(member).name
            if not path.is_file():
                problems.append(f"{path.name} of {package.name} is missing; run tools/vendor.py")
            elif sha256(path.read_bytes()) != pin:
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
            taken[Path(member).name] = content
    return taken


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only, fetch nothing")
    if not parser.parse_args().check:
        with tempfile.TemporaryDirectory() as scratch:
            for package in PACKAGES:
                folder = FOLDER / package.folder
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
