"""Kernels: so many and no more, of one kind, ended when nobody uses them."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

import ipykernel
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from jupyter_server.services.kernels.handlers import MainKernelHandler
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from jupyter_server.services.sessions.handlers import SessionRootHandler
from tornado import web

NAME = "python3"
RESOURCES = Path(ipykernel.__file__).parent / "resources"
THREADS = "2"  # of one kernel: many readers share the machine, and each thread has its buffers
ALONE = 300.0  # seconds a kernel waits for a page that has gone, or lost its connection


class FullError(Exception):
    """No more kernels: the limit is reached."""


class OneKind(KernelSpecManager):
    """Knows one kernel: this Python, with a limit on memory."""

    memory: int | None = None

    def find_kernel_specs(self) -> dict[str, str]:
        """Return the one kernel's name with the folder of its icons."""
        return {NAME: str(RESOURCES)}

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return how the kernel is started."""
        if kernel_name != NAME:
            raise NoSuchKernel(kernel_name)
        start = [sys.executable, "-P", "-m", "guide_helpers.serving.limited"]
        return KernelSpec(
            argv=[*start, str(self.memory or 0), "-f", "{connection_file}", "--log-level=ERROR"],
            display_name="Python 3",
            language="python",
            resource_dir=str(RESOURCES),
            env={"OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", THREADS)},
            interrupt_mode="signal",
            metadata={"debugger": True},
        )


class Bounded(AsyncMappingKernelManager):
    """Starts no kernel beyond the limit, and ends the ones that nobody uses."""

    limit: int = 0
    alone_limit: float = ALONE

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self._reserved: set[str] = set()
        self._alone: dict[str, float] = {}

    @property
    def running(self) -> int:
        """How many kernels run or are being started."""
        return len(self._reserved.union(self.list_kernel_ids()))

    async def _async_start_kernel(self, *, kernel_id: str | None = None, **options: Any) -> str:
        if self.running >= self.limit:
            raise FullError(
                f"all {self.limit} kernels of this server are in use; close a live page, or "
                "start the server with a larger --kernels"
            )
        kernel_id = kernel_id or self.new_kernel_id()
        options |= {"stdout": DEVNULL, "stderr": DEVNULL}  # no word from outside in our terminal
        self._reserved.add(kernel_id)
        try:
            return await super()._async_start_kernel(kernel_id=kernel_id, **options)
        finally:
            self._reserved.discard(kernel_id)

    start_kernel = _async_start_kernel  # type: ignore[assignment]

    async def cull_kernel_if_idle(self, kernel_id: str) -> None:
        """End a kernel that is idle, and one, busy or not, whose page has gone."""
        now = time.monotonic()
        if self._kernel_connections.get(kernel_id):
            self._alone.pop(kernel_id, None)
        elif now - self._alone.setdefault(kernel_id, now) > self.alone_limit:
            self._alone.pop(kernel_id)
            await self.shutdown_kernel(kernel_id, now=True)  # type: ignore[no-untyped-call]
            return
        await super().cull_kernel_if_idle(kernel_id)  # type: ignore[no-untyped-call]


class Sessions(SessionRootHandler):
    """Starts a kernel for a page, or says that there is none left."""

    @web.authenticated
    async def post(self) -> None:
        """Start a session."""
        try:
            await super().post()  # type: ignore[misc]
        except web.HTTPError as error:
            if isinstance(error.__cause__, FullError):
                raise web.HTTPError(503, str(error.__cause__)) from error
            raise


class Kernels(MainKernelHandler):
    """Starts a kernel without a session, or says that there is none left."""

    @web.authenticated
    async def post(self) -> None:
        """Start a kernel."""
        try:
            await super().post()  # type: ignore[misc]
        except FullError as full:
            raise web.HTTPError(503, str(full)) from full
