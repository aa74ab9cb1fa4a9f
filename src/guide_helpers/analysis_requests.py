"""An analysis as data: a regression or a table that can be run without running anybody's code.

    {"kind": "regression", "formula": "died ~ age + sex"}
    {"kind": "table", "by": ["group", "sex"], "statistic": "mean", "value": "bmi"}

Both take `"where": {"sex": "female"}`. Nothing in a request is evaluated: names are looked up in
the schema, levels in its lists.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from guide_helpers.errors import GuideError
from guide_helpers.measures._formula import MODELS, complete, parse
from guide_helpers.schema import (
    Dataset,
    Kind,
    LinkedTables,
    Provenance,
    Role,
    Schema,
    Variable,
)

KINDS = {
    "regression": ("kind", "formula", "model", "where"),
    "table": ("kind", "by", "statistic", "value", "where"),
}
STATISTICS = ("count", "mean", "total")
LONGEST = 300
MOST_NAMES = 20
MOST_LEVELS = 200
MOST_CELLS = 1_000


@dataclass(frozen=True)
class Request:
    """A regression or a table, its words checked against the schema; it holds no data."""

    kind: str
    formula: str = ""
    model: str = "auto"
    by: tuple[str, ...] = ()
    statistic: str = "count"
    value: str = ""
    where: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """Return the request in words."""
        if self.kind == "regression":
            said = f"regression {self.formula}"
        else:
            what = self.statistic + (f" of {self.value}" if self.value else "")
            said = f"table of the {what} by {' and '.join(self.by)}"
        group = " and ".join(f"{name} is {level}" for name, level in self.where)
        return f"{said}, where {group}" if group else said

    def variables(self, data: Dataset) -> tuple[Variable, ...]:
        """Return the variables that a record must have to count."""
        if self.kind == "regression":
            response, terms = parse(self.formula, data)
            return (response, *terms)
        named = [*self.by, *([self.value] if self.value else [])]
        return tuple(data.schema[name] for name in named)

    def used(self, data: Dataset) -> np.ndarray:
        """Return which records the request speaks of: complete ones, of the group."""
        inside = complete(data, self.variables(data))
        for name, level in self.where:
            inside &= (data.rows[name].astype(object) == level).to_numpy()
        return inside


def request_of(spec: Any, data: Dataset) -> Request:
    """Return the request that a specification makes, or refuse it; only the schema is looked at."""
    if not isinstance(spec, Mapping) or spec.get("kind") not in tuple(KINDS):
        raise GuideError(f"a request is a mapping whose kind is one of {', '.join(KINDS)}")
    if odd := [str(name)[:40] for name in spec if name not in KINDS[spec["kind"]]]:
        known = ", ".join(KINDS[spec["kind"]])
        raise GuideError(f"a {spec['kind']} has no part {odd[0]!r}; it has {known}")
    asked = Request(
        kind=str(spec["kind"]),
        formula=_word(spec, "formula", ""),
        model=_word(spec, "model", "auto"),
        statistic=_word(spec, "statistic", "count"),
        value=_word(spec, "value", ""),
        where=_where(spec.get("where", {}), data.schema),
    )
    return _regression(asked, data) if asked.kind == "regression" else _table(asked, spec, data)


def _word(spec: Mapping[str, Any], name: str, otherwise: str) -> str:
    word = spec.get(name, otherwise)
    if not isinstance(word, str) or len(word) > LONGEST:
        raise GuideError(f"{name} is a text of at most {LONGEST} characters")
    return word.strip()


def _where(given: Any, schema: Schema) -> tuple[tuple[str, str], ...]:
    if not isinstance(given, Mapping) or len(given) > MOST_NAMES:
        raise GuideError('where names a level of a few variables: {"sex": "female"}')
    for name, level in given.items():
        variable = _known(schema, name)
        levels = variable.levels or ()
        if not variable.discrete or level not in levels:
            raise GuideError(f"where: {name!r} has no level {str(level)[:40]!r}")
    return tuple(sorted((str(name), level) for name, level in given.items()))


def _regression(asked: Request, data: Dataset) -> Request:
    if asked.model not in MODELS:
        raise GuideError(f"no model {asked.model[:40]!r}; known: {', '.join(MODELS)}")
    left, _, right = asked.formula.partition("~")
    for name in (left, *right.split("+")):
        if name.strip():
            _known(data.schema, name.strip())
    named = asked.variables(data)
    if sum(len(v.levels or ()) for v in named[1:] if v.discrete) > MOST_LEVELS:
        raise GuideError(f"the terms have more than {MOST_LEVELS} levels; leave one out")
    terms = " + ".join(name.strip() for name in right.split("+"))
    return replace(asked, formula=f"{left.strip()} ~ {terms}")


def _table(asked: Request, spec: Mapping[str, Any], data: Dataset) -> Request:
    by = spec.get("by")
    if not isinstance(by, Sequence) or isinstance(by, str) or not 1 <= len(by) <= MOST_NAMES:
        raise GuideError('by is a list of the variables that make the cells: ["sex", "group"]')
    for name in by:
        if not _known(data.schema, name).discrete:
            raise GuideError(f"by names {name!r}, which has no levels; ask for a variable in bands")
    cells = math.prod(len(data.schema[name].levels or ()) for name in by)
    if not 0 < cells <= MOST_CELLS:
        raise GuideError(f"a table has at most {MOST_CELLS} cells of declared levels; name fewer")
    if len(set(by)) < len(by):
        raise GuideError("by names a variable twice; name each once")
    if asked.statistic not in STATISTICS:
        raise GuideError(f"no statistic {asked.statistic[:40]!r}; known: {', '.join(STATISTICS)}")
    if (asked.statistic == "count") == bool(asked.value):
        raise GuideError("a count has no value, and a mean or a total needs one")
    if asked.value and not _known(data.schema, asked.value).numeric:
        raise GuideError(f"value names {asked.value!r}, which is no quantity")
    return replace(asked, by=tuple(by))


def _known(schema: Schema, name: Any) -> Variable:
    """Return a variable that may stand in a request."""
    if not isinstance(name, str) or name not in schema:
        raise GuideError(f"no column {str(name)[:40]!r} to ask about; look at the schema")
    if schema[name].role is Role.DIRECT_IDENTIFIER or schema[name].kind is Kind.IDENTIFIER:
        raise GuideError(f"{name!r} identifies and stands in no request")
    return schema[name]


@dataclass(frozen=True)
class HasRow:
    """A column yes or no for each row of the root: has it a child row of this level, in time?

    `until` is the last value of the child's column `time` that counts: 0 for "before or on the
    index date".
    """

    name: str
    table: str
    column: str
    level: str
    time: str = ""
    until: float = 0


def with_flags(data: LinkedTables, flags: Sequence[HasRow]) -> Dataset:
    """Return the root of linked tables with a column for each flag: the file that requests see.

    It is made of original and synthetic tables alike, from words that name tables and levels.
    """
    root = data[data.root]
    rows, variables = root.rows, list(root.schema.variables)
    for flag in flags:
        links = [k for k in data.children(data.root) if k.child == flag.table]
        if not links:
            raise GuideError(f"no table {flag.table!r} below {data.root!r}")
        child = data[flag.table]
        _refuse_flag(flag, child, root)
        found = (child[flag.column].astype(object) == flag.level).to_numpy()
        if flag.time:
            found = found & (child[flag.time] <= flag.until).fillna(False).to_numpy(dtype=bool)
        key = links[0].key
        has = rows[key].isin(child.rows.loc[found, key])
        rows = rows.assign(**{flag.name: np.where(has, "yes", "no")})
        variables.append(_yes_no(flag))
    schema = replace(root.schema, variables=tuple(variables))
    return Dataset.of(rows, schema, entity=root.entity, time=root.time, name=root.name)


def _refuse_flag(flag: HasRow, child: Dataset, root: Dataset) -> None:
    if flag.name in root.schema:
        raise GuideError(f"the table has a column {flag.name!r} already; name the flag otherwise")
    if flag.level not in (child.schema[flag.column].levels or ()):
        raise GuideError(f"{flag.column!r} has no level {flag.level!r}")
    if flag.time and not child.schema[flag.time].numeric:
        raise GuideError(f"time={flag.time!r} of flag {flag.name!r} is no quantity")


def _yes_no(flag: HasRow) -> Variable:
    until = f", {flag.time} up to {flag.until:g}" if flag.time else ""
    words = f"{flag.column} {flag.level}{until}"
    levels = ("no", "yes")
    return Variable(
        flag.name, Kind.CATEGORICAL, label=words, levels=levels, levels_from=Provenance.PUBLIC
    )
