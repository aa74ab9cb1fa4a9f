"""PAR of SDV: a recurrent network that writes the rows of a unit one after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd

from guide_helpers.cards import (
    Capabilities,
    MethodCard,
    Status,
    UseCase,
    card,
    conditional,
    unfit,
)
from guide_helpers.errors import GuideError
from guide_helpers.methods import _parts
from guide_helpers.methods._binned import check_whole
from guide_helpers.methods._frame import assemble, serial
from guide_helpers.methods._sdv import (
    KINDS,
    NO_EXTREMES,
    VERSION,
    Columns,
    CopulaTable,
    licence,
    licence_note,
    load,
    quiet,
    running,
    set_seed,
)
from guide_helpers.methods._torch import torch_for
from guide_helpers.schema import Dataset, Kind

UNIT, GAP, FIRST = "unit", "gap", "first"
"""Columns made for SDV: the unit, the time since the row before, the time of the first row."""


@card(
    MethodCard(
        title="Probabilistic autoregressive network PAR (SDV)",
        summary=(
            "Draws what does not change within a unit from a Gaussian copula, and then its rows "
            "in order, each from a recurrent network that has seen the rows before."
        ),
        family="time series",
        made_for="panels",
        origin=("zhang2022",),
        inputs="the records of a panel: a unit, perhaps a time, several rows a unit",
        sources=(
            "zhang2022",
            "datacebo2026",
            "sdv_issue466",
            "sdv_issue1823",
            "sdv_issue1965",
        ),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: unfit(
                "no privacy guarantee, and paths of units are too rough for unknown uses"
            ),
            UseCase.TESTING_ANALYSIS: unfit(
                "variables of one row are drawn independently given the rows before, and "
                "quantities stay too near their mean"
            ),
            UseCase.EDUCATION: conditional(
                "as an example of deep synthesis of panels with its faults, after a risk check"
            ),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "units with ordered rows of the right types; slow beyond some hundred units"
            ),
        },
        capabilities=Capabilities(panel=True, missing=True, kinds=KINDS),
        weaknesses=(
            "Quantities stay in a narrow range around their mean, most of all after short "
            "training {cite:p}`sdv_issue1823`.",
            "The variables of one row are independent given the rows before and what does not "
            "change within the unit.",
            "Slow and hungry for memory: all units are trained on at once and each row is drawn "
            "on its own {cite:p}`sdv_issue1965`.",
            "SDV's times could run backwards or repeat {cite:p}`sdv_issue466`; here the first "
            "time and the gaps are drawn, gaps are never negative, and where no time repeats "
            "within a unit of the original, none does in the copy, but for the edge of public "
            "bounds.",
            "The numbers of rows a unit lie between the real least and greatest number; SDV has "
            "no switch for that.",
            "A table of one row a unit gets SDV's Gaussian copula, without a network.",
            NO_EXTREMES,
            licence_note("For panels the method `independent`"),
        ),
        implementation=VERSION,
        licence=licence("sdv", "rdt", "deepecho", "copulas"),
        requires=("sdv", "torch"),
    )
)
@dataclass
class Par:
    """SDV's conditional probabilistic autoregressive model, with times kept in order.

    `epochs` counts steps of training, each on all units at once. Variables that never change
    within a unit of the original are drawn once a unit. Rows stand in the order of the entity's
    time, or as they stand in the file. After `fit`, `history_` holds the loss by epoch.
    """

    epochs: int = 128

    def __post_init__(self) -> None:
        check_whole(epochs=(self.epochs, 1))

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Train the network on the rows of each unit in their order."""
        torch = torch_for("par", "independent")
        metadata, synthesizer = load("par", "independent", "sequential.PARSynthesizer")
        if not data.panel:
            self.alone_ = _Alone().fit(data, rng=rng)
            self.history_ = self.alone_.history_
            return self
        if data.n_units < 2:
            raise GuideError("'par' needs at least 2 units to learn from; the table has 1")
        clock = _Clock.of(data)
        data = data if clock is None else replace(data, rows=data.rows.iloc[clock.order])
        parts = _parts.split(data, rng)
        self.columns_ = Columns(data, parts)
        frame = self.columns_.frame(parts)
        if clock is not None:
            frame = frame.drop(columns=clock.column, errors="ignore")
        described = self.columns_.described(frame)
        # DeepEcho numbers levels in the order of a set, which for words is another in each session
        levels = [n for n, says in described.items() if says["sdtype"] != "numerical"]
        frame = frame.astype(dict.fromkeys(levels, int))
        for ordered in (says for says in described.values() if "range_values" in says):
            ordered["range_values"] = [int(level) for level in ordered["range_values"]]
        frame[UNIT] = data.units
        groups = frame.groupby(UNIT)
        still = [name for name in described if groups[name].nunique(dropna=False).max() == 1]
        frame[GAP] = 0.0 if clock is None else clock.gaps
        described |= {UNIT: {"sdtype": "id"}, GAP: {"sdtype": "numerical"}}
        if clock is not None:
            frame[FIRST], described[FIRST] = clock.first, {"sdtype": "numerical"}
            still.append(FIRST)
        self.clock_ = None if clock is None else clock.without_times()
        table = {"columns": described, "sequence_key": UNIT}
        with quiet(), running(rng, torch):
            self.model_ = synthesizer(
                metadata.load_from_dict({"tables": {"data": table}}),
                enforce_min_max_values=False,
                context_columns=still,
                epochs=self.epochs,
                cuda=False,
            )
            self.model_.fit({"data": frame})
            self.history_ = self.model_.get_loss_values()
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` units with their rows."""
        if hasattr(self, "alone_"):
            return self.alone_.sample(n, rng=rng)
        torch = torch_for("par", "independent")
        with quiet(), running(rng, torch):
            set_seed(self.model_._context_synthesizer, rng)
            frame = self.model_.sample_sequences(n)["data"]
        units = pd.factorize(frame[UNIT])[0]
        if self.clock_ is not None:
            frame[self.clock_.column] = self.clock_.times(frame, units)
        made = frame.drop(columns=[UNIT, GAP, FIRST], errors="ignore")
        columns = self.columns_.joined(made, len(frame))
        empty = self.columns_.empty
        if empty.entity is not None:
            columns[empty.entity] = serial(units + 1, empty.schema[empty.entity].kind)
        return assemble(empty, columns, len(frame))


class _Alone(CopulaTable):
    """The model of one table with one row a unit."""

    slug = "par"


@dataclass(frozen=True)
class _Clock:
    """The time of a panel as a first time a unit and the gaps between its rows, in steps."""

    column: str
    step: float
    """A day or a second for dates, 1 otherwise."""
    whole: bool
    least: float
    """The smallest gap: none is 0 where no time repeats within a unit."""
    limits: tuple[float, float]
    order: np.ndarray
    first: np.ndarray
    gaps: np.ndarray

    @classmethod
    def of(cls, data: Dataset) -> _Clock | None:
        """Return the clock of a panel with a time; the rows are put in its order."""
        if data.time is None or data.time == data.entity:
            return None
        variable = data.schema[data.time]
        parts = _parts.split(data.keep(data.time), np.random.default_rng(0))
        name = next((k for k in parts if not k.endswith("state")), None)
        states = [p for k, p in parts.items() if k.endswith("state")]
        if name is None or (parts[name] < 0).any() * variable.discrete or np.any(states):
            raise GuideError(
                f"'par' orders rows by {data.time!r}, which is missing or a special code in some; "
                "leave those rows out"
            )
        place = data.schema.names.index(data.time)
        step = float(_parts.steps(data).get(data.time, 1))
        times, units = parts[name] / step, data.units
        order = np.lexsort((times, units))
        times, units = times[order], units[order]
        starts = np.concatenate([[True], np.diff(units) > 0])
        gaps = np.diff(times, prepend=times[0])
        inner = gaps[~starts]
        usual = float(np.median(inner)) if len(inner) else 1.0
        following = np.append(gaps[1:], usual)
        alone = starts & np.append(starts[1:], True)
        gaps = np.where(starts, np.where(alone, usual, following), gaps)
        whole = variable.kind is not Kind.NUMBER
        strict = len(inner) > 0 and inner.min() > 0
        low, high = -np.inf, np.inf
        if variable.discrete:
            low, high = 0, len(data.rows[data.time].cat.categories) - 1
        elif variable.numeric and variable.public_domain and variable.bounds is not None:
            low, high = variable.bounds
        return cls(
            f"{place}:{name.partition(':')[2]}",
            step,
            whole,
            (1.0 if whole else 1e-6 * usual) if strict else 0.0,
            (low, high),
            order,
            np.asarray(pd.Series(times).groupby(units).transform("first")),
            gaps,
        )

    def without_times(self) -> _Clock:
        """Return the clock without what it knows of the records."""
        none = np.zeros(0)
        return replace(self, order=none, first=none, gaps=none)

    def times(self, frame: pd.DataFrame, units: np.ndarray) -> np.ndarray:
        """Return the times of drawn rows; a unit that would end beyond its limit starts earlier."""
        first, gaps = frame[FIRST].to_numpy(float), frame[GAP].to_numpy(float)
        if self.whole:
            first, gaps = np.round(first), np.round(gaps)
        starts = np.concatenate([[True], np.diff(units) != 0])
        passed = pd.Series(np.where(starts, 0.0, np.maximum(gaps, self.least))).groupby(units)
        times = first + passed.cumsum().to_numpy()
        late = pd.Series(times).groupby(units).transform("max").to_numpy() - self.limits[1]
        return np.clip(times - np.maximum(late, 0), *self.limits) * self.step
