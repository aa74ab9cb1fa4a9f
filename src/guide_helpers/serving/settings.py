"""What `guide serve` was asked for, checked before anything starts."""

from __future__ import annotations

import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from guide_helpers.errors import GuideError

BUILT = Path("build", "_build", "html")
MEMORY = 2048
LEAST_MEMORY = 512


@dataclass(frozen=True)
class Settings:
    """Where the site is, where kernels work, and how many with how much."""

    site: Path
    folder: Path | None = None  # None: a temporary folder
    port: int = 8000
    public: bool = False
    kernels: int = 8
    memory: int | None = None  # MB for each kernel; None: no limit
    idle: float = 30  # minutes
    lab: bool = False
    board: Path | None = None  # the score board of a challenge


def settle(
    site: str | None = None,
    *,
    folder: str | None = None,
    memory: int | None = None,
    port: int = 8000,
    public: bool = False,
    kernels: int = 8,
    idle: float = 30,
    lab: bool = False,
    board: str | None = None,
) -> Settings:
    """Return the settings, each checked; what was not said follows from the checkout."""
    home = checkout()
    if kernels < 0:
        raise GuideError(f"--kernels {kernels} is no number of kernels; give 0 or more")
    if not 0 < idle < 7 * 24 * 60:
        raise GuideError(f"--idle {idle:g} is not between 0 and 10080 minutes; give for example 30")
    return Settings(
        site=_site(site, home),
        folder=_folder(folder) if folder else home,
        port=_port(port, public),
        public=public,
        kernels=kernels,
        memory=_memory(memory),
        idle=idle,
        lab=lab,
        board=_board(board) if board else None,
    )


def checkout() -> Path | None:
    """Return the checkout that this package or the current folder lies in, if any."""
    here = Path.cwd()
    for place in (Path(__file__).resolve().parents[3], here, *here.parents):
        if (place / "_toc.yml").is_file() and (place / "notebooks").is_dir():
            return place
    return None


def _site(asked: str | None, home: Path | None) -> Path:
    if asked is None and home is None:
        raise GuideError("there is no checkout here; name the folder of the pages with --site")
    folder = Path(asked).expanduser() if asked else home / BUILT  # type: ignore[operator]
    if (folder / "index.html").is_file() and (folder / "_static").is_dir():
        return folder.resolve()
    if asked:
        raise GuideError(f"{folder} holds no built guide; name the folder with its index.html")
    raise GuideError("the guide is not built yet; type: make book, or python tools/dev.py book")


def _board(asked: str) -> Path:
    """Return the folder of a score board, of which a challenge keeps one inside."""
    folder = Path(asked).expanduser()
    for place in (folder / "board", folder):
        if (place / "index.html").is_file() and (place / "scores.json").is_file():
            return place.resolve()
    raise GuideError(f"{folder} holds no score board; write it with guide challenge board FOLDER")


def _folder(asked: str) -> Path:
    folder = Path(asked).expanduser()
    if not folder.is_dir():
        raise GuideError(f"no folder {asked} for the kernels to work in; make it, or leave it out")
    return folder.resolve()


def _memory(asked: int | None) -> int | None:
    if not sys.platform.startswith("linux"):
        if asked:
            raise GuideError("--memory works on Linux only; leave it out")
        return None
    if asked is None:
        return MEMORY
    if asked and asked < LEAST_MEMORY:
        raise GuideError(f"--memory {asked} is too little; give {LEAST_MEMORY}, or 0 for no limit")
    return asked or None


def _port(asked: int, public: bool) -> int:
    if not 0 <= asked < 65536:
        raise GuideError(f"--port {asked} is no port; give a number from 1024 to 65535")
    reason = _taken(asked, public)
    if reason is None:
        return asked
    free = next((p for p in range(asked + 1, min(asked + 50, 65536)) if not _taken(p, public)), 0)
    other = f"--port {free}" if free else "another --port"
    raise GuideError(f"port {asked} cannot be used ({reason}); type: guide serve {other}")


def _taken(port: int, public: bool) -> str | None:
    """Return why the port cannot be listened on, None if it can."""
    with socket.socket() as trial:
        if sys.platform != "win32":  # there the option would take a port from its owner
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("" if public else "127.0.0.1", port))
        except OSError as error:
            return (error.strerror or str(error)).lower()
    return None
