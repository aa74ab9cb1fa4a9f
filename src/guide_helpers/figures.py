"""Results as plotly figures: each says in words what it shows, and none shows a single record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from guide_helpers._figure_data import (
    MOST_LEVELS,
    Copies,
    axis_title,
    enough,
    groups_of,
    heat_words,
    leaf_areas,
    levels_of,
    line_words,
    margin_cells,
    margin_words,
    mean_and_error,
    named_files,
    not_drawn,
    percent_at,
    quantity,
    short,
    spoken,
)
from guide_helpers.cards import Null
from guide_helpers.errors import GuideError
from guide_helpers.intervals import Estimate, normal_quantile
from guide_helpers.results import Comparison, NullBand, PrivacyLoss, Risk, Score
from guide_helpers.schema import Dataset, Variable

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from guide_helpers.methods.cart import Cart

ORIGINAL = "#1F83C4"
SYNTHETIC = ("#D55E00", "#00916A", "#B5659A", "#8A7A1E", "#7D6BC4")
NEUTRAL = "#808080"
BAND = "rgba(128,128,128,0.35)"
MARKS = ("circle", "diamond", "square", "triangle-up", "x", "star")
DIVERGING = [[0.0, "#1F83C4"], [0.5, "#F2F2F2"], [1.0, "#D55E00"]]
TALLEST = 450
FEW_LABELS = 5
LOG_TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]


def scores(
    comparison: Comparison | Score | Mapping[str, Comparison | Score],
    *,
    null: Null | str | None = None,
    title: str | None = None,
    alt: str | None = None,
    caption: str | None = None,
) -> Figure:
    """Return each score as a point with its interval, on the band of its null.

    One row of the figure is one measure with its own axis and unit; several named comparisons
    share the rows. `null` asks for another band than the card's.
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    named = _named_scores(comparison)
    wanted = None if null is None else Null(null)
    kinds = list(dict.fromkeys(s.name for group in named.values() for s in group))
    units = {s.name: s.card.unit for group in named.values() for s in group}
    rows = [f"{_wrapped(kind, 40)},<br>{units[kind]}" for kind in kinds]
    figure = make_subplots(len(kinds), 1, subplot_titles=rows, vertical_spacing=0.45 / len(kinds))
    findings = []
    for place, (name, group) in enumerate(named.items()):
        for s in group:
            row, first = kinds.index(s.name) + 1, s.name == kinds[0]
            band = s.band(wanted)
            y = [name]
            figure.add_trace(
                go.Scatter(
                    x=[band.low, band.high],
                    y=y * 2,
                    mode="lines",
                    line={"width": 14, "color": BAND},
                    name=f"{band.null.value} null",
                    legendgroup="null",
                    showlegend=first and place == 0,
                ),
                row,
                1,
            )
            figure.add_trace(
                go.Scatter(
                    x=[s.value],
                    y=y,
                    error_x=_reach([s.value], [s.interval]),
                    mode="markers",
                    marker=_marker(place),
                    name=name,
                    showlegend=False,
                ),
                row,
                1,
            )
            findings.append(f"{name}: {_against(s, wanted)}")
    figure.update_annotations(font={"size": 12}, x=0, xanchor="left", align="left")
    figure.update_yaxes(autorange="reversed", dtick=1)
    tall = 115 + len(kinds) * (85 + 20 * len(named))
    finished = _finish(
        figure,
        title or "Scores against their null",
        alt or " ".join([_standing_words(named, wanted), *findings]),
        caption or "Point: score with its 95 % interval. Grey: the middle 95 % under the null.",
        height=tall,
        tallest=900,
    )
    return finished.update_layout(margin_t=80)


def risk(
    risks: Risk | Mapping[str, Risk],
    *,
    title: str | None = None,
    alt: str | None = None,
    caption: str | None = None,
) -> Figure:
    """Return three bars a risk: guessing, people outside the file, people in it."""
    import plotly.graph_objects as go

    named = {risks.card.title: risks} if isinstance(risks, Risk) else dict(risks)
    names = list(named)
    figure = go.Figure()
    figure.add_bar(
        x=names,
        y=[100 * r.guessing_rate for r in named.values()],
        name="guessing without the file",
        marker={"color": NEUTRAL, "pattern": {"shape": "/"}},
    )
    for label, colour, rates in (
        ("people outside the file", ORIGINAL, [r.control_rate for r in named.values()]),
        ("people in the file", SYNTHETIC[0], [r.rate for r in named.values()]),
    ):
        if any(rates):
            figure.add_bar(
                x=names,
                y=[100 * e.value if e else None for e in rates],
                error_y=_percent_reach(rates),
                name=label,
                marker={"color": colour},
            )
    tops = [
        100 * max(_high(r.rate), _high(r.control_rate), r.guessing_rate) for r in named.values()
    ]
    for name, top, r in zip(names, tops, named.values(), strict=True):
        figure.add_annotation(
            x=name, y=top, yshift=18, font={"size": 11}, showarrow=False, text=_excess(r, "<br>")
        )
    figure.update_layout(barmode="group", bargap=0.3)
    figure.update_yaxes(title="right, % of targets", range=[0, 1.25 * max(tops)])
    overall = [f"Of the excesses, {words}" for words in _surely({"": named})]
    return _finish(
        figure,
        title or "What the attack gets right",
        alt or " ".join([*overall, *(f"{n}: {_risk_words(r)}" for n, r in named.items())]),
        caption or "Excess: what the file adds for its members, of what was left to gain.",
    )


def excess(
    risks: Mapping[str, Risk] | Mapping[str, Mapping[str, Risk]],
    *,
    along: str = "",
    title: str | None = None,
    alt: str | None = None,
    caption: str | None = None,
) -> Figure:
    """Return the excess of several risks as points with their intervals, beside zero.

    Mappings within the mapping are series of their own; `along` says what the risks run over.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    findings = []
    series = _series_of_risks(risks)
    for place, (name, group) in enumerate(series.items()):
        found = {n: r.excess for n, r in group.items()}
        figure.add_scatter(
            x=list(found),
            y=[100 * e.value if e else None for e in found.values()],
            error_y=_percent_reach(list(found.values())),
            mode="markers",
            marker=_marker(place),
            name=name,
        )
        said = f"{name}, " if len(series) > 1 else ""
        findings += [f"{said}{n}: {_excess(r)}." for n, r in group.items()]
    names = list(dict.fromkeys(n for group in series.values() for n in group))
    figure.add_hline(y=0, line={"color": NEUTRAL, "width": 1})
    figure.update_layout(scattermode="group", scattergap=0.6, showlegend=len(series) > 1)
    figure.update_xaxes(title=along or None, type="category", **_ticks(names))
    figure.update_yaxes(title="excess, % of what was left to gain")
    return _finish(
        figure,
        title or "What the file adds for its members",
        alt or " ".join([*_surely(series), *findings]),
        caption or "Point: excess with its 95 % interval. Zero: members fare like outsiders.",
    )


def _series_of_risks(
    given: Mapping[str, Risk] | Mapping[str, Mapping[str, Risk]],
) -> dict[str, dict[str, Risk]]:
    single = {name: r for name, r in given.items() if isinstance(r, Risk)}
    several = {name: dict(r) for name, r in given.items() if not isinstance(r, Risk)}
    return {**({"excess": single} if single else {}), **several}


def margin(
    original: Dataset,
    synthetic: Copies,
    column: str,
    *,
    bins: int = 30,
    smallest: int = 0,
    title: str | None = None,
    alt: str | None = None,
    caption: str | None = None,
) -> Figure:
    """Return the shares of one variable, original and synthetic side by side.

    Numeric variables are cut into `bins` common bins; the last one holds what lies beyond the
    original's 99.5 % quantile. Cells with fewer than `smallest` records are left out.
    """
    import plotly.graph_objects as go

    variable = original.schema[column]
    named = {"original": original, **named_files(synthetic)}
    cells = margin_cells(variable, {n: d[column] for n, d in named.items()}, bins)
    figure = go.Figure()
    shares = {
        n: np.where(count >= smallest, 100 * count / len(named[n]), np.nan)
        for n, count in cells.counts.items()
    }
    for place, (name, y) in enumerate(shares.items()):
        if variable.discrete:
            figure.add_bar(x=cells.places, y=y, name=name, marker=_fill(place))
        else:
            line = _line(place, shape="hvh")
            figure.add_scatter(x=cells.places, y=y, name=name, mode="lines", line=line)
    figure.update_layout(barmode="group")
    figure.update_xaxes(title=axis_title(variable))
    if variable.discrete:
        figure.update_xaxes(type="category", **_ticks(cells.places))
    figure.update_yaxes(title="records, %", rangemode="tozero")
    words = [
        margin_words(n, cells.names, shares["original"], s)
        for n, s in shares.items()
        if n != "original"
    ]
    return _finish(
        figure,
        title or f"Distribution of {variable.label or column}",
        alt or " ".join([f"Shares of {column} in {len(cells.names)} cells.", *words]),
        caption or not_drawn(variable, named, smallest),
        height=TALLEST if variable.discrete else 400,
    )


def relation(
    original: Dataset,
    synthetic: Copies,
    x: str,
    y: str,
    *,
    bins: int = 10,
    smallest: int = 0,
    title: str | None = None,
    alt: str | None = None,
    caption: str | None = None,
) -> Figure:
    """Return how `y` depends on `x` in each file.

    Means of a numeric `y` or the share of the last level of a two-level one as lines, by levels
    or quantile bins of `x`; shares of a `y` with more levels as a heat map of synthetic less
    original (of the first synthetic file). Groups with fewer than `smallest` records are left out,
    and those where fewer have one of two levels.
    """
    variable, outcome = original.schema[x], original.schema[y]
    named = {"original": original, **named_files(synthetic)}
    groups, places = groups_of(variable, {n: d[x] for n, d in named.items()}, bins)
    if outcome.numeric:
        values = {n: quantity(outcome, d[y]) for n, d in named.items()}
        what, unit = f"Mean of {outcome.label or y}", f" ({outcome.unit})" if outcome.unit else ""
    elif outcome.discrete:
        levels = levels_of(named, y)
        if len(levels) > 2:
            return _heat(
                named, groups, places, (variable, outcome), levels, smallest, (title, alt, caption)
            )
        values = {n: percent_at(d[y], levels[-1]) for n, d in named.items()}
        what, unit = f"Share with {y}: {levels[-1]}", ", %"
    else:
        raise GuideError(f"{y!r} is of kind {outcome.kind.value}; choose a quantity or levels")
    return _lines(values, groups, places, variable, (what, unit), smallest, (title, alt, caption))


def leaves(
    fitted: Cart,
    name: str,
    *,
    title: str | None = None,
    alt: str | None = None,
    caption: str | None = None,
) -> Figure:
    """Return the leaves of one tree on two ordered predictors, as areas of their plane.

    Numbers are those of `fitted.leaves(name)`. The ends of areas are values of records: this is
    for the maker of the file to look at.
    """
    import plotly.graph_objects as go

    across, up, values, boxes = leaf_areas(fitted, name)
    figure = go.Figure(
        go.Heatmap(
            x=across,
            y=up,
            z=values,
            colorscale=[[0.0, "#E8E8E8"], [1.0, ORIGINAL]],
            colorbar={"orientation": "h", "y": 1, "yanchor": "bottom", "thickness": 10},
            hovertemplate="%{x}<br>%{y}<br>mean %{z:.1f}<extra></extra>",
        )
    )
    for number, (left, right, low, high) in enumerate(boxes, start=1):
        figure.add_shape(
            type="rect", x0=left, x1=right, y0=low, y1=high, line={"width": 2, "color": "#000000"}
        )
        figure.add_annotation(
            x=(left + right) / 2,
            y=(low + high) / 2,
            text=str(number),
            showarrow=False,
            font={"size": 13, "color": "#000000"},
            bgcolor="#FFFFFF",
        )
    x, y = (fitted.data_.schema[n] for n in fitted.parts_[name].predictors)
    figure.update_xaxes(title=axis_title(x), type="category", **_few_ticks(across))
    figure.update_yaxes(title=axis_title(y), type="category", **_few_ticks(up))
    means = fitted.leaves(name)["mean of donors"].to_numpy()
    least, most = int(means.argmin()), int(means.argmax())
    return _finish(
        figure,
        title or f"Leaves of the tree for {name}",
        alt
        or f"The plane of {x.name} and {y.name} in {len(means)} areas, one for each leaf. The mean "
        f"of {name} is lowest in leaf {least + 1} ({means[least]:.1f}) and highest in leaf "
        f"{most + 1} ({means[most]:.1f}).",
        caption or f"Colour: mean of {name} among the donors of a leaf. The leaves are numbered.",
        height=TALLEST,
    )


def worst_tables(
    score: Score,
    *,
    most: int = 10,
    title: str | None = None,
    alt: str | None = None,
    caption: str | None = None,
) -> Figure:
    """Return the tables that are furthest off, with what chance alone would give."""
    import plotly.graph_objects as go

    details = _details(score, "distance").head(most)
    figure = go.Figure()
    figure.add_bar(
        x=100 * details["distance"],
        y=details["variables"],
        orientation="h",
        name="distance",
        marker={"color": SYNTHETIC[0]},
    )
    figure.add_scatter(
        x=100 * details["expected by chance"],
        y=details["variables"],
        mode="markers",
        name="expected by chance",
        marker={"symbol": "line-ns", "size": 14, "line": {"width": 3, "color": ORIGINAL}},
    )
    figure.update_xaxes(title="distance, % of records", rangemode="tozero")
    figure.update_yaxes(autorange="reversed", **_ticks(list(details["variables"]), 24))
    first = details.iloc[0]
    return _finish(
        figure,
        title or f"Tables that are furthest off: {score.variant}",
        alt
        or f"The {len(details)} worst of the {score.variant} tables. The worst is "
        f"{first['variables']}: {100 * first['distance']:.1f} % of the records would have to "
        f"change cell, {100 * first['expected by chance']:.1f} % by chance alone. The last shown "
        f"is {details['variables'].iloc[-1]} with {100 * details['distance'].iloc[-1]:.1f} %.",
        caption or "Share of records that would have to change cell. Tick: by chance alone.",
        height=130 + 30 * len(details),
    )


def coefficients(
    score: Score,
    *,
    scaled: bool | None = None,
    title: str | None = None,
    alt: str | None = None,
    caption: str | None = None,
) -> Figure:
    """Return a regression's coefficients with 95 % intervals, original beside synthetic.

    `scaled` shows them in standard errors of the original, which is done by itself where the
    coefficients are too unlike for one axis.
    """
    import plotly.graph_objects as go

    details = _details(score, "coefficient")
    errors = details["original error"]
    if scaled is None:
        scaled = bool(errors.max() > 10 * errors.min())
    unit = errors if scaled else pd.Series(1.0, index=errors.index)
    figure = go.Figure()
    for place, name in enumerate(("original", "synthetic")):
        figure.add_scatter(
            x=details[name] / unit,
            y=[np.arange(len(details)) + 0.3 * place - 0.15][0],
            error_x={
                "type": "data",
                "array": normal_quantile(0.95) * details[f"{name} error"] / unit,
            },
            mode="markers",
            name=name,
            marker=_marker(place, first=ORIGINAL),
        )
    figure.add_vline(x=0, line={"width": 1, "color": NEUTRAL, "dash": "dot"})
    figure.update_xaxes(
        title="coefficient, in standard<br>errors of the original" if scaled else "coefficient"
    )
    figure.update_yaxes(
        tickvals=list(range(len(details))),
        ticktext=_ticks(list(details["coefficient"]), 24)["ticktext"],
        autorange="reversed",
    )
    worst = details.iloc[int(details["overlap"].argmin())]
    return _finish(
        figure,
        title or "Coefficients and their intervals",
        alt
        or f"{len(details)} coefficients with 95 % intervals from the original and the synthetic "
        f"file. Intervals overlap by {100 * score.value:.0f} % on average, least for "
        f"{worst['coefficient']} ({100 * worst['overlap']:.0f} %); "
        f"{int(details['same sign'].sum())} agree in sign and "
        f"{int(details['same significance'].sum())} in significance.",
        caption or score.note,
        height=130 + 40 * len(details),
    )


def ledger(
    privacy: PrivacyLoss,
    *,
    title: str | None = None,
    alt: str | None = None,
    caption: str | None = None,
) -> Figure:
    """Return what each question to the records cost, out of the budget."""
    import plotly.graph_objects as go

    table = privacy.table().groupby("what", sort=False)[privacy.currency].sum()
    if len(table) > MOST_LEVELS:
        table = table.sort_values(ascending=False)
        rest = table.iloc[MOST_LEVELS - 1 :]
        table = pd.concat(
            [table.iloc[: MOST_LEVELS - 1], pd.Series({f"{len(rest)} others": rest.sum()})]
        )
    figure = go.Figure()
    figure.add_bar(x=table, y=list(table.index), orientation="h", marker={"color": ORIGINAL})
    figure.update_xaxes(title=f"{privacy.currency} spent", rangemode="tozero")
    figure.update_yaxes(autorange="reversed", dtick=1)
    dearest = str(table.idxmax())
    return _finish(
        figure,
        title
        or f"Privacy ledger: {privacy.spent:.3g} of {privacy.currency} {privacy.budget:.3g} spent",
        alt
        or f"{len(privacy.ledger)} {'expense' if len(privacy.ledger) == 1 else 'expenses'} of a "
        f"privacy budget of epsilon {privacy.epsilon:.3g} "
        f"and delta {privacy.delta:.3g}{_in_rho(privacy)}, {privacy.spent:.3g} spent in all. "
        "The dearest is "
        f"{dearest} with {table.max():.3g}. Neighbours: {privacy.relation}; protected unit: "
        f"{privacy.unit}; claim: {privacy.claim}.",
        caption or f"Relation: {privacy.relation}. Protected unit: {privacy.unit}.",
        height=130 + 24 * len(table),
        tallest=650,
    )


def ranked(
    values: pd.DataFrame,
    *,
    title: str,
    unit: str,
    log: bool = False,
    mark: float | None = None,
    alt: str | None = None,
    caption: str | None = None,
) -> Figure:
    """Return one line an entry with a point for each group, its lowest and highest as a bar.

    `values` has the columns entry, group, value, low and high; entries stand in the order of
    their first lines. `mark` draws a line across all: a null, or nothing.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    entries = list(dict.fromkeys(values["entry"]))
    for place, (name, part) in enumerate(values.groupby("group", sort=False)):
        figure.add_scatter(
            x=part["value"],
            y=part["entry"],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": part["high"] - part["value"],
                "arrayminus": part["value"] - part["low"],
                "thickness": 1,
            },
            mode="markers",
            name=str(name),
            marker=_marker(place, first=ORIGINAL),
        )
    if mark is not None:
        figure.add_vline(x=mark, line={"dash": "dot", "color": NEUTRAL})
    figure.update_yaxes(categoryorder="array", categoryarray=entries[::-1], dtick=1)
    figure.update_xaxes(title=unit, type="log" if log else "linear")
    mean = values.groupby("entry", sort=False)["value"].mean()
    first, last = mean.index[int(mean.argmin())], mean.index[int(mean.argmax())]
    return _finish(
        figure,
        title,
        alt
        or f"{len(entries)} entries. On average over the groups {first} is lowest "
        f"({mean.min():.3g}) and {last} highest ({mean.max():.3g}), in {unit}."
        + _lowest_by_group(values),
        caption or "Point: mean over seeds. Bar: lowest and highest seed.",
        height=110 + 21 * len(entries),
        tallest=900,
    )


def _lowest_by_group(values: pd.DataFrame) -> str:
    """Return the lowest and the highest entry of each of several groups."""
    said = []
    for name, part in values.groupby("group", sort=False):
        if len(part) > 1:
            least, most = (part.iloc[i] for i in (part["value"].argmin(), part["value"].argmax()))
            said.append(
                f"{name}: from {least['value']:.3g} ({least['entry']}) to {most['value']:.3g} "
                f"({most['entry']})."
            )
    return f" By group: {' '.join(said)}" if len(said) > 1 else ""


def plane(
    values: pd.DataFrame,
    *,
    x: str,
    y: str,
    entry: str,
    group: str,
    title: str,
    x_unit: str,
    y_unit: str,
    log_x: bool = False,
    mark: tuple[float, float] | None = None,
    alt: str | None = None,
    caption: str | None = None,
) -> Figure:
    """Return one point a line of a table, in the columns `x` and `y`; `mark` is a point to reach.

    Lines of one group share colour and shape; the name of an entry shows where it is pointed at.
    """
    import plotly.graph_objects as go

    figure = go.Figure()
    for place, (name, part) in enumerate(values.groupby(group, sort=False)):
        figure.add_scatter(
            x=part[x],
            y=part[y],
            mode="markers",
            name=str(name),
            text=part[entry],
            hovertemplate="%{text}<br>%{x:.3g}, %{y:.3g}<extra>" + str(name) + "</extra>",
            marker=_marker(place, first=ORIGINAL),
        )
    if mark is not None:
        figure.add_vline(x=mark[0], line={"dash": "dot", "color": NEUTRAL})
        figure.add_hline(y=mark[1], line={"dash": "dot", "color": NEUTRAL})
    figure.update_xaxes(title=x_unit, type="log" if log_x else "linear")
    figure.update_yaxes(title=_wrapped(y_unit, 24))
    near, safe = values.iloc[values[x].argmin()], values.iloc[values[y].argmax()]
    groups = values[group].nunique()
    return _finish(
        figure,
        title,
        alt
        or f"{len(values)} points in {groups} groups. Furthest left is {near[entry]} "
        f"({near[x]:.3g}; {near[y]:.3g}), highest is {safe[entry]} ({safe[x]:.3g}; {safe[y]:.3g}). "
        f"Across: {x_unit}; up: {y_unit}.",
        caption or "One point: the mean over seeds of one entry on one data set.",
        height=420 + 16 * groups,
        tallest=640,
    )


def network(
    structure: pd.DataFrame,
    *,
    title: str | None = None,
    alt: str | None = None,
    caption: str | None = None,
) -> Figure:
    """Return the variables of `BayesianNetwork.structure()` in a column, joined by their arrows.

    Parents stand above their children, so every arrow leads down.
    """
    import plotly.graph_objects as go

    names = list(structure.index)
    parents = {v: [u for u in text.split(", ") if u] for v, text in structure["parents"].items()}
    arrows = [(names.index(u), names.index(v)) for v in names for u in parents[v]]
    turn = np.linspace(0, np.pi, 25)
    figure = go.Figure()
    for place, (up, down) in enumerate(arrows):
        high, low = up + 0.15, down - 0.15
        figure.add_scatter(
            x=[*((down - up) * np.sin(turn)), 0.12],
            y=[*((high + low) / 2 - (low - high) / 2 * np.cos(turn)), low],
            mode="lines+markers",
            line={"color": SYNTHETIC[place % 3], "width": 1.5},
            marker={"symbol": "triangle-left", "size": [0] * len(turn) + [9]},
            name=f"{names[down]} from {names[up]}",
            showlegend=False,
        )
    figure.update_yaxes(range=[len(names) - 0.5, -0.5], tickvals=list(range(len(names))))
    figure.update_yaxes(ticktext=names, showgrid=False, zeroline=False)
    figure.update_xaxes(visible=False, rangemode="tozero")
    alone = [v for v in names if not parents[v]]
    drawn = "; ".join(f"{v} from {' and '.join(u)}" for v, u in parents.items() if u)
    finished = _finish(
        figure,
        title or f"{len(names)} variables and {len(arrows)} arrows",
        alt or f"Drawn alone: {', '.join(alone)}. Drawn given others: {drawn or 'none'}.",
        caption or "From top to bottom in the order of drawing. An arrow ends at the child.",
        height=90 + 30 * len(names),
        tallest=900,
    )
    return finished.update_layout(margin_b=20)


def _in_rho(privacy: PrivacyLoss) -> str:
    return f", counted as rho {privacy.rho:.3g}" if privacy.rho else ""


def _finish(
    figure: Figure,
    title: str,
    alt: str,
    caption: str,
    *,
    height: int = 400,
    tallest: int = TALLEST,
) -> Figure:
    """Give a figure its texts and a layout that a phone can show."""
    heading = _wrapped(title, 42)
    figure.update_layout(
        title={"text": heading, "x": 0.02, "font": {"size": 15}},
        height=min(tallest, height),
        margin={"l": 10, "r": 10, "t": 45 + 20 * heading.count("<br>"), "b": 70},
        legend={"orientation": "h", "x": 0, "y": 0, "yanchor": "bottom"},
        legend_xref="container",
        legend_yref="container",
        meta={"alt": alt, "caption": caption},
    )
    figure.update_xaxes(automargin=True)
    figure.update_yaxes(automargin=True)
    return figure


def _wrapped(text: str, width: int) -> str:
    """Return a text in lines of about `width` characters."""
    return "<br>".join(wrap(text, width))


def _few_ticks(names: Sequence[str]) -> dict[str, Any]:
    """Return labels for about five of many places."""
    shown = list(names)[:: max(1, -(-len(names) // 5))]
    return {**_ticks(shown, 14), "range": [-0.5, len(names) - 0.5]}


def _ticks(names: Sequence[str], width: int = 18) -> dict[str, Any]:
    """Return labels of categories: in two lines where there is room, else cut in the middle."""
    if len(names) <= FEW_LABELS:
        shown = ["<br>".join(wrap(n, width, max_lines=2, placeholder=" …")) for n in names]
    else:
        half = 12
        cut = [n if len(n) <= 2 * half else f"{n[:half]}…{n[-half:]}" for n in names]
        shown = [n if cut.count(c) > 1 else c for n, c in zip(names, cut, strict=True)]
    return {"tickvals": list(names), "ticktext": shown}


def _marker(place: int, first: str | None = None) -> dict[str, Any]:
    colours = SYNTHETIC if first is None else (first, *SYNTHETIC)
    return {
        "color": colours[place % len(colours)],
        "symbol": MARKS[place % len(MARKS)],
        "size": 9,
    }


def _fill(place: int) -> dict[str, Any]:
    """Return the fill of a bar: the original plain, each synthetic file in its own hatching."""
    shapes = ("", "/", "x", ".", "+", "-")
    colour = (ORIGINAL, *SYNTHETIC)[place % 6]
    return {"color": colour, "pattern": {"shape": shapes[place % 6], "fillmode": "overlay"}}


def _line(place: int, **more: Any) -> dict[str, Any]:
    dashes = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
    return {"color": (ORIGINAL, *SYNTHETIC)[place % 6], "dash": dashes[place % 6], **more}


def _reach(values: list[float], intervals: list[Any]) -> dict[str, Any] | None:
    """Return plotly's error bar from values to the ends of their intervals."""
    if any(i is None for i in intervals):
        return None
    return {
        "type": "data",
        "symmetric": False,
        "array": [i.high - v for v, i in zip(values, intervals, strict=True)],
        "arrayminus": [v - i.low for v, i in zip(values, intervals, strict=True)],
    }


def _percent_reach(rates: Sequence[Estimate | None]) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": [100 * (e.interval.high - e.value) if e else None for e in rates],
        "arrayminus": [100 * (e.value - e.interval.low) if e else None for e in rates],
    }


def _named_scores(
    given: Comparison | Score | Mapping[str, Comparison | Score],
) -> dict[str, list[Score]]:
    named = given if isinstance(given, Mapping) else {"synthetic": given}
    return {n: [c] if isinstance(c, Score) else list(c) for n, c in named.items()}


def _against(score: Score, null: Null | None) -> str:
    band = score.band(null)
    inside = "within" if band.low <= score.value <= band.high else "outside"
    spread = f" ({score.interval.low:.3g} to {score.interval.high:.3g})" if score.interval else ""
    return (
        f"{score.name} {score.value:.3g}{spread}, {inside} the {band.null.value} band "
        f"{band.low:.3g} to {band.high:.3g}."
    )


def _standing_words(named: Mapping[str, Sequence[Score]], wanted: Null | None) -> str:
    """Return how many scores lie in their band, and of which file."""
    inside = {name: sum(_in_band(s, wanted) for s in group) for name, group in named.items()}
    total, found = sum(map(len, named.values())), sum(inside.values())
    if total == 1 or found in (0, total):
        side = "within" if found else "outside"
        if total == 1:
            return f"1 score, {side} the band of its null."
        return f"{total} scores, all {side} the bands of their nulls."
    said = [
        n if len(named[n]) == 1 else f"{n} {k} of {len(named[n])}" for n, k in inside.items() if k
    ]
    return f"{total} scores, {found} within the bands of their nulls: {', '.join(said)}."


def _in_band(score: Score, wanted: Null | None) -> bool:
    band = score.band(wanted)
    return band.low <= score.value <= band.high


def _surely(series: Mapping[str, Mapping[str, Risk]]) -> list[str]:
    """Return, of four risks or more, which are surely above zero."""
    risks = {(name, n): r.excess for name, group in series.items() for n, r in group.items()}
    above = [key for key, e in risks.items() if e is not None and e.interval.low > 0]
    if len(risks) < 4:
        return []
    names = [n if len(series) == 1 else f"{name} {n}" for name, n in above]
    told = f": {', '.join(names)}" if 0 < len(names) <= 6 else ""
    return [f"{len(above)} of {len(risks)} are surely above zero{told}."]


def _high(rate: Estimate | None) -> float:
    return rate.interval.high if rate else 0.0


def _percent(e: Estimate) -> str:
    return f"{_tenths(e.value)} % ({_tenths(e.interval.low)} to {_tenths(e.interval.high)})"


def _tenths(share: float) -> str:
    """Return a share in per cent, without a minus before a rounded zero."""
    return f"{round(100 * share, 1) + 0.0:.1f}"


def _excess(r: Risk, between: str = " ") -> str:
    excess = r.excess
    if excess is None:
        return f"excess not{between}measurable"
    interval = f"({_tenths(excess.interval.low)} to {_tenths(excess.interval.high)})"
    return f"excess {_tenths(excess.value)} %{between}{interval}"


def _risk_words(r: Risk) -> str:
    outside = f"{_percent(r.control_rate)} for people outside it" if r.control_rate else ""
    parts = [
        f"{100 * r.guessing_rate:.1f} % by guessing",
        outside or "no control group",
        f"{_percent(r.rate)} for people in the file",
        _excess(r),
    ]
    return ", ".join(parts) + "."


def _lines(
    values: Mapping[str, np.ndarray],
    groups: list[str] | np.ndarray,
    places: Mapping[str, np.ndarray],
    variable: Variable,
    wording: tuple[str, str],
    smallest: int,
    texts: tuple[str | None, str | None, str | None],
) -> Figure:
    import plotly.graph_objects as go

    figure = go.Figure()
    title, alt, caption = texts
    what, unit = wording
    means = {}
    for place, (name, y) in enumerate(values.items()):
        use = (places[name] >= 0) & ~np.isnan(y)
        size = np.bincount(places[name][use], minlength=len(groups))
        mean, error = mean_and_error(y[use], places[name][use], size)
        shown = enough(y[use], places[name][use], size, smallest)
        mean[~shown], error[~shown] = np.nan, np.nan
        means[name] = mean
        figure.add_scatter(
            x=groups,
            y=mean,
            error_y={"type": "data", "array": normal_quantile(0.95) * error, "thickness": 1},
            mode="lines+markers",
            name=name,
            line=_line(place),
            marker=_marker(place, first=ORIGINAL),
        )
    figure.update_xaxes(title=axis_title(variable))
    figure.update_yaxes(title=_wrapped(what + unit, 24))
    if isinstance(groups, list):
        figure.update_xaxes(type="category", **_ticks(groups))
    drawn = means["original"][~np.isnan(means["original"])]
    first = f"Original runs from {spoken(drawn[0])} to {spoken(drawn[-1])}." if len(drawn) else ""
    words = [
        line_words(n, groups, means["original"], m) for n, m in means.items() if n != "original"
    ]
    return _finish(
        figure,
        title or f"{what} by {variable.label or variable.name}",
        alt
        or " ".join([f"{what}{unit}, by {len(groups)} groups of {variable.name}.", first, *words]),
        caption or "Error bars: 95 % intervals of the group's value, records taken as independent.",
        height=TALLEST,
    )


def _heat(
    named: Mapping[str, Dataset],
    groups: list[str] | np.ndarray,
    places: Mapping[str, np.ndarray],
    pair: tuple[Variable, Variable],
    levels: list[Any],
    smallest: int,
    texts: tuple[str | None, str | None, str | None],
) -> Figure:
    """Return the difference of conditional shares, in percentage points."""
    import plotly.graph_objects as go

    (variable, outcome), (title, alt, caption) = pair, texts
    other = next(n for n in named if n != "original")
    shares = {}
    for name in ("original", other):
        codes = pd.Index(levels).get_indexer(pd.Index(named[name][outcome.name].astype(object)))
        use = (places[name] >= 0) & (codes >= 0)
        flat = np.bincount(
            places[name][use] * len(levels) + codes[use], minlength=len(groups) * len(levels)
        )
        table = flat.reshape(len(groups), len(levels))
        size = table.sum(axis=1, keepdims=True)
        table = np.where(table >= smallest, table, np.nan)
        shares[name] = 100 * table / np.where(size >= max(1, smallest), size, np.nan)
    gap = (shares[other] - shares["original"]).T
    across = groups if isinstance(groups, list) else [short(g) for g in groups]
    reach = float(np.nanmax(np.abs(gap))) if not np.isnan(gap).all() else 1.0
    figure = go.Figure(
        go.Heatmap(
            x=across,
            y=[str(x) for x in levels],
            z=gap,
            zmin=-max(reach, 1e-9),
            zmax=max(reach, 1e-9),
            colorscale=DIVERGING,
            colorbar={"orientation": "h", "y": 1, "yanchor": "bottom", "thickness": 10},
            texttemplate="%{z:.0f}",
        )
    )
    figure.update_xaxes(title=axis_title(variable), type="category", **_ticks(across))
    figure.update_yaxes(
        title=_wrapped(axis_title(outcome), 30),
        type="category",
        **_ticks([str(x) for x in levels]),
    )
    return _finish(
        figure,
        title
        or f"{outcome.label or outcome.name} by {variable.label or variable.name}: "
        f"{other} less original",
        alt or heat_words(gap, across, levels, pair, other),
        caption or f"Share of {outcome.name} within each {variable.name}, in percentage points.",
        height=TALLEST,
    )


def _details(score: Score, column: str) -> pd.DataFrame:
    if score.details is None or column not in score.details:
        raise GuideError(f"{score.name} has no details by {column} to show")
    return score.details


def tradeoff(
    scores: Mapping[str, Mapping[float, Score]],
    risks: Mapping[str, Mapping[float, Risk]],
    *,
    chosen: tuple[str, float],
    beside: Mapping[str, tuple[Score, Risk]],
    unit: str = "distance, % of records",
    title: str | None = None,
    alt: str | None = None,
    caption: str | None = None,
) -> Figure:
    """Return a score above a risk, both along epsilon, with one method and one epsilon chosen.

    Scores are shares of several runs, shown in %: the point is their mean, the bar reaches from
    the lowest to the highest. Grey bands are the nulls of the chosen score. Results `beside` have
    no epsilon: a point at the right end and a dashed line. Grey lines are the other methods.
    """
    import plotly.graph_objects as go

    method, epsilon = chosen
    score, risk = scores[method][epsilon], risks[method][epsilon]
    traces = [
        trace
        for other in sorted(scores, key=lambda name: name == method)
        for trace in _along(scores[other], risks[other], other, epsilon, grey=other != method)
    ]
    places = [*(f"{e:g}" for e in scores[method]), *beside]
    here = places.index(f"{epsilon:g}")
    shapes = [_rule("x", here, "dot"), _rule("y2", 0.0, "solid")]
    for place, (name, found) in enumerate(beside.items(), start=1):
        points, lines = _without_epsilon(name, *found, place)
        traces, shapes = traces + points, shapes + lines
    figure = go.Figure(
        {
            "data": traces,
            "layout": {
                "shapes": [*shapes, *(_shade(band) for band in score.bands)],
                "annotations": [_named(band) for band in score.bands],
                "xaxis": {
                    "type": "category",
                    "categoryarray": places,
                    "tickvals": places,
                    "ticktext": ["<br>".join(wrap(p, 8)) for p in places],
                    "title": {"text": "epsilon"},
                    "anchor": "y2",
                },
                "yaxis": {
                    "type": "log",
                    "tickvals": LOG_TICKS,
                    "domain": [0.44, 1],
                    "title": {"text": unit},
                },
                "yaxis2": {"domain": [0, 0.38], "title": {"text": "excess, %"}},
            },
        }
    )
    said = [f"{method} at epsilon {epsilon:g}: {_pair_words(score, risk)}"]
    said += [f"{name}, no epsilon: {_pair_words(*found)}" for name, found in beside.items()]
    said += [
        f"The {b.null.value} null reaches from {_share(b.low)} to {_share(b.high)} %."
        for b in score.bands
    ]
    return _finish(
        figure,
        title or f"{method}, epsilon {epsilon:g}",
        alt or " ".join(said),
        caption
        or "Above, mean of the runs, bar from lowest to highest, grey bands the nulls. Below, "
        "excess of the attack with its 95 % interval. Grey lines: the other methods.",
        height=620,
        tallest=620,
    )


def _along(
    scores: Mapping[float, Score], risks: Mapping[float, Risk], name: str, at: float, *, grey: bool
) -> list[dict[str, Any]]:
    """Return one method along epsilon, in both parts; with `grey` in the background."""
    excess = [risks[e].excess for e in scores]
    shares = [100 * s.value for s in scores.values()]
    bars = (_runs_reach(list(scores.values())), _percent_reach(excess))
    values = (shares, [100 * e.value if e else None for e in excess])
    traces: list[dict[str, Any]] = []
    for axis, up, bar in zip(("y", "y2"), values, bars, strict=True):
        look: dict[str, Any] = {"mode": "lines", "line": {"color": BAND, "width": 2}}
        if not grey:
            marker = {**_marker(0), "size": [14 if e == at else 8 for e in scores]}
            look = {"mode": "lines+markers", "line": _line(1), "marker": marker, "error_y": bar}
        shown = not grey and axis == "y"
        where = {"x": [f"{e:g}" for e in scores], "y": up, "yaxis": axis}
        traces.append({"type": "scatter", "name": name, "showlegend": shown, **where, **look})
    return traces


def _without_epsilon(
    name: str, score: Score, risk: Risk, place: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return a result without a claim: points at the right end, and lines to compare with."""
    excess, marker = risk.excess, _marker(place)
    points = [("y", 100 * score.value, _runs_reach([score]))]
    if excess is not None:
        points.append(("y2", 100 * excess.value, _percent_reach([excess])))
    look = {"type": "scatter", "mode": "markers", "marker": marker, "showlegend": False}
    traces = [
        {"x": [name], "y": [value], "yaxis": axis, "error_y": bar, "name": name, **look}
        for axis, value, bar in points
    ]
    return traces, [_rule(axis, value, "dash", marker["color"]) for axis, value, _ in points]


def _rule(axis: str, value: float, dash: str, colour: str = NEUTRAL) -> dict[str, Any]:
    """Return a line across the drawing at a value of one axis."""
    line = {"color": colour, "width": 1, "dash": dash}
    if axis == "x":
        ends = {"xref": "x", "x0": value, "x1": value, "yref": "paper", "y0": 0, "y1": 1}
    else:
        ends = {"xref": "paper", "x0": 0, "x1": 1, "yref": axis, "y0": value, "y1": value}
    return {"type": "line", "line": line, **ends}


def _shade(band: NullBand) -> dict[str, Any]:
    """Return the shaded band of a null, in the upper part."""
    ends = {"xref": "paper", "x0": 0, "x1": 1, "yref": "y"}
    look = {"fillcolor": BAND, "line": {"width": 0}, "layer": "below"}
    return {"type": "rect", **ends, "y0": 100 * band.low, "y1": 100 * band.high, **look}


def _named(band: NullBand) -> dict[str, Any]:
    """Return the name of a null at the left end of its band, beside the other's."""
    above = band.null is Null.FRESH_SAMPLE
    return {
        "text": f"{band.null.value} null",
        "x": 0.01,
        "xref": "paper",
        "xanchor": "left",
        "y": float(np.log10(100 * (band.high if above else band.low))),
        "yref": "y",
        "yanchor": "bottom" if above else "top",
        "showarrow": False,
        "font": {"size": 11},
    }


def _runs_reach(scores: Sequence[Score]) -> dict[str, Any]:
    """Return the error bar from the lowest to the highest run of each score, in per cent."""
    runs = [(s.value, s.by_copy or (s.value,)) for s in scores]
    return {
        "type": "data",
        "symmetric": False,
        "array": [100 * (max(each) - value) for value, each in runs],
        "arrayminus": [100 * (value - min(each)) for value, each in runs],
    }


def _pair_words(score: Score, risk: Risk) -> str:
    runs = score.by_copy or (score.value,)
    return (
        f"{score.name} {_share(score.value)} % ({_share(min(runs))} to {_share(max(runs))} in "
        f"{len(runs)} runs), {_excess(risk)}."
    )


def _share(share: float) -> str:
    return f"{100 * share:.2g}" if share < 0.1 else f"{100 * share:.1f}"


def spectrum(
    scores: Comparison | Sequence[Score],
    risks: Mapping[str, Risk],
    *,
    ends: Mapping[str, tuple[float, float]] | None = None,
    title: str | None = None,
    alt: str | None = None,
    caption: str | None = None,
) -> Figure:
    """Return one file's scores on the bands of their nulls, and below them what attacks gain.

    Scores have axes of powers of ten, since a bad file is many times further off than a good one;
    a score of 0 stands at the left end. `ends` names the least and greatest value of an axis, so
    that figures of several files can be compared.
    """
    from plotly.subplots import make_subplots

    found = list(scores)
    rows = [f"{_wrapped(s.name, 40)},<br>{s.card.unit}" for s in found]
    rows.append("What attacks gain,<br>of what was left to gain")
    figure = make_subplots(len(rows), 1, subplot_titles=rows, vertical_spacing=0.5 / len(rows))
    for row, s in enumerate(found, start=1):
        widest = (s.band().low / 2, 2 * max(s.value, s.band().high))
        _score_on_powers(figure, row, s, *(ends or {}).get(s.name, widest))
    excesses = {name: r.excess for name, r in risks.items()}
    figure.add_scatter(
        x=[100 * e.value if e else None for e in excesses.values()],
        y=list(excesses),
        error_x=_percent_reach(list(excesses.values())),
        mode="markers",
        marker=_marker(1),
        name="excess",
        showlegend=False,
        row=len(rows),
        col=1,
    )
    figure.add_vline(x=0, line={"color": NEUTRAL, "width": 1}, row=len(rows), col=1)
    figure.update_xaxes(range=[-20, 105], title="excess, %", row=len(rows), col=1)
    figure.update_yaxes(
        autorange="reversed", type="category", **_ticks(list(excesses)), row=len(rows), col=1
    )
    figure.update_annotations(font={"size": 12}, x=0, xanchor="left", align="left")
    findings = [f"{s.name} {s.value:.3g}, {_inside(s)} its band" for s in found]
    findings += [f"{name}, {_excess(r)}" for name, r in risks.items()]
    finished = _finish(
        figure,
        title or "What the file gets right, and what it gives away",
        alt or f"{'; '.join(findings)}.",
        caption
        or "Grey: the middle 95 % under the null. Points: this file, with its 95 % intervals. "
        "Axes of scores go in powers of ten.",
        height=140 + 95 * len(rows),
        tallest=900,
    )
    return finished.update_layout(margin_t=80, margin_b=30, showlegend=False)


def _score_on_powers(figure: Figure, row: int, s: Score, least: float, most: float) -> None:
    """Draw a score on the band of its null, on an axis of powers of ten from least to most."""
    band = s.band()
    place = {"row": row, "col": 1}
    figure.add_scatter(
        x=[max(band.low, least), band.high],
        y=["", ""],
        mode="lines",
        line={"width": 14, "color": BAND},
        name=f"{s.name}: {band.null.value} null",
        **place,
    )
    figure.add_scatter(
        x=[max(s.value, least)],
        y=[""],
        error_x=_reach([s.value], [s.interval]) if s.value > least else None,
        mode="markers+text",
        text=[f"{s.value:.3g}"],
        textposition="top right" if s.value < (least * most) ** 0.5 else "top left",
        marker=_marker(0),
        name=s.name,
        **place,
    )
    low, high = np.log10([least, most])
    ticks = [m * 10.0**k for k in range(-12, 13) for m in (1, 2, 5) if least <= m * 10.0**k <= most]
    if len(ticks) > FEW_LABELS:
        ticks = ticks[:: len(ticks) // FEW_LABELS + 1]
    labels = {"tickvals": ticks, "ticktext": [f"{t:g}" for t in ticks]}
    figure.update_xaxes(type="log", range=[low - 0.03, high + 0.03], **labels, **place)
    figure.update_yaxes(type="category", showticklabels=False, **place)


def _inside(s: Score) -> str:
    band = s.band()
    return "within" if band.low <= s.value <= band.high else "outside"
