"""The scripts to take away that look at a picture with this page's models."""

from __future__ import annotations

from dataclasses import asdict

from engine.detection import models
from engine.detection.family import FAMILY, is_ready
from engine.detection.settings import Soft, Thresholds
from engine.weights import get
from pages._ui import controls
from pages._ui.exports import Export
from pages._ui.pictures import Picture
from pages._ui.scripts import image_file, script, weight_files


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
