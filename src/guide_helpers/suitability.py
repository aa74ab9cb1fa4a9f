"""Whether a method can take a data set, said before any work is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from guide_helpers.cards import Capabilities, DataKind, MeasureCard, MethodCard
from guide_helpers.catalogue import Entry, entries
from guide_helpers.errors import GuideError
from guide_helpers.schema import Data, Dataset, LinkedTables

MOST_NAMED = 6
"""Methods that a refusal names; the inventory has the others."""


def objections(
    entry: Entry,
    data: Data,
    *,
    n: int | None = None,
    synthesise: Sequence[str] | None = None,
) -> Iterator[str]:
    """Yield one sentence for each reason why the method cannot take the data as asked."""
    if not entry.runs:
        yield (
            f"{entry.slug!r} is described in the guide, not part of the package; "
            f"take another method, or use {entry.card.implementation} yourself"
        )
        return
    able = _capabilities(entry)
    tables = list(data.tables.values()) if isinstance(data, LinkedTables) else [data]
    if not all(len(t) for t in tables[:1]):
        yield "the table has no rows; nothing to learn from"
    yield from _shape(entry, able, data)
    for table in tables:
        yield from _values(entry, able, table)
    if n is not None and n < 1:
        yield f"n={n} asks for no records; ask for at least 1"
    if n is not None and not able.any_size and n != data.n_units:
        yield f"{entry.slug!r} returns as many records as it was given; leave n out"
    if synthesise is not None:
        yield from _partial(entry, able, data, synthesise, n)


def refuse(entry: Entry, data: Data, **asked: Any) -> None:
    """Raise the first objection, if there is one."""
    for sentence in objections(entry, data, **asked):
        raise GuideError(sentence)


def check_options(entry: Entry, options: dict[str, Any]) -> None:
    """Refuse an option that the method does not have, and name those that it has."""
    known = [f.name for f in fields(entry.implementation) if f.init]  # type: ignore[arg-type]
    offered = [name for name in known if name not in {"synthesise", "secure"}]
    for name in options:
        if name not in offered:
            listed = ", ".join(offered) or "none"
            raise GuideError(f"{entry.slug!r} has no option {name!r}; known: {listed}")


def _capabilities(entry: Entry) -> Capabilities:
    card: MethodCard = entry.card
    return card.capabilities


def _shape(entry: Entry, able: Capabilities, data: Data) -> Iterator[str]:
    if isinstance(data, LinkedTables) and not able.linked:
        yield f"{entry.slug!r} works on one table, not on linked ones; {_others('linked')}"
    elif isinstance(data, Dataset) and data.panel and not able.panel:
        yield (
            f"{entry.slug!r} works on one row a unit, but {data.entity!r} has several; "
            f"{_others('panel')}"
        )


def _values(entry: Entry, able: Capabilities, table: Dataset) -> Iterator[str]:
    for v in table.schema.modelled:
        if v.kind.value not in able.kinds:
            yield (
                f"{entry.slug!r} cannot model column {v.name!r} of kind {v.kind.value}; "
                "drop it with keep(...) or declare another kind in the schema"
            )
        if not able.missing and table.rows[v.name].isna().any():
            yield (
                f"{entry.slug!r} takes no missing values, but column {v.name!r} has some; "
                f"impute them; {_others('missing')}"
            )
        if able.formal_privacy and not v.public_domain:
            what = "levels" if v.discrete else "bounds"
            yield (
                f"column {v.name!r} has no public {what}, and observed ones are confidential; "
                f"declare public {what} in the schema before a method with a privacy claim"
            )
    if able.replaces and not any(v.kind.value in able.replaces for v in table.schema.modelled):
        yield (
            f"{entry.slug!r} makes columns of kind {' or '.join(able.replaces)} anew and keeps the "
            "rest, but the table has none: it would be given back as it is; take another method"
        )


def _partial(
    entry: Entry, able: Capabilities, data: Data, synthesise: Sequence[str], n: int | None
) -> Iterator[str]:
    if not able.partial:
        has = "chooses what it replaces by itself" if able.replaces else "replaces all variables"
        yield f"{entry.slug!r} {has}; {_others('partial')}"
        return
    if isinstance(data, LinkedTables):
        yield "partial synthesis works on one table; take one with data['name']"
        return
    if isinstance(synthesise, str):
        yield f"synthesise={synthesise!r} is one word; give a list of columns, [{synthesise!r}]"
        return
    for name in synthesise:
        if name not in {v.name for v in data.schema.modelled}:
            yield f"no column {name!r} to synthesise; known: {', '.join(data.schema.names)}"
    if not synthesise:
        yield "synthesise=[] replaces nothing; name at least one column"
    if n is not None and n != data.n_units:
        yield "partial synthesis keeps the records, so n cannot differ from theirs; leave n out"


def _others(capability: str) -> str:
    running = {s: e for s, e in entries("methods").items() if e.runs}
    able = [s for s, e in running.items() if getattr(e.card.capabilities, capability)]
    # those in use and light first: they are what most readers should try
    able.sort(key=lambda s: (running[s].card.status.value != "in use", running[s].card.requires))
    more = len(able) - MOST_NAMED
    listed = ", ".join(able[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"methods that can: {listed}" if able else "no method of the guide can yet"


def unlike(card: MeasureCard, data: Data) -> str:
    """Return why a measure does not take data of this shape, empty where it does."""
    if isinstance(data, LinkedTables):
        shapes = {DataKind.LINKED}
    else:
        shapes = {DataKind.TABLE} | ({DataKind.PANEL} if data.panel or data.time else set())
    if shapes & set(card.data):
        return ""
    wanted = " or ".join(kind.value for kind in card.data)
    remedy = "give one of the tables" if DataKind.LINKED in shapes else WAYS[card.data[0]]
    return f"is made for a {wanted}, which this file is not; {remedy}"


WAYS = {
    DataKind.TABLE: "give one of the tables",
    DataKind.PANEL: "declare the entity or the time column of the rows",
    DataKind.LINKED: "give the linked tables together",
}
