"""Look whether a workshop can be held here, make what it needs, and become its hub."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

from guide_helpers.errors import GuideError
from guide_helpers.hub import accounts, config, limits
from guide_helpers.hub.settings import Workshop
from guide_helpers.serving.settings import _taken as taken

NEEDED = ("jupyterhub", "jupyterhub_idle_culler", "configurable_http_proxy", "jupyterlab")
LOCK = "requirements/workshop.txt"
KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE")


def need_root(action: str) -> None:
    """Refuse whoever may not make accounts, and say what works without that right."""
    root = sys.platform.startswith("linux") and os.geteuid() == 0
    if not root:
        raise GuideError(
            f"guide workshop {action} needs Linux and an administrator (sudo), because each person "
            "gets a Unix account; without that, start guide serve on each laptop"
        )


def prepare(workshop: Workshop) -> dict[str, str]:
    """Make accounts, folders and the hub's file; return the passwords."""
    need_root("serve")
    _need_packages()
    _need_access(workshop)
    _need_ports(workshop)
    workshop.folder.mkdir(parents=True, exist_ok=True)
    workshop.folder.chmod(0o711)
    workshop.hub.mkdir(mode=0o700, exist_ok=True)
    workshop.hub.chmod(0o700)
    workshop.write()
    drawn = accounts.passwords(workshop)
    accounts.write_passwords(workshop, drawn)
    accounts.make(workshop)
    config.write(workshop)
    return drawn


def start(workshop: Workshop) -> NoReturn:
    """Become the hub: this process is JupyterHub from here on, and Ctrl-C is for it."""
    sys.stdout.flush()
    surroundings = {name: os.environ[name] for name in KEPT if name in os.environ}
    os.chdir(workshop.hub)
    os.umask(0o077)
    file = str(workshop.hub / "jupyterhub_config.py")
    command = [sys.executable, "-P", "-m", "jupyterhub", "--config", file]
    os.execve(sys.executable, command, surroundings | {"HOME": str(workshop.hub)})


def _need_packages() -> None:
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise GuideError(
            f"guide workshop needs {', '.join(missing)}; type: {sys.executable} -m pip install "
            f"--no-deps --require-hashes -r {LOCK}"
        )
    if shutil.which("useradd") is None:
        raise GuideError("useradd is not here, which makes the accounts; install shadow-utils")


def _need_access(workshop: Workshop) -> None:
    """Refuse to start where people could not reach Python, the guide, or its pages."""
    import guide_helpers

    places = {
        "Python": Path(sys.executable),
        "Python's own files": Path(os.path.realpath(sys.executable)),
        "the guide": Path(guide_helpers.__file__),
        "JupyterLab": Path(str(importlib.util.find_spec("jupyterlab").origin)),  # type: ignore[union-attr]
        "the workshop's folder": workshop.folder.parent,
    }
    if workshop.site:
        places["the built guide"] = workshop.site / "index.html"
    for what, place in places.items():
        if shut := closed(place):
            raise GuideError(
                f"{what} lies below {shut}, which other accounts cannot enter; "
                "make the environment for a workshop below /opt or /srv, from /usr/bin/python3"
            )


def _need_ports(workshop: Workshop) -> None:
    """Refuse ports that something else listens on: the door, the hub, its other side, the pages."""
    for port in range(workshop.port, workshop.port + 4):
        if reason := taken(port, False):
            raise GuideError(f"port {port} cannot be used ({reason}); try --port {port + 10}")


def closed(place: Path) -> Path | None:
    """Return the folder on the way to a place that others cannot enter, None where they can."""
    for step in reversed(place.absolute().parents):
        if step.exists() and not step.stat().st_mode & 0o001:
            return step
    readable = not place.exists() or place.stat().st_mode & 0o004 or place.is_dir()
    return None if readable else place


def bounds(workshop: Workshop) -> str:
    """Return in one sentence what holds each person back."""
    each = f"{workshop.memory} MB for each process"
    if limits.kind_of() == "none":
        return f"Each person: {each}; this system has no control groups, so CPU is shared by need."
    whole = workshop.memory * 3 // 2
    return f"Each person: {each}, {whole} MB in all, and an equal share of the processor."
