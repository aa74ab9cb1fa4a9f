"""Larger files come whole and checked, or not at all; the server is this very machine."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from guide_helpers.datasets import _download
from guide_helpers.datasets._download import Remote, cache_folder, download
from guide_helpers.errors import GuideError

CONTENT = bytes(range(256)) * 1_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves CONTENT; `ranges`, `sends` and `location` make it behave badly."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = CONTENT
        self.ranges = True
        self.sends = len(CONTENT)
        self.location = ""
        self.asked: list[str | None] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.asked.append(wanted)
        if self.server.location:
            self.send_response(302)
            self.send_header("Location", self.server.location)
            self.end_headers()
            return
        start = int(re.match(r"bytes=(\d+)-", wanted)[1]) if wanted and self.server.ranges else 0
        body = self.server.content[start:]
        if start and not body:
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            last = len(self.server.content) - 1
            self.send_header("Content-Range", f"bytes {start}-{last}/{last + 1}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.server.sends])

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@contextmanager
def serving() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def server(monkeypatch) -> Iterator[Server]:
    with serving() as running:
        base = f"http://127.0.0.1:{running.server_port}/files"
        remote = Remote("a file", "a folder/numbers.csv", len(CONTENT), SHA256, base)
        monkeypatch.setattr(_download, "FILES", {"numbers": remote})
        yield running


def files(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_comes_whole_and_alone(server, tmp_path):
    path = download("numbers", folder=tmp_path, progress=False)
    assert path.read_bytes() == CONTENT
    assert files(tmp_path) == ["numbers.csv"]


def test_a_file_that_is_there_and_right_is_not_fetched_again(server, tmp_path):
    first = download("numbers", folder=tmp_path)
    assert download("numbers", folder=tmp_path) == first
    assert len(server.asked) == 1


def test_a_file_that_is_there_and_wrong_is_replaced(server, tmp_path):
    (tmp_path / "numbers.csv").write_bytes(b"an older version")
    assert download("numbers", folder=tmp_path).read_bytes() == CONTENT


def test_a_broken_transfer_goes_on_where_it_stopped(server, tmp_path):
    server.sends = 100_000
    with pytest.raises(GuideError, match="call again, it goes on"):
        download("numbers", folder=tmp_path)
    assert files(tmp_path) == ["numbers.csv.part"]
    kept = (tmp_path / "numbers.csv.part").stat().st_size
    server.sends = len(CONTENT)
    assert download("numbers", folder=tmp_path).read_bytes() == CONTENT
    assert server.asked == [None, f"bytes={kept}-"]
    assert kept > 0


def test_a_server_without_ranges_makes_it_begin_again(server, tmp_path):
    (tmp_path / "numbers.csv.part").write_bytes(CONTENT[:70_000])
    server.ranges = False
    assert download("numbers", folder=tmp_path).read_bytes() == CONTENT
    assert server.asked == ["bytes=70000-"]


def test_a_part_of_another_file_is_thrown_away(server, tmp_path):
    (tmp_path / "numbers.csv.part").write_bytes(b"x" * 70_000)
    assert download("numbers", folder=tmp_path).read_bytes() == CONTENT
    assert server.asked == ["bytes=70000-", None]


def test_a_range_that_the_server_refuses_makes_it_begin_again(server, tmp_path, monkeypatch):
    (tmp_path / "numbers.csv.part").write_bytes(CONTENT[:70_000])
    server.content = CONTENT[:70_000]
    with pytest.raises(GuideError, match="only 70,000 of 256,000 bytes"):
        download("numbers", folder=tmp_path)
    assert server.asked == ["bytes=70000-", None]


def test_a_wrong_checksum_is_refused_and_leaves_nothing(server, tmp_path):
    server.content = CONTENT[:-1] + b"!"
    got = hashlib.sha256(server.content).hexdigest()
    with pytest.raises(GuideError, match=f"sha256 {got}, expected {SHA256}"):
        download("numbers", folder=tmp_path)
    assert files(tmp_path) == []


def test_a_longer_file_is_refused(server, tmp_path):
    server.content = CONTENT * 3
    server.sends = len(server.content)
    with pytest.raises(GuideError, match="expected"):
        download("numbers", folder=tmp_path)
    assert files(tmp_path) == []


def test_an_interruption_leaves_no_final_file(server, tmp_path, monkeypatch):
    @contextmanager
    def impatient(*_: object):
        def tick(_: int) -> None:
            raise KeyboardInterrupt

        yield tick

    monkeypatch.setattr(_download, "_bar", impatient)
    with pytest.raises(KeyboardInterrupt):
        download("numbers", folder=tmp_path)
    assert files(tmp_path) == ["numbers.csv.part"]


def test_a_missing_file_is_said_in_one_sentence(server, tmp_path):
    with serving() as other:
        other.content = b""
        gone = f"http://127.0.0.1:{other.server_port}"
    with pytest.raises(GuideError, match="broke off"):
        download("numbers", folder=tmp_path, base_url=gone)
    assert files(tmp_path) == []


def test_a_mirror_can_be_named(server, tmp_path):
    with serving() as mirror:
        address = f"http://127.0.0.1:{mirror.server_port}/"
        assert download("numbers", folder=tmp_path, base_url=address).read_bytes() == CONTENT
        assert len(mirror.asked) == 1
    assert server.asked == []


def test_plain_http_to_another_machine_is_refused(server, tmp_path):
    with pytest.raises(GuideError, match="https only"):
        download("numbers", folder=tmp_path, base_url="http://192.0.2.1/files")


def test_a_redirect_away_from_https_is_refused(server, tmp_path):
    server.location = "http://192.0.2.1/numbers.csv"
    with pytest.raises(GuideError, match="https only"):
        download("numbers", folder=tmp_path)


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(GuideError, match="no 'nope' to download; known: nist_national2019"):
        download("nope")


def test_the_cache_folder_can_be_moved(monkeypatch, tmp_path):
    monkeypatch.setenv("GUIDE_HELPERS_CACHE", str(tmp_path / "elsewhere"))
    assert cache_folder() == tmp_path / "elsewhere"


@pytest.mark.parametrize("name", list(_download.FILES))
def test_every_public_file_has_an_https_address_a_size_and_a_checksum(name):
    remote = _download.FILES[name]
    assert re.fullmatch(r"[0-9a-f]{64}", remote.sha256)
    assert remote.size > 100_000
    assert not isinstance(remote, Remote) or remote.base.startswith("https://")
