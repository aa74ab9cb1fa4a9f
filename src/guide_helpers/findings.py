"""What results say about the requirements of a policy: met, missed, undecided or not measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from guide_helpers import suitability
from guide_helpers.cards import Better, DataKind, Null
from guide_helpers.catalogue import find
from guide_helpers.intervals import Interval
from guide_helpers.policy import Level, Quantity, Requirement, UseCasePolicy
from guide_helpers.results import Risk, Score, Synthetic
from guide_helpers.schema import Data, Dataset, LinkedTables


class State(Enum):
    """What became of a requirement."""

    MET = "met"
    MISSED = "missed"
    UNDECIDED = "undecided"
    NOT_MEASURED = "not measured"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Finding:
    """A requirement and its state, with the value that decided and one sentence about it."""

    requirement: Requirement
    state: State
    value: str
    sentence: str

    @property
    def must(self) -> bool:
        """Whether the file is out unless this is met."""
        return self.requirement.level is Level.MUST


@dataclass(frozen=True)
class Evidence:
    """Results at hand: those of a requirement by its id, else any of the measure or attack.

    `refused` says, by id or slug, why something could not be measured.
    """

    scores: tuple[Score, ...] = ()
    risks: tuple[Risk, ...] = ()
    scores_of: Mapping[str, tuple[Score, ...]] = field(default_factory=dict)
    risks_of: Mapping[str, tuple[Risk, ...]] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    synthetic: Synthetic | None = None
    copies: int = 1
    data: Data | None = None

    def scores_for(self, asked: Requirement) -> tuple[Score, ...]:
        """Return the scores that a requirement speaks of."""
        found = self.scores_of.get(asked.id, self.scores)
        return tuple(
            s for s in found if s.measure == asked.name and s.variant.startswith(asked.variant)
        )

    def risks_for(self, asked: Requirement) -> tuple[Risk, ...]:
        """Return the risks that a requirement speaks of."""
        found = self.risks_of.get(asked.id, self.risks)
        return tuple(r for r in found if r.attack == asked.name)


def findings(policy: UseCasePolicy, evidence: Evidence) -> tuple[Finding, ...]:
    """Return what the evidence says about each requirement, in the order of the policy."""
    return tuple(_finding(asked, evidence) for asked in policy.requirements)


def _finding(asked: Requirement, evidence: Evidence) -> Finding:
    if asked.level is Level.NOT_APPLICABLE:
        return Finding(asked, State.NOT_APPLICABLE, "", asked.why)
    if why := unlike(asked, evidence.data):
        return Finding(asked, State.NOT_APPLICABLE, "", why)
    judges = {"measure": _of_measure, "attack": _of_attack, "check": _of_check}
    return judges[asked.kind](asked, evidence)


def unlike(asked: Requirement, data: Data | None) -> str:
    """Return why a requirement does not speak of data of this shape, empty where it does."""
    if data is None:
        return ""
    if not shapes(data) & set(asked.for_data):
        return f"asked of {', '.join(kind.value for kind in asked.for_data)} only"
    if asked.kind == "measure":
        return suitability.unlike(find("measures", asked.name).card, data)
    return ""


def shapes(data: Data) -> set[DataKind]:
    """Return the shapes of a data set."""
    if isinstance(data, LinkedTables):
        return {DataKind.LINKED}
    return {DataKind.TABLE} | ({DataKind.PANEL} if data.panel or data.time else set())


def _not_measured(asked: Requirement, evidence: Evidence) -> Finding:
    why = evidence.refused.get(asked.id) or evidence.refused.get(asked.name)
    sentence = f"not measured: {why.rstrip('.')}" if why else "not measured"
    return Finding(asked, State.NOT_MEASURED, "", f"{asked.title}: {sentence}.")


def _of_measure(asked: Requirement, evidence: Evidence) -> Finding:
    """Judge by the worst of the scores."""
    scores = evidence.scores_for(asked)
    if not scores:
        return _nothing_of(asked, evidence)
    if asked.quantity is not Quantity.VALUE and not all(banded(s, asked.null) for s in scores):
        words = f"not measured: no band of {_null_words(asked)} can be drawn from so few records"
        return Finding(asked, State.NOT_MEASURED, "", f"{asked.title}: {words}.")
    if asked.detail:
        return _of_details(asked, scores)
    worst = _worst(asked)(scores, key=lambda s: _quantity(asked, s))
    value = _quantity(asked, worst)
    words = _measure_words(asked, worst, value)
    where = f" ({worst.name})" if len(scores) > 1 else ""
    state = State.MET if _within(asked, value) else State.MISSED
    return Finding(asked, state, words, _sentence(asked, words, state) + where)


def _nothing_of(asked: Requirement, evidence: Evidence) -> Finding:
    """Say why there is no score: not run, or run and without a result of this kind."""
    if all(s.measure != asked.name for s in evidence.scores_of.get(asked.id, evidence.scores)):
        return _not_measured(asked, evidence)
    why = f"the data set says nothing that could be held against it ({asked.variant})"
    return Finding(asked, State.NOT_MEASURED, "", f"{asked.title}: not measured: {why}.")


def _of_details(asked: Requirement, scores: Sequence[Score]) -> Finding:
    """Judge by the worst line of the details, the farthest from 0 where there is a greatest value.

    A line without a value could not be computed from the synthetic file, and is the worst of all.
    """
    lines = [line for s in scores for line in _lines(asked, s)]
    if not lines:
        named = f" that begins with {asked.line}" if asked.line else ""
        why = f"not measured: no line of {asked.detail}{named} came out"
        return Finding(asked, State.NOT_MEASURED, "", f"{asked.title}: {why}.")
    name, value = (min if asked.at_most is None else max)(lines, key=lambda line: line[1])
    state = State.MET if _within(asked, value) else State.MISSED
    found = f"{value:.3g} ({asked.detail})" if math.isfinite(value) else "not computable"
    words = f"{found}, for '{name.partition(':')[0]}'"
    return Finding(asked, state, words, _sentence(asked, words, state))


def _lines(asked: Requirement, score: Score) -> list[tuple[str, float]]:
    """Return names and values of the lines that count."""
    table = score.details
    if table is None or asked.detail not in table:
        return []
    names = [str(name) for name in table.iloc[:, 0]]
    values = table[asked.detail].astype(float)
    if asked.at_most is None:
        values = values.fillna(-math.inf)
    else:
        values = values.abs().fillna(math.inf)
    return [(n, float(v)) for n, v in zip(names, values, strict=True) if n.startswith(asked.line)]


def banded(score: Score, null: Null | None = None) -> bool:
    """Whether the score has the band of a null, by default of the one on its card."""
    return (null or score.card.null) in {b.null for b in score.bands}


def _measure_words(asked: Requirement, score: Score, value: float) -> str:
    if asked.quantity is Quantity.RATIO:
        return f"{value:.3g} times"
    if asked.quantity is Quantity.ABOVE_BAND:
        beyond = f"{value:.3g} beyond the band" if value > 0 else "not beyond the band"
        return f"{beyond} ({score.value:.3g} {score.card.unit})"
    return f"{value:.3g} ({score.card.unit})"


def _worst(asked: Requirement) -> Callable[..., Score]:
    return min if asked.at_most is None else max


def _quantity(asked: Requirement, score: Score) -> float:
    if asked.quantity is Quantity.VALUE:
        return score.value
    band = score.band(asked.null)
    if asked.quantity is Quantity.RATIO:
        return score.value / band.mean if band.mean else (float("inf") if score.value else 1.0)
    higher = score.card.better is Better.HIGHER
    return band.low - score.value if higher else score.value - band.high


def _of_attack(asked: Requirement, evidence: Evidence) -> Finding:
    """Judge by the worst excess; without a control group there is none."""
    risks = evidence.risks_for(asked)
    tried = [r for r in risks if r.targets]
    if risks and not tried:
        return Finding(asked, State.MET, "nothing to try", f"{asked.title}: found nothing to try.")
    known = [r for r in tried if r.excess is not None]
    if not known:
        return _without_excess(asked, evidence, tried)
    worst = max(known, key=lambda r: r.excess.value if r.excess else 0.0)
    assert worst.excess is not None  # known has looked
    value, ends = worst.excess.value, worst.excess.interval
    state = _state_of(asked, value, ends)
    words = f"{100 * value:.1f} ({100 * ends.low:.1f} to {100 * ends.high:.1f}) %"
    power = "" if worst.power else " The attack has no power here."
    return Finding(asked, state, words, f"{_sentence(asked, words, state)}.{power}")


def _without_excess(asked: Requirement, evidence: Evidence, tried: Sequence[Risk]) -> Finding:
    """Judge an attack whose excess is undefined: no control group, or one that is always hit.

    Where a leak has to be shown, one that hits everybody outside too shows none.
    """
    if not tried or not all(r.control_targets for r in tried):
        return _not_measured(asked, evidence)
    sentence = f"{asked.title}: all people outside are hit too, so nothing is left to gain"
    state = State.MET if asked.crossing == State.MET.value else State.NOT_MEASURED
    return Finding(asked, state, "no excess exists", f"{sentence}: {state.value}.")


def _state_of(asked: Requirement, value: float, ends: Interval) -> State:
    """Return the state of an excess, by the end of its interval that the policy names."""
    judged = {Quantity.LOWER_END: ends.low, Quantity.UPPER_END: ends.high}
    if asked.quantity in judged:
        return State.MET if _within(asked, judged[asked.quantity]) else State.MISSED
    both = {_within(asked, ends.low), _within(asked, ends.high)}
    if len(both) == 2 and asked.crossing:
        return State(asked.crossing)
    return State.MET if _within(asked, value) else State.MISSED


def _within(asked: Requirement, value: float) -> bool:
    low = asked.at_least is None or value >= asked.at_least
    return low and (asked.at_most is None or value <= asked.at_most)


def _sentence(asked: Requirement, words: str, state: State) -> str:
    return f"{asked.title}: {words}; the limit is {limit_words(asked)}: {state.value}"


def limit_words(asked: Requirement) -> str:
    """Return the limit in words, with what it is a limit of; that of an attack in per cent."""
    factor, unit = (100, " %") if asked.kind == "attack" else (1, "")
    ends = {"at least": asked.at_least, "at most": asked.at_most}
    numbers = [f"{w} {factor * x:g}{unit}" for w, x in ends.items() if x is not None]
    said = " and ".join(numbers) or "to be stated"
    null = _null_words(asked)
    of = f" ({asked.detail}) for {asked.line or 'each'}" if asked.detail else ""
    return {
        Quantity.VALUE: f"{said}{of}",
        Quantity.RATIO: f"{said} times the mean of {null}",
        Quantity.ABOVE_BAND: f"{said} beyond the band of {null}",
        Quantity.EXCESS: f"an excess of {said}",
        Quantity.LOWER_END: f"{said}, lower end of the excess",
        Quantity.UPPER_END: f"{said}, upper end of the excess",
    }[asked.quantity]


def _null_words(asked: Requirement) -> str:
    return f"the {asked.null.value} null" if asked.null else "its null"


def _of_check(asked: Requirement, evidence: Evidence) -> Finding:
    return CHECKERS[asked.name](asked, evidence)


def _epsilon(asked: Requirement, evidence: Evidence) -> Finding:
    loss = evidence.synthetic.privacy if evidence.synthetic is not None else None
    if loss is None:
        state = State.MISSED if asked.options.get("needed") else State.NOT_APPLICABLE
        return Finding(asked, state, "none", f"{asked.title}: no formal claim is made.")
    state = State.MET if _within(asked, loss.epsilon) else State.MISSED
    words = f"epsilon {loss.epsilon:g}"
    return Finding(asked, state, words, f"{_sentence(asked, words, state)} ({loss.claim})")


def _copies(asked: Requirement, evidence: Evidence) -> Finding:
    state = State.MET if _within(asked, evidence.copies) else State.MISSED
    words = str(evidence.copies)
    return Finding(asked, state, words, _sentence(asked, words, state))


def _recipe(asked: Requirement, evidence: Evidence) -> Finding:
    if evidence.synthetic is None:
        sentence = f"{asked.title}: not recorded here."
        return Finding(asked, State.MISSED, "not known", sentence)
    sentence = f"{asked.title}: method, options and versions are recorded."
    return Finding(asked, State.MET, "recorded", sentence)


def _public_domains(asked: Requirement, evidence: Evidence) -> Finding:
    if evidence.data is None:
        return _not_measured(asked, evidence)
    data = evidence.data
    tables = [data] if isinstance(data, Dataset) else list(data.tables.values())
    every = [v for t in tables for v in t.schema.modelled]
    public = sum(v.public_domain for v in every)
    share = public / len(every) if every else 1.0
    state = State.MET if _within(asked, share) else State.MISSED
    words = f"{public} of {len(every)} variables, a share of {share:.2g}"
    return Finding(asked, state, words, _sentence(asked, words, state))


CHECKERS = {
    "epsilon": _epsilon,
    "copies": _copies,
    "recipe": _recipe,
    "public domains": _public_domains,
}
