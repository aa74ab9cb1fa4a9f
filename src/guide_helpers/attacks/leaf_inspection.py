"""Looking into the leaves of the fitted trees: who is in the target's leaf, and with what value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from guide_helpers.attacks._game import Answers
from guide_helpers.cards import (
    AttackCard,
    DataKnowledge,
    GeneratorKnowledge,
    Goal,
    ThreatModel,
    UseCase,
    card,
    conditional,
    fit,
)
from guide_helpers.catalogue import find
from guide_helpers.errors import GuideError
from guide_helpers.games import Office
from guide_helpers.schema import Dataset

UNKNOWN = -1
SIZES = (1, 2, 5, 10)


@card(
    AttackCard(
        title="Looking into leaves",
        summary="Sends what is known of a target down the fitted trees, and claims the sensitive "
        "value where all donors it can reach have the same one.",
        sources=("reiter2005", "machanavajjhala2007", "koopman1984"),
        suits={
            UseCase.PUBLIC_RELEASE: conditional("before a fitted model is published or shared"),
            UseCase.TESTING_ANALYSIS: conditional("where users get the model to draw from"),
            UseCase.EDUCATION: fit("shows a class what a tree keeps of the records"),
            UseCase.TESTING_TECHNOLOGY: conditional("where the model goes to a contractor"),
        },
        threat=ThreatModel(Goal.ATTRIBUTE, DataKnowledge.PART, GeneratorKnowledge.WHITE_BOX),
        goal="learn the value of one sensitive variable of a person",
        knowledge_of_data="some variables of the target (by default the key variables)",
        knowledge_of_generator="the fitted model: its trees, and the values of the donors in "
        "each leaf",
        applies_to="files made by sequential trees or forests, wholly or partially synthetic",
        reading_maker="The fitted model is confidential: it holds values of records. An excess "
        "here says what its loss would cost; larger leaves lower it. The table behind the risk "
        "shows how many donors stood behind the claims.",
        reading_user="You never hold the model, only files drawn from it; this attack says "
        "nothing about them, nor about their quality.",
        cannot_see="What the order of donors or several models of one file would add; leaves in "
        "which most donors, not all, have one value.",
        hit_means="right for",
        retrains=True,
        under_privacy="does not apply: no method with a privacy claim keeps donors",
    )
)
@dataclass
class LeafInspection:
    """Claim a value where every donor that the target can be drawn from has it.

    Variables that the trees ask for and the attacker does not know are followed both ways. Of a
    forest all trees must agree. A number or date is claimed where the donors lie within
    `tolerance` standard deviations of the middle of their range, and is right within as much.
    """

    sensitive: str | None = None
    tolerance: float = 0.1

    def learn(
        self,
        synthetic: Dataset,
        known: tuple[str, ...],
        *,
        rng: np.random.Generator,
        office: Office,
    ) -> Self:
        """Get the fitted model, and the trees that draw the sensitive variable."""
        recipe = office.recipe
        if not hasattr(find("methods", recipe.method).implementation, "parts_"):
            raise GuideError(f"{recipe.method!r} has no leaves to look into; attack trees instead")
        if self.tolerance < 0:
            raise GuideError("a tolerance cannot be negative; 0 asks for the exact value")
        self.name_ = self._target(synthetic, known)
        fitted = office.fitted(rng)
        part = fitted.parts_.get(self.name_)
        if part is None:
            drawn = ", ".join(fitted.parts_)
            raise GuideError(f"no tree draws {self.name_!r}; drawn: {drawn}")
        self.known_, self.columns_ = known, fitted.columns_
        self.steps_ = [_trees(self.name_, m, part.predictors) for m in (part.presence, part.value)]
        self.fixed_ = part.states.fixed
        column = self.columns_[self.name_]
        spread = 0.0 if column.quantities is None else float(_observed(column).std())
        self.reach_ = self.tolerance * spread * (1 + 1e-9)
        self.levels_ = column.quantities is None
        return self

    def answer(self, targets: Dataset) -> Answers:
        """Claim where the leaves agree, and only then look at the truth."""
        claims, said, donors = self._claimed(targets)
        hits = claims & (np.abs(self._truth(targets) - said) <= self.reach_)
        return Answers(claims, hits, _by_donors(donors, claims, hits))

    def guessing_rate(self, targets: Dataset) -> float:
        """Return the share right for whoever claims the commonest value for as many targets."""
        own = self._worth(np.asarray(self.columns_[self.name_].codes))
        values, counts = np.unique(own, return_counts=True)
        right = np.abs(self._truth(targets) - values[counts.argmax()]) <= self.reach_
        return float(self._claimed(targets)[0].mean() * right.mean())

    def _claimed(self, targets: Dataset) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return for whom something is claimed, the value, and how many donors stand behind it."""
        known = [name for name in self.known_ if name in self.columns_]
        codes = {name: _coded(self.columns_[name], targets.rows[name]) for name in known}
        low, high, donors = self._reached(codes, len(targets))
        claims = (donors > 0) & (low >= high - 2 * self.reach_)
        return claims, np.where(claims, (low + high) / 2, np.nan), donors

    def _truth(self, targets: Dataset) -> np.ndarray:
        return self._worth(_coded(self.columns_[self.name_], targets.rows[self.name_]))

    def _worth(self, codes: np.ndarray) -> np.ndarray:
        """Return values as numbers: quantities, or codes of levels; unlike states are far apart."""
        column = self.columns_[self.name_]
        if self.levels_:
            return np.asarray(codes, dtype=float)
        quantities = np.append(column.quantities, 0.0)
        fixed = np.isin(codes, self.fixed_[1:]) | (codes == column.missing)
        found: np.ndarray = np.where(fixed, FAR * (1.0 + codes), quantities[codes])
        return found

    def _reached(
        self, codes: dict[str, np.ndarray], n: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the least and greatest value among the donors of each target, and their number."""
        presence, value = self.steps_
        low, high = np.full(n, np.inf), np.full(n, -np.inf)
        donors = np.zeros(n, dtype=np.int64)
        ordinary = np.ones(n, dtype=bool)
        if presence:
            ordinary[:] = False
            for rows, states in _leaves(presence, codes, n):
                ordinary[rows] |= (states == 0).any()
                own = self._worth(self.fixed_[states[states > 0]])
                _widen(low, high, donors, rows, own)
        for rows, found in _leaves(value, codes, n):
            _widen(low, high, donors, rows[ordinary[rows]], self._worth(found))
        return low, high, donors

    def _target(self, synthetic: Dataset, known: tuple[str, ...]) -> str:
        if self.sensitive is None and not synthetic.sensitive:
            raise GuideError(
                "leaf_inspection needs to know what to learn: give sensitive='...' "
                "or declare a sensitive variable in the schema"
            )
        name = self.sensitive or synthetic.sensitive[0]
        if name in known or name not in {v.name for v in synthetic.schema.modelled}:
            why = "is among the knowledge" if name in known else "is not a variable of the file"
            raise GuideError(f"sensitive={name!r} {why}; name another column to learn")
        return name


FAR = 1e30
"""Missing values and special codes are as far apart from quantities as this."""


def _trees(name: str, model: Any, predictors: tuple[str, ...]) -> list[tuple[Any, tuple[str, ...]]]:
    """Return the trees of a model, each with the names of its predictors."""
    if model is None:
        return []
    if hasattr(model, "trees"):
        return [
            (tree, tuple(predictors[j] for j in some))
            for tree, some in zip(model.trees, model.chosen, strict=True)
        ]
    if not hasattr(model, "donors"):
        raise GuideError(f"{name!r} is not drawn from the leaves of one tree; name another column")
    return [(model, predictors)]


def _leaves(
    trees: list[tuple[Any, tuple[str, ...]]], codes: dict[str, np.ndarray], n: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield each leaf that some targets can reach: their rows, and its donors."""
    for model, names in trees:
        waiting = [(0, np.arange(n))]
        while waiting:
            node, rows = waiting.pop()
            place = int(model.tree.predictor[node])
            if place < 0:
                begin = model.begin[node]
                yield rows, model.donors[begin : begin + model.size[node]]
                continue
            left = int(model.tree.left[node])
            to_left, to_right = _ways(model, place, node, codes.get(names[place]), rows)
            waiting += [
                (child, r) for child, r in ((left, to_left), (left + 1, to_right)) if len(r)
            ]


def _ways(
    model: Any, place: int, node: int, codes: np.ndarray | None, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the targets that may go left and right; who is not known goes both ways."""
    if codes is None:
        return rows, rows
    own = codes[rows]
    goes_left = model.binning.places[place][own] <= model.tree.cut[node]
    unknown = own == UNKNOWN
    return rows[goes_left | unknown], rows[~goes_left | unknown]


def _widen(
    low: np.ndarray, high: np.ndarray, donors: np.ndarray, rows: np.ndarray, values: np.ndarray
) -> None:
    if len(values):
        low[rows] = np.minimum(low[rows], values.min())
        high[rows] = np.maximum(high[rows], values.max())
        donors[rows] += len(values)


def _observed(column: Any) -> np.ndarray:
    found: np.ndarray = column.quantities[column.codes[column.codes != column.missing]]
    return found


def _coded(column: Any, values: pd.Series) -> np.ndarray:
    """Return the codes that a fitted column gives to values; of a level it never saw, -1."""
    gone = values.isna().to_numpy()
    if column.quantities is None:
        seen = pd.Index(np.asarray(column.decode(np.arange(column.missing)), dtype=object))
        codes = seen.get_indexer(pd.Index(values.astype(object)))
    elif not column.missing:
        codes = np.full(len(values), UNKNOWN)
    elif column.numeric:
        codes = column.nearest(values.to_numpy(dtype=float))
    else:
        seen = column.decode(np.arange(column.missing)).as_unit("ns").asi8.astype(float)
        moments = pd.DatetimeIndex(values).as_unit("ns").asi8.astype(float)
        codes = np.abs(np.searchsorted((seen[1:] + seen[:-1]) / 2, moments))
    found: np.ndarray = np.where(gone, column.missing, codes)
    return found


def _by_donors(donors: np.ndarray, claims: np.ndarray, hits: np.ndarray) -> pd.DataFrame:
    """Return targets, claims and hits by the number of donors behind them."""
    names = ["none", "1", "2 to 4", "5 to 9", "10 and more"]
    group = np.searchsorted(SIZES, donors, side="right")
    counts = {
        "targets": np.bincount(group, minlength=len(names)),
        "claims": np.bincount(group, claims, len(names)).astype(int),
        "hits": np.bincount(group, hits, len(names)).astype(int),
    }
    return pd.DataFrame(counts, index=pd.Index(names, name="donors"))
