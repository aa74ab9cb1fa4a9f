"""What every attack plays: learn from the file, then answer for targets.

An attack is a class with `learn(synthetic, known, *, rng)`, `answer(targets) -> Answers` and
`guessing_rate(targets) -> float`. `answer` makes its claims from the columns in `known` alone and
looks at the rest of a target's record only to see whether the claim was right. The verb calls the
same object for members and for the control group, so both meet the same attacker.

`learn` is given more where the card says so: a tuple of all copies instead of one where
`joint_copies`; `recipe=` (a result of generate()) where the attacker may run the generator again;
`office=` where the threat model has the fitted model or an oracle. A player with a method
`meet(everybody)` is shown all targets of both groups, shuffled, before it answers. A membership
attack gives `scores` instead of claims, higher for likelier members, and has a `share`: the game
claims that share of all targets, those of the highest scores. An attack on the file (`guesses` on
the card) answers with one element a guess.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Answers:
    """For each target: whether the attack claimed something, and whether it was right.

    A hit is a right claim, so `hits` implies `claims`. `details` may hold counts behind them,
    never records. Where `scores` are given, the game makes claims and hits from them. `effect`
    is the design effect of guesses that share their luck.
    """

    claims: np.ndarray
    hits: np.ndarray
    details: pd.DataFrame | None = field(default=None, compare=False)
    scores: np.ndarray | None = field(default=None, compare=False)
    effect: float = 1.0

    @classmethod
    def ranked(cls, scores: np.ndarray) -> Answers:
        """Return the answers of a membership attack: a score for each target."""
        nothing = np.zeros(len(scores), dtype=bool)
        return cls(nothing, nothing, scores=np.asarray(scores, dtype=float))
