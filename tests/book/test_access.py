"""Facts about what is mended in the written pages."""

from __future__ import annotations

import pytest

from guide_helpers.site.access import mended

BELOW = (
    '<li><a class="reference internal" href="a.html">\n  Nulls &amp; <em>bands</em>\n</a>'
    "<details><summary>{}</summary></details></li>"
)


def test_a_button_of_the_side_bar_is_named_after_its_chapter():
    page = mended(BELOW.replace("{}", "<span></span>"))
    assert '<summary aria-label="Below Nulls &amp; bands">' in page


def test_each_button_is_named_after_its_own_chapter():
    first = '<li><a class="reference internal" href="b.html">No pages below</a></li>'
    page = mended(first + BELOW)
    assert page.count("<summary aria-label=") == 1
    assert '"Below Nulls' in page


@pytest.mark.parametrize(
    "head", ["<th></th>", '<th class="head"><p></p></th>', '<th class="blank level0" >&nbsp;</th>']
)
def test_an_empty_corner_of_a_table_is_no_heading(head):
    assert "<th" not in mended(head)
    assert mended("<th>records</th>") == "<th>records</th>"


def test_a_bibliography_has_no_role_that_screen_readers_gave_up():
    page = mended(
        '<div role="list" class="citation-list"><div class="citation" role="doc-biblioentry">'
    )
    assert "role=" not in page


def test_mending_twice_is_mending_once():
    page = (
        BELOW + "<th></th>" + '<i class="theme-switch fa-sun" data-mode="light" title="Light"></i>'
    )
    assert mended(mended(page)) == mended(page)
