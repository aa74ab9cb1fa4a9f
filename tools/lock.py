"""Lock every package of the guide, and write the same versions for other platforms.

    python tools/lock.py              keep the versions that still fit, add what is new
    python tools/lock.py --upgrade    take the newest version of everything
    python tools/lock.py --check      change nothing; fail where the files would change

Writes requirements/lock-py311-linux.txt (hashes, Python 3.11, Linux x86_64) and
requirements/constraints.txt (versions only). Needs uv: `pip install uv`. The lock is made from the
public index alone, so that it holds on any machine: settings of uv on this one are left out.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = Path("requirements/lock-py311-linux.txt")
CONSTRAINTS = Path("requirements/constraints.txt")
EXTRAS = ("files", "dp", "sdv", "book", "test")

LOCK_HEAD = """\
# Every package of the guide but torch, for Python 3.11 on Linux x86_64, with hashes.
# Made by `python tools/lock.py`; do not edit.
# To install it: pip install --no-deps --require-hashes -r requirements/lock-py311-linux.txt
"""
CONSTRAINTS_HEAD = """\
# The versions of lock-py311-linux.txt without hashes, for conda and for other platforms.
# Made by `python tools/lock.py`; do not edit.
"""

# What a lock would carry if it had been made with the settings of one machine.
FOREIGN = re.compile(
    r"://|find-links|index-url|(?<![\w.])/\w|^-e|^(torch|triton|nvidia[\w-]*)==", re.M
)
PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", re.M)


def main() -> None:
    """Write, or with --check compare, the two files."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    parser.add_argument("--check", action="store_true", help="write nothing, fail on a difference")
    options = parser.parse_args()
    lock = LOCK_HEAD + compiled(upgrade=options.upgrade)
    constraints = CONSTRAINTS_HEAD + pins_only(lock)
    for path, text in ((LOCK, lock), (CONSTRAINTS, constraints)):
        if options.check and (ROOT / path).read_text(encoding="utf-8") != text:
            sys.exit(f"{path} does not fit pyproject.toml any more: run `python tools/lock.py`")
        if not options.check:
            (ROOT / path).write_text(text, encoding="utf-8", newline="\n")
            print(f"{path}: {len(PIN.findall(text))} packages")


def compiled(*, upgrade: bool) -> str:
    """Return what uv resolves, starting from the versions in the present lock."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv is None:
        sys.exit("tools/lock.py needs uv: pip install uv")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("UV_")}
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / LOCK.name
        if (ROOT / LOCK).exists() and not upgrade:
            shutil.copy(ROOT / LOCK, output)  # uv prefers the versions it finds there
        command = [
            *(uv, "pip", "compile", "pyproject.toml", "requirements/input.in"),
            *(f"--extra={name}" for name in EXTRAS),
            *("--overrides", "requirements/override.txt"),
            *("--python-version", "3.11", "--python-platform", "x86_64-manylinux_2_28"),
            *("--generate-hashes", "--no-header", "--no-annotate", "--no-config", "--quiet"),
            *("--output-file", str(output)),
        ]  # fmt: skip
        if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
            sys.exit("nothing written: uv found no set of versions that fits, see above")
        text = output.read_text(encoding="utf-8")
    if found := FOREIGN.search(text):
        sys.exit(f"nothing written: the lock would hold {found.group()!r}")
    return text


def pins_only(lock: str) -> str:
    """Return the `name==version` lines of a lock."""
    return "".join(f"{name}=={version}\n" for name, version in PIN.findall(lock))


if __name__ == "__main__":
    main()
