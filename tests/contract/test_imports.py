"""The core path runs on numpy and pandas alone; everything heavy is imported where it is used."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import guide_helpers

HEAVY = (
    "scipy",
    "sklearn",
    "statsmodels",
    "sdv",
    "rdt",
    "copulas",
    "diffprivlib",
    "torch",
    "plotly",
    "matplotlib",
    "jupyter",
    "IPython",
    "ipywidgets",
    "notebook",
    "yaml",
)
CORE = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in sys.argv[1:]:
            raise ModuleNotFoundError(f"core path imports {name}", name=name)

sys.meta_path.insert(0, Refuse())
import numpy as np
import pandas as pd
from guide_helpers import attack, compare, generate, hold_out, inventory, load, recommend
from guide_helpers.catalogue import KINDS
from guide_helpers.schema import Dataset, Kind, Role, Schema, Variable

for kind in KINDS:
    assert len(inventory(kind))
recommend("education")
load("satgpa")
rng = np.random.default_rng(1)
age = rng.integers(16, 90, 200)
rows = pd.DataFrame({"age": age, "ill": np.where(rng.random(200) < age / 120, "yes", "no")})
schema = Schema((
    Variable("age", Kind.INTEGER, Role.KEY, bounds=(16, 89)),
    Variable("ill", Kind.CATEGORICAL, Role.SENSITIVE, levels=("no", "yes")),
))
original, control = hold_out(Dataset.of(rows, schema), seed=1)
for method in ("independent", "cart"):
    synthetic = generate(original, method, seed=1)
    compare(original, synthetic, measures=["marginal_distance", "propensity_mse"]).table()
    for name in ("unique_match", "attribute_inference"):
        attack(synthetic, original=original, control=control, attack=name).reading()
print(*sorted(set(sys.argv[1:]) & {m.split(".")[0] for m in sys.modules}))
"""


def test_the_core_path_runs_without_any_heavy_package():
    package = str(Path(guide_helpers.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", CORE, *HEAVY],
        env=os.environ | {"PYTHONPATH": package},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.strip() == ""


ENTRY = re.compile(
    r"^ *(?:from|import) guide_helpers\.(methods|measures|attacks)(?:\.| import \(?\s*)([a-z]\w*)",
    re.MULTILINE,
)


def test_no_entry_imports_the_module_of_another_entry():
    package = Path(guide_helpers.__file__).parent
    folders = ("methods", "measures", "attacks")
    modules = [p for folder in folders for p in sorted((package / folder).glob("*.py"))]
    found = {p.name: ENTRY.findall(p.read_text("utf-8")) for p in modules}
    assert {name: names for name, names in found.items() if names} == {}
