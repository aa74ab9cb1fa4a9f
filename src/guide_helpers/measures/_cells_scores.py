"""Scores of measures that are one statistic of each k-way table, averaged over the tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from guide_helpers.cards import MeasureCard, Null
from guide_helpers.catalogue import find
from guide_helpers.errors import GuideError
from guide_helpers.intervals import Interval, normal_quantile
from guide_helpers.measures._cells_tables import (
    Found,
    Resamples,
    Statistic,
    coded,
    measure_tables,
    resampled,
)
from guide_helpers.measures._encode import measured
from guide_helpers.measures._judged import asked, prediction_band
from guide_helpers.measures._tables import choose_tables, equivalent_share
from guide_helpers.results import NullBand, Score
from guide_helpers.schema import Dataset

NULLS = (Null.CORRECT_MODEL, Null.FRESH_SAMPLE)


def table_scores(
    measure: str,
    statistic: Statistic,
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    ways: Sequence[int],
    bins: int,
    max_tables: int | None,
    draws: int,
    nulls: Sequence[Null | str],
    subsample_share: float,
    control: Dataset | None,
    scale: tuple[float, float] = (0.0, 1.0),
) -> list[Score]:
    """Return a score for each way: the mean of a statistic over the tables, with its bands.

    Numeric variables are cut at quantiles of the original into at most `bins` cells, with ties,
    special values, missing values and what lies outside the original's range in cells of their
    own. Of more than `max_tables` tables a random part is measured. The value shown is
    scale[0] + scale[1] times the mean.

    Correct-model null: bootstraps of the original, of the synthetic file's size, by privacy unit.
    Fresh-sample null: with a `control`, original and control are shuffled and dealt out again;
    without, two parts of the original that share no unit, carried on to the files' size by the
    power of the size that smaller parts show. The interval is that of another copy of the same
    size from the same synthesis, by the delta method; it is too wide where all is noise.
    """
    card: MeasureCard = find("measures", measure).card
    wanted = asked(nulls, card)
    if draws < 2 or not 0 < subsample_share < 1:
        raise GuideError(
            f"draws={draws} must be 2 or more, subsample_share={subsample_share} between 0 and 1"
        )
    most = len(measured(original))
    possible = [k for k in ways if 1 <= k <= most]
    if not possible:
        raise GuideError(f"ways={tuple(ways)} asks for no table that {most} variables can make")
    data = coded(original, synthetic, control, bins)
    share = subsample_share if Null.SUBSAMPLE in wanted else None
    drawn = resampled(original, synthetic, control, draws, share, rng)
    scores = []
    for k in possible:
        tables = choose_tables(most, k, max_tables)
        found = measure_tables(data, tables, drawn, statistic)
        names = [" × ".join(data.names[i] for i in t) for t in tables]
        bands = _bands(found, wanted, scale, card.bounds)
        interval = _interval(found, synthetic.units, scale, card.bounds)
        scores.append(
            Score(
                measure=measure,
                variant=f"{k}-way",
                value=scale[0] + scale[1] * float(found.observed.mean()),
                interval=interval,
                bands=bands,
                details=_details(names, found, statistic, len(synthetic), scale),
                note=_note(found, drawn, statistic, len(original), len(synthetic)),
            )
        )
    return scores


def _bands(
    found: Found,
    nulls: Sequence[Null],
    scale: tuple[float, float],
    bounds: tuple[float | None, float | None],
) -> tuple[NullBand, ...]:
    drawn = {
        Null.CORRECT_MODEL: found.correct,
        Null.FRESH_SAMPLE: found.fresh,
        Null.SUBSAMPLE: found.subsample,
    }
    return tuple(
        prediction_band(n, scale[0] + scale[1] * drawn[n], bounds)
        for n in nulls
        if len(drawn[n]) > 1
    )


def _interval(
    found: Found,
    units: np.ndarray,
    scale: tuple[float, float],
    bounds: tuple[float | None, float | None],
) -> Interval:
    """Return the interval by the delta method, with records of one unit taken together."""
    value = scale[0] + scale[1] * float(found.observed.mean())
    influence = found.influence
    totals = np.bincount(units, influence - influence.mean())
    reach = abs(scale[1]) * float(np.sqrt((totals**2).sum())) / len(influence)
    reach *= normal_quantile(0.95)
    low, high = (-np.inf if b is None else b for b in bounds)
    high = np.inf if bounds[1] is None else high
    return Interval(
        float(max(low, value - reach)),
        float(min(high, value + reach)),
        "sampling noise of one copy, delta method",
    )


def _details(
    names: list[str], found: Found, statistic: Statistic, n2: int, scale: tuple[float, float]
) -> pd.DataFrame:
    """Return one line a table, those first that exceed chance most."""
    with np.errstate(divide="ignore", invalid="ignore"):
        times = np.where(found.observed > 0, found.observed / found.chance, 0.0)
    columns = {
        "variables": names,
        statistic.name: scale[0] + scale[1] * found.observed,
        "cells": found.cells,
        "expected by chance": scale[0] + scale[1] * found.chance,
        "times chance": times,
    }
    if statistic.expected is not None:
        by_formula = scale[0] + scale[1] * statistic.expected(found.cells, float(n2))
        columns["expected by formula"] = by_formula
    table = pd.DataFrame(columns)
    return table.sort_values(
        ["times chance", "variables"], ascending=[False, True], ignore_index=True
    )


def _note(found: Found, drawn: Resamples, statistic: Statistic, n1: int, n2: int) -> str:
    number = len(found.observed)
    said = f"Mean of {number:,} table{'s' if number > 1 else ''}"
    if statistic.expected is not None and found.cells.max() > 1:
        by_formula = float(statistic.expected(found.cells, float(n2)).mean())
        ratio = float(found.observed.mean()) / by_formula
        fresh = ((n1 + n2) / n1) ** _grown(statistic.power)
        said += f"; S {ratio:.2f} by formula (correct synthesis 1, fresh sample {fresh:.2f})"
    if statistic.power < 0:
        share = equivalent_share(float(found.observed.mean()), drawn.grid_shares, found.grid)
        said += _as_noisy(share)
    if found.outside >= 0.0005:
        said += f"; {100 * found.outside:.1f} % of its records lie in cells empty in the original"
    return said + "."


def _grown(power: float) -> float:
    """Return the power of 1/(1 - c) by which a fresh sample exceeds a correct synthesis."""
    return 0.5 if power == -0.5 else 1.0


def _as_noisy(share: float | None) -> str:
    lowest, highest = 0.005, 0.99
    if share is None:
        return ""
    if share > highest:
        return "; less noisy than a 99 % sample of the original"
    if share <= lowest:
        return "; noisier than a 1 % sample of the original"
    return f"; as noisy as a {100 * share:.0f} % sample of the original"
