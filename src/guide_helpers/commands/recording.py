"""`guide report`: the release record of a synthetic file, and two records side by side."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from guide_helpers import verbs
from guide_helpers.catalogue import Entry, entries, find
from guide_helpers.commands import _recipe as recipes
from guide_helpers.commands import _shared as shared
from guide_helpers.commands._options import checked, typed_options
from guide_helpers.commands.checking import files
from guide_helpers.commands.planning import add_use_case
from guide_helpers.errors import GuideError
from guide_helpers.policy import load_policy
from guide_helpers.report import ReleaseRecord, compare_records
from guide_helpers.writing import all_or_none, new_file

REPORT = """\
examples, from the weakest mode to the strongest:
  guide report my.csv made.csv --use-case education --output record.html
                                      neither control nor method: no excess can be measured
  guide report my.csv made.csv --schema my.yml --use-case public-release --method cart \\
      --output record.html            the method is run again on one half; speaks of the method
  guide report my.csv made.csv --schema my.yml --use-case public-release \\
      --control control.csv --recipe made.json --output record.html --output record.json
                                      people who are not in the original: speaks of the file
  guide report ... --policy office.toml --set "formula=income ~ age" \\
      --deviation copies="Users asked for five." --signed-by "A. Head"
  guide report --compare first.json second.json         what differs between two records

Checks need to know what an intruder may know: declare key variables in the schema, or name them
with --set knowledge=age,sex,region --set keys=age,sex,region.

exit codes: 0 every check that must be passed is met, 1 one is missed or open, 2 bad input.
"""
KNOWLEDGE = {"knowledge": "Sequence[str] | None"}


def add(commands: shared.Commands) -> None:
    """Add the command."""
    what = "run what the policy asks for a use case, and write the release record"
    recording = shared.add_command(commands, report, what, REPORT)
    more = recording.add_argument
    more("original", nargs="?", help=shared.FILE)
    more("synthetic", nargs="*", help="its synthetic file, or several copies; a folder if linked")
    add_use_case(recording, required=False)
    shared.add_schema(recording)
    more("--control", metavar="FILE", help="people who are not in the original")
    runs = [slug for slug, entry in entries("methods").items() if entry.runs]
    more("--method", choices=runs, metavar="METHOD", help="how the file was made, to run it again")
    more("--method-set", action="append", default=[], metavar="NAME=VALUE",
         help="an option of that method")  # fmt: skip
    more("--recipe", metavar="JSON", help="what `guide generate --recipe` wrote")
    shared.add_options(recording, "the checks", "formula='income ~ age'")
    more("--output", action="append", default=[], metavar="FILE", help="a new .html or .json file")
    more("--deviation", action="append", default=[], metavar="CHECK=WHY",
         help="why a check may be missed")  # fmt: skip
    more("--decision", default="", help="what was decided")
    more("--reasons", default="", help="and why")
    more("--signed-by", default="", metavar="NAME", help="who answers for it")
    more("--seed", type=int, help="of the checks")
    more("--release", action="store_true", help="a record for a release: no seed is recorded")
    more("--compare", nargs=2, metavar="JSON", help="two records to lay side by side instead")
    shared.add_json(recording)


def report(asked: argparse.Namespace) -> int:
    """Make the record, or compare two."""
    if asked.compare:
        return _compare(asked)
    if not asked.original or not asked.synthetic or not asked.use_case:
        raise GuideError("report needs an original, a synthetic file and --use-case; see --help")
    if not asked.output and not asked.json:
        raise GuideError("say where the record goes with --output record.html, or --json")
    places = _places(asked.output)
    settings = _settings(asked)
    original, copies, control = files(asked)
    made: Any = recipes.read(asked.recipe, copies) if asked.recipe else copies
    record = verbs.report(made, original=original, control=control, **settings)
    _save(record, places)
    if asked.json:
        print(record.json())
    else:
        _tell(record, places)
    return record.exit_code


def _places(names: Sequence[str]) -> list[Path]:
    """Return where the record goes; what stands in the way is said before any work is done."""
    places = [new_file(name) for name in names]
    for place in places:
        if place.suffix not in (".html", ".json"):
            raise GuideError(f"{place} ends neither in .html nor in .json")
    if len(set(places)) < len(places):
        raise GuideError(f"{places[0]} is named twice as --output; name two files")
    return places


def _settings(asked: argparse.Namespace) -> dict[str, Any]:
    """Return what the record is made with; options are checked before any work is done."""
    case = load_policy(asked.policy)[asked.use_case]
    checks = [find(f"{r.kind}s", r.name) for r in case.requirements if r.kind != "check"]
    method_options = _method_options(asked)
    return {
        "use_case": asked.use_case,
        "policy": asked.policy,
        "method": asked.method,
        "method_options": method_options,
        "deviations": shared.pairs(asked.deviation, "--deviation") or None,
        "decision": asked.decision,
        "reasons": asked.reasons,
        "signed_by": asked.signed_by,
        "seed": asked.seed,
        "release": asked.release or None,
        "progress": not asked.quiet,
        **typed_options(checks, shared.pairs(asked.set), also=KNOWLEDGE),
    }


def _method_options(asked: argparse.Namespace) -> dict[str, Any] | None:
    given = shared.pairs(asked.method_set, "--method-set")
    if asked.recipe and (asked.method or given):
        raise GuideError("a recipe says itself which method it was; leave --method out")
    if not given:
        return None
    if not asked.method:
        raise GuideError("--method-set gives options of a method; name it with --method")
    entry: Entry = find("methods", asked.method)
    return checked(entry, typed_options([entry], given))


def _save(record: ReleaseRecord, places: Sequence[Path]) -> None:
    """Write all files or none."""
    with all_or_none() as written:
        for place in places:
            written.append(record.save(place))


def _tell(record: ReleaseRecord, places: Sequence[Path]) -> None:
    verdict = record.content["verdict"]
    print(f"{verdict['state']}: {verdict['sentence']}" if "sentence" in verdict else verdict)
    print(f"mode: {record.content['mode']}")
    for finding in (*record.missed, *record.open):
        line = next(r for r in record.content["requirements"] if r["id"] == finding.requirement.id)
        print(f"- {line['sentence']} [{line['id']}]")
    print(f"written: {', '.join(map(str, places))}")


def _compare(asked: argparse.Namespace) -> int:
    if asked.original or asked.output:
        raise GuideError("--compare takes two records and nothing else")
    found = compare_records(*asked.compare)
    if asked.json:
        parts = {"facts": found.facts, "requirements": found.requirements}
        shared.print_json({name: shared.lines_of(table) for name, table in parts.items()})
        return 0
    for fact, line in found.facts.iterrows():
        print(f"{fact}: {line['first'] or 'none'} -> {line['second'] or 'none'}")
    for name, line in found.changed.iterrows():
        print(f"- {line['title']} [{name}]: {line['first']} -> {line['second']}")
    if found.facts.empty and found.changed.empty:
        print("no fact and no check differs")
    return 0
