"""`guide list`, `guide show`, `guide download`: what there is."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from guide_helpers import verbs
from guide_helpers.cards import plain as words_only
from guide_helpers.catalogue import KINDS, entries, find
from guide_helpers.commands import _shared as shared

LIST = """\
examples:
  guide list                    all inventories
  guide list methods            the methods alone
  guide list measures --json    for programs: slug, title, summary, and whether it runs
"""
SHOW = """\
examples:
  guide show methods cart            what it does, for what it is fit, what it cannot do
  guide show measures propensity_mse how to read it, if you make the file and if you use it
  guide show attacks unique_match    what the attacker knows
"""
DOWNLOAD = """\
examples:
  guide download                     the files that there are, with their sizes
  guide download NAME                fetch one into your cache folder
This is the one command that uses the network.
"""


def add(commands: shared.Commands) -> None:
    """Add the commands of this family."""
    listing = shared.add_command(commands, list, "list the entries of the guide", LIST)
    listing.add_argument("kind", nargs="?", choices=KINDS, help="one inventory only")
    showing = shared.add_command(commands, show, "show what the guide claims of an entry", SHOW)
    showing.add_argument("kind", choices=KINDS)
    slug = showing.add_argument("slug", help="its name, as `guide list` prints it")
    slug.completer = _slugs  # type: ignore[attr-defined]
    what = "fetch a larger public file, checked by its sha256"
    loading = shared.add_command(commands, download, what, DOWNLOAD)
    loading.add_argument("name", nargs="?", help="without a name: list what there is")
    loading.add_argument("--folder", help="where to put it (default: your cache folder)")
    for parser in (listing, showing, loading):
        shared.add_json(parser)


def _slugs(prefix: str, parsed_args: argparse.Namespace, **_: Any) -> Iterable[str]:
    """Complete the name of an entry of the kind that was typed."""
    return [slug for slug in entries(parsed_args.kind) if slug.startswith(prefix)]


def list(asked: argparse.Namespace) -> None:  # noqa: A001 - called as the command is
    """Print the entries, one line each."""
    kinds = [asked.kind] if asked.kind else KINDS
    if asked.json:
        shared.print_json({k: shared.lines_of(verbs.inventory(k)) for k in kinds})
        return
    for kind in kinds:
        print(f"{kind}:")
        for slug, entry in entries(kind).items():
            runs = kind == "datasets" or entry.runs
            mark = "" if runs else " (described, not part of the package)"
            print(f"  {slug:<26}{entry.card.title}{mark}: {entry.card.summary}")


def show(asked: argparse.Namespace) -> None:
    """Print the card of an entry."""
    entry = find(asked.kind, asked.slug)
    claims = {"slug": entry.slug, "runs": entry.runs, **shared.plain(entry.card)}
    if asked.json:
        shared.print_json(claims)
        return
    for name, claim in claims.items():
        words = _words(claim)
        if words:
            print(f"{name.replace('_', ' ')}: {words}")


def download(asked: argparse.Namespace) -> None:
    """Fetch a file, or list the files."""
    from guide_helpers.datasets._download import FILES
    from guide_helpers.datasets._download import download as fetch

    if asked.name is not None:
        place = fetch(asked.name, folder=asked.folder)
        shared.print_json({"file": str(place)}) if asked.json else print(place)
    elif asked.json:
        shared.print_json({n: {"bytes": f.size, "title": f.title} for n, f in FILES.items()})
    else:
        for name, file in FILES.items():
            print(f"{name:<20}{file.size / 1e6:>8.1f} MB  {file.title}")


def _words(claim: Any) -> str:
    if isinstance(claim, dict) and set(claim) == {"verdict", "reason"}:
        return f"{claim['verdict']}: {_words(claim['reason'])}"
    if isinstance(claim, dict):
        return "".join(f"\n  {str(k).replace('_', ' ')}: {_words(v)}" for k, v in claim.items())
    if isinstance(claim, type([])):
        return "; ".join(map(_words, claim))
    if isinstance(claim, bool):
        return "yes" if claim else "no"
    return "" if claim is None else words_only(str(claim))
