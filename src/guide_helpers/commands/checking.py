"""`guide compare`, `guide attack`: measure a synthetic file, and attack it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from guide_helpers import verbs
from guide_helpers.cards import Rung
from guide_helpers.catalogue import Entry, entries, find
from guide_helpers.commands import _shared as shared
from guide_helpers.commands._options import checked, typed_options
from guide_helpers.errors import GuideError
from guide_helpers.policy import load_policy
from guide_helpers.report._protection import Shield, tables_of
from guide_helpers.schema import Data

COMPARE = f"""\
examples:
  guide compare my.csv made.csv                              the few standard measures
  guide compare my.csv made.csv --measures propensity_mse,marginal_distance
  guide compare my.csv made.csv --measures relations         a step of the ladder, or all
  guide compare my.csv made.csv --measures ci_overlap --set "formula=income ~ age + sex"
  guide compare my.csv made_1.csv made_2.csv made_3.csv      several copies

steps of the ladder: {", ".join(rung.value for rung in Rung)}.
Each score stands beside its null: what a file of that kind gives when nothing is wrong.
"""
ATTACK = """\
examples:
  guide attack my.csv made.csv --schema my.yml --attack unique_match --control control.csv
  guide attack my.csv made.csv --attack attribute_inference --knowledge age,sex,region \\
      --set sensitive=income --control control.csv
  guide attack my.csv made.csv --schema my.yml --attack unique_match --targets "age >= 80"

The control file holds people of the same population who are not in the original. Without one,
what an attack gets right cannot be told from what anybody could have guessed.
"""


def add(commands: shared.Commands) -> None:
    """Add the commands of this family."""
    what = "measure a synthetic file against its original"
    comparing = shared.add_command(commands, compare, what, COMPARE)
    shared.add_files(comparing)
    comparing.add_argument("--measures", metavar="A,B", help="names, a step of the ladder, or all")
    shared.add_options(comparing, "the measures", "formula='income ~ age'")
    what = "attack a synthetic file with what an intruder may know"
    attacking = shared.add_command(commands, attack, what, ATTACK)
    shared.add_files(attacking)
    more = attacking.add_argument
    more("--attack", required=True, choices=list(entries("attacks")), metavar="ATTACK",
         help="see `guide list attacks`")  # fmt: skip
    more("--knowledge", metavar="A,B", help="what the intruder knows (default: key variables)")
    more("--targets", default="all", help="an expression that chooses people (default: all)")
    more("--table", help="which of linked tables is attacked")
    shared.add_options(attacking, "the attack", "sensitive=income")
    for parser in (comparing, attacking):
        parser.add_argument("--seed", type=int, default=0, help="of the checks (default: 0)")
        shared.add_json(parser)


def compare(asked: argparse.Namespace) -> None:
    """Print the scores."""
    wanted = _measures(asked.measures)
    options = typed_options(_chosen(wanted), shared.pairs(asked.set))
    original, copies, control = files(asked)
    found = verbs.compare(
        original, copies, measures=wanted, control=control, seed=asked.seed, **options
    )
    shield = shield_of(original, copies, control)
    if asked.json:
        shared.print_json([_score(s, shield) for s in found])
        return
    for score in found:
        _tell(score, shield)
    for slug, reason in found.refused:
        print(f"not measured: {slug} ({shield.text(reason)})")
    print("\nWhat a measure says, and what it cannot say: guide show measures NAME")


def _measures(listed: str | None) -> list[str] | str | None:
    """Return names, or the word for a group of measures."""
    if listed in {"all", *(rung.value for rung in Rung)}:
        return listed
    return shared.words_of(listed)


def _chosen(wanted: list[str] | str | None) -> list[Entry]:
    """Return the measures whose options may be given."""
    if isinstance(wanted, list):
        return [find("measures", name) for name in wanted]
    every = entries("measures").values()
    return [e for e in every if wanted is not None or e.card.standard]


def _tell(score: Any, shield: Shield) -> None:
    """Print a score beside its null, one line and a half."""
    band = score.band()
    print(shield.text(score.name))
    print(
        f"  {score.value:.4g}, {score.standing}; {band.null.value} null {band.mean:.4g} "
        f"({band.low:.4g} to {band.high:.4g})"
    )


def _score(score: Any, shield: Shield) -> Mapping[str, Any]:
    return {
        "measure": score.measure,
        "name": shield.text(score.name),
        "value": score.value,
        "unit": score.card.unit,
        "interval": score.interval and {"low": score.interval.low, "high": score.interval.high},
        "nulls": [shared.plain(band) for band in score.bands],
        "against its null": score.standing,
        "reading": {k: shield.text(v) for k, v in score.reading().items()},
    }


def attack(asked: argparse.Namespace) -> None:
    """Print what an attack gets right."""
    entry = find("attacks", asked.attack)
    options = checked(entry, typed_options([entry], shared.pairs(asked.set)))
    original, copies, control = files(asked)
    risk = verbs.attack(
        copies,
        original=original,
        control=control,
        attack=asked.attack,
        knowledge=shared.words_of(asked.knowledge),
        targets=asked.targets,
        table=asked.table,
        seed=asked.seed,
        **options,
    )
    shield = shield_of(original, copies, control)
    reading = {k: shield.text(v) for k, v in risk.reading().items()}
    if asked.json:
        result = {k: str(v) for k, v in risk.table_row().items()}
        shared.print_json({"attack": asked.attack, "result": result, "reading": reading})
        return
    for name, words in reading.items():
        print(f"{name}: {words}")


def files(asked: argparse.Namespace) -> tuple[Data, tuple[Data, ...], Data | None]:
    """Return the original, the synthetic copies and the control, read alike."""
    original = shared.load(asked)
    if not any(t.schema.modelled for t in tables_of(original)):
        raise GuideError(
            f"{asked.original} has identifiers only, nothing to measure; correct its schema"
        )
    copies = tuple(shared.load_beside(name, original) for name in asked.synthetic)
    control = shared.load_beside(asked.control, original) if asked.control else None
    return original, copies, control


def shield_of(original: Data, copies: tuple[Data, ...], control: Data | None) -> Shield:
    """Return what keeps values of records out of what is printed."""
    every = [original, *copies, *([] if control is None else [control])]
    return Shield.of(every, load_policy().effort.smallest_count)
