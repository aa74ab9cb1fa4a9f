"""Households first, then their members one after the other, each given those before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
)
from guide_helpers.errors import GuideError
from guide_helpers.methods._counted import Count, counts_of
from guide_helpers.methods._frame import assemble, serial
from guide_helpers.methods._homes import home_of, link_of, numbered, rounded, with_limits
from guide_helpers.methods._members import Household, Members, learnt, of_first
from guide_helpers.methods._options import names_of, truth, whole
from guide_helpers.methods._sequence import WEIGHTS
from guide_helpers.methods._sequence import weight as weight_of
from guide_helpers.methods._sequential import MOST_BINS, Sequential
from guide_helpers.schema import Data, Dataset, Kind, LinkedTables, Role, Schema

STRUCTURES = ("modelled", "resampled")
ROUNDS = 30
"""How often households are drawn anew that no members fit."""


@card(
    MethodCard(
        title="Household synthesis",
        summary=(
            "Draws households by sequential trees, weights of the survey honoured, then their "
            "members one after the other, each given the household and the members before; or "
            "resamples who lives together, as simPop does, and draws the rest."
        ),
        family="population",
        made_for="households and persons",
        origin=("alfons2011", "templ2017"),
        inputs="the records of a household survey: one table of households, one of their members",
        sources=("alfons2011", "templ2017", "reiter2005", "dewolf2015", "eurostat_silc_puf"),
        status=Status.IN_USE,
        used_by=(
            "Eurostat's public-use files of EU-SILC are fully synthetic "
            "{cite:p}`eurostat_silc_puf` and were set up with resampled structure "
            "{cite:p}`dewolf2015`; the modelled structure is the guide's"
        ),
        suits={
            UseCase.PUBLIC_RELEASE: conditional(
                "in use for it: with few variables, a clear label and a check of large "
                "households by household, whose structure is a real one if it is resampled"
            ),
            UseCase.TESTING_ANALYSIS: conditional(
                "tables of households, of persons and of both together come back; relations "
                "between members beyond the first two and the one before are weaker. Offices that "
                "publish such files say that they are not for inference "
                "{cite:p}`eurostat_silc_puf`"
            ),
            UseCase.EDUCATION: fit(
                "survey weights, households and indicators of poverty can be taught on it "
                "{cite:p}`eurostat_silc_puf`"
            ),
            UseCase.TESTING_TECHNOLOGY: fit(
                "the format of the real survey with households that fit together"
            ),
        },
        capabilities=Capabilities(
            linked=True,
            keeps_rules=True,
            keeps_structural_zeros=True,
            missing=True,
            weights=True,
            in_browser=True,
            kinds=("categorical", "ordered", "integer", "number", "datetime"),
        ),
        weaknesses=(
            'With structure="resampled" age and sex of the members of a household come together '
            "from a real one, so a unique large household may be found, with invented income "
            "{cite:p}`dewolf2015`. The default draws each member anew.",
            "Later members know the household, the first two members and the one before: what "
            "ties the fourth to the third child beyond that is lost.",
            "What holds without exception (a count of the household, the householder's sex by "
            "type) is found in the records and kept; that it has no exception is then given away.",
            "Values of trees are real ones where they are common, and there is no formal "
            "guarantee: judge the risk by household, not by person.",
            "No household is much larger than the largest of the original.",
            "Members have no order in time: panels and events are refused. Cross-sections only, as "
            "the files of EU-SILC {cite:p}`dewolf2015`.",
        ),
    )
)
@dataclass
class HouseholdSynthesis:
    """Synthesise households and their members.

    Parameters
    ----------
    structure
        "modelled": every column of every member is drawn. "resampled": size and key levels of
        households and the columns `basic` of their members come together from a real household,
        drawn by its weight.
    basic
        Columns of members that are resampled; None takes age and sex.
    counts
        Columns of the household that count members: {"workers": 'employment == "employed"'}. None
        finds those that hold for all.
    found
        Also keep combinations of a member's level with the household's, or with the first
        member's, that chance alone would have brought 20 times or more and that never occur.
    weights
        "modelled": the weight of a household is drawn last, given its other columns. "carried":
        drawn first, and all else given it. "used": households are drawn by it, and all have the
        same weight.
    min_leaf, keep_rules, smooth, max_bins
        As in sequential trees.
    """

    structure: str = "modelled"
    basic: Sequence[str] | None = None
    counts: Mapping[str, str] | None = None
    found: bool = True
    weights: str = "modelled"
    min_leaf: int = 10
    keep_rules: bool = True
    smooth: bool = True
    max_bins: int = 64

    def __post_init__(self) -> None:
        for name, known in (("structure", STRUCTURES), ("weights", WEIGHTS)):
            if getattr(self, name) not in known:
                raise GuideError(f"no {name} {getattr(self, name)!r}; known: {', '.join(known)}")
        names_of("basic", self.basic)
        if self.counts is not None and not isinstance(self.counts, Mapping):
            raise GuideError(f"counts={self.counts!r} is not a mapping by column of the household")
        whole("min_leaf", self.min_leaf, 1)
        whole("max_bins", self.max_bins, 2, MOST_BINS)
        for name in ("found", "keep_rules", "smooth"):
            truth(name, getattr(self, name))

    def fit(self, data: Data, *, rng: np.random.Generator) -> Self:
        """Learn households, then members; one table alone is drawn by sequential trees."""
        self.data_ = data
        if isinstance(data, Dataset):
            self.alone_ = Sequential(**self._options()).fit(data, rng=rng)
            return self
        self.link_, self.home_ = link_of(data, "household_synthesis"), home_of(data)
        if self.structure == "resampled":
            self._resampling(rng)
        else:
            self.counts_ = self._counts()
            self.home_ = with_limits(self.home_, self.counts_)
            self.units_ = Sequential(**self._options()).fit(self.home_.units, rng=rng)
            self.members_ = Members.learn(
                self.home_, self.counts_, rng=rng, found=self.found, **self._of_members()
            )
        return self

    def sample(self, n: int, *, rng: np.random.Generator) -> Data:
        """Draw `n` households with their members."""
        if isinstance(self.data_, Dataset):
            return self.alone_.sample(n, rng=rng)
        if self.structure == "resampled":
            return self._file(*self._resampled(n, rng), rng)
        units = self._units(n, rng)
        unit, rows, bad = self.members_.draw(units, rng)
        for _ in range(ROUNDS):
            if not len(bad):
                break
            units, unit, rows, bad = self._again(units, unit, rows, bad, rng)
        if len(bad) and self.keep_rules:
            raise GuideError(
                f"rules cannot be kept in {len(bad)} of {n} households: no members go with what "
                "was drawn for them; drop a rule, or a count with counts={}"
            )
        return self._file(units, unit, rows, rng)

    def _options(self) -> dict[str, Any]:
        names = ("min_leaf", "keep_rules", "smooth", "max_bins", "weights")
        return {name: getattr(self, name) for name in names}

    def _of_members(self) -> dict[str, Any]:
        """Return the options of the models of members; they know a weight that is carried."""
        used = "used" if self.weights == "used" else "modelled"
        return self._options() | {"weights": used}

    def _counts(self) -> tuple[Count, ...]:
        home = self.home_
        return counts_of(self.counts, home.units, home.members, home.unit, home.size)

    def _units(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        rows = self.units_.sample(n, rng=rng).rows
        sizes = rows[self.home_.size].to_numpy(dtype=float, na_value=0).round().clip(0)
        return rows.assign(**{self.home_.size: sizes.astype(np.int64)})

    def _again(
        self,
        units: pd.DataFrame,
        unit: np.ndarray,
        rows: pd.DataFrame,
        bad: np.ndarray,
        rng: np.random.Generator,
    ) -> tuple[pd.DataFrame, np.ndarray, pd.DataFrame, np.ndarray]:
        """Replace households that no members fit by others."""
        fresh = self._units(len(bad), rng)
        theirs, members, still = self.members_.draw(fresh, rng)
        good = ~np.isin(unit, bad)
        whole_units = pd.concat([units.drop(bad), fresh.set_axis(bad)]).sort_index()
        of = np.concatenate([unit[good], bad[theirs]])
        order = np.argsort(of, kind="stable")
        both = pd.concat([rows[good], members], ignore_index=True)
        return whole_units, of[order], both.iloc[order].reset_index(drop=True), bad[still]

    def _resampling(self, rng: np.random.Generator) -> None:
        """Learn what is drawn around a real structure."""
        home = self.home_
        self.counts_ = self._counts()
        schema, members = home.units.schema, home.members.schema
        self.basic_ = _basic(self.basic, members)
        keys = [v.name for v in schema.modelled if v.role is Role.KEY and v.discrete]
        self.kept_ = list(dict.fromkeys([home.size, *keys]))
        self.equal_ = weights = schema.of_role(Role.WEIGHT)[:1]
        self.chance_ = np.full(len(home.units), 1 / len(home.units))
        if weights:
            self.chance_ = weight_of(home.units) / weight_of(home.units).sum()
        used = "used" if weights else "modelled"
        part = replace(home, units=home.units.keep(*self.kept_, *weights))
        options = self._options() | {"weights": used}
        self.members_ = Members.learn(
            part, (), rng=rng, fixed=self.basic_, found=self.found, **options
        )
        settled = {*self.kept_, *(c.name for c in self.counts_), *weights}
        rest = [v.name for v in schema.modelled if v.name not in settled]
        self.rest_ = learnt(_beside(home), rest, rng, **options) if rest else None

    def _resampled(
        self, n: int, rng: np.random.Generator
    ) -> tuple[pd.DataFrame, np.ndarray, pd.DataFrame]:
        home = self.home_
        chosen = rng.choice(len(home.units), n, p=self.chance_)
        units = home.units.rows[self.kept_].iloc[chosen].reset_index(drop=True)
        sizes = home.sizes
        first, many = (np.cumsum(sizes) - sizes)[chosen], sizes[chosen]
        place = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
        lines = np.repeat(first, many) + place
        given = home.members.rows[list(self.basic_)].iloc[lines].reset_index(drop=True)
        for name in self.equal_:
            units[name] = home.units.rows[name].sum() / n
        unit, rows, bad = self.members_.draw(units, rng, given)
        if len(bad) and self.keep_rules:
            raise GuideError(
                f"rules cannot be kept in {len(bad)} of {n} households with a real structure; "
                'take structure="modelled"'
            )
        for count in self.counts_:
            units[count.name] = np.bincount(unit[count.holds(rows)], minlength=n)
        if self.rest_ is not None:
            known = units.join(_first_of(rows, unit, place == 0, home.members.schema, n))
            drawn = self.rest_.draw(known, rng)
            units = units.assign(**{str(name): drawn[name] for name in drawn})
        return units, unit, rows

    def _file(
        self, units: pd.DataFrame, unit: np.ndarray, rows: pd.DataFrame, rng: np.random.Generator
    ) -> LinkedTables:
        """Return both tables with fresh keys; persons are numbered within their household."""
        data, link = self.data_, self.link_
        assert isinstance(data, LinkedTables)
        parent, child = data[link.parent], data[link.child]
        columns = {str(n): units[n].array for n in map(str, units) if n in parent.schema}
        for name in parent.schema.of_role(Role.WEIGHT):
            if parent.schema[name].kind is Kind.INTEGER:
                columns[name] = rounded(units[name].to_numpy(dtype=float), rng)
        made = {link.parent: assemble(parent, columns, len(units))}
        key = child.schema[link.key].kind
        members = {str(n): rows[n].array for n in rows} | {link.key: serial(unit + 1, key)}
        sizes = np.bincount(unit, minlength=len(units))
        place = np.arange(len(unit)) - (np.cumsum(sizes) - sizes)[unit]
        for v in child.schema.variables:
            if v.kind is Kind.IDENTIFIER and numbered(child.rows[v.name], self.home_):
                members[v.name] = place + 1
        made[link.child] = assemble(child, members, len(rows))
        tables = {name: made[name] for name in data.tables}
        return LinkedTables(tables, data.links, data.name)


def _basic(asked: Sequence[str] | None, members: Schema) -> tuple[str, ...]:
    known = [v.name for v in members.modelled]
    names = [n for n in ("age", "sex") if n in known] if asked is None else list(asked)
    for name in names:
        if name not in known:
            raise GuideError(f"basic names {name!r}; known columns: {', '.join(known)}")
    if not names:
        raise GuideError("nothing to resample of members; name columns with basic=[...]")
    return tuple(names)


def _beside(home: Household) -> Dataset:
    """Return households with the columns of their first member beside their own."""
    members = home.members.schema
    first = _first_of(home.members.rows, home.unit, home.place == 0, members, len(home.units))
    variables = [replace(v, name=of_first(v.name), role=Role.OTHER) for v in members.modelled]
    schema = home.units.schema
    schema = replace(schema, variables=(*schema.variables, *variables))
    return Dataset.of(home.units.rows.join(first), schema)


def _first_of(
    rows: pd.DataFrame, unit: np.ndarray, first: np.ndarray, schema: Schema, n: int
) -> pd.DataFrame:
    heads = rows[[v.name for v in schema.modelled]].loc[first].set_axis(unit[first])
    return heads.reindex(np.arange(n)).rename(columns=of_first)
