"""The command `guide`: look things up, and make a synthetic file without writing Python."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from guide_helpers import __version__, verbs
from guide_helpers.cards import plain
from guide_helpers.catalogue import KINDS, entries, find
from guide_helpers.errors import GuideError
from guide_helpers.schema import Data, Dataset, Kind, LinkedTables
from guide_helpers.schema_files import to_dict, write_yaml
from guide_helpers.writing import new_file, whole_file

START = """\
begin here:
  guide list methods                       what the guide can do, one line each
  guide show methods cart                  what one entry claims, and for what it is fit
  guide describe my.csv --write my.yml     see what was inferred, then correct my.yml by hand
  guide generate my.csv --schema my.yml --method cart --output synthetic.csv
  guide serve                              read the built guide in a browser, its pages live

A file is one of your own (.csv, .csv.gz, .parquet) or a data set of the guide (cps95).
Nothing is sent anywhere; `guide download` alone uses the network.
"""
OUTPUTS = (".csv", ".csv.gz", ".parquet")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, or 2 after one line on what cannot be done."""
    asked = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], None] = asked.run
    try:
        run(asked)
        sys.stdout.flush()
    except GuideError as refusal:
        print(f"guide: {refusal}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of our output, `head` say, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("guide: stopped", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    shape = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="guide", description=__doc__, epilog=START, formatter_class=shape
    )
    parser.add_argument("--version", action="version", version=f"guide-helpers {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(run: Callable[[argparse.Namespace], None], what: str) -> argparse.ArgumentParser:
        added = commands.add_parser(run.__name__[1:], help=what, description=what)
        added.set_defaults(run=run)
        return added

    listing = command(_list, "list the entries of the guide, one line each")
    listing.add_argument("kind", nargs="?", choices=KINDS, help="one inventory only")
    showing = command(_show, "show what the guide claims about one entry")
    showing.add_argument("kind", choices=KINDS)
    showing.add_argument("slug", help="its name, as `guide list` prints it")
    describing = command(_describe, "show the schema of a file: kinds, roles, missing values")
    describing.add_argument("file", help="a file of your own or a data set of the guide")
    describing.add_argument("--schema", help="the YAML file with your corrections")
    describing.add_argument("--write", metavar="YML", help="write the schema, to be corrected")
    for parts in (listing, showing, describing):
        parts.add_argument("--json", action="store_true", help="print JSON for programs")
    loading = command(_download, "fetch a larger public file, checked by its sha256")
    loading.add_argument("name", nargs="?", help="without a name: list what there is")
    loading.add_argument("--folder", help="where to put it (default: your cache folder)")
    making = command(_generate, "make a synthetic file")
    making.add_argument("file", help="a file of your own or a data set of the guide")
    runs = [slug for slug, entry in entries("methods").items() if entry.runs]
    making.add_argument("--method", required=True, choices=runs, help="see `guide list methods`")
    making.add_argument("--output", required=True, help=f"a new file: {', '.join(OUTPUTS)}")
    making.add_argument("--schema", help="the YAML file with your corrections")
    making.add_argument("--rows", type=int, help="how many units (default: as in the file)")
    making.add_argument("--seed", type=int, help="a number with which the run repeats itself")
    _serve_options(command(_serve, "show the built guide in a browser, with kernels for its pages"))
    return parser


def _serve_options(serving: argparse.ArgumentParser) -> None:
    add = serving.add_argument
    add("--site", metavar="FOLDER", help="the built or unzipped pages (default: of the checkout)")
    add("--folder", help="where kernels work (default: the checkout, else a temporary folder)")
    add("--port", type=int, default=8000)
    add("--public", action="store_true", help="for a workshop: others in the network get in too")
    add("--kernels", type=int, default=8, metavar="N", help="so many at once (default: 8)")
    add("--memory", type=int, metavar="MB", help="for each kernel, on Linux (default: 2048)")
    add(
        "--idle", type=float, default=30, metavar="MINUTES", help="then a kernel ends (default: 30)"
    )
    add("--lab", action="store_true", help="JupyterLab too, which may read and write the folder")
    add("--no-browser", action="store_true", help="print the address, open no browser")


def _list(asked: argparse.Namespace) -> None:
    kinds = [asked.kind] if asked.kind else list(KINDS)
    if asked.json:
        found = {k: verbs.inventory(k).reset_index().to_dict("records") for k in kinds}
        _print_json(found)
        return
    for kind in kinds:
        print(f"{kind}:")
        for slug, entry in entries(kind).items():
            runs = kind == "datasets" or entry.runs
            mark = "" if runs else " (described, not part of the package)"
            print(f"  {slug:<26}{entry.card.title}{mark}: {entry.card.summary}")


def _show(asked: argparse.Namespace) -> None:
    entry = find(asked.kind, asked.slug)
    claims = {"slug": entry.slug, "runs": entry.runs, **_plain(entry.card)}
    if asked.json:
        _print_json(claims)
        return
    for name, claim in claims.items():
        words = _words(claim)
        if words:
            print(f"{name.replace('_', ' ')}: {words}")


def _describe(asked: argparse.Namespace) -> None:
    data = _load(asked)
    tables = data.tables if isinstance(data, LinkedTables) else {data.name: data}
    if asked.write:
        if isinstance(data, LinkedTables):
            raise GuideError("the schema of linked tables comes with the guide; it is not written")
        write_yaml(data, asked.write)
    if asked.json:
        _print_json(
            {n: {"rows": len(t), "units": t.n_units, **to_dict(t)} for n, t in tables.items()}
        )
        return
    for name, table in tables.items():
        print(f"{name}: {len(table):,} rows, {table.n_units:,} units")
        print(table.describe().to_string(max_colwidth=40), end="\n\n")
    if asked.write:
        print(f"Schema written to {asked.write}: correct it, then give it with --schema.")
    print("Levels and bounds marked `observed` come from the records: keep them confidential.")


def _download(asked: argparse.Namespace) -> None:
    from guide_helpers.datasets._download import FILES, download

    if asked.name is None:
        for name, file in FILES.items():
            print(f"{name:<20}{file.size / 1e6:>8.1f} MB  {file.title}")
        return
    print(download(asked.name, folder=asked.folder))


def _generate(asked: argparse.Namespace) -> None:
    target = _new_file(asked.output)
    made = verbs.generate(_load(asked), asked.method, n=asked.rows, seed=asked.seed)
    if not isinstance(made.first, Dataset):
        raise GuideError("several linked tables do not go into one file; use generate() in Python")
    _write_whole(made.first, target)
    seed = made.provenance["seed"]
    claim = f"privacy: {made.privacy.claim}" if made.privacy else "no formal privacy"
    print(f"{target}: {len(made.first):,} rows by {asked.method}, seed {seed}, {claim}")


def _serve(asked: argparse.Namespace) -> None:
    from guide_helpers.serving import serve, settle

    names = ("folder", "port", "public", "kernels", "memory", "idle", "lab")
    settings = settle(asked.site, **{name: getattr(asked, name) for name in names})
    serve(settings, browser=not asked.no_browser)


def _load(asked: argparse.Namespace) -> Data:
    return verbs.load(asked.file, schema=asked.schema)


def _new_file(name: str) -> Path:
    if not name.endswith(OUTPUTS):
        raise GuideError(f"{name} is not one of {', '.join(OUTPUTS)}; choose another ending")
    if name.endswith(".parquet") and find_spec("pyarrow") is None:
        raise GuideError(f"{name} needs the package pyarrow; install it or choose the ending .csv")
    return new_file(name)


def _write_whole(data: Dataset, target: Path) -> None:
    """Write the rows to a new file, whole or not at all.

    Levels become plain values: a categorical column of a Parquet file lists all its levels, also
    observed ones that no synthetic record shows.
    """
    types = {v.name: "Int64" for v in data.schema.variables if v.kind is Kind.INTEGER}
    types |= {v.name: "object" for v in data.schema.variables if v.discrete}
    rows = data.rows.astype(types)
    with whole_file(target) as part:
        if target.suffix == ".parquet":
            rows.to_parquet(part, index=False)
        else:
            rows.to_csv(part, index=False)


def _plain(value: Any) -> Any:
    """Return a card as dictionaries, lists and words."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {_plain(k): _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, tuple | list) else value


def _words(claim: Any) -> str:
    if isinstance(claim, dict) and set(claim) == {"verdict", "reason"}:
        return f"{claim['verdict']}: {_words(claim['reason'])}"
    if isinstance(claim, dict):
        return "".join(f"\n  {str(k).replace('_', ' ')}: {_words(v)}" for k, v in claim.items())
    if isinstance(claim, list):
        return "; ".join(_words(c) for c in claim)
    if isinstance(claim, bool):
        return "yes" if claim else "no"
    return "" if claim is None else plain(str(claim))


def _print_json(content: Any) -> None:
    print(json.dumps(content, indent=1, ensure_ascii=False, default=str))


if __name__ == "__main__":
    sys.exit(main())
