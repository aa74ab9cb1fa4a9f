"""Facts about all methods that call SDV's networks: seeds, silence, files, extremes, licences."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import guide_helpers
from guide_helpers import GuideError, generate, infer
from guide_helpers.catalogue import find

DEEP = ("ctgan", "tvae", "copula_gan", "par")
ALL = (*DEEP, "hma", "gaussian_copula")
SESSION = """
import json, sys
import numpy as np, pandas as pd
from guide_helpers import generate, infer
from dataclasses import replace
x = np.random.default_rng(0).normal(size=40).round(3)
rows = {"unit": np.arange(40) // 4, "x": x, "side": np.where(x > 0, "right", "left")}
data = infer(pd.DataFrame(rows))
panel = replace(data, entity="unit")
made = [generate(panel if m == "par" else data, m, seed=5, epochs=1) for m in sys.argv[1:]]
print(json.dumps([m.rows["x"].tolist() for m in made]))
"""


def table(method):
    """Return 40 rows, of ten units with four rows each where the method is for panels."""
    x = np.random.default_rng(0).normal(size=40).round(3)
    rows = {"unit": np.arange(40) // 4, "x": x, "side": np.where(x > 0, "right", "left")}
    return replace(infer(pd.DataFrame(rows)), entity="unit" if method == "par" else None)


def test_another_session_draws_the_same_rows_and_leaves_no_file_and_no_word(tmp_path):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
    home = dict.fromkeys(("HOME", "USERPROFILE"), str(tmp_path))
    run = subprocess.run(
        [sys.executable, "-c", SESSION, *DEEP],
        env=kept | home | {"PYTHONPATH": str(Path(guide_helpers.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert run.stderr == ""
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == []
    here = [generate(table(m), m, seed=5, epochs=1).rows["x"].tolist() for m in DEEP]
    assert json.loads(run.stdout) == here


@pytest.mark.parametrize("method", DEEP)
def test_nothing_reaches_the_reader_and_the_generators_are_as_before(method, capfd):
    import torch

    torch.manual_seed(4)
    before, level = torch.rand(1), logging.root.manager.disable
    torch.manual_seed(4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        generate(table(method), method, seed=1, epochs=1)
    assert torch.rand(1) == before
    assert logging.root.manager.disable == level
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("method", DEEP)
def test_no_limit_at_the_extremes_of_the_records_is_left(method):
    fitted = find("methods", method).implementation(epochs=1)
    model = fitted.fit(table(method), rng=np.random.default_rng(1)).model_
    models = [model, *([model._context_synthesizer] if method == "par" else [])]
    limited = [t for m in models for t in m.get_transformers().values() if t is not None]
    assert any(hasattr(t, "enforce_min_max_values") for t in limited)
    assert not any(getattr(t, "enforce_min_max_values", False) for t in limited)


@pytest.mark.parametrize("method", DEEP)
def test_the_losses_of_each_epoch_can_be_read(method):
    fitted = find("methods", method).implementation(epochs=3)
    history = fitted.fit(table(method), rng=np.random.default_rng(1)).history_
    assert history["Epoch"].nunique() == 3


@pytest.mark.parametrize("method", ALL)
def test_every_card_names_the_licence_and_a_method_that_runs_without_sdv(method):
    card = find("methods", method).card
    assert card.licence.startswith("BUSL-1.1")
    note = next(w for w in card.weaknesses if "Business Source License" in w)
    other = find("methods", note.split("`")[-2])
    assert other.runs
    assert "sdv" not in other.card.requires


@pytest.mark.parametrize("method", ALL)
def test_a_missing_library_is_named_with_its_remedy(method, monkeypatch):
    for name in [m for m in sys.modules if m.split(".")[0] == "sdv"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sdv", None)
    with pytest.raises(GuideError, match=r"install guide-helpers\[sdv\]"):
        generate(table(method), method)


@pytest.mark.parametrize("method", DEEP)
def test_missing_torch_and_senseless_epochs_are_refused(method, monkeypatch):
    with pytest.raises(GuideError, match="epochs=0 is not a whole number of at least 1"):
        generate(table(method), method, epochs=0)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(GuideError, match=r"install guide-helpers\[deep\]"):
        generate(table(method), method)
