"""The canvas components: JavaScript put together once per process, and the packing of arrays for it.

A message is bytes: the length of a JSON header (4 bytes, little endian), the header, then the arrays one after
another, each on a multiple of 4 bytes. In the header `{"@": offset, "t": "f4" | "u1", "s": shape}` stands for an array;
`plot.js` turns it back. A trace of 1,000 steps of a line costs 16 kB so.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from pages._ui.charts import CIVIDIS, DIVERGING, ROLES
from pages._ui.delivery import deliver

HERE = Path(__file__).parent


def _rgb(color: str) -> list[int]:
    return [int(color[i : i + 2], 16) for i in (1, 3, 5)]


def component(name: str, *scripts: str):
    """Register the component `name` from name.html and the scripts, each with its style sheet if it has one.

    The colours are put before the scripts.
    """
    colors = {
        "ROLES": ROLES,
        "CIVIDIS": [_rgb(c) for c in CIVIDIS],
        "DIVERGING": [[_rgb(c) for c in ramp] for ramp in DIVERGING],
    }
    head = "".join(f"const {key} = {json.dumps(value)};\n" for key, value in colors.items())
    js = head + "\n".join(_lean(HERE / script, "//") for script in scripts)
    html = (HERE / f"{name}.html").read_text(encoding="utf-8")
    sheets = [file for script in scripts if (file := (HERE / script).with_suffix(".css")).exists()]
    css = "\n".join(_lean(file, "/*") for file in sheets)
    return st.components.v2.component(name, html=html, css=css, js=deliver(name, js))


def _lean(file: Path, comment: str) -> str:
    """Read a source without indentation and comment lines."""
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    return "\n".join(line for line in lines if line and not line.startswith(comment))


def pack(message: dict[str, Any]) -> bytes:
    """Pack a message of JSON values and NumPy arrays (uint8 stays, everything else becomes float32)."""
    arrays: list[bytes] = []
    offset = 0

    def place(value: Any) -> Any:
        nonlocal offset
        if isinstance(value, np.ndarray):
            kind = "u1" if value.dtype == np.uint8 else "f4"
            raw = np.ascontiguousarray(value, dtype=np.uint8 if kind == "u1" else np.float32).tobytes()
            raw += b"\0" * (-len(raw) % 4)
            reference = {"@": offset, "t": kind, "s": list(value.shape)}
            arrays.append(raw)
            offset += len(raw)
            return reference
        if isinstance(value, dict):
            return {key: place(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [place(item) for item in value]
        return value

    header = json.dumps(place(message), separators=(",", ":"), allow_nan=False).encode()
    header += b" " * (-len(header) % 4)
    return struct.pack("<I", len(header)) + header + b"".join(arrays)
