"""What the commands have in common: files in, options by their type, results out."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from guide_helpers import verbs
from guide_helpers.errors import GuideError
from guide_helpers.schema import Data, LinkedTables

Run = Callable[[argparse.Namespace], int | None]
Commands = Any
"""What argparse's add_subparsers returns; its class has no public name."""

FILE = "a file of your own, a YAML of linked tables, or a data set of the guide"


def add_command(commands: Commands, run: Run, what: str, example: str) -> argparse.ArgumentParser:
    """Return the parser of a command, which is called as its function is."""
    added: argparse.ArgumentParser = commands.add_parser(
        run.__name__,
        help=what,
        description=f"{what[0].upper()}{what[1:]}.",
        epilog=example,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    added.set_defaults(run=run)
    added.add_argument("--quiet", action="store_true", help="show no progress")
    return added


def add_json(parser: argparse.ArgumentParser) -> None:
    """Let a command print for programs."""
    parser.add_argument("--json", action="store_true", help="print JSON for programs")


def add_schema(parser: argparse.ArgumentParser) -> None:
    """Let a command take the corrected schema of the file."""
    parser.add_argument(
        "--schema", metavar="YML", help="your corrected schema (guide describe FILE --write YML)"
    )


def add_options(parser: argparse.ArgumentParser, whose: str, example: str) -> None:
    """Let a command take options by name."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"an option of {whose}, for example {example}; may be given again",
    )


def add_files(parser: argparse.ArgumentParser) -> None:
    """Let a command take an original, one or several synthetic files, and a control file."""
    parser.add_argument("original", help=FILE)
    parser.add_argument(
        "synthetic", nargs="+", help="its synthetic file, or several copies; a folder if linked"
    )
    add_schema(parser)
    parser.add_argument("--control", metavar="FILE", help="people who are not in the original")


def load(asked: argparse.Namespace) -> Data:
    """Return the first file of a command."""
    name = getattr(asked, "original", None) or asked.file
    return verbs.load(name, schema=asked.schema)


def load_beside(name: str, original: Data) -> Data:
    """Return a file of the same kind of records as the original; a folder if that is linked."""
    from guide_helpers.intake import load_like
    from guide_helpers.linked_files import is_linked, load_folder, load_linked

    place = Path(name)
    if isinstance(original, LinkedTables):
        return load_linked(place) if is_linked(place) else load_folder(place, original)
    return load_like(place, original)


def words_of(listed: str | None) -> list[str] | None:
    """Return the words of a list with commas."""
    return None if listed is None else [w.strip() for w in listed.split(",") if w.strip()]


def print_json(thing: Any) -> None:
    """Print a result for programs; a number without a value is null."""
    print(json.dumps(finite(thing), indent=2, ensure_ascii=False, default=str, allow_nan=False))


def finite(thing: Any) -> Any:
    """Return a result with None in the place of numbers that JSON does not have."""
    if isinstance(thing, Mapping):
        return {str(k): finite(v) for k, v in thing.items()}
    if isinstance(thing, list | tuple):
        return [finite(v) for v in thing]
    if isinstance(thing, float) and not math.isfinite(thing):
        return None
    return thing.item() if hasattr(thing, "item") and not isinstance(thing, str) else thing


def lines_of(table: Any) -> list[dict[str, Any]]:
    """Return a table as a list of its lines."""
    lines = table.reset_index().to_dict("records")
    return [{str(k): v for k, v in line.items()} for line in lines]


def plain(value: Any) -> Any:
    """Return a dataclass as dictionaries, lists and words."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {plain(k): plain(v) for k, v in value.items()}
    return [plain(v) for v in value] if isinstance(value, tuple | list) else value


def pairs(given: Sequence[str], what: str = "--set") -> dict[str, str]:
    """Return names and texts of `NAME=VALUE`."""
    found = {}
    for pair in given:
        name, sign, text = pair.partition("=")
        if not sign or not name.strip():
            raise GuideError(f"{what} {pair!r} is not written NAME=VALUE")
        found[name.strip().replace("-", "_")] = text.strip()
    return found
