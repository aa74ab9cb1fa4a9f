"""From a use case to ranked methods, with reasons, expected cost and the checks that follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from guide_helpers import suitability
from guide_helpers._costs import Cost, expected
from guide_helpers.cards import ANY, MethodCard, UseCase, Verdict, plain
from guide_helpers.catalogue import Entry, entries, find
from guide_helpers.findings import limit_words, unlike
from guide_helpers.policy import Level, Requirement, UseCasePolicy
from guide_helpers.schema import Data, LinkedTables

FEW_UNITS = 300
"""With fewer units than this, attacks and tables show little; our judgement."""
MOST_TOLD = 5
"""Methods that a plan tells with reasons."""
TAKES = "can take the data"


@dataclass(frozen=True)
class Recommendation:
    """Methods in the order in which they suit a use case, and the checks that must be run.

    It can be used like its table `methods`. The verdicts are the judgement on the cards and in
    the policy, not a computation; costs are measured ones, scaled to the file.
    """

    use_case: UseCase
    methods: pd.DataFrame
    required: pd.DataFrame
    not_the_answer: tuple[str, ...]

    def __getitem__(self, wanted: Any) -> Any:
        return self.methods[wanted]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.methods, name)

    def __len__(self) -> int:
        return len(self.methods)

    def plan(self) -> str:
        """Return what to do, in words: methods with reasons, checks, and when not to."""
        return "\n".join(_plan(self))

    def _repr_html_(self) -> str:
        tables = (self.methods, self.required)
        shown = [t.reset_index().to_html(index=False, border=0) for t in tables]
        instead = "".join(f"<li>{escape(s)}</li>" for s in self.not_the_answer)
        return (
            f"<p>Methods for: {escape(self.use_case.title)}</p>{shown[0]}"
            f"<p>Checks that the policy asks</p>{shown[1]}"
            f"<p>Synthetic data is not the answer where</p><ul>{instead}</ul>"
        )


def recommendation(case: UseCasePolicy, asked: Asked) -> Recommendation:
    """Return the methods for a use case; those that cannot be used as asked come last."""
    methods = _methods(case.use_case, asked)
    required = _required(case, asked.data)
    return Recommendation(case.use_case, methods, required, _instead(case, methods, asked))


@dataclass(frozen=True)
class Asked:
    """The data, whether a guarantee is asked for, and the seconds and MB at hand."""

    data: Data | None
    formal: bool | None
    seconds: float | None
    memory: float | None

    @property
    def costs(self) -> bool:
        """Whether anybody wants to know what a run takes."""
        return self.data is not None or self.seconds is not None or self.memory is not None

    def cost(self, entry: Entry) -> Cost | None:
        """Return what a run is expected to take, as far as it was measured."""
        return expected(entry.slug, self.data) if self.costs and entry.runs else None


def _methods(use_case: UseCase, asked: Asked) -> pd.DataFrame:
    """Return the methods: what runs first, then what is possible, then what suits."""
    lines = []
    for slug, entry in entries("methods").items():
        advice = entry.card.suits.get(use_case)
        if advice is None:
            continue
        cost = asked.cost(entry)
        way, lacks = _against(entry, asked.data), list(_lacking(entry, cost, asked))
        possible = way in {"yes", "not asked"}
        short = asked.formal and not entry.card.capabilities.formal_privacy
        place = list(Verdict).index(advice.verdict)
        odd, unfit = _elsewhere(entry, asked.data), advice.verdict is Verdict.UNFIT
        rank = (not entry.runs, bool(short), not possible, bool(lacks), unfit, bool(odd), place)
        line = {
            "method": slug,
            "verdict": advice.verdict.value,
            "why": plain(advice.reason),
            "against": " ".join([*lacks, *([odd] if odd else []), *_weak(entry.card)]),
            TAKES: way,
        }
        lines.append((*rank, slug, line | (_cost(cost) if asked.costs else {})))
    shown = [line for *_, line in sorted(lines, key=lambda one: one[:-1])]
    return pd.DataFrame(shown).set_index("method")


def _elsewhere(entry: Entry, data: Data | None) -> str:
    """Say what a method was made for, unless that is the shape of the data."""
    source = entry.card.made_for
    if isinstance(data, LinkedTables):
        its_own = source in ("linked tables", "households and persons")
    else:
        its_own = data is not None and data.panel and source == "panels"
    if source == ANY or its_own:
        return ""
    return f"Made for {source}; take it where yours are."


def _against(entry: Entry, data: Data | None) -> str:
    """Return what stands between a method and the data."""
    if not entry.runs:
        return "described, not part of the package"
    if data is None:
        return "not asked"
    return "; ".join(suitability.objections(entry, data)) or "yes"


def _lacking(entry: Entry, cost: Cost | None, asked: Asked) -> Iterator[str]:
    """Yield what the method does not give or needs beyond what is at hand."""
    if asked.formal and not entry.card.capabilities.formal_privacy:
        yield "Gives no formal guarantee."
    if cost is None:
        return
    if asked.seconds is not None and cost.seconds > asked.seconds:
        yield f"Expected to take {cost.seconds:,.0f} s; {asked.seconds:,.0f} s are at hand."
    if asked.memory is not None and cost.memory > asked.memory:
        yield f"Expected to need {cost.memory:,.0f} MB; {asked.memory:,.0f} MB are at hand."


def _weak(card: MethodCard) -> list[str]:
    return [plain(w).rstrip(".") + "." for w in card.weaknesses[:2]]


def _cost(cost: Cost | None) -> dict[str, str]:
    if cost is None:
        return {"CPU seconds": "not measured", "memory MB": "not measured"}
    return {"CPU seconds": cost.said, "memory MB": f"about {cost.memory:,.0f}"}


def _required(case: UseCasePolicy, data: Data | None) -> pd.DataFrame:
    """Return the checks of the policy that speak of the data, one line each."""
    lines = [
        {
            "requirement": r.id,
            "title": r.title,
            "level": r.level.value,
            "measured by": r.name,
            "limit": limit_words(r),
            "needs": _needs(r),
            "why": r.why,
            "source": r.source,
        }
        for r in case.requirements
        if r.level is not Level.NOT_APPLICABLE and not unlike(r, data)
    ]
    table = pd.DataFrame(lines).set_index("requirement")
    return table.sort_values("level", key=lambda c: c.ne(Level.MUST.value), kind="stable")


def _needs(asked: Requirement) -> str:
    """Return what a check needs besides the two files."""
    if asked.kind == "attack":
        return "key variables, and a control file or the method"
    if asked.kind == "check":
        return ""
    return ", ".join(f"{n}=..." for n in find("measures", asked.name).card.needs)


def _instead(case: UseCasePolicy, methods: pd.DataFrame, asked: Asked) -> tuple[str, ...]:
    """Return when synthetic data is not the answer, what speaks of this file first."""
    runs = [slug for slug in methods.index if find("methods", slug).runs]
    suits = methods.loc[runs]
    suits = suits[suits["verdict"].ne(Verdict.UNFIT.value)]
    able = suits[suits[TAKES].isin(["yes", "not asked"])]
    if asked.formal:
        able = able[[find("methods", s).card.capabilities.formal_privacy for s in able.index]]
    said = []
    if able.empty:
        said.append(
            "No method of the package suits this use and can take this file as asked: correct the "
            "schema, ask for less, or take one of the ways below."
        )
    data = asked.data
    if data is not None and data.n_units < FEW_UNITS:
        said.append(
            f"The file has {data.n_units} units: too few to show that nothing leaks, and few "
            "enough to publish tables of them by hand."
        )
    return (*said, *case.not_the_answer)


def _plan(found: Recommendation) -> Iterator[str]:
    yield f"Plan for: {found.use_case.title}"
    yield "\nMethods, the first that suits first"
    unfit = found.methods.index[found.methods["verdict"] == Verdict.UNFIT.value]
    suits = [s for s in found.methods.index if find("methods", s).runs and s not in unfit]
    for place, (slug, line) in enumerate(found.methods.loc[suits[:MOST_TOLD]].iterrows(), 1):
        title = find("methods", str(slug)).card.title
        cost = f" CPU seconds: {line['CPU seconds']}." if "CPU seconds" in line else ""
        yield f"{place}. {title} ({slug}), {line['verdict']}: {line['why']}.{cost}"
        yield f"   Against it: {line['against'] or 'nothing that we know.'}"
        if line[TAKES] not in {"yes", "not asked"}:
            yield f"   In the way: {line[TAKES]}."
    for level in (Level.MUST, Level.SHOULD):
        yield f"\nChecks that {level.value} be passed"
        lines = found.required[found.required["level"] == level.value]
        for _, line in lines.iterrows():
            needs = f"; needs {line['needs']}" if line["needs"] else ""
            yield f"- {line['title']}: {line['limit']} ({line['measured by']}{needs})"
    yield "\nSynthetic data is not the answer where"
    yield from (f"- {sentence}" for sentence in found.not_the_answer)
