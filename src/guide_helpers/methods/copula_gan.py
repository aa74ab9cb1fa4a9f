"""CopulaGAN of SDV: CTGAN on quantities whose margins were made normal first."""

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
from guide_helpers.errors import GuideError
from guide_helpers.methods._sdv import (
    KINDS,
    MARGINS,
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
        title="CopulaGAN (SDV)",
        summary=(
            "Fits a curve to each quantity, makes it normal with that curve, and trains CTGAN on "
            "the result."
        ),
        family="deep generative",
        origin=("xu2019", "patki2016"),
        inputs="the records of one table",
        sources=("xu2019", "patki2016", "sdv_docs", "datacebo2026", "sdv_issue1381"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: unfit(
                "no privacy guarantee, and margins and relations depend on a training that cannot "
                "be foreseen"
            ),
            UseCase.TESTING_ANALYSIS: unfit(
                "curves with few parameters and a rough network; compare with `cart` on your data"
            ),
            UseCase.EDUCATION: conditional(
                "to be compared with CTGAN in a course on methods, after a risk check"
            ),
            UseCase.TESTING_TECHNOLOGY: conditional(
                "right types and levels in any size, but minutes of training for what `copula` "
                "does in a second"
            ),
        },
        capabilities=Capabilities(missing=True, kinds=KINDS),
        weaknesses=(
            "A curve with few parameters misses spikes, gaps and heaps at round numbers, and what "
            "it misses the network cannot bring back.",
            "Margins, even missing rates, come back only roughly.",
            "Each level is a column inside the network: categories of many levels cost memory and "
            "time {cite:p}`sdv_issue1381`.",
            "Rules and structural zeros are learned as rare, not kept.",
            NO_EXTREMES,
            licence_note("The method `neural_autoregressive`"),
        ),
        implementation=VERSION,
        licence=licence("sdv", "rdt", "ctgan", "copulas"),
        requires=("sdv", "torch"),
    )
)
@dataclass
class CopulaGan(SdvTable):
    """SDV's CTGAN after a normalising curve for each quantity.

    `epochs` is the number of passes over the records, `batch` how many of them a step takes (a
    multiple of 10), `margins` the family of curves. After `fit`, `history_` holds the losses of
    both networks by epoch.
    """

    epochs: int = 300
    batch: int = 500
    margins: str = "beta"

    slug: ClassVar[str] = "copula_gan"
    instead: ClassVar[str] = "neural_autoregressive"
    synthesizer: ClassVar[str] = "single_table.CopulaGANSynthesizer"

    def __post_init__(self) -> None:
        check_adversarial(self.epochs, self.batch)
        if self.margins not in MARGINS:
            raise GuideError(f"no margins {self.margins!r}; known: {', '.join(MARGINS)}")

    def _settings(self) -> dict[str, Any]:
        return adversarial(self.epochs, self.batch) | {"default_distribution": self.margins}
