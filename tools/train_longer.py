"""Train SDV's networks for longer and longer, and keep what came of it beside how they learned.

    python tools/train_longer.py    train what data/evidence/longer.parquet has not yet

For each data set of the plan `deep`, first draw: how near the tables of two variables are after so
many epochs, and the loss by epoch of the longest training. The evidence page shows both. A run that
is stopped goes on where it was.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers import compare
from guide_helpers.catalogue import find
from guide_helpers.evidence.cells import groups
from guide_helpers.evidence.plan import Asked, Cell, Data, load_plan
from guide_helpers.evidence.runs import code, versions, whole

EVIDENCE = Path(__file__).resolve().parents[1] / "data" / "evidence"
EPOCHS = {"tvae": (2_000, 4_000), "ctgan": (600, 1_200)}
POINTS = 200
"""Points of a curve of losses at most; each is a mean over equally many epochs."""
PLAN = load_plan("deep")


def main() -> None:
    """Train from the shortest to the longest, and write after each."""
    results, losses = _read("longer"), _read("longer-losses")
    for method, data, epochs in _wanted():
        same = _is(results, data.label, method)
        if (same & (results.get("epochs") == epochs)).any():
            continue
        line, curve = trained(data, method, epochs)
        results = pd.concat([results, pd.DataFrame([line])], ignore_index=True)
        losses = pd.concat([losses[~_is(losses, data.label, method)], curve], ignore_index=True)
        _write(results, losses)
        print(line, flush=True)


def trained(data: Data, method: str, epochs: int) -> tuple[dict[str, Any], pd.DataFrame]:
    """Return how near a training of so many epochs came, and its curve of losses."""
    original, _, _ = groups(PLAN, Cell(data, Asked(method, label=method), 0))
    implementation = find("methods", method).implementation
    assert implementation is not None
    began = time.process_time()
    fitting, drawing = (np.random.default_rng((PLAN.base_seed, k)) for k in (0, 1))
    fitted = implementation(epochs=epochs).fit(original, rng=fitting)
    copy = fitted.sample(original.n_units, rng=drawing)
    spent = time.process_time() - began
    score = compare(original, copy, measures=["marginal_distance"], ways=[2])
    pairs = score["marginal_distance:2-way"]
    line = {"data": data.label, "method": method, "epochs": epochs, "units": original.n_units}
    numbers = {"value": float(pairs.value), "null_mean": float(pairs.band().mean), "cpu_s": spent}
    return line | numbers, _curve(fitted.history_).assign(data=data.label, method=method)


def _curve(history: pd.DataFrame) -> pd.DataFrame:
    """Return the losses as means over stretches of epochs, one line a network and stretch."""
    names = {n: n.removesuffix(" Loss").lower() for n in history if str(n).endswith("Loss")}
    by_epoch = history.rename(columns=names).groupby("Epoch")[list(names.values())].mean()
    width = -(-len(by_epoch) // POINTS)
    means = by_epoch.astype(float).groupby(np.arange(len(by_epoch)) // width).mean()
    means.index = (means.index + 1) * width
    long = means.rename_axis("epoch").reset_index().melt("epoch", var_name="network")
    return long.rename(columns={"value": "loss"})


def _wanted() -> Iterator[tuple[str, Data, int]]:
    """Yield the trainings, all short ones before any long one."""
    for place in range(2):
        for method, steps in EPOCHS.items():
            for data in PLAN.data:
                yield method, data, steps[place]


def _is(frame: pd.DataFrame, data: str, method: str) -> pd.Series:
    if frame.empty:
        return pd.Series(dtype=bool)
    found: pd.Series = (frame["data"] == data) & (frame["method"] == method)
    return found


def _read(name: str) -> pd.DataFrame:
    place = EVIDENCE / f"{name}.parquet"
    return pd.read_parquet(place) if place.exists() else pd.DataFrame()


def _write(results: pd.DataFrame, losses: pd.DataFrame) -> None:
    told = {
        "command": "python tools/train_longer.py",
        "plan": f"data, draw and units of {PLAN.name!r}, seed {PLAN.base_seed}",
        "code": code(),
        "versions": dict(versions()),
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} processors",
    }
    for name, frame in (("longer", results), ("longer-losses", losses)):
        whole(EVIDENCE / f"{name}.parquet", partial(frame.to_parquet, index=False))
    text = json.dumps(told, indent=1) + "\n"
    whole(EVIDENCE / "longer.json", lambda part: part.write_text(text, encoding="utf-8"))


if __name__ == "__main__":
    main()
