"""The plan of the use-case chooser: methods and checks, as cards and policy judge them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pandas as pd

from guide_helpers.cards import Aspect, UseCase, Verdict
from guide_helpers.catalogue import Entry, entries, find
from guide_helpers.intervals import wilson
from guide_helpers.recommend import Recommendation
from guide_helpers.widgets.view import View, heading, listed, paragraph

MOST_TOLD = 6
"""Methods that are told with reasons; the others are named."""
Fits = Callable[[Entry], bool]
"""Whether a method or a measure takes the data."""
Advise = Callable[[UseCase, bool], Recommendation]
"""What `recommend` says of a use case, with or without a formal guarantee."""


class Uses(NamedTuple):
    """By which use case the risk and the utility of a file are judged, and in whose words."""

    risk: UseCase
    utility: UseCase
    holder: str
    purpose: str


def plan(uses: Uses, formal: bool, advise: Advise, fits: Fits, n: int) -> View:
    """Return methods and checks for a use of `n` units of data that `fits` takes."""
    advice = {case: advise(case, formal) for case in dict.fromkeys((uses.utility, uses.risk))}
    methods = _methods([one.methods for one in advice.values()], formal, fits)
    running = methods[methods["runs"]]
    right = _checks(advice[uses.utility].required, Aspect.UTILITY, fits)
    away = _checks(advice[uses.risk].required, Aspect.RISK, fits, formal=formal)
    words = f"{_counted(running)} {len(right) + len(away)} checks are to be run."
    return View(
        words,
        html=(
            _use(uses),
            paragraph(words),
            _told(running),
            _others(methods),
            _ruled_out(methods, formal, fits),
            heading("Show what it gets right"),
            listed(right),
            heading("Show what it gives away, people in the file beside people outside it"),
            listed(away),
            _size(n),
            heading("Synthetic data is not the answer where"),
            listed(dict.fromkeys(s for one in advice.values() for s in one.not_the_answer)),
        ),
    )


def _counted(methods: pd.DataFrame) -> str:
    """Return how many methods there are, and those that are fit without conditions."""
    if methods.empty:
        return "No method of the package suits these answers."
    fit = [find("methods", slug).card.title for slug in methods.index[methods["rank"] == 0]]
    first = f"Fit without conditions: {'; '.join(fit)}" if fit else "None is fit without conditions"
    noun = "method of the package suits" if len(methods) == 1 else "methods of the package suit"
    return f"{len(methods)} {noun} these answers. {first}."


def _use(uses: Uses) -> str:
    risk, utility = uses.risk.title, uses.utility.title
    if risk == utility:
        return heading("Use case") + paragraph(f"{risk}.")
    return heading("Two use cases meet") + paragraph(
        f"What the file may give away is judged as for: {risk} ({uses.holder}). "
        f"What it must get right is judged as for: {utility} ({uses.purpose}). "
        "A method has to suit both."
    )


def _methods(advice: Sequence[pd.DataFrame], formal: bool, fits: Fits) -> pd.DataFrame:
    """Return the methods that suit all uses, in the order of their worst verdict."""
    ranks = {v.value: place for place, v in enumerate(Verdict)}
    suits = [a[a["verdict"] != Verdict.UNFIT.value] for a in advice]
    lines = {
        slug: {
            "rank": max(ranks[a.loc[slug, "verdict"]] for a in suits),
            "why": "; ".join(dict.fromkeys(a.loc[slug, "why"] for a in suits)),
            "against": suits[0].loc[slug, "against"],
            "runs": find("methods", slug).runs,
        }
        for slug in suits[0].index
        if all(slug in a.index for a in suits) and _able(find("methods", slug), formal, fits)
    }
    found = pd.DataFrame.from_dict(
        lines, orient="index", columns=["rank", "why", "against", "runs"]
    )
    return found.astype({"runs": bool}).sort_values("rank", kind="stable")


def _able(entry: Entry, formal: bool, fits: Fits) -> bool:
    return (entry.card.capabilities.formal_privacy or not formal) and fits(entry)


def _told(methods: pd.DataFrame) -> str:
    """Return the methods with reasons for and against, or what to do where there is none."""
    if methods.empty:
        return heading("Is synthetic data the answer?") + paragraph(
            "Look at the end of this plan, or give way in one of the answers."
        )
    told = [_method(slug, line) for slug, line in methods.head(MOST_TOLD).iterrows()]
    return heading("Methods that suit, those without conditions first") + listed(
        told, numbered=True
    )


def _method(slug: Any, line: pd.Series) -> tuple[str, str]:
    verdict = list(Verdict)[line["rank"]].value
    title = find("methods", slug).card.title
    return f"{title} (`{slug}`)", f"is {verdict}: {line['why']}. Against it: {line['against']}"


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


def _checks(
    required: pd.DataFrame, aspect: Aspect, fits: Fits, *, formal: bool = False
) -> list[tuple[str, str]]:
    """Return the checks of the policy that speak of utility or of risk: what, limit, by what."""
    measures = entries("measures")
    found = []
    for name, line in required.iterrows():
        by = line["measured by"]
        mine = measures[by].card.aspect if by in measures else Aspect.RISK
        speaks = by not in measures or fits(measures[by])
        if mine is aspect and speaks and (formal or name != "epsilon"):
            needs = f"; needs {line['needs']}" if line["needs"] else ""
            said = f"{line['limit']} ({line['level']}; `{by}`{needs}). {line['why']}"
            found.append((f"{line['title']}:", said))
    return found


def _size(n: int) -> str:
    """Return what the number of units allows an attack to show."""
    half = n // 2
    reach = wilson(half // 2, half)
    return heading("How much the attacks can show") + paragraph(
        f"Keep half of the {n:,} out of the synthesis as a control group. An attack that is right "
        f"for one half of {half:,} is then known to lie between {100 * reach.low:.1f} and "
        f"{100 * reach.high:.1f} %, in the file and outside it; a smaller leak stays unseen."
    )
