"""CTGAN of SDV: a generator learns to deceive a critic that tells its rows from the records."""

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
from guide_helpers.methods._sdv import (
    KINDS,
    NO_EXTREMES,
    VERSION,
    SdvTable,
    adversarial,
    check_adversarial,
    licence,
    licence_note,
)


@card(
    MethodCard(
        title="CTGAN (SDV)",
        summary=(
            "Trains two networks against each other, one that makes rows and one that tells them "
            "from the records, with rare levels shown to both more often than they occur."
        ),
        family="deep generative",
        origin=("xu2019",),
        inputs="the records of one table",
        sources=("xu2019", "datacebo2026", "sdv_issue1381", "sdv_issue2010"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: unfit(
                "no privacy guarantee, and margins and relations depend on a training that cannot "
                "be foreseen"
            ),
            UseCase.TESTING_ANALYSIS: unfit(
                "even margins are off after long training; compare with `cart` on your data"
            ),
            UseCase.EDUCATION: conditional(
                "as an example of deep synthesis with its faults, after a risk check"
            ),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "right types and levels in any size, but minutes of training for what `copula` "
                "does in a second"
            ),
        },
        capabilities=Capabilities(missing=True, kinds=KINDS),
        weaknesses=(
            "A fitted model holds the levels of every record for its sampler, and saving it does "
            "not drop them: treat the model file as the records themselves.",
            "Margins, even missing rates, come back only roughly, as the networks never see the "
            "file as a whole.",
            "Training needs thousands of records and hundreds of passes; there is no validation "
            "loss that says when to stop, and good losses can go with bad rows "
            "{cite:p}`sdv_issue2010`.",
            "Each level is a column inside the network: categories of many levels cost memory and "
            "time {cite:p}`sdv_issue1381`.",
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
class Ctgan(SdvTable):
    """SDV's conditional generative adversarial network.

    `epochs` is the number of passes over the records, `batch` how many of them a step takes (a
    multiple of 10). After `fit`, `history_` holds the losses of both networks by epoch, which
    say little: they measure each network against the other.
    """

    epochs: int = 300
    batch: int = 500

    slug: ClassVar[str] = "ctgan"
    instead: ClassVar[str] = "neural_autoregressive"
    synthesizer: ClassVar[str] = "single_table.CTGANSynthesizer"

    def __post_init__(self) -> None:
        check_adversarial(self.epochs, self.batch)

    def _settings(self) -> dict[str, Any]:
        return adversarial(self.epochs, self.batch)
