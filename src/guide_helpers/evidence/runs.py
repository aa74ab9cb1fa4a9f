"""Run a plan of evidence; what is done is kept, so that a run that was stopped goes on."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import multiprocessing
import os
import platform
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.evidence.cells import Outcome, computed
from guide_helpers.evidence.plan import Cell, Plan
from guide_helpers.mapping import as_done
from guide_helpers.progress import progress

PACKAGE = Path(__file__).resolve().parents[1]
CODE = ("methods/*.py", "measures/*.py", "attacks/*.py", "evidence/cells.py", "*.py")
VERSIONS = ("numpy", "pandas", "scipy", "scikit-learn", "diffprivlib", "sdv", "torch")


@dataclass(frozen=True)
class Run:
    """A plan with the folder in which its cells are kept until all are there.

    A cell is kept under a key of its own part of the plan, of the package's code and of the
    versions below it; where any of them changes, it is computed again.
    """

    plan: Plan
    folder: Path

    @classmethod
    def beside(cls, plan: Plan, target: Path) -> Run:
        """Return the run that keeps its cells beside its results."""
        return cls(plan, target / f".{plan.name}-cells")

    def missing(self) -> list[Cell]:
        """Return the cells that have no result yet."""
        return [c for c in self.plan.cells() if not self.place(c).exists()]

    def place(self, cell: Cell) -> Path:
        """Return where the result of a cell is kept."""
        plan = self.plan
        told = [asdict(cell), plan.base_seed, plan.units, str(plan.measures), str(plan.attacks)]
        text = json.dumps([told, code(), dict(versions())], sort_keys=True, default=str)
        return self.folder / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.json"

    def keep(self, outcome: Outcome) -> None:
        """Write the result of a cell, whole or not at all."""
        text = json.dumps({"lines": outcome.lines, "cost": outcome.cost})
        whole(self.place(outcome.cell), lambda part: part.write_text(text, encoding="utf-8"))

    def results(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return numbers and costs of all cells, in the order of the plan."""
        kept = [json.loads(self.place(c).read_text(encoding="utf-8")) for c in self.plan.cells()]
        lines = [line for found in kept for line in found["lines"]]
        return pd.DataFrame(lines), pd.DataFrame([found["cost"] for found in kept])


def run(
    plan: Plan,
    target: str | Path,
    *,
    folder: str | Path | None = None,
    workers: int = 1,
    cluster: str | None = None,
    alone: bool = False,
) -> Path:
    """Compute what is missing of a plan and write `<target>/<name>.parquet`; return its path.

    Beside it stand `<name>-costs.parquet` (seconds and memory, which no other run repeats) and
    `<name>.json` (plan, versions, machine, date). `folder` keeps the cells; by default it is
    `<target>/.<name>-cells`. Whoever stops the run loses the cells that are being computed, no
    others. `workers` processes share the work, or the workers of a Dask `cluster`; with `alone`
    each cell has a process of its own, so that its memory is that of its method.
    """
    place = Path(target)
    if not place.is_dir():
        raise GuideError(f"no folder {place} to write the results into; make it first")
    _refuse_other(plan, place / f"{plan.name}.json")
    going = Run(plan, Path(folder)) if folder else Run.beside(plan, place)
    going.folder.mkdir(parents=True, exist_ok=True)
    work = [(plan, cell) for cell in going.missing()]
    label = f"{plan.name}, cells"
    for outcome in (
        progress(_each_alone(work, workers), label, len(work))
        if alone
        else as_done(computed, work, workers=workers, cluster=cluster, label=label)
    ):
        going.keep(outcome)
    return _write(going, place)


def _each_alone(work: list[tuple[Plan, Cell]], workers: int) -> Iterator[Outcome]:
    """Yield the outcome of each cell from a process that does nothing else."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=fresh, max_tasks_per_child=1) as pool:
        for done in as_completed([pool.submit(computed, one) for one in work]):
            yield done.result()


def _refuse_other(plan: Plan, told: Path) -> None:
    """Refuse to put results in the place of those of another plan, code or version."""
    if not told.exists():
        return
    there = json.loads(told.read_text(encoding="utf-8"))
    now = json.loads(json.dumps(_provenance(plan), default=str))
    for key in ("plan", "code", "versions"):
        if there.get(key) != now[key]:
            raise GuideError(
                f"{told.parent} holds results of {plan.name!r} from another {key}; move "
                f"{told.name} and its Parquet files away, or choose another folder"
            )


def _write(going: Run, place: Path) -> Path:
    lines, costs = going.results()
    name = going.plan.name
    for frame, stem in ((costs, f"{name}-costs"), (lines, name)):
        _parquet(frame, place / f"{stem}.parquet")
    text = json.dumps(_provenance(going.plan), indent=1, default=str) + "\n"
    whole(place / f"{name}.json", lambda part: part.write_text(text, encoding="utf-8"))
    return place / f"{name}.parquet"


def _parquet(frame: pd.DataFrame, target: Path) -> None:
    whole(target, lambda part: frame.to_parquet(part, index=False))


def _provenance(plan: Plan) -> dict[str, Any]:
    return {
        "plan": asdict(plan),
        "cells": sum(1 for _ in plan.cells()),
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} processors",
        "versions": dict(versions()),
        "code": code(),
    }


@cache
def versions() -> Mapping[str, str]:
    """Return the versions of the packages that results depend on, of those that are there."""
    found = {}
    for name in VERSIONS:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return MappingProxyType(found)


@cache
def code() -> str:
    """Return a hash of the package's code that results depend on."""
    digest = hashlib.sha256()
    for path in sorted({p for pattern in CODE for p in PACKAGE.glob(pattern)}):
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def whole(target: Path, write: Callable[[Path], Any]) -> None:
    """Let `write` fill a file beside `target`, which takes its place when it is whole."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    write(part)
    part.replace(target)
