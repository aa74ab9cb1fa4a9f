"""The plan of the use-case chooser: methods, measures and attacks, as the cards judge them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import pandas as pd

from guide_helpers.cards import Aspect, Rung, Synthesis, UseCase, Verdict, plain
from guide_helpers.catalogue import Entry, entries, find
from guide_helpers.intervals import wilson
from guide_helpers.verbs import recommend
from guide_helpers.widgets.view import View, heading, listed, paragraph

MOST_TOLD = 6
"""Methods that are told with reasons; the others are named."""
WEAKNESSES = 2
Fits = Callable[[Entry], bool]
"""Whether a method or a measure takes the data."""


class Uses(NamedTuple):
    """By which use case the risk and the utility of a file are judged, and in whose words."""

    risk: UseCase
    utility: UseCase
    holder: str
    purpose: str


def plan(uses: Uses, formal: bool, fits: Fits, n: int) -> View:
    """Return the methods, measures and attacks for a use of `n` units of data that `fits` takes."""
    methods = _methods((uses.risk, uses.utility), formal, fits)
    running = methods[methods["runs"]]
    attacks = [e for e in entries("attacks").values() if _suits(e, uses.risk)]
    words = f"{_counted(running)} {len(attacks)} attacks are to be run."
    return View(
        words,
        html=(
            _use(uses),
            paragraph(words),
            _told(running),
            _others(methods),
            _ruled_out(methods, formal, fits),
            heading("Show what it gets right: for each question at least one measure"),
            listed(_by_rung(uses.utility, Aspect.UTILITY, fits)),
            heading("Show what it gives away"),
            listed(_by_rung(uses.risk, Aspect.RISK, fits, formal=formal)),
            heading("Attack it: people in the file beside people outside it"),
            listed(_by_goal(attacks)),
            _size(n),
        ),
    )


def _counted(methods: pd.DataFrame) -> str:
    """Return how many methods there are, and those that are fit without conditions."""
    fit = [find("methods", slug).card.title for slug in methods.index[methods["rank"] == 0]]
    first = f"Fit without conditions: {'; '.join(fit)}" if fit else "None is fit without conditions"
    count = len(methods) or "No"
    noun = "method of the package suits" if len(methods) < 2 else "methods of the package suit"
    return f"{count} {noun} these answers. {first}."


def _use(uses: Uses) -> str:
    risk, utility = uses.risk.title, uses.utility.title
    if risk == utility:
        return heading("Use case") + paragraph(f"{risk}.")
    return heading("Two use cases meet") + paragraph(
        f"What the file may give away is judged as for: {risk} ({uses.holder}). "
        f"What it must get right is judged as for: {utility} ({uses.purpose}). "
        "A method has to suit both."
    )


def _methods(cases: Sequence[UseCase], formal: bool, fits: Fits) -> pd.DataFrame:
    """Return the methods that suit all cases, in the order of their worst verdict."""
    ranks = {v.value: place for place, v in enumerate(Verdict)}
    advice = [a[a["verdict"] != Verdict.UNFIT.value] for a in map(recommend, cases)]
    lines = {
        slug: {
            "rank": max(ranks[a.loc[slug, "verdict"]] for a in advice),
            "why": "; ".join(dict.fromkeys(a.loc[slug, "why"] for a in advice)),
            "runs": find("methods", slug).runs,
        }
        for slug in advice[0].index
        if all(slug in a.index for a in advice) and _able(find("methods", slug), formal, fits)
    }
    found = pd.DataFrame.from_dict(lines, orient="index", columns=["rank", "why", "runs"])
    return found.astype({"runs": bool}).sort_values("rank", kind="stable")


def _able(entry: Entry, formal: bool, fits: Fits) -> bool:
    return (entry.card.capabilities.formal_privacy or not formal) and fits(entry)


def _told(methods: pd.DataFrame) -> str:
    """Return the methods with reasons for and against, or what to do where there is none."""
    if methods.empty:
        return heading("No method of the package: is synthetic data the answer?") + paragraph(
            "Publish the tables that are asked for, let people work in a secure room, or run "
            "their programs on the original for them. Or give way in one of the answers."
        )
    told = [_method(slug, line) for slug, line in methods.head(MOST_TOLD).iterrows()]
    return heading("Methods that suit, those without conditions first") + listed(
        told, numbered=True
    )


def _method(slug: Any, line: pd.Series) -> tuple[str, str]:
    card = find("methods", slug).card
    verdict = list(Verdict)[line["rank"]].value
    weak = " ".join(plain(w) for w in card.weaknesses[:WEAKNESSES])
    return f"{card.title} (`{slug}`)", f"is {verdict}: {line['why']}. Known weaknesses: {weak}"


def _others(methods: pd.DataFrame) -> str:
    """Return the names of further methods that suit."""
    running, described = methods[methods["runs"]], methods[~methods["runs"]]
    said = {
        "Further methods under conditions:": running.index[MOST_TOLD:],
        "Described in the guide, run by other software:": described.index,
    }
    return listed(
        (lead, "; ".join(find("methods", slug).card.title for slug in slugs) + ".")
        for lead, slugs in said.items()
        if len(slugs)
    )


def _ruled_out(methods: pd.DataFrame, formal: bool, fits: Fits) -> str:
    """Return the names of methods that run and are not in the plan, by what rules them out."""
    why: dict[str, list[str]] = {}
    for slug, entry in entries("methods").items():
        if not entry.runs or slug in methods.index:
            continue
        if formal and not entry.card.capabilities.formal_privacy:
            reason = "No formal guarantee:"
        else:
            reason = "Unfit for the use:" if fits(entry) else "Cannot take the data:"
        why.setdefault(reason, []).append(entry.card.title)
    return listed((reason, "; ".join(names) + ".") for reason, names in why.items())


def _suits(entry: Entry, case: UseCase) -> bool:
    advice = entry.card.suits.get(case)
    return advice is not None and advice.verdict is Verdict.FIT


def _by_rung(
    case: UseCase, aspect: Aspect, fits: Fits, *, formal: bool = False
) -> Iterator[tuple[str, str]]:
    """Yield the measures that are fit for a use, after the question that they answer."""
    measures = [e for e in entries("measures").values() if e.card.aspect is aspect and fits(e)]
    for rung in Rung:
        if rung is Rung.FORMAL:
            found = [e for e in measures if e.card.rung is rung and formal]
        else:
            found = [e for e in measures if e.card.rung is rung and _suits(e, case)]
        if found:
            yield rung.asks, f"{_names(found)}."


def _by_goal(attacks: Iterable[Entry]) -> Iterator[tuple[str, str]]:
    """Yield the attacks, after what the attacker wants."""
    goals: dict[str, list[Entry]] = {}
    for entry in attacks:
        goals.setdefault(entry.card.threat.goal.value, []).append(entry)
    for goal, found in goals.items():
        yield f"{goal.capitalize()}:", f"{_names(found)}."


def _names(found: Iterable[Entry]) -> str:
    return "; ".join(f"{e.card.title}{_asks(e.card)}" for e in found)


def _asks(card: Any) -> str:
    """Return what a measure or an attack asks for besides the files, in brackets."""
    asks = ["partial synthesis only"] if card.synthesis is Synthesis.PARTIAL else []
    asks += [f"needs `{need}`" for need in card.needs]
    asks += ["runs the method again"] if getattr(card, "retrains", False) else []
    return f" ({', '.join(asks)})" if asks else ""


def _size(n: int) -> str:
    """Return what the number of units allows an attack to show."""
    half = n // 2
    reach = wilson(half // 2, half)
    return heading("How much the attacks can show") + paragraph(
        f"Keep half of the {n:,} out of the synthesis as a control group. An attack that is right "
        f"for one half of {half:,} is then known to lie between {100 * reach.low:.1f} and "
        f"{100 * reach.high:.1f} %, in the file and outside it; a smaller leak stays unseen."
    )
