"""Starts the server of one person under their Unix account, within bounds."""

from __future__ import annotations

import os
from collections.abc import Callable

from jupyterhub.spawner import LocalProcessSpawner  # type: ignore[import-not-found,unused-ignore]
from traitlets import Integer

from guide_helpers.hub.close import end_processes
from guide_helpers.hub.limits import Group, bound


class Bounded(LocalProcessSpawner):  # type: ignore[misc]
    """A process with limits on memory and number, in a control group where there is one."""

    megabytes = Integer(2048, config=True, help="Memory of one process, in MB.")

    def make_preexec_fn(self, name: str) -> Callable[[], None]:
        """Return what the new process does before it is the server."""
        become = super().make_preexec_fn(name)
        group = Group(name, self.megabytes * 3 // 2)
        megabytes = self.megabytes

        def enter() -> None:
            group.join()
            bound(megabytes)
            become()
            os.umask(0o077)

        return enter

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Add where the sockets of kernels lie: a short path, closed to others."""
        told: dict[str, str] = super().user_env(env)
        return told | {"JUPYTER_RUNTIME_DIR": f"{told['HOME']}/.run"}

    async def stop(self, now: bool = False) -> None:
        """End the server, then whatever of this person still runs."""
        await super().stop(now)
        end_processes([self.user.name])
