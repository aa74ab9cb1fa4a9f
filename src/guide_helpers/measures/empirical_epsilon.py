"""A lower bound on epsilon from what a membership attack, or an event in many runs, has shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral

import numpy as np

from guide_helpers.cards import (
    Aspect,
    Better,
    Goal,
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
from guide_helpers.measures._binomial import epsilon_of_guesses, epsilon_of_two
from guide_helpers.results import NullBand, Risk, Score
from guide_helpers.schema import Dataset

DRAWS = 200


@card(
    MeasureCard(
        title="Empirical epsilon",
        summary="The least epsilon that is compatible with what an attack on membership has shown.",
        sources=("clopper1934", "steinke2023", "annamalai2024", "dwork2006"),
        suits={
            UseCase.PUBLIC_RELEASE: fit("checks the claim that a release with epsilon stands on"),
            UseCase.TESTING_ANALYSIS: conditional("where a claim of epsilon was made"),
            UseCase.EDUCATION: fit("shows a class what epsilon promises and what a test can prove"),
            UseCase.TESTING_TECHNOLOGY: unfit("test files seldom make a claim"),
        },
        aspect=Aspect.RISK,
        rung=Rung.FORMAL,
        scope=Scope.NARROW,
        unit="epsilon",
        bounds=(0.0, None),
        better=Better.LOWER,
        null=Null.FRESH_SAMPLE,
        reading_maker=(
            "Above the claimed epsilon: the claim is refuted, so find the fault before you "
            "release. Below: no objection, and no proof either; a low bound is a good method or a "
            "weak attack. Read beside it what so many runs could have proved."
        ),
        reading_user=(
            "It is no measure of the file in your hands but a test of how files are made. A claim "
            "of epsilon rests on its proof; this number can only contradict it."
        ),
        cannot_see=(
            "a loss that this attack did not find or so few runs cannot show; an event that was "
            "chosen after looking at the runs makes the bound void"
        ),
        under_privacy="made for it; of a file without a claim it shows the least epsilon that "
        "such a claim would need",
        needs=("risk",),
    )
)
def empirical_epsilon(
    original: Dataset,
    synthetic: Dataset,
    *,
    rng: np.random.Generator,
    risk: Risk | Sequence[int],
    claimed: float | None = None,
    delta: float = 0.0,
    level: float = 0.95,
) -> Score:
    """Return a lower confidence bound on epsilon, 0 where nothing was shown.

    `risk` is the result of a membership attack on one file whose members and control were split
    at random into halves, or counts of an event that was named before the runs: (hits with the
    unit, hits without it, runs each way), or (hits, runs, hits, runs) where the runs differ. A
    risk is judged by its right claims among all claims (Steinke et al. 2023), counts by
    Clopper-Pearson limits of both rates. The files are not looked at: they stand for the run.

    The null is a method that no person changes: its bound, from as many guesses or runs. `note`
    says what so many can prove at most, and how the bound stands to `claimed`.
    """
    del original, synthetic
    if not 0 <= delta < 1 or not 0.5 < level < 1:
        raise GuideError(f"delta={delta} must be 0 to below 1, level={level} above 0.5, below 1")
    trial: Counts | Guesses = _of_risk(risk) if isinstance(risk, Risk) else _of_counts(risk)
    value = trial.bound(trial.seen, level, delta)
    most = trial.bound(trial.best, level, delta)
    drawn = trial.null(rng)
    bounds = {seen: trial.bound(seen, level, delta) for seen in set(drawn)}
    values = np.array([bounds[seen] for seen in drawn])
    return Score(
        measure="empirical_epsilon",
        value=value,
        interval=None,
        bands=(_band(values),),
        note=f"{trial.words} At {100 * level:g} % confidence epsilon is at least {value:.2f}; so "
        f"many can prove {most:.2f} at most.{_against(value, claimed)}",
    )


@dataclass(frozen=True)
class Counts:
    """An event counted in runs with and without the unit."""

    seen: tuple[int, int]
    runs: tuple[int, int]

    @property
    def best(self) -> tuple[int, int]:
        """What could prove most: the event in all runs with the unit and in none without."""
        return self.runs[0], 0

    @property
    def words(self) -> str:
        """What was seen."""
        (a, b), (n, m) = self.seen, self.runs
        return f"The event came in {a:,} of {n:,} runs with the unit and in {b:,} of {m:,} without."

    def bound(self, seen: tuple[int, int], level: float, delta: float) -> float:
        """Return the bound on epsilon."""
        return epsilon_of_two(seen, self.runs, level=level, delta=delta)

    def null(self, rng: np.random.Generator) -> list[tuple[int, int]]:
        """Return counts where the unit changes nothing."""
        rate = sum(self.seen) / sum(self.runs)
        pairs = rng.binomial(self.runs, rate, (DRAWS, 2))
        return [(int(a), int(b)) for a, b in pairs]


@dataclass(frozen=True)
class Guesses:
    """Right claims of membership among all claims, about so many targets of one run."""

    seen: tuple[int, int]
    targets: int

    @property
    def best(self) -> tuple[int, int]:
        """What could prove most: every claim right."""
        return self.seen[1], self.seen[1]

    @property
    def words(self) -> str:
        """What was seen."""
        right, claims = self.seen
        return f"{right:,} of {claims:,} claims of membership were right, in one run."

    def bound(self, seen: tuple[int, int], level: float, delta: float) -> float:
        """Return the bound on epsilon."""
        return epsilon_of_guesses(*seen, self.targets, level=level, delta=delta)

    def null(self, rng: np.random.Generator) -> list[tuple[int, int]]:
        """Return right claims where the file tells nothing."""
        claims = self.seen[1]
        return [(int(right), claims) for right in rng.binomial(claims, 0.5, DRAWS)]


def _of_risk(risk: Risk) -> Guesses:
    if risk.card.threat.goal is not Goal.MEMBERSHIP:
        raise GuideError(f"risk of {risk.attack!r}, which is no attack on membership; give one")
    if abs(risk.targets - risk.control_targets) > max(1, 0.02 * risk.targets):
        raise GuideError(
            f"risk has {risk.targets} members and {risk.control_targets} outsiders, but the bound "
            "needs even chances of being in: split with hold_out(share=0.5) and attack everybody"
        )
    if max(risk.target_design_effect, risk.control_design_effect) > 1:
        raise GuideError("risk has several targets of one privacy unit; attack one record a unit")
    claims = risk.claims + risk.control_claims
    return Guesses((risk.hits, claims), risk.targets + risk.control_targets)


def _of_counts(given: Sequence[int]) -> Counts:
    numbers = tuple(given)
    if len(numbers) == 3:
        numbers = (numbers[0], numbers[2], numbers[1], numbers[2])
    whole = all(isinstance(n, Integral) and n >= 0 for n in numbers)
    if len(numbers) != 4 or not whole or numbers[0] > numbers[1] or numbers[2] > numbers[3]:
        raise GuideError(
            f"risk={given!r} is neither the result of an attack nor counts such as (60, 20, 100): "
            "hits with the unit, hits without it, runs each way"
        )
    if not numbers[1] or not numbers[3]:
        raise GuideError(f"risk={given!r} counts no runs; nothing can be shown")
    a, n, b, m = (int(number) for number in numbers)
    return Counts((a, b), (n, m))


def _band(values: np.ndarray) -> NullBand:
    mean, high = float(values.mean()), float(np.quantile(values, 0.975))
    return NullBand(Null.FRESH_SAMPLE, mean, 0.0, max(high, mean), len(values))


def _against(value: float, claimed: float | None) -> str:
    if claimed is None:
        return ""
    if value > claimed:
        return f" The claim of {claimed:g} is refuted."
    return f" Nothing is seen against the claim of {claimed:g}, which is no proof of it."
