"""Start the server, say where it is, and end it with all its kernels."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from guide_helpers.errors import GuideError

if TYPE_CHECKING:
    from guide_helpers.serving.server import Server
    from guide_helpers.serving.settings import Settings


def serve(settings: Settings, *, browser: bool = True) -> None:
    """Serve the site and kernels until Ctrl-C."""
    with tempfile.TemporaryDirectory(prefix="guide-serve-", ignore_cleanup_errors=True) as place:
        keep_apart(Path(place))
        app = _make(settings, Path(place))
        address = f"http://127.0.0.1:{app.port}/guide/?token={app.secret}"
        print("\n".join(_words(settings, app, address)), flush=True)
        if browser and has_windows():
            webbrowser.open(address.replace(app.secret, app.ticket))
        app.start()
    ended = app.ended
    print(f"The guide is closed; {ended} kernel{'' if ended == 1 else 's'} ended.", flush=True)


def has_windows() -> bool:
    """Tell whether a browser can open in a window; one in the terminal would hide our words."""
    shown = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return sys.platform in ("darwin", "win32") or bool(shown)


def keep_apart(place: Path) -> None:
    """Let this process and its kernels read and write no settings but in a temporary folder."""
    names = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    for name in names:
        folder = place / name.lower()
        folder.mkdir(mode=0o700)
        os.environ[name] = str(folder)
    for name in [n for n in os.environ if n.startswith("JUPYTER") and n not in names]:
        del os.environ[name]
    os.environ.pop("GUIDE_STILL", None)  # a shell that built the book; here labs are live


def _make(settings: Settings, place: Path) -> Server:
    # It builds a grammar for a whole second, for a check of addresses that no schema here uses.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    try:
        from guide_helpers.serving.app import make
    except ImportError as error:
        raise GuideError(
            f"guide serve needs the package {error.name}; "
            "type: python -m pip install 'guide-helpers[book]'"
        ) from error
    try:
        return make(settings, place)
    except OSError as error:
        reason = error.strerror or error
        raise GuideError(f"port {settings.port} cannot be used ({reason}); try --port 0") from error


def _words(settings: Settings, app: Server, address: str) -> list[str]:
    """Return what is printed once the server stands."""
    lines = [f"The guide is at {address}"]
    if settings.lab:
        lines.append(f"Then JupyterLab at http://127.0.0.1:{app.port}/lab")
    if settings.board:
        lines.append(f"The score board is at http://127.0.0.1:{app.port}/board/")
    if settings.public:
        there = f"http://{_address()}:{app.port}/guide/?token={app.secret}"
        lines += [
            f"For others in this network: {there}",
            "Whoever has that address can run programs on this machine in your name, and what is",
            "sent is not encrypted: use it in a room you trust, and end it afterwards.",
        ]
    memory = f" with {settings.memory} MB each" if settings.memory else ""
    lines.append(
        f"Up to {settings.kernels} kernels{memory}, each ended after {settings.idle:g} idle "
        "minutes. Ctrl-C ends all."
    )
    return lines


def _address() -> str:
    """Return the address of this machine in its network; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()
