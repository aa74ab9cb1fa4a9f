"""One cell of a plan: a synthetic file, its scores, its risks, and what it cost."""

from __future__ import annotations

import hashlib
import resource
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from guide_helpers.errors import GuideError
from guide_helpers.evidence.plan import FRESH, Asked, Cell, Data, Plan
from guide_helpers.results import Risk, Score
from guide_helpers.schema import Data as Records
from guide_helpers.schema import LinkedTables
from guide_helpers.verbs import attack, compare, generate, load

GROUPS = 3
"""Parts of a data set without a common unit: the original, the control, the fresh sample."""


@dataclass(frozen=True)
class Outcome:
    """What a cell gave: one line a number, and one line of costs.

    The lines depend on plan, code and versions alone; the cost also on machine and company.
    """

    cell: Cell
    lines: tuple[dict[str, Any], ...]
    cost: dict[str, Any]


def computed(work: tuple[Plan, Cell]) -> Outcome:
    """Return the outcome of a cell; a method's refusal is an outcome, too."""
    plan, cell = work
    _forget_peak()
    began, wall = time.process_time(), time.perf_counter()
    named = {"data": cell.data.label, "method": cell.method.label, "seed": cell.seed}
    original, control, fresh = groups(plan, cell)
    status, why, made = _made(plan, cell, original, fresh)
    cost = named | {
        "status": status,
        "why": why,
        "units": original.n_units,
        "generate_cpu_s": time.process_time() - began,
        "generate_wall_s": time.perf_counter() - wall,
        "process_peak_mb": _peak_mb(),
    }
    found = () if made is None else tuple(_numbers(plan, cell, original, control, made))
    cost["cell_cpu_s"] = time.process_time() - began
    return Outcome(cell, tuple(named | line for line in found), cost)


def _forget_peak() -> None:
    """Let the process count its peak of memory anew, where the system can (Linux)."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak_mb() -> float:
    """Return the peak of the process since it was forgotten; elsewhere than on Linux, ever."""
    with suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        peak = next(line for line in lines if line.startswith("VmHWM:"))
        return int(peak.split()[1]) / 1_024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


def groups(plan: Plan, cell: Cell) -> tuple[Records, ...]:
    """Return original, control and fresh sample, the same for all methods with this seed."""
    data = table(cell.data)
    order = np.random.default_rng(_seed(plan, cell.data.label, cell.seed)).permutation(data.n_units)
    most = cell.method.units or cell.data.units or plan.units
    size = min(most, data.n_units // GROUPS)
    starts = range(0, GROUPS * size, size)
    return tuple(data.take_units(np.sort(order[s : s + size])) for s in starts)


def table(asked: Data) -> Records:
    """Return the data set that a plan names, or the part of it."""
    data = load(asked.name)
    if asked.table:
        if not isinstance(data, LinkedTables):
            raise GuideError(f"{asked.name!r} is one table; leave table={asked.table!r} out")
        data = data[asked.table]
    if not asked.columns:
        return data
    if isinstance(data, LinkedTables):
        raise GuideError(f"{asked.name!r} is several tables; name one in table to choose columns")
    return data.keep(*asked.columns)


def _seed(plan: Plan, *words: object) -> int:
    """Return a seed of its own for each place in a plan, the same in every process."""
    text = "\0".join(map(str, (plan.base_seed, *words)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def _made(plan: Plan, cell: Cell, original: Records, fresh: Records) -> tuple[str, str, Any]:
    """Return how generating ended, why, and the synthetic file if there is one."""
    if cell.method.name == FRESH:
        return "ran", "", fresh
    seed = _seed(plan, cell.data.label, cell.method.label, cell.seed)
    try:
        options = cell.method.given(cell.data)
        return "ran", "", generate(original, cell.method.name, seed=seed, **options).first
    except GuideError as refusal:
        return "refused", str(refusal), None
    except Exception as failure:  # a fault of a library is a result about the method
        return "failed", type(failure).__name__, None


def _numbers(
    plan: Plan, cell: Cell, original: Records, control: Records, made: Records
) -> Iterator[dict[str, Any]]:
    yield _line("check", "rules", "broken rules", value=float(made.violations().sum()))
    if isinstance(made, LinkedTables):
        yield _line("check", "orphans", "rows without parent", value=float(made.orphans().sum()))
    for asked in _for(cell, plan.measures):
        yield from _scores(asked, cell, original, control, made)
    for asked in _for(cell, plan.attacks):
        yield from _risk(asked, cell, original, control, made)


def _for(cell: Cell, parts: Sequence[Asked]) -> Iterator[Asked]:
    return (p for p in parts if p.serves(cell.data))


def _scores(
    asked: Asked, cell: Cell, original: Records, control: Records, made: Records
) -> Iterator[dict[str, Any]]:
    try:
        options = asked.given(cell.data)
        found = compare(original, made, measures=[asked.name], control=control, **options)
    except GuideError as refusal:
        yield _line("measure", asked.label, "", why=str(refusal))
        return
    for score in found:
        yield _score(asked, score)


def _score(asked: Asked, score: Score) -> dict[str, Any]:
    band = score.band()
    told = ", ".join(p for p in (score.variant, score.table) if p)
    return _line("measure", asked.label, told, value=float(score.value), null=band.null.value,
                 null_mean=float(band.mean), null_low=float(band.low), null_high=float(band.high),
                 standing=score.standing)  # fmt: skip


def _risk(
    asked: Asked, cell: Cell, original: Records, control: Records, made: Records
) -> Iterator[dict[str, Any]]:
    options = asked.given(cell.data)
    try:
        risk = attack(made, original=original, control=control, attack=asked.name, **options)
    except GuideError as refusal:
        yield _line("attack", asked.label, "", why=str(refusal))
        return
    yield from _shares(asked, risk)


def _shares(asked: Asked, risk: Risk) -> Iterator[dict[str, Any]]:
    yield _line("attack", asked.label, "guessing", value=float(risk.guessing_rate))
    shares = {"rate": risk.rate, "control rate": risk.control_rate, "excess": risk.excess}
    if risk.ranking is not None:
        shares["AUC"] = risk.ranking.area
    for told, share in shares.items():
        if share is not None:
            ends = share.interval
            yield _line("attack", asked.label, told, value=float(share.value),
                        low=float(ends.low), high=float(ends.high))  # fmt: skip


def _line(kind: str, entry: str, quantity: str, why: str = "", **numbers: Any) -> dict[str, Any]:
    blank = dict.fromkeys(("value", "low", "high", "null_mean", "null_low", "null_high"))
    words = {"kind": kind, "entry": entry, "quantity": quantity, "null": "", "standing": ""}
    return words | blank | numbers | {"why": why}
