"""What `guide serve` says, sends, leaves behind and refuses."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import socket
import sys
from types import SimpleNamespace

import psutil
import pytest

from guide_helpers.cli import main
from guide_helpers.errors import GuideError
from guide_helpers.serving import kernels, settings
from guide_helpers.serving.access import LETTERS, Passport, new_token, policy
from guide_helpers.serving.files import inline_scripts

SESSION = {"path": "live-1.ipynb", "type": "notebook", "name": "", "kernel": {"name": "python3"}}


# --- how it starts


def test_it_starts_in_less_than_three_seconds_of_work(start):
    server = start()
    used = psutil.Process(server.process.pid).cpu_times()
    assert used.user + used.system < 3


def test_the_browser_is_opened_with_a_ticket_that_lets_in_once():
    passport = Passport()
    passport.secret, passport.ticket, passport.port = "secret", "ticket", 1
    given = []
    handler = SimpleNamespace(set_signed_cookie=lambda name, value, **how: given.append(how))
    assert passport.admit(handler, "ticket")
    assert not passport.admit(handler, "ticket")
    assert passport.admit(handler, "secret")
    assert not passport.admit(handler, "")
    assert len(given) == 2
    assert all(how["httponly"] and how["samesite"] == "Strict" for how in given)


# --- what it sends


def test_pages_come_gzipped_and_are_not_sent_twice(server):
    path = "/guide/_static/guide/guide.js"
    first = server.ask(path, Accept_Encoding="gzip")
    assert len(first.content) < 200
    assert gzip.decompress(first.content) == (server.site / "_static/guide/guide.js").read_bytes()
    assert first.headers["Cache-Control"] == "no-cache"
    again = server.ask(path, Accept_Encoding="gzip", If_None_Match=first.headers["ETag"])
    assert (again.status, again.content) == (304, b"")
    assert "Content-Encoding" not in again.headers


def test_an_address_with_the_version_of_its_content_is_kept_for_good(server):
    for path, kept in {"_static/small.css?v=1": True, "index.html?v=1": False}.items():
        answer = server.ask(f"/guide/{path}")
        assert ("immutable" in answer.headers["Cache-Control"]) == kept


def test_a_page_that_changes_is_sent_anew(server):
    before = server.ask("/guide/book/")
    (server.site / "book/index.html").write_text("<p>changed")
    after = server.ask("/guide/book/", If_None_Match=before.headers["ETag"])
    assert (after.status, after.content) == (200, b"<p>changed")


def test_the_way_in_leads_to_the_guide_and_keeps_what_else_was_asked(server):
    assert server.ask("/").headers["Location"] == "/guide/"
    assert server.ask("/guide").headers["Location"] == "/guide/"
    with_token = server.ask(f"/guide/book/index.html?live=1&token={server.token}")
    assert with_token.headers["Location"] == "/guide/book/index.html?live=1"


def test_kernels_json_says_what_there_is(reader, server):
    known = {"server": "guide serve", "base": "/", "limit": 2, "lab": False, "files": ""}
    known["memory_mb"] = 700 if sys.platform.startswith("linux") else None
    mine = json.loads(reader.ask("/guide/kernels.json").content)
    assert mine == known | {"allowed": True, "running": 0}
    assert not json.loads(server.ask("/guide/kernels.json").content)["allowed"]


def test_a_page_may_run_its_own_inline_scripts_and_no_others():
    page = '<script>a</script><script src="x.js"></script><script type="x/json">b</script>'
    (a, the_print_button) = sorted(inline_scripts(page), key=lambda h: "ypeBEsob" not in h)
    assert a == "'sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs='"
    said = policy("127.0.0.1:8000", (a, the_print_button))
    assert re.search(rf"script-src 'self' 'unsafe-hashes' {re.escape(a)}", said)
    assert "'unsafe-inline'" not in said.partition("script-src")[2].partition(";")[0]
    assert "ws:" not in policy("evil.example; script-src *")


# --- public


@pytest.fixture(scope="module")
def room(start):
    return start("--public", "--kernels", "0")


def test_in_a_room_other_names_of_the_machine_work_and_the_token_is_still_asked_for(room):
    named = room.enter(Host="room.example:8000")
    assert named.ask("/guide/").status == 200
    full = named.ask("/api/sessions", "POST", SESSION)
    assert full.status == 503
    assert "all 0 kernels" in json.loads(full.content)["message"]
    assert room.ask("/api/sessions", "POST", "{}", Host="room.example:8000").status == 403
    other = named.ask("/api/sessions", "POST", SESSION, Origin="http://evil.example:8000")
    assert other.status in (403, 404)


def test_in_a_room_it_says_who_may_do_what(room):
    told = room.said
    assert "For others in this network: http://" in told
    assert f":{room.port}/guide/?token={room.token}" in told
    assert "can run programs on this machine in your name" in told
    assert "not encrypted" in told


# --- with JupyterLab


@pytest.fixture(scope="module")
def lab(start):
    server = start("--lab", "--kernels", "0")
    (server.work / "mine.txt").write_text("words")
    return server


def test_jupyterlab_opens_the_folder_to_readers_with_the_token_alone(lab):
    reader = lab.enter()
    for path in ("/api/contents/mine.txt", "/files/mine.txt", "/lab"):
        assert lab.ask(path).status in (302, 403)
        assert lab.ask(f"{path}?token={lab.token}").status in (302, 403)
        sent = {"Referer": f"http://{lab.host}/lab"}
        assert reader.ask(path, **sent).status == 200
        assert reader.ask(path, Origin="http://evil.example", **sent).status in (302, 403, 404)
    assert lab.ask("/lab").headers["Location"].startswith("/login")
    assert lab.ask("/login").status == 401
    assert lab.token not in reader.ask("/lab").content.decode()
    assert json.loads(lab.ask("/guide/kernels.json").content)["lab"]


def test_jupyterlab_leads_out_of_the_folder_no_more_than_the_pages_do(lab):
    reader = lab.enter()
    for way in ("../secret.txt", "..%2fsecret.txt", "%2e%2e/secret.txt"):
        for place in ("/api/contents/", "/files/"):
            answer = reader.ask(place + way, Referer=f"http://{lab.host}/lab")
            assert answer.status in (400, 403, 404)
            assert b"SECRET" not in answer.content
    assert reader.ask("/api/contents/x.txt", "PUT", {}, X_XSRFToken="no").status == 403
    assert reader.ask("/api/terminals").status == 404


def test_jupyterlab_loads_nothing_from_outside_and_is_framed_by_nobody(lab):
    said = lab.enter().ask("/lab").headers["Content-Security-Policy"]
    assert "default-src 'self'" in said
    assert "frame-ancestors 'none'" in said
    assert "http" not in said


# --- the end


def test_ctrl_c_ends_every_kernel_and_leaves_nothing_behind(start):
    server = start()
    reader = server.enter()
    before = listing(server)
    kernel = json.loads(reader.ask("/api/sessions", "POST", SESSION).content)["kernel"]["id"]
    noise = "import os; done = os.system('echo this is in the terminal >&2')"
    assert reader.compute(kernel, f"%history -g\n{noise}\nprint(1)") == ["1\n"]
    kernels_there = psutil.Process(server.process.pid).children(recursive=True)
    assert kernels_there
    told = server.end()
    assert told == "The guide is closed; 1 kernel ended.\n"
    assert server.process.returncode == 0
    assert not any(process.is_running() for process in kernels_there)
    assert listing(server) == before
    assert not list((server.folder / "tmp").iterdir())


def listing(server):
    """List the files in the reader's home, the site and the working folder."""
    return {
        path: path.stat().st_mtime_ns
        for folder in (server.home, server.site, server.work)
        for path in folder.rglob("*")
        if path.is_file()
    }


# --- kernels that nobody uses


@pytest.fixture
def watch(monkeypatch):
    """A manager with one kernel, whose clock is set by hand."""
    manager = kernels.Bounded()
    manager.ended = []
    manager._kernel_connections = {"k": 0}

    async def end(kernel_id, now):
        manager.ended.append(kernel_id)

    async def stay(self, kernel_id):
        """Stand for jupyter_server's own look at idle kernels."""

    def look(at, pages):
        manager._kernel_connections["k"] = pages
        monkeypatch.setattr(kernels.time, "monotonic", lambda: at)
        asyncio.run(manager.cull_kernel_if_idle("k"))
        return manager.ended

    monkeypatch.setattr(manager, "shutdown_kernel", end)
    monkeypatch.setattr(kernels.AsyncMappingKernelManager, "cull_kernel_if_idle", stay)
    return look


def test_a_kernel_whose_page_has_gone_is_ended_after_five_minutes(watch):
    assert watch(0, pages=0) == watch(299, pages=0) == []
    assert watch(301, pages=0) == ["k"]


def test_a_page_that_comes_back_keeps_its_kernel(watch):
    watch(0, pages=0)
    watch(200, pages=1)
    assert watch(400, pages=0) == watch(650, pages=0) == []
    assert watch(701, pages=0) == ["k"]


# --- what is refused


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--site", "nowhere"], "nowhere holds no built guide"),
        (["--folder", "nowhere"], "no folder nowhere for the kernels"),
        (["--port", "70000"], "--port 70000 is no port"),
        (["--kernels", "-1"], "--kernels -1 is no number of kernels"),
        (["--idle", "0"], "--idle 0 is not between"),
        (["--memory", "5"], "--memory 5 is too little"),
    ],
)
def test_what_cannot_be_served_is_one_line(words, reason, server, capsys, monkeypatch):
    monkeypatch.setattr(settings.sys, "platform", "linux")
    site = [] if "--site" in words else ["--site", str(server.site)]
    assert main(["serve", "--no-browser", *site, *words]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("guide: ")
    assert told.err.count("\n") == 1
    assert reason in told.err


def test_a_taken_port_is_answered_with_a_free_one(server):
    with pytest.raises(
        GuideError, match=r"port \d+ cannot be used \(.*\); type: guide serve"
    ) as no:
        settings.settle(str(server.site), port=server.port)
    free = int(re.search(r"--port (\d+)", str(no.value))[1])
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", free))


def test_a_guide_that_is_not_built_says_how_to_build_it(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "checkout", lambda: tmp_path)
    with pytest.raises(GuideError, match="not built yet; type: make book"):
        settings.settle()
    monkeypatch.setattr(settings, "checkout", lambda: None)
    with pytest.raises(GuideError, match="name the folder of the pages with --site"):
        settings.settle()


def test_outside_a_checkout_kernels_work_in_a_folder_that_goes_with_the_server(
    server, tmp_path, monkeypatch
):
    monkeypatch.setattr(settings, "checkout", lambda: None)
    assert settings.settle(str(server.site), port=0).folder is None
    named = settings.settle(str(server.site), port=0, folder=str(tmp_path))
    assert named.folder == tmp_path.resolve()


def test_memory_is_limited_where_the_system_can(server, monkeypatch):
    def chosen(memory):
        return settings.settle(str(server.site), port=0, memory=memory).memory

    monkeypatch.setattr(settings.sys, "platform", "linux")
    assert (chosen(None), chosen(1000), chosen(0)) == (2048, 1000, None)
    monkeypatch.setattr(settings.sys, "platform", "darwin")
    assert chosen(None) is None
    with pytest.raises(GuideError, match="Linux only"):
        chosen(1000)


def test_a_token_can_be_read_from_a_wall_and_not_guessed():
    token = new_token()
    assert re.fullmatch(rf"([{LETTERS}]{{4}}-){{3}}[{LETTERS}]{{4}}", token)
    assert len({new_token() for _ in range(100)}) == 100
    assert not set("0o1il") & set(LETTERS)
