"""`guide evidence`: methods, data, measures and attacks of a plan, cell by cell."""

from __future__ import annotations

import argparse
from pathlib import Path

from guide_helpers.commands import _shared as shared

EVIDENCE = """\
examples:
  guide evidence run small --output results              the small plan of the guide
  guide evidence run my_plan.toml --output results --workers 4
  guide evidence left my_plan.toml --output results      how many cells are not there yet

A plan is a text in TOML: data sets, methods, measures, attacks, how many seeds. Print one to begin
with: guide evidence print small. A run that is stopped goes on with the same command. RESULTS are
Parquet: NAME.parquet one line a number, NAME-costs.parquet one line a cell, NAME.json how they
came about.
"""


def add(commands: shared.Commands) -> None:
    """Add the command."""
    parser = shared.add_command(commands, evidence, "run a plan of evidence", EVIDENCE)
    add = parser.add_argument
    add("action", choices=("run", "left", "print"))
    add("plan", help="a file in TOML, or a plan of the guide (small)")
    add("--output", metavar="FOLDER", default=".", help="where the results go (default: here)")
    add("--workers", type=int, default=1, metavar="N", help="processes (default: 1)")
    add("--alone", action="store_true", help="a process for each cell, for its memory alone")
    add("--cluster", metavar="ADDRESS", help="of a Dask scheduler, tcp://...")


def evidence(asked: argparse.Namespace) -> None:
    """Run a plan, say what is left of it, or print it."""
    from guide_helpers.evidence import plan, runs

    asked_for = plan.load_plan(asked.plan)
    if asked.action == "print":
        print(plan.place_of(asked.plan).read_text(encoding="utf-8"), end="")
        return
    target, cells = Path(asked.output), len(list(asked_for.cells()))
    if asked.action == "left":
        left = len(runs.Run.beside(asked_for, target).missing())
        print(f"{left} of {cells} cells are not there yet")
        return
    shared_out = {"workers": asked.workers, "cluster": asked.cluster, "alone": asked.alone}
    path = runs.run(asked_for, target, **shared_out)
    print(f"{cells} cells, results in {path}")
