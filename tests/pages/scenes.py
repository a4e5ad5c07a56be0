"""Reading what a page hands to the canvas: the inverse of `pages._ui.canvas.pack`."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np


def unpack(message: bytes) -> dict[str, Any]:
    """Return the message with its arrays as float32 or uint8."""
    (size,) = struct.unpack_from("<I", message)
    start = 4 + size

    def revive(value: dict) -> Any:
        if "@" not in value:
            return value
        kind = np.uint8 if value["t"] == "u1" else np.float32
        count = int(np.prod(value["s"]))
        return np.frombuffer(message, kind, count, start + value["@"]).reshape(value["s"])

    return json.loads(message[4:start], object_hook=revive)


def scene(app, n: int = 0) -> dict[str, Any]:
    """Return the n-th canvas that the page shows."""
    return unpack(app.get("bidi_component")[n].proto.bytes)


def panel(found: dict[str, Any], key: str) -> dict[str, Any]:
    """Return one panel of a scene."""
    return next(one for one in found["panels"] if one["key"] == key)
