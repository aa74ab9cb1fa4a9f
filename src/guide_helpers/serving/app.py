"""The server that was asked for: which addresses it answers, and its limits."""

from __future__ import annotations

import logging
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from jupyter_server.services.api.handlers import APIStatusHandler
from jupyter_server.services.kernels.handlers import (
    KernelActionHandler,
    KernelHandler,
    _kernel_action_regex,
    _kernel_id_regex,
)
from jupyter_server.services.kernelspecs.handlers import MainKernelSpecHandler
from jupyter_server.services.sessions.handlers import SessionHandler, _session_id_regex

from guide_helpers.serving.access import Passport, everywhere, new_token
from guide_helpers.serving.kernels import ALONE, Bounded, Kernels, OneKind, Sessions
from guide_helpers.serving.pages import Answer, Away, Board, Nothing, Pages, Shut
from guide_helpers.serving.server import Channels, Server

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
    app.web_app.add_handlers(".*$", _addresses(settings, work))  # type: ignore[no-untyped-call]
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


def _addresses(settings: Settings, work: Path) -> list[tuple[Any, ...]]:
    """Return the addresses that are answered, in the order in which they are tried."""
    offer = {
        "server": "guide serve",
        "base": "/",
        "limit": settings.kernels,
        "memory_mb": settings.memory,
        "lab": settings.lab and work.joinpath("notebooks").is_dir(),
        "files": "",
    }
    kernel = rf"/api/kernels/{_kernel_id_regex}"
    first: list[tuple[Any, ...]] = [
        (r"/(?:guide)?", Away),
        (r"/guide/kernels\.json", Answer, {"offer": offer}),
        (r"/guide/(.*)", Pages, {"site": settings.site}),
        *([(r"/board/(.*)", Board, {"site": settings.board})] if settings.board else []),
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
