"""Records that break a rule or hold an impossible combination."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from guide_helpers.cards import (
    Aspect,
    Better,
    MeasureCard,
    Null,
    Rung,
    Scope,
    UseCase,
    card,
    fit,
)
from guide_helpers.errors import GuideError
from guide_helpers.intervals import Interval, wilson
from guide_helpers.measures._coded import prepared, quantity
from guide_helpers.measures._judged import judged
from guide_helpers.results import Score
from guide_helpers.schema import Dataset

BROKEN, CODE_BOOK = "broken", "code book"


@card(
    MeasureCard(
        title="Broken rules",
        summary=(
            "Share of synthetic records that an edit check would reject: they break a rule of the "
            "schema, hold a combination that it calls impossible, or a value that the code book "
            "does not allow."
        ),
        sources=("fellegi1976", "raab2025checks"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("a married child of six costs the trust in all the rest"),
            UseCase.TESTING_ANALYSIS: fit("programs check rules before they analyse"),
            UseCase.EDUCATION: fit("unless finding the errors is the lesson"),
            UseCase.TESTING_TECHNOLOGY: fit("a program rejects such records, or should"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.STRUCTURE,
        scope=Scope.FIT_FOR_PURPOSE,
        unit="share of records",
        bounds=(0.0, 1.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "The details name the rules. Draw such records again or use a method that keeps rules; "
            "to correct them by hand afterwards bends other relations. None in a small file is no "
            "promise for a larger one: the interval says how many there may be."
        ),
        reading_user=(
            "That a record breaks no rule does not make it true, only possible. Ask which rules "
            "were checked; those of your own field may not be among them."
        ),
        cannot_see=(
            "rules that nobody wrote down, rules between the rows of a unit or between tables, and "
            "what a method bent to keep the rules"
        ),
    )
)
def rule_violations(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> Score:
    """Return the share of records that break a rule, a structural zero or the code book.

    The original's own share is the correct-model null, with what a file of the synthetic one's
    size may have by chance. `details` has one line a rule, with the shares in both files, and one
    for bounds and levels that the schema takes from a public code book. The rules are those of the
    original's schema; none is broken where a value it needs is missing.

    Where no record breaks a rule the interval ends where Wilson's does for none of as many privacy
    units, about 4 in n.
    """
    checks = {s.name: (s.violations, s.text) for s in original.schema.statements}
    if any(v.public_domain for v in original.schema.modelled):
        checks[CODE_BOOK] = (partial(_not_allowed, original), "bounds and levels that are public")
    if not checks:
        raise GuideError(
            "the schema has no rules, no structural zeros and no public bounds or levels; declare "
            "some to count the records that break them"
        )
    files = [original, synthetic, *([] if control is None else [control])]
    broken = [{name: test(f.rows) for name, (test, _) in checks.items()} for f in files]
    marks = [
        prepared({BROKEN: np.any(list(each.values()), axis=0).astype(np.int64)}, f)
        for each, f in zip(broken, files, strict=True)
    ]
    score = judged(
        "rule_violations",
        lambda _, new: {"": float(new.rows[BROKEN].mean())},
        marks[0],
        marks[1],
        rng=rng,
        control=marks[2] if control is not None else None,
        nulls=nulls,
        draws=draws,
    )[0]
    table = pd.DataFrame(
        {
            "rule": list(checks),
            "value": [float(marked.mean()) for marked in broken[1].values()],
            "original": [float(marked.mean()) for marked in broken[0].values()],
            "text": [text for _, text in checks.values()],
        }
    )
    return replace(
        score,
        interval=_interval(score, synthetic),
        details=table.sort_values("value", ascending=False, ignore_index=True, kind="stable"),
        note=" ".join(n for n in (_counted(table), score.note) if n),
    )


def _not_allowed(original: Dataset, rows: pd.DataFrame) -> np.ndarray:
    """Return which records have a value that the public code book does not allow."""
    wrong = np.zeros(len(rows), dtype=bool)
    for v in original.schema.modelled:
        if v.public_domain and v.discrete and v.levels is not None:
            wrong |= (rows[v.name].notna() & ~rows[v.name].isin(v.levels)).to_numpy()
        elif v.public_domain and v.numeric and v.bounds is not None:
            values = quantity(v, rows[v.name])
            wrong |= (values < v.bounds[0]) | (values > v.bounds[1])
    return wrong


def _interval(score: Score, synthetic: Dataset) -> Interval | None:
    if score.value:
        return score.interval
    return replace(wilson(0, synthetic.n_units), method="Wilson, no violation seen")


def _counted(table: pd.DataFrame) -> str:
    count = int((table["value"] > 0).sum())
    words = f"{count or 'None'} of {len(table)} rules {'is' if count < 2 else 'are'} broken"
    if not count:
        return f"{words}."
    return f"{words}, most often: {table['rule'].iloc[int(table['value'].argmax())]}."
