"""The notebooks' figures and controls in JupyterLab, served by `guide serve --lab`."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

pytestmark = pytest.mark.browser

CELLS = (
    "from guide_helpers import compare, figures, generate, load\n"
    "original = load('satgpa')\n"
    "synthetic = generate(original, 'independent', seed=1)\n"
    "figures.scores(compare(original, synthetic, measures=['marginal_distance'], seed=2))",
    "import ipywidgets\nipywidgets.IntSlider(description='Knob')",
    "import os\nos.path.basename(os.getcwd())",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder that is no checkout, with a notebook deep inside."""
    place = tmp_path_factory.mktemp("lab")
    cells = [
        {"cell_type": "code", "id": f"cell{i}", "metadata": {}, "source": code, "outputs": [],
         "execution_count": None}
        for i, code in enumerate(CELLS)
    ]  # fmt: skip
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = {"cells": cells, "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5}
    (place / "far" / "below").mkdir(parents=True)
    (place / "far" / "below" / "small.ipynb").write_text(json.dumps(book))
    return place


@pytest.fixture(scope="module")
def address(site, folder):
    """The address that the server prints, with its token."""
    words = ["serve", "--lab", "--no-browser", "--port", "0", "--site", site, "--folder", folder]
    with subprocess.Popen(
        [sys.executable, "-m", "guide_helpers.cli", *map(str, words)],
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        yield re.search(r"http://\S+", server.stdout.readline())[0]
        server.terminate()


def test_a_notebook_runs_from_any_folder_and_shows_figures_and_controls(browser, address):
    home, token = address.split("/guide/?token=")
    asked = []
    page = browser.new_page(viewport={"width": 1200, "height": 1000})
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{home}/lab")
    assert "not the token of this server" in page.content()
    page.goto(f"{home}/guide/search.html?token={token}")
    with page.expect_response(lambda r: "/api/sessions" in r.url and r.status == 201):
        page.goto(f"{home}/lab/tree/far/below/small.ipynb")  # it starts the notebook's kernel
    assert token not in page.content()
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.locator(".jp-OutputArea-output .main-svg").first.wait_for(timeout=60_000)
    page.locator(".jp-OutputArea-output .noUi-handle").wait_for()
    assert page.locator(".jp-OutputArea-output").last.inner_text().strip() == "'below'"
    outside = [url for url in asked if not url.startswith((home, "data:", "blob:"))]
    assert not outside
    page.close()
