"""dpmm's MST on a table of codes; run by `bench_mst.py` with the Python of dpmm's own environment.

    python benchmarks/_dpmm.py IN.npz OUT.npz

IN holds `codes` (rows x columns), `domain` (cells of each column), `epsilon`, `delta` and `seed`.
OUT gets the synthetic codes and the CPU seconds of fit and generation, imports not counted. The
domain is given, so dpmm spends nothing on preprocessing. Its noise comes from OpenDP, without seed.
"""

from __future__ import annotations

import os
import sys

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from dpmm.pipelines import MSTPipeline  # noqa: E402


def main(given: str, made: str) -> None:
    """Fit and sample; as many rows come back as went in."""
    asked = np.load(given)
    names = [f"x{i:02}" for i in range(asked["codes"].shape[1])]
    table = pd.DataFrame(asked["codes"], columns=names)
    domain = dict(zip(names, (int(k) for k in asked["domain"]), strict=True))
    pipeline = MSTPipeline(
        epsilon=float(asked["epsilon"]), delta=float(asked["delta"]), disable_processing=True
    )
    before = sum(os.times()[:4])
    pipeline.fit(table, domain, random_state=int(asked["seed"]))
    synthetic = pipeline.generate(n_records=len(table), random_state=int(asked["seed"]) + 1)
    seconds = sum(os.times()[:4]) - before
    np.savez_compressed(made, codes=synthetic[names].to_numpy(), seconds=seconds)


if __name__ == "__main__":
    main(*sys.argv[1:])
