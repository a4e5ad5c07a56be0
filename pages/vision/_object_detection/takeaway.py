"""Take it away: what was found in a still picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.detection.annotate_video import COLUMNS, rows_of, to_json
from engine.detection.drawing import annotate
from engine.io.images import encode_png, pixels_to_tensor, tensor_to_pixels
from engine.io.tables import write_csv
from pages._ui.exports import Export, take_away
from pages.vision._object_detection import scripts

if TYPE_CHECKING:
    from engine.detection.detections import Detections
    from pages._ui.pictures import Picture


def still(picture: Picture, found: Detections, model: str, classes: tuple[str, ...]) -> None:
    """Offer the picture with its boxes, the boxes as tables, and the script that finds them again."""
    rows = rows_of(found)
    drawn = lambda: encode_png(pixels_to_tensor(annotate(tensor_to_pixels(picture.image), found)))  # noqa: E731
    columns = {name: [getattr(row, name) for row in rows] for name in COLUMNS}
    take_away(
        [
            Export("Picture", "detections.png", drawn, "The picture with its boxes."),
            Export("Table", "detections.csv", lambda: write_csv(columns), "One row a box."),
            Export("JSON", "detections.json", lambda: to_json(rows), "One object a box."),
            scripts.of_picture("detect_picture", picture, model, classes),
        ]
    )
