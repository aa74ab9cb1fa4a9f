"""One page for each kind of reader, made from the same runs, policy and cards as the guide.

The sentences stand in `<reader>.toml` beside this file, without numbers: a place such as
`{held|trees-near}` is filled from its source (`_sources.py` has the list). A reader is added by
adding such a file.
"""

from __future__ import annotations

from pathlib import Path

from guide_helpers.briefs._brief import Brief, read
from guide_helpers.errors import GuideError
from guide_helpers.policy import Policy

__all__ = ["Brief", "brief", "readers"]

FOLDER = Path(__file__).parent


def readers() -> list[str]:
    """Return for whom there is a brief."""
    return sorted(place.stem for place in FOLDER.glob("*.toml"))


def brief(reader: str, *, policy: str | Path | Policy | None = None) -> Brief:
    """Return the brief of a reader, with the limits of the guide's policy or of an office's own.

    Raises
    ------
    GuideError
        There is no such reader, the policy has not what the brief speaks of, or the runs no longer
        bear out a sentence.
    """
    if reader not in readers():
        raise GuideError(f"no brief for {reader!r}; known: {', '.join(readers())}")
    return read(FOLDER / f"{reader}.toml", policy)
