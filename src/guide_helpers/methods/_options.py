"""Options of a method refused in one sentence where they make no sense."""

from __future__ import annotations

from numbers import Integral

from guide_helpers.errors import GuideError


def share(name: str, value: object) -> None:
    """Refuse what is no share."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
        raise GuideError(f"{name}={value!r} is not a share from 0 to below 1; 0 sets no limit")


def truth(name: str, value: object) -> None:
    """Refuse what is neither True nor False."""
    if not isinstance(value, bool):
        raise GuideError(f"{name}={value!r} is neither True nor False")


def names_of(name: str, value: object) -> None:
    """Refuse what is no list of column names."""
    if value is not None and not isinstance(value, list | tuple):
        raise GuideError(f"{name}={value!r} is not a list of column names")


def whole(name: str, value: object, least: int, most: int | None = None) -> None:
    """Refuse what is not a whole number within its limits."""
    good = isinstance(value, Integral) and not isinstance(value, bool)
    if not good or value < least or (most is not None and value > most):  # type: ignore[operator]
        limits = f"from {least} to {most}" if most else f"of at least {least}"
        raise GuideError(f"{name}={value!r} is not a whole number {limits}")
