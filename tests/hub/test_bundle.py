"""`guide workshop bundle`, with a small lock and a local folder of wheels."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from guide_helpers.errors import GuideError
from guide_helpers.hub import bundle

METADATA = "Metadata-Version: 2.1\nName: {0}\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def wheel(folder: Path, name: str, licence: str | None = "MIT, in words") -> str:
    """Make a wheel of one module and return its line in a lock."""
    path, info = folder / f"{name}-1.0-py3-none-any.whl", f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", "x = 1\n")
        archive.writestr(f"{info}/METADATA", METADATA.format(name))
        archive.writestr(f"{info}/WHEEL", WHEEL)
        if licence:
            archive.writestr(f"{info}/licenses/LICENSE", licence)
        archive.writestr(f"{info}/RECORD", "")
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Return a function that packs, away from any index."""
    for name in ("far", "site", "notebooks"):
        (tmp_path / name).mkdir()
    (tmp_path / "site" / "index.html").write_text("<p>guide</p>")
    (tmp_path / "notebooks" / "a.ipynb").write_text("{}")
    lock = tmp_path / "lock.txt"
    lock.write_text(wheel(tmp_path / "far", "plainpack") + wheel(tmp_path / "far", "sdv", "BUSL"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "far"))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")

    def make(name="out"):
        places = {k: str(tmp_path / k) for k in ("site", "notebooks")}
        return bundle.make_bundle(str(tmp_path / name), locks=[str(lock)], **places)

    make.lock, make.far, make.place = lock, tmp_path / "far", tmp_path
    return make


def test_a_bundle_holds_wheels_licences_pages_notebooks_and_the_installer(asked):
    made = asked()
    assert made.packages == 2
    names = {p.relative_to(made.folder).as_posix() for p in made.folder.rglob("*") if p.is_file()}
    assert {
        "README.txt",
        "install.py",
        "SDV-LICENCE.txt",
        "site/index.html",
        "notebooks/a.ipynb",
        "wheels/plainpack-1.0-py3-none-any.whl",
        "licences/plainpack-1.0/LICENSE",
    } <= names
    compile((made.folder / "install.py").read_text("utf-8"), "install", "exec")


def test_the_business_source_licence_is_on_its_face(asked):
    face = (asked().folder / "SDV-LICENCE.txt").read_text("utf-8")
    assert "NOT an open source licence" in face
    assert "BUSL" in face


def test_a_folder_that_is_there_is_never_written_over(asked):
    (asked.place / "out").mkdir()
    with pytest.raises(GuideError, match="there already"):
        asked()


def test_an_interrupted_run_goes_on_where_it_was(asked):
    missing = asked.far / "sdv-1.0-py3-none-any.whl"
    kept = missing.read_bytes()
    missing.unlink()
    with pytest.raises(GuideError, match="type the command again"):
        asked()
    assert not (asked.place / "out").exists()
    missing.write_bytes(kept)
    assert asked().packages == 2
    assert not (asked.place / "out.half").exists()


def test_what_was_fetched_is_not_fetched_again(asked):
    half = bundle._begin(asked.place / "out", [asked.lock])
    for path in list(asked.far.iterdir()):
        path.rename(half / "wheels" / path.name)
    assert asked().packages == 2


def test_a_changed_wheel_is_refused_by_its_hash(asked):
    wheel(asked.far, "plainpack", "changed")
    with pytest.raises(GuideError, match=r"(?i)hash"):
        asked()


def test_what_is_left_of_other_locks_is_not_used(asked):
    bundle._begin(asked.place / "out", [asked.lock])
    asked.lock.write_text(wheel(asked.far, "plainpack"))
    with pytest.raises(GuideError, match="other locks"):
        asked()


def test_a_folder_of_somebody_elses_is_not_filled(asked):
    (asked.place / "out.half").mkdir()
    with pytest.raises(GuideError, match="move it away"):
        asked()


def test_sdv_without_its_licence_text_is_not_handed_on(asked):
    asked.lock.write_text(wheel(asked.far, "sdv", None))
    with pytest.raises(GuideError, match="cannot be handed on"):
        asked()
    assert not (asked.place / "out").exists()
