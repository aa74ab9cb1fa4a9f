"""The forms of an answer, and when two answers are the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers.intervals import Estimate
from guide_helpers.results import Score, Synthetic
from guide_helpers.schema import Dataset


def plain(answer: Any) -> Any:
    """Return what an answer holds: the value of a score, the one number of a series, the rows."""
    if isinstance(answer, Score | Estimate):
        return answer.value
    if isinstance(answer, Dataset | Synthetic):
        return answer.rows
    if isinstance(answer, pd.Series | pd.Index | np.ndarray) and answer.size == 1:
        return plain(np.asarray(answer).ravel()[0])
    if isinstance(answer, np.generic):
        return answer.item()
    return answer


def unfinished(answer: Any) -> bool:
    """Whether nothing was filled in yet, or not everything."""
    if isinstance(answer, Mapping):
        return any(unfinished(v) for v in answer.values())
    if isinstance(answer, list | tuple | set):
        return not answer or any(v is ... for v in answer)
    return answer is None or answer is ... or (isinstance(answer, str) and not answer.strip())


def misfit(kind: str, answer: Any) -> str:
    """Return, in words, why an answer does not have the form that is asked for, or nothing."""
    wanted, fits = FORMS[kind]
    return "" if fits(plain(answer)) else f"asked for is {wanted}; given is {_named(answer)}"


def agree(kind: str, answer: Any, other: Any, within: float) -> bool:
    """Whether two answers of one form are the same."""
    return SAME[kind](plain(answer), plain(other), within)


def _number(answer: Any) -> bool:
    return isinstance(answer, int | float) and not isinstance(answer, bool)


def _words(answer: Any) -> bool:
    several = isinstance(answer, list | tuple | set | frozenset | pd.Index | pd.Series | np.ndarray)
    return several and all(isinstance(plain(v), str | int | float) for v in answer)


def _named(answer: Any) -> str:
    size = f" of {len(answer):,}" if hasattr(answer, "__len__") and len(answer) != 1 else ""
    return f"a {type(answer).__name__}{size}"


def _close(a: Any, b: Any, within: float) -> bool:
    return abs(float(a) - float(b)) <= within * (1 + 1e-9)


def _same_word(a: Any, b: Any, within: float) -> bool:
    if _number(a) and _number(b):
        return _close(a, b, within)
    return _folded(a) == _folded(b)


def _folded(word: Any) -> str:
    return " ".join(str(word).replace("_", " ").replace("-", " ").casefold().split()).strip(".!")


def _same_names(a: Any, b: Any, within: float) -> bool:
    del within
    return {_folded(plain(v)) for v in a} == {_folded(plain(v)) for v in b}


def _same_order(a: Any, b: Any, within: float) -> bool:
    return len(a) == len(b) and all(
        _same_word(plain(x), plain(y), within) for x, y in zip(a, b, strict=True)
    )


def _same_fields(a: Any, b: Any, within: float) -> bool:
    ours, theirs = ({_folded(k): plain(v) for k, v in pairs.items()} for pairs in (a, b))
    return ours.keys() == theirs.keys() and all(
        _same_word(ours[k], theirs[k], within) for k in ours
    )


def _same_frame(a: Any, b: Any, within: float) -> bool:
    """Compare tables by what they hold, whatever the order of their rows and columns."""
    ours, theirs = (_sorted(frame) for frame in (a, b))
    if ours.shape != theirs.shape or list(ours.columns) != list(theirs.columns):
        return False
    return all(
        _same_word(plain(x), plain(y), within)
        for name in ours
        for x, y in zip(ours[name], theirs[name], strict=True)
    )


def _sorted(table: Any) -> pd.DataFrame:
    frame = table.to_frame("value") if isinstance(table, pd.Series) else table
    frame = frame.reset_index() if any(frame.index.names) else frame
    frame = frame.rename(columns=str)[sorted(map(str, frame.columns))].astype(object)
    return frame.sort_values(list(frame.columns), key=lambda c: c.astype(str), ignore_index=True)


FORMS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "number": ("one number", _number),
    "word": ("one word or name, in quotes", lambda a: isinstance(a, str)),
    "names": ("several names in a list, a set or a tuple", _words),
    "order": ("a list, in order", lambda a: isinstance(a, list | tuple) or _words(a)),
    "fields": ("a dictionary with all its fields", lambda a: isinstance(a, Mapping)),
    "frame": ("a table", lambda a: isinstance(a, pd.DataFrame | pd.Series)),
    "open": ("anything that does what the question asks", lambda _: True),
}
SAME: dict[str, Callable[[Any, Any, float], bool]] = {
    "number": _close,
    "word": _same_word,
    "names": _same_names,
    "order": _same_order,
    "fields": _same_fields,
    "frame": _same_frame,
    "open": lambda a, b, _: a is b,
}
