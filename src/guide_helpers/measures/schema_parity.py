"""Whether the variables of the synthetic file are of the same kind and form as the original's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

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
from guide_helpers.measures._coded import prepared, quantity
from guide_helpers.measures._encode import level_codes
from guide_helpers.measures._judged import Reported, judged
from guide_helpers.results import Score
from guide_helpers.schema import Dataset, Kind, Variable

STEPS = tuple(10.0**k for k in range(6, -10, -1))
CLOCK = (86_400.0, 3_600.0, 60.0, 1.0)
FEWEST_DISTINCT = 5
"""Of fewer distinct values it means nothing that all are multiples of ten."""
SURE = 7.0
"""So many finer values are expected in the file that none is no accident: once in 1,000."""
SYNTHETIC = "\x00synthetic"


@card(
    MeasureCard(
        title="Schema parity",
        summary=(
            "Share of variables that have the same kind, levels and form in both files: no level "
            "that is not declared, no finer or coarser figures, no missing values where there were "
            "none."
        ),
        sources=("sdmetrics_docs", "raab2025checks"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("the code book must fit the file"),
            UseCase.TESTING_ANALYSIS: fit("code written on the file must run on the original"),
            UseCase.EDUCATION: fit("a course should not stumble over a format"),
            UseCase.TESTING_TECHNOLOGY: fit("the first thing that a program trips over"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.STRUCTURE,
        scope=Scope.BROAD,
        unit="share of variables",
        bounds=(0.0, 1.0),
        better=Better.HIGHER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "Anything below 1 is a list of repairs, and the details are that list. Finer figures "
            "than the original's show that a value was drawn from a model and not rounded."
        ),
        reading_user=(
            "At 1, code written on this file reads the original too. Below, ask for the list: what "
            "you write to cope with the differences will not be needed there."
        ),
        cannot_see=(
            "whether any value is plausible, and forms inside a text; identifiers are not looked at"
        ),
    )
)
def schema_parity(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    control: Dataset | None = None,
    draws: int = 16,
    nulls: Sequence[Null | str] = (),
) -> Score:
    """Return the share of variables without a difference of kind or form.

    A variable differs where its kind or its declared levels differ; where the synthetic file has a
    level that is not among the original's; where its figures are finer than the original's, which
    are all multiples of 0.01, of 1 or of 100, say, or its times (days, hours, minutes, seconds);
    where they are coarser than chance allows; or where it has missing values and the original has
    none. `details` says in which way. Special codes and identifiers are not looked at.

    The correct-model null is 1: a model that is the original itself has no form but its own.
    """
    variables = original.schema.modelled
    if not variables:
        raise GuideError("the table has only identifiers; nothing to compare")
    files = [original, synthetic, *([] if control is None else [control])]
    columns: list[dict[str, np.ndarray]] = [{} for _ in files]
    for v in variables:
        for column, forms in zip(columns, _forms(v, [f.rows[v.name] for f in files]), strict=True):
            column[v.name] = forms
    made = [prepared(c, f) for c, f in zip(columns, files, strict=True)]
    made[1] = replace(made[1], name=SYNTHETIC)
    declared = {v.name: _declared(v, synthetic.schema[v.name]) for v in variables}

    def values(old: Dataset, new: Dataset) -> dict[str, float]:
        faults = _faults(old, new, variables, declared if new.name == SYNTHETIC else {})
        return {"": float(np.mean([not f for f in faults.values()]))}

    found = _faults(made[0], made[1], variables, declared)
    reported = Reported(values(made[0], made[1])[""], _table(variables, found), _note(found))
    return judged(
        "schema_parity",
        values,
        made[0],
        made[1],
        rng=rng,
        reported={"": reported},
        control=made[2] if control is not None else None,
        nulls=nulls,
        draws=draws,
    )[0]


def _forms(variable: Variable, columns: Sequence[pd.Series]) -> list[np.ndarray]:
    """Return the form of each value: 0 for missing, 1 and up from plain to odd.

    A level is 1 if the original lists it, else 2. A quantity has the number of the coarsest step
    that it is a multiple of, or one more than there are.
    """
    if variable.discrete:
        known = len(level_codes(columns[0], columns[0])[2])
        codes = [level_codes(columns[0], c)[1] for c in columns]
        return [np.where(c < 0, 0, np.where(c < known, 1, 2)) for c in codes]
    if not (variable.numeric or variable.kind is Kind.DATETIME):
        return [c.notna().to_numpy().astype(np.int64) for c in columns]
    quantities = [quantity(variable, c) for c in columns]
    steps: tuple[float, ...] = CLOCK
    if variable.numeric:
        few = len(np.unique(quantities[0][~np.isnan(quantities[0])])) < FEWEST_DISTINCT
        steps = tuple(s for s in STEPS if s <= 1) if few else STEPS
    return [
        np.where(c.isna(), 0, np.where(np.isnan(q), 1, _steps(q, steps)))
        for c, q in zip(columns, quantities, strict=True)
    ]


def _steps(values: np.ndarray, steps: Sequence[float]) -> np.ndarray:
    """Return the number of the first step, from 1, that each value is a multiple of."""
    found = np.full(len(values), len(steps) + 1)
    for number in range(len(steps), 0, -1):
        times = values / steps[number - 1]
        whole = np.abs(times - np.round(times)) <= 1e-9 + 1e-14 * np.abs(times)
        found[whole] = number
    return found


def _declared(ours: Variable, theirs: Variable) -> list[str]:
    """Return in which ways the schemas differ."""
    faults = []
    if ours.kind is not theirs.kind:
        faults.append(f"{theirs.kind.value} instead of {ours.kind.value}")
    if ours.discrete and ours.levels != theirs.levels:
        faults.append("other levels declared")
    return faults


def _faults(
    old: Dataset, new: Dataset, variables: Sequence[Variable], declared: Mapping[str, list[str]]
) -> dict[str, list[str]]:
    """Return for each variable in which ways its form differs."""
    found = {}
    for v in variables:
        before, after = (d.rows[v.name].to_numpy() for d in (old, new))
        faults = list(declared.get(v.name, []))
        finest, most = int(before.max(initial=0)), int(after.max(initial=0))
        if finest and most > finest:
            faults.append("unknown levels" if v.discrete else "finer values")
        if 0 < most < finest and (before > most).mean() * np.count_nonzero(after) > SURE:
            faults.append("coarser values")
        if before.all() and not after.all():
            faults.append("missing values")
        found[v.name] = faults
    return found


def _table(variables: Sequence[Variable], found: Mapping[str, list[str]]) -> pd.DataFrame:
    """Return one line a variable, those that differ first."""
    table = pd.DataFrame(
        {
            "variable": list(found),
            "value": [float(not faults) for faults in found.values()],
            "kind": [v.kind.value for v in variables],
            "differs in": [", ".join(faults) for faults in found.values()],
        }
    )
    return table.sort_values("value", ignore_index=True, kind="stable")


def _note(found: Mapping[str, list[str]]) -> str:
    differing = [f"{name} ({', '.join(faults)})" for name, faults in found.items() if faults]
    if not differing:
        return f"All {len(found)} variables agree."
    more = f" and {len(differing) - 3} more" if len(differing) > 3 else ""
    count = f"{len(differing)} of {len(found)} variables {'differ' if differing[1:] else 'differs'}"
    return f"{count}: {'; '.join(differing[:3])}{more}."
