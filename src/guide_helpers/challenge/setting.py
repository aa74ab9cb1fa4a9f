"""What a challenge is: its data, its checks, its limits, and where its files lie."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from guide_helpers.errors import GuideError
from guide_helpers.intake import load_like, load_table
from guide_helpers.schema import Dataset
from guide_helpers.writing import whole_file

FORMAT = "guide-helpers challenge 1"


@dataclass(frozen=True)
class Check:
    """One column of the score board: a measure, or an attack, and the question it answers.

    A `hidden` check is not told to the participants: an attack against the control group, or a
    measure that was drawn when the challenge was made.
    """

    key: str
    question: str
    name: str
    kind: str = "measure"
    variant: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    hidden: bool = False


@dataclass(frozen=True)
class Limits:
    """What one submission may cost: megabytes as sent and unpacked, seconds, memory, copies.

    A synthetic file has from `fewest_rows` to `most_rows` times the rows of the training file.
    """

    packed_mb: float = 20
    unpacked_mb: float = 100
    seconds: float = 300
    memory_mb: int = 2048
    copies: int = 5
    fewest_rows: float = 0.5
    most_rows: float = 2
    instances: int = 20


@dataclass(frozen=True)
class Challenge:
    """A challenge as its host has it; participants get another folder."""

    folder: Path
    title: str
    seed: int
    checks: Mapping[str, tuple[Check, ...]]
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def read(cls, folder: str | Path) -> Challenge:
        """Return the challenge of a folder that `guide challenge new` made."""
        place = Path(folder)
        try:
            told = json.loads((place / "host" / "challenge.json").read_text(encoding="utf-8"))
            if told["format"] != FORMAT:
                raise ValueError
            checks = {d: tuple(Check(**c) for c in listed) for d, listed in told["checks"].items()}
            limits = Limits(**told["limits"])
            return cls(place, str(told["title"]), int(told["seed"]), checks, limits)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise GuideError(
                f"{place} is no folder of a challenge; make one with guide challenge new FOLDER"
            ) from None

    def write(self) -> None:
        """Write what `read` reads."""
        told = {
            "format": FORMAT,
            "title": self.title,
            "seed": self.seed,
            "limits": asdict(self.limits),
            "checks": {d: [asdict(c) for c in listed] for d, listed in self.checks.items()},
        }
        with whole_file(self.folder / "host" / "challenge.json") as part:
            part.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def training(self, data: str) -> Dataset:
        """Return the training file of a data set, as the participants have it."""
        place = self.folder / "participants" / self._known(data)
        found: Dataset = load_table(place / "training.csv", place / "schema.json")
        return found

    def control(self, data: str) -> Dataset:
        """Return the people of a data set whom the host has kept back."""
        place = self.folder / "host" / self._known(data) / "control.csv"
        return load_like(place, self.training(data))

    @property
    def submissions(self) -> Path:
        """Where the host puts what comes in."""
        return self.folder / "host" / "submissions"

    @property
    def results(self) -> Path:
        """Where the results of the submissions are kept, one file each."""
        return self.folder / "host" / "results"

    def _known(self, data: str) -> str:
        if data not in self.checks:
            raise GuideError(
                f"the challenge has no data {data!r}; known: {', '.join(sorted(self.checks))}"
            )
        return data
