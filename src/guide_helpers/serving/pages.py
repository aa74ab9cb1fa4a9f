"""What is answered without a token: pages, what the server offers, and the way in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import JupyterHandler
from tornado import web
from tornado.httputil import url_concat
from tornado.ioloop import IOLoop

from guide_helpers.serving.access import policy
from guide_helpers.serving.files import File, locate, read

BASE = "/guide/"
FOREVER = "public, max-age=31536000, immutable"


class Open(JupyterHandler):
    """An answer that needs no token, with an error page in plain words."""

    scripts: tuple[str, ...] = ()

    @property
    def content_security_policy(self) -> str:
        """Allow this origin only, and in the page the scripts it was built with."""
        return policy(self.request.host, self.scripts)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with one sentence and the way back."""
        del kwargs
        self.set_header("Content-Type", "text/html; charset=utf-8")
        said = WORDS.get(status_code, "This cannot be answered.")
        self.finish(PAGE.format(title=status_code, said=said))


class Pages(Open):
    """Files of the site; with `?token=`, the way in to the kernels."""

    def initialize(self, site: Path) -> None:
        """Keep the folder of the site."""
        self.site = site

    @allow_unauthenticated
    async def get(self, name: str) -> None:
        """Answer with a file, unless the browser has it."""
        if "token" in self.request.query_arguments:
            self._admit()
            return
        found = await IOLoop.current().run_in_executor(None, self._find, name)
        self.scripts = found.scripts
        self.set_header("Content-Security-Policy", self.content_security_policy)
        self.set_header("Content-Type", found.kind)
        self.set_header("Cache-Control", FOREVER if self._versioned(name) else "no-cache")
        self.set_header("Vary", "Accept-Encoding")
        body = found.plain
        if found.packed and "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            body = found.packed
        self.set_header("Etag", f'W/"{found.tag}"')
        if self.check_etag_header():
            self.set_status(304)
            self.clear_header("Content-Encoding")
            return
        self.set_header("Content-Length", str(len(body)))
        self.finish(None if self.request.method == "HEAD" else body)

    head = get

    def compute_etag(self) -> None:
        """Leave the tag that `get` has set."""

    def _find(self, name: str) -> File:
        return read(locate(self.site, name))

    def _versioned(self, name: str) -> bool:
        """Tell whether the address changes with the content, as Sphinx makes it."""
        return name.startswith("_static/") and bool({"v", "digest"} & {*self.request.arguments})

    def _admit(self) -> None:
        """Take the token out of the address and give the cookie for it."""
        tokens = self.get_query_arguments("token")
        if len(tokens) != 1 or not self.identity_provider.admit(self, tokens[0]):  # type: ignore[attr-defined]
            raise web.HTTPError(401)
        self.set_header("Referrer-Policy", "no-referrer")
        left = [(k, v.decode()) for k, vs in self.request.query_arguments.items() for v in vs]
        left = [(k, v) for k, v in left if k != "token"]
        self.redirect(url_concat(self.request.path, left))


class Board(Pages):
    """The score board of a challenge, which has no script: none may run, come what may."""

    def _find(self, name: str) -> File:
        return replace(super()._find(name), scripts=())


class Answer(Open):
    """`kernels.json`: what this server offers to a live page."""

    def initialize(self, offer: dict[str, Any]) -> None:
        """Keep what does not change."""
        self.offer = offer

    @allow_unauthenticated
    def get(self) -> None:
        """Say whether kernels are there and this browser may use them."""
        allowed = self.current_user is not None
        if allowed:
            self.xsrf_token  # noqa: B018  # sets the cookie that a page's script sends back
        running = self.kernel_manager.running  # type: ignore[attr-defined]
        self.finish({**self.offer, "allowed": allowed, "running": running})


class Away(Open):
    """Leads to the guide."""

    @allow_unauthenticated
    def get(self) -> None:
        """Redirect, with the token if there is one."""
        query = self.request.query
        self.redirect(BASE + (f"?{query}" if query else ""))

    head = get


class Shut(Open):
    """What JupyterLab shows to who has not shown the token."""

    @allow_unauthenticated
    def get(self) -> None:
        """Say what to do."""
        raise web.HTTPError(401)


class Nothing(Open):
    """All other addresses."""

    @allow_unauthenticated
    def prepare(self) -> None:  # type: ignore[override]
        """Answer every method alike."""
        raise web.HTTPError(404)


WORDS = {
    401: "No token, or not the token of this server. Use the address that <code>guide serve</code> "
    "printed when it was started.",
    403: "This server does not answer to that name, or not to that page.",
    404: "There is no such page.",
    405: "This address is for reading only.",
}
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>{title}</title>
<style>body{{font:1.1rem/1.5 system-ui,sans-serif;margin:3rem auto;max-width:40rem;padding:0 1rem;
color-scheme:light dark}}</style>
<h1>{title}</h1><p>{said}</p><p><a href="/guide/">To the guide</a></p></html>
"""
