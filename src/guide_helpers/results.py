"""What the verbs give back: frozen, with uncertainty, nulls and provenance inside."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from statistics import fmean, variance
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers.cards import Aspect, AttackCard, Better, MeasureCard, Null
from guide_helpers.catalogue import find
from guide_helpers.errors import GuideError
from guide_helpers.intervals import (
    Estimate,
    Interval,
    normal_quantile,
    ratio_of_proportions,
    student_quantile,
    wilson,
)
from guide_helpers.schema import Data, Dataset

LOW_RATES = (0.001, 0.01, 0.1)
"""False positive rates at which a membership attack is read."""
ENOUGH_SYNTHESES = 5
"""From this many copies on, a risk may be said of the method and not only of the files."""


@dataclass(frozen=True)
class Expense:
    """One line of the privacy ledger: what was asked of the records, and its price.

    The price is in the ledger's currency: epsilon, or rho where the accounting is zCDP.
    """

    what: str
    epsilon: float = 0.0
    delta: float = 0.0
    rho: float = 0.0


@dataclass(frozen=True)
class PrivacyLoss:
    """What a formal privacy claim says, whole: numbers, relation, unit, bound and ledger.

    `relation` is add-or-remove-one or replace-one; `unit` is what is protected;
    `contribution` says how many rows of a unit count and how that was enforced. Under zCDP the
    budget is `rho`, the most that is sure to give (epsilon, delta); it is 0 under pure epsilon.
    """

    epsilon: float
    delta: float
    relation: str
    unit: str
    contribution: str
    n_public: bool
    accounting: str
    ledger: tuple[Expense, ...]
    claim: str = "teaching run"
    rho: float = 0.0

    @property
    def currency(self) -> str:
        """What the ledger counts in: epsilon, or rho."""
        return "rho" if self.rho else "epsilon"

    @property
    def budget(self) -> float:
        """The whole budget in the ledger's currency."""
        return self.rho or self.epsilon

    @property
    def spent(self) -> float:
        """Sum of the ledger's expenses in its currency; never above `budget`."""
        return sum(e.rho if self.rho else e.epsilon for e in self.ledger)

    def table(self) -> pd.DataFrame:
        """Return the ledger, one line an expense, with its price and its share of the budget."""
        kept = ["what", "rho"] if self.rho else ["what", "epsilon", "delta"]
        table = pd.DataFrame([vars(e) for e in self.ledger], columns=kept)
        return table.assign(share=table[self.currency] / self.budget)

    def reading(self) -> dict[str, str]:
        """Return, in words, what the loss says to the file's maker and to its user."""
        delta = f" and delta {self.delta:g}" if self.delta else ""
        known = "known to all" if self.n_public else "protected too"
        odds = f"{math.exp(min(self.epsilon, 700.0)):.3g}"
        return {
            "value": (
                f"Epsilon {self.epsilon:g}{delta} for {self.unit}, {self.relation} neighbours, "
                f"{self.accounting}; {self.contribution}; the number of units is {known}. Claim: "
                f"{self.claim}."
            ),
            "if you make the file": (
                f"Whatever anybody knows, one unit's presence changes the odds of any result by at "
                f"most a factor of {odds}{' but for delta' if delta else ''}. Check in the ledger "
                "that everything asked of the records is paid for, preprocessing too, and audit "
                "the run."
            ),
            "if you use the file": (
                "The loss says nothing about how good the file is. Noise was added on purpose: ask "
                "for a measure of your own analysis, and expect small groups to suffer first."
            ),
            "it cannot say": (
                "what the file tells about groups and about everybody like a person; what other "
                "releases of the same records add; and nothing at all for a teaching run, whose "
                "noise anybody can repeat from its seed"
            ),
        }


@dataclass(frozen=True)
class Synthetic:
    """Copies of a synthetic file and how they were made.

    `options` are the options of the method; `provenance` names versions, seed and sizes. With
    the recipe (`method`, `options`, `synthesise`) an attack can train the method again.
    """

    copies: tuple[Data, ...]
    method: str
    options: Mapping[str, Any]
    privacy: PrivacyLoss | None
    provenance: Mapping[str, Any]
    synthesise: tuple[str, ...] | None = None

    @property
    def m(self) -> int:
        """Number of copies."""
        return len(self.copies)

    @property
    def first(self) -> Data:
        """The first copy."""
        return self.copies[0]

    @property
    def rows(self) -> pd.DataFrame:
        """Rows of the only copy; ask `copies` where there are several or linked tables."""
        if self.m > 1 or not isinstance(self.first, Dataset):
            raise GuideError("several copies or tables: choose one in `.copies`")
        return self.first.rows

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class NullBand:
    """What the measure gives under a null: mean and the middle 95 %.

    `draws` is the number of simulated files, 0 where the values come from a formula.
    """

    null: Null
    mean: float
    low: float
    high: float
    draws: int

    @classmethod
    def of(cls, null: Null, values: np.ndarray) -> NullBand:
        """Return the band of simulated values."""
        low, high = np.quantile(values, [0.025, 0.975])
        return cls(null, float(np.mean(values)), float(low), float(high), len(values))


@dataclass(frozen=True)
class Score:
    """A measure's value with its uncertainty and its null bands.

    `variant` tells several scores of one measure apart (1-way, 2-way), `details` is the table
    behind the value, `note` one more sentence in words.
    """

    measure: str
    value: float
    interval: Interval | None
    bands: tuple[NullBand, ...]
    variant: str = ""
    table: str = ""
    details: pd.DataFrame | None = field(default=None, compare=False)
    note: str = ""
    by_copy: tuple[float, ...] = ()

    @property
    def card(self) -> MeasureCard:
        """What the guide claims about the measure."""
        found: MeasureCard = find("measures", self.measure).card
        return found

    @property
    def name(self) -> str:
        """Title of the measure, with its variant and table."""
        parts = [self.card.title, self.variant, self.table]
        return ", ".join(p for p in parts if p)

    def band(self, null: Null | None = None) -> NullBand:
        """Return the band of a null, by default the one of the measure's card."""
        wanted = null or self.card.null
        for band in self.bands:
            if band.null is wanted:
                return band
        raise GuideError(f"{self.name} has no {wanted.value} band; draw it with `nulls=`")

    @property
    def standing(self) -> str:
        """Where the value lies against its band: within, better or worse."""
        band = self.band()
        if band.low <= self.value <= band.high:
            return "within"
        better = self.card.better
        if better is Better.NEAR_NULL:
            return "above" if self.value > band.high else "below"
        lower = self.value < band.low
        return "better" if lower == (better is Better.LOWER) else "worse"

    def reading(self) -> dict[str, str]:
        """Return, in words, what the value says to the file's maker and to its user."""
        band = self.band()
        against = f"{band.null.value} null {band.mean:.4g} ({band.low:.4g} to {band.high:.4g})"
        said = f"{self.name}: {self.value:.4g}; {against}. {self._place()} {self.note}"
        return {
            "value": said.strip(),
            "if you make the file": self.card.reading_maker,
            "if you use the file": self.card.reading_user,
            "it cannot say": self.card.cannot_see,
        }

    def _place(self) -> str:
        """Return where the value lies, as surely as its interval allows."""
        words = PLACES[self.card.aspect][self.standing]
        band = self.band()
        if self.standing == "within" or self.interval is None:
            return words
        if self.interval.low > band.high or self.interval.high < band.low:
            return words
        return f"{words.partition(':')[0].rstrip('.')}, but its interval reaches into the band."


PLACES = {
    Aspect.UTILITY: {
        "within": "It lies within the band of its null: no misfit is seen beyond noise.",
        "better": "It lies on the good side of the band of its null.",
        "worse": "It lies on the bad side of the band of its null: the misfit is real.",
        "above": "It lies above the band of its null.",
        "below": "It lies below the band of its null.",
    },
    Aspect.RISK: {
        "within": "It lies within the band of its null: no more than such a file shows anyway.",
        "better": "It lies on the safe side of the band of its null.",
        "worse": "It lies on the unsafe side of the band of its null: the records are the reason.",
        "above": "It lies above the band of its null.",
        "below": "It lies below the band of its null.",
    },
}


@dataclass(frozen=True)
class Comparison:
    """The scores of one comparison, in the order they were asked for.

    `refused` says, measure by measure, why one could not be computed that nobody had named.
    """

    scores: tuple[Score, ...]
    refused: tuple[tuple[str, str], ...] = ()

    def __iter__(self) -> Iterator[Score]:
        return iter(self.scores)

    def __getitem__(self, measure: str) -> Score:
        """Return the score of a measure, or of `measure:variant` where it has several."""
        slug, _, variant = measure.partition(":")
        found = [s for s in self.scores if s.measure == slug and variant in ("", s.variant)]
        if len(found) == 1:
            return found[0]
        known = ", ".join(f"{s.measure}:{s.variant}".rstrip(":") for s in self.scores)
        raise GuideError(f"{measure!r} names {len(found)} scores; known: {known}")

    def table(self) -> pd.DataFrame:
        """Return one line a score: value, interval, null band, and where it lies."""
        return pd.DataFrame([_score_line(s) for s in self.scores]).set_index("measure")

    def _repr_html_(self) -> str:
        return _html(self.table())


def _score_line(s: Score) -> dict[str, object]:
    band = s.band()
    interval = f"{s.interval.low:.4g} to {s.interval.high:.4g}" if s.interval else "one copy"
    return {
        "measure": s.name,
        "value": float(f"{s.value:.4g}"),
        "95 % interval": interval,
        "null": band.null.value,
        "null mean": float(f"{band.mean:.4g}"),
        "null band": f"{band.low:.4g} to {band.high:.4g}",
        "against its null": s.standing,
        "note": s.note,
    }


@dataclass(frozen=True)
class Ranking:
    """How well an attack ranks members above outsiders: the AUC, and few false claims.

    `area` is the probability that a random member has the higher score (ties count half), 0.5 for
    guessing. `at_low` holds, for a few false positive rates, the share of members found at a
    threshold that no more than that share of outsiders passes.
    """

    area: Estimate
    at_low: tuple[tuple[float, Estimate], ...]

    @classmethod
    def of(cls, members: np.ndarray, outsiders: np.ndarray) -> Ranking:
        """Return the ranking of two groups of scores; a rate below one outsider is left out.

        References
        ----------
        DeLong, DeLong and Clarke-Pearson (1988), doi:10.2307/2531595, for the interval of the area
        """
        rates = [rate for rate in LOW_RATES if rate * len(outsiders) >= 1]
        return cls(
            _area(members, outsiders), tuple((r, _found(members, outsiders, r)) for r in rates)
        )

    def table(self) -> pd.DataFrame:
        """Return one line a false positive rate: the share of members found, with its interval."""
        lines = [(rate, e.value, e.interval.low, e.interval.high) for rate, e in self.at_low]
        columns = ["false positive rate", "members found", "low", "high"]
        return pd.DataFrame(lines, columns=columns).set_index("false positive rate")


@dataclass(frozen=True)
class Risk:
    """What an attack got right, against people outside the file and against guessing.

    Counts are of targets (members of the original) and of control targets (people who were
    never in it). `claims` are the targets for whom the attack said anything at all. A design
    effect above 1 says that several targets belong to one privacy unit. With several copies,
    `by_copy` holds one risk a copy, the counts are those of the first, and the rates and the
    excess are means over the copies, with the variance between them. `one_draw` says that the
    copies share one draw of privacy noise: they do not show how another run would differ.
    """

    attack: str
    targets: int
    hits: int
    claims: int
    guessing_rate: float
    control_targets: int = 0
    control_hits: int = 0
    control_claims: int = 0
    knowledge: tuple[str, ...] = ()
    target_design_effect: float = 1.0
    control_design_effect: float = 1.0
    table: str = ""
    note: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    details: pd.DataFrame | None = field(default=None, compare=False)
    by_copy: tuple[Risk, ...] = ()
    one_draw: bool = False
    ranking: Ranking | None = None

    @classmethod
    def over(cls, risks: tuple[Risk, ...]) -> Risk:
        """Return the risk over several copies; one copy stays as it is."""
        if len(risks) == 1:
            return risks[0]
        guessing = fmean(r.guessing_rate for r in risks)
        each = [r.ranking for r in risks if r.ranking is not None]
        ranking = _ranking_over_copies(each) if len(each) == len(risks) else None
        return replace(risks[0], by_copy=risks, guessing_rate=guessing, ranking=ranking)

    @property
    def card(self) -> AttackCard:
        """What the guide claims about the attack."""
        found: AttackCard = find("attacks", self.attack).card
        return found

    @property
    def rate(self) -> Estimate:
        """Share of targets hit, with its Wilson interval."""
        if self.by_copy:
            return _over_copies([r.rate for r in self.by_copy], least=0.0)
        if not self.targets:
            return Estimate(0.0, Interval(0.0, 1.0, "nothing was tried"))
        return _proportion(self.hits, self.targets, self.target_design_effect)

    @property
    def control_rate(self) -> Estimate | None:
        """Share of control targets hit; None without a control group."""
        if not self.control_targets:
            return None
        if self.by_copy:
            rates = [r.control_rate for r in self.by_copy if r.control_rate]
            return _over_copies(rates, least=0.0)
        return _proportion(self.control_hits, self.control_targets, self.control_design_effect)

    @property
    def excess(self) -> Estimate | None:
        """Rate above the control group's, as a share of what was left to gain.

        None without a control group, and where the control group was always right: nothing was
        left to gain.
        """
        if self.by_copy:
            each = [r.excess for r in self.by_copy]
            known = [e for e in each if e is not None]
            return _over_copies(known) if len(known) == len(each) else None
        nobody = not self.targets or not self.control_targets
        if nobody or self.control_hits == self.control_targets:
            return None
        missed = (self.targets - self.hits) / self.target_design_effect
        spared = (self.control_targets - self.control_hits) / self.control_design_effect
        among = self.targets / self.target_design_effect
        control = self.control_targets / self.control_design_effect
        value = 1 - (missed / among) / (spared / control)
        ratio = ratio_of_proportions(missed, among, spared, control)
        return Estimate(value, Interval(1 - ratio.high, 1 - ratio.low, ratio.method, ratio.level))

    @property
    def about(self) -> str:
        """Whether the numbers speak of a file or, from five syntheses on, of the method."""
        if len(self.by_copy) >= ENOUGH_SYNTHESES and not self.one_draw:
            return "the method"
        return "these files" if self.by_copy else "this file"

    @property
    def power(self) -> bool:
        """Whether the attack surely beats guessing on anyone, or tells members from outsiders."""
        if not self.targets:
            return False
        shown = [self.rate] + ([self.control_rate] if self.control_rate else [])
        told_apart = self.excess is not None and 0 not in self.excess.interval
        return told_apart or any(e.interval.low > self.guessing_rate for e in shown)

    def reading(self) -> dict[str, str]:
        """Return, in words, what the attack says to the file's maker and to its user."""
        return {
            "value": " ".join(self._sentences()),
            "if you make the file": self.card.reading_maker,
            "if you use the file": self.card.reading_user,
            "it cannot say": self.card.cannot_see,
        }

    def _sentences(self) -> Iterator[str]:
        what = "guesses" if self.card.guesses else "targets"
        if not self.targets:
            yield f"{self.card.title}: it found nothing to try, so it has no power here."
            yield from [self.note] if self.note else []
            return
        rate = f"{_percent(self.rate)} of {self.targets:,} {what}"
        yield f"{self.card.title}: {self.card.hit_means} {rate};"
        yield f"guessing alone gives {100 * self.guessing_rate:.1f} %."
        control, excess = self.control_rate, self.excess
        if control is None:
            yield "There is no control group, so the excess is not measurable."
        elif excess is None:
            yield "Every control target was hit too: nothing was left to gain, no excess exists."
        else:
            yield f"People outside the file: {_percent(control)} of {self.control_targets:,}."
            yield f"Excess: {_percent(excess)}, about {self.about}."
            if excess.interval.low > 0:
                yield "The file gives away something about its members."
            elif excess.interval.high < 0:
                yield "Members were hit less often than outsiders."
            else:
                yield "The interval covers zero: this attack shows no leak about members."
        if self.ranking is not None:
            yield from _ranked(self.ranking)
        if not self.power:
            yield "The attack has no power here: it is nowhere surely better than guessing."
        if self.note:
            yield self.note

    def table_row(self) -> dict[str, object]:
        """Return the risk as one line of a table."""
        control, excess = self.control_rate, self.excess
        return {
            "attack": self.card.title,
            "targets": self.targets,
            "claims": self.claims,
            "hits": self.hits,
            "rate %": _percent(self.rate),
            "guessing %": round(100 * self.guessing_rate, 1),
            "control targets": self.control_targets,
            "control rate %": _percent(control) if control else "no control",
            "excess %": _percent(excess) if excess else "not measurable",
            "about": self.about,
        } | ({} if self.ranking is None else {"AUC": str(self.ranking.area)})

    def _repr_html_(self) -> str:
        return _html(pd.DataFrame([self.table_row()]).set_index("attack"))


def _area(members: np.ndarray, outsiders: np.ndarray) -> Estimate:
    """Return the area under the ROC curve with DeLong's interval."""
    above = _placed(members, outsiders) / len(outsiders)
    below = 1 - _placed(outsiders, members) / len(members)
    value = float(above.mean())
    spread = sum(float(x.var(ddof=1)) / len(x) for x in (above, below) if len(x) > 1)
    reach = normal_quantile(0.95) * spread**0.5
    return Estimate(value, Interval(max(0.0, value - reach), min(1.0, value + reach), "DeLong"))


def _placed(scores: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return how many of the others lie below each score; equal ones count half."""
    order = np.sort(others)
    below, upto = (np.searchsorted(order, scores, side=s) for s in ("left", "right"))
    placed: np.ndarray = (below + upto) / 2
    return placed


def _found(members: np.ndarray, outsiders: np.ndarray, rate: float) -> Estimate:
    """Return the share of members above the score that at most `rate` of outsiders exceed."""
    allowed = int(rate * len(outsiders))
    threshold = np.sort(outsiders)[::-1][allowed]
    return _proportion(int((members > threshold).sum()), len(members), 1.0)


def _ranking_over_copies(each: list[Ranking]) -> Ranking:
    rates = [rate for rate, _ in each[0].at_low]
    lines = ([r.at_low[i][1] for r in each] for i in range(len(rates)))
    at_low = (
        (rate, _over_copies(line, least=0.0)) for rate, line in zip(rates, lines, strict=True)
    )
    return Ranking(_over_copies([r.area for r in each], least=0.0), tuple(at_low))


def _ranked(ranking: Ranking) -> Iterator[str]:
    yield f"A member ranks above an outsider with probability {ranking.area}."
    for rate, found in ranking.at_low:
        yield f"At {100 * rate:g} % false claims it finds {_percent(found)} of the members."


def _proportion(hits: int, trials: int, effect: float) -> Estimate:
    interval = wilson(hits / effect, trials / effect)
    return Estimate(hits / trials, interval)


def _over_copies(estimates: list[Estimate], least: float = -math.inf) -> Estimate:
    """Mean over copies; its variance is that of the shared targets plus that between copies.

    The targets are the same in every copy, so their sampling variance does not shrink with the
    number of copies; the variance between copies does. Variances are recovered from the limits,
    each side on its own, and added; Student's t with Satterthwaite's degrees of freedom.
    """
    value = fmean(e.value for e in estimates)
    between = variance(e.value for e in estimates) / len(estimates)
    below = _reach([e.value - e.interval.low for e in estimates], between)
    above = _reach([e.interval.high - e.value for e in estimates], between)
    method = f"sampling and between-copy variance, {len(estimates)} copies"
    return Estimate(value, Interval(max(least, value - below), min(1.0, value + above), method))


def _reach(sides: list[float], between: float) -> float:
    """Return how far one limit lies from the mean over copies."""
    total = fmean((side / normal_quantile(0.95)) ** 2 for side in sides) + between
    if between == 0:
        return fmean(sides)
    df = (len(sides) - 1) * (total / between) ** 2
    return student_quantile(min(df, 1e7)) * math.sqrt(total)


def _percent(e: Estimate) -> str:
    value, low, high = (
        f"{round(100 * share, 1) + 0.0:.1f}" for share in (e.value, e.interval.low, e.interval.high)
    )
    return f"{value} ({low} to {high}) %"


def _html(table: pd.DataFrame) -> str:
    body: str = table.reset_index().to_html(index=False, border=0, classes="guide-table")
    return body
