"""Codes and short texts, with everything else drawn by another method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import pandas as pd

from guide_helpers.cards import Capabilities, MethodCard, Status, UseCase, card, conditional, fit
from guide_helpers.catalogue import find
from guide_helpers.errors import GuideError
from guide_helpers.methods._codes import Codes
from guide_helpers.methods._options import names_of, truth, whole
from guide_helpers.methods._text_plan import fixed, plan
from guide_helpers.methods._told import MISSING, Told
from guide_helpers.schema import Dataset, Kind, Role, Schema
from guide_helpers.suitability import check_options, refuse


@card(
    MethodCard(
        title="Codes and text (patterns, Markov chains)",
        summary=(
            "Draws all other columns by another method, with levels in place of strings; keeps "
            "the codes and texts of enough units, makes new codes of the same shape, and writes "
            "new texts word by word."
        ),
        family="text and codes",
        origin=("shannon1948",),
        inputs="the records of one table, with columns of text",
        sources=("shannon1948", "metasyn2024", "carlini2019"),
        status=Status.IN_RESEARCH,
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                "after the attack on memorised strings and a reading of the file: what enough "
                "units wrote comes back, and enough is a number that you choose"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "codes, and texts that belong to a code, follow the other columns; a remark that "
                "is written anew says nothing: code it first and synthesise the code"
            ),
            UseCase.EDUCATION: fit(
                "product names and short answers that read like the real ones and can be cleaned, "
                "coded and counted"
            ),
            UseCase.TESTING_TECHNOLOGY: fit(
                "lengths, alphabets, shapes of codes and repeated strings that a system must "
                "take; ask for fresh ones"
            ),
        },
        capabilities=Capabilities(
            panel=True,
            partial=True,
            keeps_rules=True,
            keeps_structural_zeros=True,
            missing=True,
            keeps_missing_rates=True,
            in_browser=True,
            kinds=("categorical", "ordered", "integer", "number", "datetime", "text"),
        ),
        weaknesses=(
            "A string that enough units share comes back as it is, be it a secret they share; "
            "what few units wrote can be rebuilt from pieces that many use, and only sequences of "
            "`order` + 1 pieces are watched.",
            "Texts are short and local: after three words the chain has forgotten how they began, "
            "and half of what it writes means nothing.",
            "A text without a subject that is written anew is not related to the rest of its "
            "record.",
            "New codes have the shape and the beginning of rare ones, not their meaning; check "
            "digits are not right, and a fresh code shows half of the code it stands for.",
            "Rules that name a column of text are not kept.",
            "Texts of few units are never written, not even by chance: that one is absent "
            "tells a patient reader a little.",
        ),
    )
)
@dataclass
class TextAndCodes:
    """Draw everything but text by another method, then write codes and texts.

    Parameters
    ----------
    min_units
        A code or a text comes back as it is, and a sequence of words is learned, only where at
        least so many privacy units have it.
    order
        How many words the chain looks back; of texts without common words, twice as many
        characters.
    codes
        The columns that hold codes; None takes short texts without blanks, of figures or capitals.
    subject
        What a text belongs to, a column of codes or a categorical one: {"description":
        "stock_code"}. None finds columns of codes that settle the text; {} looks for none.
    fresh
        No common code and no text of the original comes back; a rare code only by chance.
    rest
        The method that draws all other columns, with a level in place of each code and of each
        text that has no subject; None takes "cart", or "baskets" where units have several rows.
    rest_options
        Its options: {"returned": "cancelled == 'yes'"}.
    synthesise
        Variables to replace, given all others, where `rest` can do that; None replaces all.
    """

    min_units: int = 3
    order: int = 2
    codes: Sequence[str] | None = None
    subject: Mapping[str, str] | None = None
    fresh: bool = False
    rest: str | None = None
    rest_options: Mapping[str, Any] = field(default_factory=dict)
    synthesise: Sequence[str] | None = None

    def __post_init__(self) -> None:
        whole("min_units", self.min_units, 1)
        whole("order", self.order, 1)
        truth("fresh", self.fresh)
        names_of("codes", self.codes)
        for name, value in (("subject", self.subject or {}), ("rest_options", self.rest_options)):
            if not isinstance(value, Mapping):
                raise GuideError(f"{name}={value!r} names nothing; give pairs in braces")

    def fit(self, data: Dataset, *, rng: np.random.Generator) -> Self:
        """Learn codes and texts, then give the table with levels in their place to `rest`."""
        self.data_, self.plan_ = data, plan(data, self.codes, self.subject)
        units, levels = data.units, {}
        self.codes_: dict[str, Codes] = {}
        self.told_: dict[str, Told] = {}
        for name in self.plan_.codes:
            values = data.rows[name].to_numpy()
            self.codes_[name], levels[name] = Codes.learn(values, units, self.min_units)
        for name in self.plan_.alone:
            alone = np.zeros(len(data), dtype=np.int64)
            self.told_[name] = self._told(name, alone, units, settled=False)
            levels[name] = self.told_[name].choices(data.rows[name].to_numpy())
        for name, of in self.plan_.subject.items():
            subjects = levels[of] if of in levels else self._places(data.rows[of])
            settled = fixed(data, name, of)
            self.told_[name] = self._told(name, subjects, units, settled=settled)
        self._learn_rest(levels, rng)
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Dataset:
        """Draw `n` units, then write their codes, then the texts that belong to them."""
        base = self.base_ if self.rest_ is None else self.rest_.sample(n, rng=rng)
        columns = {name: base.rows[name].array for name in base.schema.names}
        levels, entries = {}, {}
        for name in self.plan_.numbered:
            levels[name] = entries[name] = _numbers(base.rows[name])
            if name in self.codes_:
                columns[name], entries[name] = self.codes_[name].write(
                    levels[name], fresh=self.fresh, rng=rng
                )
            else:
                nothing = np.zeros(len(base), dtype=np.int64)
                columns[name] = self.told_[name].put(
                    levels[name], nothing, nothing, fresh=self.fresh, rng=rng
                )
        for name, of in self.plan_.subject.items():
            subjects = self._original(of, base, levels)
            columns[name] = self.told_[name].write(
                subjects, entries.get(of, subjects), fresh=self.fresh, rng=rng
            )
        for name in set(columns) & self._kept():
            columns[name] = self.data_.rows[name].array
        schema = _with_names_of(self.data_.schema, base.schema)
        rows = pd.DataFrame({name: columns[name] for name in schema.names})
        return Dataset.of(rows, schema, entity=base.entity, time=base.time, name=base.name)

    def _told(self, name: str, subjects: np.ndarray, units: np.ndarray, *, settled: bool) -> Told:
        told = Told.learn(
            self.data_.rows[name].to_numpy(),
            subjects,
            units,
            order=self.order,
            min_units=self.min_units,
            fixed=settled,
        )
        if told.chain.empty and self.data_.rows[name].notna().any():
            raise GuideError(
                f"no word and no character of column {name!r} is shared by {self.min_units} units, "
                "so there is nothing to write with; lower min_units or drop the column"
            )
        return told

    def _learn_rest(self, levels: Mapping[str, np.ndarray], rng: np.random.Generator) -> None:
        """Fit the method that draws all but text, where anything else is to be drawn."""
        slug = self.rest or ("baskets" if self.data_.panel else "cart")
        entry = find("methods", slug)
        if entry.implementation is type(self):
            raise GuideError(f"rest={slug!r} would draw text by itself; name another method")
        if entry.runs and entry.card.capabilities.formal_privacy:
            raise GuideError(
                f"rest={slug!r} gives a guarantee that the strings do not have; name another method"
            )
        self.base_ = self._with_levels(levels, text="text" in entry.card.capabilities.kinds)
        asked: dict[str, Any] = {}
        if self.synthesise is not None:
            asked["synthesise"] = [n for n in self.synthesise if n in self.base_.schema]
            if not [n for n in asked["synthesise"] if n not in self.plan_.subject]:
                self.rest_ = None
                return
        refuse(entry, self.base_, **asked)
        check_options(entry, dict(self.rest_options))
        assert entry.implementation is not None  # refuse has looked
        method = entry.implementation(**self.rest_options, **asked)
        self.rest_ = method.fit(self.base_, rng=rng)

    def _with_levels(self, levels: Mapping[str, np.ndarray], *, text: bool) -> Dataset:
        """Return the table without texts that have a subject, and numbers in place of others."""
        names = [n for n in self.data_.schema.names if n not in self.plan_.subject]
        schema = self.data_.schema.keep([n for n in names if n not in levels])
        kind = Kind.TEXT if text else Kind.CATEGORICAL
        plain = {n: replace(self.data_.schema[n], kind=kind, levels=None) for n in levels}
        variables = tuple(plain.get(n, self.data_.schema[n]) for n in names)
        rows = self.data_.rows[names].assign(**{n: _labels(v) for n, v in levels.items()})
        return Dataset.of(
            rows,
            replace(schema, variables=variables),
            entity=self.data_.entity,
            time=self.data_.time,
            name=self.data_.name,
        )

    def _kept(self) -> set[str]:
        if self.synthesise is None:
            return set()
        return {v.name for v in self.data_.schema.modelled} - set(self.synthesise)

    def _places(self, values: pd.Series) -> np.ndarray:
        """Return the numbers of levels as the original has them."""
        known = self.data_.rows[str(values.name)].cat.categories
        return pd.Categorical(values, categories=known).codes.astype(np.int64)

    def _original(self, of: str, base: Dataset, levels: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the subject of each row as the original has it, -1 for a code made anew."""
        if of not in levels:
            return self._places(base.rows[of])
        new = np.append(self.codes_[of].grouped, False)[levels[of]]
        return np.where(new, -1, levels[of])


def _labels(numbers: np.ndarray) -> np.ndarray:
    names = numbers.astype(str).astype(object)
    names[numbers == MISSING] = None
    return names


def _numbers(labels: pd.Series) -> np.ndarray:
    known = pd.to_numeric(labels.astype(object)).fillna(MISSING)
    return known.to_numpy(dtype=np.int64)


def _with_names_of(schema: Schema, made: Schema) -> Schema:
    """Return the schema with what the other method left of direct identifiers."""
    for v in schema.variables:
        if v.role is Role.DIRECT_IDENTIFIER and v.name in made:
            schema = schema.change(v.name, levels=made[v.name].levels, bounds=made[v.name].bounds)
    return schema
