"""Distance of synthetic records to the closest original record (DCR), a measure that misleads."""

from __future__ import annotations

import numpy as np
import pandas as pd

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
    Spots,
    band_around,
    checked,
    interval_around,
    judged_by_dealing,
    sampled,
    spots,
    spread,
)
from guide_helpers.results import Score
from guide_helpers.schema import Dataset

TENTHS = (0.05, 0.25, 0.5)
"""Shares of the nearest records whose distance stands in the details."""


@card(
    MeasureCard(
        title="Distance to the closest record (DCR)",
        summary=(
            "Probability that a synthetic record lies nearer to the original than another person "
            "does; with a control file also the share of synthetic records nearer to the "
            "original than to the control; it misleads, because files that pass it were attacked "
            "with success."
        ),
        sources=("yao2025", "ganev2023", "platzer2021", "gower1971"),
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
        unit="share of synthetic records",
        bounds=(0.0, 1.0),
        better=Better.NEAR_NULL,
        null=Null.FRESH_SAMPLE,
        reading_maker=(
            "Above its null: synthetic records crowd around original ones, so stop and attack "
            "the file. Within its null it proves nothing: a file can keep its distance and still "
            "give every member away. Never publish it record by record: whoever can ask for "
            "distances can rebuild records."
        ),
        reading_user=(
            "Nothing. A supplier who shows you this number alone has not shown you that the "
            "people in the file are protected; ask for attacks with a control group, or for an "
            "epsilon."
        ),
        cannot_see=(
            "who is exposed: it is an average over synthetic records and asks nobody what can be "
            "learned about a person. It does not see leaks that are no nearness (a fixed shift, "
            "a swap, a code), nor a few copies among many records, and it changes with the "
            "variables that are counted"
        ),
    )
)
def distance_to_closest(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    control: Dataset | None = None,
    records: int = 5_000,
    draws: int = 16,
) -> list[Score]:
    """Return the probability of lying nearer to the original than another person, ties half.

    The distance to the closest original record, in ranges of the original, is Gower's. "Another
    person" is one of the control file, or without it one of the original, with the distance to
    the closest record of anybody else. The null, 0.5, is that of a fresh sample; its band comes
    from the variance of a rank, clustered by privacy unit.

    With a control file a second score has the share of synthetic records nearer to the original
    than to the control, ties half (SDMetrics' DCROverfittingProtection counts a tie as nearer to
    the control, and takes the range of each file for its own distances). Its null deals the
    people of both files out again. `details` hold the distances of the nearest 5 %, 25 % and 50 %.

    References
    ----------
    Platzer and Reutterer (2021), doi:10.3389/fdata.2021.679939
    """
    checked(records, draws)
    old, new, held = spots(original, synthetic, control)
    asked = new.some(records, rng)
    near = asked.to(old)[:, 0]
    people = (old if held is None else held).some(records, rng)
    usual = (people.to_others(old) if held is None else people.to(old))[:, 0]
    found = [_against_people(asked, near, people, usual, sampled(records, old, new, held))]
    if held is not None:
        found.append(_against_control(old, held, asked, records, draws, rng))
    return found


def _against_people(
    asked: Spots, near: np.ndarray, people: Spots, usual: np.ndarray, note: str
) -> Score:
    place = _placed(near, usual)
    value = float(place.mean())
    noise = spread(place, asked.units) + spread(_placed(usual, near), people.units)
    own = spread(_placed(usual, usual), people.units)
    null = own * (1 + len(people) / len(asked))
    quantiles = {"synthetic records": near, "other people": usual}
    details = pd.DataFrame({n: np.quantile(x, TENTHS) for n, x in quantiles.items()})
    details.index = pd.Index([f"nearest {100 * t:.0f} %" for t in TENTHS], name="up to")
    return Score(
        measure="distance_to_closest",
        variant="against other people",
        value=value,
        interval=interval_around(value, noise),
        bands=(band_around(0.5, null),),
        details=details,
        note=note,
    )


def _placed(near: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Return, for each distance, the share of the usual ones that are greater, ties half."""
    order = np.sort(usual)
    above = 1 - np.searchsorted(order, near + TIE, side="right") / len(order)
    upto = 1 - np.searchsorted(order, near - TIE, side="left") / len(order)
    place: np.ndarray = (above + upto) / 2
    return place


def _against_control(
    old: Spots, held: Spots, asked: Spots, records: int, draws: int, rng: np.random.Generator
) -> Score:
    graph = Graph.of(old, held, records=records, rng=rng, asked=asked)
    value, _, band = judged_by_dealing(graph, _nearer, draws, rng)
    closer = _each_nearer(graph, graph.own())
    return Score(
        measure="distance_to_closest",
        variant="original against control",
        value=value,
        interval=interval_around(value, spread(closer, asked.units)),
        bands=(band,),
        note=f"Of two files of {len(old):,} and {len(held):,} records.",
    )


def _each_nearer(graph: Graph, own: np.ndarray) -> np.ndarray:
    gap = _gap(graph.nearest_in(own)[:, 0], graph.nearest_in(~own)[:, 0])
    return np.where(np.abs(gap) <= TIE, 0.5, gap > 0).astype(float)


def _gap(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return by how much the second is greater; nothing where neither was found."""
    with np.errstate(invalid="ignore"):
        gap: np.ndarray = np.nan_to_num(other - one, nan=0.0, posinf=1.0, neginf=-1.0)
    return gap


def _nearer(graph: Graph, own: np.ndarray, kept: np.ndarray) -> float:
    del kept
    return float(_each_nearer(graph, own).mean())
