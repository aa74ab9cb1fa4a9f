"""jupyter_server, reduced to what live pages need."""

from __future__ import annotations

import logging
import secrets
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from jupyter_server.serverapp import ServerApp
from jupyter_server.services.api.handlers import APIStatusHandler
from jupyter_server.services.kernels.handlers import (
    KernelActionHandler,
    KernelHandler,
    _kernel_action_regex,
    _kernel_id_regex,
)
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from jupyter_server.services.kernelspecs.handlers import MainKernelSpecHandler
from jupyter_server.services.sessions.handlers import SessionHandler, _session_id_regex
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from guide_helpers.serving.access import HEADERS, Passport, everywhere, new_token
from guide_helpers.serving.kernels import ALONE, Bounded, Kernels, OneKind, Sessions
from guide_helpers.serving.pages import Answer, Away, Nothing, Pages, Shut

if TYPE_CHECKING:
    from guide_helpers.serving.settings import Settings

LARGEST = 1_000_000  # bytes of a request without JupyterLab: a page sends little
LARGEST_LAB = 100_000_000  # a notebook with its outputs
FASTEST = 3_000_000  # bytes a second from a kernel: figures pass, an endless loop is cut
LAB_SERVICES = (
    "api",
    "config",
    "contents",
    "events",
    "files",
    "kernels",
    "kernelspecs",
    "nbconvert",
    "sessions",
)


class Server(ServerApp):
    """A server without terminals, files, settings of the user, or words of its own."""

    default_services: tuple[str, ...] = ()  # type: ignore[assignment]
    public = False
    secret = ""
    ticket = ""
    ended = 0

    def load_config_file(self, *names: Any, **options: Any) -> None:
        """Read no configuration: one line in it could open the server."""

    @property
    def config_file_paths(self) -> list[str]:
        """Where extensions would look for theirs: nowhere."""
        return []

    def migrate_config(self) -> None:
        """Move no old configuration about."""

    def init_signal(self) -> None:
        """End on the first signal, without a question."""
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if number := getattr(signal, name, None):
                signal.signal(number, self._signal_stop)

    def _signal_stop(self, sig: Any, frame: Any) -> None:
        del sig, frame
        if not self._stopping:
            self.stop(from_signal=True)

    def init_httpserver(self) -> None:
        """Listen, with bounds on what a stranger can send."""
        self._http_server = HTTPServer(
            self.web_app,
            max_header_size=16_000,
            max_body_size=self.max_body_size,
            max_buffer_size=self.max_body_size,
            idle_connection_timeout=120,
            body_timeout=60,
        )
        sockets = bind_sockets(self.port, self.ip)
        self.port = sockets[0].getsockname()[1]
        self.io_loop.add_callback(self._http_server.add_sockets, sockets)

    def start_app(self) -> None:
        """Print nothing and leave no file that names the server."""

    async def cleanup_kernels(self) -> None:
        """End all kernels at once."""
        manager = cast(Bounded, self.kernel_manager)
        self.ended = manager.running
        await manager.shutdown_all(now=True)


class Channels(KernelWebsocketHandler):
    """The websocket of a kernel; a refusal carries the headers of every answer."""

    def set_default_headers(self) -> None:
        """Set the headers."""
        for name, value in HEADERS.items():
            self.set_header(name, value)


def make(settings: Settings, place: Path) -> Server:
    """Return a server that listens and has not started."""
    work = settings.folder or place / "work"
    work.mkdir(exist_ok=True)
    app = Server(
        ip="" if settings.public else "127.0.0.1",
        port=settings.port,
        root_dir=str(work),
        allow_root=True,
        allow_unauthenticated_access=False,
        allow_remote_access=settings.public,
        cookie_secret=secrets.token_bytes(32),
        max_body_size=LARGEST_LAB if settings.lab else LARGEST,
        default_url="/guide/",
        identity_provider_class=Passport,
        kernel_manager_class=Bounded,
        kernel_spec_manager_class=OneKind,
        tornado_settings={**everywhere(lab=settings.lab), "log_function": quiet},
        terminals_enabled=False,
        record_http_request_metrics=False,
        log_level=logging.CRITICAL,
    )
    if settings.lab:
        _add_lab(app)
    app.initialize(argv=[], find_extensions=False)
    _admit(app)
    _limit(app, settings)
    app.web_app.add_handlers(".*$", _addresses(settings))  # type: ignore[no-untyped-call]
    return app


def quiet(handler: Any) -> None:
    """Write no log: an address or a header may hold a token."""


def _add_lab(app: Server) -> None:
    """Add JupyterLab and the files it works on; it asks no other site for news or packages."""
    app.default_services = LAB_SERVICES
    app.jpserver_extensions = {"jupyterlab": True}
    app.config.LabApp.log_level = logging.CRITICAL
    app.config.LabApp.news_url = None
    app.config.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
    app.config.LabApp.extension_manager = "readonly"
    asks = Path(app.config_dir, "lab", "user-settings", "@jupyterlab", "apputils-extension")
    asks.mkdir(parents=True)
    (asks / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}', "utf-8")


def _admit(app: Server) -> None:
    passport = cast(Passport, app.identity_provider)
    app.secret = passport.secret = new_token()
    app.ticket = passport.ticket = new_token()
    passport.port = app.port


def _limit(app: Server, settings: Settings) -> None:
    cast(OneKind, app.kernel_spec_manager).memory = settings.memory
    manager = cast(Bounded, app.kernel_manager)
    manager.limit = settings.kernels
    manager.cull_idle_timeout = max(1, round(settings.idle * 60))
    manager.cull_interval = min(15, manager.cull_idle_timeout)
    manager.cull_connected = True
    app.config.ZMQChannelsWebsocketConnection.iopub_data_rate_limit = FASTEST
    manager.buffer_offline_messages = False  # an endless print without a page would fill memory
    manager.alone_limit = min(ALONE, settings.idle * 60)


def _addresses(settings: Settings) -> list[tuple[Any, ...]]:
    """Return the addresses that are answered, in the order in which they are tried."""
    offer = {
        "server": "guide serve",
        "base": "/",
        "limit": settings.kernels,
        "memory_mb": settings.memory,
        "lab": settings.lab,
        "files": "",
    }
    kernel = rf"/api/kernels/{_kernel_id_regex}"
    first: list[tuple[Any, ...]] = [
        (r"/(?:guide)?", Away),
        (r"/guide/kernels\.json", Answer, {"offer": offer}),
        (r"/guide/(.*)", Pages, {"site": settings.site}),
        (r"/api/sessions", Sessions),
        (r"/api/kernels", Kernels),
    ]
    if settings.lab:
        return [*first, (r"/login", Shut)]
    return [
        *first,
        (r"/api/status", APIStatusHandler),
        (rf"/api/sessions/{_session_id_regex}", SessionHandler),
        (r"/api/kernelspecs", MainKernelSpecHandler),
        (kernel, KernelHandler),
        (rf"{kernel}/{_kernel_action_regex}", KernelActionHandler),
        (rf"{kernel}/channels", Channels),
        (r".*", Nothing),
    ]
