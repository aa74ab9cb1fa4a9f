"""Facts about formulas as MathML."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from guide_helpers.site.formulas import mathml


def read(tex: str) -> ET.Element:
    return ET.fromstring(mathml(tex))


@pytest.mark.parametrize("tex", [r"\hat\theta_{ij}", r"\bar v_k"])
def test_an_index_stands_beside_a_letter_with_an_accent(tex):
    (whole,) = read(tex)
    assert whole.tag == "msub"
    assert whole[0].tag == "mover"


def test_a_slash_has_no_space_around_it():
    slash = read("k/n")[1]
    assert (slash.get("lspace"), slash.get("rspace")) == ("0", "0")


def test_a_function_is_followed_by_a_thin_space_unless_by_a_bracket():
    assert [e.tag for e in read(r"\ln x")] == ["mi", "mo", "mspace", "mi"]
    assert "mspace" not in [e.tag for e in read(r"\ln(x)")]


def test_words_in_a_formula_keep_their_spaces():
    assert read(r"\text{share missed}").findtext(".//mtext").split() == ["share", "missed"]


def test_a_formula_that_cannot_be_read_is_told(caplog):
    assert mathml(r"\nosuchcommand x") == r"<code>\nosuchcommand x</code>"
