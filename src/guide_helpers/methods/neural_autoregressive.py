"""Neural autoregressive: one small network draws each variable given those before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

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
from guide_helpers.methods._binned import BinnedTable, check_whole
from guide_helpers.methods._frame import assemble
from guide_helpers.methods._torch import seeded, torch_for
from guide_helpers.schema import Dataset

EMBEDDING = 16
"""Numbers that stand for a class at the network's input."""
AT_ONCE = 4096
"""Records drawn in one pass, which bounds the memory."""
MEMORY = 0.98
"""Part of the averaged weights that a step of training keeps; single steps are noisy."""


@card(
    MethodCard(
        title="Neural autoregressive network",
        summary=(
            "Trains one small network that gives, for each variable in turn, the shares of its "
            "classes given the variables before it, and draws record by record along that chain."
        ),
        family="deep generative",
        origin=("germain2015",),
        inputs="the records of one table",
        sources=("germain2015", "tiwald2025"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: unfit(
                "no privacy guarantee, and what a network remembers of single records cannot be "
                "read from its weights"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "relations of several variables are learned where there are some thousands of "
                "records; compare with `cart`, which needs no training"
            ),
            UseCase.EDUCATION: conditional(
                "shows deep synthesis at work in less than a minute, after a risk check"
            ),
            UseCase.TESTING_TECHNOLOGY: fit(
                "right types, levels, missing rates and plausible relations in any size"
            ),
        },
        capabilities=Capabilities(
            missing=True,
            keeps_missing_rates=True,
            kinds=("categorical", "ordered", "integer", "number", "datetime"),
        ),
        weaknesses=(
            "Needs records: with a few hundred, training stops early and weak relations are lost.",
            "Quantities are known to the network by class only: relations within a class are lost.",
            "Rules and structural zeros are learned as rare, not kept.",
            "Rare levels come back at about their rate, and a level of one record is published.",
            "A value that `least` records share comes back as it is; extremes are averages of "
            "`least` records or a little beyond, so the far tail is too short.",
            "The order of the variables matters a little: later ones collect the errors of "
            "earlier ones.",
        ),
        implementation="guide_helpers, with PyTorch",
        licence="Apache-2.0; torch is BSD-3-Clause",
        requires=("torch",),
    )
)
@dataclass
class NeuralAutoregressive:
    """A masked network over classes: no output sees its own variable or a later one.

    Parameters
    ----------
    epochs
        Greatest number of passes over the records.
    patience
        Passes without a better loss on the validation part after which training stops; the best
        weights are kept.
    validation
        Share of the records that only decide when to stop.
    hidden
        Units in each of the two hidden layers.
    bins
        Classes of a quantity, of about equal share.
    least
        Records behind every class and every knot of the curves from which values are drawn.

    After `fit`, `history_` holds the mean loss by epoch (nats a record) on both parts.
    """

    epochs: int = 100
    patience: int = 8
    validation: float = 0.1
    hidden: int = 128
    batch: int = 128
    learning_rate: float = 1e-3
    dropout: float = 0.2
    bins: int = 30
    least: int = 10

    def __post_init__(self) -> None:
        check_whole(epochs=(self.epochs, 1), patience=(self.patience, 1))
        check_whole(hidden=(self.hidden, 1), batch=(self.batch, 1))
        check_whole(bins=(self.bins, 2), least=(self.least, 2))
        shares = {"validation": self.validation, "dropout": self.dropout}
        for name, share in shares.items():
            if not isinstance(share, int | float) or not 0 <= share < 1:
                raise GuideError(f"{name}={share!r} is not a share from 0 to below 1")
        if not isinstance(self.learning_rate, int | float) or not 0 < self.learning_rate < 1:
            raise GuideError(f"learning_rate={self.learning_rate!r} is not between 0 and 1")

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Train the network; only its weights and the smoothed curves are kept."""
        torch = torch_for("neural_autoregressive", "cart")
        table = BinnedTable.of(data, self.bins, self.least, rng)
        coded = [np.unique(c.codes, return_inverse=True) for c in table.columns.values()]
        self.table_, self.seen_ = table.without_codes(), [cells for cells, _ in coded]
        classes = np.column_stack([places for _, places in coded])
        order = rng.permutation(len(classes))
        held = max(int(len(order) * self.validation), int(self.validation > 0))
        with seeded(rng, torch):
            self.network_ = _Network(torch, [len(c) for c in self.seen_], self.hidden, self.dropout)
            parts = [torch.from_numpy(classes[rows]) for rows in (order[held:], order[:held])]
            self.history_ = self._train(torch, *parts)
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` rows, one variable after the other."""
        torch = torch_for("neural_autoregressive", "cart")
        drawn = np.zeros((n, len(self.seen_)), dtype=np.int64)
        with seeded(rng, torch), torch.no_grad():
            for start in range(0, n, AT_ONCE):
                part = torch.from_numpy(drawn[start : start + AT_ONCE])
                for column in range(part.shape[1]):
                    shares = self.network_.shares(part, column).numpy()
                    part[:, column] = torch.from_numpy(_draw(shares, rng))
        cells = [seen[places] for seen, places in zip(self.seen_, drawn.T, strict=True)]
        return assemble(self.table_.empty, self.table_.values(cells, rng), n)

    def _train(self, torch: Any, training: Any, held: Any) -> pd.DataFrame:
        """Train until the loss on the validation part stops to fall; return the losses.

        That loss is of weights averaged over the last steps, and the best of them are kept.
        """
        network = self.network_
        network.start_at_the_margins(training)
        weights = network.weights
        averaged = [w.detach().clone() for w in weights]
        optimiser = torch.optim.AdamW(weights, lr=self.learning_rate, weight_decay=1e-4)
        best, kept, waited = np.inf, averaged, 0
        losses = []
        for epoch in range(1, self.epochs + 1):
            network.weights, total = weights, 0.0
            for rows in torch.randperm(len(training)).split(self.batch):
                loss = network.loss(training[rows], train=True)
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                total += loss.item() * len(rows)
                _follow(averaged, weights)
            network.weights = averaged
            seen = network.loss(held).item() if len(held) else total / len(training)
            losses.append((epoch, total / len(training), seen))
            waited += 1
            if seen < best:
                best, kept, waited = seen, [w.clone() for w in averaged], 0
            if waited >= self.patience:
                break
        network.weights = kept
        return pd.DataFrame(losses, columns=["epoch", "training", "validation"])


def _follow(averaged: list[Any], weights: list[Any]) -> None:
    """Move averaged weights towards those of the last step."""
    for old, new in zip(averaged, weights, strict=True):
        old.mul_(MEMORY).add_(new.detach(), alpha=1 - MEMORY)


class _Network:
    """Embedded classes, two hidden layers and a direct layer, all masked in MADE's manner.

    A hidden unit has a degree: how many of the first variables it may see. The outputs of a
    variable see units whose degree is less than its place, so not the variable itself.
    """

    def __init__(self, torch: Any, sizes: list[int], hidden: int, dropout: float) -> None:
        self.torch, self.dropout = torch, dropout
        self.ends = np.cumsum([0, *sizes])
        columns = len(sizes)
        inputs = torch.arange(columns).repeat_interleave(EMBEDDING) + 1
        units = torch.arange(hidden) % max(columns - 1, 1) + 1
        outputs = torch.arange(columns).repeat_interleave(torch.tensor(sizes, dtype=torch.long))
        self.offsets = torch.tensor(self.ends[:-1])
        self.masks = [
            (a[:, None] <= b[None, :]).float()
            for a, b in [(inputs, units), (units, units), (units, outputs), (inputs, outputs)]
        ]
        scales = [(2 / (EMBEDDING * columns)) ** 0.5, (2 / hidden) ** 0.5, 0.0, 0.0]
        layers = [torch.randn(m.shape) * s for m, s in zip(self.masks, scales, strict=True)]
        biases = [torch.zeros(hidden), torch.zeros(hidden), torch.zeros(int(self.ends[-1]))]
        embedding = torch.randn(int(self.ends[-1]), EMBEDDING)
        self.weights = [w.requires_grad_() for w in [embedding, *layers, *biases]]

    def start_at_the_margins(self, classes: Any) -> None:
        """Let the first prediction be the share of each class, whatever the others are."""
        flat = (classes + self.offsets).flatten()
        counts = self.torch.bincount(flat, minlength=int(self.ends[-1])) + 0.1
        with self.torch.no_grad():
            self.weights[-1] += self.torch.log(counts / len(classes))

    def loss(self, classes: Any, *, train: bool = False) -> Any:
        """Return the mean negative log-likelihood of records, in nats."""
        functional = self.torch.nn.functional
        scores = self._scores(classes, train)
        each = [
            functional.cross_entropy(scores[:, a:b], classes[:, i])
            for i, (a, b) in enumerate(zip(self.ends[:-1], self.ends[1:], strict=True))
        ]
        return sum(each)

    def shares(self, classes: Any, column: int) -> Any:
        """Return the shares of a variable's classes given the variables before it."""
        a, b = self.ends[column], self.ends[column + 1]
        return self.torch.softmax(self._scores(classes, False, slice(a, b)).double(), dim=1)

    def _scores(self, classes: Any, train: bool, wanted: slice = slice(None)) -> Any:
        embedding, *layers, bias1, bias2, bias3 = self.weights
        first, second, last, direct = (w * m for w, m in zip(layers, self.masks, strict=True))
        drop = self.torch.nn.functional.dropout
        inputs = embedding[classes + self.offsets].flatten(1)
        units = drop(self.torch.relu(inputs @ first + bias1), self.dropout, train)
        units = units + drop(self.torch.relu(units @ second + bias2), self.dropout, train)
        return units @ last[:, wanted] + inputs @ direct[:, wanted] + bias3[wanted]


def _draw(shares: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return one class for each row of shares."""
    upto = np.cumsum(shares, axis=1)
    found = (rng.random(len(shares))[:, None] * upto[:, -1:] >= upto).sum(axis=1)
    return np.asarray(np.minimum(found, shares.shape[1] - 1))
