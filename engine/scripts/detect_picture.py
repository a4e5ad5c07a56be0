"""Find the objects in picture.png again, as the page showed them: `python detect_picture.py`.

settings.json names the model and its thresholds; change them, or put another picture in its place.
"""

import json
from pathlib import Path

from engine.detection import models
from engine.detection.annotate_video import rows_of
from engine.detection.live import Request, examine
from engine.detection.settings import Thresholds
from engine.io.images import decode_image


def main() -> None:
    """Print one line for each object."""
    settings = json.loads(Path("settings.json").read_text())
    image = decode_image(Path("picture.png").read_bytes(), "picture.png")
    detector = models.get(settings["model"]).make(None)
    found = examine(Request(detector, Thresholds(**settings["thresholds"]), tuple(settings["classes"])), image)
    for row in rows_of(found):
        print(f"{row.label:20} {row.score:.5f}  {row.x0:8.2f} {row.y0:8.2f} {row.x1:8.2f} {row.y1:8.2f}")
    print(f"{len(found)} objects")


if __name__ == "__main__":
    main()
