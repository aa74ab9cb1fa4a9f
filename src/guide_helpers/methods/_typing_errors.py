"""Typing errors in strings: one character wrong, lost, added, or two in the wrong order."""

from __future__ import annotations

import numpy as np

WAYS = ("wrong", "lost", "added", "swapped")


def mistyped(strings: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return strings with one typing error each; the four kinds are equally likely.

    New characters are those that occur in the strings. A character that cannot be lost (the only
    one) or swapped (with one like it) is replaced by another one; an empty string stays.
    """
    text = np.array([str(s) for s in strings])
    width = max(1, text.dtype.itemsize // 4) + 1
    letters = text.astype(f"U{width}").view(np.uint32).reshape(len(text), width)
    length = np.char.str_len(text)
    known = np.unique(letters[letters > 0])
    if not len(known):
        return strings
    way = rng.choice(WAYS, len(text))
    new = np.where((way == "swapped")[:, None], _swapped(letters, length, rng), letters)
    place = rng.integers(0, np.maximum(length, 1))
    shift = np.arange(width)
    lost = (way == "lost") & (length > 1)
    new = np.where(lost[:, None], _picked(letters, shift + (shift >= place[:, None])), new)
    added = (way == "added") & (length > 0)
    new = np.where(added[:, None], _picked(letters, shift - (shift > place[:, None])), new)
    rows = np.flatnonzero(added)
    new[rows, place[rows]] = rng.choice(known, len(rows))
    rows = np.flatnonzero((new == letters).all(axis=1) & (length > 0))
    new[rows, place[rows]] = _another(letters[rows, place[rows]], known, rng)
    joined = np.ascontiguousarray(new).view(f"U{width}").ravel()
    return joined.astype(object)


def _picked(letters: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Return the letters at some places; beyond the end there is nothing."""
    padded = np.pad(letters, ((0, 0), (0, 1)))
    return np.take_along_axis(padded, np.clip(where, 0, letters.shape[1]), axis=1)


def _swapped(letters: np.ndarray, length: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return strings with two neighbouring characters in the wrong order, where there are two."""
    place = rng.integers(0, np.maximum(length - 1, 1))
    rows = np.flatnonzero(length > 1)
    new = letters.copy()
    new[rows, place[rows]] = letters[rows, place[rows] + 1]
    new[rows, place[rows] + 1] = letters[rows, place[rows]]
    return new


def _another(letters: np.ndarray, known: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return another of the known characters, where there is one."""
    place = np.searchsorted(known, letters)
    step = rng.integers(1, max(2, len(known)), len(letters))
    other: np.ndarray = known[(place + step) % len(known)]
    return other
