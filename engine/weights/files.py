"""Where a declared file is on this machine, whether it is there, and whether it is the right one."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

from engine.errors import ChecksumError, WeightsError
from engine.weights.declaration import Bundled, Download, Weights

ASSETS = Path(__file__).parents[2] / "assets" / "weights"

_verified: dict[Path, tuple[int, int, str]] = {}  # modification time in ns, bytes, SHA-256
_verified_lock = threading.Lock()


def path_of(weights: Weights) -> Path:
    """Return where the file is or would be: assets/weights, or the cache folder that torch.hub uses.

    The folder is found as torch.hub finds it, without the second that importing torch would take. A copy that another
    library has put elsewhere counts where there is none in the cache folder.
    """
    if isinstance(weights.source, Bundled):
        return ASSETS / weights.source.path
    home = os.environ.get("TORCH_HOME", os.path.join(os.environ.get("XDG_CACHE_HOME", "~/.cache"), "torch"))
    hub = Path(home).expanduser() / "hub"
    own = hub / "checkpoints" / weights.source.file_name
    if isinstance(weights.source, Download) and weights.source.also_in and not own.is_file():
        other = hub / weights.source.also_in / weights.source.file_name
        return other if other.is_file() else own
    return own


def state(weights: Weights) -> str:
    """Return "bundled", "here" (in the cache folder), "download" (can be fetched) or "missing". Reads no file."""
    is_here = path_of(weights).is_file()
    if isinstance(weights.source, Bundled):
        return "bundled" if is_here else "missing"
    if is_here:
        return "here"
    return "download" if isinstance(weights.source, Download) else "missing"


def verify(weights: Weights) -> Path:
    """Return the file's path once its hash is seen to be the declared one; an unchanged file is read once per process.

    Raises:
        WeightsError: the file is not there or cannot be read.
        ChecksumError: it is another file than the one declared.
    """
    path = path_of(weights)
    try:
        is_declared = weights.sha256 is not None or weights.sha256_prefix
        if is_declared and not weights.accepts(_sha256(path)):
            raise ChecksumError(f"{path} is not the file that {weights.name} needs. {_repair(weights)}")
        path.stat()
    except OSError as error:
        raise WeightsError(f"{path} of {weights.name} cannot be read ({error.strerror}). {_repair(weights)}") from error
    return path


def remember(path: Path, sha256: str) -> None:
    """Note the hash of a file just written, so that it is not read again to verify it."""
    stat = path.stat()
    with _verified_lock:
        _verified[path] = (stat.st_mtime_ns, stat.st_size, sha256)


def _sha256(path: Path) -> str:
    stat = path.stat()
    with _verified_lock:
        known = _verified.get(path)
    if known is None or known[:2] != (stat.st_mtime_ns, stat.st_size):
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        known = (stat.st_mtime_ns, stat.st_size, digest)
        with _verified_lock:
            _verified[path] = known
    return known[2]


def _repair(weights: Weights) -> str:
    if isinstance(weights.source, Bundled):
        return "Restore it from Tangent's repository."
    if isinstance(weights.source, Download):
        return f"Delete it if it is there, and fetch it again from {weights.source.url}."
    return f"Put the right {weights.source.file_name} there."
