"""The catalogue finds what stands in the folders, and needs no heavy package for it."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

from guide_helpers import GuideError, inventory
from guide_helpers.cards import Capabilities, MethodCard, Status, card
from guide_helpers.catalogue import KINDS, Entry, _read, entries, find

HEAVY = "scipy sklearn sdv torch diffprivlib statsmodels plotly yaml tqdm ipywidgets"
"""Not pyarrow, which pandas itself imports where it is installed."""


@pytest.mark.parametrize("kind", KINDS)
def test_every_module_of_a_folder_is_an_entry(kind):
    found = entries(kind)
    assert found
    assert list(found) == sorted(found)
    assert all(entry.slug == slug and entry.kind == kind for slug, entry in found.items())
    assert list(inventory(kind).index) == list(found)


def test_unknown_kinds_and_slugs_are_refused_with_the_known_ones():
    with pytest.raises(GuideError, match=r"no 'nope' in methods; known: .*\bcart\b"):
        find("methods", "nope")
    with pytest.raises(GuideError, match="no 'tools' in the catalogue; known: datasets, methods"):
        entries("tools")


def test_listing_everything_imports_no_heavy_package():
    script = (
        "import sys\n"
        "from guide_helpers.catalogue import KINDS, entries\n"
        "for kind in KINDS: entries(kind)\n"
        f"print(sorted(set(sys.modules) & set('{HEAVY}'.split())))"
    )
    shown = subprocess.check_output([sys.executable, "-c", script], text=True)
    assert shown.strip() == "[]"


def _module(**things):
    module = ModuleType("entry")
    for name, thing in things.items():
        thing.__module__ = "entry"
        setattr(module, name, thing)
    return module


def test_a_module_has_exactly_one_card():
    claims = MethodCard(
        title="t",
        summary="s",
        sources=(),
        family="f",
        origin=("reiter2005",),
        inputs="the records of one table",
        status=Status.IN_USE,
        capabilities=Capabilities(),
    )

    def draw():
        return card(claims)(type("Thing", (), {}))

    assert isinstance(
        _read("methods", "entry", _module(one=draw(), plain=type("P", (), {}))), Entry
    )
    for things in ({}, {"one": draw(), "two": draw()}):
        with pytest.raises(GuideError, match=f"has {len(things)} cards"):
            _read("methods", "entry", _module(**things))


def test_a_described_entry_does_not_run():
    module = _module()
    module.CARD = MethodCard(
        title="t",
        summary="s",
        sources=(),
        family="f",
        origin=("reiter2005",),
        inputs="the records of one table",
        status=Status.IN_RESEARCH,
        capabilities=Capabilities(),
    )
    assert not _read("methods", "entry", module).runs
