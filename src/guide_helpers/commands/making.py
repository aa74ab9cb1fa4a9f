"""`guide generate`: make a synthetic file in the format of the original."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from guide_helpers import verbs
from guide_helpers.catalogue import entries, find
from guide_helpers.commands import _recipe as recipes
from guide_helpers.commands import _shared as shared
from guide_helpers.commands._options import checked, typed_options
from guide_helpers.errors import GuideError
from guide_helpers.labelled import Labels, labels_of
from guide_helpers.linked_files import files_of, is_linked
from guide_helpers.output import new_table, new_tables, save, save_all, written_as
from guide_helpers.results import Synthetic
from guide_helpers.schema import Data, Dataset, LinkedTables
from guide_helpers.schema_files import read_yaml
from guide_helpers.writing import all_or_none, new_file, new_folder

GENERATE = """\
examples:
  guide generate my.csv --method cart --output made.csv
  guide generate my.sav --method cart --output made.sav        labels and missing codes are kept
  guide generate my.csv --schema my.yml --method cart --set min_leaf=20 --seed 1 --output made.csv
  guide generate my.csv --schema my.yml --method mst --set epsilon=1 --release \\
      --recipe made.json --output made.csv                     what `guide report` reads later
  guide generate my.csv --schema my.yml --method cart --hold-out halves --output made.csv
                                  half of the people are set aside first, as control; then:
  guide report halves/original.csv made.csv --control halves/control.csv ...
  guide generate my.csv --method cart --copies 5 --output folder          five files
  guide generate tables.yml --method independent --output folder          linked tables

A run with a seed repeats itself and makes no privacy claim; --release draws from the operating
system, keeps no seed, and alone carries a claim. An existing file is never replaced.
Without --output the file is called like the original with _synthetic, in this folder.
"""


def add(commands: shared.Commands) -> None:
    """Add the command."""
    making = shared.add_command(commands, generate, "make a synthetic file", GENERATE)
    add = making.add_argument
    add("file", help=shared.FILE)
    runs = [slug for slug, entry in entries("methods").items() if entry.runs]
    add("--method", required=True, choices=runs, metavar="METHOD", help="see `guide list methods`")
    add("--output", metavar="FILE", help="a new file, or a new folder for several files")
    shared.add_schema(making)
    shared.add_options(making, "the method", "min_leaf=20")
    add("--rows", type=int, help="how many units (default: as in the file)")
    add("--copies", type=int, default=1, help="how many files (default: 1)")
    add("--synthesise", metavar="A,B", help="replace these variables, keep the others")
    add("--seed", type=int, help="a number with which the run repeats itself")
    add("--release", action="store_true", help="a run for release: no seed is recorded")
    add("--hold-out", metavar="FOLDER", help="set half of the units aside as control, and write "
        "both halves; they are real records")  # fmt: skip
    add("--recipe", metavar="JSON", help="write down how the file was made, for `guide report`")
    shared.add_json(making)


def generate(asked: argparse.Namespace) -> None:
    """Make the file: all that can be refused is refused before any work is done."""
    entry = find("methods", asked.method)
    options = checked(entry, typed_options([entry], shared.pairs(asked.set)))
    places = _Places(asked)
    data = shared.load(asked)
    places.check(data)
    control: Data | None = None
    if places.halves is not None:
        data, control = verbs.hold_out(data, seed=asked.seed)
    made = verbs.generate(
        data,
        asked.method,
        m=asked.copies,
        n=asked.rows,
        synthesise=shared.words_of(asked.synthesise),
        seed=asked.seed,
        release=asked.release,
        **options,
    )
    places.write(made, data, control)
    _tell(made, places, asked)


def _tell(made: Synthetic, places: _Places, asked: argparse.Namespace) -> None:
    sizes = {n: len(t) for n, t in tables_of(made.first).items()}
    seed = made.provenance["seed"]
    claim = f"privacy: {made.privacy.claim}" if made.privacy else "no formal privacy"
    if asked.json:
        told = {"output": str(places.target), "recipe": asked.recipe, "copies": made.m}
        told |= {"rows": sizes, "method": made.method, "seed": seed, "privacy": claim}
        shared.print_json(told)
        return
    rows = ", ".join(f"{size:,} rows" for size in sizes.values())
    copies = f"{made.m} copies of " if made.m > 1 else ""
    seeded = "no seed kept" if seed is None else f"seed {seed}"
    print(f"{places.target}: {copies}{rows} by {made.method}, {seeded}, {claim}")


class _Places:
    """Where the files go: one file, or a folder for copies and linked tables."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self.source = Path(asked.file)
        self.recipe = new_file(asked.recipe) if asked.recipe else None
        self.halves = new_folder(asked.hold_out) if asked.hold_out else None
        self.copies = asked.copies
        own = self.source.is_file()
        self.spec = read_yaml(self.source) if own and is_linked(self.source) else None
        many = asked.copies > 1 or self.spec is not None
        stem = self.source.name.split(".")[0]
        ending = "" if many else written_as(self.source.name)
        name = asked.output or f"{stem}_synthetic{ending}"
        self.folder = many
        self.target = new_tables([self.source.name], Path(name)) if many else self._file(name)
        self.labels = labels_of(self.source) if own and self.spec is None else Labels()

    def _file(self, name: str) -> Path:
        """Return the path of one file; a guide's data set may have several tables."""
        linked = not self.source.is_file() and not Path(name).suffix
        if linked and isinstance(_shipped(self.source.name), LinkedTables):
            self.folder = True
            return new_tables([], Path(name))
        return new_table(name)

    def check(self, data: Data) -> None:
        """Refuse what the data shows to be in the way."""
        if isinstance(data, LinkedTables) and not self.folder:
            raise GuideError(
                f"{self.target} is one file; linked tables need a folder: leave the ending out"
            )
        if isinstance(data, LinkedTables) and self.copies > 1:
            raise GuideError("several copies of linked tables are made one by one; leave --copies")
        if isinstance(data, LinkedTables) and self.halves is not None:
            raise GuideError("--hold-out takes one table; use hold_out() in Python for linked ones")

    def write(self, made: Synthetic, original: Data, control: Data | None) -> None:
        """Write all files or none."""
        with all_or_none() as written:
            if self.halves is not None:
                save_all(self._halves(original, control), self.halves)
                written.append(self.halves)
            if self.folder:
                save_all(self._files(made), self.target)
            else:
                assert isinstance(made.first, Dataset)  # check has looked
                save(made.first, self.target, self.labels)
            written.append(self.target)
            if self.recipe is not None:
                recipes.write(made, self.recipe)

    def _halves(self, *halves: Data | None) -> Mapping[str, tuple[Dataset, Labels]]:
        ending = written_as(self.source.name)
        tables = dict(zip(("original", "control"), halves, strict=True))
        return {
            f"{name}{ending}": (table, self.labels)
            for name, table in tables.items()
            if isinstance(table, Dataset)
        }

    def _files(self, made: Synthetic) -> Mapping[str, tuple[Dataset, Labels]]:
        if isinstance(made.first, LinkedTables):
            places = {} if self.spec is None else files_of(self.spec, self.source)
            return {
                f"{name}{written_as(places.get(name, name))}": (
                    table,
                    labels_of(places[name]) if name in places else Labels(),
                )
                for name, table in made.first.tables.items()
            }
        stem, ending = self.source.name.split(".")[0], written_as(self.source.name)
        copies: tuple[Any, ...] = made.copies
        return {f"{stem}_{i}{ending}": (c, self.labels) for i, c in enumerate(copies, 1)}


def _shipped(name: str) -> Data | None:
    return verbs.load(name) if name in entries("datasets") else None


def tables_of(data: Data) -> Mapping[str, Dataset]:
    """Return the tables of a data set by name."""
    return data.tables if isinstance(data, LinkedTables) else {data.name: data}
