"""What the tests of the book share: the repository, its notebooks, and the built pages."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def notebooks():
    """Every notebook of the guide by its path from the root."""
    found = sorted(
        p for p in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts
    )
    assert found, "there is no notebook in notebooks/"
    return {p.relative_to(ROOT).as_posix(): json.loads(p.read_text("utf-8")) for p in found}


@pytest.fixture(scope="session")
def chapters():
    """The text of every chapter by its path from the root."""
    found = sorted((ROOT / "book").rglob("*.md"))
    return {p.relative_to(ROOT).as_posix(): p.read_text("utf-8") for p in found}


@pytest.fixture(scope="session")
def toc_files():
    """Every file that the table of contents names, without ending."""
    text = yaml.safe_dump(yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8")))
    return {name.removesuffix(".ipynb") for name in re.findall(r"(?:file|root): (\S+)", text)}


@pytest.fixture(scope="session")
def site():
    """The folder of the built pages, or another that GUIDE_SITE names."""
    folder = Path(os.environ.get("GUIDE_SITE", ROOT / "build" / "_build" / "html"))
    if not (folder / "index.html").is_file():
        pytest.fail(f"{folder} holds no pages; build them first with: make book")
    return folder


@pytest.fixture(scope="session")
def build_book():
    """The module tools/build_book.py."""
    return loaded("build_book")


@pytest.fixture(scope="session")
def vendor():
    """The module tools/vendor.py."""
    return loaded("vendor")


@pytest.fixture(scope="session")
def fonts():
    """The module tools/fonts.py."""
    return loaded("fonts")


def loaded(name: str):
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
