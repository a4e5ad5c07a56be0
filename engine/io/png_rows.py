"""A PNG written row after row, so that a large picture never has to be in memory whole.

Every row is filtered by "Sub" (each byte less the one three before it) and goes into one deflate stream.

Conventions: rows are uint8 (n, W, 3), RGB.

Reference: W3C PNG (third edition): 5 (structure), 9 (filters), 11.3.3.4 (iTXt).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

import numpy as np

from engine.errors import ShapeError, constraint

SUB = 1
LEVEL = 4  # of compression: half the time of zlib's own, a few per cent more bytes


class PngRows:
    """A PNG that is being written.

    Args:
        width, height: in pixels.
        metadata: keyword → text.
    """

    def __init__(self, width: int, height: int, metadata: Mapping[str, str] | None = None) -> None:
        self._width, self._left = width, height
        self._deflate = zlib.compressobj(LEVEL)
        header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        self._parts = [b"\x89PNG\r\n\x1a\n", _chunk(b"IHDR", header)]
        for keyword, text in (metadata or {}).items():
            said = keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode()
            self._parts.append(_chunk(b"iTXt", said))

    def write(self, rows: np.ndarray) -> None:
        """Add rows (n, W, 3).

        Raises:
            ShapeError: another width, or more rows than the picture has.
        """
        if rows.ndim != 3 or rows.shape[1:] != (self._width, 3) or rows.dtype != np.uint8 or len(rows) > self._left:
            raise ShapeError(constraint("rows", f"uint8 (at most {self._left}, {self._width}, 3)", rows.shape))
        filtered = np.empty((len(rows), 1 + 3 * self._width), np.uint8)
        flat = rows.reshape(len(rows), -1)
        filtered[:, 0] = SUB
        filtered[:, 1:4] = flat[:, :3]
        np.subtract(flat[:, 3:], flat[:, :-3], out=filtered[:, 4:])  # modulo 256
        self._left -= len(rows)
        data = self._deflate.compress(filtered.tobytes())
        if data:
            self._parts.append(_chunk(b"IDAT", data))

    def finish(self) -> bytes:
        """Return the file.

        Raises:
            ShapeError: rows are missing.
        """
        if self._left:
            raise ShapeError(constraint("rows", "as many as the picture is high", f"{self._left} are missing"))
        return b"".join([*self._parts, _chunk(b"IDAT", self._deflate.flush()), _chunk(b"IEND", b"")])


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
