"""Facts about handing a notebook's results to a chapter."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from guide_helpers import GuideError
from guide_helpers.site import gluing


@pytest.fixture
def shown(monkeypatch):
    calls = []
    monkeypatch.setattr(
        "IPython.display.display", lambda bundle, **more: calls.append((bundle, more))
    )
    return calls


@pytest.mark.parametrize(
    ("result", "kept"),
    [
        (71.25, "71.25"),
        (np.float64(71.25), "71.25"),
        (np.int64(30_000), "30000"),
        (np.str_("cart"), "'cart'"),
    ],
)
def test_numbers_and_texts_keep_the_form_that_a_chapter_can_format(shown, result, kept):
    gluing.glue("rate", result)
    [(bundle, more)] = shown
    assert bundle == {"application/papermill.record/text/plain": kept}
    assert more["metadata"]["scrapbook"]["name"] == "rate"


def test_a_figure_is_glued_with_its_alternative_text(shown):
    figure = go.Figure(go.Bar(x=["a"], y=[1]), layout={"meta": {"alt": "one bar"}})
    gluing.glue("bars", figure)
    assert "one bar" in shown[0][0]["application/papermill.record/text/html"]


def test_a_table_is_glued_as_a_table(shown):
    gluing.glue("rows", pd.DataFrame({"a": [1]}))
    assert "<table" in shown[0][0]["application/papermill.record/text/html"]


def test_what_a_chapter_cannot_show_is_refused(shown):
    with pytest.raises(GuideError, match="cannot glue a dict"):
        gluing.glue("thing", {})
    assert shown == []
