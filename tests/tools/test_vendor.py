"""Facts about the browser libraries that the book carries."""

from __future__ import annotations

import dataclasses
import importlib.util
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def vendor():
    found = importlib.util.spec_from_file_location("vendor", ROOT / "tools" / "vendor.py")
    module = importlib.util.module_from_spec(found)
    sys.modules["vendor"] = module
    found.loader.exec_module(module)
    return module


def test_files_are_as_pinned_but_for_our_changes(vendor):
    assert vendor.wrong_files() == []


def test_the_script_for_kernels_names_no_content_network(vendor):
    text = (vendor.PAGES / "thebe" / "index.js").read_text("utf-8")
    assert re.findall(r"https?://[\w.]*(?:jsdelivr|cdnjs|unpkg)[\w./]*", text) == []


def test_a_change_that_no_longer_fits_stops_the_run(vendor):
    change = vendor.Change("old", "new", times=2)
    assert vendor.changed(b"old, old", (change,)) == b"new, new"
    assert vendor.unchanged(b"new, new", (change,)) == b"old, old"
    for other in (b"old", b"old old old", b"old old new"):
        with pytest.raises(SystemExit, match="old"):
            vendor.changed(other, (change,))


def test_a_file_without_our_changes_is_wrong(vendor, tmp_path, monkeypatch):
    package = next(p for p in vendor.PACKAGES if p.changes)
    name = next(iter(package.changes))
    ours = (package.place / package.folder / name).read_bytes()
    files = {member: pin for member, pin in package.files.items() if Path(member).name == name}
    one = dataclasses.replace(package, files=files, place=tmp_path)
    (tmp_path / package.folder).mkdir()
    monkeypatch.setattr(vendor, "PACKAGES", (one,))
    kept = tmp_path / package.folder / name
    kept.write_bytes(ours)
    assert vendor.wrong_files() == []
    kept.write_bytes(vendor.unchanged(ours, package.changes[name]))
    assert vendor.wrong_files() == [f"{name} of {package.name} differs from its pinned sha256"]
