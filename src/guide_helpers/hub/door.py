"""The proxy in front of the hub, which gives root up before it listens."""

from __future__ import annotations

import os
import signal

PR_SET_PDEATHSIG = 1


def step_down(name: str = "nobody") -> None:
    """Become an account that owns nothing."""
    import pwd

    account = pwd.getpwnam(name)
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    os.chdir("/")
    _end_with_parent()


def _end_with_parent() -> None:
    """Let the system end this process where the hub is gone; a change of account forgets it."""
    import ctypes

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait_longer() -> None:
    """Let more than ten requests be under way at once, and each take its time in a full room."""
    from tornado.httpclient import AsyncHTTPClient

    slow = {"connect_timeout": 60, "request_timeout": 600}
    AsyncHTTPClient.configure(None, max_clients=1000, defaults=slow)


def main() -> None:
    """Run the proxy with the options that JupyterHub gives it."""
    if os.geteuid() == 0:
        step_down()
    _wait_longer()
    from configurable_http_proxy.cli import main as run  # type: ignore[import-not-found,unused-ignore]

    run()


if __name__ == "__main__":
    main()
