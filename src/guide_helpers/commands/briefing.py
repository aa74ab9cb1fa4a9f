"""`guide brief`: one page for a manager, a methodologist or a user of the data."""

from __future__ import annotations

import argparse

from guide_helpers.commands import _shared as shared

BRIEF = """\
examples:
  guide brief manager                                  brief-manager.html, one sheet of A4
  guide brief methodologist --output sheet.html
  guide brief manager --policy office.toml             with the limits of your own office

The numbers come from the runs of evidence, the policy and the cards of the guide, and a sentence
that the runs no longer bear out is refused. Open the page in a browser to print it.
"""


def add(commands: shared.Commands) -> None:
    """Add the command."""
    from guide_helpers.briefs import readers

    parser = shared.add_command(commands, brief, "write one page for a kind of reader", BRIEF)
    add = parser.add_argument
    add("reader", choices=readers(), help="for whom it is")
    add("--output", metavar="FILE", help="a new .html file (default: brief-READER.html, here)")
    add("--policy", metavar="TOML", help="your office's requirements (default: the guide's)")


def brief(asked: argparse.Namespace) -> int:
    """Write the brief."""
    from guide_helpers.briefs import brief as brief_of

    made = brief_of(asked.reader, policy=asked.policy)
    print(f"The brief is {made.save(asked.output or f'brief-{asked.reader}.html')}")
    return 0
