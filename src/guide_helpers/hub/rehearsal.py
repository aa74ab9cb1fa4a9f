"""What the rehearsal of a workshop measured, as `tools/rehearse_workshop.py` wrote it down."""

from __future__ import annotations

import json
from typing import Any

from guide_helpers.datasets._files import folder

RECORD = "workshop-rehearsal.json"


def rehearsal() -> dict[str, Any]:
    """Return the figures: seconds, MB and counts, with the machine they were measured on."""
    text = (folder() / "evidence" / RECORD).read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
