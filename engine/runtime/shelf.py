"""Files that are made on the way and asked for again soon: on disk, by the hash of their content, and never too many.

What was not asked for longest goes first when a new one needs its room. The folder goes with the process.
"""

from __future__ import annotations

import functools
import hashlib
import shutil
import tempfile
import threading
import weakref
from collections import OrderedDict
from collections.abc import Collection
from pathlib import Path

from engine.errors import ResourceLimit, constraint

MOST_BYTES = 2_000_000_000  # of sound, for all visitors together: some eight hours of stereo


@functools.cache
def shelf() -> Shelf:
    """Return the process's one shelf, to which jobs give what is too large for a snapshot."""
    return Shelf(MOST_BYTES)


class Shelf:
    """A bounded store; several threads may use one.

    Args:
        most_bytes: of all files together.
    """

    def __init__(self, most_bytes: int) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="tangent-shelf-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._most = most_bytes
        self._sizes: OrderedDict[str, int] = OrderedDict()  # the one asked for last comes last
        self._lock = threading.Lock()

    def put(self, data: bytes, suffix: str) -> str:
        """Keep a file, and return its name: its hash and the suffix, such as ".flac".

        Raises:
            ResourceLimit: it alone needs more room than there is.
        """
        if len(data) > self._most:
            raise ResourceLimit(constraint("A file", f"at most {self._most / 1e6:.0f} MB", f"{len(data) / 1e6:.0f} MB"))
        name = hashlib.sha256(data).hexdigest() + suffix
        with self._lock:
            if name not in self._sizes:
                while sum(self._sizes.values()) + len(data) > self._most:
                    old, _ = self._sizes.popitem(last=False)
                    self._path(old).unlink(missing_ok=True)
                self._path(name).write_bytes(data)
                self._sizes[name] = len(data)
            self._sizes.move_to_end(name)
        return name

    def get(self, name: str) -> bytes | None:
        """Return the content of a file, None where there is none of this name."""
        with self._lock:
            if name not in self._sizes:
                return None
            self._sizes.move_to_end(name)
            return self._path(name).read_bytes()

    def holds(self, names: Collection[str]) -> bool:
        """Return whether all of these files are still here, and let them be the last to go."""
        with self._lock:
            here = [name for name in names if name in self._sizes]
            for name in here:
                self._sizes.move_to_end(name)
            return all(name in self._sizes for name in names)

    def _path(self, name: str) -> Path:
        return self._folder / name
