"""Statistical disclosure control on top of a synthesis: codes, uniques, a label."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.results import Synthetic
from guide_helpers.schema import Dataset, Kind, Provenance, Role, Schema, Variable

LABEL = "label"
"""Name of the column that says what the file is."""
UNIQUES = ("replicated", "present")


def protect(
    synthetic: Synthetic,
    *,
    original: Dataset | None = None,
    top: Mapping[str, float] | None = None,
    bottom: Mapping[str, float] | None = None,
    uniques: str | None = None,
    keys: Sequence[str] | None = None,
    label: str | None = None,
) -> Synthetic:
    """Return a synthesis after disclosure control; what was done stands in its provenance.

    Parameters
    ----------
    original
        The file that was synthesised; needed to find uniques.
    top, bottom
        Limits by column: greater (smaller) quantities are set to the limit. Special codes and
        missing values stay. Choose limits that are public, not the original's extremes.
    uniques
        Which records to remove that are alone in the synthetic file with the values of their
        keys: "replicated", those whose values belong to one record of the original too, or
        "present", those whose values belong to any record of it. Removing the latter has a price:
        members become recognisable by their absence.
    keys
        The columns meant; by default the key variables.
    label
        Words for a column `label` that says what the file is ("synthetic data"). Measure and
        attack first: a file with one more column is no longer like the original.
    """
    tables = [c for c in synthetic.copies if isinstance(c, Dataset)]
    if len(tables) < synthetic.m:
        raise GuideError("disclosure control works on single tables; take one with .first['name']")
    if uniques is not None and synthetic.privacy is not None:
        raise GuideError(
            "removing uniques looks at the original again, which the privacy claim has not paid "
            "for; leave uniques out"
        )
    schema = tables[0].schema
    _check_limits(schema, top, "top")
    _check_limits(schema, bottom, "bottom")
    chosen = _keys(tables[0], original, uniques, keys)
    if label is not None and LABEL in schema:
        raise GuideError(f"the table has a column {LABEL!r} already; rename it")
    done: dict[str, Any] = {"top coded": dict(top or {}), "bottom coded": dict(bottom or {})}
    copies = [_coded(_coded(copy, top, np.minimum), bottom, np.maximum) for copy in tables]
    if uniques is not None and original is not None:
        limited = _coded(_coded(original, top, np.minimum), bottom, np.maximum)
        found = [_matched(copy, limited, chosen, uniques) for copy in copies]
        done[f"uniques removed ({uniques}, on {', '.join(chosen)})"] = [int(f.sum()) for f in found]
        copies = [c.with_rows(c.rows[~f]) for c, f in zip(copies, found, strict=True)]
        if not all(len(copy) for copy in copies):
            raise GuideError("every record is such a unique, so nothing is left; choose fewer keys")
    if label is not None:
        done["label"] = label
        copies = [_labelled(copy, label) for copy in copies]
    kept = {name: value for name, value in done.items() if value}
    provenance = {**synthetic.provenance, "disclosure control": kept}
    return replace(synthetic, copies=tuple(copies), provenance=provenance)


def _check_limits(schema: Schema, limits: Mapping[str, float] | None, option: str) -> None:
    if limits is not None and not isinstance(limits, Mapping):
        raise GuideError(f"{option} takes limits by column: {option}={{'income': 100000}}")
    for name, limit in (limits or {}).items():
        if not schema[name].numeric:
            raise GuideError(f"{option} names {name!r}, which is no quantity; recode its levels")
        number = isinstance(limit, int | float) and not isinstance(limit, bool)
        if not number or not math.isfinite(limit):
            raise GuideError(f"{option} limit {limit!r} of {name!r} is not a finite number")
        if schema[name].kind is Kind.INTEGER and limit % 1:
            raise GuideError(
                f"{option} limit {limit!r} of {name!r} is not whole, as its values are"
            )


def _keys(
    copy: Dataset, original: Dataset | None, uniques: str | None, keys: Sequence[str] | None
) -> list[str]:
    if uniques is None:
        return []
    if uniques not in UNIQUES:
        raise GuideError(f"no uniques {uniques!r}; known: {', '.join(UNIQUES)}")
    if original is None:
        raise GuideError("uniques are found beside the original; give original=")
    if isinstance(keys, str):
        raise GuideError(f"keys={keys!r} is one word; give a list of columns, [{keys!r}]")
    chosen = list(copy.keys if keys is None else keys)
    if not chosen:
        raise GuideError("no key variable is declared; give keys=[...] or declare them")
    for name in chosen:
        copy.schema[name], original.schema[name]
    return chosen


def _coded(data: Dataset, limits: Mapping[str, float] | None, cut: Any) -> Dataset:
    if not limits:
        return data
    rows = data.rows.copy()
    for name, limit in limits.items():
        ordinary = ~rows[name].isin(list(data.schema[name].special))
        rows[name] = rows[name].where(~ordinary, cut(rows[name], limit))
    return data.with_rows(rows)


def _matched(copy: Dataset, original: Dataset, keys: list[str], uniques: str) -> np.ndarray:
    """Return which records are alone with their keys, and found in the original as asked."""
    both = pd.concat([copy.rows[keys].astype(object), original.rows[keys].astype(object)])
    group = both.groupby(keys, dropna=False, sort=False).ngroup().to_numpy()
    new, old = np.split(group, [len(copy)])
    ours, theirs = (np.bincount(g, minlength=int(group.max()) + 1) for g in (new, old))
    there = theirs == 1 if uniques == "replicated" else theirs >= 1
    return np.asarray((ours[new] == 1) & there[new])


def _labelled(copy: Dataset, label: str) -> Dataset:
    said = Variable(
        LABEL, Kind.CATEGORICAL, Role.OTHER, levels=(label,), levels_from=Provenance.PUBLIC
    )
    schema = replace(copy.schema, variables=(*copy.schema.variables, said))
    rows = copy.rows.assign(**{LABEL: label})
    return Dataset.of(rows, schema, entity=copy.entity, time=copy.time, name=copy.name)
