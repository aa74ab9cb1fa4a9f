"""Facts about the Gaussian copula: what it keeps, its seeds, and what it leaves on the disk."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import guide_helpers
from guide_helpers import GuideError, generate, infer
from guide_helpers.schema import Dataset, Kind, Provenance, Schema, Variable

PUBLIC = Provenance.PUBLIC


def mixed(n=400, seed=0):
    """Draw people whose wage grows with education, some without a date or an age."""
    rng = np.random.default_rng(seed)
    education = rng.integers(0, 4, n)
    since = pd.Series(pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n), "D"))
    age = rng.integers(0, 90, n).astype(float)
    age[rng.random(n) < 0.2] = -9
    rows = {
        "sex": pd.Series(rng.choice(["f", "m"], n)).where(rng.random(n) > 0.15),
        "education": np.array(list("abcd"))[education],
        "age": age,
        "wage": rng.gamma(5, 200, n) + 1_000 * education,
        "since": since.where(rng.random(n) > 0.3),
        "nothing": np.nan,
        "year": 2020,
    }
    schema = Schema(
        (
            Variable("sex", Kind.CATEGORICAL, levels=("f", "m", "x")),
            Variable("education", Kind.ORDERED, levels=tuple("abcd")),
            Variable(
                "age", Kind.INTEGER, bounds=(0, 89), bounds_from=PUBLIC, special={-9: "unknown"}
            ),
            Variable("wage", Kind.NUMBER),
            Variable("since", Kind.DATETIME),
            Variable("nothing", Kind.NUMBER),
            Variable("year", Kind.INTEGER),
        )
    )
    return Dataset.of(pd.DataFrame(rows), schema)


@pytest.fixture(scope="module")
def original():
    return mixed()


@pytest.fixture(scope="module")
def synthetic(original):
    return generate(original, "gaussian_copula", n=3_000, seed=1)


def test_types_and_levels_are_those_of_the_original(original, synthetic):
    assert (synthetic.rows.dtypes == original.rows.dtypes).all()


def test_a_relation_between_an_ordered_variable_and_a_number_is_kept(original, synthetic):
    for rows in (original.rows, synthetic.rows):
        assert rows["education"].cat.codes.corr(rows["wage"]) > 0.7


def test_missing_values_and_special_codes_come_back_in_their_shares(original, synthetic):
    for column in ("sex", "since"):
        gap = synthetic.rows[column].isna().mean() - original.rows[column].isna().mean()
        assert abs(gap) < 0.06
    shares = [(rows["age"] == -9).mean() for rows in (original.rows, synthetic.rows)]
    assert shares[1] == pytest.approx(shares[0], abs=0.06)


def test_quantities_stay_within_public_bounds_and_dates_are_days(synthetic):
    ages = synthetic.rows["age"]
    assert ages[ages != -9].between(0, 89).all()
    assert (
        synthetic.rows["since"].dropna().dt.normalize() == synthetic.rows["since"].dropna()
    ).all()


def test_constant_and_empty_columns_are_repeated(synthetic):
    assert (synthetic.rows["year"] == 2020).all()
    assert synthetic.rows["nothing"].isna().all()


def test_the_copula_reproduces_a_known_correlation():
    rng = np.random.default_rng(3)
    x, e = rng.normal(size=(2, 2_000))
    rows = pd.DataFrame({"x": x, "y": 0.6 * x + 0.8 * e})
    data = Dataset.of(rows, Schema((Variable("x", Kind.NUMBER), Variable("y", Kind.NUMBER))))
    found = generate(data, "gaussian_copula", margins="norm", n=10_000, seed=1).rows
    assert found.corr().loc["x", "y"] == pytest.approx(rows.corr().loc["x", "y"], abs=0.04)


def test_seeds_decide_the_rows_and_a_release_takes_the_systems_entropy(original):
    small = original.keep("education", "wage")
    once, again, other, free, release = (
        generate(small, "gaussian_copula", **options).rows
        for options in ({"seed": 1}, {"seed": 1}, {"seed": 2}, {}, {"release": True})
    )
    assert once.equals(again)
    assert not any(once.equals(rows) for rows in (other, free, release))


def test_two_copies_differ(original):
    copies = generate(original.keep("wage"), "gaussian_copula", m=2, seed=1).copies
    assert not copies[0].rows.equals(copies[1].rows)


def test_one_column_and_columns_without_variation_are_enough(original):
    assert len(generate(original.keep("sex"), "gaussian_copula", seed=1)) == 400
    assert len(generate(original.keep("year", "nothing"), "gaussian_copula", seed=1, n=7)) == 7


def test_one_record_is_refused_rather_than_returned(original):
    one = original.with_rows(original.rows.iloc[:1])
    with pytest.raises(GuideError, match="at least 2 records"):
        generate(one, "gaussian_copula")


def test_unknown_margins_are_refused_with_the_known_ones(original):
    with pytest.raises(GuideError, match="no margins 'cauchy'; known: beta, norm"):
        generate(original, "gaussian_copula", margins="cauchy")


def test_no_warning_reaches_the_reader_and_logging_is_as_before(original):
    before = logging.root.manager.disable
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        generate(original, "gaussian_copula", seed=1)
    assert logging.root.manager.disable == before


def test_a_missing_library_is_named_with_its_remedy(original, monkeypatch):
    for name in [m for m in sys.modules if m.split(".")[0] == "sdv"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sdv", None)
    with pytest.raises(GuideError, match=r"install guide-helpers\[sdv\]"):
        generate(original, "gaussian_copula")


PACKAGE = str(Path(guide_helpers.__file__).parents[1])
SESSION = """
import json, sys

class NoTorch:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")

sys.meta_path.insert(0, NoTorch())
import numpy as np, pandas as pd
from guide_helpers import generate, infer
x = np.random.default_rng(0).normal(size=50).round(3)
rows = pd.DataFrame({"x": x, "side": np.where(x > 0, "right", "left")})
print(json.dumps(generate(infer(rows), "gaussian_copula", seed=5).rows["x"].tolist()))
"""


def test_another_session_draws_the_same_rows_without_torch_or_files_at_home(tmp_path):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
    run = subprocess.run(
        [sys.executable, "-c", SESSION],
        env=kept | dict.fromkeys(("HOME", "USERPROFILE"), str(tmp_path)) | {"PYTHONPATH": PACKAGE},
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert run.stderr == ""
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == []
    x = np.random.default_rng(0).normal(size=50).round(3)
    data = infer(pd.DataFrame({"x": x, "side": np.where(x > 0, "right", "left")}))
    here = generate(data, "gaussian_copula", seed=5).rows["x"]
    assert json.loads(run.stdout) == here.tolist()
