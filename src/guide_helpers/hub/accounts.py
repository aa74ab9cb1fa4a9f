"""The accounts of a workshop: names, passwords, and the Unix accounts they belong to."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from guide_helpers.errors import GuideError
from guide_helpers.hub.settings import Workshop, write_private
from guide_helpers.serving.access import new_token

MARK = "guide workshop"
"""What stands in the comment of each account, before its folder."""


def passwords(workshop: Workshop) -> dict[str, str]:
    """Return the password of each name; one that is new is drawn, the others stay."""
    kept = read_passwords(workshop.hub)
    return {name: kept.get(name) or new_token() for name in workshop.names}


def read_passwords(hub: Path) -> dict[str, str]:
    """Return what the accounts file holds, nothing where there is none."""
    try:
        lines = (hub / "accounts.txt").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except PermissionError as error:
        raise GuideError(f"{hub} can be read by an administrator only; use sudo") from error
    return dict(line.split() for line in lines if line and not line.startswith("#"))


def write_passwords(workshop: Workshop, drawn: dict[str, str]) -> None:
    """Write the accounts file, for its owner alone."""
    lines = [f"{name} {password}" for name, password in drawn.items()]
    head = "# One line for each person: give each their own, then destroy the list.\n"
    write_private(workshop.hub / "accounts.txt", head + "\n".join(lines) + "\n")


def to_hand_out(drawn: dict[str, str], address: str) -> str:
    """Return the list to print and cut into strips."""
    strips = [f"{address}\n  name: {n}\n  password: {p}" for n, p in drawn.items()]
    return ("\n" + "- " * 20 + "\n").join(strips)


def commands(workshop: Workshop, missing: list[str]) -> list[list[str]]:
    """Return the commands that make the accounts; each has no password, so nobody logs in."""
    return [
        [
            *("useradd", "--no-create-home", "--home-dir", str(workshop.home(name))),
            *("--user-group", "--no-log-init", "--shell", "/usr/sbin/nologin"),
            *("--comment", f"{MARK} {workshop.folder}", name),
        ]
        for name in missing
    ]


def make(workshop: Workshop) -> None:
    """Make the accounts that are not there, and their folders, closed to everyone else."""
    here = ours(workshop.folder)
    for name in sorted(set(workshop.names) - set(here)):
        if name in everyone():
            raise GuideError(
                f"an account {name} is here that belongs to no workshop in {workshop.folder}; "
                "end that workshop, or rename the account"
            )
    for command in commands(workshop, [n for n in workshop.names if n not in here]):
        run(command)
    for name in workshop.names:
        _make_home(workshop, name)


def _make_home(workshop: Workshop, name: str) -> None:
    """Make the folder of one person with copies of the notebooks; never touch one that is there.

    It is given away when it is complete: before that nobody but root can change what lies in it.
    """
    import pwd

    home, owner = workshop.home(name), pwd.getpwnam(name)
    if home.exists():
        if (home.stat().st_uid, home.is_symlink()) != (owner.pw_uid, False):
            raise GuideError(f"{home} does not belong to {name}; move it away")
        home.chmod(0o700)
        return
    half = home.with_suffix(".half")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700)
    if workshop.notebooks:
        shutil.copytree(workshop.notebooks, half / "notebooks", ignore=_left_out)
    for path in (*half.rglob("*"), half):
        os.lchown(path, owner.pw_uid, owner.pw_gid)
    half.rename(home)


def _left_out(folder: str, names: list[str]) -> set[str]:
    """Return what is no part of the copies."""
    return {n for n in names if n.startswith((".", "__")) or (Path(folder) / n).is_symlink()}


def remove(folder: Path, names: list[str]) -> None:
    """Remove accounts of this workshop; their files stay, and belong to root.

    A number of an account may be given to somebody else later, who must not find files under it.
    """
    for name in names:
        home = folder / name
        for path in (home, *home.rglob("*")):
            if path.is_symlink() or path.exists():
                os.lchown(path, 0, 0)
        run(["userdel", name])


def ours(folder: Path) -> dict[str, int]:
    """Return the accounts that a workshop in this folder made, with their numbers."""
    return {
        name: number
        for name, (number, comment, home) in everyone().items()
        if comment == f"{MARK} {folder}" and Path(home).parent == folder
    }


def everyone() -> dict[str, tuple[int, str, str]]:
    """Return number, comment and home of every account of this machine."""
    return dict(_entries())


def _entries() -> Iterator[tuple[str, tuple[int, str, str]]]:
    import pwd

    for entry in pwd.getpwall():
        yield entry.pw_name, (entry.pw_uid, entry.pw_gecos, entry.pw_dir)


def run(command: list[str]) -> None:
    """Run a command of the system, or say why it failed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise GuideError(f"{command[0]} failed for {command[-1]}: {done.stderr.strip()}")
