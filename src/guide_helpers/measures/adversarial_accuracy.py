"""Nearest-neighbour adversarial accuracy (NNAA), a measure that misleads."""

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
from guide_helpers.results import Score
from guide_helpers.schema import Dataset


@card(
    MeasureCard(
        title="Nearest-neighbour adversarial accuracy (NNAA)",
        summary=(
            "How often the nearest record is of the same file, original or synthetic: 0.5 where "
            "the files are mixed, towards 0 where synthetic records lie on original ones, 1 "
            "where they keep apart; it misleads where it is taken for safety."
        ),
        sources=("yale2020", "ganev2023", "yao2025"),
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
        unit="share of records",
        bounds=(0.0, 1.0),
        better=Better.NEAR_NULL,
        null=Null.FRESH_SAMPLE,
        reading_maker=(
            "Below its null: copies, so stop and attack the file. Above: the file is poor. "
            "Within it proves nothing, since many poor records and a few copies add up to 0.5."
        ),
        reading_user=(
            "Nothing. A supplier who shows you this number alone has not shown you that the "
            "people in the file are protected; ask for attacks with a control group, or for an "
            "epsilon."
        ),
        cannot_see=(
            "who is exposed: it is an average over all records of both files, and misfit and "
            "copying cancel out in it"
        ),
    )
)
def adversarial_accuracy(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    control: Dataset | None = None,
    records: int = 5_000,
    draws: int = 16,
) -> Score:
    """Return the mean of two shares: of records whose nearest other one is of their own file.

    For original records the closest synthetic one must be farther than the closest other original
    one, for synthetic records the other way round; a tie is no such case, as in the source. Records
    of one privacy unit are no neighbours. The null deals the units of the original and
    the control file out again, or of both files where no control is as large as the synthetic one.

    References
    ----------
    Yale et al. (2020), doi:10.1016/j.neucom.2019.12.136
    """
    checked(records, draws)
    old, new, held = spots(original, synthetic, control)
    graph, people = graphs(old, new, held, records=records, rng=rng)
    value, interval, band = judged_by_dealing(graph, _accuracy, draws, rng, people)
    return Score(
        measure="adversarial_accuracy",
        value=value,
        interval=interval,
        bands=(band,),
        note=sampled(records, old, new),
    )


def _accuracy(graph: Graph, own: np.ndarray, kept: np.ndarray) -> float:
    mine, asked = own[graph.rows], kept[graph.rows]
    old, new = graph.nearest_in(own & kept)[:, 0], graph.nearest_in(~own & kept)[:, 0]
    apart = np.where(mine, new > old + TIE, old > new + TIE)
    shares = [apart[asked & of].mean() for of in (mine, ~mine) if (asked & of).any()]
    return float(np.mean(shares))
