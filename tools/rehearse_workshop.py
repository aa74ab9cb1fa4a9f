"""Rehearse a workshop: a hub on this machine, and people who log in and work, all at once.

    sudo python tools/rehearse_workshop.py [--people 30] [--port 8700] [--write FILE]

Run it with the Python of the workshop's environment, as root. Each person logs in with name and
password, opens a notebook, runs the first exercise, answers wrong, then right; everything goes
through the proxy, code through the websocket of a kernel, as from a browser. Then one person's
cells use up memory and another's the processor while the rest work, and people try to read what
belongs to others. All this twice: with servers that were started before, and with every server
started at the moment its owner logs in. Accounts, processes and files of the rehearsal are removed
at its end, also after a failure.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import requests
import websocket

from guide_helpers.hub import close
from guide_helpers.hub.accounts import everyone, ours, read_passwords
from guide_helpers.hub.limits import kind_of

EXERCISE = "first-morning"
OPENED = "notebooks/front/ten_minutes.ipynb"
PATIENCE = 600.0
ASK = "from guide_helpers.workshop import check, exercise; exercise({0!r}).title"
WRONG = (
    'answer = {{"newspaper": "synthetic file", "doctor": "synthetic file", '
    '"lecturer": "synthetic file"}}\nprint(check({0!r}, answer))'
)
RIGHT = (
    'answer = {{"newspaper": "table", "doctor": "access", "lecturer": "synthetic file"}}\n'
    "print(check({0!r}, answer))"
)
MEMORY = "data = []\nwhile True:\n    data.append(bytearray(64 << 20))"
PROCESSOR = """
import os, time
children = [os.fork() for _ in range(4)]
while True:
    pass
"""


class Person:
    """One reader at a browser: cookies, a server, a kernel."""

    def __init__(self, base: str, name: str, password: str) -> None:
        self.base, self.name, self.password = base, name, password
        self.web = requests.Session()
        self.times: dict[str, float] = {}
        self.socket: websocket.WebSocket | None = None

    def log_in(self) -> None:
        """Send the form, and wait for the server that the hub starts."""
        begun = time.monotonic()
        self.web.get(f"{self.base}/hub/login", timeout=PATIENCE)
        form = {"username": self.name, "password": self.password}
        form["_xsrf"] = self.web.cookies.get("_xsrf", path="/hub/") or ""
        sent = self.web.post(f"{self.base}/hub/login", data=form, timeout=PATIENCE)
        assert sent.status_code == 200, f"{self.name}: the form gave {sent.status_code}"
        while time.monotonic() - begun < PATIENCE:
            page = self.web.get(f"{self.base}/user/{self.name}/lab", timeout=PATIENCE)
            if page.status_code == 200 and f"/user/{self.name}/" in page.url.split("?")[0]:
                self.times["server"] = time.monotonic() - begun
                return
            time.sleep(1)
        raise TimeoutError(f"{self.name}: no server after {PATIENCE:g} s")

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        """Ask this person's own server."""
        token = self.web.cookies.get("_xsrf", path=f"/user/{self.name}/") or ""
        return self.web.request(
            method,
            f"{self.base}/user/{self.name}/{path}",
            headers={"X-XSRFToken": token},
            timeout=PATIENCE,
            **options,
        )

    def open_notebook(self) -> None:
        """Read the notebook, start its kernel, and connect to it."""
        begun = time.monotonic()
        shown = self.send("GET", f"api/contents/{OPENED}")
        assert shown.json()["type"] == "notebook", f"{self.name}: {shown.text[:200]}"
        body = {"path": OPENED, "name": "", "type": "notebook", "kernel": {"name": "python3"}}
        session = self.send("POST", "api/sessions", json=body)
        assert session.status_code == 201, f"{self.name}: {session.status_code} {session.text}"
        place = f"user/{self.name}/api/kernels/{session.json()['kernel']['id']}/channels"
        self.socket = websocket.create_connection(
            f"{self.base.replace('http', 'ws')}/{place}", timeout=PATIENCE, header=self._cookies()
        )
        self.times["kernel"] = time.monotonic() - begun

    def _cookies(self) -> list[str]:
        near = [c for c in self.web.cookies if c.path in ("/", f"/user/{self.name}/")]
        return ["Cookie: " + "; ".join(f"{c.name}={c.value}" for c in near)]

    def run(self, code: str, *, wait: bool = True) -> str:
        """Run a cell and return what it printed, or the name of its error."""
        assert self.socket is not None
        number = uuid.uuid4().hex
        header = {"msg_id": number, "msg_type": "execute_request", "username": self.name}
        header |= {"session": number, "version": "5.3", "date": datetime.now(UTC).isoformat()}
        content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        self.socket.send(json.dumps({**message, "channel": "shell", "buffers": []}))
        return "".join(self._answers(number)) if wait else ""

    def _answers(self, number: str) -> Iterator[str]:
        assert self.socket is not None
        while True:
            told = json.loads(self.socket.recv())
            if told["parent_header"].get("msg_id") != number:
                continue
            kind, content = told["msg_type"], told["content"]
            if kind == "stream":
                yield content["text"]
            elif kind == "execute_result":
                yield content["data"]["text/plain"]
            elif kind == "error":
                yield content["ename"]
            elif kind == "status" and content["execution_state"] == "idle":
                return

    def attend(self) -> dict[str, float]:
        """Do what the first quarter of an hour asks, and return the seconds of each step."""
        begun = time.monotonic()
        self.log_in()
        self.open_notebook()
        asked = self.run(ASK.format(EXERCISE))
        assert "first morning" in asked, f"{self.name}: {asked}"
        wrong = self.run(WRONG.format(EXERCISE))
        assert "Not yet" in wrong, f"{self.name}: {wrong}"
        self.times["first_result"] = time.monotonic() - begun
        right = self.run(RIGHT.format(EXERCISE))
        assert "It holds" in right, f"{self.name}: {right}"
        self.times["done"] = time.monotonic() - begun
        return self.times


class Hub:
    """The hub of a rehearsal, which goes with all it made."""

    def __init__(self, people: int, port: int, memory: int, *, ready: bool) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gw-")).resolve()
        self.folder.chmod(0o711)
        self.base, self.log = f"http://127.0.0.1:{port}", self.folder.with_suffix(".log")
        words = ["workshop", "serve", str(self.folder), "--people", str(people)]
        words += ["--port", str(port), "--memory", str(memory), *(["--ready"] if ready else [])]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "guide_helpers.cli", *words], stdout=log, stderr=log
            )

    def __enter__(self) -> Hub:
        """Wait until the hub answers."""
        for _ in range(120):
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"{self.base}/hub/login", timeout=5).ok:
                    return self
            time.sleep(0.5)
        self.__exit__()
        raise TimeoutError(f"the hub did not come up; see {self.log}")

    def __exit__(self, *problem: object) -> None:
        """Stop the hub, then remove accounts, processes and files."""
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        close(str(self.folder), erase=True)
        if not any(problem):
            self.log.unlink()

    def wait_until_ready(self) -> float:
        """Return the seconds until every server was up."""
        begun = time.monotonic()
        while b"servers are up" not in self.log.read_bytes():
            if time.monotonic() - begun > 3 * PATIENCE:
                raise TimeoutError(f"not every server came up; see {self.log}")
            time.sleep(1)
        return round(time.monotonic() - begun, 1)

    def people(self) -> list[Person]:
        """Return everybody on the list."""
        kept = read_passwords(self.folder / "hub")
        return [Person(self.base, name, password) for name, password in kept.items()]


class Memory(threading.Thread):
    """Watches what the accounts of a workshop use: their own memory, shared pages divided."""

    def __init__(self, hub: Hub) -> None:
        super().__init__(daemon=True)
        self.hub, self.most, self.ended = hub, 0.0, threading.Event()

    def run(self) -> None:
        """Look every few seconds."""
        while not self.ended.wait(3):
            self.most = max(self.most, used(set(ours_numbers(self.hub))))


def ours_numbers(hub: Hub) -> list[int]:
    return list(ours(hub.folder).values())


def used(numbers: set[int]) -> float:
    """Return the MB that all processes of these accounts use (proportional set size)."""
    total = 0
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if place.stat().st_uid in numbers:
                lines = (place / "smaps_rollup").read_text(encoding="ascii").splitlines()
                total += next(int(x.split()[1]) for x in lines if x.startswith("Pss:"))
        except (OSError, StopIteration):
            continue
    return total / 1024


def runaway(people: list[Person]) -> dict[str, Any]:
    """Let one person use up memory, another the processor; return what the rest notice."""
    greedy, busy, *rest = people
    before = [seconds(person) for person in rest]
    busy.run(PROCESSOR, wait=False)
    ended = greedy.run(MEMORY)
    with ThreadPoolExecutor(len(rest)) as pool:
        after = list(pool.map(seconds, rest))
    return {
        "memory_ended_with": ended.splitlines()[-1] if ended else "",
        "others_finished": len(after),
        "median_before": round(statistics.median(before), 2),
        "median_beside": round(statistics.median(after), 2),
        "longest_beside": round(max(after), 2),
        "greedy_works_again": greedy.run("print(6 * 7)").strip() == "42",
    }


def seconds(person: Person) -> float:
    """Return how long a small piece of work takes one person."""
    begun = time.monotonic()
    answer = person.run("print(sum(range(2_000_000)))")
    assert "1999999000000" in answer, f"{person.name}: {answer}"
    return time.monotonic() - begun


def peep(hub: Hub, people: list[Person]) -> dict[str, int]:
    """Let each person try to read what belongs to the next, and to the hub; count successes."""
    got = {"folders": 0, "files": 0, "environments": 0, "hub": 0, "servers": 0}
    for person, other in zip(people, [*people[1:], people[0]], strict=True):
        home, number = hub.folder / other.name, everyone()[other.name][0]
        tries = {
            "folders": f"__import__('os').listdir({str(home)!r})",
            "files": f"open({str(home / OPENED)!r}).read()",
            "environments": "[open(f'/proc/{p}/environ').read() for p in __import__('os').listdir"
            f"('/proc') if p.isdigit() and __import__('os').stat('/proc/' + p).st_uid == {number}]",
            "hub": f"open({str(hub.folder / 'hub' / 'accounts.txt')!r}).read()",
        }
        for what, code in tries.items():
            got[what] += "PermissionError" not in person.run(f"print(len({code}))")
        page = person.web.get(
            f"{hub.base}/user/{other.name}/api/contents", timeout=PATIENCE, allow_redirects=False
        )
        got["servers"] += page.status_code == 200
    return got


def rehearse(count: int, port: int, memory: int, *, ready: bool = False) -> dict[str, Any]:
    """Hold the rehearsal and return its figures."""
    with Hub(count, port, memory, ready=ready) as hub:
        waited = hub.wait_until_ready() if ready else None
        watch = Memory(hub)
        watch.start()
        people = hub.people()
        with ThreadPoolExecutor(count) as pool:
            times = list(pool.map(Person.attend, people))
        watch.ended.set()
        watch.join()
        figures = {
            "people": count,
            "ready_after": waited,
            "succeeded": sum("done" in t for t in times),
            **{name: spread([t[name] for t in times]) for name in times[0]},
            "memory_mb": round(watch.most),
            "memory_mb_each": round(watch.most / count),
            "peeping_successes": peep(hub, people),
            "runaway": runaway(people),
        }
        folder = hub.folder
    left = ours(folder)
    return figures | {"accounts_left": len(left), "folder_left": folder.exists()}


def spread(values: list[float]) -> dict[str, float]:
    """Return the median and the longest, in seconds."""
    return {"median": round(statistics.median(values), 1), "longest": round(max(values), 1)}


def surroundings() -> dict[str, Any]:
    """Return on what machine, with which versions, and how busy it was with other work."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    names = ("jupyterhub", "jupyterlab", "configurable-http-proxy", "jupyterhub-idle-culler")
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "memory_gb": round(total / 2**30),
        "control_groups": kind_of(),
        "python": platform.python_version(),
        "versions": {name: metadata.version(name) for name in names},
    }


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, default=30)
    parser.add_argument("--port", type=int, default=8700)
    parser.add_argument("--memory", type=int, default=2048)
    parser.add_argument("--write", type=Path, metavar="FILE")
    asked = parser.parse_args()
    around = surroundings()
    options = (asked.people, asked.port, asked.memory)
    figures: dict[str, Any] = dict(around)
    for name in ("ready", "at_once"):
        figures[name] = {"load_before": round(os.getloadavg()[0], 1)}
        figures[name] |= rehearse(*options, ready=name == "ready")
        print(name, json.dumps(figures[name]), flush=True)
    text = json.dumps(figures, indent=1) + "\n"
    if asked.write:
        asked.write.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
