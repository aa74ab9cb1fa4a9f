"""A validation server in small: requests come in as data, results leave by rules.

The analyst has the synthetic file and writes a request. The office runs it on the original and on
the synthetic copies, and returns both side by side if the rules for output allow it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers.analysis_requests import HasRow, Request, request_of, with_flags
from guide_helpers.errors import GuideError
from guide_helpers.measures._coefficients import REACH, coefficients
from guide_helpers.measures._encode import level_codes
from guide_helpers.measures.ci_overlap import overlap
from guide_helpers.output_rules import (
    OutputRules,
    check_cells,
    check_largest,
    check_regression,
)
from guide_helpers.schema import Dataset
from guide_helpers.writing import whole_file

__all__ = ["Answer", "HasRow", "OutputRules", "ValidationServer", "with_flags"]

CANNOT = "the model cannot be computed; leave terms out"


@dataclass(frozen=True, repr=False)
class Answer:
    """What the analyst gets: a table, or the sentence with which it was refused.

    `agreement` sums the table up: of a regression the mean overlap of the intervals with what a
    correct synthesis is expected to have.
    """

    number: int
    request: str
    refusal: str = ""
    table: pd.DataFrame | None = None
    agreement: Mapping[str, float] = field(default_factory=dict)

    @property
    def granted(self) -> bool:
        """Whether something left."""
        return not self.refusal

    def __repr__(self) -> str:
        """Return the request and its outcome."""
        return f"<Answer {self.number}: {self.request}: {self.refusal or 'answered'}>"

    def _repr_html_(self) -> str:
        said = f"<p>{escape(self.refusal)}</p>"
        if self.table is not None:
            said = self.table.to_html(border=0, classes="guide-table")
        return f"<p>Request {self.number}: {escape(self.request)}</p>{said}"


class ValidationServer:
    """Runs requests of one analyst on the original, checks what comes out, and keeps a log.

    Rules are checked on the original only. The log holds requests and outcomes, no record and no
    result. What it cannot see: results that the analyst has from elsewhere, two analysts who put
    their answers together, and what three requests leave over: all, less cases, less controls.
    """

    def __init__(
        self,
        original: Dataset,
        synthetic: Sequence[Dataset],
        rules: OutputRules | None = None,
    ) -> None:
        for copy in synthetic:
            if copy.schema.names != original.schema.names:
                raise GuideError("a synthetic copy has other columns than the original")
        if not synthetic:
            raise GuideError("no synthetic copy is given; requests are compared with at least one")
        self.rules = rules or OutputRules()
        self._original, self._copies = original, tuple(synthetic)
        self._log: list[dict[str, Any]] = []
        self._answered: dict[Request, Answer] = {}

    def __repr__(self) -> str:
        """Return how many requests are left: what is printed must show no record."""
        return f"<ValidationServer: {self.left} of {self.rules.requests} requests left>"

    @property
    def left(self) -> int:
        """How many requests that look at the records are left."""
        return self.rules.requests - sum(bool(line["counts"]) for line in self._log)

    @property
    def log(self) -> pd.DataFrame:
        """One line a request: its words, the outcome, and whether it counts."""
        columns = ["request", "outcome", "why", "counts"]
        return pd.DataFrame(self._log, columns=["number", *columns]).set_index("number")

    def save_log(self, path: str | Path) -> Path:
        """Write the log as JSON, whole or not at all."""
        with whole_file(path) as part:
            part.write_text(json.dumps(self._log, indent=1, ensure_ascii=False), encoding="utf-8")
        return Path(path)

    def submit(self, spec: Any) -> Answer:
        """Return the answer to a request; it is refused in one sentence, never by an error.

        A request that has been answered before is answered again and costs nothing. One that is
        refused after a look at the records counts: "too few" is an answer as well.
        """
        number = len(self._log) + 1
        try:
            request = request_of(spec, self._original)
        except GuideError as problem:
            return self._refused(number, "not a request", str(problem), counts=False)
        if request in self._answered:
            earlier = self._answered[request]
            self._note(number, str(request), "answered again", f"as {earlier.number}", False)
            return earlier
        if self.left < 1:
            why = f"all {self.rules.requests} requests are used; ask the office for more"
            return self._refused(number, str(request), why, counts=False)
        try:
            self._refuse_difference(request)
            work = self._regression if request.kind == "regression" else self._table
            table, agreement = work(request)
        except (GuideError, np.linalg.LinAlgError) as problem:
            why = str(problem) if isinstance(problem, GuideError) else CANNOT
            return self._refused(number, str(request), why, counts=True)
        self._note(number, str(request), "answered", "", True)
        answer = Answer(number, str(request), table=table, agreement=agreement)
        self._answered[request] = answer
        return answer

    def _refused(self, number: int, words: str, why: str, *, counts: bool) -> Answer:
        self._note(number, words, "refused", why, counts)
        return Answer(number, words, refusal=why)

    def _note(self, number: int, words: str, outcome: str, why: str, counts: bool) -> None:
        line = {"number": number, "request": words, "outcome": outcome, "why": why}
        self._log.append(line | {"counts": counts})

    def _refuse_difference(self, request: Request) -> None:
        """Refuse a request on nearly the same units as an earlier one: the rest are the few."""
        mine = self._units_of(request)
        for earlier, answer in self._answered.items():
            apart = len(np.setxor1d(mine, self._units_of(earlier), assume_unique=True))
            if 0 < apart < self.rules.fewest:
                raise GuideError(
                    f"it speaks of the same units as request {answer.number} but for fewer than "
                    f"{self.rules.fewest}; ask for one of the two only"
                )

    def _units_of(self, request: Request) -> np.ndarray:
        return np.unique(self._original.units[request.used(self._original)])

    def _regression(self, request: Request) -> tuple[pd.DataFrame, dict[str, float]]:
        original, *copies = (
            d.with_rows(d.rows[request.used(d)].reset_index(drop=True))
            for d in (self._original, *self._copies)
        )
        response, *terms = request.variables(original)
        check_regression(original, response, terms, self.rules)
        found = coefficients(original, copies, request.formula, request.model)
        pooled = found.pooled
        parts = {
            "original": found.truth.coefficients,
            "original error": found.truth.errors,
            "synthetic": pooled.coefficients,
            "synthetic error": pooled.errors,
        }
        table = pd.DataFrame({n: self.rules.figures(v) for n, v in parts.items()})
        table.index = pd.Index(found.asked.names, name=found.asked.target)
        table["overlap"] = _overlaps(table).round(2)
        expected = 1 - (2 / np.pi * pooled.noise) ** 0.5 / (2 * REACH)
        agreement = {
            "units": float(self.rules.counted(original.n_units)),
            "mean overlap": float(table["overlap"].fillna(0).mean()),
            "expected under a correct synthesis": float(expected),
        }
        return table, agreement

    def _table(self, request: Request) -> tuple[pd.DataFrame, dict[str, float]]:
        cells = [self._cells(d, request) for d in (self._original, *self._copies)]
        (cell, units, amounts), *copies = cells
        levels = [list(self._original.schema[n].levels or ()) for n in request.by]
        places: pd.MultiIndex = pd.MultiIndex.from_product(levels, names=list(request.by))
        what = f"a cell of {' by '.join(request.by)}"
        check_cells(cell, units, len(places), self.rules, what)
        if request.value:
            check_largest(cell, units, amounts, self.rules, what)
        scale = self._original.n_units / self._copies[0].n_units
        per_unit = request.statistic != "mean"
        truth = _statistic(cell, amounts, len(places), mean=not per_unit)
        drawn = np.array([_statistic(c, a, len(places), mean=not per_unit) for c, _, a in copies])
        shown = self.rules.counted if request.statistic == "count" else self.rules.figures
        table = pd.DataFrame(
            {
                "original": shown(truth),
                "synthetic": shown(drawn.mean(axis=0) * (scale if per_unit else 1)),
            },
            index=places,
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            off = 100 * (table["synthetic"] / table["original"] - 1)
        table["difference, %"] = off.round(1)
        return table, {"largest difference, %": float(off.abs().max())}

    def _cells(self, data: Dataset, request: Request) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return cell, unit and amount of the records that a table speaks of."""
        inside = request.used(data)
        cell = np.zeros(int(inside.sum()), dtype=np.int64)
        for name in request.by:
            levels = self._original.schema[name].levels or ()
            known = pd.Series(pd.Categorical(levels, levels))
            place = level_codes(known, data.rows.loc[inside, name])[1]
            cell = np.where((cell < 0) | (place < 0), -1, cell * len(levels) + place)
        amounts = np.ones(len(cell))
        if request.value:
            amounts = data.rows.loc[inside, request.value].to_numpy(dtype=float)
        known_cell = cell >= 0
        return cell[known_cell], data.units[inside][known_cell], amounts[known_cell]


def _overlaps(table: pd.DataFrame) -> pd.Series:
    """Return the overlap of the intervals that leave: nothing is told beyond them."""
    ends = [
        table[name] + sign * REACH * table[f"{name} error"]
        for name in ("original", "synthetic")
        for sign in (-1, 1)
    ]
    return pd.Series(overlap(*(e.to_numpy() for e in ends)), table.index)


def _statistic(cell: np.ndarray, amounts: np.ndarray, size: int, *, mean: bool) -> np.ndarray:
    total = np.bincount(cell, amounts, minlength=size)
    with np.errstate(invalid="ignore"):
        return total / np.bincount(cell, minlength=size) if mean else total
