"""Torch on one thread, with random numbers that come from the guide's generator alone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from guide_helpers.errors import GuideError


def torch_for(method: str, instead: str) -> Any:
    """Return torch, or say how to get it and what runs without it."""
    try:
        import torch
    except ImportError:
        raise GuideError(
            f"{method!r} needs the package torch; install guide-helpers[deep] or choose the "
            f"method {instead!r}"
        ) from None
    return torch


@contextmanager
def seeded(rng: np.random.Generator, torch: Any = None) -> Iterator[None]:
    """Set all global generators from `rng`, and put them back afterwards as they were.

    One thread, because sums in another order differ in the last digits, and rows with them.
    """
    numpy_before, python_before = np.random.get_state(), random.getstate()  # noqa: NPY002
    torch_before = None if torch is None else (torch.get_rng_state(), torch.get_num_threads())
    np.random.seed(rng.integers(2**32, size=4))  # noqa: NPY002
    random.seed(int(rng.integers(2**63)))
    try:
        if torch is not None:
            torch.manual_seed(int(rng.integers(2**63)))
            torch.set_num_threads(1)
        yield
    finally:
        np.random.set_state(numpy_before)  # noqa: NPY002
        random.setstate(python_before)
        if torch_before is not None:
            torch.set_rng_state(torch_before[0])
            torch.set_num_threads(torch_before[1])
