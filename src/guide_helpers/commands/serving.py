"""`guide serve`: the built guide in a browser, with kernels for its pages."""

from __future__ import annotations

import argparse

from guide_helpers.commands import _shared as shared

SERVE = """\
examples:
  guide serve                          the guide of this checkout, with live pages
  guide serve --site FOLDER            the pages of an unzipped copy
  guide serve --public --kernels 30    a workshop: others in the room open it too
"""


def add(commands: shared.Commands) -> None:
    """Add the command."""
    what = "show the built guide in a browser, with kernels for its pages"
    add = shared.add_command(commands, serve, what, SERVE).add_argument
    add("--site", metavar="FOLDER", help="the built or unzipped pages (default: of the checkout)")
    add("--folder", help="where kernels work (default: the checkout, else a temporary folder)")
    add("--port", type=int, default=8000)
    add("--public", action="store_true", help="for a workshop: others in the network get in too")
    add("--kernels", type=int, default=8, metavar="N", help="so many at once (default: 8)")
    add("--memory", type=int, metavar="MB", help="for each kernel, on Linux (default: 2048)")
    add(
        "--idle", type=float, default=30, metavar="MINUTES", help="then a kernel ends (default: 30)"
    )
    add("--board", metavar="FOLDER", help="show the score board of this challenge at /board/")
    add("--lab", action="store_true", help="JupyterLab too, which may read and write the folder")
    add("--no-browser", action="store_true", help="print the address, open no browser")


def serve(asked: argparse.Namespace) -> None:
    """Serve until Ctrl-C."""
    from guide_helpers.serving import serve as run
    from guide_helpers.serving import settle

    names = ("folder", "port", "public", "kernels", "memory", "idle", "lab", "board")
    settings = settle(asked.site, **{name: getattr(asked, name) for name in names})
    run(settings, browser=not asked.no_browser)
