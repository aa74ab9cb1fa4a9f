"""Bounds on what one person's processes use, set as root before they become that person's.

Two layers. The limits of a process (`setrlimit`) always hold: they come with every child. Where
the system lets root make control groups, of either version, a group for each person bounds all
their processes together and gives each person the same share of the processor.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

CONTROL = Path("/sys/fs/cgroup")
TOP = "guide-workshop"
PROCESSES = 512  # of one person, threads counted
FILES = 4096  # open at once
LARGEST = 2 << 30  # bytes of one file
GOES_FIRST = 900  # of 1000: where memory runs out all the same, a kernel ends before the hub


def bound(megabytes: int) -> None:
    """Set the limits of this process and of all it starts.

    RLIMIT_DATA counts what is written, not the address space that libraries reserve.
    """
    import resource

    limits = {
        resource.RLIMIT_DATA: megabytes << 20,
        resource.RLIMIT_NPROC: PROCESSES,
        resource.RLIMIT_NOFILE: FILES,
        resource.RLIMIT_FSIZE: LARGEST,
        resource.RLIMIT_CORE: 0,
    }
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))
    os.setpriority(os.PRIO_PROCESS, 0, 5)
    Path("/proc/self/oom_score_adj").write_text(str(GOES_FIRST), encoding="ascii")


class Group:
    """The control group of one person; empty where this system has none to give."""

    def __init__(self, name: str, megabytes: int, control: Path = CONTROL) -> None:
        self.places = tuple(_make(control, name, megabytes))

    def join(self) -> None:
        """Put this process, and what it starts, into the group."""
        for place in self.places:
            (place / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")

    @staticmethod
    def clear(name: str, control: Path = CONTROL) -> None:
        """Remove the group of one person, which must be empty."""
        for top in (control, *(control / kind for kind in ("memory", "cpu", "pids"))):
            with contextlib.suppress(OSError):
                (top / TOP / name).rmdir()
            with contextlib.suppress(OSError):
                (top / TOP).rmdir()


def kind_of(control: Path = CONTROL) -> str:
    """Return which control groups root can make here: `v2`, `v1` or `none`."""
    if not sys.platform.startswith("linux") or not os.access(control, os.W_OK):
        return "none"
    if (control / "cgroup.controllers").is_file():
        return "v2"
    return "v1" if (control / "memory" / "cgroup.procs").is_file() else "none"


def _make(control: Path, name: str, megabytes: int) -> list[Path]:
    """Make the group with its bounds, and return the folders to join."""
    made = {"v2": _make_v2, "v1": _make_v1, "none": lambda *_: []}
    try:
        return made[kind_of(control)](control, name, megabytes)
    except OSError:  # a container may show the files and let nobody write them
        return []


def _make_v2(control: Path, name: str, megabytes: int) -> list[Path]:
    wanted = "+memory +cpu +pids"
    top = control / TOP
    top.mkdir(exist_ok=True)
    for place in (control, top):
        (place / "cgroup.subtree_control").write_text(wanted, encoding="ascii")
    group = top / name
    group.mkdir(exist_ok=True)
    bounds = {"memory.max": megabytes << 20, "memory.swap.max": 0, "pids.max": PROCESSES}
    for file, value in bounds.items():
        if file != "memory.swap.max" or (group / file).exists():
            (group / file).write_text(str(value), encoding="ascii")
    return [group]


def _make_v1(control: Path, name: str, megabytes: int) -> list[Path]:
    bounds = {"memory": ("memory.limit_in_bytes", megabytes << 20), "pids": ("pids.max", PROCESSES)}
    groups = []
    for kind in ("memory", "cpu", "pids"):
        if not (control / kind / "cgroup.procs").is_file():
            continue
        group = control / kind / TOP / name
        group.mkdir(parents=True, exist_ok=True)
        if kind in bounds:
            file, value = bounds[kind]
            (group / file).write_text(str(value), encoding="ascii")
        groups.append(group)
    return groups
