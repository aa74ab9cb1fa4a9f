"""Reading without a network: the service worker, and the list of what it can keep."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

if TYPE_CHECKING:
    from sphinx.application import Sphinx

WORKER = "sw.js"
LIST = "offline.json"
LAST = 990
NAMED = re.compile(r"""\b(?:src|href)="([^"#]+)""")
TAG = re.compile(r"<(?:script|link|img|a)\b[^>]*>")
LOADED = re.compile(r"""(?:@import\s*|url\()\s*["']?([^"')\s]+)""")
OUTSIDE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)
UNREAD = re.compile(r"LICENSE|guide-(?:icons|brands)\.woff2$|/thebe/")
SHARED = 0.9


def setup(app: Sphinx) -> None:
    """Add the script and the style, and write the worker when all is there."""
    app.add_js_file("guide/offline.js", loading_method="defer", priority=910)
    app.add_css_file("guide/offline.css", priority=910)
    app.connect("build-finished", write_worker, priority=LAST)


def write_worker(app: Sphinx, failure: Exception | None) -> None:
    """Write the worker and the list of files beside the pages."""
    if failure or app.builder.name != "html":
        return
    output = Path(app.outdir)
    named = files_of(output)
    version = version_of(output, list(named))
    pages = sum(1 for path in named if path.endswith(".html"))
    shared = [p for p, count in named.items() if p.startswith("_static") and count > SHARED * pages]
    text = (Path(__file__).parent / WORKER.replace("sw", "worker")).read_text(encoding="utf-8")
    text = text.replace("{{version}}", version).replace("{{shared}}", json.dumps(shared))
    (output / WORKER).write_text(text, encoding="utf-8")
    size = sum(path_of(output, name).stat().st_size for name in named)
    told = {"version": version, "bytes": size, "files": list(named)}
    (output / LIST).write_text(json.dumps(told, indent=0), encoding="utf-8")


def files_of(output: Path) -> dict[str, int]:
    """Return the address of every file of the guide, and how many pages name it.

    An address is a path from the first folder, with what a page adds after a question mark.
    """
    pages = sorted(p for p in output.rglob("*.html") if "_static" not in p.parts)
    found: Counter[str] = Counter()
    for page in pages:
        found.update(named_in(page, output))
    found.update(page.relative_to(output).as_posix() for page in pages)
    for style in [address for address in found if ".css" in address]:
        found.update(dict.fromkeys(loaded_by(style, output), found[style]))
    known = {address.partition("?")[0] for address in found}
    ours = (p.relative_to(output).as_posix() for p in sorted(output.glob("_static/guide/**/*.*")))
    found.update(path for path in ours if path not in known and not UNREAD.search(path))
    return dict(sorted(found.items()))


def named_in(page: Path, output: Path) -> set[str]:
    """Return the files of the guide that a page names in its tags."""
    here = page.relative_to(output).as_posix()
    tags = "".join(TAG.findall(page.read_text(encoding="utf-8")))
    named = (urljoin(here, name) for name in NAMED.findall(tags) if not OUTSIDE.match(name))
    return {name for name in named if path_of(output, name).is_file()} - {here}


def loaded_by(style: str, output: Path) -> set[str]:
    """Return the files that a style loads."""
    text = path_of(output, style).read_text(encoding="utf-8")
    names = {urljoin(style, name) for name in LOADED.findall(text) if not OUTSIDE.match(name)}
    return {name for name in names if path_of(output, name).is_file()}


def path_of(output: Path, address: str) -> Path:
    """Return the file behind an address."""
    parts = PurePosixPath(unquote(urlsplit(address).path)).parts
    return output.joinpath(*(part for part in parts if part not in {"/", ".."}))


def version_of(output: Path, addresses: list[str]) -> str:
    """Return a short hash of all files and their names."""
    digest = hashlib.sha256()
    for address in addresses:
        content = hashlib.sha256(path_of(output, address).read_bytes()).hexdigest()
        digest.update(f"{address} {content}\n".encode())
    return digest.hexdigest()[:16]
