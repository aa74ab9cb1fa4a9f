"""Whether the tables of each group are as near as those of the whole file, beyond noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    conditional,
    fit,
    unfit,
)
from guide_helpers.errors import GuideError
from guide_helpers.intervals import Interval, normal_quantile, student_quantile
from guide_helpers.measures._encode import Cells, all_cells
from guide_helpers.measures._groups import Groups, chosen, crossed
from guide_helpers.measures._groups import groups as grouped
from guide_helpers.measures._judged import prediction_band
from guide_helpers.results import Score
from guide_helpers.schema import Dataset

REACH = normal_quantile(0.95)


@card(
    MeasureCard(
        title="Gap between subgroups",
        summary=(
            "How much further the worst group's single variables are from the original than those "
            "of the whole file, after what chance gives to each is taken off."
        ),
        sources=("bhanot2021", "sdnist2023", "ganev2022"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("shows for whom the file is worse than it is on average"),
            UseCase.TESTING_ANALYSIS: fit("for an analysis of one group, look at its line"),
            UseCase.EDUCATION: conditional("good for teaching that small groups are noisy anyway"),
            UseCase.TESTING_TECHNOLOGY: unfit("programs need plausible values, not true shares"),
        },
        aspect=Aspect.UTILITY,
        rung=Rung.SUBGROUPS,
        scope=Scope.BROAD,
        unit="share of records",
        bounds=(-1.0, 1.0),
        better=Better.LOWER,
        null=Null.CORRECT_MODEL,
        reading_maker=(
            "Above its band, some group is described worse than the file as a whole, and not only "
            "because it is small. The table says which, with its number of records and its own "
            "band. Say so to users, or model that group apart."
        ),
        reading_user=(
            "Within the band, small groups are worse only by the noise that their size brings "
            "with it. Look up your own group: its distance includes that noise, and so will your "
            "table."
        ),
        cannot_see=(
            "relations between variables within a group; groups below the smallest size and "
            "crossings that were not asked for; survey weights"
        ),
        under_privacy=(
            "privacy noise is the same for large and small groups, so small ones are expected to "
            "stand out"
        ),
    )
)
def subgroup_gaps(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    groups: str | Sequence[str] | None = None,
    cross: bool = False,
    smallest: int = 30,
    bins: int = 10,
    draws: int = 32,
) -> list[Score]:
    """Return, for each grouping variable, the worst group's excess less that of the whole file.

    A group's distance is the mean total variation distance of the other variables, one by one,
    between the original's and the synthetic file's records of the group: the share of records
    that would have to change cell. Numeric variables are cut into `bins` cells at quantiles of
    the whole original. Excess is the distance less its mean over bootstraps of the original, by
    privacy unit, of the synthetic file's size: what chance gives to a group of that size.

    `groups` names grouping variables, by default the key variables; `cross=True` crosses them.
    Groups with fewer than `smallest` original records are left out and counted in `note`. A group
    without synthetic records has distance 1.

    The null band is that of the same statistic, worst group and all, over the bootstraps.
    `details` holds a line a group, the worst excess first.
    """
    if draws < 2:
        raise GuideError(f"draws={draws} shows no band; draw at least 2 files")
    made = [grouped(v, original, synthetic) for v in chosen(original, groups, "groups")]
    sets = [crossed(made)] if cross and len(made) > 1 else made
    used = {g.variable for g in made} if cross else set()
    variables = all_cells(original, synthetic, bins)
    weights = _bootstraps(original.units, synthetic.n_units, draws, rng)
    scores = []
    for one in sets:
        others = [v for v in variables if v.name not in used | {one.variable}]
        kept = np.flatnonzero(one.sizes >= smallest)
        if others and len(kept):
            scores.append(_score(one, kept, others, weights, smallest))
    if not scores:
        raise GuideError(
            f"no group has {smallest} original records and another variable to compare; lower "
            "smallest or name other groups"
        )
    return scores


def _bootstraps(
    units: np.ndarray, as_many: int, draws: int, rng: np.random.Generator
) -> np.ndarray:
    """Return how often each row counts in each bootstrap, a line a bootstrap."""
    n = int(units.max()) + 1
    drawn = [np.bincount(rng.integers(0, n, as_many), minlength=n) for _ in range(draws)]
    lines: np.ndarray = np.take(np.array(drawn, dtype=float), units, axis=1)
    return lines


@dataclass(frozen=True)
class Distances:
    """Distances of some groups and, last, of the whole file; bootstraps' in lines below."""

    observed: np.ndarray
    chance: np.ndarray

    @property
    def excess(self) -> np.ndarray:
        """Distance beyond what chance gives."""
        found: np.ndarray = self.observed - self.chance.mean(axis=0)
        return found


def _score(
    one: Groups, kept: np.ndarray, others: list[Cells], weights: np.ndarray, smallest: int
) -> Score:
    found = _distances(one, kept, others, weights)
    excess = found.excess
    beyond = found.chance - found.chance.mean(axis=0)
    value = float(excess[:-1].max() - excess[-1])
    worst = int(excess[:-1].argmax())
    drawn = beyond[:, :-1].max(axis=1) - beyond[:, -1]
    reach = REACH * float(np.std(beyond[:, worst] - beyond[:, -1], ddof=1))
    table = _details(one, kept, found)
    return Score(
        measure="subgroup_gaps",
        variant=f"by {one.variable}",
        value=value,
        interval=Interval(
            max(-1.0, value - reach), min(1.0, value + reach), "sampling noise of one copy"
        ),
        bands=(prediction_band(Null.CORRECT_MODEL, drawn, (-1.0, 1.0)),),
        details=table,
        note=_note(one, kept, worst, found, table, smallest),
    )


def _distances(
    one: Groups, kept: np.ndarray, others: list[Cells], weights: np.ndarray
) -> Distances:
    """Return the mean distance over the variables; the whole file is the last column."""
    observed = np.zeros(len(kept) + 1)
    chance = np.zeros((len(weights), len(kept) + 1))
    size = len(one.names)
    for v in others:
        old, new = one.original * v.size + v.original, one.synthetic * v.size + v.synthetic
        truth = _shares(np.bincount(old, minlength=size * v.size), kept, v.size)
        made = _shares(np.bincount(new, minlength=size * v.size), kept, v.size)
        observed += _apart(truth, made)
        for line, counted in enumerate(weights):
            drawn = _shares(np.bincount(old, counted, minlength=size * v.size), kept, v.size)
            chance[line] += _apart(truth, drawn)
    return Distances(observed / len(others), chance / len(others))


def _shares(counts: np.ndarray, kept: np.ndarray, cells: int) -> np.ndarray:
    """Return the shares of cells in each kept group and, last, in the whole file."""
    table = counts.reshape(-1, cells).astype(float)
    lines = np.vstack([table[kept], table.sum(axis=0)])
    found: np.ndarray = lines / np.maximum(lines.sum(axis=1, keepdims=True), 1e-300)
    return found


def _apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the total variation distance of each line; 1 where the other is empty."""
    half: np.ndarray = np.abs(one - other).sum(axis=1) / 2
    return np.where(other.sum(axis=1) > 0, half, 1.0)


def _details(one: Groups, kept: np.ndarray, found: Distances) -> pd.DataFrame:
    chance, draws = found.chance, len(found.chance)
    reach = student_quantile(draws - 1) * chance.std(axis=0, ddof=1) * (1 + 1 / draws) ** 0.5
    whole = "the whole file"
    table = pd.DataFrame(
        {
            "group": [*(one.names[i] for i in kept), whole],
            "records": [*one.sizes[kept], one.sizes.sum()],
            "synthetic records": [*one.synthetic_sizes[kept], one.synthetic_sizes.sum()],
            "distance": found.observed,
            "expected by chance": chance.mean(axis=0),
            "chance allows": chance.mean(axis=0) + reach,
            "excess": found.excess,
        }
    )
    table["beyond chance"] = table["distance"] > table["chance allows"]
    return table.sort_values("excess", ascending=False, ignore_index=True)


def _note(
    one: Groups,
    kept: np.ndarray,
    worst: int,
    found: Distances,
    table: pd.DataFrame,
    smallest: int,
) -> str:
    beyond = int(table["beyond chance"][table["group"] != "the whole file"].sum())
    words = (
        f"Worst of {len(kept)} is {one.names[kept[worst]]!r} ({one.sizes[kept[worst]]:,} records): "
        f"distance {found.observed[worst]:.3f}, {found.chance.mean(axis=0)[worst]:.3f} by chance; "
        f"the whole file {found.observed[-1]:.3f}, {found.chance.mean(axis=0)[-1]:.3f} by chance. "
        f"Beyond their own chance: {beyond} of {len(kept)}."
    )
    left_out = int((one.sizes > 0).sum()) - len(kept)
    if left_out:
        words += f" Left out, of fewer than {smallest} records: {left_out}."
    return words
