"""The game that every attack plays: the same attacker before members and before outsiders.

The verb `attack` asks this module; an attack of the catalogue is one of the players. Nothing here
knows what an attack does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers.cards import AttackCard, GeneratorKnowledge
from guide_helpers.catalogue import Entry, find
from guide_helpers.errors import GuideError
from guide_helpers.expressions import holds
from guide_helpers.intervals import design_effect
from guide_helpers.results import Ranking, Risk, Synthetic
from guide_helpers.schema import Data, Dataset

Chosen = Sequence[int] | np.ndarray | str


@dataclass(frozen=True)
class Group:
    """People to attack: their records, and the privacy unit that each record belongs to."""

    rows: Dataset
    units: np.ndarray

    def only(self, chosen: np.ndarray) -> Group:
        """Return some of the people."""
        return Group(self.rows.with_rows(self.rows.rows.iloc[chosen]), self.units[chosen])


@dataclass(frozen=True)
class Office:
    """What an attacker may get from the office besides the file: a fitted model, or scores.

    Only attacks whose threat model says so are given one.
    """

    original: Data
    recipe: Synthetic

    def fitted(self, rng: np.random.Generator) -> Any:
        """Return the method of the recipe, fitted to the original once more."""
        entry = find("methods", self.recipe.method)
        assert entry.implementation is not None  # it has made the file
        extra: dict[str, Any] = {}
        if self.recipe.synthesise is not None:
            extra["synthesise"] = self.recipe.synthesise
        return entry.implementation(**self.recipe.options, **extra).fit(self.original, rng=rng)


def given(card: AttackCard, original: Data, synthetic: object) -> dict[str, Any]:
    """Return what `learn` is given besides the file, by the threat model on the card."""
    generator = card.threat.generator
    if generator is GeneratorKnowledge.NO_BOX:
        return {}
    if not isinstance(synthetic, Synthetic) and generator is not GeneratorKnowledge.ORACLE:
        raise GuideError(
            f"{card.title} runs the method again: give it the result of generate(), not one of "
            "its copies"
        )
    if generator is GeneratorKnowledge.BLACK_BOX:
        return {"recipe": synthetic}
    return {"office": Office(original, synthetic)}  # type: ignore[arg-type]


def play(
    entry: Entry,
    player: Any,
    members: Group,
    outsiders: Group | None,
    *,
    rng: np.random.Generator,
    **said: Any,
) -> Risk:
    """Put the same attacker before members and outsiders, and count."""
    if hasattr(player, "meet"):
        player.meet(_everybody(members, outsiders, rng))
    inside = player.answer(members.rows)
    outside = None if outsiders is None else player.answer(outsiders.rows)
    if inside.scores is not None:
        inside, outside = _decided(inside, outside, player.share, rng)
    details = inside.details
    if details is not None and outside is not None and outside.details is not None:
        details = details.join(outside.details.add_prefix("control "), how="outer").fillna(0)
    return Risk(
        attack=entry.slug,
        targets=len(inside.hits),
        hits=int(inside.hits.sum()),
        claims=int(inside.claims.sum()),
        guessing_rate=player.guessing_rate(members.rows),
        target_design_effect=_effect(entry.card, inside, members),
        note=getattr(player, "note", ""),
        details=details,
        **_counts(entry.card, outside, outsiders),
        ranking=_ranking(inside, outside),
        **said,
    )


def _counts(card: AttackCard, outside: Any, outsiders: Group | None) -> dict[str, Any]:
    if outside is None or outsiders is None:
        return {}
    return {
        "control_targets": len(outside.hits),
        "control_hits": int(outside.hits.sum()),
        "control_claims": int(outside.claims.sum()),
        "control_design_effect": _effect(card, outside, outsiders),
    }


def _effect(card: AttackCard, answers: Any, group: Group) -> float:
    """Return the design effect: of several targets of one person, or of guesses that are alike."""
    if card.guesses:
        return float(answers.effect)
    return design_effect(answers.hits, group.units)


def _everybody(members: Group, outsiders: Group | None, rng: np.random.Generator) -> Dataset:
    """Return the targets of both groups in a random order, so that it tells nothing."""
    parts = [members.rows.rows] + ([] if outsiders is None else [outsiders.rows.rows])
    rows = pd.concat(parts, ignore_index=True)
    return members.rows.with_rows(rows.iloc[rng.permutation(len(rows))])


def _decided(inside: Any, outside: Any, share: float, rng: np.random.Generator) -> tuple[Any, Any]:
    """Claim membership for the targets of the highest scores, ties settled at random.

    The attacker ranks all targets without knowing the groups, and claims `share` of them.
    """
    n = len(inside.scores)
    scores = inside.scores if outside is None else np.append(inside.scores, outside.scores)
    order = np.lexsort((rng.random(len(scores)), -scores))
    claimed = np.zeros(len(scores), dtype=bool)
    claimed[order[: round(share * len(scores))]] = True
    first = replace(inside, claims=claimed[:n], hits=claimed[:n])
    if outside is None:
        return first, None
    return first, replace(outside, claims=claimed[n:], hits=claimed[n:])


def _ranking(inside: Any, outside: Any) -> Ranking | None:
    if inside.scores is None or outside is None:
        return None
    return Ranking.of(inside.scores, outside.scores)


def aimed(
    targets: Chosen, control_targets: Chosen, members: Group, outsiders: Group | None
) -> tuple[Group, Group | None, str]:
    """Return the groups that are attacked, and what to say of the choice."""
    expression = isinstance(targets, str) and targets != "all"
    if expression and isinstance(control_targets, str) and control_targets == "all":
        control_targets = targets
    chosen = not isinstance(targets, str)
    unlike = chosen and isinstance(control_targets, str) and outsiders is not None
    note = "Targets were chosen by row, the control was not: is it alike?" if unlike else ""
    found = _chosen(targets, members, "the original")
    if outsiders is None:
        return found, None, note
    return found, _chosen(control_targets, outsiders, "the control"), note


def _chosen(targets: Chosen, group: Group, name: str) -> Group:
    if isinstance(targets, str):
        found = holds(targets, group.rows.rows) if targets != "all" else np.ones(len(group.units))
        rows = np.flatnonzero(found)
    else:
        rows = np.asarray(targets)
        if rows.ndim != 1 or rows.dtype.kind not in "iu" or not _within(rows, len(group.units)):
            raise GuideError(f"targets are row numbers of {name}: 0 to {len(group.units) - 1}")
    if not len(rows):
        raise GuideError(f"no target in {name}; nobody to attack")
    return group.only(rows)


def _within(rows: np.ndarray, n: int) -> bool:
    return bool(((rows >= 0) & (rows < n)).all())


def options_of(entry: Entry, options: Mapping[str, Any]) -> None:
    """Refuse an attack without an option that it needs."""
    lacking = [need for need in entry.card.needs if need not in options]
    if lacking:
        raise GuideError(f"{entry.slug!r} needs the option {lacking[0]!r}; give it to attack")
