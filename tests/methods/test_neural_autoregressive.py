"""Facts about the autoregressive network: what it sees, learns, repeats and does not copy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

import guide_helpers
from guide_helpers import GuideError, generate, infer
from guide_helpers.methods.neural_autoregressive import NeuralAutoregressive, _draw, _Network


@pytest.fixture(scope="module")
def pairs():
    """A quantity, a level that follows from it, and one that is the exclusive or of two."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=3_000)
    coin = rng.integers(2, size=3_000)
    words = np.array(["no", "yes"])
    rows = {"x": x, "above": words[(x > 0) * 1], "coin": words[coin], "xor": words[coin ^ (x > 0)]}
    return infer(pd.DataFrame(rows))


def fitted(data, seed=1, **options):
    return NeuralAutoregressive(**options).fit(data, rng=np.random.default_rng(seed))


@pytest.fixture(scope="module")
def trained(pairs):
    return fitted(pairs)


def test_no_output_sees_its_own_variable_or_a_later_one():
    sizes = [3, 2, 4, 5]
    network = _Network(torch, sizes, hidden=16, dropout=0.0)
    for weights in network.weights:
        weights.data = torch.randn(weights.shape)
    base = torch.zeros((1, 4), dtype=torch.long)
    for changed in range(4):
        other = base.clone()
        other[0, changed] = 1
        for column in range(4):
            same = torch.equal(network.shares(base, column), network.shares(other, column))
            assert same == (column <= changed)


def test_before_training_the_network_draws_each_margin():
    classes = torch.tensor([[0, 1]] * 30 + [[1, 0]] * 10)
    network = _Network(torch, [2, 2], hidden=4, dropout=0.0)
    network.start_at_the_margins(classes)
    for column, share in [(0, 0.25), (1, 0.75)]:
        found = network.shares(classes[:1], column)[0, 1].item()
        assert found == pytest.approx(share, abs=0.01)


def test_margins_and_relations_are_learned(pairs, trained):
    rows = trained.sample(5_000, rng=np.random.default_rng(2)).rows
    assert rows["x"].mean() == pytest.approx(pairs.rows["x"].mean(), abs=0.08)
    assert rows["x"].std() == pytest.approx(pairs.rows["x"].std(), abs=0.08)
    above = rows["above"] == "yes"
    assert (above == (rows["x"] > 0)).mean() > 0.97
    assert ((above ^ (rows["coin"] == "yes")) == (rows["xor"] == "yes")).mean() > 0.97


def test_training_stops_soon_after_the_best_loss(trained):
    history = trained.history_
    assert list(history.columns) == ["epoch", "training", "validation"]
    best = history["validation"].argmin()
    assert len(history) == min(best + 1 + trained.patience, trained.epochs)
    assert history["validation"][best] < history["validation"][0]


def test_epochs_limit_the_training_and_no_validation_part_is_needed(pairs):
    assert len(fitted(pairs, epochs=2).history_) == 2
    assert len(fitted(pairs, epochs=2, validation=0).history_) == 2


def test_no_quantity_of_a_single_record_is_copied(pairs, trained):
    rows = trained.sample(5_000, rng=np.random.default_rng(2)).rows
    assert not set(rows["x"]) & set(pairs.rows["x"])


def test_a_draw_follows_the_shares_and_never_takes_a_class_without_one():
    shares = np.tile([0.0, 0.5, 0.0, 0.5, 0.0], (4_000, 1))
    found = _draw(shares, np.random.default_rng(3))
    assert set(found) == {1, 3}
    assert (found == 1).mean() == pytest.approx(0.5, abs=4 * 0.5 / 4_000**0.5)


def test_global_generators_and_threads_are_as_before(pairs):
    torch.manual_seed(4)
    np.random.seed(4)  # noqa: NPY002
    expected = torch.rand(1), np.random.rand()  # noqa: NPY002
    torch.manual_seed(4)
    np.random.seed(4)  # noqa: NPY002
    threads = torch.get_num_threads()
    generate(pairs, "neural_autoregressive", epochs=1, seed=1)
    assert (torch.rand(1), np.random.rand()) == expected  # noqa: NPY002
    assert torch.get_num_threads() == threads


SESSION = """
import json
import numpy as np, pandas as pd
from guide_helpers import generate, infer
x = np.random.default_rng(0).normal(size=200).round(3)
rows = pd.DataFrame({"x": x, "side": np.where(x > 0, "right", "left")})
made = generate(infer(rows), "neural_autoregressive", seed=5, epochs=3).rows
print(json.dumps(made["x"].tolist()))
"""


def test_another_session_draws_the_same_rows():
    package = str(Path(guide_helpers.__file__).parents[1])
    run = subprocess.run(
        [sys.executable, "-c", SESSION],
        env=os.environ | {"PYTHONPATH": package},
        capture_output=True,
        text=True,
        check=True,
    )
    x = np.random.default_rng(0).normal(size=200).round(3)
    data = infer(pd.DataFrame({"x": x, "side": np.where(x > 0, "right", "left")}))
    here = generate(data, "neural_autoregressive", seed=5, epochs=3).rows["x"]
    assert json.loads(run.stdout) == here.tolist()


def test_few_records_and_senseless_options_are_refused(pairs):
    with pytest.raises(GuideError, match="fewer than least=10"):
        generate(pairs.with_rows(pairs.rows[:9]), "neural_autoregressive")
    for option in ({"epochs": 0}, {"validation": 1}, {"dropout": -0.1}, {"learning_rate": 0}):
        with pytest.raises(GuideError, match=f"{next(iter(option))}="):
            generate(pairs, "neural_autoregressive", **option)


def test_a_missing_library_is_named_with_its_remedy(pairs, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(GuideError, match=r"install guide-helpers\[deep\]"):
        generate(pairs, "neural_autoregressive")
