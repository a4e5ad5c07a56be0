"""Take it away: who was found in a still picture."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from engine.io.images import encode_png, pixels_to_tensor, tensor_to_pixels
from engine.io.tables import write_csv
from engine.pose import models
from engine.pose.drawing import annotate
from engine.pose.pose_files import columns_of, rows_of, to_coco_json
from engine.pose.settings import PoseThresholds
from pages._ui import controls
from pages._ui.exports import Export, take_away
from pages._ui.scripts import image_file, script, weight_files

if TYPE_CHECKING:
    from engine.pose.poses import Poses
    from pages._ui.pictures import Picture
    from pages.vision._pose_estimation.people import People


def still(picture: Picture, poses: Poses, model: str, who: People, least: float) -> None:
    """Offer the picture with its skeletons, the keypoints as tables, and the script that finds them again."""
    rows, size = rows_of(poses, least), (picture.height, picture.width)
    drawn = lambda: encode_png(pixels_to_tensor(annotate(tensor_to_pixels(picture.image), poses, least)))  # noqa: E731
    table = lambda: write_csv(columns_of(rows, poses.names))  # noqa: E731
    coco = lambda: to_coco_json(rows, size, least, {0: "picture.png"})  # noqa: E731
    exports = [
        Export("Picture", "poses.png", drawn, "The picture with its skeletons."),
        Export("Table", "keypoints.csv", table, "One row a person: joints, scores, angles."),
        Export("COCO JSON", "keypoints.json", coco, "Image, annotations and category, as COCO writes keypoints."),
        _script(picture, model, who),
    ]
    take_away(exports)


def _script(picture: Picture, model: str, who: People) -> Export:
    settings = {
        "model": model,
        "thresholds": asdict(controls.values(PoseThresholds)),
        "people": who.key or None,
        "boxes": None if who.boxes is None else who.boxes.tolist(),
    }
    needed = (*models.weights_of(model), who.weights)
    return script("pose_picture", lambda: (settings, {**image_file(picture), **weight_files(*needed)}))
