"""The ledger of a privacy budget: every expense, and the refusal of one too many."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import accumulate, repeat
from typing import Any

from guide_helpers.errors import GuideError
from guide_helpers.methods._zcdp import rho_of
from guide_helpers.results import Expense


@dataclass
class Ledger:
    """A budget of (epsilon, delta), what was spent of it, and the refusal of what exceeds it.

    Without delta, expenses are epsilons and add up by basic composition; diffprivlib's
    accountant keeps the sum. With delta, the budget is the rho that gives (epsilon, delta);
    expenses are rhos, and their sum is ours to keep.
    """

    epsilon: float
    delta: float = 0.0
    expenses: list[Expense] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rho = rho_of(self.epsilon, self.delta) if self.delta else 0.0
        self._accountant: Any = diffprivlib().BudgetAccountant(self.epsilon, self.delta)

    @property
    def concentrated(self) -> bool:
        """Whether expenses are rhos."""
        return self.delta > 0

    @property
    def currency(self) -> str:
        """Name of what expenses are counted in."""
        return "rho" if self.concentrated else "epsilon"

    @property
    def budget(self) -> float:
        """The whole budget, in the currency of its expenses."""
        return self.rho if self.concentrated else self.epsilon

    @property
    def spent(self) -> float:
        """Sum of the expenses so far."""
        return sum(e.rho if self.concentrated else e.epsilon for e in self.expenses)

    def spend(self, what: str, price: float) -> None:
        """Note an expense; one that exceeds what is left is refused and not noted."""
        if not price > 0:
            raise GuideError(f"{what!r} asks for {self.currency}={price:g}; nothing is free")
        if self.concentrated:
            refused = self.spent + price > self.budget
        else:
            refused = self._refused_by_accountant(price)
        if refused:
            left = max(0.0, self.budget - self.spent)
            raise GuideError(
                f"{what!r} asks for {self.currency}={price:g}, but {left:g} is left of the budget "
                f"of {self.budget:g}; ask for less or measure fewer tables"
            )
        line = {"rho": price} if self.concentrated else {"epsilon": price}
        self.expenses.append(Expense(what, **line))

    def _refused_by_accountant(self, price: float) -> bool:
        try:
            self._accountant.spend(price, 0.0)
        except diffprivlib().utils.BudgetError:
            return True
        return False


def equal_share(budget: float, count: int) -> float:
    """Return the greatest share of which `count` do not exceed `budget`, rounding included."""
    share = budget / count
    while list(accumulate(repeat(share, count)))[-1] > budget:
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
