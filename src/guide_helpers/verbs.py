"""The verbs: all that a notebook needs."""

from __future__ import annotations

import inspect
import platform
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from importlib import metadata
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from guide_helpers import games, suitability
from guide_helpers.cards import DataKind, DataKnowledge, Rung, UseCase
from guide_helpers.catalogue import Entry, entries, find
from guide_helpers.datasets._files import load_shipped
from guide_helpers.errors import GuideError
from guide_helpers.games import Chosen, Group
from guide_helpers.intake import load_file
from guide_helpers.intervals import Interval, student_quantile
from guide_helpers.policy import Policy, load_policy
from guide_helpers.progress import progress
from guide_helpers.recommend import Asked, Recommendation, recommendation
from guide_helpers.report import ReleaseRecord, assess
from guide_helpers.report._assessing import recorded
from guide_helpers.results import Comparison, Risk, Score, Synthetic
from guide_helpers.schema import Data, Dataset, LinkedTables

FEWEST_RECORDS = 20
"""With fewer control records it is not asked whether they are in the original."""
LEAST_SHARED = 0.05
"""Where nearly every record has a twin, chance alone makes smaller differences."""

Copies = Synthetic | Data | Sequence[Data]


def load(name: str | Path, *, schema: str | Path | None = None) -> Data:
    """Return one of the guide's data sets by its slug, or your own CSV or Parquet file.

    Your own file gets an inferred schema: look at it with `.describe()`, write it with
    `save_schema`, correct the YAML file and give it back as `schema`.
    """
    if isinstance(name, Path) or _names_a_file(str(name)):
        return load_file(name, schema)
    if schema is not None:
        raise GuideError(f"{name!r} is a data set of the guide and brings its own schema")
    return load_shipped(str(name))


def hold_out(data: Data, *, share: float = 0.5, seed: int | None = None) -> tuple[Data, Data]:
    """Return `data` split at random by privacy unit: the original, and `share` as control.

    All rows of a person, household, device or firm land on the same side. The default gives a
    control of the original's size, which attacks that depend on the number of records need.
    """
    _refuse_no_data(data)
    if not isinstance(share, int | float) or not 0 < share < 1:
        raise GuideError(f"share={share} is not between 0 and 1; 0.5 gives two halves")
    n = data.n_units
    kept = n - round(n * share)
    if min(kept, n - kept) < 1:
        raise GuideError(f"{n} units cannot be split with share={share}; both parts need one")
    order = _generator(seed).permutation(n)
    return data.take_units(np.sort(order[:kept])), data.take_units(np.sort(order[kept:]))


def generate(
    data: Data,
    method: str,
    *,
    m: int = 1,
    n: int | None = None,
    synthesise: Sequence[str] | None = None,
    seed: int | None = None,
    release: bool = False,
    **options: Any,
) -> Synthetic:
    """Return `m` synthetic copies of `data` made by a method of the catalogue.

    `n` counts privacy units (rows of the root for linked tables), by default as many as in
    `data`, or about as many where a privacy claim keeps that number secret. `synthesise` names
    the variables to replace where the rest is kept (partial synthesis). A run with a seed repeats
    itself and makes no privacy claim. `release=True` draws from the operating system's entropy,
    records no seed, and alone carries a claim.
    """
    entry = find("methods", method)
    _refuse_no_data(data)
    _refuse_fractions(m=m, n=n)
    if m < 1:
        raise GuideError(f"m={m} asks for no copies; ask for at least 1")
    if release and seed is not None:
        raise GuideError("a release run takes no seed: leave seed out, or release=False to teach")
    suitability.refuse(entry, data, n=n, synthesise=synthesise)
    suitability.check_options(entry, options)
    extra: dict[str, Any] = {}
    if synthesise is not None:
        extra["synthesise"] = tuple(synthesise)
    if release and entry.card.capabilities.formal_privacy:
        extra["secure"] = True
    if seed is None and not release:
        seed = secrets.randbelow(2**32)
    fitting, *sampling = (np.random.default_rng(s) for s in _seeds(seed, m + 1))
    assert entry.implementation is not None  # suitability.refuse has looked
    fitted = entry.implementation(**options, **extra).fit(data, rng=fitting)
    size = int(getattr(fitted, "default_size_", data.n_units)) if n is None else n
    draws = progress(sampling, f"{method}, copies", m)
    copies = tuple(fitted.sample(size, rng=rng) for rng in draws)
    privacy = getattr(fitted, "privacy_", None)
    units = "not disclosed" if privacy and not privacy.n_public else data.n_units
    return Synthetic(
        copies=copies,
        method=method,
        options=dict(options),
        privacy=privacy,
        provenance=_provenance(entry, data, units, seed=seed, release=release, m=m, n=size),
        synthesise=None if synthesise is None else tuple(synthesise),
    )


def compare(
    original: Data,
    synthetic: Copies,
    *,
    measures: Sequence[str] | str | None = None,
    control: Data | None = None,
    seed: int = 0,
    **options: Any,
) -> Comparison:
    """Return the scores of synthetic copies against the original, each with its null.

    `measures` names measures, or a step of the ladder such as "relations" or "identity
    disclosure", or "all" that suit the data and need no further option; without it the few
    standard ones run. Of such a group, a measure that cannot be computed on the files is left out,
    and `refused` says why. Options go to every measure that knows them. `control` is a file of
    people who are not in the original: with it the fresh-sample null is drawn from real people. Of
    linked tables, each table is measured on its own, but for measures of the links themselves.
    """
    _refuse_no_data(original, *([] if control is None else [control]))
    chosen = _measures(measures, original, options)
    copies = copies_of(synthetic)
    known = set().union(*(_options_of(e) for e in chosen))
    for name in options:
        if name not in known:
            raise GuideError(f"no option {name!r} in these measures; known: {sorted(known)}")
    scores: list[Score] = []
    refused: dict[str, str] = {}
    named = measures is None or not _names_a_group(measures)
    together = [e for e in chosen if e.card.data == (DataKind.LINKED,)]
    for entry in progress(together, "measures of links"):
        mine = _given(entry, options, control)
        with _noting(entry, refused, named=named):
            scores += _scores(entry, original, copies, "", seed, mine)
    single = [e for e in chosen if e not in together]
    for table, old, new in _tables(original, copies) if single else ():
        beside = None if control is None else _one(control, table or None)
        for entry in progress(single, "measures"):
            with _noting(entry, refused, named=named):
                scores += _scores(entry, old, new, table, seed, _given(entry, options, beside))
    return Comparison(tuple(scores), tuple(refused.items()))


def attack(
    synthetic: Copies,
    *,
    original: Data,
    control: Data | None = None,
    attack: str,
    knowledge: Sequence[str] | None = None,
    targets: Chosen = "all",
    control_targets: Chosen = "all",
    table: str | None = None,
    seed: int = 0,
    **options: Any,
) -> Risk:
    """Return what an attack gets right about members of the original and of a control group.

    `knowledge` names the variables that the attacker knows of each target, by default the key
    variables. `targets` is "all", an expression such as "age >= 80", which chooses among members
    and control alike, or row numbers of the original, with those of a like group of the control
    in `control_targets`. Of linked tables, `table` says whose rows are attacked; intervals
    respect the privacy unit.
    """
    entry = find("attacks", attack)
    _refuse_no_data(original, *([] if control is None else [control]))
    suitability.check_options(entry, options)
    games.options_of(entry, options)
    copies = [_one(c, table) for c in copies_of(synthetic)]
    given = games.given(entry.card, original, synthetic)
    members = _group(original, table)
    outsiders = None if control is None else _group(control, table)
    _refuse_unlike(members.rows, [*copies, *([outsiders.rows] if outsiders else [])])
    if outsiders is not None and entry.card.same_size_control:
        _refuse_other_size(attack, original.n_units, control.n_units)  # type: ignore[union-attr]
    known = _knowledge(knowledge, members.rows, attack)
    members, outsiders, note = games.aimed(targets, control_targets, members, outsiders)
    assert entry.implementation is not None  # every attack of the catalogue runs
    one_draw = isinstance(synthetic, Synthetic) and synthetic.privacy is not None
    risks = []
    files = [tuple(copies)] if entry.card.joint_copies else copies
    for file, source in zip(files, _seeds(seed, len(files)), strict=True):
        player, rng = entry.implementation(**options), np.random.default_rng(source)
        player.learn(file, known, rng=rng, **given)
        said = {"table": table or "", "knowledge": known}
        risk = games.play(entry, player, members, outsiders, rng=rng, **said)
        notes = " ".join(n for n in (risk.note, note) if n)
        risks.append(replace(risk, options=dict(options), note=notes, one_draw=one_draw))
    return Risk.over(tuple(risks))


def recommend(
    use_case: UseCase | str,
    data: Data | None = None,
    *,
    formal_privacy: bool | None = None,
    seconds: float | None = None,
    memory_mb: float | None = None,
    policy: str | Path | Policy | None = None,
) -> Recommendation:
    """Return the methods in the order in which they suit a use case, and the checks that follow.

    With `data`, the column "can take the data" says what stands in the way, and costs are scaled
    to the file. Methods that do not give a guarantee that is asked for, or take longer or more
    memory than is at hand, come after those that do; methods that the guide only describes come
    last. `.required` lists the checks of the policy, `.plan()` says it all in words. The verdicts
    are the judgement on the cards, not a computation.
    """
    if data is not None:
        _refuse_no_data(data)
    asked = Asked(data, formal_privacy, seconds, memory_mb)
    return recommendation(load_policy(policy)[use_case], asked)


def inventory(kind: str) -> pd.DataFrame:
    """Return the catalogue of a kind (datasets, methods, measures, attacks), one line an entry."""
    lines = [
        {"slug": slug, "title": e.card.title, "summary": e.card.summary, "runs": e.runs}
        for slug, e in entries(kind).items()
    ]
    return pd.DataFrame(lines).set_index("slug")


def report(
    synthetic: Copies,
    comparison: Comparison | None = None,
    *risks: Risk,
    use_case: UseCase | str,
    original: Data | None = None,
    control: Data | None = None,
    method: str | None = None,
    policy: str | Path | Policy | None = None,
    deviations: Mapping[str, str] | None = None,
    decision: str = "",
    reasons: str = "",
    signed_by: str = "",
    **options: Any,
) -> ReleaseRecord:
    """Return the release record of a synthesis: what the policy asks, what was found, who decides.

    Without a comparison, all that the policy asks for the use case is run on `original`; see
    `guide_helpers.report.assess` for its three modes and for `options`. With a comparison and
    risks, the record is made of these, and says what the policy asks besides. It holds results,
    never rows; `save("record.html")` writes the page and `save("record.json")` the file for
    machines.
    """
    said: dict[str, Any] = {
        "use_case": use_case,
        "policy": policy,
        "deviations": deviations,
        "decision": decision,
        "reasons": reasons,
        "signed_by": signed_by,
    }
    if comparison is not None:
        for name in options:
            raise GuideError(f"{name}=... goes to checks, but with a comparison none is run")
        return recorded(synthetic, comparison, risks, original=original, **said)
    if original is None:
        raise GuideError("give original=... to run the checks, or a comparison that was made")
    if control is not None:
        _refuse_members(original, control)
    return assess(original, synthetic, control=control, method=method, **said, **options)


def copies_of(synthetic: Copies) -> tuple[Data, ...]:
    """Return the copies in whatever a reader hands over: a result, a file or several."""
    if isinstance(synthetic, Synthetic):
        return synthetic.copies
    if isinstance(synthetic, Dataset | LinkedTables):
        return (synthetic,)
    copies = tuple(synthetic) if isinstance(synthetic, list | tuple) else ()
    if not copies or not all(isinstance(c, Dataset | LinkedTables) for c in copies):
        raise GuideError("synthetic is neither a result of generate() nor data sets")
    return copies


def _names_a_file(name: str) -> bool:
    """Whether a name has a folder or an ending, or is no data set of the guide but a file."""
    path = Path(name)
    if path.suffix or len(path.parts) > 1:
        return True
    return name not in entries("datasets") and path.is_file()


def _refuse_no_data(*given: object) -> None:
    """Refuse a bare table, or a result of generate(), in the place of an original."""
    for thing in given:
        if not isinstance(thing, Dataset | LinkedTables):
            raise GuideError(
                f"a {type(thing).__name__} is no data set: make one of a table with infer(table), "
                "of a file with load(file), and take one of .copies from a result of generate()"
            )


def _refuse_members(original: Data, control: Data) -> None:
    """Refuse a control group whose people are in the original: no leak could be seen then.

    Common records are in both by chance, so what counts is the share beyond that of records of
    the original that have a twin in it.
    """
    _refuse_no_data(original, control)
    ours, theirs = (_fingerprints(d) for d in (original, control))
    if len(theirs) < FEWEST_RECORDS:
        return
    twins = float(ours.duplicated(keep=False).mean())
    known = float(theirs.isin(ours).mean())
    if known - twins > max((1 - twins) / 2, LEAST_SHARED):
        raise GuideError(
            f"{100 * known:.0f} % of the control records are in the original as well: give the "
            "original without the people of the control (guide generate --hold-out writes both)"
        )


def _fingerprints(data: Data) -> pd.Series:
    """Return one number for the values of each record, of the root where tables are linked."""
    table = data[data.root] if isinstance(data, LinkedTables) else data
    known = {v.name: v for v in table.schema.modelled}
    columns = {
        n: c.astype(float) if known[n].numeric else c for n, c in table.rows.items() if n in known
    }
    return pd.util.hash_pandas_object(pd.DataFrame(columns, index=table.rows.index), index=False)


def _refuse_fractions(**numbers: object) -> None:
    for name, number in numbers.items():
        if number is not None and not isinstance(number, Integral):
            raise GuideError(f"{name}={number!r} is not a whole number")


def _generator(seed: int | None) -> np.random.Generator:
    return np.random.default_rng(_checked(seed))


def _seeds(seed: int | None, count: int) -> list[np.random.SeedSequence]:
    """Return independent seeds; without a seed they come from the operating system."""
    return np.random.SeedSequence(_checked(seed)).spawn(count)


def _checked(seed: int | None) -> int | None:
    if seed is not None and (not isinstance(seed, Integral) or seed < 0):
        raise GuideError(f"seed={seed!r} is not a whole number of at least 0")
    return seed


def _provenance(
    entry: Entry, data: Data, units: int | str, *, seed: int | None, release: bool, m: int, n: int
) -> dict[str, Any]:
    packages = ("guide-helpers", "numpy", "pandas", *entry.card.requires)
    return {
        "method": entry.slug,
        "data": data.name,
        "units in the original": units,
        "units in a copy": n,
        "copies": m,
        "run": "release run" if release else "teaching run",
        "seed": None if release else seed,
        "python": platform.python_version(),
        "versions": {p: v for p in packages if (v := _version(p))},
    }


@cache
def _version(package: str) -> str:
    names = {"sklearn": "scikit-learn"}
    try:
        return metadata.version(names.get(package, package))
    except metadata.PackageNotFoundError:
        return ""


def _measures(
    wanted: Sequence[str] | str | None, data: Data, options: Mapping[str, Any]
) -> list[Entry]:
    """Return the measures that a reader asked for, in the order of the ladder."""
    if wanted is None or _names_a_group(wanted):
        every = [
            e
            for e in entries("measures").values()
            if (e.card.standard if wanted is None else wanted in ("all", e.card.rung.value))
            and set(e.card.needs) <= set(options)
            and not suitability.unlike(e.card, data)
        ]
        return every if wanted is None else sorted(every, key=_step)
    slugs = [wanted] if isinstance(wanted, str) else list(wanted)
    chosen = [find("measures", slug) for slug in slugs]
    for entry in chosen:
        if why := suitability.unlike(entry.card, data):
            raise GuideError(f"{entry.slug!r} {why}")
        lacking = [need for need in entry.card.needs if need not in options]
        if lacking:
            raise GuideError(f"{entry.slug!r} needs the option {lacking[0]!r}; give it to compare")
    return chosen


def _names_a_group(wanted: Sequence[str] | str) -> bool:
    """Whether a word stands for all measures or for those of a step of the ladder."""
    return isinstance(wanted, str) and wanted in {"all", *(rung.value for rung in Rung)}


@contextmanager
def _noting(entry: Entry, refused: dict[str, str], *, named: bool) -> Iterator[None]:
    """Note the refusal of a measure that nobody named, and go on; raise it for one that was."""
    try:
        yield
    except GuideError as error:
        if named:
            raise
        refused[entry.slug] = str(error)


def _step(entry: Entry) -> int:
    return list(Rung).index(entry.card.rung)


def _given(entry: Entry, options: Mapping[str, Any], control: Data | None) -> dict[str, Any]:
    """Return the options that a measure knows, and the control file where it takes one."""
    known = _options_of(entry)
    mine = {k: v for k, v in options.items() if k in known}
    return mine | ({"control": control} if "control" in known else {})


def _options_of(entry: Entry) -> set[str]:
    parameters = inspect.signature(entry.implementation).parameters  # type: ignore[arg-type]
    return {n for n, p in parameters.items() if p.kind is p.KEYWORD_ONLY and n != "rng"}


def _tables(
    original: Data, copies: tuple[Data, ...]
) -> Iterator[tuple[str, Dataset, tuple[Dataset, ...]]]:
    names = list(original.tables) if isinstance(original, LinkedTables) else [None]
    for name in names:
        old = _one(original, name)
        new = tuple(_one(c, name) for c in copies)
        for copy in new:
            refuse_other_columns(old, copy, "original and synthetic")
            if not len(copy):
                raise GuideError("the synthetic file has no rows; nothing to compare")
        yield name or "", old, new


def _scores(
    entry: Entry,
    old: Data,
    new: tuple[Data, ...],
    table: str,
    seed: int,
    options: Mapping[str, Any],
) -> list[Score]:
    measure = entry.implementation
    assert measure is not None  # _measures has looked
    if entry.card.joint_copies:
        found = measure(old, new, rng=_generator(seed), **options)
        return [_named(s, table) for s in _list(found)]
    each = [
        _list(measure(old, copy, rng=np.random.default_rng(rng), **options))
        for copy, rng in zip(new, _seeds(seed, len(new)), strict=True)
    ]
    return [_named(_mean_score(same), table) for same in zip(*each, strict=True)]


def _list(found: Score | Sequence[Score]) -> list[Score]:
    return [found] if isinstance(found, Score) else list(found)


def _named(score: Score, table: str) -> Score:
    return replace(score, table=table)


def _mean_score(same: Sequence[Score]) -> Score:
    """Return the mean over copies, with Student's interval; one copy stays as it is."""
    if len(same) == 1:
        return same[0]
    values = np.array([s.value for s in same])
    reach = student_quantile(len(values) - 1) * float(values.std(ddof=1)) / len(values) ** 0.5
    mean = float(values.mean())
    interval = Interval(mean - reach, mean + reach, f"between {len(values)} copies")
    note = f"Mean of {len(values)} copies, beside the band of one. Copy 1: {same[0].note}"
    found = tuple(map(float, values))
    return replace(same[0], value=mean, interval=interval, by_copy=found, note=note)


def _one(data: Data, table: str | None) -> Dataset:
    if isinstance(data, Dataset):
        return data
    if table is None:
        raise GuideError(f"linked tables: name one with table=; known: {', '.join(data.tables)}")
    return data[table]


def refuse_other_columns(original: Dataset, other: Dataset, which: str) -> None:
    """Refuse a file with other columns, or with words where the original has numbers, say."""
    if other.schema.names != original.schema.names:
        odd = sorted(set(other.schema.names) ^ set(original.schema.names))
        what = f"columns {odd}" if odd else "the order of columns; load both with the same schema"
        raise GuideError(f"{which} differ in {what}")
    for ours in original.schema.modelled:
        theirs = other.schema[ours.name]
        if (ours.discrete, ours.numeric) != (theirs.discrete, theirs.numeric):
            raise GuideError(
                f"{which} differ in column {ours.name!r}, which is {ours.kind.value} in one and "
                f"{theirs.kind.value} in the other; load both with the same schema"
            )


def _refuse_unlike(members: Dataset, others: Sequence[Dataset]) -> None:
    for other in others:
        refuse_other_columns(members, other, "original, synthetic and control")
        if not len(other):
            raise GuideError("the synthetic file or the control has no rows; nothing to attack")


def _refuse_other_size(attack: str, members: int, outsiders: int) -> None:
    """Units are compared, not rows, so that panels can be split; an odd one may be over."""
    if abs(members - outsiders) > 1:
        raise GuideError(
            f"{attack!r} depends on the number of records: the control needs {members} "
            f"units, not {outsiders}; split with hold_out(share=0.5)"
        )


def _knowledge(asked: Sequence[str] | None, members: Dataset, attack: str) -> tuple[str, ...]:
    if isinstance(asked, str):
        raise GuideError(f"knowledge={asked!r} is one word; give a list of columns, [{asked!r}]")
    known = tuple(asked) if asked is not None else members.keys
    if not known and find("attacks", attack).card.threat.data is not DataKnowledge.NOTHING:
        raise GuideError(
            f"{attack!r} needs to know what the attacker knows: give knowledge=[...] "
            "or declare key variables in the schema"
        )
    for name in known:
        if members.schema[name] not in members.schema.modelled:
            raise GuideError(
                f"{name!r} is an identifier, which a synthetic file makes up; "
                "leave it out of the knowledge"
            )
    return known


def _group(data: Data, table: str | None) -> Group:
    units = data.units if isinstance(data, Dataset) else data.units_of(str(table))
    return Group(_one(data, table), units)
