"""Volume as a test of technology: a million lines of purchases, made and checked.

    python benchmarks/bench_transactions.py [--lines 1000000]

The method of baskets is fitted to the retail file and asked for as many customers as so many
lines need; rules, keys and the attack by few known points of every customer of the original are
run on the result. CPU seconds of each step and the memory in all are printed as JSON; 1 is
returned where the making takes more than 60 CPU seconds or 2 GB, or where a rule is broken.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Sequence

import numpy as np

from guide_helpers import attack, load
from guide_helpers.methods.baskets import BasketPurchases
from guide_helpers.schema import Dataset

SECONDS, MEGABYTES = 60.0, 2048.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Print seconds and memory; return 1 where they are over the budget or a rule is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    asked = parser.parse_args(arguments)
    shop = load("online_retail")
    assert isinstance(shop, Dataset)
    start = time.process_time()
    method = BasketPurchases(returned="cancelled == 'yes'").fit(shop, rng=np.random.default_rng(1))
    fitted = time.process_time()
    customers = round(asked.lines / (len(shop) / shop.n_units))
    file = method.sample(customers, rng=np.random.default_rng(2))
    made = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    broken = int(file.violations().sum())
    owners = int((file.rows.groupby("invoice")["customer_id"].nunique() > 1).sum())
    checked = time.process_time()
    known = {"knowledge": ["stock_code", "time"], "coarse": {"time": "month"}}
    attack(file, original=shop, attack="few_points", **known)
    line = {
        "lines": len(file),
        "customers": customers,
        "CPU seconds to learn": round(fitted - start, 2),
        "CPU seconds to make": round(made - fitted, 2),
        "CPU seconds to check rules and keys": round(checked - made, 2),
        "CPU seconds to attack": round(time.process_time() - checked, 2),
        "peak MB": round(peak),
        "rules broken": broken,
        "invoices of two customers": owners,
    }
    print(json.dumps(line))
    return int(made - start > SECONDS or peak > MEGABYTES or broken + owners > 0)


if __name__ == "__main__":
    raise SystemExit(main())
