"""TVAE of SDV: records pass a bottleneck of a few normal numbers, and rows are drawn from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from guide_helpers.cards import (
    Capabilities,
    MethodCard,
    Status,
    UseCase,
    card,
    conditional,
    unfit,
)
from guide_helpers.methods._binned import check_whole
from guide_helpers.methods._sdv import (
    KINDS,
    NO_EXTREMES,
    VERSION,
    SdvTable,
    licence,
    licence_note,
)


@card(
    MethodCard(
        title="TVAE (SDV)",
        summary=(
            "Trains a network to write each record as a few nearly normal numbers and another to "
            "read it back, and draws rows by reading random numbers."
        ),
        family="deep generative",
        origin=("xu2019",),
        inputs="the records of one table",
        sources=("xu2019", "datacebo2026"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: unfit(
                "no privacy guarantee, and rare levels and groups vanish or are remembered"
            ),
            UseCase.TESTING_ANALYSIS: unfit(
                "variation is lost: rows come too near the middle of the file; compare with `cart`"
            ),
            UseCase.EDUCATION: conditional(
                "as an example of deep synthesis with its faults, after a risk check"
            ),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "right types in any size, but rare levels may be missing altogether"
            ),
        },
        capabilities=Capabilities(missing=True, kinds=KINDS),
        weaknesses=(
            "Too little variation: frequent levels become more frequent, rare ones and missing "
            "values may vanish, most of all after short training.",
            "There is no validation loss that says when to stop.",
            "Rules and structural zeros are learned as rare, not kept.",
            NO_EXTREMES,
            licence_note("The method `neural_autoregressive`"),
        ),
        implementation=VERSION,
        licence=licence("sdv", "rdt", "ctgan"),
        requires=("sdv", "torch"),
    )
)
@dataclass
class Tvae(SdvTable):
    """SDV's variational autoencoder for tables.

    `epochs` is the number of passes over the records, `batch` how many of them a step takes.
    After `fit`, `history_` holds the loss by epoch and step.
    """

    epochs: int = 300
    batch: int = 500

    slug: ClassVar[str] = "tvae"
    instead: ClassVar[str] = "neural_autoregressive"
    synthesizer: ClassVar[str] = "single_table.TVAESynthesizer"

    def __post_init__(self) -> None:
        check_whole(epochs=(self.epochs, 1), batch=(self.batch, 1))

    def _settings(self) -> dict[str, Any]:
        return {"epochs": self.epochs, "batch_size": self.batch, "enable_gpu": False}
