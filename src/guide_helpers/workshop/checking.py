"""Check an answer: does it hold, and if not, what does it look like?"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from guide_helpers.workshop import progress
from guide_helpers.workshop.answers import agree, misfit, plain, unfinished
from guide_helpers.workshop.exercises import Exercise, Mistake, exercise


@dataclass(frozen=True)
class Verdict:
    """What a check says; true where the answer holds, false where it does not yet."""

    exercise: str
    holds: bool
    words: str
    note: str = ""
    begun: bool = True

    def __bool__(self) -> bool:
        return self.holds

    def __repr__(self) -> str:
        """Return the verdict in words."""
        return " ".join(w for w in (f"{self._head}:", self.words, self.note) if w)

    def _repr_html_(self) -> str:
        colour = "#2a7f62" if self.holds else "#9a5b00"
        note = f"<br><small>{escape(self.note)}</small>" if self.note else ""
        return (
            f'<div role="status" style="border-left:4px solid {colour};padding:.4em .8em">'
            f"<strong>{self._head}.</strong> {escape(self.words)}{note}</div>"
        )

    @property
    def _head(self) -> str:
        if self.holds:
            return "It holds"
        return "Not yet" if self.begun else "Your turn"


def check(slug: str, answer: Any = None) -> Verdict:
    """Return whether an answer to an exercise holds and, where not, a hint that helps on.

    Any way to a right answer will do. Nothing leaves the machine; what was solved is kept in a
    local file for the certificate (see `progress`).
    """
    asked = exercise(slug)
    if unfinished(answer):
        words = "Replace the dots above with your answer and run both cells again."
        return Verdict(slug, False, words, begun=False)
    if hint := hint_to(asked, answer):
        return Verdict(slug, False, hint)
    return Verdict(slug, True, asked.remember, progress.keep(slug))


def hint_to(asked: Exercise, answer: Any) -> str:
    """Return the hint to an answer, or nothing where it holds."""
    if odd := misfit(asked.kind, answer):
        return f"This exercise cannot read the answer: {odd}."
    if _holds(asked, answer):
        return ""
    for mistake in asked.mistakes:
        if _is(asked, mistake, answer):
            return mistake.hint
    return f"{_slip(asked, answer)} {asked.otherwise}".strip()


def _holds(asked: Exercise, answer: Any) -> bool:
    if asked.accept:
        return _true(asked, asked.accept, answer)
    return agree(asked.kind, answer, asked.right, asked.within)


def _is(asked: Exercise, mistake: Mistake, answer: Any) -> bool:
    if mistake.when:
        return _true(asked, mistake.when, answer)
    return agree(asked.kind, answer, asked.value(mistake.answer), asked.within)


def _true(asked: Exercise, expression: str, answer: Any) -> bool:
    """Whether an expression is true of an answer; one that cannot be asked of it is not.

    The answer is a reader's: it may lack a column or a field, of whatever kind the trouble.
    """
    try:
        return bool(asked.value(expression, answer))
    except Exception:
        return False


def _slip(asked: Exercise, answer: Any) -> str:
    """Return what a number looks like that is a known form of the right one."""
    if asked.kind != "number" or asked.accept:
        return ""
    given, right = float(plain(answer)), float(plain(asked.right))
    slips = {
        100 * right: "It is a hundred times what is asked for: per cent for a share?",
        right / 100: "It is a hundredth of what is asked for: a share for per cent?",
        -right: "Its size fits, its sign does not: which of the two comes first?",
        1 - right: "It is one minus what is asked for: the others were counted.",
    }
    near = (words for value, words in slips.items() if abs(given - value) <= 1e-3 * abs(value))
    return next(near, "")
