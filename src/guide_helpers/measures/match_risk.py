"""How surely an intruder links people to the records of a partially synthetic file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from guide_helpers.cards import (
    Aspect,
    Better,
    DataKind,
    MeasureCard,
    Null,
    Rung,
    Scope,
    Synthesis,
    UseCase,
    card,
    conditional,
    fit,
)
from guide_helpers.errors import GuideError
from guide_helpers.intervals import Interval, normal_quantile, wilson
from guide_helpers.measures._judged import prediction_band
from guide_helpers.measures._keys import KEY, Bins, Files, chosen_keys, column, said_of_bins
from guide_helpers.results import NullBand, Score
from guide_helpers.schema import Dataset

EXPECTED, TRUE, RIGHT = "expected matches", "true unique matches", "unique matches that are true"


@card(
    MeasureCard(
        title="Match risk of partial synthesis",
        summary=(
            "Share of people whose own record an intruder points at when he knows their true key "
            "values and chooses at random among the records that agree with them."
        ),
        sources=("reiter_mitra2009", "hornby2021", "wilson1927"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("the measure for files in which only some values are new"),
            UseCase.TESTING_ANALYSIS: fit("the same, for the users of a secure room"),
            UseCase.EDUCATION: conditional("where a partially synthetic file is taught with"),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "such a file has real people in it; a fully synthetic one is enough for tests"
            ),
        },
        aspect=Aspect.RISK,
        rung=Rung.IDENTITY,
        scope=Scope.NARROW,
        unit="% of records (of unique matches, for those that are true)",
        bounds=(0.0, 100.0),
        better=Better.LOWER,
        null=Null.FRESH_SAMPLE,
        reading_maker=(
            "Hold the expected matches against the limit of your office, and look at the unique "
            "matches that are true: an intruder who finds one match acts on it. If the keys were "
            "not synthesised, or hardly, this is the risk of the original file; synthesise more "
            "of the keys."
        ),
        reading_user=(
            "The records belong to real people, of whom some values were replaced. The duty of "
            "care is that of confidential data, not that of an invented file."
        ),
        cannot_see=(
            "intruders who weigh near matches or know how the values were made; that a target may "
            "be absent from the file, which would spoil his matches; and what is learned from "
            "them. It assumes that row i of both files is the same unit: for a fully synthetic "
            "file its numbers mean nothing"
        ),
        synthesis=Synthesis.PARTIAL,
        data=(DataKind.TABLE, DataKind.PANEL),
        under_privacy="no method of the guide with a privacy claim keeps part of a record",
    )
)
def match_risk(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    keys: Sequence[str] | None = None,
    bins: Bins = None,
    draws: int = 16,
) -> list[Score]:
    """Return expected and true match rates, in per cent of records.

    With c(i) the number of synthetic records that agree with the true key values of person i, and
    T(i) = 1 where his own record is among them: the expected match risk is the sum of T(i)/c(i),
    the true match rate counts c(i) T(i) = 1, and the false match rate is the share of c(i) = 1
    with T(i) = 0; the last is given as its complement, so that less is better throughout. The
    original's keys are those that the intruder knows. Rows of both files must be the same units
    in the same order; another number of rows is refused.

    Fresh-sample null: the same synthetic rows in a random order, that is a file of strangers with
    these values, in which the intruder points at somebody's own record by luck alone. Interval:
    between people, for the expected matches; Wilson's for the shares. `details` counts people by
    the number of records that agree with them.

    References
    ----------
    Reiter and Mitra (2009), Journal of Privacy and Confidentiality 1(1)
    """
    if len(original) != len(synthetic):
        raise GuideError(
            f"match_risk needs row i of both files to be one unit, but they have {len(original)} "
            f"and {len(synthetic)} rows; for a fully synthetic file use replicated_uniques"
        )
    names = chosen_keys(original, keys)
    files = Files(original, synthetic)
    key, size = files.combined(names, bins)
    old, new, _ = files.coded({KEY: key})
    found = _matches(column(old), column(new), size)
    orders = [rng.permutation(column(new)) for _ in range(draws)]
    nulls = [_matches(column(old), order, size).values() for order in orders]
    note = f"False match rate {found.false_rate:.3g} % of {found.unique:,} unique matches. "
    note += f"{_said_of_order(files)} {said_of_bins(original, names, bins)}"
    return [
        Score(
            measure="match_risk",
            variant=variant,
            value=value,
            interval=found.intervals(old.units)[variant],
            bands=(_band(np.array([n[variant] for n in nulls])),),
            details=found.table(),
            note=" ".join(note.split()),
        )
        for variant, value in found.values().items()
    ]


@dataclass(frozen=True)
class _Matches:
    """For each person: how many records agree, and whether the own one is among them."""

    agreeing: np.ndarray
    own: np.ndarray

    @property
    def parts(self) -> np.ndarray:
        """The chance of pointing at the own record, person by person."""
        return np.where(self.own, 1 / np.maximum(self.agreeing, 1), 0.0)

    @property
    def unique(self) -> int:
        return int((self.agreeing == 1).sum())

    @property
    def true(self) -> int:
        return int((self.own & (self.agreeing == 1)).sum())

    @property
    def false_rate(self) -> float:
        return 100 * (1 - self.true / self.unique) if self.unique else 0.0

    def values(self) -> dict[str, float]:
        n = len(self.own)
        right = 100 * self.true / self.unique if self.unique else 0.0
        return {EXPECTED: 100 * self.parts.sum() / n, TRUE: 100 * self.true / n, RIGHT: right}

    def intervals(self, units: np.ndarray) -> dict[str, Interval | None]:
        parts, n = self.parts, len(self.own)
        totals = np.bincount(units, parts - parts.mean())
        reach = normal_quantile(0.95) * 100 * float(np.sqrt((totals**2).sum())) / n
        value = 100 * float(parts.mean())
        return {
            EXPECTED: Interval(
                max(0.0, value - reach), min(100.0, value + reach), "normal, between people"
            ),
            TRUE: _in_percent(wilson(self.true, n)),
            RIGHT: _in_percent(wilson(self.true, self.unique)) if self.unique else None,
        }

    def table(self) -> pd.DataFrame:
        """Return people by the number of records that agree, and those whose own is among them."""
        names = ["none", "1", "2 to 4", "5 to 9", "10 or more"]
        place = np.searchsorted([1, 2, 5, 10], self.agreeing, side="right")
        people = np.bincount(place, minlength=5)
        own = np.bincount(place, self.own, minlength=5).astype(int)
        index = pd.Index(names, name="records that agree")
        return pd.DataFrame({"people": people, "own record among them": own}, index=index)


def _matches(old: np.ndarray, new: np.ndarray, size: int) -> _Matches:
    return _Matches(np.bincount(new, minlength=size)[old], old == new)


def _in_percent(share: Interval) -> Interval:
    return Interval(100 * share.low, 100 * share.high, share.method, share.level)


def _band(values: np.ndarray) -> NullBand:
    return prediction_band(Null.FRESH_SAMPLE, values, (0.0, 100.0))


def _said_of_order(files: Files) -> str:
    """Return a warning where no variable is kept row by row, as in a fully synthetic file."""
    n = len(files.original)
    for variable in files.original.schema.modelled:
        code, distinct = files.codes(variable.name)
        if distinct > 2 and np.array_equal(code[:n], code[n:]):
            return ""
    return (
        "No variable is the same row by row, as if the file were fully synthetic or in another "
        "order; then these numbers mean nothing."
    )
