"""Keys that say whether an executed notebook or a written page is still up to date.

The book caches executed notebooks by their code alone. What the code calls and reads can change
too, so the cache folder is named after a hash of the package, the data and the lock.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

PACKAGE = Path("src", "guide_helpers")
WITHOUT_RESULTS = ("site", "serving", "commands", "cli.py")
IGNORED = {"__pycache__", ".ipynb_checkpoints", ".DS_Store"}


def files_below(folder: Path) -> list[Path]:
    """Return the files of a folder, or the file itself, in a fixed order."""
    if folder.is_file():
        return [folder]
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if not IGNORED & set(path.parts))


def key_of(root: Path, files: Iterable[Path]) -> str:
    """Return a short hash of the names and contents of files below `root`."""
    digest = hashlib.sha256(".".join(map(str, sys.version_info[:2])).encode())
    for path in files:
        name = path.relative_to(root).as_posix().encode()
        content = path.read_bytes()
        digest.update(b"%d %b %d " % (len(name), name, len(content)))
        digest.update(content)
    return digest.hexdigest()[:16]


def execution_key(root: Path) -> str:
    """Return the key of everything but its own code that a notebook's results depend on.

    Text about the data (`README.md`), records of the validation tier, the look of the pages
    (`site/`), what serves them (`serving/`) and the command (`commands/`, `cli.py`) change no
    result.
    """
    package = root / PACKAGE
    apart = {package / name for name in WITHOUT_RESULTS}
    code = [p for p in files_below(package) if not apart & {p, *p.parents}]
    records = root / "data" / "evidence" / "validation"
    data = [p for p in files_below(root / "data") if p.name != "README.md"]
    data = [p for p in data if records not in p.parents]
    return key_of(root, [*code, *data, *files_below(root / "requirements")])


def page_key(root: Path) -> str:
    """Return the key of everything but its own source that a written page depends on."""
    site = files_below(root / PACKAGE / "site")
    return execution_key(root) + key_of(root, site)


def cache_folder(root: Path, output: Path) -> Path:
    """Return the folder of the executed notebooks that match `root` now.

    `output` is the folder of the built pages, for example `build/_build/html`.
    """
    return output.parent / ".jupyter_cache" / execution_key(root)


def stamp(output: Path) -> Path:
    """Return the file that holds the key of all that the pages in `output` were made from."""
    return output.parent / "inputs.key"


def drop_old_caches(current: Path) -> None:
    """Delete executed notebooks that match an earlier package, data or lock."""
    if not current.parent.is_dir():
        return
    for path in current.parent.iterdir():
        if path != current:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
