"""Install the guide from this folder, without a network: `python3.11 install.py NEW_FOLDER`."""

import subprocess
import sys
import venv
from pathlib import Path

WHEELS = Path(__file__).resolve().parent / "wheels"


def main() -> None:
    """Make an environment and put every wheel into it."""
    if len(sys.argv) != 2:
        sys.exit("type: python3.11 install.py NEW_FOLDER")
    if sys.version_info[:2] != (3, 11):
        sys.exit(f"this is Python {sys.version.split()[0]}; the packages here are for Python 3.11")
    to = Path(sys.argv[1]).absolute()
    if to.exists():
        sys.exit(f"{to} is there already; name a new folder")
    venv.create(to, with_pip=True)
    python = to / "bin" / "python"
    wheels = sorted(str(path) for path in WHEELS.glob("*.whl"))
    alone = ["--no-index", "--no-deps", "--find-links", str(WHEELS), "--disable-pip-version-check"]
    subprocess.run([str(python), "-m", "pip", "install", "-q", *alone, *wheels], check=True)
    print(f"Installed. Next: {to / 'bin' / 'guide'} --help")


if __name__ == "__main__":
    main()
