"""Share of people with a synthetic record nearer than any other person, a measure that misleads."""

from __future__ import annotations

import numpy as np

from guide_helpers.cards import (
    Aspect,
    Better,
    MeasureCard,
    Null,
    Rung,
    Scope,
    UseCase,
    card,
    conditional,
    unfit,
)
from guide_helpers.measures._closeness import (
    TIE,
    Graph,
    checked,
    graphs,
    judged_by_dealing,
    sampled,
    spots,
)
from guide_helpers.neighbours import compared, points
from guide_helpers.results import Score
from guide_helpers.schema import Dataset

CELLS = 20
"""Cells of a numeric variable whose entropy is taken."""


@card(
    MeasureCard(
        title="Identifiability",
        summary=(
            "Share of original records whose nearest synthetic record is nearer than their "
            "nearest other original record, with rare variables counting more; it misleads, "
            "because it calls nearness a risk and its absence safety."
        ),
        sources=("yoon2020", "yao2025", "ganev2023"),
        suits={
            UseCase.PUBLIC_RELEASE: unfit("a clean value proves nothing; attack the file"),
            UseCase.TESTING_ANALYSIS: unfit("a clean value proves nothing; attack the file"),
            UseCase.EDUCATION: conditional("as an exhibit of a measure that misleads"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "as an alarm for plain copies, never as proof that there are none"
            ),
        },
        aspect=Aspect.RISK,
        rung=Rung.MISLEADING,
        scope=Scope.BROAD,
        unit="share of original records",
        bounds=(0.0, 1.0),
        better=Better.NEAR_NULL,
        null=Null.FRESH_SAMPLE,
        reading_maker=(
            "Above its null: people have synthetic twins; attack the file. The source asks for "
            "less than a small epsilon (not the epsilon of differential privacy), but another "
            "sample of the population scores about a half where the files are of one size: a "
            "file far below that is a poor one."
        ),
        reading_user=(
            "Nothing. A supplier who shows you this number alone has not shown you that the "
            "people in the file are protected; ask for attacks with a control group, or for an "
            "epsilon."
        ),
        cannot_see=(
            "whether nearness lets anybody learn anything: common people have near neighbours in "
            "every good file. It does not see a leak that keeps its distance"
        ),
    )
)
def identifiability(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    control: Dataset | None = None,
    weighted: bool = True,
    records: int = 5_000,
    draws: int = 16,
) -> Score:
    """Return the share of original records that lie nearer to a synthetic one than to any other.

    A variable counts by one over its entropy, as in the source (`weighted=False`: all alike); the
    entropy of a quantity is that of 20 classes of its range, and no variable counts more than ten
    times the least. Distances are Gower's where the source has Euclid's. Records of one privacy
    unit are no neighbours. The null deals the units of the original and the control file out again,
    or of both files where no control is as large; it is about the synthetic share of all records.

    References
    ----------
    Yoon, Drumright and van der Schaar (2020), doi:10.1109/JBHI.2020.2980262
    """
    checked(records, draws)
    weights = _weights(original) if weighted else None
    old, new, held = spots(original, synthetic, control, weights=weights)
    graph, people = graphs(old, new, held, records=records, rng=rng)
    value, interval, band = judged_by_dealing(graph, _nearer, draws, rng, people)
    return Score(
        measure="identifiability",
        value=value,
        interval=interval,
        bands=(band,),
        note=sampled(records, old, new),
    )


def _nearer(graph: Graph, own: np.ndarray, kept: np.ndarray) -> float:
    asked = own[graph.rows] & kept[graph.rows]
    old, new = graph.nearest_in(own & kept)[:, 0], graph.nearest_in(~own & kept)[:, 0]
    return float((new < old - TIE)[asked].mean()) if asked.any() else 0.0


def _weights(original: Dataset) -> list[float]:
    """Return one over the entropy of each variable, within a factor of ten."""
    entropy = []
    for variable in compared(original):
        (own,) = points(original, original, names=[variable.name])
        values = own.levels[0] if len(own.levels) else (own.places[0] * CELLS).round()
        share = np.unique(values, return_counts=True)[1] / len(values)
        entropy.append(float(-(share * np.log(share)).sum()))
    most = max(entropy) or 1.0
    return [1 / max(e, most / 10) for e in entropy]
