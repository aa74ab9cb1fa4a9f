"""Two methods on linked tables beside each other: rounds, times, measures, what is broken."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from guide_helpers import generate
from guide_helpers.schema import LinkedTables

FIRST = 30
"""Units of the small call before times are taken, which pays for the imports."""


@dataclass(frozen=True)
class Beside:
    """Our method and its peer, by a plan that was written before any result.

    `data` gives original and control. `measured` gives the value of each measure of the plan for
    an original and a file, `counted` how often the file breaks what holds in the original;
    `options` go to our method.
    """

    plan: Mapping[str, Any]
    data: Callable[[], tuple[LinkedTables, LinkedTables]]
    measured: Callable[[LinkedTables, LinkedTables], list[float]]
    counted: Callable[[LinkedTables, LinkedTables], dict[str, int]]
    options: Mapping[str, Any] = field(default_factory=dict)

    def run(self, rounds: int | None = None) -> dict[str, Any]:
        """Return times, values and counts of both methods, round by round; by default all."""
        original, control = self.data()
        methods = (self.plan["ours"], self.plan["peer"])
        for method in methods:
            generate(original.take_units(np.arange(FIRST)), method, seed=0)
        lines: dict[str, list[dict[str, Any]]] = {m: [] for m in methods}
        for k, seed in enumerate(self.plan["seeds"][:rounds]):
            for method in methods if k % 2 == 0 else methods[::-1]:
                copy, seconds = self._made(original, method, seed)
                line = {"seconds": seconds, "values": self.measured(original, copy)}
                lines[method].append(line | {"counts": self.counted(original, copy)})
        real = self.counted(original, original)
        return {"control": self.measured(original, control), "real": real, **lines}

    def _made(self, data: LinkedTables, method: str, seed: int) -> tuple[LinkedTables, float]:
        """Return a synthetic file and the CPU seconds that it took, fitting included."""
        options = self.options if method == self.plan["ours"] else {}
        start = time.process_time()
        copy = generate(data, method, seed=seed, **options).first
        return copy, time.process_time() - start

    def summary(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """Return the ratio of times in each round, and on how many measures ours is better."""
        ours, peer = found[self.plan["ours"]], found[self.plan["peer"]]
        ratios = [p["seconds"] / o["seconds"] for o, p in zip(ours, peer, strict=True)]
        means = [np.mean([line["values"] for line in lines], axis=0) for lines in (ours, peer)]
        signs = np.array([-1 if m.get("higher") else 1 for m in self.plan["measure"]])
        gaps = signs * (means[1] - means[0])
        return {
            "ratios": ratios,
            "ours": means[0].tolist(),
            "peer": means[1].tolist(),
            "better": int((gaps > 0).sum()),
            "worse": int((gaps < 0).sum()),
            "of": len(gaps),
        }

    def show(self, found: Mapping[str, Any]) -> None:
        """Print the tables."""
        s, asked = self.summary(found), self.plan["measure"]
        print(f"{'measure':24}{'table':12}{'ours':>9}{self.plan['peer']:>9}{'control':>9}  why")
        for m, *values in zip(asked, s["ours"], s["peer"], found["control"], strict=True):
            numbers = "".join(f"{v:9.3f}" for v in values)
            print(f"{m['name']:24}{m['table']:12}{numbers}  {m['why']}")
        print(f"better on {s['better']} of {s['of']}, worse on {s['worse']}")
        print("original", found["real"])
        for method in (self.plan["ours"], self.plan["peer"]):
            lines = found[method]
            print(method, "CPU seconds", [round(line["seconds"], 2) for line in lines])
            for name in lines[0]["counts"]:
                print(f"  {name}: {[line['counts'][name] for line in lines]}")
        print("times as long:", [round(r, 1) for r in s["ratios"]])

    def main(self, what: str) -> None:
        """Run what the command line asks for, print it, and keep it where a file is named."""
        parser = argparse.ArgumentParser(description=what.partition("\n")[0])
        parser.add_argument("--rounds", type=int, default=len(self.plan["seeds"]))
        parser.add_argument("--json", type=Path)
        asked = parser.parse_args()
        result = self.run(asked.rounds)
        self.show(result)
        if asked.json:
            kept = result | {"summary": self.summary(result)}
            asked.json.write_text(json.dumps(kept, indent=1), "utf-8")
