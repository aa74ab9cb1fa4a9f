# PYTHON_ARGCOMPLETE_OK
"""The command `guide`: look things up, make a synthetic file, check it, and record it."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from guide_helpers import __version__
from guide_helpers.commands import (
    briefing,
    challenging,
    checking,
    completing,
    evidencing,
    lookup,
    making,
    planning,
    recording,
    serving,
    workshopping,
)
from guide_helpers.errors import GuideError
from guide_helpers.progress import quietly

START = """\
begin here:
  guide describe my.csv --write my.yml                     look at it, then correct my.yml by hand
  guide recommend my.csv --schema my.yml --use-case education     which method, which checks
  guide generate my.csv --schema my.yml --method cart --output made.csv
  guide report my.csv made.csv --schema my.yml --use-case education --method cart \\
      --output record.html                                 all checks, one page to decide by

look things up:
  guide list methods          what the guide can do, one line each
  guide show methods cart     what one entry claims, and for what it is fit
  guide serve                 read the built guide in a browser, its pages live
  guide brief manager         one sheet of A4 for a meeting
  guide COMMAND --help        each command with examples

Files are CSV (.csv, .csv.gz), Parquet, Stata (.dta), SPSS (.sav), SAS (.sas7bdat, .xpt), linked
tables in a YAML file, or a data set of the guide (cps95). Nothing is sent anywhere;
`guide download` alone uses the network.

exit codes: 0 done, 1 a check that must be passed is missed or open (report), 2 bad input,
3 an error of the guide itself, 130 stopped. An existing file is never replaced.
"""
FAMILIES = (
    lookup,
    planning,
    making,
    checking,
    recording,
    serving,
    evidencing,
    briefing,
    challenging,
    workshopping,
    completing,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; what cannot be done is said in one line."""
    parser = _parser()
    _complete(parser)
    asked = parser.parse_args(arguments)
    run: Callable[[argparse.Namespace], int | None] = asked.run
    try:
        with warnings.catch_warnings(), quietly(asked.quiet):
            warnings.simplefilter("ignore")  # those of libraries name their own lines, not ours
            code = run(asked)
        sys.stdout.flush()
    except GuideError as refusal:
        return _refused(str(refusal), 2)
    except BrokenPipeError:  # the reader of our output, `head` say, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return _refused("stopped; nothing half-written is left", 130)
    except MemoryError:
        return _refused("the memory is full; give fewer rows or columns, or a simpler method", 2)
    except Exception as error:  # the message of a library may show a record: say where, not what
        if os.environ.get("GUIDE_DEBUG"):
            raise
        return _refused(_inside(error), 3)
    return code or 0


def _refused(sentence: str, code: int) -> int:
    shown = "".join(c if c.isprintable() else " " for c in sentence)
    print(f"guide: {' '.join(shown.split())}", file=sys.stderr)
    return code


def _inside(error: Exception) -> str:
    """Return which line of the guide an error of its own came from."""
    frames = traceback.extract_tb(error.__traceback__)
    home = str(Path(__file__).parent)
    last = next(f for f in reversed(frames) if f.filename.startswith(home))
    place = Path(last.filename).relative_to(home).as_posix()
    return (
        f"an error of the guide itself ({type(error).__name__} in {place}, line {last.lineno}); "
        "nothing half-written is left: please report this line"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="guide",
        description=__doc__,
        epilog=START,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"guide-helpers {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")
    for family in FAMILIES:
        family.add(commands)
    return parser


def _complete(parser: argparse.ArgumentParser) -> None:
    """Answer the shell where it asks what comes next."""
    if "_ARGCOMPLETE" not in os.environ:
        return
    try:
        from argcomplete import autocomplete
    except ImportError:
        return
    autocomplete(parser)


if __name__ == "__main__":
    sys.exit(main())
