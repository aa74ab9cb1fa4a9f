"""A challenge in the format of the HLG-MOS one of 2022: kit, sheet, scoring, score board.

A host makes a kit with `new_kit`, gives the folder `participants` away and keeps the folder
`host`. A team fills a `Sheet` and packs it with its files by `hand_in`. The host runs `check` on
one submission, `score` on all, and `write_board`.
"""

from guide_helpers.challenge.board import Board, write_board
from guide_helpers.challenge.judging import check, score
from guide_helpers.challenge.kit import new_kit
from guide_helpers.challenge.setting import Challenge, Check, Limits
from guide_helpers.challenge.sheet import Sheet, hand_in

__all__ = [
    "Board",
    "Challenge",
    "Check",
    "Limits",
    "Sheet",
    "check",
    "hand_in",
    "new_kit",
    "score",
    "write_board",
]
