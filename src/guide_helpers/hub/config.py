"""The settings of JupyterHub for one workshop: the hub's file calls `configure`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from guide_helpers.hub.settings import Workshop

FILE = """\
# Written by guide workshop serve, and read by JupyterHub. To change it, start the workshop anew.
from pathlib import Path

from guide_helpers.hub.config import configure
from guide_helpers.hub.settings import read

configure(get_config(), read(Path({folder!r})))  # noqa: F821
"""
KERNEL_IDLE = 20 * 60  # seconds; a kernel goes before its server
PATIENCE = 600  # seconds: thirty servers that start at once on two cores wait for each other


def configure(c: Any, workshop: Workshop) -> None:
    """Give JupyterHub's configuration object all that a workshop needs."""
    _listen(c, workshop)
    _keep(c, workshop)
    _let_in(c, workshop)
    _spawn(c, workshop)
    c.JupyterHub.services = [_culler(workshop), *_site(workshop), *_warm(workshop)]
    c.JupyterHub.load_roles = [CULLER, *([WARM] if workshop.ready else [])]


CULLER = {
    "name": "guide-culler",
    "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
    "services": ["culler"],
}
WARM = {"name": "guide-warm", "scopes": ["servers", "read:users"], "services": ["warm"]}


def _listen(c: Any, workshop: Workshop) -> None:
    where = "" if workshop.public else "127.0.0.1"
    c.JupyterHub.bind_url = f"http://{where}:{workshop.port}"
    c.JupyterHub.hub_ip = "127.0.0.1"
    c.JupyterHub.hub_port = workshop.port + 1
    c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{workshop.port + 2}"
    c.ConfigurableHTTPProxy.command = [
        *(*_python(), "guide_helpers.hub.door"),
        f"--proxy-timeout={1000 * PATIENCE}",  # a kernel that starts beside 29 others takes long
    ]
    c.ConfigurableHTTPProxy.pid_file = str(workshop.hub / "proxy.pid")


def _keep(c: Any, workshop: Workshop) -> None:
    c.JupyterHub.db_url = f"sqlite:///{workshop.hub / 'hub.sqlite'}"
    c.JupyterHub.cookie_secret_file = str(workshop.hub / "cookie_secret")
    c.JupyterHub.cleanup_servers = True
    c.JupyterHub.cleanup_proxy = True
    c.JupyterHub.log_level = "WARN"
    c.JupyterHub.admin_access = False
    c.JupyterHub.shutdown_on_logout = True


def _let_in(c: Any, workshop: Workshop) -> None:
    c.JupyterHub.authenticator_class = "guide_helpers.hub.entry.Accounts"
    c.Accounts.folder = str(workshop.hub)
    c.Authenticator.allowed_users = set(workshop.names)
    c.Authenticator.admin_users = set()


def _spawn(c: Any, workshop: Workshop) -> None:
    c.JupyterHub.spawner_class = "guide_helpers.hub.spawner.Bounded"
    c.Bounded.megabytes = workshop.memory
    c.Bounded.interrupt_timeout = 2  # seconds; a server that stops has nothing to lose
    c.Bounded.term_timeout = 3
    c.JupyterHub.concurrent_spawn_limit = workshop.people
    c.JupyterHub.active_server_limit = workshop.people
    c.Spawner.cmd = [*_python(), "jupyterhub.singleuser"]
    c.Spawner.args = [
        "--ServerApp.terminals_enabled=False",
        "--KernelManager.transport=ipc",  # the ports of a kernel would tell others its results
        f"--MappingKernelManager.cull_idle_timeout={KERNEL_IDLE}",
        "--MappingKernelManager.cull_interval=60",
    ]
    c.Spawner.default_url = "/lab"
    c.Spawner.start_timeout = PATIENCE
    c.Spawner.http_timeout = PATIENCE
    c.Spawner.env_keep = ["LANG", "LC_ALL", "PATH"]
    c.Spawner.environment = {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _culler(workshop: Workshop) -> dict[str, Any]:
    idle = str(int(workshop.idle * 60))
    command = [*_python(), "jupyterhub_idle_culler", f"--timeout={idle}", "--cull-every=60"]
    return {"name": "culler", "command": command}


def _site(workshop: Workshop) -> list[dict[str, Any]]:
    """Return the service that shows the built guide, which needs no password."""
    if not workshop.site:
        return []
    port = workshop.port + 3
    return [
        {
            "name": "guide",
            "url": f"http://127.0.0.1:{port}",
            "command": [*_python(), "guide_helpers.hub.pages", str(workshop.site), str(port)],
            "display": True,
            "cwd": "/",
        }
    ]


def _warm(workshop: Workshop) -> list[dict[str, Any]]:
    """Return the service that starts everybody's server beforehand."""
    command = [*_python(), "guide_helpers.hub.warm", *workshop.names]
    return [{"name": "warm", "command": command}] if workshop.ready else []


def _python() -> list[str]:
    return [sys.executable, "-P", "-m"]


def write(workshop: Workshop) -> Path:
    """Write the file that JupyterHub reads, and return its place."""
    from guide_helpers.hub.settings import write_private

    path = workshop.hub / "jupyterhub_config.py"
    write_private(path, FILE.format(folder=str(workshop.folder)))
    return path


def shown(workshop: Workshop) -> str:
    """Return the configuration as words, for a look before the start."""
    seen = Recorder()
    configure(seen, workshop)
    return json.dumps(seen.told, indent=1, default=sorted, sort_keys=True)


class Recorder:
    """Stands in for JupyterHub's configuration object: remembers what it is told."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {}

    def __getattr__(self, section: str) -> Section:
        return Section(section, self.told)


class Section:
    """One class of the configuration."""

    _name: str
    _told: dict[str, Any]

    def __init__(self, name: str, told: dict[str, Any]) -> None:
        self.__dict__.update(_name=name, _told=told)

    def __setattr__(self, name: str, value: Any) -> None:
        self._told[f"{self._name}.{name}"] = value
