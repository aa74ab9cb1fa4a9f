"""What every attack plays: learn from the file, then answer for targets.

An attack is a class with `learn(synthetic, known, *, rng)`, `answer(targets) -> Answers` and
`guessing_rate(targets) -> float`. `answer` makes its claims from the columns in `known` alone and
looks at the rest of a target's record only to see whether the claim was right. The verb calls the
same object for members and for the control group, so both meet the same attacker.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Answers:
    """For each target: whether the attack claimed something, and whether it was right.

    A hit is a right claim, so `hits` implies `claims`. `details` may hold counts behind them,
    never records.
    """

    claims: np.ndarray
    hits: np.ndarray
    details: pd.DataFrame | None = field(default=None, compare=False)
