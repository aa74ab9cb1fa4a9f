"""What attacks on one sensitive variable share: what is right, what guessing gives, and groups."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from guide_helpers.attacks._game import Answers
from guide_helpers.attacks._records import SAME, Column, columns_of, tame
from guide_helpers.errors import GuideError
from guide_helpers.schema import Dataset, Kind, Variable

CLASSES = 5
"""Classes of a numeric variable that targets are grouped by, about equal in the synthetic file."""


@dataclass
class AttributeAttack:
    """Options and answers common to all attacks on a sensitive variable.

    `sensitive` is the variable to learn, by default the first one that the schema calls so.
    Numeric answers are right within `tolerance` standard deviations of the synthetic file's
    values, or within the distance `within` in the variable's own unit. `groups` names a variable
    by which the details count the targets; a numeric one is cut into five classes.
    """

    sensitive: str | None = None
    tolerance: float = 0.1
    within: float | None = None
    groups: str | None = None

    def _aim(self, synthetic: Dataset, known: tuple[str, ...], rng: np.random.Generator) -> None:
        """Keep the synthetic file, and choose what to learn and how near is right."""
        self._check_target(synthetic, known)
        self.synthetic_, self.known_, self.rng_ = synthetic, known, rng
        self.target_ = (self.sensitive or synthetic.sensitive[0],)
        self.shown_ = columns_of(synthetic, synthetic, known)
        self.values_ = columns_of(synthetic, synthetic, self.target_)[0]
        ordinary = tame(self.values_.quantities[self.values_.states == 0])
        share = self.tolerance * float(ordinary.std()) if len(ordinary) else 0.0
        self.reach_ = share if self.within is None else self.within

    def _truth(self, targets: Dataset) -> Column:
        return columns_of(self.synthetic_, targets, self.target_)[0]

    def _right(self, said: Column, truth: Column) -> np.ndarray:
        close = np.abs(said.quantities - truth.quantities) <= self.reach_ * (1 + SAME)
        right: np.ndarray = (said.states == truth.states) & close
        return right

    def _commonest(self, targets: Dataset) -> np.ndarray:
        """Return for whom it is right to say what is right for most of the synthetic file."""
        states, counts = np.unique(self.values_.states, return_counts=True)
        state = states[counts.argmax()]
        said = Column(np.array([state]), np.zeros(1), self.values_.scale)
        if self.values_.scale and state == 0:
            ordinary = np.sort(self.values_.quantities[self.values_.states == 0])
            above = np.searchsorted(ordinary, ordinary + self.reach_ * (1 + SAME), "right")
            below = np.searchsorted(ordinary, ordinary - self.reach_ * (1 + SAME), "left")
            said = replace(said, quantities=ordinary[[(above - below).argmax()]])
        return self._right(said, self._truth(targets))

    def guessing_rate(self, targets: Dataset) -> float:
        """Share right for whoever always says what is right for most of the synthetic file."""
        return float(self._commonest(targets).mean())

    def _answers(
        self, targets: Dataset, claims: np.ndarray, hits: np.ndarray, details: pd.DataFrame
    ) -> Answers:
        """Return the answers, with the details by group where groups were asked for."""
        if self.groups is not None:
            variable = self.synthetic_.schema[self.groups]
            labels = _labels(variable, self.synthetic_[self.groups], targets[self.groups])
            details = _by_group(labels, self.groups, claims, hits)
        return Answers(claims=claims, hits=hits, details=details)

    def _check_target(self, synthetic: Dataset, known: tuple[str, ...]) -> None:
        slug = type(self).__module__.rpartition(".")[2]
        modelled = {v.name for v in synthetic.schema.modelled}
        if min(self.tolerance, self.within or 0) < 0:
            raise GuideError("a tolerance cannot be negative; 0 asks for the exact value")
        if self.sensitive is None and not synthetic.sensitive:
            raise GuideError(
                f"{slug} needs to know what to infer: give sensitive='...' "
                "or declare a sensitive variable in the schema"
            )
        name = self.sensitive or synthetic.sensitive[0]
        if name in known or name not in modelled:
            why = "is among the knowledge" if name in known else "is not a variable of the file"
            raise GuideError(f"sensitive={name!r} {why}; name another column to infer")
        if self.groups is not None and self.groups not in modelled:
            raise GuideError(f"groups={self.groups!r} is not a variable of the file; name one")


def _by_group(labels: pd.Series, name: str, claims: np.ndarray, hits: np.ndarray) -> pd.DataFrame:
    """Count targets, claims and hits of each group, with the share of hits in percent."""
    lines = pd.DataFrame({"targets": 1, "claims": claims.astype(int), "hits": hits.astype(int)})
    counts = lines.groupby(labels.to_numpy(), sort=False).sum().rename_axis(name)
    counts["rate %"] = (100 * counts["hits"] / counts["targets"]).round(1)
    return counts.sort_index()


def _labels(variable: Variable, shown: pd.Series, values: pd.Series) -> pd.Series:
    """Return the group of each value: a level, a class of numbers, a special code, missing."""
    if not (variable.numeric or variable.kind is Kind.DATETIME):
        return values.astype(object).where(values.notna(), "missing").astype(str)
    ordinary = shown[shown.notna() & ~shown.isin(list(variable.special))]
    shares = np.arange(1, CLASSES) / CLASSES
    edges = ordinary.quantile(shares, interpolation="lower").unique() if len(ordinary) else ()
    names = [_edge(edge) for edge in edges]
    words = [f"{n + 1}: above {low}" for n, low in enumerate(["", *names])]
    words = [f"{w} to {high}" for w, high in zip(words, names, strict=False)] + words[len(names) :]
    words[0] = f"1: up to {names[0]}" if names else "all"
    place = np.searchsorted(np.asarray(edges), values.to_numpy(), side="left")
    labels = pd.Series(np.array(words, dtype=object)[place])
    for code, meaning in variable.special.items():
        labels[(values == code).to_numpy()] = meaning
    labels[values.isna().to_numpy()] = "missing"
    return labels


def _edge(value: object) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else f"{value:,g}"
