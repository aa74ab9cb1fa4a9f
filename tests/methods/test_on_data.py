"""Every method on every data set of the guide: a file of the schema, or one sentence."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from guide_helpers import GuideError, generate, load
from guide_helpers.catalogue import entries
from guide_helpers.schema import Dataset, LinkedTables
from guide_helpers.suitability import objections

UNITS = 150
FEWER = 60
"""Units in the tier of every day."""
METHODS = {slug: entry for slug, entry in entries("methods").items() if entry.runs}
HEAVY = [s for s, e in METHODS.items() if {"sdv", "torch"} & set(e.card.requires)]
DATA = list(entries("datasets"))
QUICK = {"epochs": 1, "epsilon": 5.0, "rounds": 20}
each_set = pytest.mark.parametrize("name", DATA)


def few(name, units=UNITS):
    """Return some units of a data set; of linked tables, with all that belongs to them."""
    data = load(name)
    chosen = np.random.default_rng(1).choice(data.n_units, min(units, data.n_units), replace=False)
    return data.take_units(np.sort(chosen))


def tables(data):
    """Return the data themselves and, of linked tables, each table alone."""
    alone = list(data.tables.values()) if isinstance(data, LinkedTables) else []
    return [data, *alone]


def made_or_refused(slug, data, *, twice=False):
    """Make one file or two; return what is wrong, or nothing. A refusal must be one sentence.

    That the same seed gives the same rows is a contract test of every method, so it is asked of
    real data in validation only.
    """
    known = {f.name for f in fields(METHODS[slug].implementation)}
    options = {k: v for k, v in QUICK.items() if k in known}
    against = list(objections(METHODS[slug], data))
    try:
        copy = generate(data, slug, seed=1, **options).first
        again = generate(data, slug, seed=1, **options).first if twice else copy
    except GuideError as error:
        said = str(error)
        good = "\n" not in said and len(said) < 400 and (not against or said == against[0])
        return "" if good else f"refused in many words: {said}"
    if against:
        return f"not refused: {against[0]}"
    new, old = ((d.tables if isinstance(d, LinkedTables) else {"": d}) for d in (copy, data))
    for name, table in old.items():
        if new[name].schema.names != table.schema.names or not isinstance(new[name], Dataset):
            return f"other columns in {name}"
        twin = again[name] if isinstance(again, LinkedTables) else again
        if not new[name].rows.equals(twin.rows):
            return f"same seed, other rows in {name}"
    promised = METHODS[slug].card.capabilities
    clean = not data.violations().sum()  # a bootstrap keeps what the records keep
    if promised.keeps_rules and clean and copy.violations().sum():
        return "a rule is broken"
    if isinstance(copy, LinkedTables) and copy.orphans().sum():
        return "a child has no parent"
    return ""


@each_set
def test_light_methods_make_every_data_set_or_say_why_not(name):
    faults = {
        (slug, place): fault
        for place, data in enumerate(tables(few(name, FEWER)))
        for slug in METHODS
        if slug not in HEAVY and (fault := made_or_refused(slug, data))
    }
    assert faults == {}


@pytest.mark.validation
@pytest.mark.parametrize("slug", METHODS)
def test_methods_make_every_data_set_twice_alike_or_say_why_not(slug):
    faults = {
        (name, place): fault
        for name in DATA
        for place, data in enumerate(tables(few(name)))
        if (fault := made_or_refused(slug, data, twice=True))
    }
    assert faults == {}
