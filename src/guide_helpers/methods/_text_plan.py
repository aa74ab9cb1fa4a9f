"""Which columns hold codes and which hold text, and what each text belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.methods._codes import codelike
from guide_helpers.methods._told import FIXED, usual_share
from guide_helpers.schema import Dataset, Kind


@dataclass(frozen=True)
class TextPlan:
    """The columns of codes, the texts that stand alone, and the subject of each other text."""

    codes: tuple[str, ...]
    alone: tuple[str, ...]
    subject: Mapping[str, str]

    @property
    def numbered(self) -> tuple[str, ...]:
        """The columns that become levels, for another method to draw."""
        return (*self.codes, *self.alone)


def plan(data: Dataset, codes: Sequence[str] | None, subject: Mapping[str, str] | None) -> TextPlan:
    """Return what the options say of the text columns, and for the others what the values say."""
    texts = [v.name for v in data.schema.modelled if v.kind is Kind.TEXT]
    _check_codes(codes, texts)
    chosen = [n for n in texts if codelike(data.rows[n])] if codes is None else list(codes)
    of = {} if subject is None else _checked(subject, data, texts, chosen)
    for name in texts:
        if subject is None and name not in chosen and (found := _subject(data, name, chosen)):
            of[name] = found
    alone = tuple(n for n in texts if n not in chosen and n not in of)
    return TextPlan(tuple(n for n in texts if n in chosen), alone, of)


def fixed(data: Dataset, name: str, subject: str) -> bool:
    """Whether each value of the subject has one string, but for a few rows."""
    return usual_share(data.rows[name], numbers(data, subject)) >= FIXED


def numbers(data: Dataset, name: str) -> np.ndarray:
    """Return the number of each row's value, -1 where it is missing."""
    found: np.ndarray = pd.factorize(data.rows[name])[0]
    return found


def _check_codes(codes: Sequence[str] | None, texts: list[str]) -> None:
    for name in codes or ():
        if name not in texts:
            raise GuideError(f"codes names {name!r}, which is no text of the table: {_of(texts)}")


def _checked(
    subject: Mapping[str, str], data: Dataset, texts: list[str], codes: list[str]
) -> dict[str, str]:
    able = [*codes, *(v.name for v in data.schema.modelled if v.discrete)]
    for name, other in subject.items():
        if name not in texts or name in codes:
            raise GuideError(f"subject names {name!r}, which is no text but codes: {_of(texts)}")
        if other not in able:
            raise GuideError(
                f"subject={other!r} of {name!r} is neither a code nor categorical: {_of(able)}"
            )
    return dict(subject)


def _of(names: Sequence[str]) -> str:
    return f"choose among {', '.join(names)}" if names else "there is none"


def _subject(data: Dataset, name: str, codes: Sequence[str]) -> str | None:
    """Return the column of codes that settles the text, where one does."""
    shares = {code: usual_share(data.rows[name], numbers(data, code)) for code in codes}
    best = max(shares, key=lambda code: shares[code], default=None)
    return best if best is not None and shares[best] >= FIXED else None
