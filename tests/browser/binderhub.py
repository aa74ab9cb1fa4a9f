"""A stand-in for Binder on this machine: it tells what it does, then hands out a Jupyter server."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

Message = dict[str, str]


class Hub(http.server.ThreadingHTTPServer):
    """Streams its messages to whoever asks; without a last one it keeps the reader waiting."""

    daemon_threads = True

    def __init__(self, messages: list[Message]) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.messages = messages
        self.asked: list[str] = []
        self.over = threading.Event()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"


class Answer(http.server.BaseHTTPRequestHandler):
    """One stream of messages."""

    server: Hub

    def do_GET(self) -> None:
        """Stream the messages."""
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.end_headers()
        for message in self.server.messages:
            self.wfile.write(f"data: {json.dumps(message)}\n\n".encode())
            self.wfile.flush()
        if self.server.messages[-1]["phase"] not in ("ready", "failed"):
            self.server.over.wait()

    def log_message(self, *parts: object) -> None:
        """Write no log."""


@contextmanager
def hub(*messages: Message) -> Iterator[Hub]:
    """Run a hub that sends these messages."""
    server = Hub(list(messages))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
