"""Data with meaning: variables, rules, the privacy unit, one table or several linked ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import pandas as pd

from guide_helpers import expressions
from guide_helpers.errors import GuideError


class Kind(Enum):
    """What a variable's values are; identifiers are never modelled."""

    CATEGORICAL = "categorical"
    ORDERED = "ordered"
    INTEGER = "integer"
    NUMBER = "number"
    DATETIME = "datetime"
    TEXT = "text"
    IDENTIFIER = "identifier"


class Role(Enum):
    """What a variable means for disclosure."""

    DIRECT_IDENTIFIER = "direct identifier"
    KEY = "key"
    SENSITIVE = "sensitive"
    WEIGHT = "weight"
    OTHER = "other"


class Provenance(Enum):
    """Where levels or bounds come from; observed ones are confidential."""

    PUBLIC = "public"
    OBSERVED = "observed"


DISCRETE = (Kind.CATEGORICAL, Kind.ORDERED)
NUMERIC = (Kind.INTEGER, Kind.NUMBER)
LARGEST_EXACT = 2**53
"""Whole numbers up to here are exact as floating-point numbers."""


@dataclass(frozen=True)
class Variable:
    """One column: its kind, its role, its unit and the values it may take.

    `levels` are the values of a categorical or ordered variable, `bounds` the least and greatest
    value of a numeric one; each says where it comes from. `special` gives meaning to numeric
    codes that are not quantities, such as -9 for "not in universe".
    """

    name: str
    kind: Kind
    role: Role = Role.OTHER
    unit: str = ""
    label: str = ""
    levels: tuple[Any, ...] | None = None
    levels_from: Provenance = Provenance.OBSERVED
    bounds: tuple[float, float] | None = None
    bounds_from: Provenance = Provenance.OBSERVED
    special: Mapping[float, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def discrete(self) -> bool:
        """Whether the values are levels, ordered or not."""
        return self.kind in DISCRETE

    @property
    def numeric(self) -> bool:
        """Whether the values are quantities."""
        return self.kind in NUMERIC

    @property
    def public_domain(self) -> bool:
        """Whether the values it may take are known without looking at the records."""
        if self.discrete:
            return self.levels is not None and self.levels_from is Provenance.PUBLIC
        return self.bounds is not None and self.bounds_from is Provenance.PUBLIC

    def coerce(self, values: pd.Series) -> pd.Series:
        """Return `values` in the type of this variable; what does not fit is refused."""
        if self.discrete:
            return self._as_levels(values)
        if self.numeric:
            return self._as_numbers(values)
        if self.kind is Kind.DATETIME:
            return self._as_dates(values)
        return values

    def _as_dates(self, values: pd.Series) -> pd.Series:
        try:
            if pd.api.types.is_datetime64_any_dtype(values):
                values.dt.as_unit("ns")  # an unlikely date that has no place there is refused
                return values
            if pd.api.types.is_numeric_dtype(values) and values.notna().any():
                raise ValueError  # pandas would take them for nanoseconds since 1970
            return pd.to_datetime(values, format="ISO8601")
        except pd.errors.OutOfBoundsDatetime:
            raise GuideError(
                f"column {self.name!r} has dates before 1678 or after 2261, 9999-12-31 perhaps; "
                "make them missing or declare another kind in the schema"
            ) from None
        except (ValueError, TypeError):
            raise GuideError(
                f"column {self.name!r} has values that are no dates such as 2022-01-24; "
                "declare another kind in the schema or correct the data"
            ) from None

    def _as_levels(self, values: pd.Series) -> pd.Series:
        levels = self.levels
        if levels is None:
            levels = tuple(sorted(values.dropna().unique(), key=lambda v: (str(type(v)), v)))
        dtype = pd.CategoricalDtype(list(levels), ordered=self.kind is Kind.ORDERED)
        if values.dtype == dtype and values.cat.categories.equals(dtype.categories):
            return values
        coded = values.astype(object).astype(dtype)
        lost = int((coded.isna() & values.notna()).sum())
        if lost:
            raise GuideError(
                f"column {self.name!r} has {lost} values that are not among its "
                f"{len(levels)} levels; add them to the schema or correct the data"
            )
        return coded

    def _as_numbers(self, values: pd.Series) -> pd.Series:
        try:
            numbers = pd.to_numeric(values)
        except (ValueError, TypeError):
            raise GuideError(
                f"column {self.name!r} has values that are no numbers; "
                "declare it categorical in the schema or correct the data"
            ) from None
        plain = numbers.to_numpy(dtype=float, na_value=np.nan)
        infinite = int(np.isinf(plain).sum())
        if infinite:
            raise GuideError(
                f"column {self.name!r} has {infinite} infinite values; "
                "make them missing or a number within bounds"
            )
        if self.kind is Kind.INTEGER and (np.abs(plain) > LARGEST_EXACT).any():
            raise GuideError(
                f"column {self.name!r} has whole numbers beyond {LARGEST_EXACT:,}, which lose "
                "digits; declare it identifier or categorical in the schema"
            )
        whole = self.kind is Kind.INTEGER and not np.isnan(plain).any()
        if self.kind is Kind.INTEGER and (np.mod(plain[~np.isnan(plain)], 1) != 0).any():
            raise GuideError(f"column {self.name!r} is declared integer but has fractions")
        return pd.Series(
            plain.astype(np.int64) if whole else plain, index=values.index, name=values.name
        )


@dataclass(frozen=True)
class Rule:
    """An expression that holds for every record, and the words for it.

    A record violates it where it is false and none of its columns is missing; see
    `guide_helpers.expressions` for the small language.
    """

    name: str
    expression: str
    text: str = ""

    def violations(self, rows: pd.DataFrame) -> np.ndarray:
        """Return, row by row, whether the rule is broken."""
        return expressions.violated(self.expression, rows)

    @property
    def columns(self) -> frozenset[str]:
        """The columns that the rule speaks of."""
        return expressions.columns(self.expression)


@dataclass(frozen=True)
class StructuralZero:
    """A combination that cannot occur, as against one that happens not to be in the sample."""

    name: str
    impossible: str
    text: str = ""

    def violations(self, rows: pd.DataFrame) -> np.ndarray:
        """Return, row by row, whether the impossible combination is there."""
        return expressions.holds(self.impossible, rows)

    @property
    def columns(self) -> frozenset[str]:
        """The columns that the combination is made of."""
        return expressions.columns(self.impossible)


@dataclass(frozen=True)
class Schema:
    """The variables of one table, its rules and its structural zeros."""

    variables: tuple[Variable, ...]
    rules: tuple[Rule, ...] = ()
    structural_zeros: tuple[StructuralZero, ...] = ()

    def __post_init__(self) -> None:
        repeated = {n for n in self.names if self.names.count(n) > 1}
        if repeated:
            raise GuideError(f"column {sorted(repeated)[0]!r} appears twice; rename one of them")
        for statement in self.statements:
            unknown = sorted(statement.columns - set(self.names))
            if unknown:
                raise GuideError(
                    f"rule {statement.name!r} names column {unknown[0]!r}, "
                    "which the table does not have"
                )

    def __getitem__(self, name: str) -> Variable:
        for variable in self.variables:
            if variable.name == name:
                return variable
        raise GuideError(f"no column {name!r}; known: {', '.join(self.names)}")

    def __contains__(self, name: str) -> bool:
        return name in self.names

    @property
    def names(self) -> tuple[str, ...]:
        """Column names, in order."""
        return tuple(v.name for v in self.variables)

    @property
    def statements(self) -> tuple[Rule | StructuralZero, ...]:
        """All that can be broken: the rules, then the structural zeros."""
        return (*self.rules, *self.structural_zeros)

    @property
    def modelled(self) -> tuple[Variable, ...]:
        """The variables that carry information: all but identifiers."""
        skipped = (Role.DIRECT_IDENTIFIER,)
        return tuple(
            v for v in self.variables if v.kind is not Kind.IDENTIFIER and v.role not in skipped
        )

    def of_role(self, role: Role) -> tuple[str, ...]:
        """Names of the variables with a role, in order."""
        return tuple(v.name for v in self.variables if v.role is role)

    def keep(self, names: Iterable[str]) -> Schema:
        """Return the schema of some columns, with the rules that still can be checked."""
        wanted = tuple(self[n] for n in names)
        known = {v.name for v in wanted}
        return Schema(
            wanted,
            tuple(r for r in self.rules if r.columns <= known),
            tuple(z for z in self.structural_zeros if z.columns <= known),
        )

    def change(self, name: str, **changes: Any) -> Schema:
        """Return the schema with one variable changed: `change("age", bounds=(0, 110))`."""
        changed = replace(self[name], **changes)
        return replace(
            self, variables=tuple(changed if v.name == name else v for v in self.variables)
        )


@dataclass(frozen=True, repr=False)
class Dataset:
    """Rows with their schema, and the privacy unit they belong to.

    `entity` names the column of the protected unit (person, household, device, firm) where one
    unit may have several rows; None says that each row is a unit of its own. `time` names the
    column that orders the rows of a unit.
    """

    rows: pd.DataFrame
    schema: Schema
    entity: str | None = None
    time: str | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if tuple(self.rows.columns) != self.schema.names:
            odd = sorted(set(map(str, self.rows.columns)) ^ set(self.schema.names))
            what = f"columns {odd}" if odd else "the order of columns"
            raise GuideError(f"rows and schema differ in {what}; make them agree")
        for column in (self.entity, self.time):
            if column is not None and column not in self.schema:
                raise GuideError(f"no column {column!r} to be the entity or time of the table")
        if self.entity is not None and (lost := int(self.rows[self.entity].isna().sum())):
            raise GuideError(
                f"entity {self.entity!r} is missing in {lost} rows; each row belongs to a unit"
            )

    @classmethod
    def of(
        cls,
        rows: pd.DataFrame,
        schema: Schema,
        *,
        entity: str | None = None,
        time: str | None = None,
        name: str = "",
    ) -> Self:
        """Return a data set whose columns have the types that the schema says."""
        missing = [n for n in schema.names if n not in rows]
        if missing:
            raise GuideError(f"the table has no column {missing[0]!r}, which its schema names")
        typed = {v.name: v.coerce(rows[v.name]) for v in schema.variables}
        return cls(pd.DataFrame(typed).reset_index(drop=True), schema, entity, time, name)

    def __repr__(self) -> str:
        """Return name and size: what is printed or logged must show no record."""
        name = f" {self.name!r}" if self.name else ""
        return f"<Dataset{name}: {len(self.rows):,} rows, {len(self.schema.variables)} variables>"

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, column: str) -> pd.Series:
        return self.rows[self.schema[column].name]

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the key variables."""
        return self.schema.of_role(Role.KEY)

    @property
    def sensitive(self) -> tuple[str, ...]:
        """Names of the sensitive variables."""
        return self.schema.of_role(Role.SENSITIVE)

    @property
    def units(self) -> np.ndarray:
        """The number of the privacy unit that each row belongs to, from 0."""
        if self.entity is None:
            return np.arange(len(self.rows))
        return pd.factorize(self.rows[self.entity])[0]

    @property
    def n_units(self) -> int:
        """How many privacy units the rows belong to."""
        return len(self.rows) if self.entity is None else int(self.rows[self.entity].nunique())

    @property
    def panel(self) -> bool:
        """Whether some unit has several rows."""
        return self.n_units < len(self.rows)

    def with_rows(self, rows: pd.DataFrame) -> Dataset:
        """Return the same kind of data set with other rows."""
        return Dataset.of(rows, self.schema, entity=self.entity, time=self.time, name=self.name)

    def keep(self, *columns: str) -> Dataset:
        """Return some columns only; the entity stays where the rows need it."""
        wanted = [n for n in self.schema.names if n in columns or n in {self.entity, self.time}]
        unknown = [c for c in columns if c not in self.schema]
        if unknown:
            self.schema[unknown[0]]
        rows = self.rows[wanted]
        return Dataset(rows, self.schema.keep(wanted), self.entity, self.time, self.name)

    def take_units(self, chosen: np.ndarray) -> Dataset:
        """Return the rows of some privacy units, in their order."""
        inside = np.isin(self.units, chosen)
        return replace(self, rows=self.rows[inside].reset_index(drop=True))

    def head(self, n: int = 5) -> pd.DataFrame:
        """Return the first rows (use on public data only)."""
        return self.rows.head(n)

    def violations(self) -> pd.Series:
        """Return how many records break each rule and structural zero."""
        counts = {s.name: int(s.violations(self.rows).sum()) for s in self.schema.statements}
        return pd.Series(counts, dtype="int64", name="records")

    def without_violations(self) -> Dataset:
        """Return the rows that break no rule and hold no structural zero."""
        broken = np.zeros(len(self.rows), dtype=bool)
        for statement in self.schema.statements:
            broken |= statement.violations(self.rows)
        return replace(self, rows=self.rows[~broken].reset_index(drop=True))

    def describe(self) -> pd.DataFrame:
        """Return one line a variable: what the schema says of it and how much is missing."""
        return pd.DataFrame([_line(self, v) for v in self.schema.variables]).set_index("name")


def _line(data: Dataset, v: Variable) -> dict[str, object]:
    if v.discrete:
        size = data.rows[v.name].nunique() if v.levels is None else len(v.levels)
        values, source = f"{size} levels", v.levels_from
    elif v.bounds is not None:
        low, high = v.bounds
        shown = v.bounds_from is Provenance.PUBLIC
        values = f"{low:g} to {high:g}" if shown else "bounds kept back"
        source = v.bounds_from
    else:
        values, source = "", Provenance.OBSERVED
    missing = 100 * data.rows[v.name].isna().mean() if len(data.rows) else 0.0
    return {
        "name": v.name,
        "label": v.label,
        "kind": v.kind.value,
        "role": v.role.value,
        "unit": v.unit,
        "values": values,
        "values from": source.value if values else "",
        "missing %": round(float(missing), 1),
    }


@dataclass(frozen=True)
class Link:
    """A child table's rows belong to one row of its parent, by the key of both."""

    parent: str
    child: str
    key: str


@dataclass(frozen=True)
class LinkedTables:
    """Several tables and the links between them; the privacy unit is a row of the root table."""

    tables: Mapping[str, Dataset]
    links: tuple[Link, ...]
    name: str = ""

    def __post_init__(self) -> None:
        for link in self.links:
            for table in (link.parent, link.child):
                if table not in self.tables:
                    raise GuideError(f"a link names table {table!r}, which is not there")
                if link.key not in self.tables[table].schema:
                    raise GuideError(f"table {table!r} has no column {link.key!r} to link by")
            if self.tables[link.parent].rows[link.key].duplicated().any():
                raise GuideError(
                    f"column {link.key!r} of {link.parent!r} repeats; a parent's key is unique"
                )
        children = [link.child for link in self.links]
        one_parent = len(children) == len(set(children))
        if not one_parent or len(self.tables) != len(self.links) + 1 or not self._joined():
            raise GuideError("linked tables form one tree: one root, one parent for each other")

    def _joined(self) -> bool:
        """Whether all tables hang on the root."""
        reached = {name for name in self.tables if name not in {k.child for k in self.links}}
        for _ in self.links:
            reached |= {link.child for link in self.links if link.parent in reached}
        return len(reached) == len(self.tables)

    def __getitem__(self, table: str) -> Dataset:
        if table not in self.tables:
            raise GuideError(f"no table {table!r}; known: {', '.join(self.tables)}")
        return self.tables[table]

    @property
    def root(self) -> str:
        """Name of the table that has no parent."""
        children = {link.child for link in self.links}
        return next(name for name in self.tables if name not in children)

    @property
    def entity(self) -> str | None:
        """The root's key column, which names the privacy unit."""
        return next((k.key for k in self.links if k.parent == self.root), None)

    @property
    def n_units(self) -> int:
        """How many privacy units there are: the rows of the root table."""
        return len(self.tables[self.root])

    def children(self, parent: str) -> tuple[Link, ...]:
        """Return the links that start from a table."""
        return tuple(link for link in self.links if link.parent == parent)

    def take_units(self, chosen: np.ndarray) -> LinkedTables:
        """Return some rows of the root table with all that belongs to them."""
        root = self.tables[self.root]
        kept = {self.root: replace(root, rows=root.rows.iloc[chosen].reset_index(drop=True))}
        queue = list(self.children(self.root))
        while queue:
            link = queue.pop(0)
            child = self.tables[link.child]
            inside = child.rows[link.key].isin(kept[link.parent].rows[link.key])
            kept[link.child] = replace(child, rows=child.rows[inside].reset_index(drop=True))
            queue += self.children(link.child)
        return LinkedTables({n: kept[n] for n in self.tables}, self.links, self.name)

    def orphans(self) -> pd.Series:
        """Return, for each link, how many child rows have no parent."""
        counts = {}
        for link in self.links:
            parents = self.tables[link.parent].rows[link.key]
            children = self.tables[link.child].rows[link.key]
            counts[f"{link.parent}-{link.child}"] = int((~children.isin(parents)).sum())
        return pd.Series(counts, dtype="int64", name="rows")

    def violations(self) -> pd.Series:
        """Return how many records break each rule, table by table."""
        counts: pd.Series = pd.concat({n: t.violations() for n, t in self.tables.items()})
        return counts

    def units_of(self, table: str) -> np.ndarray:
        """Return the number of the privacy unit (root row) that each row of a table belongs to."""
        if table == self.root:
            return np.arange(self.n_units)
        link = next(k for k in self.links if k.child == table)
        parent = self[link.parent].rows[link.key]
        place = pd.Series(self.units_of(link.parent), index=parent.to_numpy())
        units = place.reindex(self[table].rows[link.key].to_numpy()).to_numpy()
        if lost := int(np.isnan(units.astype(float)).sum()):
            raise GuideError(f"{lost} rows of {table!r} have no parent row; drop or correct them")
        return units.astype(np.int64)


Data = Dataset | LinkedTables
