"""What a run of evidence answers: one number a cell for each question, and its range over runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from guide_helpers.errors import GuideError

PARTS = ("method", "data", "seed")
"""What tells one cell from another."""


@dataclass(frozen=True)
class Question:
    """One number of a cell: which line of the results holds it, and in which unit it is told.

    `by` is what the value is divided by: its own null (then `mark`, a correct synthesis, is 1),
    one record of the original, or nothing. The less the better in all of them.
    """

    title: str
    unit: str
    kind: str
    entry: str
    quantity: str = ""
    by: str = ""
    mark: float | None = None


def _near(title: str, entry: str, quantity: str = "") -> Question:
    unit = "distance, times its null"
    return Question(title, unit, "measure", entry, quantity, "null", 1.0)


def _leak(title: str, attack: str) -> Question:
    return Question(title, "excess, %", "attack", attack, "excess", "percent", 0.0)


QUESTIONS: Mapping[str, Question] = MappingProxyType(
    {
        "columns": _near("Single variables", "marginal_distance", "1-way"),
        "pairs": _near("Tables of two variables", "marginal_distance", "2-way"),
        "triples": _near("Tables of three variables", "marginal_distance", "3-way"),
        "file": _near("Telling the files apart, by a regression", "propensity_mse"),
        "file_tree": _near("Telling the files apart, by a tree", "propensity_tree"),
        "means": _near("Means", "moments", "means"),
        "correlations": _near("Correlations", "correlation_difference", "Pearson"),
        "prediction": Question(
            "A model trained on the file, tried on real people", "loss of quality",
            "measure", "predictive_utility", "tree", mark=0.0,
        ),
        "linkage": _leak("Linkage by the only match", "unique_match"),
        "linkability": _leak("Linking two lists", "linkability"),
        "attribute": _leak("Inference of the sensitive value", "attribute_inference"),
        "class": _leak("Inference where a class agrees", "class_inference"),
        "membership": _leak("Membership by closest distance", "closest_distance"),
        "density": _leak("Membership by relative density", "relative_density"),
        "singling_out": _leak("Singling out by several values", "multivariate_singling_out"),
        "rules": Question(
            "Broken rules", "broken statements per 100 units", "check", "rules", "broken rules",
            "unit", 0.0,
        ),
    }
)  # fmt: skip
"""The questions that a matrix of one-table methods answers, the gentlest first."""


def answers(numbers: pd.DataFrame, costs: pd.DataFrame, question: str) -> pd.DataFrame:
    """Return the answer of each cell: method, data, seed and value, with an attack's interval.

    `numbers` and `costs` are the two tables of a run. Cells without an answer are left out: a
    method that refused, or a measure that the data set does not have.
    """
    asked = named(question)
    chosen = numbers[
        numbers["kind"].eq(asked.kind)
        & numbers["entry"].eq(asked.entry)
        & numbers["quantity"].eq(asked.quantity)
    ].dropna(subset="value")
    found = chosen[[*PARTS, "value", "low", "high"]].reset_index(drop=True)
    factor = _factor(asked, chosen.reset_index(drop=True), costs)
    for column in ("value", "low", "high"):
        found[column] = found[column].astype(float) * factor
    return found


def named(question: str) -> Question:
    """Return a question by its name."""
    if question not in QUESTIONS:
        raise GuideError(f"no question {question!r}; known: {', '.join(QUESTIONS)}")
    return QUESTIONS[question]


def _factor(asked: Question, chosen: pd.DataFrame, costs: pd.DataFrame) -> pd.Series | float:
    if asked.by == "null":
        return 1 / chosen["null_mean"].astype(float)
    if asked.by == "unit":
        units = costs.set_index([*PARTS])["units"]
        found = units.loc[pd.MultiIndex.from_frame(chosen[[*PARTS]])].to_numpy(float)
        return pd.Series(100 / found, index=chosen.index)
    return 100.0 if asked.by == "percent" else 1.0


def spread(found: pd.DataFrame) -> pd.DataFrame:
    """Return mean, lowest and highest over the runs, one line a method and data set."""
    over = found.groupby(["method", "data"], sort=False)["value"]
    return over.agg(value="mean", low="min", high="max", runs="size").reset_index()
