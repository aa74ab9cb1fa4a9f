"""A service of the hub that starts everybody's server before they come, a few at a time.

Thirty servers that start at the same moment on two cores keep everyone waiting for minutes.
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

LONGEST = 600.0  # seconds for one server


def ask(method: str, path: str) -> Any:
    """Return what the hub answers, None where it has nothing to say."""
    address = f"{os.environ['JUPYTERHUB_API_URL']}/{path}"
    headers = {"Authorization": f"token {os.environ['JUPYTERHUB_API_TOKEN']}"}
    request = urllib.request.Request(address, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=LONGEST) as answer:
        return json.loads(answer.read() or b"null")


def warm(name: str) -> None:
    """Start one server and wait until it answers; one that its owner started is left alone."""
    try:
        ask("POST", f"users/{name}/server")
        until = time.monotonic() + LONGEST
        while not (ask("GET", f"users/{name}")["server"]) and time.monotonic() < until:
            time.sleep(1)
    except urllib.error.HTTPError as error:
        print(f"the server of {name} was not started: {error}", file=sys.stderr, flush=True)


def main() -> None:
    """Warm up all names given, then stay: the hub starts a service that ends anew."""
    begun = time.monotonic()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(warm, sys.argv[1:]))
    spent = time.monotonic() - begun
    print(f"All {len(sys.argv) - 1} servers are up, after {spent:.0f} seconds.", flush=True)
    Event().wait()


if __name__ == "__main__":
    main()
