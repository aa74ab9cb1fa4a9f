"""The null-band explorer: what noise alone makes of a measure, by records and by table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from guide_helpers import figures
from guide_helpers.cards import Null
from guide_helpers.errors import GuideError
from guide_helpers.results import Score, Synthetic
from guide_helpers.schema import Dataset
from guide_helpers.verbs import compare, generate
from guide_helpers.widgets.lab import Control, Lab

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

TIMES = {0.5: "half as many", 1: "as many", 2: "twice as many"}


def null_bands(
    data: Dataset,
    *,
    records: Sequence[int] = (500, 1_000, 2_000, 5_000),
    ways: Sequence[int] = (1, 2, 3),
    methods: Sequence[str] = ("cart", "independent"),
    sizes: Sequence[float] = (1,),
    draws: int = 16,
    seed: int = 1,
) -> Lab:
    """Return a lab that shows files of some methods on the band of a null.

    The original is the first so many units of `data` in a random order, so that a smaller one is
    part of a greater; the methods learn from it anew at each size. `sizes` are those of the
    synthetic file, in originals; with more than one there is a control for them.
    """
    if max(records) > data.n_units:
        raise GuideError(
            f"records={max(records)} is more than the {data.n_units} units of the data; "
            "ask for fewer"
        )
    order = np.random.default_rng(seed).permutation(data.n_units)
    usual = 1 if 1 in sizes else sizes[0]

    @cache
    def original(n: int) -> Dataset:
        return data.take_units(np.sort(order[:n]))

    @cache
    def file(method: str, n: int, size: float) -> Synthetic:
        return generate(original(n), method, n=round(size * n), seed=seed)

    @cache
    def scored(method: str, n: int, size: float) -> dict[int, Score]:
        asked: dict[str, Any] = {"ways": tuple(ways), "draws": draws, "nulls": list(Null)}
        made = file(method, n, size)
        found = compare(original(n), made, measures="marginal_distance", **asked)
        return dict(zip(ways, found, strict=True))

    @cache
    def farthest(way: int) -> float:
        """Return the right end of the axis, the same for all files."""
        smallest = (min(records), min(sizes))
        most = [scored(method, *smallest)[way] for method in methods]
        ends = [b.high for s in most for b in s.bands] + [s.value for s in most]
        return max(ends + [s.interval.high for s in most if s.interval])

    def figure(n: int, way: int, null: Null, size: float = usual) -> Figure:
        found = {method: scored(method, n, size)[way] for method in methods}
        made = f", {round(size * n):,} synthetic" if len(sizes) > 1 else ""
        title = f"{n:,} records{made}, {way}-way"
        drawn = figures.scores(found, null=null, title=title)
        drawn.update_layout(
            meta={**drawn.layout.meta, "alt": f"{title}. {drawn.layout.meta['alt']}"}
        )
        return drawn.update_xaxes(range=[0, 1.05 * farthest(way)])

    controls: tuple[Control, ...] = (
        Control("Records", tuple(records), [f"{n:,}" for n in records], len(records) // 2),
        Control("Variables in a table", tuple(ways)),
        Control("Null", tuple(Null), [n.value for n in Null], scale=False),
    )
    if len(sizes) > 1:
        words = [TIMES.get(s, f"{s:g} times as many") for s in sizes]
        more = Control("Synthetic records", tuple(sizes), words, list(sizes).index(usual))
        controls = (*controls, more)
    return Lab(controls, figure, "How close is close?")
