"""The scripts to take away: each a zip that computes the shown numbers again, made when it is asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any

from engine.io.images import encode_png
from engine.io.standalone import pack
from engine.weights import Bundled, Weights, path_of
from pages._ui.exports import Export
from pages._ui.pictures import Picture

HELP = "A folder with the script, its settings and what it imports: it prints the same numbers from public packages."


def script(name: str, make: Callable[[], tuple[Mapping[str, Any], Mapping[str, bytes]]]) -> Export:
    """Return the download of the script of this name; `make` gives its settings and the files beside it."""
    return Export("Script", f"{name}.zip", lambda: pack(name, *make()), HELP)


def safe_name(name: str) -> str:
    """Return the name of a visitor's file without folders and without what a file system may mind."""
    return re.sub(r"[^\w.-]", "_", PurePath(name.replace("\\", "/")).name).lstrip(".") or "file"


def image_file(picture: Picture) -> dict[str, bytes]:
    """Return the picture as picture.png, to the last bit."""
    return {"picture.png": encode_png(picture.image)}


def weight_files(*needed: Weights | None) -> dict[str, bytes]:
    """Return the files of those weights that come with Tangent; the others are fetched by the script as by the page."""
    paths = {path_of(one) for one in needed if one is not None and isinstance(one.source, Bundled)}
    return {f"assets/weights/{path.name}": path.read_bytes() for path in sorted(paths)}
