"""`guide serve` as a process of its own, and a reader who talks to it."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

HOSTILE = """
c = get_config()
c.ServerApp.allow_origin = "*"
c.ServerApp.disable_check_xsrf = True
c.ServerApp.ip = "0.0.0.0"
"""
PAGE = (
    """<!doctype html><title>A page</title><script>let fine = 1;</script>
<script type="application/json">{"no": "script"}</script>
<button onclick="print(&quot;x&quot;)">Print</button>"""
    + "<p>words</p>" * 200
)


class Serve:
    """A running server and the address it printed."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.home = make_home(folder / "home")
        self.site = make_site(folder / "site")
        self.work = folder / "work"
        (self.work / "notebooks").mkdir(parents=True)
        (folder / "tmp").mkdir()
        words = ["serve", "--no-browser", "--port", "0", "--site", str(self.site)]
        words += ["--folder", str(self.work), *options]
        surroundings = os.environ | {
            "HOME": str(self.home),
            "TMPDIR": str(folder / "tmp"),
            "JUPYTER_TOKEN": "hostile",
            "JUPYTER_GATEWAY_URL": "http://127.0.0.1:9",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "guide_helpers.cli", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=surroundings,
        )
        self.said = ""
        while line := self.process.stdout.readline():
            self.said += line
            if "Ctrl-C" in line:
                break
        found = re.search(r"http://127\.0\.0\.1:(\d+)/guide/\?token=(\S+)", self.said)
        assert found, self.said
        self.port, self.token = int(found[1]), found[2]
        self.host = f"127.0.0.1:{self.port}"

    def ask(self, path: str, method: str = "GET", body: str | None = None, **headers: str):
        """Send one request as it stands; return the answer with its body read."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        line.request(method, path, body, names)
        answer = line.getresponse()
        answer.content = answer.read()
        line.close()
        return answer

    def send(self, raw: bytes, *, more: bool = False) -> bytes:
        """Send bytes that need not be HTTP; return what comes back until the server hangs up.

        With `more`, it is made to wait for the rest, and has to hang up of its own accord.
        """
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as line:
            try:
                line.sendall(raw)
                if not more:
                    line.shutdown(socket.SHUT_WR)
                return b"".join(iter(lambda: line.recv(65536), b""))
            except TimeoutError:
                raise
            except OSError:  # the server has closed the line: it wants no more of this
                return b""

    def enter(self, **headers: str) -> Reader:
        """Show the token as a browser does; return the reader that it lets in."""
        return Reader(self, headers)

    def end(self) -> str:
        """End the server as Ctrl-C does; return what else it printed."""
        if self.process.stdout.closed:
            return ""
        self.process.send_signal(signal.SIGINT)
        with self.process.stdout as told:
            rest = told.read()
        self.process.wait(30)
        return rest


class Reader:
    """A browser with the cookies that the server gave it."""

    def __init__(self, server: Serve, headers: dict[str, str]) -> None:
        self.server = server
        self.first = server.ask(f"/guide/?token={server.token}", **headers)
        cookie = self.first.headers["Set-Cookie"].partition(";")[0]
        offer = server.ask("/guide/kernels.json", Cookie=cookie, **headers)
        script = offer.headers["Set-Cookie"].partition(";")[0]
        self.cookies = {"Cookie": f"{cookie}; {script}"}
        origin = f"http://{headers.get('Host', server.host)}"
        self.headers = {
            **headers,
            **self.cookies,
            "X-XSRFToken": script.partition("=")[2],
            "Origin": origin,
        }

    def ask(self, path: str, method: str = "GET", body: object = None, **changed: str):
        """Send a request as a page of the server does."""
        names = {name.replace("_", "-"): value for name, value in changed.items()}
        text = None if body is None else json.dumps(body)
        return self.server.ask(path, method, text, **(self.headers | names))

    def all_at_once(self, path: str, bodies: list[object]):
        """Post many bodies at the same time; return the answers."""

        async def run():
            client = AsyncHTTPClient(force_instance=True, max_clients=len(bodies))
            asks = [
                client.fetch(
                    f"http://{self.server.host}{path}",
                    method="POST",
                    body=json.dumps(body),
                    headers=self.headers,
                    raise_error=False,
                    request_timeout=60,
                )
                for body in bodies
            ]
            return await asyncio.gather(*asks)

        return asyncio.run(run())

    def compute(self, kernel: str, *codes: str) -> list[str]:
        """Run code on a kernel over its websocket; return what it printed, or its error's name."""
        return asyncio.run(self._compute(kernel, codes))

    async def _compute(self, kernel: str, codes: tuple[str, ...]) -> list[str]:
        address = f"ws://{self.server.host}/api/kernels/{kernel}/channels?session_id=test"
        line = await websocket_connect(HTTPRequest(address, headers=self.headers))
        said = []
        for code in codes:
            await line.write_message(request(code))
            said.append("")
            state = None
            while state != "idle":
                message = json.loads(await asyncio.wait_for(line.read_message(), 60))
                content = message["content"]
                if message["parent_header"].get("msg_type") == "execute_request":
                    state = content.get("execution_state")
                    if message["msg_type"] in ("stream", "error"):
                        said[-1] += content.get("text") or content["ename"]
        line.close()
        return said


def request(code: str) -> str:
    """Return the message that asks a kernel to run code."""
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": "execute_request",
        "username": "",
        "session": "test",
        "date": "2026-01-01T00:00:00Z",
        "version": "5.3",
    }
    content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
    rest = {"parent_header": {}, "metadata": {}, "channel": "shell", "buffers": []}
    return json.dumps({"header": header, "content": content, **rest})


def make_home(home: Path) -> Path:
    """Return a home whose settings would open the server, and which nothing may write into."""
    for place, text in {
        ".jupyter/jupyter_server_config.py": HOSTILE,
        ".ipython/profile_default/startup/first.py": "hostile = True",
    }.items():
        (home / place).parent.mkdir(parents=True)
        (home / place).write_text(text)
    return home


def make_site(site: Path) -> Path:
    """Return a small site, with secrets beside it and ways out of it."""
    for place, text in {
        "index.html": PAGE,
        "book/index.html": PAGE,
        "_static/guide/guide.js": "let words = 'words';\n" * 100,
        "_static/small.css": "p{}",
        "kernels.json": '{"server": null}',
        ".hidden/secret.txt": "SECRET",
        "../secret.txt": "SECRET",
        "../site-secret/secret.txt": "SECRET",
    }.items():
        (site / place).parent.mkdir(parents=True, exist_ok=True)
        (site / place).write_text(text)
    (site / "way_out").symlink_to(site.parent)
    (site / "secret_link.txt").symlink_to(site.parent / "secret.txt")
    return site


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """Start a server with options; all are ended with the tests of the file."""
    running = []

    def begin(*options: str) -> Serve:
        running.append(Serve(tmp_path_factory.mktemp("serve"), *options))
        return running[-1]

    yield begin
    for server in running:
        server.end()


@pytest.fixture(scope="module")
def server(start):
    """A server with room for two kernels."""
    return start("--kernels", "2", "--memory", "700")


@pytest.fixture(scope="module")
def reader(server):
    """A reader who has shown the token."""
    return server.enter()
