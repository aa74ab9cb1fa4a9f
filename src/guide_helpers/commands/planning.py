"""`guide describe`, `guide recommend`: look at a file, and plan what to do with it."""

from __future__ import annotations

import argparse
from pathlib import Path

from guide_helpers import verbs
from guide_helpers.cards import UseCase
from guide_helpers.commands import _shared as shared
from guide_helpers.errors import GuideError
from guide_helpers.schema import Data, LinkedTables
from guide_helpers.schema_files import to_dict, write_yaml

DESCRIBE = """\
examples:
  guide describe my.csv                    one line a variable: kind, role, missing values
  guide describe my.csv --write my.yml     write the schema, then correct it by hand:
                                           role: key      an intruder may know it of somebody
                                           role: sensitive, weight, direct identifier
                                           bounds: [0, 110] and bounds_from: public
  guide describe my.csv --schema my.yml    look at it once more

Linked tables: name files and links in a small YAML file, and give that one instead.
  tables:
    households: {file: households.csv}
    persons: {file: persons.csv}
  links:
  - {parent: households, child: persons, key: household_id}
"""
RECOMMEND = """\
examples:
  guide recommend --use-case education                        methods and checks, without a file
  guide recommend my.csv --use-case public-release            what suits this file, at what cost
  guide recommend my.csv --use-case public-release --formal-privacy --seconds 600 --memory 2000
"""


def add(commands: shared.Commands) -> None:
    """Add the commands of this family."""
    what = "show the schema of a file: kinds, roles, missing values"
    describing = shared.add_command(commands, describe, what, DESCRIBE)
    describing.add_argument("file", help=shared.FILE)
    shared.add_schema(describing)
    describing.add_argument("--write", metavar="YML", help="write the schema, to be corrected")
    what = "say which methods and checks suit a use case, and when none does"
    planning = shared.add_command(commands, recommend, what, RECOMMEND)
    planning.add_argument("file", nargs="?", help=f"{shared.FILE} (optional)")
    add_use_case(planning)
    shared.add_schema(planning)
    more = planning.add_argument
    more("--formal-privacy", action="store_true", help="only methods with a formal guarantee suit")
    more("--seconds", type=float, help="CPU seconds at hand")
    more("--memory", type=float, metavar="MB", help="memory at hand")
    for parser in (describing, planning):
        shared.add_json(parser)


def add_use_case(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """Let a command ask for what the file is to be used, and for an office's own policy."""
    cases = [case.value for case in UseCase]
    parser.add_argument("--use-case", required=required, choices=cases, help="what the file is for")
    parser.add_argument(
        "--policy", metavar="TOML", help="your office's requirements (default: the guide's)"
    )


def describe(asked: argparse.Namespace) -> None:
    """Print the schema of a file, and write it where that is asked for."""
    data = shared.load(asked)
    tables = data.tables if isinstance(data, LinkedTables) else {data.name: data}
    if asked.write:
        _write(data, asked)
    if asked.json:
        shared.print_json(
            {n: {"rows": len(t), "units": t.n_units, **to_dict(t)} for n, t in tables.items()}
        )
        return
    for name, table in tables.items():
        print(f"{name}: {len(table):,} rows, {table.n_units:,} units")
        print(table.describe().to_string(max_colwidth=40), end="\n\n")
    if asked.write:
        how = "give it instead" if isinstance(data, LinkedTables) else "give it with --schema"
        print(f"Schema written to {asked.write}: correct it, then {how}.")
    print("Levels and bounds marked `observed` come from the records: keep them confidential.")


def _write(data: Data, asked: argparse.Namespace) -> None:
    if not isinstance(data, LinkedTables):
        write_yaml(data, asked.write)
        return
    from guide_helpers.linked_files import is_linked, write_linked

    if not is_linked(Path(asked.file)):
        raise GuideError(
            "the schema of these linked tables comes with the guide; it is not written"
        )
    write_linked(data, asked.file, asked.write)


def recommend(asked: argparse.Namespace) -> None:
    """Print the plan for a use case."""
    data = shared.load(asked) if asked.file else None
    found = verbs.recommend(
        asked.use_case,
        data,
        formal_privacy=asked.formal_privacy or None,
        seconds=asked.seconds,
        memory_mb=asked.memory,
        policy=asked.policy,
    )
    if not asked.json:
        print(found.plan())
        return
    shared.print_json(
        {
            "use case": asked.use_case,
            "methods": shared.lines_of(found.methods),
            "required": shared.lines_of(found.required),
            "not the answer": found.not_the_answer,
        }
    )
