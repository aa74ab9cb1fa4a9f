"""Facts about what the build tells live pages."""

from __future__ import annotations

import json
import re

import pytest

from guide_helpers.site.live import hidden_code, names

SAID = re.compile(r'<script type="application/json" id="guide-page">(.*?)</script>', re.DOTALL)


def code(source, *tags):
    return {"cell_type": "code", "source": [source], "metadata": {"tags": list(tags)}}


def said(site, name):
    return json.loads(SAID.search((site / f"{name}.html").read_text("utf-8"))[1])


def test_names_are_given_or_taken():
    assert names("import a.b as c\nd = [e for e in f(g)]") == ({"c", "d", "e"}, {"f", "g"})


def test_hidden_code_comes_before_the_cell_that_needs_it():
    cells = [
        code("a = 1"),
        code("b = a", "remove-cell"),
        code("glue('a', a)", "remove-cell"),
        code("print(a)"),
        {"cell_type": "markdown", "source": ["b"], "metadata": {}},
        code("print(b)"),
        code("print(b + 1)"),
    ]
    assert hidden_code(cells) == {"2": "b = a"}


def test_hidden_code_is_not_run_for_a_name_that_a_shown_cell_gave():
    shown = [code("a = 1"), code("a = a + 1", "remove-cell"), code("print(a)")]
    assert hidden_code(shown) == {}


def test_every_notebook_page_knows_binder_and_has_the_cells_of_its_notebook(site, notebooks):
    for path, book in notebooks.items():
        page = site / path.replace(".ipynb", ".html")
        told = said(site, path.removesuffix(".ipynb"))
        assert told["notebook"] == path
        assert told["live"]["binder"] == {
            "hub": "https://mybinder.org",
            "repository": "practical-guide/synthetic-data-guide",
            "branch": "main",
        }
        shown = [
            c
            for c in book["cells"]
            if c["cell_type"] == "code" and "remove-cell" not in c["metadata"].get("tags", ())
        ]
        assert page.read_text("utf-8").count('class="cell_input ') == len(shown), path
        assert (site / "_sources" / path).is_file()


@pytest.mark.parametrize("chapter", ["book/wp3_measures/nulls", "book/wp2_methods/simulated"])
def test_a_chapter_knows_the_notebook_behind_it(site, chapter):
    behind, *_ = said(site, chapter)["live"]["notebooks"]
    assert behind["page"] == f"../../{chapter.replace('book', 'notebooks')}.html"
    assert behind["title"]


def test_a_site_of_files_says_that_it_has_no_kernels(site):
    assert json.loads((site / "kernels.json").read_text("utf-8")) == {"server": None}


def test_pages_do_not_name_the_script_for_kernels_before_it_is_asked_for(site, notebooks):
    for path in notebooks:
        text = (site / path.replace(".ipynb", ".html")).read_text("utf-8")
        assert "guide/thebe" not in text
        assert "live_kernel.js" not in text
