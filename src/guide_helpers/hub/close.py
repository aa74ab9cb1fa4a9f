"""The end of a workshop: processes first, then accounts; files on request."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
from pathlib import Path

from guide_helpers.errors import GuideError
from guide_helpers.hub import accounts
from guide_helpers.hub.limits import Group

ROUNDS = 50  # each a tenth of a second; what was killed needs a moment to go


def close(folder: str, *, erase: bool = False) -> list[str]:
    """End what the people of a workshop run, remove their accounts, and return the names.

    Their files stay for the administrator, or go with `erase`.
    """
    from guide_helpers.hub.opening import need_root

    need_root("end")
    place = Path(folder).expanduser().resolve()
    names = sorted(accounts.ours(place))
    if not names and not (place / "hub" / "workshop.json").is_file():
        raise GuideError(f"{place} holds no workshop; name the folder that it was started with")
    if _hub_runs(place):
        raise GuideError("the hub of this workshop still runs; stop it with Ctrl-C first")
    end_processes(names)
    accounts.remove(place, names)
    for name in names:
        Group.clear(name)
    if erase:
        shutil.rmtree(place)
    else:
        (place / "hub" / "accounts.txt").unlink(missing_ok=True)
    return names


def end_processes(names: list[str]) -> None:
    """Kill every process of these accounts, and wait until they are gone."""
    numbers = {number for name, (number, _, _) in accounts.everyone().items() if name in names}
    for _ in range(ROUNDS):
        found = list(_processes(numbers))
        for process in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        if not found:
            return
        time.sleep(0.1)
    raise GuideError(f"{len(found)} processes of {', '.join(names)} did not end; try again")


def _processes(numbers: set[int]) -> list[int]:
    """Return the processes that belong to these numbers, those that have ended left out."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if place.stat().st_uid in numbers and _alive(place):
                found.append(int(place.name))
    return found


def _alive(place: Path) -> bool:
    return (place / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2][
        1
    ] != "Z"


def _hub_runs(folder: Path) -> bool:
    mark = str(folder / "hub" / "jupyterhub_config.py").encode()
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if mark in place.read_bytes().split(b"\0"):
                return True
    return False
