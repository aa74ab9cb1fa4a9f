"""How a synthetic file was made, written beside it, so that its record can say so later."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from guide_helpers.catalogue import find
from guide_helpers.commands import _shared as shared
from guide_helpers.commands._options import _tuples, checked
from guide_helpers.errors import GuideError
from guide_helpers.results import Expense, PrivacyLoss, Synthetic
from guide_helpers.schema import Data
from guide_helpers.suitability import check_options
from guide_helpers.writing import whole_file

FORMAT = "guide-helpers recipe 1"


def write(made: Synthetic, place: Path) -> None:
    """Write the recipe of a run; it holds no record, but what the office chose."""
    told = {
        "format": FORMAT,
        "method": made.method,
        "options": shared.plain(dict(made.options)),
        "synthesise": made.synthesise,
        "provenance": dict(made.provenance),
        "privacy": shared.plain(made.privacy),
    }
    with whole_file(place) as part:
        text = json.dumps(shared.finite(told), indent=1, ensure_ascii=False, default=str)
        part.write_text(text + "\n", encoding="utf-8")


def read(path: str, copies: tuple[Data, ...]) -> Synthetic:
    """Return the copies with the recipe by which they were made."""
    told = _content(Path(path))
    entry = find("methods", str(told["method"]))
    options = dict(told["options"])
    check_options(entry, options)
    try:
        return Synthetic(
            copies=copies,
            method=entry.slug,
            options=checked(entry, {k: _tuples(v) for k, v in options.items()}),
            privacy=_loss(told["privacy"]),
            provenance=dict(told["provenance"]),
            synthesise=_tuples(told["synthesise"]),
        )
    except (TypeError, ValueError, KeyError, AttributeError):
        raise _foreign(path) from None


def _content(place: Path) -> Mapping[str, Any]:
    try:
        told = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        raise _foreign(place) from None
    parts = ("options", "provenance")
    known = isinstance(told, dict) and told.get("format") == FORMAT
    if not known or not all(isinstance(told.get(p), dict) for p in parts):
        raise _foreign(place)
    return {"method": None, "privacy": None, "synthesise": None, **told}


def _loss(told: Any) -> PrivacyLoss | None:
    if told is None:
        return None
    ledger = tuple(Expense(**line) for line in told["ledger"])
    numbers = {k: float(told[k]) for k in ("epsilon", "delta", "rho")}
    return PrivacyLoss(**{**told, **numbers, "ledger": ledger})


def _foreign(place: Path | str) -> GuideError:
    return GuideError(f"{place} is no recipe; `guide generate --recipe FILE` writes one")
