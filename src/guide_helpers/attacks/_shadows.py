"""Shadow models: the attacker runs the office's method on files with and without the targets.

All targets share the shadows: each one is in about half of them, as in Carlini et al. (2022), so a
hundred runs serve every target. What is seen of a run is kept, not its file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import pandas as pd

from guide_helpers.attacks._game import Answers
from guide_helpers.attacks._views import record_codes
from guide_helpers.catalogue import find
from guide_helpers.errors import GuideError
from guide_helpers.mapping import mapped
from guide_helpers.results import Synthetic
from guide_helpers.schema import Dataset, Kind, LinkedTables

View = Callable[[Dataset], np.ndarray]
FEWEST = 8


@dataclass(frozen=True)
class Shadows:
    """What was seen in each shadow (first axis), and which targets were in its training file."""

    inside: np.ndarray
    seen: np.ndarray


@dataclass(frozen=True)
class Generator:
    """The office's method as a black box: a training file goes in, a synthetic file comes out."""

    method: str
    options: Mapping[str, Any]
    size: int
    synthesise: tuple[str, ...] | None = None

    @classmethod
    def of(cls, recipe: Synthetic, size: int) -> Generator:
        """Return the method of a released file."""
        card = find("methods", recipe.method).card
        if isinstance(recipe.first, LinkedTables) and card.capabilities.linked:
            raise GuideError(
                f"{recipe.method!r} makes linked tables, which shadow models of one table cannot "
                "imitate; attack a file of one table"
            )
        return cls(recipe.method, recipe.options, size, recipe.synthesise)

    def run(self, training: Dataset, rng: np.random.Generator) -> Dataset:
        """Return a synthetic file, of the released one's size where the method allows."""
        make = find("methods", self.method).implementation
        assert make is not None  # it has made the released file
        extra = {} if self.synthesise is None else {"synthesise": self.synthesise}
        fitted = make(**self.options, **extra).fit(training, rng=rng)
        partial = self.synthesise is not None
        made: Dataset = fitted.sample(training.n_units if partial else self.size, rng=rng)
        return made


@dataclass(frozen=True)
class Trainer:
    """Trains one shadow: a picklable function of the training units and a seed."""

    generator: Generator
    pool: Dataset
    units: np.ndarray
    view: View

    def __call__(self, task: tuple[np.ndarray, np.random.SeedSequence]) -> np.ndarray:
        """Return what is seen of a synthetic file made of some units of the pool."""
        chosen, seed = task
        inside = np.isin(self.units, chosen)
        training = replace(self.pool, rows=self.pool.rows[inside].reset_index(drop=True))
        return self.view(self.generator.run(training, np.random.default_rng(seed)))


@dataclass(frozen=True)
class Laboratory:
    """What a shadow attack trains with: the black box, the attacker's sample, where to compute."""

    generator: Generator
    reference: Dataset
    members: int
    shadows: int
    workers: int | None = None
    cluster: str | None = field(default=None)

    def pool(self, targets: Dataset) -> tuple[Dataset, np.ndarray]:
        """Return targets and reference as one file, and the unit of each row, targets first."""
        own, others = targets.units, self.reference.units
        units = np.concatenate([own, others + own.max() + 1])
        rows = pd.concat([targets.rows, self.reference.rows], ignore_index=True)
        entity = targets.entity
        if entity is not None and targets.schema[entity].kind is Kind.IDENTIFIER:
            rows[entity] = units
        return targets.with_rows(rows), units

    def train(self, targets: Dataset, view: View, rng: np.random.Generator) -> Shadows:
        """Return shadows with the targets in about half of them, by privacy unit."""
        pool, units = self.pool(targets)
        own = targets.units
        inside = balanced(self.shadows, int(own.max()) + 1, self.members, rng)
        others = np.arange(own.max() + 1, units.max() + 1)
        tasks = []
        for row, seed in zip(inside, rng.bit_generator.seed_seq.spawn(self.shadows), strict=True):  # type: ignore[attr-defined]
            wanted = min(max(0, self.members - int(row.sum())), len(others))
            filling = rng.choice(others, wanted, replace=False)
            tasks.append((np.append(np.flatnonzero(row), filling), seed))
        trainer = Trainer(self.generator, pool, units, view)
        seen = mapped(
            trainer, tasks, workers=self.workers, cluster=self.cluster, label="shadow models"
        )
        return Shadows(inside[:, own], np.stack(seen))

    def note(self, targets: Dataset) -> str:
        """Say where shadows are smaller than the original, for want of a reference."""
        most = self.reference.n_units + round(min(0.5 * targets.n_units, self.members))
        if most >= 0.9 * self.members:
            return ""
        return (
            f"Shadows were trained on about {most:,} units, the file on {self.members:,}: "
            "a larger reference would make the attack stronger."
        )


def balanced(shadows: int, targets: int, members: int, rng: np.random.Generator) -> np.ndarray:
    """Return, shadow by shadow, which targets are in: each in half of them, if so many fit in."""
    share = min(0.5, members / targets)
    count = min(max(2, round(share * shadows)), shadows - 2)
    places = rng.random((shadows, targets)).argsort(axis=0)
    inside: np.ndarray = places < count
    return inside


@dataclass
class ShadowAttack:
    """What attacks with shadow models share: the options, the training, the look-up of scores.

    A subclass says what is looked at in a file (`view`) and how it becomes scores (`judged`).
    """

    reference: Dataset | None = None
    shadows: int = 100
    queries: int = 50
    share: float = 0.1
    workers: int | None = None
    cluster: str | None = None

    def check(self) -> None:
        """Refuse options that cannot be used."""
        if isinstance(self.shadows, bool) or self.shadows < FEWEST:
            raise GuideError(f"shadows={self.shadows} are too few to learn from; train {FEWEST}")
        if not 0 < self.share < 1:
            raise GuideError(f"share={self.share} of the targets cannot be claimed; say 0.1")
        if self.queries < FEWEST:
            raise GuideError(f"queries={self.queries} ask too little; ask at least {FEWEST}")

    def view(self, targets: Dataset, base: Dataset) -> View:
        """Return what is looked at in a file; `base` is targets and reference together."""
        raise NotImplementedError

    def judged(self, shadows: Shadows, released: np.ndarray) -> np.ndarray:
        """Return a score of membership for each target."""
        raise NotImplementedError

    def learn(
        self,
        synthetic: Dataset,
        known: tuple[str, ...],
        *,
        rng: np.random.Generator,
        recipe: Synthetic,
    ) -> Self:
        """Make the laboratory ready; training waits for the targets."""
        self.check()
        self.known_ = _of_the_record(synthetic, known)
        reference = _sample(self.reference, synthetic).keep(*self.known_)
        self.synthetic_, self.rng_ = synthetic.keep(*self.known_), rng
        said = recipe.provenance.get("units in the original")
        single = isinstance(recipe.first, Dataset)
        members = said if single and isinstance(said, int) else synthetic.n_units
        generator = Generator.of(recipe, synthetic.n_units)
        self.laboratory_ = Laboratory(
            generator, reference, members, self.shadows, self.workers, self.cluster
        )
        return self

    def meet(self, everybody: Dataset) -> None:
        """Train the shadows with all targets, and judge the released file."""
        targets = everybody.keep(*self.known_)
        base, _ = self.laboratory_.pool(targets)
        view = self.view(targets, base)
        shadows = self.laboratory_.train(targets, view, self.rng_)
        codes, place = np.unique(record_codes(targets), return_inverse=True)
        scores = self.judged(shadows, view(self.synthetic_))
        # who has the same record as another cannot be told apart from him
        self.scores_ = np.bincount(place, scores) / np.bincount(place)
        self.codes_ = codes
        self.note = self.laboratory_.note(targets)

    def answer(self, targets: Dataset) -> Answers:
        """Return the score of each target."""
        place = np.searchsorted(self.codes_, record_codes(targets.keep(*self.known_)))
        return Answers.ranked(self.scores_[place])

    def guessing_rate(self, targets: Dataset) -> float:
        """Return the share of targets that is claimed: what a blind claim gets of the members."""
        del targets
        return self.share


def _sample(reference: object, synthetic: Dataset) -> Dataset:
    if not isinstance(reference, Dataset):
        raise GuideError(
            f"reference={type(reference).__name__} is no data set: give a sample of the population "
            "that has nobody of the original or the control in it"
        )
    if reference.schema.names != synthetic.schema.names:
        raise GuideError("reference has other columns than the synthetic file; give the same ones")
    return reference


def _of_the_record(synthetic: Dataset, known: tuple[str, ...]) -> tuple[str, ...]:
    """Return all modelled variables, unless the caller named other columns than the keys."""
    if known != synthetic.keys:
        return known
    return tuple(v.name for v in synthetic.schema.modelled)
