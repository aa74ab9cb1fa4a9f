"""A release record: its content, its verdict, and the files that it is written to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guide_helpers.errors import GuideError
from guide_helpers.findings import Finding, State
from guide_helpers.report._page import page
from guide_helpers.writing import whole_file


@dataclass(frozen=True, repr=False)
class ReleaseRecord:
    """What was done and measured, and what a person decided; `content` is plain JSON data."""

    content: Mapping[str, Any]
    findings: tuple[Finding, ...] = ()

    def __repr__(self) -> str:
        """Return use case and verdict; the rest is for `html()` and `json()`."""
        return f"<ReleaseRecord: {self.content['use case']}, {self.content['verdict']['state']}>"

    @property
    def missed(self) -> tuple[Finding, ...]:
        """The checks that must be passed and are missed."""
        return self._musts(State.MISSED)

    @property
    def open(self) -> tuple[Finding, ...]:
        """The checks that must be passed and are undecided or not measured."""
        return self._musts(State.UNDECIDED, State.NOT_MEASURED)

    @property
    def passes(self) -> bool:
        """Whether every check that must be passed is met; a person decides nevertheless."""
        return not self.missed and not self.open

    @property
    def exit_code(self) -> int:
        """What a command returns: 0 where every must is met, else 1."""
        return 0 if self.passes else 1

    def html(self) -> str:
        """Return the record as one self-contained page."""
        return page(self.content)

    def json(self) -> str:
        """Return the record for machines."""
        return json.dumps(self.content, indent=1, ensure_ascii=False, allow_nan=False)

    def save(self, path: str | Path) -> Path:
        """Write the page (.html) or the machine-readable file (.json), whole or not at all."""
        target = Path(path)
        if target.suffix not in (".html", ".json"):
            raise GuideError(f"{target} ends neither in .html nor in .json")
        with whole_file(target) as part:
            text = self.html() if target.suffix == ".html" else self.json()
            part.write_text(text, encoding="utf-8")
        return target

    def _musts(self, *states: State) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.must and f.state in states)

    def _repr_html_(self) -> str:
        return page(self.content, inside_notebook=True)
