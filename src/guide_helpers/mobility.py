"""From rows of units in places to trips between places, and maps of square zones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.schema import Dataset, Kind, Schema, Variable

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

ORIGIN, DESTINATION = "origin", "destination"
BAR = {"orientation": "h", "y": 0, "yanchor": "top", "thickness": 12, "len": 0.9}


def trips(data: Dataset, place: str) -> Dataset:
    """Return one row for each change of the place of a unit: from where to where.

    The privacy unit stays. A trip is two rows of a unit in order, in different places; nobody
    knows what lies between them.
    """
    if data.entity is None:
        raise GuideError("trips belong to units; declare the entity of the rows")
    v = data.schema[place]
    by = [data.entity] + ([data.time] if data.time is not None else [])
    rows = data.rows.sort_values(by, kind="stable")
    unit, here = rows[data.entity].to_numpy(), rows[place]
    codes = here.cat.codes.to_numpy() if v.discrete else pd.factorize(here)[0]
    known = (codes[1:] >= 0) & (codes[:-1] >= 0)
    went = np.flatnonzero((unit[1:] == unit[:-1]) & (codes[1:] != codes[:-1]) & known)
    label = here.astype(object).to_numpy()
    made = {data.entity: unit[went], ORIGIN: label[went], DESTINATION: label[went + 1]}
    ends = [Variable(n, v.kind, v.role, levels=v.levels, levels_from=v.levels_from)
            for n in (ORIGIN, DESTINATION)]  # fmt: skip
    schema = Schema((Variable(data.entity, Kind.IDENTIFIER), *ends))
    return Dataset.of(pd.DataFrame(made), schema, entity=data.entity, name=f"trips of {data.name}")


def zone_maps(
    tables: Mapping[str, pd.Series],
    coordinates: Mapping[Any, Sequence[float]],
    *,
    title: str,
    unit: str,
    alt: str,
    caption: str = "",
    columns: int = 2,
) -> Figure:
    """Return maps of zones side by side, one colour scale for all: darker is more."""
    from plotly.subplots import make_subplots

    xy = np.array([coordinates[zone] for zone in coordinates], dtype=float)
    x, y = np.unique(xy[:, 0]), np.unique(xy[:, 1])
    lines = -(-len(tables) // columns)
    gap = {"horizontal_spacing": 0.05, "vertical_spacing": 0.12 / max(1, lines - 1)}
    figure = make_subplots(lines, columns, subplot_titles=list(tables), **gap)
    top = max(float(values.max()) for values in tables.values())
    for place, (name, values) in enumerate(tables.items()):
        grid = np.full((len(y), len(x)), np.nan)
        known = values.reindex(list(coordinates)).to_numpy(dtype=float)
        grid[np.searchsorted(y, xy[:, 1]), np.searchsorted(x, xy[:, 0])] = known
        figure.add_heatmap(
            x=x, y=y, z=grid, zmin=0, zmax=top, colorscale="Blues", name=name,
            showscale=place == 0, colorbar=BAR | {"title": {"text": unit, "side": "bottom"}},
            hovertemplate="%{x} km, %{y} km: %{z:.3g}<extra>" + name + "</extra>",
            row=1 + place // columns, col=1 + place % columns,
        )  # fmt: skip
    figure.update_xaxes(visible=False, constrain="domain")
    figure.update_yaxes(visible=False, constrain="domain")
    figure.for_each_yaxis(lambda axis: axis.update(scaleanchor=axis.anchor))
    figure.update_layout(
        title={"text": title, "x": 0.02, "font": {"size": 15}},
        height=130 + 240 * lines,
        margin={"l": 10, "r": 10, "t": 70, "b": 60},
        meta={"alt": alt, "caption": caption},
    )
    return figure.update_annotations(font={"size": 12})
