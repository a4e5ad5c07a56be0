"""The script to take away that finds the joints again with the methods that are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from engine.pose import models
from pages._ui import controls
from pages._ui.scripts import image_file, script, weight_files
from pages.vision._pose_estimation import method_models
from pages.vision._pose_estimation.method_settings import Methods

if TYPE_CHECKING:
    from pages._ui.exports import Export
    from pages._ui.pictures import Picture


def of_methods(picture: Picture, methods: Sequence[str], boxes: Any = None, loose: Any = None) -> Export:
    """Return the script that runs methods on a picture.

    Args:
        boxes: (N, 4) of the people, None for one in the whole picture.
        loose: (N, 4), the boxes for AlphaPose, which may be redundant.
    """
    settings = controls.values(Methods)
    said = {
        "methods": list(methods),
        "boxes": None if boxes is None else boxes.tolist(),
        "loose_boxes": None if loose is None else loose.tolist(),
        "assembly": asdict(settings.assembly),
        "rmpe": asdict(settings.rmpe),
        "pose_nms": asdict(settings.nms),
    }
    needed = [weights for method in methods for weights in models.weights_of(method_models.KEYS[method])]
    return script("pose_methods", lambda: (said, {**image_file(picture), **weight_files(*needed)}))
