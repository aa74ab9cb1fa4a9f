"""Rows made from the public part of a schema, without a look at the records."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any, Self

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.methods._frame import assemble, serial
from guide_helpers.schema import Data, Dataset, Kind, LinkedTables, Rule, StructuralZero, Variable

PROPOSALS = 4096
"""Least number of rows to propose in one round; the first that keep the rules are taken."""
RANGE = ("2000-01-01", "2029-12-31")
ALPHABETS = {"A": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "a": "abcdefghijklmnopqrstuvwxyz"}
DIGITS = "0123456789"


@dataclass
class FromSchema:
    """Rows of the public schema; `guide_helpers.methods.dummy` says what the options mean."""

    shapes: Mapping[str, Any] = field(default_factory=dict)
    missing: float | Mapping[str, float] = 0.0
    special: float = 0.0
    dates: Sequence[str] | Mapping[str, Sequence[str]] = RANGE
    text: str | Mapping[str, str] = "Aaaaaa 99"
    children: Sequence[int] | Mapping[str, Sequence[int]] = (0, 3)
    rounds: int = 200

    def __post_init__(self) -> None:
        if not isinstance(self.shapes, Mapping):
            raise GuideError("shapes takes weights by column: shapes={'sex': {'f': 1, 'm': 2}}")
        for share in (self.special, *_each(self.missing)):
            if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
                raise GuideError(f"missing and special are shares from 0 to 1, not {share!r}")
        for pair in _each(self.dates):
            _range(pair)
        for template in _each(self.text):
            if not isinstance(template, str) or not template:
                raise GuideError(f"text={template!r} is no template; 'Aaaa 99' is one")
        for pair in _each(self.children):
            _counts(pair)
        if isinstance(self.rounds, bool) or not isinstance(self.rounds, int) or self.rounds < 1:
            raise GuideError(f"rounds={self.rounds!r} is not a whole number of at least 1")

    def fit(self, data: Data, *, rng: np.random.Generator) -> Self:
        """Keep the schemas and the types of the columns; forget the records."""
        del rng
        self.empty_ = _emptied(data)
        tables = self.empty_.tables if isinstance(self.empty_, LinkedTables) else {"": self.empty_}
        self._check_names(tables)
        for table in tables.values():
            keys = _keys(self.empty_, table)
            for variable in _drawn(table, keys):
                self._check_public(variable)
            for statement in table.schema.statements:
                _check_statement(statement, {v.name for v in _drawn(table, keys)})
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Data:
        """Draw `n` rows of the table, or of the root of linked tables."""
        if isinstance(self.empty_, LinkedTables):
            return self._linked(self.empty_, n, rng)
        return self._table(self.empty_, n, {}, rng)

    def _linked(self, data: LinkedTables, n: int, rng: np.random.Generator) -> LinkedTables:
        keys = {link.key: np.arange(1, n + 1) for link in data.children(data.root)}
        made = {data.root: self._table(data[data.root], n, keys, rng)}
        queue = [(link, keys) for link in data.children(data.root)]
        while queue:
            link, above = queue.pop(0)
            low, high = _for(self.children, link.child, (0, 3))
            sizes = rng.integers(low, high + 1, len(made[link.parent]))
            rows = int(sizes.sum())
            keys = {name: np.repeat(numbers, sizes) for name, numbers in above.items()}
            below = data.children(link.child)
            keys |= {k.key: np.arange(1, rows + 1) for k in below if k.key != link.key}
            made[link.child] = self._table(data[link.child], rows, keys, rng)
            queue += [(k, keys) for k in below]
        return LinkedTables({name: made[name] for name in data.tables}, data.links, data.name)

    def _table(
        self, empty: Dataset, rows: int, keys: Mapping[str, np.ndarray], rng: np.random.Generator
    ) -> Dataset:
        """Return `rows` rows of one table; `keys` are numbers made on purpose."""
        keys = {k: numbers for k, numbers in keys.items() if k in empty.schema}
        variables = {v.name: v for v in _drawn(empty, set(keys))}
        parts = [
            self._part(empty, [variables[name] for name in names], statements, rows, rng)
            for names, statements in _bound_together(empty.schema.statements, list(variables))
        ]
        frame = pd.concat([pd.DataFrame(index=pd.RangeIndex(rows)), *parts], axis=1)
        if empty.entity in keys and empty.time in frame:
            units = pd.Series(keys[empty.entity], name="the unit")
            order = pd.concat([units, frame[empty.time].rename("the time")], axis=1)
            places = order.sort_values(["the unit", "the time"], kind="stable").index
            frame = frame.take(places.to_numpy()).reset_index(drop=True)
        columns = {str(name): frame[name] for name in frame}
        named = {k: serial(numbers, empty.schema[k].kind) for k, numbers in keys.items()}
        return assemble(empty, columns | named, rows)

    def _part(
        self,
        empty: Dataset,
        variables: list[Variable],
        statements: Sequence[Rule | StructuralZero],
        rows: int,
        rng: np.random.Generator,
    ) -> pd.DataFrame:
        """Return rows of variables that rules bind together; those that break one are redrawn."""
        kept: list[pd.DataFrame] = []
        broken = np.zeros(len(statements))
        lacking, proposals = rows, rows if not statements else max(2 * rows, PROPOSALS)
        for _ in range(self.rounds):
            frame = self._propose(empty, variables, proposals, rng)
            breaks = [s.violations(frame) for s in statements]
            broken += [b.sum() for b in breaks]
            good = ~np.any(breaks, axis=0) if breaks else np.ones(proposals, dtype=bool)
            kept.append(frame[good][:lacking])
            lacking -= len(kept[-1])
            if not lacking:
                return pd.concat(kept, ignore_index=True)
        worst = statements[int(broken.argmax())].name
        raise GuideError(
            f"rule {worst!r} is too rarely met by chance: {rows - lacking} of {rows} rows in "
            f"{self.rounds} rounds; leave out a variable that follows from others, give shapes, "
            "or raise rounds"
        )

    def _propose(
        self, empty: Dataset, variables: list[Variable], n: int, rng: np.random.Generator
    ) -> pd.DataFrame:
        columns = {}
        for v in variables:
            gone = rng.random(n) < _for(self.missing, v.name, 0.0)
            values = pd.Series(self._values(v, n, rng), index=pd.RangeIndex(n))
            dtype: Any = empty.rows[v.name].dtype
            if getattr(dtype, "tz", None) is not None:
                values = values.dt.tz_localize("UTC")
            if not v.numeric:
                values = values.astype(dtype)
            columns[v.name] = values.where(~gone) if gone.any() else values
        return pd.DataFrame(columns, index=pd.RangeIndex(n))

    def _values(self, v: Variable, n: int, rng: np.random.Generator) -> Any:
        if v.discrete:
            levels = list(v.levels or ())
            weights = self.shapes.get(v.name)
            odds = np.array([1.0 if weights is None else weights.get(k, 0) for k in levels], float)
            codes = rng.choice(len(levels), n, p=odds / odds.sum())
            dtype: Any = pd.CategoricalDtype(levels, ordered=v.kind is Kind.ORDERED)
            return pd.Categorical.from_codes(codes, dtype=dtype)
        if v.kind is Kind.TEXT:
            return _letters(_for(self.text, v.name, "Aaaaaa 99"), n, rng)
        places = self._places(v, n, rng)
        if v.kind is Kind.DATETIME:
            usual = v.bounds if v.public_domain else RANGE
            asked = usual if self.dates == RANGE else self.dates
            first, days = _range(_for(asked, v.name, usual))
            return first + pd.to_timedelta(np.floor(places * days), unit="D")
        numbers = _numbers(v, places)
        if v.special and self.special:
            codes = rng.choice(np.array(sorted(v.special)), n)
            numbers = np.where(rng.random(n) < self.special, codes, numbers)
        return numbers

    def _places(self, v: Variable, n: int, rng: np.random.Generator) -> np.ndarray:
        """Return places from 0 to below 1 within the range of a variable, in its shape."""
        weights = np.asarray(self.shapes.get(v.name, (1.0,)), float)
        part = rng.choice(len(weights), n, p=weights / weights.sum())
        return np.asarray((part + rng.random(n)) / len(weights))

    def _check_names(self, tables: Mapping[str, Dataset]) -> None:
        """Refuse an option for a column or table that is not there."""
        columns = {v.name for t in tables.values() for v in t.schema.modelled}
        for option, known in {
            "shapes": columns,
            "missing": columns,
            "dates": columns,
            "text": columns,
            "children": set(tables),
        }.items():
            asked = getattr(self, option)
            for name in asked if isinstance(asked, Mapping) else ():
                if name not in known:
                    listed = ", ".join(sorted(filter(None, known))) or "none"
                    raise GuideError(
                        f"{option} names {name!r}, which is not there; known: {listed}"
                    )

    def _check_public(self, v: Variable) -> None:
        """Refuse a domain that is not public, and a shape that does not fit it."""
        what = "levels" if v.discrete else "bounds"
        if (v.discrete or v.numeric) and not v.public_domain:
            raise GuideError(
                f"column {v.name!r} has no public {what}, and 'dummy' does not look at the "
                f"records; declare public {what} in the schema or leave the column out with "
                "keep(...)"
            )
        if v.discrete and not v.levels:
            raise GuideError(f"column {v.name!r} has an empty list of levels; name one at least")
        if v.numeric and (not all(map(math.isfinite, v.bounds or ())) or not _size(v)):
            raise GuideError(
                f"column {v.name!r} has no value within finite bounds; correct its public bounds"
            )
        if v.name in self.shapes:
            _check_shape(v, self.shapes[v.name])


def _each(option: Any) -> list[Any]:
    return list(option.values()) if isinstance(option, Mapping) else [option]


def _for(option: Any, name: str, usual: Any) -> Any:
    """Return what an option says of a column: its own value, or the one for all."""
    return option.get(name, usual) if isinstance(option, Mapping) else option


def _emptied(data: Data) -> Data:
    if isinstance(data, Dataset):
        return data.with_rows(data.rows.iloc[:0])
    tables = {name: t.with_rows(t.rows.iloc[:0]) for name, t in data.tables.items()}
    return LinkedTables(tables, data.links, data.name)


def _keys(data: Data, table: Dataset) -> set[str]:
    """Return the columns that name units or link tables; they must be identifiers."""
    links = data.links if isinstance(data, LinkedTables) else ()
    keys = {link.key for link in links} | {table.entity}
    found = {v.name for v in table.schema.variables if v.name in keys}
    for name in sorted(found):
        if table.schema[name].discrete:
            raise GuideError(
                f"column {name!r} names units but is declared {table.schema[name].kind.value}; "
                "fresh units need the kind identifier in the schema"
            )
    return found


def _drawn(table: Dataset, keys: set[str]) -> list[Variable]:
    """Return the variables to draw: all but identifiers and keys, which are numbered."""
    return [v for v in table.schema.modelled if v.name not in keys | {table.entity}]


def _check_statement(statement: Rule | StructuralZero, drawn: set[str]) -> None:
    if fresh := sorted(statement.columns - drawn):
        raise GuideError(
            f"rule {statement.name!r} speaks of {fresh[0]!r}, an identifier that is made afresh; "
            "drop the rule or declare another kind in the schema"
        )


def _check_shape(v: Variable, shape: Any) -> None:
    """Refuse weights that are not those of a variable's levels or of parts of its range."""
    if v.kind is Kind.TEXT:
        raise GuideError(f"shapes names {v.name!r}, which is text; give it a template in text")
    if isinstance(shape, Mapping) != v.discrete or not isinstance(shape, Mapping | list | tuple):
        form = "weights by level: {'yes': 1, 'no': 3}" if v.discrete else "a list such as [1, 3]"
        raise GuideError(f"the shape of {v.name!r} is not {form}")
    for level in shape if v.discrete else ():
        if level not in (v.levels or ()):
            raise GuideError(f"shapes gives a weight to {level!r}, no public level of {v.name!r}")
    weights = list(shape.values()) if isinstance(shape, Mapping) else list(shape)
    numbers = all(isinstance(w, int | float) and 0 <= w < math.inf for w in weights)
    if not numbers or not sum(weights):
        raise GuideError(f"the weights of {v.name!r} are not numbers from 0, one of them above 0")


def _range(pair: Any) -> tuple[pd.Timestamp, int]:
    """Return the first day of a range and how many days it has."""
    try:
        first, last = (pd.Timestamp(day).normalize() for day in pair)
        days = (last - first).days + 1
    except (ValueError, TypeError):
        days = 0
    if days < 1:
        raise GuideError(f"dates={pair!r} is not a first and a last day such as {RANGE}")
    return first, days


def _counts(pair: Any) -> None:
    whole = isinstance(pair, list | tuple) and all(
        isinstance(k, Integral) and not isinstance(k, bool) for k in pair
    )
    if not whole or len(pair) != 2 or not 0 <= pair[0] <= pair[1]:
        raise GuideError(f"children={pair!r} is not a least and a greatest number such as (0, 3)")


def _size(v: Variable) -> float:
    """Return how many values a quantity may take, special codes apart."""
    low, high = v.bounds or (0.0, 0.0)
    if v.kind is not Kind.INTEGER:
        return math.inf
    inside = sum(low <= code <= high for code in v.special)
    return max(math.floor(high) - math.ceil(low) + 1 - inside, 0)


def _numbers(v: Variable, places: np.ndarray) -> np.ndarray:
    """Return the quantities at places within the public bounds; special codes are passed over."""
    low, high = v.bounds or (0.0, 0.0)
    if v.kind is not Kind.INTEGER:
        return np.asarray(low + places * (high - low))
    numbers = math.ceil(low) + np.floor(places * _size(v))
    for code in sorted(v.special):
        if low <= code <= high:
            numbers += numbers >= code
    return np.asarray(numbers)


def _letters(template: str, n: int, rng: np.random.Generator) -> list[str]:
    signs = [
        rng.choice(list(ALPHABETS.get(sign, DIGITS)), n)
        if sign in {*ALPHABETS, "9"}
        else np.full(n, sign)
        for sign in template
    ]
    return ["".join(row) for row in zip(*signs, strict=True)]


def _bound_together(
    statements: Sequence[Rule | StructuralZero], names: list[str]
) -> Iterator[tuple[list[str], list[Rule | StructuralZero]]]:
    """Yield groups of columns that no rule connects with each other, and the rules of each.

    Groups are independent of each other, so that each can be drawn anew on its own.
    """
    groups: list[set[str]] = [{name} for name in names]
    for statement in statements:
        touched = [g for g in groups if g & statement.columns]
        groups = [g for g in groups if g not in touched]
        groups += [set().union(*touched)] if touched else []
    for group in sorted(groups, key=lambda g: min(map(names.index, g))):
        inside = [s for s in statements if s.columns & group]
        yield [name for name in names if name in group], inside
