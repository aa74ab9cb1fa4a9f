"""Records as combinations of key variables, in codes that all files of a comparison share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from guide_helpers.cards import Null
from guide_helpers.errors import GuideError
from guide_helpers.measures._encode import numbers, special_codes
from guide_helpers.measures._judged import Reported, judged
from guide_helpers.results import Score
from guide_helpers.schema import Dataset, Kind, Schema, Variable

KEY = "key combination"
UNIT = "unit"
ONE_SIZE = 0.02
"""Files whose numbers of records differ by no more than this share count as of one size."""
Bins = int | Mapping[str, Sequence[float]] | None
"""Classes of numeric variables: a number of classes at quantiles, edges by name, or none."""
UNDER_PRIVACY = (
    "noise makes combinations of its own, rare ones above all, so claims come true less often; "
    "the loss that the method states holds whatever this number says"
)


def chosen_keys(data: Dataset, keys: Sequence[str] | None) -> tuple[str, ...]:
    """Return the key variables asked for, or the schema's; refuse what cannot be one."""
    if isinstance(keys, str):
        raise GuideError(f"keys={keys!r} is one word; give a list of columns, [{keys!r}]")
    chosen = tuple(data.keys if keys is None else keys)
    if not chosen:
        raise GuideError("no key variable is declared; give keys=[...] or declare them")
    for name in chosen:
        _refuse_no_value(data, name)
    return chosen


def chosen_sensitive(
    data: Dataset, sensitive: str | Sequence[str] | None, keys: Sequence[str]
) -> tuple[str, ...]:
    """Return the sensitive variables asked for, or the schema's; none may be a key."""
    asked = data.sensitive if sensitive is None else sensitive
    chosen = (asked,) if isinstance(asked, str) else tuple(asked)
    if sensitive is None:
        chosen = tuple(n for n in chosen if n not in keys)
    if not chosen:
        raise GuideError("no sensitive variable is declared; give sensitive='...' or declare one")
    for name in chosen:
        _refuse_no_value(data, name)
        if name in keys:
            raise GuideError(f"sensitive={name!r} is among the keys; leave it out of one of them")
    return chosen


def _refuse_no_value(data: Dataset, name: str) -> None:
    variable = data.schema[name]
    if variable not in data.schema.modelled or variable.kind is Kind.TEXT:
        raise GuideError(f"{name!r} is an identifier or free text; name a variable with values")


def said_of_bins(data: Dataset, keys: Sequence[str], bins: Bins) -> str:
    """Return how numeric keys were compared, as a sentence; nothing where there are none."""
    if all(data.schema[n].discrete for n in keys):
        return ""
    if bins is None:
        return "Numeric keys are compared exactly."
    if isinstance(bins, Mapping):
        return "Numeric keys in the classes that were given."
    return f"Numeric keys in {bins} classes at quantiles of the original."


@dataclass(frozen=True)
class Files:
    """The files of one comparison: original, synthetic, control, and perhaps more copies."""

    original: Dataset
    synthetic: Dataset
    control: Dataset | None = None
    more: tuple[Dataset, ...] = ()

    @property
    def parts(self) -> list[Dataset]:
        """The files that there are, in order."""
        beside = [] if self.control is None else [self.control]
        return [self.original, self.synthetic, *beside, *self.more]

    def split(self, values: np.ndarray) -> list[np.ndarray]:
        """Return the values of each file."""
        return np.split(values, np.cumsum([len(p) for p in self.parts])[:-1])

    def codes(self, name: str, bins: Bins = None) -> tuple[np.ndarray, int]:
        """Return one code a record and their number; missing is a value like any other."""
        variable = self.original.schema[name]
        columns = [p.rows[name] for p in self.parts]
        if variable.discrete:
            return _levels(columns)
        values = np.concatenate([numbers(c) for c in columns])
        edges = self._edges(variable, bins)
        if edges is None:
            found, distinct = pd.factorize(values)
            return found + 1, len(distinct) + 1
        kinds = special_codes(variable, values)
        classes = np.searchsorted(edges, values, side="right")
        found = np.where(kinds > 0, len(edges) + 1 + kinds, np.where(kinds < 0, 0, classes + 1))
        return found, len(edges) + 2 + len(variable.special)

    def combined(self, names: Sequence[str], bins: Bins = None) -> tuple[np.ndarray, int]:
        """Return the code of each record's combination of values, and how many there are."""
        code = np.zeros(sum(len(p) for p in self.parts), dtype=np.int64)
        size = 1
        for name in names:
            found, levels = self.codes(name, bins)
            code, distinct = pd.factorize(code * levels + found)
            size = len(distinct)
        return code, size

    def coded(self, columns: Mapping[str, np.ndarray]) -> tuple[Dataset, Dataset, Dataset | None]:
        """Return original, synthetic and control file with these columns alone."""
        made = self.all_coded(columns)
        return made[0], made[1], None if self.control is None else made[2]

    def all_coded(self, columns: Mapping[str, np.ndarray]) -> list[Dataset]:
        """Return each file with these columns alone, and the unit where one has several rows."""
        cut = {name: self.split(values) for name, values in columns.items()}
        return [_small(p, {n: c[i] for n, c in cut.items()}) for i, p in enumerate(self.parts)]

    def _edges(self, variable: Variable, bins: Bins) -> np.ndarray | None:
        if bins is None:
            return None
        if isinstance(bins, Mapping):
            given = bins.get(variable.name)
            return None if given is None else np.sort(np.asarray(given, dtype=float))
        if bins < 1:
            raise GuideError(f"bins={bins} makes no classes; give at least 1 or leave it out")
        values = numbers(self.original.rows[variable.name])
        ordinary = values[special_codes(variable, values) == 0]
        if not len(ordinary):
            return np.empty(0)
        cuts = np.quantile(ordinary, np.arange(1, bins) / bins, method="inverted_cdf")
        return np.unique(cuts)


def _levels(columns: list[pd.Series]) -> tuple[np.ndarray, int]:
    first = columns[0].dtype
    if isinstance(first, pd.CategoricalDtype) and all(
        isinstance(c.dtype, pd.CategoricalDtype) and c.cat.categories.equals(first.categories)
        for c in columns
    ):
        found = np.concatenate([c.cat.codes.to_numpy() for c in columns]).astype(np.int64)
        return found + 1, len(first.categories) + 1
    found, distinct = pd.factorize(pd.concat([c.astype(object) for c in columns]))
    return found + 1, len(distinct) + 1


def _small(data: Dataset, columns: dict[str, np.ndarray]) -> Dataset:
    whole = {n: np.issubdtype(c.dtype, np.integer) for n, c in columns.items()}
    variables = [Variable(n, Kind.INTEGER if w else Kind.NUMBER) for n, w in whole.items()]
    if not data.panel:
        return Dataset(pd.DataFrame(columns), Schema(tuple(variables)))
    rows = pd.DataFrame({UNIT: data.units, **columns})
    schema = Schema((Variable(UNIT, Kind.IDENTIFIER), *variables))
    return Dataset(rows, schema, entity=UNIT)


def column(data: Dataset, name: str = KEY) -> np.ndarray:
    """Return a column of a coded file."""
    return data.rows[name].to_numpy()


def holders(data: Dataset, size: int) -> np.ndarray:
    """Return how many units have each key combination: records, where each is a unit."""
    key = column(data)
    if data.entity is None:
        return np.bincount(key, minlength=size)
    units = data.units
    n = int(units.max(initial=0)) + 1
    pairs = pd.unique(key * n + units)
    return np.bincount(pairs // n, minlength=size)


def only_value(data: Dataset, name: str, size: int) -> np.ndarray:
    """Return, by key combination, the value that all its records share; -1 where they do not.

    A combination that the file does not have has -1 too.
    """
    key, value = column(data), column(data, name)
    shared = np.full(size, -1, dtype=np.int64)
    shared[key] = value
    shared[key[value != shared[key]]] = -1
    return shared


def percent(hits: np.ndarray) -> float:
    """Return the share of True in per cent, 0 of nobody."""
    return 100.0 * float(hits.mean()) if len(hits) else 0.0


Values = Callable[[Dataset, Dataset], dict[str, float]]
"""The values of a measure's variants, from a coded original and a coded synthetic file."""


def scored(
    measure: str,
    values: Values,
    coded: tuple[Dataset, Dataset, Dataset | None],
    *,
    rng: np.random.Generator,
    details: pd.DataFrame | dict[str, pd.DataFrame] | None = None,
    note: str | dict[str, str] = "",
    fixed: Sequence[str] = (),
    expected: Callable[[Dataset], dict[str, float]] | None = None,
    nulls: Sequence[Null | str] = (),
    draws: int = 16,
) -> list[Score]:
    """Return the scores of coded files, with details and notes for all variants or for each.

    The variants in `fixed` speak of the original alone, so another copy gives no other value and
    they have no interval. `expected` gives what a fresh sample of the original's size has on
    average, from the original: each record against all others. Without a control file the
    fresh-sample band is centred there, where the two files are of one size and each row is a unit.
    """
    old, new, control = coded
    found = {}
    for variant, value in values(old, new).items():
        table = details.get(variant) if isinstance(details, dict) else details
        said = note.get(variant, "") if isinstance(note, dict) else note
        found[variant] = Reported(value, table, " ".join(said.split()))
    scores = judged(
        measure,
        values,
        old,
        new,
        rng=rng,
        reported=found,
        control=control,
        nulls=nulls,
        draws=draws,
    )
    if expected is not None and control is None and _alike(old, new):
        places = expected(old)
        scores = [_centred(s, places) for s in scores]
    return [
        replace(bounded(s), interval=None if s.variant in fixed else s.interval) for s in scores
    ]


def bounded(score: Score) -> Score:
    """Return a score whose bands have their means within bounds, where they were carried on."""
    low, high = score.card.bounds
    bands = [replace(b, mean=float(np.clip(b.mean, low, high))) for b in score.bands]
    return replace(score, bands=tuple(bands))


def _alike(old: Dataset, new: Dataset) -> bool:
    rows = old.entity is None and new.entity is None
    return rows and abs(len(old) - len(new)) <= ONE_SIZE * len(old)


def _centred(score: Score, expected: Mapping[str, float]) -> Score:
    """Return a score whose fresh-sample band is moved to its expected place."""
    if score.variant not in expected:
        return score
    low, high = score.card.bounds
    bands = []
    for band in score.bands:
        if band.null is Null.FRESH_SAMPLE:
            mean = expected[score.variant]
            reach = max(0.0, band.high - band.mean, band.mean - band.low)
            ends = max(low or 0.0, mean - reach), min(100.0 if high is None else high, mean + reach)
            band = replace(band, mean=mean, low=ends[0], high=ends[1])
        bands.append(band)
    note = score.note.replace(
        "is carried on from parts of the original", "is centred where each record meets all others"
    )
    return replace(score, bands=tuple(bands), note=note)
