"""What somebody may try on a running `guide serve`, and what comes of it."""

from __future__ import annotations

import asyncio
import json

import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

SESSION = {"path": "live-1.ipynb", "type": "notebook", "name": "", "kernel": {"name": "python3"}}
ELSEWHERE = ("http://evil.example", "http://127.0.0.1:1", "null", "https://127.0.0.1.evil.example")
OUT = (
    "../secret.txt",
    "../../secret.txt",
    "..%2fsecret.txt",
    "..%252fsecret.txt",
    "%2e%2e/secret.txt",
    "%2e%2e%2fsecret.txt",
    "book/../../secret.txt",
    "book/%2e%2e/%2e%2e/secret.txt",
    "..\\secret.txt",
    "..%5csecret.txt",
    "....//secret.txt",
    ".%00./secret.txt",
    "../secret.txt%00.html",
    "../site-secret/secret.txt",
    "/etc/passwd",
    "//etc/passwd",
    "%2fetc/passwd",
    "file:///etc/passwd",
    "C:/windows/win.ini",
    "..%c0%afsecret.txt",
    "%ff%fe/secret.txt",
    ".hidden/secret.txt",
    "%2ehidden/secret.txt",
    "way_out/secret.txt",
    "way_out/site-secret/secret.txt",
    "secret_link.txt",
    "a" * 5000,
)


@pytest.mark.parametrize("way", OUT)
def test_no_address_leads_out_of_the_site(server, way):
    answer = server.ask(f"/guide/{way}")
    assert answer.status in (400, 404)
    assert b"SECRET" not in answer.content
    assert b"root:" not in answer.content


@pytest.mark.parametrize("folder", ["book", "_static", "_static/", "_static/guide/", "way_out/"])
def test_folders_are_not_listed(server, folder):
    answer = server.ask(f"/guide/{folder}")
    assert answer.status == 404
    assert b"guide.js" not in answer.content


@pytest.mark.parametrize("path", ["/api/sessions", "/api/kernels", "/api/status"])
def test_kernels_are_closed_to_who_shows_no_token(server, path):
    assert server.ask(path).status == 403
    assert server.ask(path, "POST", json.dumps(SESSION)).status == 403


@pytest.mark.parametrize(
    "query", ["token=wrong", "token=", "token=%ff", "token=é", "token={t}&token={t}", "token={t}x"]
)
def test_a_wrong_token_gives_no_cookie_and_says_so(server, query):
    query = query.format(t=server.token).replace("é", "%C3%A9")
    answer = server.ask(f"/guide/?{query}")
    assert answer.status in (400, 401)
    assert "Set-Cookie" not in answer.headers
    assert b"not the token" in answer.content or answer.status == 400


def test_the_token_counts_at_the_address_of_a_page_alone(server):
    for headers in ({}, {"Authorization": f"token {server.token}"}):
        for path in ("/api/kernels", "/api/sessions"):
            answer = server.ask(f"{path}?token={server.token}", **headers)
            assert answer.status == 403
            assert "Set-Cookie" not in answer.headers
    assert server.ask("/guide/", Authorization=f"token {server.token}").status == 200


def test_the_cookie_cannot_be_read_by_scripts_or_sent_by_other_sites(reader, server):
    cookie = reader.first.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/" in cookie
    assert "expires" not in cookie.lower()
    assert server.token not in cookie


def test_a_forged_cookie_is_refused(reader, server):
    good = reader.cookies["Cookie"].partition(";")[0]
    someone_else = good.replace("8:cmVhZGVy", "8:cmVhZGVx")
    for cookie in (someone_else, good[:-1], f"guide-{server.port}=reader"):
        assert server.ask("/api/kernels", Cookie=cookie).status == 403
    assert server.ask("/api/kernels", Cookie=good).status == 200


@pytest.mark.parametrize("origin", ELSEWHERE)
def test_a_page_of_another_origin_gets_no_kernel_with_the_readers_cookie(reader, server, origin):
    assert reader.ask("/api/sessions", "POST", SESSION, Origin=origin).status in (403, 404)
    assert reader.ask("/api/kernels", Origin=origin).status in (403, 404)
    answer = reader.ask("/guide/kernels.json", Origin=origin)
    assert not json.loads(answer.content)["allowed"]
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_browser_is_told_of_no_other_origin_that_may_ask(reader):
    for path in ("/api/sessions", "/api/kernels", "/guide/"):
        answer = reader.ask(path, "OPTIONS", Origin="http://evil.example")
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_what_the_browser_calls_cross_site_is_refused(reader):
    for site in ("cross-site", "same-site"):
        assert reader.ask("/api/kernels", Sec_Fetch_Site=site).status == 403
    assert reader.ask("/api/kernels", Sec_Fetch_Site="same-origin").status == 200


def test_nothing_starts_without_the_second_secret_of_the_page(reader, server):
    for sent in ({}, {"X-XSRFToken": "2|aaaa|bbbb|1"}):
        headers = {**reader.cookies, "Origin": f"http://{server.host}", **sent}
        assert server.ask("/api/sessions", "POST", json.dumps(SESSION), **headers).status == 403


def knock(server, kernel, headers):
    """Open the websocket of a kernel; return the status of the answer."""

    async def run():
        address = f"ws://{server.host}/api/kernels/{kernel}/channels?token={server.token}"
        (await websocket_connect(HTTPRequest(address, headers=headers))).close()

    try:
        asyncio.run(run())
    except HTTPClientError as refusal:
        return refusal.code
    return 101


def test_a_websocket_opens_for_pages_of_this_server_alone(reader, server, kernel):
    assert knock(server, kernel, reader.headers) == 101
    assert knock(server, kernel, {"Origin": f"http://{server.host}"}) == 403
    for origin in ELSEWHERE:
        assert knock(server, kernel, reader.headers | {"Origin": origin}) == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "10.0.0.1", "127.0.0.1.nip.io"]
)
def test_another_host_name_is_refused_on_loopback(reader, host):
    for path in ("/guide/", "/guide/kernels.json", "/api/kernels"):
        assert reader.ask(path, Host=host, Origin=f"http://{host}").status == 403


def test_a_huge_header_is_refused_and_the_server_lives(server):
    sent = b"GET /guide/ HTTP/1.1\r\nHost: " + server.host.encode() + b"\r\nX: " + b"a" * 2_000_000
    assert b"200 OK" not in server.send(sent)
    assert server.ask("/guide/").status == 200


@pytest.mark.parametrize("path", ["/api/sessions", "/guide/", "/nothing"])
def test_a_huge_body_is_refused_and_the_server_lives(reader, server, path):
    head = f"POST {path} HTTP/1.1\r\nHost: {server.host}\r\nContent-Length: 1000001\r\n"
    cookie = f"Cookie: {reader.cookies['Cookie']}\r\n\r\n"
    assert b" 20" not in server.send((head + cookie).encode() + b"a", more=True)[:20]
    assert server.ask("/guide/").status == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0" * 1000,
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /guide/ HTTP/1.1\r\n\r\n",
        b"GET /guide/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /guide/\xff\xfe HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET http://evil.example/guide/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"POST /api/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_malformed_requests_do_no_harm(server, raw):
    server.send(raw)
    assert server.ask("/guide/").status == 200


@pytest.mark.parametrize("body", [None, [], "x", {"path": 1}, {"path": "a\0b", "type": "notebook"}])
def test_malformed_sessions_are_refused_in_json(reader, body):
    answer = reader.ask("/api/sessions", "POST", body)
    assert answer.status in (400, 500)
    assert "message" in json.loads(answer.content)


@pytest.mark.parametrize(
    "path",
    [
        "/api/contents",
        "/api/contents/secret.txt",
        "/api/terminals",
        "/api/config/notebook",
        "/api/shutdown",
        "/api/me",
        "/api/nbconvert",
        "/files/secret.txt",
        "/view/secret.txt",
        "/nbconvert/html/x.ipynb",
        "/static/style/style.min.css",
        "/kernelspecs/python3/logo-64x64.png",
        "/metrics",
        "/login",
        "/lab",
        "/tree",
        "/terminals/1",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
def test_nothing_but_kernels_and_sessions_is_there_for_a_reader(reader, path, method):
    assert reader.ask(path, method).status in (403, 404)


@pytest.fixture(scope="module")
def kernel(reader):
    """The one kernel that these tests start."""
    answer = reader.ask("/api/sessions", "POST", SESSION)
    assert answer.status == 201
    return json.loads(answer.content)["kernel"]["id"]


def test_a_runaway_kernel_gets_a_memory_error_and_goes_on(reader, server, kernel):
    said = reader.compute(
        kernel,
        "import os; print(os.getcwd(), 'hostile' in globals())",
        "data = bytearray(1_000_000_000)",
        "import numpy as np; data = np.ones(200_000_000)",
        "print('alive')",
    )
    assert said == [f"{server.work} False\n", "MemoryError", "MemoryError", "alive\n"]


def test_of_200_kernels_asked_for_at_once_the_limit_is_started(reader, server, kernel):
    bodies = [SESSION | {"path": f"live-{i}.ipynb"} for i in range(100, 300)]
    answers = reader.all_at_once("/api/sessions", bodies)
    assert sorted(a.code for a in answers) == [201] + [503] * 199
    refusals = {json.loads(a.body)["message"] for a in answers if a.code == 503}
    (said,) = refusals
    assert said.startswith("all 2 kernels of this server are in use; close a live page")
    assert reader.ask("/api/kernels", "POST", {"name": "python3"}).status == 503
    assert json.loads(server.ask("/guide/kernels.json").content)["running"] == 2


PROTECTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": ("same-origin", "no-referrer"),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "guide",
}


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/guide/", "GET", 200),
        ("/guide/", "HEAD", 200),
        ("/guide/", "POST", 405),
        ("/guide/?token=wrong", "GET", 401),
        ("/guide/?token={token}", "GET", 302),
        ("/guide/no.html", "GET", 404),
        ("/guide/kernels.json", "GET", 200),
        ("/guide/_static/guide/guide.js?v=1", "GET", 200),
        ("/", "GET", 302),
        ("/nothing", "GET", 404),
        ("/api/kernels", "GET", 200),
        ("/api/sessions", "POST", 400),
        ("/api/kernels/00000000-0000-0000-0000-000000000000", "GET", 404),
        ("/api/kernels/00000000-0000-0000-0000-000000000000/channels", "GET", 404),
    ],
)
def test_every_answer_carries_the_headers(reader, server, path, method, status):
    answer = reader.ask(path.format(token=server.token), method)
    assert answer.status == status
    for name, value in PROTECTED.items():
        assert answer.headers[name] in value
    if not path.endswith("channels"):
        assert "frame-ancestors" in answer.headers["Content-Security-Policy"]
        assert "Set-Cookie" not in answer.headers or status == 302
    if not path.startswith("/guide/") or "token" in path or "json" in path:
        assert answer.headers["Cache-Control"] == "no-store"


def test_the_token_is_in_no_page_and_in_no_log(reader, server):
    for path in ("/guide/", "/guide/kernels.json", "/nothing", f"/guide/no?token={server.token}x"):
        assert server.token not in reader.ask(path).content.decode()
    first = reader.first.headers
    assert first["Location"] == "/guide/"
    assert first["Referrer-Policy"] == "no-referrer"
    assert server.token not in str([v for k, v in first.items()])
