"""The evaluation sheet of one instance: data, method, evidence, and four verdicts with reasons."""

from __future__ import annotations

import json
import re
import tomllib
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import pandas as pd

from guide_helpers.cards import UseCase
from guide_helpers.errors import GuideError
from guide_helpers.results import Comparison, Risk, Synthetic
from guide_helpers.schema import Dataset
from guide_helpers.writing import new_file, whole_file

FORMAT = "guide-helpers evaluation sheet 1"
VERDICTS = ("yes", "maybe", "no")
SYNTHESES = ("full", "partial")
LEAST = 40
"""Characters of a justification: less is no reason."""
LONGEST = 2000
MOST = 200
"""Lines of results or trials."""
FORMULA = "=+-@\t\r"
"""A spreadsheet takes a cell that begins so for a formula."""


FRAME = re.compile(r"\[[^\]]*\?\]")
"""A question in brackets, as the notebook has it in the place of an answer."""


@dataclass(frozen=True)
class Sheet:
    """What a team says of one instance: one method on one data set.

    `replaced` names the columns that a partial synthesis has made, `trials` what was tried before
    (the evidence of tuning), `results` what was computed, `verdicts` one of yes, maybe and no for
    each use case with its justification.
    """

    team: str
    data: str
    method: str
    synthesis: str = "full"
    replaced: tuple[str, ...] = ()
    trials: tuple[Mapping[str, Any], ...] = ()
    results: tuple[Mapping[str, Any], ...] = ()
    verdicts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what no sheet may hold."""
        for name, longest in (("team", 60), ("data", 60), ("method", 80)):
            _refuse_text(name, getattr(self, name), longest)
        if self.synthesis not in SYNTHESES:
            raise GuideError("the sheet says synthesis neither 'full' nor 'partial'; choose one")
        if (self.synthesis == "partial") != bool(self.replaced):
            raise GuideError(
                "a partial synthesis names the columns that it has replaced, a full one names none"
            )
        for case, said in self.verdicts.items():
            _refuse_verdict(case, said)

    @property
    def tuned(self) -> bool:
        """Whether there is evidence of tuning: two settings at least, held against one measure."""
        tried = {(str(t.get("measure")), str(t.get("setting"))) for t in self.trials}
        measures = [m for m, _ in tried]
        return any(measures.count(m) > 1 for m in set(measures))

    @property
    def missing(self) -> tuple[str, ...]:
        """What still has to be filled in before the sheet can be handed in."""
        lacking = [] if self.results else ["results: with_results(comparison, risk)"]
        silent = [c.value for c in UseCase if c.value not in self.verdicts]
        return (*lacking, *(f"verdict: with_verdict({case!r}, ...)" for case in silent))

    def with_trial(self, setting: str, comparison: Comparison) -> Sheet:
        """Return the sheet with a setting that was tried, and what it gave."""
        lines = [{"setting": setting, **_line_of_score(s)} for s in comparison]
        return replace(self, trials=(*self.trials, *lines))

    def with_results(self, comparison: Comparison, *risks: Risk) -> Sheet:
        """Return the sheet with computed results in the place of earlier ones."""
        lines = [*map(_line_of_score, comparison), *map(_line_of_risk, risks)]
        return replace(self, results=tuple(lines))

    def with_verdict(self, use_case: UseCase | str, verdict: str, justification: str) -> Sheet:
        """Return the sheet with a verdict of one use case and its reasons."""
        case = use_case.value if isinstance(use_case, UseCase) else str(use_case)
        said = {"verdict": verdict, "justification": " ".join(justification.split())}
        return replace(self, verdicts={**self.verdicts, case: said})

    def table(self) -> pd.DataFrame:
        """Return the four verdicts, one line each."""
        blank = {"verdict": "not given", "justification": ""}
        lines = {c.title: dict(self.verdicts.get(c.value, blank)) for c in UseCase}
        return pd.DataFrame.from_dict(lines, orient="index").rename_axis("use case")

    def text(self) -> str:
        """Return the sheet as JSON."""
        told = {"format": FORMAT, **asdict(self)}
        return json.dumps(told, indent=1, ensure_ascii=False, default=str) + "\n"


def read_sheet(text: str, *, toml: bool = False) -> Sheet:
    """Return the sheet of a text in JSON or TOML; what is no whole sheet is refused."""
    try:
        told = tomllib.loads(text) if toml else json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        kind = "TOML" if toml else "JSON"
        raise GuideError(f"the sheet is not valid {kind}; let hand_in() write it") from None
    if not isinstance(told, dict) or told.pop("format", None) != FORMAT:
        raise GuideError(f"the sheet does not begin with format = {FORMAT!r}; use the kit's")
    unknown = sorted(set(told) - {f.name for f in fields(Sheet)})
    if unknown:
        raise GuideError("the sheet has a field that the kit's does not have; take it out")
    lacking = sorted({"team", "data", "method", "verdicts"} - set(told))
    if lacking:
        raise GuideError(f"the sheet has no {lacking[0]!r}; fill it in")
    return _typed(told)


def _typed(told: dict[str, Any]) -> Sheet:
    if not isinstance(told["verdicts"], dict):
        raise GuideError("the sheet's verdicts are no table with one line a use case")
    replaced = told.get("replaced", [])
    if not isinstance(replaced, list) or not all(isinstance(n, str) for n in replaced):
        raise GuideError("the sheet's 'replaced' is no list of column names")
    told["replaced"] = tuple(replaced)
    for name in ("trials", "results"):
        told[name] = tuple(_plain_lines(name, told.get(name, [])))
    sheet = Sheet(**told)
    if sheet.missing:
        raise GuideError(f"the sheet is not complete; it lacks {sheet.missing[0]}")
    return sheet


def hand_in(sheet: Sheet, synthetic: Synthetic | Dataset | Sequence[Dataset], path: str) -> Path:
    """Write one submission, a zip of the sheet and of the synthetic files; return its path."""
    from guide_helpers.verbs import copies_of

    if sheet.missing:
        raise GuideError(f"the sheet is not complete; it lacks {sheet.missing[0]}")
    if not str(path).endswith(".zip"):
        raise GuideError(f"{path} does not end in .zip; a submission is one zip")
    copies = copies_of(synthetic)
    with (
        whole_file(new_file(path)) as part,
        zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as box,
    ):
        box.writestr(_entry("sheet.json"), sheet.text())
        for number, copy in enumerate(copies, start=1):
            if not isinstance(copy, Dataset):
                raise GuideError("a submission holds single tables, not linked ones")
            text = _csv(copy)
            box.writestr(_entry(f"synthetic-{number}.csv"), text)
    return Path(path)


def _entry(name: str) -> zipfile.ZipInfo:
    """Return an entry without a time, so that the same submission is the same file."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _csv(copy: Dataset) -> str:
    types = {v.name: "object" for v in copy.schema.variables if v.discrete}
    return str(copy.rows.astype(types).to_csv(index=False))


def _line_of_score(score: Any) -> dict[str, Any]:
    band = score.band()
    return {
        "measure": f"{score.measure}:{score.variant}".rstrip(":"),
        "value": _short(score.value),
        "null": band.null.value,
        "band": [_short(band.low), _short(band.high)],
        "standing": score.standing,
    }


def _line_of_risk(risk: Risk) -> dict[str, Any]:
    excess = risk.excess
    return {
        "attack": risk.attack,
        "rate": _short(risk.rate.value),
        "guessing": _short(risk.guessing_rate),
        "excess": None if excess is None else _short(excess.value),
        "interval": None
        if excess is None
        else [_short(excess.interval.low), _short(excess.interval.high)],
    }


def _short(value: float) -> float | None:
    return None if value != value or abs(value) == float("inf") else float(f"{value:.4g}")


def _refuse_verdict(case: str, said: object) -> None:
    known = ", ".join(c.value for c in UseCase)
    if case not in {c.value for c in UseCase}:
        raise GuideError(f"a verdict is on a use case that is not known; known: {known}")
    if not isinstance(said, Mapping) or set(said) != {"verdict", "justification"}:
        raise GuideError(f"the verdict on {case} has to say 'verdict' and 'justification'")
    if said["verdict"] not in VERDICTS:
        raise GuideError(f"the verdict on {case} is none of {', '.join(VERDICTS)}")
    _refuse_text(f"justification on {case}", said["justification"], LONGEST)
    if FRAME.search(said["justification"]):
        raise GuideError(
            f"the justification on {case} still has the question of the frame in brackets; "
            "answer it in your own words"
        )
    if len(said["justification"].strip()) < LEAST:
        raise GuideError(
            f"the justification on {case} has fewer than {LEAST} characters; say what was "
            "measured and why it is enough or not"
        )


def _refuse_text(name: str, text: object, longest: int) -> None:
    if not isinstance(text, str) or not text.strip():
        raise GuideError(f"the sheet's {name} is empty or no text; fill it in")
    if len(text) > longest:
        raise GuideError(f"the sheet's {name} has more than {longest} characters; shorten it")
    if text[0] in FORMULA:
        raise GuideError(f"the sheet's {name} begins like a formula of a spreadsheet; reword it")
    if not text.isprintable():
        raise GuideError(f"the sheet's {name} has characters that cannot be printed; retype it")


def _plain_lines(name: str, lines: object) -> list[Mapping[str, Any]]:
    """Return results or trials as they are read: short words, numbers, pairs of numbers."""
    refusal = GuideError(f"the sheet's {name} are not as with_{name} or with_trial writes them")
    if not isinstance(lines, list) or len(lines) > MOST:
        raise refusal
    for line in lines:
        if not isinstance(line, dict) or len(line) > 10:
            raise refusal
        for key, value in line.items():
            parts = value if isinstance(value, list) and len(value) == 2 else [value]
            if len(key) > 20 or not all(_plain(p) for p in [key, *parts]):
                raise refusal
    return lines


def _plain(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= MOST and value.isprintable() and value[:1] not in tuple(FORMULA)
    return value is None or isinstance(value, int | float)


def _no_number(word: str) -> Any:
    raise ValueError(word)
