"""The scripts to take away: each a zip that computes the shown numbers again, made when it is asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import PurePath
from typing import Any

from engine.detection import models
from engine.detection.family import FAMILY, is_ready
from engine.detection.settings import Soft, Thresholds
from engine.io.images import encode_png
from engine.io.standalone import pack
from engine.weights import Bundled, Weights, get, path_of
from pages._ui import controls
from pages._ui.exports import Export
from pages.vision._object_detection.pictures import Picture

HELP = "A folder with the script, its settings and what it imports: it prints the same numbers from public packages."


def script(name: str, make: Callable[[], tuple[Mapping[str, Any], Mapping[str, bytes]]]) -> Export:
    """Return the download of the script of this name; `make` gives its settings and the files beside it."""
    return Export("Script", f"{name}.zip", lambda: pack(name, *make()), HELP)


def of_picture(name: str, picture: Picture, model: str, classes: tuple[str, ...] = ()) -> Export:
    """Return the script that looks at a picture with a model at the present thresholds."""
    thresholds, soft = controls.values(Thresholds), controls.values(Soft)
    settings = {
        "model": model,
        "thresholds": asdict(thresholds),
        "soft": asdict(soft),
        "classes": list(classes),
    }
    return script(name, lambda: (settings, {**image_file(picture), **weight_files(models.get(model).weights)}))


def of_family(name: str, picture: Picture) -> Export:
    """Return the script that runs methods of the family on a picture."""
    needed = [get(member.weights) for member in FAMILY if is_ready(member)]
    return script(name, lambda: ({}, {**image_file(picture), **weight_files(*needed)}))


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
