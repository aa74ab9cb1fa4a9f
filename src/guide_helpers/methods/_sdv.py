"""What the methods that call SDV share: plain columns, silence, seeds, no file left behind."""

from __future__ import annotations

import importlib
import io
import logging
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from guide_helpers.errors import GuideError
from guide_helpers.methods import _parts
from guide_helpers.methods._binned import check_whole
from guide_helpers.methods._frame import assemble
from guide_helpers.methods._torch import seeded, torch_for
from guide_helpers.schema import Dataset

VERSION = "SDV 2.0.0"
MARGINS = ("beta", "norm", "truncnorm", "gamma", "uniform", "gaussian_kde")
"""The families of curves that SDV fits to margins."""
PACK = 10
"""Rows that CTGAN's critic judges together."""
KINDS = ("categorical", "ordered", "integer", "number", "datetime")
NO_EXTREMES = (
    "SDV's own limits at the smallest and greatest real value are switched off, because they "
    "publish extremes; draws are cut at public bounds only."
)


def licence(*packages: str) -> str:
    """Return the licence of a method that calls packages of SDV."""
    return f"BUSL-1.1 ({', '.join(packages)}); the wrapper is Apache-2.0"


def licence_note(alternative: str) -> str:
    """Return what a card says of SDV's licence, and what runs under a permissive one."""
    return (
        "The Business Source License 1.1 is no open-source licence: use in an office and in "
        "teaching is granted, a commercial synthetic-data service is not, and each version "
        f"turns MIT after four years {{cite:p}}`datacebo2026`. {alternative} of the guide is "
        "under a permissive licence."
    )


def check_adversarial(epochs: int, batch: int) -> None:
    """Refuse options that CTGAN cannot train with."""
    check_whole(epochs=(epochs, 1), batch=(batch, PACK))
    if batch % PACK:
        raise GuideError(f"batch={batch} is no multiple of {PACK}, the rows judged together")


def adversarial(epochs: int, batch: int) -> dict[str, Any]:
    """Return the options of CTGAN and what is made of it."""
    return {"epochs": epochs, "batch_size": batch, "pac": PACK, "enable_gpu": False}


def load(method: str, instead: str, *names: str) -> list[Any]:
    """Return SDV's class for metadata and the classes named as `module.Class`."""
    try:
        with no_settings_file(), quiet():
            found = [importlib.import_module("sdv.metadata").Metadata]
            for name in names:
                module, _, item = name.rpartition(".")
                found.append(getattr(importlib.import_module(f"sdv.{module}"), item))
            return found
    except ImportError:
        raise GuideError(
            f"{method!r} needs the package sdv 2.0.0 (licence BUSL-1.1); "
            f"install guide-helpers[sdv] or choose the method {instead!r}"
        ) from None


class Columns:
    """The columns of a table that SDV is to model, and the way back; constants stay outside."""

    def __init__(self, data: Dataset, parts: Mapping[str, np.ndarray]) -> None:
        self.empty = replace(data, rows=data.rows.iloc[:0].copy())
        self.steps = _parts.steps(data)
        self.constants = {k: p[0] for k, p in parts.items() if len(np.unique(p)) == 1}

    def frame(self, parts: Mapping[str, np.ndarray]) -> pd.DataFrame:
        """Return the plain columns that vary, as SDV is given them."""
        return _parts.frame({k: p for k, p in parts.items() if k not in self.constants})

    def described(self, frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
        """Return what SDV must know of the plain columns, from the schema alone."""
        return _parts.metadata(self.empty.schema, frame)

    def joined(self, frame: pd.DataFrame | None, n: int) -> dict[str, Any]:
        """Return the variables of `n` drawn rows."""
        drawn = {name: np.full(n, value) for name, value in self.constants.items()}
        if frame is not None:
            drawn |= {str(k): frame[k].astype(float).to_numpy() for k in frame}
        return _parts.join(self.empty, drawn, self.steps)


class SdvTable:
    """A synthesizer of SDV for one table.

    The metadata are made from the schema and kept in memory. A constant or empty column is
    repeated, not modelled. Missing values and special codes get a column of their own in the
    model, so that they stay related to the other variables.
    """

    slug: ClassVar[str]
    instead: ClassVar[str]
    synthesizer: ClassVar[str]
    deep: ClassVar[bool] = True

    def _settings(self) -> dict[str, Any]:
        """Return the options of SDV's class."""
        raise NotImplementedError

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Fit SDV's model to the plain columns."""
        torch = torch_for(self.slug, self.instead) if self.deep else None
        metadata, synthesizer = load(self.slug, self.instead, self.synthesizer)
        if len(data) < 2:
            raise GuideError(
                f"{self.slug!r} needs at least 2 records to learn from; the table has 1"
            )
        parts = _parts.split(data, rng)
        self.columns_ = Columns(data, parts)
        self.model_, self.history_ = None, pd.DataFrame()
        frame = self.columns_.frame(parts)
        if frame.shape[1]:
            described = {"data": {"columns": self.columns_.described(frame)}}
            # the copula needs no global generator
            with quiet(), running(rng, torch) if self.deep else nullcontext():
                self.model_ = synthesizer(
                    metadata.load_from_dict({"tables": described}),
                    enforce_min_max_values=False,
                    **self._settings(),
                )
                self.model_.fit({"data": frame})
                if self.deep:
                    self.history_ = self.model_.get_loss_values()
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` rows."""
        frame = None
        if self.model_ is not None:
            torch = torch_for(self.slug, self.instead) if self.deep else None
            set_seed(self.model_, rng, torch)
            with quiet(), running(rng, torch) if self.deep else nullcontext():
                frame = self.model_.sample(n)["data"]
        return assemble(self.columns_.empty, self.columns_.joined(frame, n), n)


@dataclass
class CopulaTable(SdvTable):
    """SDV's Gaussian copula of one table: what its other models are without children or rows."""

    margins: str = "beta"

    instead: ClassVar[str] = "copula"
    synthesizer: ClassVar[str] = "single_table.GaussianCopulaSynthesizer"
    deep: ClassVar[bool] = False

    def _settings(self) -> dict[str, Any]:
        return {"default_distribution": self.margins}


def set_seed(model: Any, rng: np.random.Generator, torch: Any = None) -> None:
    """Set all generators of a synthesizer for one table, which otherwise start at a fixed number.

    This takes one private method of version 2.0.0.
    """
    state: Any = legacy(rng)
    if torch is not None:
        state = (state, torch.Generator().manual_seed(int(rng.integers(2**63))))
    model._set_random_state(state)
    for transformer in model.get_transformers().values():
        if transformer is not None:
            transformer.set_random_state(legacy(rng), "reverse_transform")


def legacy(rng: np.random.Generator) -> np.random.RandomState:
    """Return a generator of the old kind, seeded from a new one."""
    return np.random.RandomState(rng.integers(2**32, size=4))


@contextmanager
def no_settings_file() -> Iterator[None]:
    """Let SDV's import write its settings to a folder that goes away, not to the user's home."""
    import platformdirs

    before = platformdirs.user_data_dir
    with tempfile.TemporaryDirectory() as folder:
        platformdirs.user_data_dir = lambda *_, **__: folder
        try:
            yield
        finally:
            platformdirs.user_data_dir = before


@contextmanager
def quiet() -> Iterator[None]:
    """Keep SDV's warnings, prints and log lines, which may show values, off the screen."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


@contextmanager
def running(rng: np.random.Generator, torch: Any) -> Iterator[None]:
    """Run SDV's networks with seeds from `rng`, in this one process, where the seeds are."""
    from joblib import parallel_config  # type: ignore[import-untyped]

    with seeded(rng, torch), parallel_config(backend="sequential"):
        yield
