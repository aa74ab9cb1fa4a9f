"""The release checklist: what a record computed, what people have to judge, and what follows.

States, limits and reasons are those of a release record. The judgements are ticked by whoever
reads; a tick is kept nowhere. What follows from both is no decision, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from guide_helpers.cards import cited
from guide_helpers.errors import GuideError
from guide_helpers.findings import State
from guide_helpers.policy import JUDGEMENT, Level
from guide_helpers.report import ReleaseRecord
from guide_helpers.report._words import LATER
from guide_helpers.widgets.lab import Control, Lab
from guide_helpers.widgets.view import View, heading, listed, paragraph

JUDGEMENTS = {
    "other answers and legal basis": "written down",
    "scenario of intrusion": "agreed",
    "earlier releases": "considered",
    "label and user note": "checked",
    "plan for withdrawal": "made",
    "signature": "somebody signs, by name",
}
"""What no computation settles, and when it is settled."""
OPEN = (State.UNDECIDED.value, State.NOT_MEASURED.value)
HEADS = {
    State.MISSED.value: "Missed",
    State.UNDECIDED.value: "Undecided: the interval holds the limit",
    State.NOT_MEASURED.value: "Not measured",
    State.MET.value: "Met",
    State.NOT_APPLICABLE.value: "Does not apply here",
}
"""The states in the order in which they are shown."""
NO_POWER = "has no power"
EVERY, MISSED_MUSTS, STILL_OPEN = "all requirements", "missed, and a must", "open"


def checklist(record: ReleaseRecord) -> Lab:
    """Return a lab of a release record: its checks as computed, and judgements to tick.

    The conclusion at the top follows the ticks. It takes no decision, and no tick is kept.
    """
    if not isinstance(record, ReleaseRecord):
        raise GuideError(
            f"a checklist is made of a release record, not of {type(record).__name__!r}; "
            "make one with report(...)"
        )
    content = record.content
    judged = _judged(content)
    ticks = [Control(f"{n[0].upper()}{n[1:]}: {v}", (False, True)) for n, v in JUDGEMENTS.items()]
    shown = Control("Show", (EVERY, MISSED_MUSTS, STILL_OPEN), scale=False)

    def view(*setting: Any) -> View:
        *ticked, which = setting
        left = [n for n, done in zip(JUDGEMENTS, ticked, strict=True) if not done]
        words = _conclusion(content, left)
        return View(words, html=(paragraph(words), _requirements(content, which), judged))

    return Lab((*ticks, shown), view, "Is everything there that a decision needs?")


def _conclusion(content: Mapping[str, Any], left: Sequence[str]) -> str:
    """Return what follows from checks and ticks."""
    judged = f"All {len(JUDGEMENTS)} judgements are ticked."
    if left:
        verb = "judgement is" if len(left) == 1 else "judgements are"
        judged = f"{len(left)} {verb} open: {'; '.join(left)}."
    end = "This is not a decision: a person takes it, and signs."
    return " ".join([*_checks(content["verdict"], content["requirements"]), judged, end])


def _checks(verdict: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what follows from the checks that must be passed."""
    missed, open_ = verdict[State.MISSED.value], [i for s in OPEN for i in verdict[s]]
    of = f"{verdict['musts']} checks that must be passed"
    if not verdict["musts"]:
        return ["No check must be passed here."]
    if not missed and not open_:
        return [f"All {of} are met.", *_untested(lines)]
    said = [f"Of {of}, {_are(missed)} missed: not as it is."] if missed else []
    if open_:
        lead = "" if missed else f"Of {of}, "
        said.append(f"{lead}{_are(open_)} open, undecided or not measured: not yet.")
    justified = {line["id"] for line in lines if line["deviation"]}
    allowed = sum(i in justified for i in [*missed, *open_])
    said += [f"The record justifies a deviation for {allowed} of these."] if allowed else []
    return [*said, *_untested(lines)]


def _untested(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return how many musts are met for want of power, which shows nothing about the file."""
    n = sum(_is_met_must(line) and NO_POWER in line["sentence"] for line in lines)
    noun = "is met by an attack" if n == 1 else "are met by attacks"
    return [f"{n} {noun} without power here: untested."] if n else []


def _is_met_must(line: Mapping[str, Any]) -> bool:
    return bool(line["level"] == Level.MUST.value and line["state"] == State.MET.value)


def _are(ids: Sequence[str]) -> str:
    return f"{len(ids)} {'is' if len(ids) == 1 else 'are'}"


def _requirements(content: Mapping[str, Any], which: str) -> str:
    """Return the requirements that are asked for, by their state, the bad news first."""
    lines = [line for line in content["requirements"] if _is_shown(line, which)]
    policy = content["policy"]
    found = paragraph(
        f"{content['use case']}, by {policy['name']}, version {policy['version']}. "
        f"Measured {content['mode']}."
    )
    found += "" if lines else paragraph("No requirement is so.")
    for state, head in HEADS.items():
        mine = [_line(line) for line in lines if line["state"] == state]
        found += heading(f"{head} ({len(mine)})") + listed(mine) if mine else ""
    return found


def _is_shown(line: Mapping[str, Any], which: str) -> bool:
    if which == STILL_OPEN:
        return line["state"] in OPEN
    missed = line["level"] == Level.MUST.value and line["state"] == State.MISSED.value
    return which == EVERY or missed


def _line(line: Mapping[str, Any]) -> tuple[str, str]:
    """Return title and level of a requirement; finding with limit and state, and the reason."""
    asked = "" if line["level"] == Level.NOT_APPLICABLE.value else f" ({line['level']})"
    found = line["sentence"].removeprefix(f"{line['title']}: ")
    source = JUDGEMENT if line["source"] == JUDGEMENT else f"source: {cited(line['source'])}"
    why = "" if line["why"] == found else f"Why: {line['why'].rstrip('.')} ({source})"
    deviation = f"Deviation: {line['deviation']}" if line["deviation"] else ""
    said = [part.rstrip(".") + "." for part in (found, line["part"], why, deviation) if part]
    return f"{line['title']}{asked}:", " ".join(said)


def _judged(content: Mapping[str, Any]) -> str:
    """Return what each judgement asks, beside what the record says of it."""
    claim = str(content["privacy"].get("reading") or content["privacy"]["claim"])
    told = (
        "Why this file, and not tables, access or a dummy file; what the law lets you make.",
        "Who might try, what they know, what they want; which scenario was left out, and why. "
        f"What may leak, by the policy: {content['policy']['may leak']}",
        f"What else has left about these people. The claim of this file: {claim.rstrip('.')}.",
        f"The label: {content['label']} {_gaps(content)} Have somebody outside read the note.",
        "The date of the next look, what triggers withdrawal, who decides within a day, whom "
        "to tell.",
        f"{_signed(content['decision'])} May override: {content['policy']['may be overridden by']}",
    )
    items = [(f"{n[0].upper()}{n[1:]}:", t) for n, t in zip(JUDGEMENTS, told, strict=True)]
    kept = "Ticks are kept nowhere. What was judged is written beside the record, with a name."
    return heading("What no computation settles") + listed(items) + paragraph(kept)


def _gaps(content: Mapping[str, Any]) -> str:
    """Return how many fields of the catalogue entry and the note wait for the office."""
    fields = [*content["catalogue entry"].values(), *content["user note"].values()]
    n = sum(field == LATER for field in fields)
    noun = "field of note and catalogue entry is" if n == 1 else "fields of note and entry are"
    return f"{n} {noun} still to be filled in." if n else "Note and catalogue entry are filled in."


def _signed(decision: Mapping[str, str]) -> str:
    signed = f"signed by {decision['signed by']}" if decision["signed by"] else "nobody has signed"
    return f"Decision in the record: {decision['decision'].rstrip('.')}; {signed}."
