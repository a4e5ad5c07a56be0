"""What a page hands to a canvas, the inverse of `pages._ui.canvas.pack`, and what a canvas says to the page."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
from streamlit.proto.WidgetStates_pb2 import WidgetStates


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


def send(app, state: dict | str, n: int = 0) -> None:
    """Run the page as after a message from its n-th canvas, whose state is given as a value or as JSON text."""
    states = WidgetStates()
    sent = states.widgets.add()
    sent.id = app.get("bidi_component")[n].proto.id
    sent.json_value = state if isinstance(state, str) else json.dumps(state)
    app._run(states)
    assert not app.exception


def answer(app, raw: str) -> np.ndarray:
    """Run the page as after a message, JSON text, and return what it kept as `returned`."""
    send(app, raw)
    return app.session_state.returned
