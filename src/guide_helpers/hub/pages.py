"""The built guide as a service of the hub: `python -m guide_helpers.hub.pages SITE PORT`."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

from tornado import web

from guide_helpers.hub.door import step_down

PREFIX = "/services/guide/"


class Page(web.StaticFileHandler):
    """A file of the site."""

    def set_extra_headers(self, path: str) -> None:
        """Let no other site frame it or guess its type."""
        del path
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("X-Frame-Options", "DENY")


def application(site: str) -> web.Application:
    """Return the pages, and nothing beside them."""
    options: dict[str, Any] = {"path": site, "default_filename": "index.html"}
    return web.Application([(f"{PREFIX}(.*)", Page, options)])


async def main() -> None:
    """Serve until the hub ends it."""
    site, port = sys.argv[1:]
    application(site).listen(int(port), "127.0.0.1")
    if os.geteuid() == 0:
        step_down()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
