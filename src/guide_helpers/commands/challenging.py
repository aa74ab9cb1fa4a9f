"""`guide challenge`: hold a synthetic data challenge, from the kit to the score board."""

from __future__ import annotations

import argparse
from pathlib import Path

from guide_helpers.commands import _shared as shared
from guide_helpers.errors import GuideError

CHALLENGE = """\
examples:
  guide challenge new summer --data satgpa --data acs     the kit: what teams get, what stays
  guide challenge check sent.zip --challenge summer       look at one submission
  guide challenge score summer                            score all in summer/host/submissions
  guide challenge board summer                            write the board, hidden checks left out
  guide challenge board summer --final                    with the hidden checks, at the end
  guide serve --board summer                              show the board to the room

A submission is data only: a zip of an evaluation sheet and of synthetic files. Each is read and
scored in a process of its own, with a limit on time and memory; what cannot be used is refused in
one sentence.
"""
ACTIONS = ("new", "check", "score", "board")


def add(commands: shared.Commands) -> None:
    """Add the command."""
    parser = shared.add_command(commands, challenge, "hold a synthetic data challenge", CHALLENGE)
    add = parser.add_argument
    add("action", choices=ACTIONS)
    add("place", metavar="FOLDER|FILE", help="the challenge; of check, the submission")
    add("--challenge", metavar="FOLDER", help="check: the challenge that it was sent to")
    add(
        "--data",
        action="append",
        default=[],
        metavar="NAME",
        help="new: one table, one row a unit: a data set of the guide or a file; again for more",
    )
    shared.add_schema(parser)
    add("--units", type=int, metavar="N", help="new: so many people at most, chosen at random")
    add("--title", default="Synthetic data challenge", help="new: what it is called")
    add("--seed", type=int, help="new: for teaching; without it nobody can repeat the draw")
    add("--final", action="store_true", help="board: show the hidden checks too")


def challenge(asked: argparse.Namespace) -> int:
    """Make a kit, look at one submission, score all, or write the board."""
    return {"new": _new, "check": _check, "score": _score, "board": _board}[asked.action](asked)


def _new(asked: argparse.Namespace) -> int:
    from guide_helpers.challenge import new_kit

    if asked.schema and len(asked.data) > 1:
        raise GuideError("a schema belongs to one file; make a challenge with one --data")
    made = new_kit(
        asked.place,
        asked.data,
        schema=asked.schema,
        units=asked.units,
        title=asked.title,
        seed=asked.seed,
    )
    print(f"Give away {made.folder / 'participants'}, keep {made.folder / 'host'} to yourself; "
          f"{made.folder / 'README.md'} says what to do next.")  # fmt: skip
    return 0


def _check(asked: argparse.Namespace) -> int:
    from guide_helpers.challenge import Challenge, check

    if not asked.challenge:
        raise GuideError("say which challenge it was sent to: --challenge FOLDER")
    if not Path(asked.place).exists():
        raise GuideError(f"no submission {asked.place}; give a zip or a folder")
    told = check(asked.place, Challenge.read(asked.challenge))
    if "refused" in told:
        raise GuideError(told["refused"])
    sheet = told["sheet"]
    print(f"It can be scored: {sheet['team']}, {sheet['method']} on {sheet['data']}, "
          f"{sheet['synthesis']}.")  # fmt: skip
    return 0


def _score(asked: argparse.Namespace) -> int:
    from guide_helpers.challenge import Challenge, score

    found = score(Challenge.read(asked.place))
    refused = [told for told in found if "refused" in told]
    print(f"{len(found) - len(refused)} submissions scored, {len(refused)} refused")
    for told in refused:
        print(f"refused: {_shown(told['submission'])}: {_shown(told['refused'])}")
    return 0


def _board(asked: argparse.Namespace) -> int:
    from guide_helpers.challenge import Challenge, write_board

    page = write_board(Challenge.read(asked.place), final=asked.final)
    print(f"The score board is {page}")
    return 0


def _shown(text: str) -> str:
    """Return a text that a terminal can show: a name of a file may hold anything."""
    return "".join(c if c.isprintable() else " " for c in text)
