"""Missing and special values: how often, and together with which others."""

from __future__ import annotations

from collections.abc import Sequence

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
from guide_helpers.measures._coded import prepared
from guide_helpers.measures._encode import numbers, special_codes
from guide_helpers.measures._parts import Parts, judged_by_parts
from guide_helpers.results import Score
from guide_helpers.schema import Dataset, Variable

RATES, PATTERNS = "rates", "patterns"
ALL = "all variables together"


@card(
    MeasureCard(
        title="Missing and special values",
        summary=(
            "Share of records that would have to change between having a value, having none and "
            "having a special code, variable by variable and for the pattern over all variables."
        ),
        sources=("sdmetrics_docs", "raab2025checks"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("users count the missing values before anything else"),
            UseCase.TESTING_ANALYSIS: fit("a program that drops incomplete records meets as many"),
            UseCase.EDUCATION: fit("missing values are part of the lesson, or a nuisance in it"),
            UseCase.TESTING_TECHNOLOGY: fit("a program must meet the missing values it will meet"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.STRUCTURE,
        scope=Scope.NARROW,
        unit="share of records",
        bounds=(0.0, 1.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "Rates right and patterns wrong: values go missing one by one, where in the original a "
            "question was skipped with its follow-ups. Declare special codes in the schema; a "
            "method that takes -9 for an amount gives itself away here."
        ),
        reading_user=(
            "Rates right: as many records have your variable. Patterns right: as many are complete "
            "in any set of variables, up to this share."
        ),
        cannot_see=(
            "whether values are missing for the people for whom they were missing in the original, "
            "that is, how being missing depends on the values of other variables"
        ),
    )
)
def missingness(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> list[Score]:
    """Return the distance between the ways in which values are not there.

    Variant "rates": for each variable, the total variation distance between the shares of records
    with a value, without one, and with each of its special codes; without special codes that is
    the difference of the missing rates. The mean is over the variables that have a missing or
    special value in either file, and 0 where none has. Variant "patterns": the total variation
    distance between the patterns of all variables, record by record. Identifiers are left out.
    """
    variables = original.schema.modelled
    if not variables:
        raise GuideError("the table has only identifiers; nothing to compare")
    files = [original, synthetic, *([] if control is None else [control])]
    states = [{v.name: _states(v, f.rows[v.name]) for v in variables} for f in files]
    open_ = [v for v in variables if any(s[v.name].any() for s in states[:2])]
    sizes = {v.name: len(v.special) + 2 for v in open_ or variables[:1]}
    codes = _patterns([{n: s[n] for n in sizes} for s in states], sizes)
    columns = [{n: s[n] for n in sizes} | {ALL: c} for s, c in zip(states, codes, strict=True)]
    made = [prepared(c, f) for c, f in zip(columns, files, strict=True)]
    kinds = 1 + int(max(c.max(initial=0) for c in codes))

    def parts(old: Dataset, new: Dataset) -> Parts:
        rates = {n: _moved(old, new, n, size) for n, size in sizes.items()}
        return {RATES: rates, PATTERNS: {ALL: _moved(old, new, ALL, kinds)}}

    return judged_by_parts(
        "missingness",
        parts,
        made[0],
        made[1],
        rng=rng,
        beside={RATES: _beside(made[0], made[1], list(sizes))},
        control=made[2] if control is not None else None,
        nulls=nulls,
        draws=draws,
        note="" if open_ else "No value is missing or special in either file.",
    )


def _states(variable: Variable, column: pd.Series) -> np.ndarray:
    """Return 0 for a value, 1 for a missing one, 2, 3, ... for the variable's special codes."""
    if not (variable.numeric and variable.special):
        return column.isna().to_numpy().astype(np.int64)
    codes = special_codes(variable, numbers(column))
    return np.where(codes < 0, 1, np.where(codes > 0, codes + 1, 0))


def _patterns(files: Sequence[dict[str, np.ndarray]], sizes: dict[str, int]) -> list[np.ndarray]:
    """Return the number of each record's pattern, the same numbers in all files."""
    ends = np.cumsum([len(next(iter(f.values()))) for f in files])[:-1]
    codes = np.zeros(1, dtype=np.int64)
    for name, size in sizes.items():
        together = np.concatenate([f[name] for f in files])
        codes = np.unique(codes * size + together, return_inverse=True)[1]
    return np.split(codes, ends)


def _moved(old: Dataset, new: Dataset, name: str, size: int) -> float:
    """Return the total variation distance between the shares of a column of states."""
    shares = [np.bincount(d.rows[name].to_numpy(), minlength=size) / len(d) for d in (old, new)]
    return min(1.0, float(np.abs(shares[1] - shares[0]).sum() / 2))


def _beside(original: Dataset, synthetic: Dataset, names: Sequence[str]) -> pd.DataFrame:
    """Return the share of records without a value in both files, special codes included."""
    shares = [(d.rows[list(names)] > 0).mean() for d in (original, synthetic)]
    return pd.DataFrame({"original": shares[0], "synthetic": shares[1]})
