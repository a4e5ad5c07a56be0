"""Downloads: streamed to a `.part` file and hashed on the way, renamed only when every byte is right.

Whatever goes wrong, also a stop in the middle, leaves neither a file nor a `.part` behind. Two threads that want the
same file download it once; the second sees the first one's progress.

Conventions: sizes in bytes; `download` is a generator of `Fetched` snapshots, and draining it is `fetch`. With
TANGENT_OFFLINE=1 nothing is fetched.
"""

from __future__ import annotations

import hashlib
import os
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError

from engine.errors import ChecksumError, DownloadError
from engine.weights.declaration import Download, Weights
from engine.weights.files import path_of, remember, verify

TIMEOUT_S = 20.0  # to connect, and between two pieces
CHUNK_BYTES = 256 * 1024
LOOK_S = 0.2  # how often one who waits for another's download looks at it
USER_AGENT = "Tangent"
CHANGED = "The file on the server has changed: ask the people who run this site, or use another model."

_locks: dict[Path, threading.Lock] = {}
_locks_lock = threading.Lock()


@dataclass(frozen=True)
class Fetched:
    """How far a download is: `step` of `total_steps` bytes."""

    step: int
    total_steps: int


def fetch(weights: Weights) -> Path:
    """Return the path of the verified file, downloading it first if it is not there. Errors as in `download`."""
    for _ in download(weights):
        pass
    return path_of(weights)


def download(weights: Weights) -> Iterator[Fetched]:
    """Bring the file here, a piece at a time; closing the generator stops and removes what came so far.

    A file that is there already is verified, not fetched; one that does not come by download is only verified.

    Raises:
        DownloadError: no connection, a refusal by the server, a cut, or a disk that cannot take it.
        ChecksumError: what came, or what was there, is another file than the one declared.
        WeightsError: the file does not come by download and is not there.
    """
    path = path_of(weights)
    if not isinstance(weights.source, Download):
        verify(weights)
        return
    size, part = weights.source.size_bytes, _part_of(path)
    with _locks_lock:
        lock = _locks.setdefault(path, threading.Lock())
    while not lock.acquire(timeout=LOOK_S):
        yield Fetched(min(_size_of(part), size), size)
    try:
        if path.is_file():
            verify(weights)
        else:
            yield from _download(weights, path, part)
    finally:
        lock.release()
    yield Fetched(size, size)


def _download(weights: Weights, path: Path, part: Path) -> Iterator[Fetched]:
    if os.environ.get("TANGENT_OFFLINE") == "1":
        advice = f"Put the file into {path.parent} by hand."
        raise DownloadError(_sentence(weights, "this server asks no other host for anything", advice))
    digest, n_bytes, size = hashlib.sha256(), 0, weights.source.size_bytes
    tolerance = weights.source.tolerance_bytes
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file, closing(_pieces(weights)) as pieces:
            for piece in pieces:
                n_bytes += len(piece)
                if n_bytes > size + tolerance:
                    raise ChecksumError(_sentence(weights, f"it is longer than the {size} bytes declared", CHANGED))
                digest.update(piece)
                file.write(piece)
                yield Fetched(min(n_bytes, size), size)
        if n_bytes < size - tolerance:
            what = f"the connection ended after {n_bytes} of {size} bytes"
            raise DownloadError(_sentence(weights, what, _again(path)))
        if not weights.accepts(digest.hexdigest()):
            raise ChecksumError(_sentence(weights, "its content is not what was declared (SHA-256 differs)", CHANGED))
        os.replace(part, path)
        remember(path, digest.hexdigest())
    except OSError as error:  # of the disk: those of the network are turned into a DownloadError in _pieces
        advice = f"Make room for {size / 1e6:.1f} MB in {path.parent}, or let this program write there, and try again."
        raise DownloadError(_sentence(weights, f"it could not be written ({error.strerror})", advice)) from error
    finally:
        with suppress(OSError):
            part.unlink()


def _pieces(weights: Weights) -> Iterator[bytes]:
    """Yield the file's bytes as they come, turning every error of the network into a DownloadError."""
    source = weights.source
    try:
        asked = urllib.request.Request(source.url, headers={"User-Agent": USER_AGENT})
        with _opener().open(asked, timeout=TIMEOUT_S) as response:
            while piece := response.read1(CHUNK_BYTES):
                yield piece
    except HTTPError as error:
        error.close()
        what = f"the server answered {error.code} {error.reason}"
        raise DownloadError(_sentence(weights, what, _again(path_of(weights)))) from error
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        what = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
        raise DownloadError(_sentence(weights, f"no connection ({what})", _again(path_of(weights)))) from error


def _opener() -> urllib.request.OpenerDirector:
    """Return what opens http and https alone; urllib's own opener would follow a redirect to ftp."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPRedirectHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPErrorProcessor,
        urllib.request.UnknownHandler,
    ):
        opener.add_handler(handler())
    return opener


def _sentence(weights: Weights, what: str, advice: str) -> str:
    return f"{weights.source.file_name} could not be fetched from {weights.source.url}: {what}. {advice}"


def _again(path: Path) -> str:
    return f"Check the connection and try again, or put the file into {path.parent} by hand."


def _part_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.{os.getpid()}.part")  # two processes must not write into one


def _size_of(part: Path) -> int:
    try:
        return part.stat().st_size
    except FileNotFoundError:  # not begun, or just renamed or removed by the thread that downloads
        return 0
