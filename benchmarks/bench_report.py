"""Cost of a release record: 50,000 rows and 20 columns with the default checks.

    python benchmarks/bench_report.py [--rows 50000] [--use-case public-release]

The original and the control are drawn from a model of the labour force survey, so that there are
as many different people as rows; the candidate is made of the original by sequential trees. The
budget for the record, without making the file, is 5 CPU minutes and 2 GB.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Sequence
from dataclasses import replace

from guide_helpers import UseCase, generate, hold_out, load, report
from guide_helpers.schema import Dataset

COLUMNS = 20
SECONDS, MEGABYTES = 300.0, 2048.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Print seconds and memory for each use case; return 1 where one is over the budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    cases = [u.value for u in UseCase]
    parser.add_argument("--use-case", choices=cases, action="append", dest="use_cases")
    asked = parser.parse_args(arguments)
    original, control = hold_out(_people(2 * asked.rows), seed=1)
    candidate = generate(original, "cart", seed=2)
    over = False
    for use_case in asked.use_cases or cases:
        start = time.process_time()
        record = report(
            candidate,
            original=original,
            control=control,
            use_case=use_case,
            formula="income ~ age + sex + weeks_worked",
        )
        record.html(), record.json()
        seconds = time.process_time() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        over |= seconds > SECONDS or peak > MEGABYTES
        line = {"use case": use_case, "rows": asked.rows, "columns": COLUMNS}
        line |= {"CPU seconds": round(seconds, 1), "peak MB": round(peak)}
        print(json.dumps(line | {"verdict": record.content["verdict"]["state"]}), flush=True)
    return int(over)


def _people(n: int) -> Dataset:
    """Return so many people with 20 columns, drawn from a model of the survey."""
    survey = load("cps95")
    assert isinstance(survey, Dataset)
    kept = survey.keep(*[v for v in survey.schema.names if v != "weight"][:COLUMNS])
    drawn = generate(kept, "cart", n=n, seed=1).first
    assert isinstance(drawn, Dataset)
    return replace(drawn, name="people")


if __name__ == "__main__":
    raise SystemExit(main())
