"""Who may use a kernel, and the headers of every answer."""

from __future__ import annotations

import hmac
import re
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jupyter_server.auth.identity import IdentityProvider, User

if TYPE_CHECKING:
    from tornado.httputil import HTTPServerRequest
    from tornado.web import RequestHandler

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is read as another
READER = "reader"
HEADERS = {
    "Server": "guide",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
HOST = re.compile(r"[\w.-]+(:\d+)?|\[[\da-fA-F:.]+\](:\d+)?")


def new_token() -> str:
    """Return a token of 79 random bits that a workshop can read from a wall and type."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


class Passport(IdentityProvider):
    """Lets a browser in that has shown the token once, at the address of a page.

    The token itself is kept from jupyter_server, which would print it, write it into files and
    pages, and take it in the query of any address. What counts is the cookie, and only in
    requests that come from a page of this server, or from no page.
    """

    secret: str = ""  # empty: nobody is let in
    ticket: str = ""  # lets one browser in, once: a command line shows it to others on the machine
    port: int = 0

    def get_user(self, handler: RequestHandler) -> User | None:
        """Return the reader, if the cookie is right and no other site has sent the request."""
        cookie = handler.get_signed_cookie(self.get_cookie_name(handler))
        if cookie == READER.encode() and from_here(handler.request):
            return User(READER, "Reader", "Reader", "R")
        return None

    def admit(self, handler: RequestHandler, token: str) -> bool:
        """Give the cookie to who shows the token; tell whether it was right."""
        right = same(token, self.secret)
        if same(token, self.ticket):
            right, self.ticket = True, ""
        if right:
            name = self.get_cookie_name(handler)
            handler.set_signed_cookie(
                name, READER, expires_days=None, path="/", httponly=True, samesite="Strict"
            )
        return right

    def get_cookie_name(self, handler: RequestHandler) -> str:
        """Return a name with the port, since browsers share cookies between ports."""
        del handler
        return f"guide-{self.port}"

    def get_handlers(self) -> list[tuple[str, object]]:
        """Return no log-in page."""
        return []


def same(shown: str, kept: str) -> bool:
    """Compare in a time that does not tell how much was right; an empty secret fits nothing."""
    return bool(kept) and hmac.compare_digest(shown.encode(), kept.encode())


def from_here(request: HTTPServerRequest) -> bool:
    """Tell whether a request comes from a page of this very address, or from no page."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc.lower() != request.host.lower():
        return False
    return request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")


def policy(host: str, scripts: tuple[str, ...] = ()) -> str:
    """Return the content security policy of a page whose inline scripts have these hashes.

    Only what comes from this server runs or loads. Style attributes stay free: the theme, plotly
    and the widgets set them. Some browsers do not count websockets as `'self'`, so they are named.
    """
    sockets = f" ws://{host} wss://{host}" if HOST.fullmatch(host) else ""
    inline = f" 'unsafe-hashes' {' '.join(scripts)}" if scripts else ""
    parts: dict[str, str] = {
        "default-src": "'self'",
        "script-src": f"'self'{inline}",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": f"'self'{sockets}",
        "worker-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in parts.items())


def lab_policy() -> str:
    """Return the policy of JupyterLab, which runs scripts of notebooks by design.

    They may be inline and may compile (its checks of settings do), but load nothing from outside.
    """
    free = "'unsafe-inline' 'unsafe-eval' blob:"
    return policy("").replace("script-src 'self'", f"script-src 'self' {free}")


def everywhere(*, lab: bool) -> dict[str, Any]:
    """Return the settings of the web application that hold for every answer."""
    headers = HEADERS | ({"Content-Security-Policy": lab_policy()} if lab else {})
    return {"headers": headers, "xsrf_cookie_kwargs": {"path": "/", "samesite": "Strict"}}
