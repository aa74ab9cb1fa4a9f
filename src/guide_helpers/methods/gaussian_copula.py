"""Gaussian copula of SDV: a curve for each margin, one correlation for each pair."""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from guide_helpers.cards import (
    Capabilities,
    MethodCard,
    Status,
    UseCase,
    card,
    conditional,
    fit,
    unfit,
)
from guide_helpers.errors import GuideError
from guide_helpers.methods import _parts
from guide_helpers.methods._frame import assemble
from guide_helpers.schema import Dataset

MARGINS = ("beta", "norm", "truncnorm", "gamma", "uniform", "gaussian_kde")


@card(
    MethodCard(
        title="Gaussian copula (SDV)",
        summary=(
            "Fits a curve to each margin and one correlation to each pair of variables, then "
            "draws correlated normal values and maps them back through the curves."
        ),
        family="copula",
        origin=("patki2016",),
        inputs="the records of one table",
        sources=("patki2016", "nelsen2006", "datacebo2026"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: unfit(
                "no privacy guarantee, margins are fitted to the real extremes, and relations "
                "are too rough for unknown uses"
            ),
            UseCase.TESTING_ANALYSIS: unfit(
                "only pairwise, monotone relations survive; interactions and rules do not"
            ),
            UseCase.EDUCATION: conditional(
                "plausible margins and correlations for exercises, after a risk check"
            ),
            UseCase.TESTING_TECHNOLOGY: fit(
                "quick to fit and to draw in any size, with the right types and levels"
            ),
        },
        capabilities=Capabilities(
            missing=True,
            keeps_missing_rates=True,
            kinds=("categorical", "ordered", "integer", "number", "datetime"),
        ),
        weaknesses=(
            "One number a pair: curved relations, interactions and relations between unordered "
            "categories are lost or distorted {cite:p}`nelsen2006`.",
            "Rules, structural zeros and impossible combinations are not respected.",
            "A curve with few parameters misses spikes, gaps and heaps at round numbers.",
            "SDV's own limits at the smallest and greatest real value are switched off, because "
            "they publish extremes; draws are cut at public bounds only, and the default beta "
            "curve still ends near the real extremes.",
            "Left to itself SDV draws the same rows in every session; here its generators are "
            "set from the seed, through one private method of version 2.0.0.",
            "The Business Source License 1.1 is no open-source licence: use in an office and in "
            "teaching is granted, a commercial synthetic-data service is not, and each version "
            "turns MIT after four years {cite:p}`datacebo2026`. The method `cart` of the guide is "
            "under a permissive licence.",
        ),
        implementation="SDV 2.0.0",
        licence="BUSL-1.1 (sdv, rdt, copulas); the wrapper is Apache-2.0",
        requires=("sdv",),
    )
)
@dataclass
class GaussianCopula:
    """SDV's Gaussian copula, with the metadata made from the schema and kept in memory.

    `margins` names the family of curves for the margins. A constant or empty column is
    repeated, not modelled. Missing values and special codes get a column of their own in the
    model, so that they stay related to the other variables.
    """

    margins: str = "beta"

    def __post_init__(self) -> None:
        if self.margins not in MARGINS:
            raise GuideError(f"no margins {self.margins!r}; known: {', '.join(MARGINS)}")

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Fit the margins and their correlations."""
        metadata, synthesizer = _sdv()
        if len(data) < 2:
            raise GuideError("a copula needs at least 2 records to learn from; the table has 1")
        self.empty_ = replace(data, rows=data.rows.iloc[:0].copy())
        self.steps_ = _parts.steps(data)
        parts = _parts.split(data, rng)
        self.constants_ = {name: p[0] for name, p in parts.items() if len(np.unique(p)) == 1}
        self.model_ = None
        frame = _parts.frame({k: p for k, p in parts.items() if k not in self.constants_})
        if frame.shape[1]:
            columns = _parts.metadata(data.schema, frame)
            described = metadata.load_from_dict({"tables": {"data": {"columns": columns}}})
            with _quiet():
                self.model_ = synthesizer(
                    described, enforce_min_max_values=False, default_distribution=self.margins
                )
                self.model_.fit({"data": frame})
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` rows."""
        drawn = {name: np.full(n, value) for name, value in self.constants_.items()}
        if self.model_ is not None:
            self._set_seed(rng)
            with _quiet():
                frame = self.model_.sample(n)["data"]
            drawn |= {name: frame[name].astype(float).to_numpy() for name in frame}
        columns = _parts.join(self.empty_, drawn, self.steps_)
        return assemble(self.empty_, columns, n)

    def _set_seed(self, rng: np.random.Generator) -> None:
        """Set all generators of SDV, which otherwise start at a fixed number."""
        model: Any = self.model_
        model._set_random_state(_legacy(rng))
        for transformer in model.get_transformers().values():
            if transformer is not None:
                transformer.set_random_state(_legacy(rng), "reverse_transform")


def _legacy(rng: np.random.Generator) -> np.random.RandomState:
    return np.random.RandomState(rng.integers(2**32, size=4))


def _sdv() -> tuple[Any, Any]:
    """Return SDV's classes for metadata and synthesis."""
    try:
        with _no_settings_file(), _quiet():
            from sdv.metadata import Metadata
            from sdv.single_table import GaussianCopulaSynthesizer
    except ImportError:
        raise GuideError(
            "'gaussian_copula' needs the package sdv 2.0.0 (licence BUSL-1.1); "
            "install guide-helpers[sdv] or choose the method 'cart'"
        ) from None
    return Metadata, GaussianCopulaSynthesizer


@contextmanager
def _no_settings_file() -> Iterator[None]:
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
def _quiet() -> Iterator[None]:
    """Keep SDV's warnings and log lines, which may show values, off the screen."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
