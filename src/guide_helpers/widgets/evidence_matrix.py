"""The evidence matrix in slices: one question, one data set or all, every method."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from guide_helpers import figures
from guide_helpers.errors import GuideError
from guide_helpers.evidence.reading import QUESTIONS, answers, named, spread
from guide_helpers.widgets.lab import Control, Lab

if TYPE_CHECKING:
    import pandas as pd
    from plotly.graph_objects import Figure

ALL = "all of them"


def evidence_matrix(
    numbers: pd.DataFrame,
    costs: pd.DataFrame,
    *,
    questions: Sequence[str] = tuple(QUESTIONS),
    wide: float = 20.0,
) -> Lab:
    """Return a lab of the results of a run: what is asked, and on which data.

    `numbers` and `costs` are the tables of a run. Methods stand in the order of their mean; a bar
    reaches from the lowest run to the highest. An axis whose ends are `wide` times apart, and
    whose values are above zero, is drawn in powers of ten.
    """
    data = list(dict.fromkeys(costs["data"]))

    def shown(question: str, where: str) -> Figure:
        found = answers(numbers, costs, question)
        if where != ALL:
            found = found[found["data"].eq(where)]
        if found.empty:
            raise GuideError(f"{where} has no answer to {named(question).title!r}; choose another")
        return _ranked(spread(found), question, where, wide)

    titles = [named(q).title for q in questions]
    asked = Control("Question", tuple(questions), titles, scale=False)
    return Lab(
        (asked, Control("Data", (ALL, *data), scale=False)), shown, "What did each method do?"
    )


def _ranked(lines: pd.DataFrame, question: str, where: str, wide: float) -> Figure:
    asked = named(question)
    mean = lines.groupby("method")["value"].mean().sort_values()
    place = {method: i for i, method in enumerate(mean.index)}
    ordered = lines.sort_values("method", key=lambda m: m.map(place), kind="stable")
    shown = ordered.rename(columns={"method": "entry", "data": "group"})
    least, most = float(shown["low"].min()), float(shown["high"].max())
    return figures.ranked(
        shown,
        title=f"{asked.title} ({where})",
        unit=asked.unit,
        log=least > 0 and most > wide * least,
        mark=asked.mark,
        caption="Point: mean over runs. Bar: lowest and highest run.",
    )
