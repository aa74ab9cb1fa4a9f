"""Set up the guide and run its tasks: `python tools/dev.py TASK`, or `make TASK`.

Standard library only, so that a fresh checkout with Python 3.11 is enough, on Linux, macOS and
Windows. The environment is `.venv`, made from requirements/ by the first task that needs it.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
BUILD = ROOT / "build"
SITE = BUILD / "_build" / "html"
REQUIREMENTS = ROOT / "requirements"
LOCK = REQUIREMENTS / "lock-py311-linux.txt"
CONSTRAINTS = REQUIREMENTS / "constraints.txt"
TORCH = REQUIREMENTS / "torch-cpu.txt"
TORCH_INDEX = "https://download.pytorch.org/whl/cpu"
WANTED = (3, 11)


class Stop(Exception):
    """End the run with one sentence that says what to do."""


# --- tasks: the first line of each docstring is what `help` shows


def book(arguments: list[str]) -> None:
    """Build the guide into build/_build/html: runs what changed, then makes the pages."""
    build(environment(), arguments)
    say(f"Open that file in a browser, or type: {command('serve')}")


def build(python: str, arguments: list[str]) -> None:
    """Build the book; a second build in this folder waits for the first."""
    with only_one("building the book"):
        run([python, "tools/build_book.py", *arguments])


def test(arguments: list[str]) -> None:
    """Build the guide where it is old, then run the tests. With ARGS: only pytest ARGS."""
    python = environment()
    if not arguments:
        build(python, [])
    found = installed_browser(python) if arguments else browser(python)
    settings = {"OMP_NUM_THREADS": "1", **({"GUIDE_BROWSER": found} if found else {})}
    spread = [] if arguments else ["-n", "2", "--dist", "worksteal", "--benchmark-disable"]
    run([python, "-m", "pytest", *spread, *arguments], settings)


def serve(arguments: list[str]) -> None:
    """Show the built guide in a browser, its pages live; ARGS go to `guide serve`; Ctrl-C ends."""
    if not (SITE / "index.html").exists() and "--site" not in arguments:
        raise Stop(f"There is no built guide yet. Type: {command('book')}")
    python = environment()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends its kernels
    run([python, "-m", "guide_helpers.cli", "serve", *arguments])


def workshop(arguments: list[str]) -> None:
    """Hold a workshop: ARGS go to `guide workshop`; without any, it says what it can do."""
    python = environment()
    run([python, "-m", "guide_helpers.cli", "workshop", *(arguments or ["--help"])])


def lint(arguments: list[str]) -> None:
    """Check style and format of the code, and that notebooks are stored without outputs."""
    python = environment()
    checks = (
        ["-m", "ruff", "check", *arguments],
        ["-m", "ruff", "format", "--check", *arguments],
        ["tools/notebook_outputs.py"],
    )
    failed = [c for c in checks if subprocess.run([python, *c], cwd=ROOT, check=False).returncode]
    if failed:
        raise Stop(f"Ruff mends most: {python} -m ruff check --fix; {python} -m ruff format")


def types(arguments: list[str]) -> None:
    """Check the types of the package (mypy, strict)."""
    run([environment(), "-m", "mypy", *arguments])


def pdf(arguments: list[str]) -> None:
    """Print the built guide to build/guide.pdf with headless Chromium (minutes)."""
    python = environment()
    run([python, "tools/make_pdf.py", *arguments], {"GUIDE_BROWSER": browser(python)})


def pack(arguments: list[str]) -> None:
    """Pack the built guide into build/guide-site-VERSION.zip, which opens from a folder."""
    run([environment(), "tools/make_zip.py", *arguments])


def validate(arguments: list[str]) -> None:
    """Run the long statistical checks that have no current record; ARGS=--all: every one."""
    run([environment(), "tools/validate.py", *arguments], {"OMP_NUM_THREADS": "1"})


def bench(arguments: list[str]) -> None:
    """Run every script in benchmarks/, or the ones whose names are given."""
    python = environment()
    known = {path.stem: path for path in sorted(ROOT.glob("benchmarks/[!_]*.py"))}
    for name in arguments or known:
        if name not in known:
            raise Stop(f"no {name!r} in benchmarks; known: {', '.join(known) or 'none'}")
        say(f"benchmarks/{name}.py")
        run([python, str(known[name])])


def data(arguments: list[str]) -> None:
    """Download the sources of the data sets again and rebuild data/; ARGS go to the script."""
    run([environment(), "tools/build_data.py", *arguments])


def clean(arguments: list[str]) -> None:
    """Remove what was built; with ARGS=--all the environment too."""
    if arguments not in ([], ["--all"]):
        raise Stop(f"clean knows only --all, not {' '.join(arguments)!r}")
    if arguments and VENV.exists():
        with only_one():
            empty_environment()
            shutil.rmtree(VENV)
    for name in ("build", "dist", ".pytest_cache", ".ruff_cache", ".hypothesis", ".benchmarks"):
        shutil.rmtree(ROOT / name, ignore_errors=True)


def show_help(arguments: list[str]) -> None:
    """Show this list."""
    del arguments
    say("Practical Guide to the Use of Synthetic Data. Start with `book`, then `serve`.\n")
    for name, task in TASKS.items():
        say(f"  make {name:9} {(task.__doc__ or '').splitlines()[0]}")
    say("\nWithout make: python tools/dev.py TASK [ARGS]. With make: make TASK ARGS='...'.")
    say("The first task makes the environment .venv (about 3 minutes, 2 GB); later ones use it.")


TASKS: dict[str, Callable[[list[str]], None]] = {
    "book": book,
    "test": test,
    "serve": serve,
    "lint": lint,
    "types": types,
    "pdf": pdf,
    "zip": pack,
    "workshop": workshop,
    "validate": validate,
    "bench": bench,
    "data": data,
    "clean": clean,
    "help": show_help,
}


# --- the environment


def environment() -> str:
    """Return the Python of `.venv`, which is made or brought up to date first."""
    python = str(VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    with only_one("setting up .venv"):
        done = stamps()
        if done.get("packages") != packages_stamp() or not Path(python).exists():
            done = {}
            make_environment(python)
            done = stamp(done, "packages", packages_stamp())
        if done.get("torch") != fingerprint(TORCH):
            install_torch(python)
            done = stamp(done, "torch", fingerprint(TORCH))
        if done.get("project") != fingerprint(ROOT / "pyproject.toml"):
            say("Adding the guide's own package ...")
            pip(python, "install", "--no-deps", "--no-build-isolation", "-e", ".")
            stamp(done, "project", fingerprint(ROOT / "pyproject.toml"))
    return python


def make_environment(python: str) -> None:
    """Create `.venv` from nothing and install everything but torch and the guide."""
    base = base_python()
    empty_environment()
    count = LOCK.read_text(encoding="utf-8").count("==")
    say(f"Setting up .venv, once: {count} packages and torch, about 3 minutes ...")
    run([*base, "-m", "venv", str(VENV)])
    if locked_platform():
        pip(python, "install", "--no-deps", "--require-hashes", "-r", str(LOCK))
    else:
        say("The lock is for Linux x86_64; here the same versions come without hashes.")
        install_torch(python)
        pip(python, "install", "-r", str(CONSTRAINTS), "-c", str(TORCH))


def empty_environment() -> None:
    """Leave `.venv` with nothing but the mark that it is ours; refuse one that is not."""
    if VENV.exists() and any(VENV.iterdir()) and not stamps_file().exists():
        raise Stop(
            f"{VENV} was not made by tools/dev.py. Move it away, then type the command again."
        )
    VENV.mkdir(exist_ok=True)
    stamps_file().write_text("{}", encoding="utf-8")
    try:
        for path in set(VENV.iterdir()) - {stamps_file()}:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    except OSError as error:
        raise Stop(f"{VENV} cannot be made anew ({error}). Close what uses it.") from error


def base_python() -> list[str]:
    """Return a command that starts Python 3.11 with what a virtual environment needs."""
    this = getattr(sys, "_base_executable", sys.executable)  # not .venv's own, which may go
    candidates = [[this], ["python3.11"], ["py", "-3.11"], ["python3"], ["python"]]
    for candidate in candidates:
        if makes_environments(candidate):
            return candidate
    found = platform.python_version()
    again = "py -3.11" if os.name == "nt" else "python3.11"
    if sys.version_info[:2] == WANTED:
        raise Stop(
            f"Python {found} is here without its venv module. On Debian or Ubuntu type: "
            "apt install python3.11-venv"
        )
    raise Stop(
        f"This is Python {found}, the guide needs Python 3.11 and none was found. Install it "
        f"(python.org, pyenv, conda or your system), then type: {again} tools/dev.py book"
    )


def makes_environments(candidate: list[str]) -> bool:
    """Tell whether the command starts Python 3.11 with venv and pip."""
    code = (
        "import sys, venv, ensurepip; "
        f"sys.exit(sys.version_info[:2] != {WANTED} or sys.prefix == {str(VENV)!r})"
    )
    return succeeds([*candidate, "-c", code])


def install_torch(python: str) -> None:
    """Install the CPU build of torch: from pip's own find-links, else from PyTorch's CPU index."""
    requirement = TORCH.read_text(encoding="utf-8").strip()
    if cpu_torch(python, requirement):
        return
    say("Adding torch (CPU) ...")
    # A version with +cpu has no CUDA twin; macOS wheels are CPU only and carry no such mark.
    exact = requirement if platform.system() == "Darwin" else f"{requirement}+cpu"
    index = ["--index-url", TORCH_INDEX, exact]
    install = [python, "-m", "pip", "install", "--no-deps", "--disable-pip-version-check", "-q"]
    for source in (["--no-index", requirement], ["--retries", "1", "--timeout", "60", *index]):
        if succeeds([*install, *source]) and cpu_torch(python, requirement):
            return
    line = " ".join([python, "-m pip install --no-deps", *index])
    raise Stop(
        f"torch for CPU could not be fetched from {TORCH_INDEX}. Once it can, type this line, then "
        f"the command again (PIP_FIND_LINKS=FOLDER uses a wheel of your own):\n  {line}"
    )


def cpu_torch(python: str, requirement: str) -> bool:
    """Tell whether that version of torch is installed, without CUDA (without importing it)."""
    version = requirement.partition("==")[2]
    code = (
        "import importlib.util, pathlib, runpy, sys\n"
        "found = importlib.util.find_spec('torch') or sys.exit(1)\n"
        "its = runpy.run_path(str(pathlib.Path(found.origin).with_name('version.py')))\n"
        f"sys.exit(its['cuda'] is not None or its['__version__'].split('+')[0] != {version!r})"
    )
    return succeeds([python, "-c", code])


def locked_platform() -> bool:
    """Tell whether the hash lock is for this machine."""
    return platform.system() == "Linux" and platform.machine() == "x86_64"


# --- stamps: what the environment was made from


def stamps_file() -> Path:
    """Return the file in `.venv` that says what is finished; it also marks `.venv` as ours."""
    return VENV / "guide.json"


def stamps() -> dict[str, str]:
    """Return the finished parts of `.venv`, each with the fingerprint it was made from."""
    try:
        return dict(json.loads(stamps_file().read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def stamp(done: dict[str, str], part: str, value: str) -> dict[str, str]:
    """Write down that a part is finished."""
    done = {**done, part: value}
    stamps_file().write_text(json.dumps(done), encoding="utf-8")
    return done


def packages_stamp() -> str:
    """Return the fingerprint of everything that decides which packages are installed."""
    return f"{fingerprint(LOCK, CONSTRAINTS)} {platform.system()} {platform.machine()}"


def fingerprint(*files: Path) -> str:
    """Return the sha256 of the content of files."""
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


@contextlib.contextmanager
def only_one(doing: str) -> Iterator[None]:
    """Let one process at a time do this in this folder; the lock goes with its process."""
    BUILD.mkdir(exist_ok=True)
    name = doing.split()[0]
    with (BUILD / f".{name}-lock").open("w") as file:
        if os.name == "nt":
            import msvcrt

            def take(mode: int) -> None:
                msvcrt.locking(file.fileno(), mode, 1)

            wait, now = msvcrt.LK_LOCK, msvcrt.LK_NBLCK
        else:
            import fcntl

            wait, now = fcntl.LOCK_EX, fcntl.LOCK_EX | fcntl.LOCK_NB
            take = functools.partial(fcntl.flock, file.fileno())
        try:
            take(now)
        except OSError:
            say(f"Another run is {doing}; waiting for it ...")
            take(wait)
        yield


# --- a browser for the tests


def browser(python: str) -> str:
    """Return a Chromium for the tests, installed from Debian where that can be done."""
    if found := installed_browser(python):
        return found
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        say("Installing Chromium for the browser tests ...")
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        run(["apt-get", "update", "-qq"], quiet)
        run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], quiet)
        if found := installed_browser(python):
            return found
    raise Stop(f"The tests need Chrome or Chromium. Type: {python} -m playwright install chromium")


def installed_browser(python: str) -> str | None:
    """Return GUIDE_BROWSER, an installed Chromium or Chrome, or Playwright's own; else None."""
    if given := os.environ.get("GUIDE_BROWSER"):
        if not Path(given).exists():
            raise Stop(f"GUIDE_BROWSER names {given}, which does not exist.")
        return given
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    places = [path for path in map(shutil.which, names) if path]
    places += [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        *(
            f"{os.environ[folder]}/Google/Chrome/Application/chrome.exe"
            for folder in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
            if folder in os.environ
        ),
    ]
    return next(filter(starts, places), None) or playwright_browser(python)


def starts(path: str) -> bool:
    """Tell whether the browser is there and runs (Ubuntu has a stand-in that does not)."""
    if not Path(path).exists():
        return False
    if os.name == "nt":
        return True  # there, --version would open a window
    return succeeds([path, "--version"])


def playwright_browser(python: str) -> str | None:
    """Return the browser that Playwright downloaded earlier, if any."""
    code = (
        "from playwright.sync_api import sync_playwright as start\n"
        "with start() as p: print(p.chromium.executable_path)"
    )
    answer = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    path = answer.stdout.strip()
    return path if path and Path(path).exists() else None


# --- running things


def pip(python: str, *arguments: str) -> None:
    """Run pip of the environment, quiet but for errors."""
    run([python, "-m", "pip", "-qq", "--disable-pip-version-check", "--no-input", *arguments])


def run(arguments: list[str], settings: dict[str, str] | None = None) -> None:
    """Run a command in the repository, `.venv` first on its path; end where it fails."""
    scripts = str(VENV / ("Scripts" if os.name == "nt" else "bin"))
    path = os.pathsep.join([scripts, os.environ.get("PATH", "")])
    variables = {**(settings or {}), **os.environ, "PATH": path}
    status = subprocess.run(arguments, cwd=ROOT, env=variables, check=False).returncode
    if status:
        raise SystemExit(status)


def succeeds(arguments: list[str]) -> bool:
    """Tell whether a command is there and ends well; what it prints is dropped."""
    try:
        done = subprocess.run(arguments, cwd=ROOT, capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def command(task: str) -> str:
    """Return how this person calls a task."""
    make = os.name != "nt" and shutil.which("make")
    return f"make {task}" if make else f"python tools/dev.py {task}"


def say(text: str) -> None:
    """Print at once, so that the order holds in logs."""
    print(text, flush=True)


def main(arguments: list[str]) -> None:
    """Run the task that was asked for."""
    name, *rest = arguments or ["help"]
    try:
        if name not in TASKS:
            raise Stop(f"no task {name!r}; known: {', '.join(TASKS)}")
        TASKS[name](rest)
    except Stop as stop:
        sys.exit(str(stop))
    except KeyboardInterrupt:
        sys.exit("\nStopped. The next run starts cleanly.")


if __name__ == "__main__":
    main(sys.argv[1:])
