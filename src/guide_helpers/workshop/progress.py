"""What a participant has solved, kept in one local file."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

SETTING = "GUIDE_WORKSHOP_PROGRESS"
"""Environment variable that names the file with what was solved."""


def place() -> Path:
    """Return the file, by default one in the home folder."""
    named = os.environ.get(SETTING)
    return Path(named).expanduser() if named else Path.home() / ".guide_workshop.json"


def solved() -> dict[str, str]:
    """Return the exercises that were solved, each with its day; none where no file can be read."""
    try:
        kept = json.loads(place().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    days = kept.items() if isinstance(kept, dict) else ()
    return {slug: day for slug, day in days if isinstance(day, str)}


def keep(slug: str) -> str:
    """Note that an exercise was solved; return a sentence where the file cannot be written."""
    days = solved()
    if slug in days:
        return ""
    days[slug] = datetime.now(UTC).astimezone().date().isoformat()
    target = place()
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        part.write_text(json.dumps(days, indent=1), encoding="utf-8")
        part.replace(target)
    except OSError as problem:
        return (
            f"It could not be noted in {target} ({problem.strerror}): the certificate will not "
            f"know of it. Set {SETTING} to a file that you may write."
        )
    return ""
