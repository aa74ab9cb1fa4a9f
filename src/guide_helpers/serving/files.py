"""Files of the site as they go over the wire: found, read once, compressed."""

from __future__ import annotations

import base64
import functools
import gzip
import hashlib
import html
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

from tornado import web

TEXT = re.compile(r"text/|application/(javascript|json|manifest\+json|xml)|image/svg")
SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL | re.IGNORECASE)
DATA = re.compile(r"""\bsrc\s*=|\btype\s*=\s*["']?(?!text/javascript|module)""")
HANDLER = re.compile(r"""\son[a-z]+="([^"]*)\"""")
PRINT = "window.print()"  # the theme's button; the search reads other pages, which have it
TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
    ".ipynb": "application/json",
}


@dataclass(frozen=True)
class File:
    """A file of the site as it goes over the wire."""

    plain: bytes
    packed: bytes | None
    kind: str
    tag: str
    scripts: tuple[str, ...]


def locate(site: Path, name: str) -> Path:
    """Return the file behind an address; raise 404 for all that the site does not hold."""
    parts = name.split("/")
    strange = any(c in name for c in "\0\\:") or any(p.startswith(".") for p in parts)
    if strange or "" in parts[:-1]:
        raise web.HTTPError(404)
    path = site.joinpath(*parts)
    try:
        real = (path / "index.html" if name.endswith("/") or not name else path).resolve()
        inside = real.is_relative_to(site) and real.is_file()
    except (OSError, ValueError):
        inside = False
    if not inside:
        raise web.HTTPError(404)
    return real


def read(path: Path) -> File:
    """Return a file's content, read once as long as it does not change."""
    found = path.stat()
    return _read(path, found.st_mtime_ns, found.st_size)


@functools.lru_cache(maxsize=2000)
def _read(path: Path, changed: int, size: int) -> File:
    del changed, size
    plain = path.read_bytes()
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    kind = kind or "application/octet-stream"
    text = bool(TEXT.match(kind))
    packed = gzip.compress(plain, 6, mtime=0) if text and len(plain) > 500 else None
    return File(
        plain,
        packed,
        f"{kind}; charset=utf-8" if text else kind,
        hashlib.sha256(plain).hexdigest()[:24],
        inline_scripts(plain.decode("utf-8", "replace")) if kind == "text/html" else (),
    )


def inline_scripts(page: str) -> tuple[str, ...]:
    """Return the hashes of a page's own inline scripts and event handlers, for its policy.

    So the theme's few lines run, and a script that somebody smuggles into a page does not.
    """
    texts = [text for attributes, text in SCRIPT.findall(page) if not DATA.search(attributes)]
    texts += [PRINT, *(html.unescape(text) for text in HANDLER.findall(SCRIPT.sub("", page)))]
    hashes = (hashlib.sha256(t.replace("\r\n", "\n").encode()).digest() for t in texts)
    return tuple(sorted({f"'sha256-{base64.b64encode(h).decode()}'" for h in hashes}))
