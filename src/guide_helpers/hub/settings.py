"""What a workshop was asked for, checked before anything is made, and kept in its folder."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from guide_helpers.errors import GuideError
from guide_helpers.serving.settings import BUILT, checkout

MOST = 200  # people; each has a process of some 100 MB
LEAST_MEMORY = 512
LONGEST = 40  # characters of the folder: the sockets of a kernel lie below it, 107 at most in all
SPARE = 2048  # MB that the hub and the system keep


@dataclass(frozen=True)
class Workshop:
    """A folder with its people, and what each of them may use."""

    folder: Path
    people: int = 30
    port: int = 8000
    public: bool = False
    memory: int = 2048  # MB for one kernel; all of a person's processes get half as much again
    idle: float = 60  # minutes
    ready: bool = False  # every server is started before its owner comes
    notebooks: Path | None = None  # what each person gets a copy of
    site: Path | None = None  # the built guide, shown at /services/guide/

    @property
    def hub(self) -> Path:
        """Where the hub keeps what nobody else may read."""
        return self.folder / "hub"

    @property
    def names(self) -> list[str]:
        """The accounts, `guide-01` onwards."""
        return [f"guide-{number:02}" for number in range(1, self.people + 1)]

    def home(self, name: str) -> Path:
        """Return the folder of one person."""
        return self.folder / name

    def write(self) -> None:
        """Keep the settings for the hub's process and for the next start."""
        told = {k: str(v) if isinstance(v, Path) else v for k, v in asdict(self).items()}
        write_private(self.hub / "workshop.json", json.dumps(told, indent=1) + "\n")


def settle(
    folder: str,
    *,
    people: int = 30,
    port: int = 8000,
    public: bool = False,
    memory: int = 2048,
    idle: float = 60,
    ready: bool = False,
    notebooks: str | None = None,
    site: str | None = None,
) -> Workshop:
    """Return the settings, each checked."""
    if not 1 <= people <= MOST:
        raise GuideError(f"--people {people} is not between 1 and {MOST}; share the rest out")
    if not 1024 <= port < 65536:
        raise GuideError(f"--port {port} is not between 1024 and 65535; the proxy is not root")
    if memory < LEAST_MEMORY:
        raise GuideError(f"--memory {memory} is too little; give {LEAST_MEMORY} MB or more")
    if not 1 <= idle < 7 * 24 * 60:
        raise GuideError(f"--idle {idle:g} is not between 1 and 10080 minutes; give for example 60")
    return Workshop(
        folder=_folder(folder),
        people=people,
        port=port,
        public=public,
        memory=memory,
        idle=idle,
        ready=ready,
        notebooks=_found(notebooks, "notebooks", "_toc.yml"),
        site=_found(site, str(BUILT), "index.html"),
    )


def read(folder: Path) -> Workshop:
    """Return the settings of a workshop that was made."""
    try:
        told = json.loads((folder / "hub" / "workshop.json").read_text(encoding="utf-8"))
    except PermissionError as error:
        raise GuideError(f"{folder} can be read by an administrator only; use sudo") from error
    except (OSError, ValueError) as error:
        raise GuideError(f"{folder} holds no workshop; guide workshop serve makes one") from error
    places = {name: Path(told[name]) for name in ("folder", "notebooks", "site") if told[name]}
    return replace(Workshop(**{**told, **places}), folder=folder)


def write_private(path: Path, text: str) -> None:
    """Write a file, whole or not at all, that its owner alone can read from its first byte on."""
    half = path.with_suffix(".half")
    half.unlink(missing_ok=True)
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    half.replace(path)


def _folder(asked: str) -> Path:
    folder = Path(asked).expanduser().resolve()
    if len(str(folder)) > LONGEST:
        raise GuideError(
            f"{folder} is longer than {LONGEST} characters, too long for the sockets of kernels "
            "below it; give for example /srv/workshop"
        )
    return folder


def _found(asked: str | None, usual: str, mark: str) -> Path | None:
    """Return the folder that was named, or the checkout's where it has one."""
    home = checkout()
    if asked is None:
        place = home / usual if home else None
        return place if place and place.is_dir() else None
    place = Path(asked).expanduser().resolve()
    if not place.is_dir() or (mark == "index.html" and not (place / mark).is_file()):
        what = "no built guide" if mark == "index.html" else "no folder of notebooks"
        raise GuideError(f"{asked} is {what}; name another, or leave it out")
    return place
