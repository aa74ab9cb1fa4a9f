"""Pack the built site into a zip that opens from a folder: build/guide-site-<version>.zip.

    python tools/make_zip.py [--to FILE]

The same pages give the same bytes. The file appears when it is complete.
"""

from __future__ import annotations

import argparse
import os
import sys
import zipfile
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SITE = Path(os.environ.get("GUIDE_SITE", ROOT / "build" / "_build" / "html"))
EARLIEST = (1980, 1, 1, 0, 0, 0)
README = """Practical Guide to the Use of Synthetic Data, version {version}

Open book/front/index.html in a browser. No server and no network are needed: figures, explorers,
search, inventories and questions work from this folder. Only live kernels do not; for those see
"How this site works" in the appendix.

The folder can also be put on any web server as it is.

Text: CC BY 4.0. Code: Apache 2.0. Every data set has its own licence, see the appendix.
"""


def files_of(site: Path) -> list[Path]:
    """Return the files of the site, in a fixed order, without those that only the build reads."""
    found = (path for path in site.rglob("*") if path.is_file())
    return sorted(p for p in found if not any(s.startswith(".") for s in p.relative_to(site).parts))


def pack(site: Path, to: Path, version: str) -> None:
    """Write the zip, whole or not at all."""
    top = f"guide-site-{version}"
    to.parent.mkdir(parents=True, exist_ok=True)
    half = to.with_suffix(".half")
    try:
        with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            add(archive, f"{top}/README.txt", README.format(version=version).encode())
            for path in files_of(site):
                add(archive, f"{top}/{path.relative_to(site).as_posix()}", path.read_bytes())
        half.replace(to)
    finally:
        half.unlink(missing_ok=True)


def add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Add a file that carries no date and no owner."""
    entry = zipfile.ZipInfo(name, EARLIEST)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content)


def main() -> None:
    """Run from the command line."""
    version = metadata.version("guide-helpers")
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    to = ROOT / "build" / f"guide-site-{version}.zip"
    parser.add_argument("--to", type=Path, default=to, metavar="FILE")
    asked = parser.parse_args()
    if not (SITE / "index.html").is_file():
        sys.exit(f"{SITE} holds no pages; build them first: make book")
    try:
        pack(SITE, asked.to, version)
    except KeyboardInterrupt:
        sys.exit("\nStopped; no zip was written.")
    print(f"{asked.to}: {asked.to.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
