"""The short form of the references that the package carries is that of the bibliography."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def sources():
    spec = importlib.util.spec_from_file_location("sources", ROOT / "tools" / "sources.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_package_carries_the_references_of_the_book(sources):
    assert sources.TARGET.read_text("utf-8") == sources.text(), "run: python tools/sources.py"
