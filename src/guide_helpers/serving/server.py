"""jupyter_server without terminals, files, settings of the user, or words of its own."""

from __future__ import annotations

import signal
from typing import Any, cast

from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from guide_helpers.serving.access import HEADERS
from guide_helpers.serving.kernels import Bounded


class Server(ServerApp):
    """A server that says nothing, reads no settings, and ends on the first Ctrl-C."""

    default_services: tuple[str, ...] = ()  # type: ignore[assignment]
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
