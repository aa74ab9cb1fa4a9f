"""`guide workshop`: hold a workshop on one machine, or pack it for a closed network."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from guide_helpers.commands import _shared as shared
from guide_helpers.errors import GuideError

if TYPE_CHECKING:
    from guide_helpers.hub import Workshop

WORKSHOP = """\
examples:
  sudo guide workshop serve /srv/workshop              thirty accounts, on this machine alone
  sudo guide workshop serve /srv/workshop --public     for a room: others in the network get in
  sudo guide workshop serve /srv/workshop --ready      an hour before: every server is up then
  guide workshop serve /srv/workshop --dry-run         say what would be done, do nothing
  sudo guide workshop accounts /srv/workshop           print the list to hand out again
  sudo guide workshop end /srv/workshop                processes and accounts go, files stay
  guide workshop bundle usb/guide                      all that a closed network needs
  guide workshop copies room                           notebooks: participants', instructors'
  guide workshop slides --agenda one-day               the book's figures, as slides for the day
  guide workshop slides --part wp2 --output wp2.html   or for one part of the guide

serve makes a Unix account for each person and so needs Linux and an administrator. Without that,
guide serve on each laptop shows the same pages, live. slides are made when the book is built; this
takes them out of the built guide, as a page that needs no network.
"""
ACTIONS = ("serve", "accounts", "end", "bundle", "copies", "slides")
AGENDAS = ("half-day", "one-day", "three-day")
PARTS = ("wp1", "wp2", "wp3", "wp4")


def add(commands: shared.Commands) -> None:
    """Add the command."""
    add = shared.add_command(commands, workshop, "hold a workshop", WORKSHOP).add_argument
    add("action", choices=ACTIONS)
    add("folder", metavar="FOLDER", nargs="?", help="of the workshop; bundle, copies: a new one")
    add("--people", type=int, default=30, metavar="N", help="so many accounts (default: 30)")
    add("--port", type=int, default=8000, help="three more above it are used on this machine")
    add("--public", action="store_true", help="others in the network get in too")
    add("--memory", type=int, default=2048, metavar="MB", help="for a kernel (default: 2048)")
    add("--idle", type=float, default=60, metavar="MINUTES", help="then a server ends")
    add("--ready", action="store_true", help="start every server before people come")
    add("--notebooks", metavar="FOLDER", help="each person gets a copy (default: the guide's)")
    add("--site", metavar="FOLDER", help="the built guide (default: of the checkout)")
    add("--dry-run", action="store_true", help="serve: say what would be done, do nothing")
    add("--erase", action="store_true", help="end: the files of all people go too")
    add("--agenda", choices=AGENDAS, help="slides: for this agenda (default: half-day)")
    add("--part", choices=PARTS, help="slides: for this part of the guide")
    add("--output", metavar="FILE", help="slides: a new file (default: slides-AGENDA.html, here)")
    add("--lock", action="append", default=[], metavar="FILE", help="bundle: locked packages")


def workshop(asked: argparse.Namespace) -> int:
    """Serve, list the accounts, end, write the exercises, pack, or take out the slides."""
    actions = {"serve": _serve, "accounts": _accounts, "end": _end}
    actions |= {"bundle": _bundle, "copies": _copies, "slides": _slides}
    if asked.action == "slides":
        if asked.folder:
            raise GuideError(f"slides go to a file; write --output {asked.folder}")
    elif not asked.folder:
        raise GuideError(f"{asked.action} needs a folder; write guide workshop {asked.action} room")
    actions[asked.action](asked)
    return 0


def _serve(asked: argparse.Namespace) -> None:
    from guide_helpers import hub
    from guide_helpers.hub import accounts, config
    from guide_helpers.hub.opening import bounds

    names = ("people", "port", "public", "memory", "idle", "ready", "notebooks", "site")
    settings = hub.settle(asked.folder, **{name: getattr(asked, name) for name in names})
    if asked.dry_run:
        print("\n".join(" ".join(c) for c in accounts.commands(settings, settings.names)))
        print(config.shown(settings))
        return
    hub.prepare(settings)
    print("\n".join(_words(settings)), bounds(settings), sep="\n", flush=True)
    hub.start(settings)


def _words(settings: Workshop) -> list[str]:
    """Return what is printed before the hub takes over."""
    lines = [
        f"The workshop is at http://127.0.0.1:{settings.port}/",
        f"Names and passwords: {settings.hub / 'accounts.txt'}; to print them: "
        f"guide workshop accounts {settings.folder}",
    ]
    if settings.public:
        lines += [
            f"For others in this network: {address(settings)}",
            "What is sent is not encrypted: use it in a room you trust, and end it afterwards.",
        ]
    return [*lines, f"Ctrl-C stops it; then guide workshop end {settings.folder}"]


def address(settings: Workshop) -> str:
    """Return where people find the workshop."""
    from guide_helpers.serving.start import _address

    place = _address() if settings.public else "127.0.0.1"
    return f"http://{place}:{settings.port}/"


def _accounts(asked: argparse.Namespace) -> None:
    from guide_helpers.hub import accounts
    from guide_helpers.hub.settings import read

    settings = read(Path(asked.folder).expanduser().resolve())
    print(accounts.to_hand_out(accounts.read_passwords(settings.hub), address(settings)))


def _end(asked: argparse.Namespace) -> None:
    from guide_helpers.hub import close

    gone = close(asked.folder, erase=asked.erase)
    kept = "their files are gone" if asked.erase else f"their files are in {asked.folder}, root's"
    print(f"{len(gone)} accounts removed; {kept}.")


def _bundle(asked: argparse.Namespace) -> None:
    from guide_helpers.hub import make_bundle

    made = make_bundle(asked.folder, locks=asked.lock, site=asked.site, notebooks=asked.notebooks)
    print(f"{made.packages} packages, {made.megabytes:.0f} MB in {made.folder}; "
          f"read its README.txt, and SDV-LICENCE.txt before you hand it on.")  # fmt: skip


def _copies(asked: argparse.Namespace) -> None:
    from guide_helpers.workshop import copies

    made = copies.write(asked.folder)
    print(f"{made}: participants' notebooks without solutions, instructors' with them.")


def _slides(asked: argparse.Namespace) -> None:
    from guide_helpers.site import slides

    if asked.agenda and asked.part:
        raise GuideError("--agenda and --part are two kinds of slides; give one of them")
    name = asked.agenda or asked.part or AGENDAS[0]
    made = slides.take(name, asked.output or f"slides-{name}.html", asked.site)
    print(f"{made}: open it in a browser; print it for one slide on each sheet.")
