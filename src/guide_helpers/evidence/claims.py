"""What the guide recommends, held against a run of evidence: does it hold, and how often?"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.evidence.reading import answers, named

CLAIMS = Path(__file__).with_name("claims.toml")
SUPPORTED, DOUBTED = 0.9, 0.5
"""From this share of runs on a claim is supported, below that one it is not; our judgement."""
NOTHING, SOMETHING = "nothing", "something"


@dataclass(frozen=True)
class Claim:
    """One recommendation in a form that runs can answer.

    It says of each of `methods` that its answer to `question` is below that of all methods in
    `than`, at most or at least a number, or that the attack `finds` nothing or something: whether
    the interval of its excess lies above zero. `run` names the results, `data` those it is about.
    """

    id: str
    says: str
    page: str
    question: str
    methods: tuple[str, ...]
    than: tuple[str, ...] = ()
    at_most: float | None = None
    at_least: float | None = None
    finds: str = ""
    data: tuple[str, ...] = ()
    run: str = "matrix"


@dataclass(frozen=True)
class Finding:
    """A claim with the runs that were asked: in how many it holds, and where it does least."""

    claim: Claim
    runs: int
    holds: int
    weakest: str

    @property
    def verdict(self) -> str:
        """In words: supported, in part, not supported, or not asked."""
        if not self.runs:
            return "not asked"
        share = self.holds / self.runs
        if share >= SUPPORTED:
            return "supported"
        return "in part" if share >= DOUBTED else "not supported"


def claims() -> dict[str, Claim]:
    """Return the recommendations that runs can answer, by their name."""
    lines = tomllib.loads(CLAIMS.read_text(encoding="utf-8"))["claim"]
    known = {f.name for f in fields(Claim)}
    found: dict[str, Claim] = {}
    for line in lines:
        if odd := set(line) - known:
            raise GuideError(f"claim {line.get('id')!r} has a key {min(odd)!r}, which is not known")
        given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in line.items()}
        made = Claim(**given)
        named(made.question)
        found[made.id] = made
    return found


def held(claim: Claim, runs: Mapping[str, tuple[pd.DataFrame, pd.DataFrame]]) -> Finding:
    """Return how a claim fares; `runs` has numbers and costs of each run by its name."""
    if claim.run not in runs:
        return Finding(claim, 0, 0, "")
    found = answers(*runs[claim.run], claim.question)
    if claim.data:
        found = found[found["data"].isin(claim.data)]
    each = _holds(claim, found)
    if each.empty:
        return Finding(claim, 0, 0, "")
    by_data = each.groupby("data", sort=False).mean()
    weakest = str(by_data.idxmin()) if by_data.min() < 1 else ""
    return Finding(claim, len(each), int(each.sum()), weakest)


def _holds(claim: Claim, found: pd.DataFrame) -> pd.Series:
    """Return for each method, data set and seed whether the claim holds."""
    asked = found[found["method"].isin(claim.methods)]
    index = pd.MultiIndex.from_frame(asked[["method", "data", "seed"]])
    if claim.finds:
        yes = asked["low"].gt(0) == (claim.finds == SOMETHING)
    elif claim.than:
        others = found[found["method"].isin(claim.than)]
        best = others.groupby(["data", "seed"])["value"].min()
        places = pd.MultiIndex.from_frame(asked[["data", "seed"]])
        theirs = best.reindex(places).to_numpy()
        yes = asked["value"].lt(theirs)[~pd.isna(theirs)]
        index = index[~pd.isna(theirs)]
    elif claim.at_most is not None:
        yes = asked["value"].le(claim.at_most)
    else:
        yes = asked["value"].ge(claim.at_least)
    return pd.Series(yes.to_numpy(), index=index, dtype=bool)
