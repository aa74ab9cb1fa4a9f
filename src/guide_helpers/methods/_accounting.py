"""The ledger of a privacy budget: every expense, and the refusal of one too many."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import accumulate, repeat
from typing import Any

from guide_helpers.errors import GuideError
from guide_helpers.results import Expense


@dataclass
class Ledger:
    """A budget of (epsilon, delta) under basic composition, kept by diffprivlib's accountant."""

    epsilon: float
    delta: float = 0.0
    expenses: list[Expense] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._accountant: Any = diffprivlib().BudgetAccountant(self.epsilon, self.delta)

    def spend(self, what: str, epsilon: float, delta: float = 0.0) -> None:
        """Note an expense; one that exceeds what is left is refused and not noted."""
        try:
            self._accountant.spend(epsilon, delta)
        except diffprivlib().utils.BudgetError:
            left = max(0.0, self.epsilon - sum(e.epsilon for e in self.expenses))
            raise GuideError(
                f"{what!r} asks for epsilon={epsilon:g}, but {left:g} is left of the budget of "
                f"{self.epsilon:g}; ask for less or measure fewer tables"
            ) from None
        self.expenses.append(Expense(what, epsilon, delta))


def equal_share(epsilon: float, count: int) -> float:
    """Return the greatest share of which `count` do not exceed `epsilon`, rounding included."""
    share = epsilon / count
    while list(accumulate(repeat(share, count)))[-1] > epsilon:
        share = math.nextafter(share, 0.0)
    return share


def diffprivlib() -> Any:
    """Return the package diffprivlib; where it cannot be imported, say how to get it."""
    try:
        import diffprivlib
    except ImportError:
        raise GuideError(
            "methods with a privacy claim need diffprivlib 0.6.6 with scikit-learn below 1.8; "
            "install guide-helpers[dp]"
        ) from None
    return diffprivlib
