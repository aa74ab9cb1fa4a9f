"""Anonymeter's three attacks; run with the Python of its own environment.

    python benchmarks/_anonymeter.py ASKED.json SAID.json

ASKED names CSV files (`original`, `synthetic`, `control`) and tasks; SAID gets, for each task, what
was tried, what Anonymeter's own code says of each try, and the CPU seconds of that, imports and
compilation not counted. Queries are told by their text, which another program can read.
`benchmarks/bench_attacks.py` and `tools/compare_anonymeter.py` use it.
"""

from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS",
                 "NUMBA_NUM_THREADS"):  # fmt: skip
    os.environ[variable] = "1"

import json  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
import warnings  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from anonymeter.evaluators import singling_out_evaluator as singling  # noqa: E402
from anonymeter.evaluators.inference_evaluator import (  # noqa: E402
    InferenceEvaluator,
    evaluate_inference_guesses,
)
from anonymeter.evaluators.linkability_evaluator import LinkabilityEvaluator  # noqa: E402

Files = dict[str, pd.DataFrame]
Said = dict[str, Any]


def singling_out(
    files: Files,
    mode: str = "multivariate",
    guesses: int = 500,
    columns: int = 3,
    seed: int = 1,
    attempts: int = 10**6,
    rounds: int = 1,
) -> Said:
    """Queries, their hits in original and control, and the risk that is reported."""
    whole = []
    for _ in range(rounds):
        before = time.process_time()
        evaluator = singling.SinglingOutEvaluator(
            **files, n_attacks=guesses, n_cols=columns, seed=seed, max_attempts=attempts
        )
        evaluator.evaluate(mode=mode)
        whole.append(time.process_time() - before)
    queries = singling._generate_singling_out_queries(
        df=evaluator._syn, n_attacks=guesses, n_cols=columns, mode=mode, max_attempts=attempts,
        rng=np.random.default_rng(seed),
    )  # fmt: skip
    both, seconds = (evaluator._ori, evaluator._control), []
    for _ in range(rounds):
        before = time.process_time()
        counts = [singling._evaluate_queries(data, queries) for data in both]
        seconds.append(time.process_time() - before)
    return {
        "queries": [str(query) for query in queries],
        "original": [int(c == 1) for c in counts[0]],
        "control": [int(c == 1) for c in counts[1]],
        "seconds": seconds,
        "whole attack": whole,
        **_risk(evaluator),
    }


def linkability(
    files: Files,
    views: list[list[str]],
    neighbours: int = 1,
    seed: int = 1,
    targets: int = 500,
    rounds: int = 1,
) -> Said:
    """Rows of the targets, whether each is linked, and the risk that is reported."""
    evaluator = LinkabilityEvaluator(
        files["ori"], files["syn"], tuple(views), n_attacks=targets, n_neighbors=neighbours,
        control=files["control"],
    )  # fmt: skip
    np.random.seed(seed)  # noqa: NPY002 - Anonymeter draws its targets so
    rows = files["ori"].sample(targets, replace=False).index.tolist()
    outside = files["control"].sample(targets, replace=False).index.tolist()
    seconds = []
    for _ in range(rounds):
        np.random.seed(seed)  # noqa: NPY002 - Anonymeter draws its targets so
        before = time.process_time()
        evaluator.evaluate(n_jobs=1)
        seconds.append(time.process_time() - before)
    linked = [evaluator._attack_links, evaluator._control_links]
    inside, beyond = ([int(i in links.find_links(neighbours)) for i in range(targets)]
                      for links in linked)  # fmt: skip
    said = {"rows": rows, "control rows": outside, "original": inside, "control": beyond}
    return {**said, "seconds": seconds, **_risk(evaluator)}


def inference(
    files: Files,
    known: list[str],
    secret: str,
    seed: int = 1,
    targets: int = 500,
    rounds: int = 1,
) -> Said:
    """Rows of the targets, whether each guess is right, and the risk that is reported."""
    evaluator = InferenceEvaluator(
        files["ori"], files["syn"], aux_cols=known, secret=secret, regression=False,
        n_attacks=targets, control=files["control"],
    )  # fmt: skip
    seconds = []
    for _ in range(rounds):
        np.random.seed(seed)  # noqa: NPY002 - Anonymeter draws its targets so
        before = time.process_time()
        evaluator.evaluate(n_jobs=1)
        seconds.append(time.process_time() - before)
    said = {}
    for name, data, guesses in (
        ("", files["ori"], evaluator._guesses_success),
        ("control ", files["control"], evaluator._guesses_control),
    ):
        said[f"{name}rows"] = guesses.index.tolist()
        right = evaluate_inference_guesses(guesses, data.loc[guesses.index, secret], False)
        said[name.strip() or "original"] = right.astype(int).tolist()
    return {**said, "seconds": seconds, **_risk(evaluator)}


def _risk(evaluator: Any) -> Said:
    results = evaluator.results()
    return {
        "risk": float(results.risk().value),
        "attack rate": float(results.attack_rate.value),
        "control rate": float(results.control_rate.value),
    }


TASKS = {"singling out": singling_out, "linkability": linkability, "inference": inference}


def main(asked: str, said: str) -> None:
    """Do the tasks in their order."""
    warnings.simplefilter("ignore")
    question = json.loads(Path(asked).read_text(encoding="utf-8"))
    tables = {}
    for name, path in question["files"].items():
        tables[name] = pd.read_csv(path, keep_default_na=False, na_values=[""])
    answers = []
    for task in question["tasks"]:
        options = dict(task)
        kind, control = options.pop("task"), options.pop("control file", "control")
        files = {"ori": tables["original"], "syn": tables["synthetic"], "control": tables[control]}
        if kind != "singling out":  # compile first
            small = {name: table.head(20) for name, table in files.items()}
            TASKS[kind](small, **{**options, "targets": 5, "rounds": 1})
        answers.append(TASKS[kind](files, **options))
    Path(said).write_text(json.dumps(answers), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
