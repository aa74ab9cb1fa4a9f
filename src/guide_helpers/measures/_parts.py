"""Scores that are means over variables or pairs: each part is judged beside its own chance too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from guide_helpers.cards import Better, Null
from guide_helpers.catalogue import find
from guide_helpers.measures._judged import judged
from guide_helpers.results import NullBand, Score
from guide_helpers.schema import Dataset

Parts = Mapping[str, Mapping[str, float]]
"""For each variant, the value of each of its parts; NaN where a part has none."""
MEAN, WORST = "mean", "worst"
BETWEEN = "\x00"
"""Stands between variant and part in the name under which a part is judged."""


def judged_by_parts(
    measure: str,
    parts: Callable[[Dataset, Dataset], Parts],
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    of: str = "variable",
    worst: bool = False,
    beside: Mapping[str, pd.DataFrame] | None = None,
    control: Dataset | None = None,
    nulls: Sequence[Null | str] = (),
    draws: int = 16,
    note: str = "",
) -> list[Score]:
    """Return a score for each variant, the mean of its parts, and one for its worst part if asked.

    The mean keeps its meaning from file to file; the worst part grows with the number of parts,
    but so does its band. `details` has one line a part, the worst first: its value, what chance
    alone would make of it, and whether it lies beyond that. `beside` holds more columns for the
    details of a variant, by part. A part beyond chance is one outside a 95 % band of its own; gaps
    have a long tail and the band few draws, so about one in twenty is there by luck.
    """
    better: Better = find("measures", measure).card.better

    def flat(old: Dataset, new: Dataset) -> dict[str, float]:
        return _flat(parts(old, new), better, worst)

    found = judged(
        measure, flat, original, synthetic, rng=rng, control=control, nulls=nulls, draws=draws
    )
    scores = {s.variant: s for s in found}
    made = []
    for variant in (v for v in scores if BETWEEN not in v):
        stem = MEAN if variant == WORST else variant.removesuffix(f", {WORST}")
        lines = {v.split(BETWEEN)[1]: s for v, s in scores.items() if v.startswith(stem + BETWEEN)}
        table = _details(lines, of, better, (beside or {}).get(stem))
        notes = (_counted(table, of), note, scores[variant].note)
        said = " ".join(n for n in notes if n)
        made.append(replace(scores[variant], details=table, note=said))
    return made


def _flat(parts: Parts, better: Better, worst: bool) -> dict[str, float]:
    """Return means, worst parts and parts under one name each."""
    values: dict[str, float] = {}
    for variant, each in parts.items():
        known = np.array([x for x in each.values() if np.isfinite(x)])
        values[variant] = float(known.mean()) if known.size else np.nan
        if worst:
            extreme = np.min if better is Better.HIGHER else np.max
            values[_worst_of(variant)] = float(extreme(known)) if known.size else np.nan
    for variant, each in parts.items():
        values |= {f"{variant}{BETWEEN}{part}": x for part, x in each.items()}
    return values


def _worst_of(variant: str) -> str:
    return WORST if variant == MEAN else f"{variant}, {WORST}"


def _details(
    lines: Mapping[str, Score], of: str, better: Better, beside: pd.DataFrame | None
) -> pd.DataFrame:
    """Return one line a part, the worst first."""
    higher = better is Better.HIGHER
    table = pd.DataFrame({of: list(lines), "value": [s.value for s in lines.values()]})
    bands = [_band(s) for s in lines.values()]
    if all(b is not None for b in bands):
        table["expected by chance"] = [b.mean for b in bands if b]
        table["chance reaches"] = [b.low if higher else b.high for b in bands if b]
        reach = table["chance reaches"]
        table["beyond chance"] = table["value"] < reach if higher else table["value"] > reach
    if beside is not None:
        table = table.join(beside, on=of)
    return table.sort_values("value", ascending=higher, ignore_index=True, kind="stable")


def _band(score: Score) -> NullBand | None:
    wanted = score.card.null
    return next((b for b in score.bands if b.null is wanted), None)


def _counted(table: pd.DataFrame, of: str) -> str:
    """Return how many parts lie beyond chance and the name of the worst, where there is one."""
    if len(table) < 2:
        return ""
    words = f"{len(table)} {of}s"
    if "beyond chance" in table:
        count = int(table["beyond chance"].sum())
        words = f"{count or 'None'} of {words} {'lies' if count < 2 else 'lie'} beyond chance"
    if table["value"].nunique() < 2:
        return f"{words}."
    worst = table.iloc[0]
    return f"{words}; the farthest is {worst[of]} ({worst['value']:.3g})."


def pair_name(one: str, other: str) -> str:
    """Return how a pair of variables is called in the details."""
    return f"{one} × {other}"


def beside_pairs(original: Mapping[str, float], synthetic: Mapping[str, float]) -> pd.DataFrame:
    """Return the strength of each pair's relation in both files, for the details."""
    return pd.DataFrame({"original": pd.Series(original), "synthetic": pd.Series(synthetic)})
