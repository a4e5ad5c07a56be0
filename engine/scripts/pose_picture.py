"""Find the people in picture.png and their joints again, as the page showed them: `python pose_picture.py`.

settings.json names the model, its thresholds, and the finder of people or their boxes, if any; change them, or put
another picture in its place.
"""

import json
from functools import partial
from pathlib import Path

import torch

from engine.detection.people import find_people
from engine.io.images import decode_image
from engine.pose import models
from engine.pose.angles import ANGLES
from engine.pose.pose_files import rows_of
from engine.pose.settings import PoseThresholds
from engine.pose.stream import Request, examine


def main() -> None:
    """Print one line for each joint and each angle that is known."""
    settings = json.loads(Path("settings.json").read_text())
    thresholds = PoseThresholds(**settings["thresholds"])
    image = decode_image(Path("picture.png").read_bytes(), "picture.png")
    people = settings["people"]
    finder = people and partial(find_people, key=people, confidence=thresholds.person_confidence)
    request = Request(models.get(settings["model"]).make(None), thresholds, finder)
    boxes = settings["boxes"] and torch.tensor(settings["boxes"])
    rows = rows_of(examine(request, image, boxes), thresholds.joint_confidence)
    for row in rows:
        print(f"person {row.person}  {row.score:.5f}")
        for name, (x, y, score) in zip(row.names, row.keypoints, strict=True):
            if score >= thresholds.joint_confidence:
                print(f"  {name:16} {x:8.2f} {y:8.2f}  {score:.5f}")
        for name, degrees in zip(ANGLES, row.angles, strict=True):
            if degrees is not None:
                print(f"  {name:16} {degrees:8.2f} degrees")
    print(f"{len(rows)} people")


if __name__ == "__main__":
    main()
