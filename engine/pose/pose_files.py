"""Found people as rows, and rows as CSV columns and COCO JSON.

    columns   frame, time_s, person, score, then x, y, score of each joint, then each angle in degrees
    COCO      {"images": […], "annotations": [{"keypoints": [x, y, v, …], …}], "categories": [person]}

In COCO's file a keypoint has v = 2 if it is sure enough, else x = y = v = 0; the box is that around those with v = 2,
and the area is the box's, as COCO's own program takes it of results. It has COCO's 17 keypoints in any case: of MPII's
16 the twelve limb joints are among them, and the rest is left out.

Conventions: coordinates in pixels of the examined picture; frames count from 0 and are the ids of the images.

Reference: cocodataset.org, "Data format".
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.pose.angles import ANGLES, joint_angles
from engine.pose.poses import COCO_17, COCO_SKELETON, Poses

Point = tuple[float, float, float]


@dataclass(frozen=True)
class Row:
    """One person in one frame.

    Attributes:
        person: their number, the same from frame to frame.
        score: of the person.
        names: of the keypoints.
        keypoints: x, y and score of each.
        angles: degrees by `ANGLES`; None where one is not known.
    """

    frame: int
    time_s: float
    person: int
    score: float
    names: tuple[str, ...]
    keypoints: tuple[Point, ...]
    angles: tuple[float | None, ...]


def rows_of(
    poses: Poses, least_score: float, people: Sequence[int] | None = None, frame: int = 0, time_s: float = 0.0
) -> list[Row]:
    """Return the people of one frame as rows.

    Args:
        least_score: a joint with a lower score has no angle.
        people: their numbers; None for 1, 2, ….
    """
    people = range(1, len(poses) + 1) if people is None else people
    angles = joint_angles(poses, least_score).tolist()
    table = zip(
        people, poses.person_scores.tolist(), poses.keypoints.tolist(), poses.scores.tolist(), angles, strict=True
    )
    return [
        Row(
            frame,
            round(time_s, 4),
            person,
            round(score, 5),
            poses.names,
            tuple((round(x, 2), round(y, 2), round(s, 5)) for (x, y), s in zip(places, scores, strict=True)),
            tuple(None if math.isnan(degrees) else round(degrees, 2) for degrees in own),
        )
        for person, score, places, scores, own in table
    ]


def columns_of(rows: Sequence[Row], names: Sequence[str]) -> dict[str, list]:
    """Return name → values for `engine.io.tables.write_csv`.

    Args:
        names: of the keypoints of all rows; where nobody was found, the rows cannot tell.
    """
    columns: dict[str, list] = {name: [getattr(row, name) for row in rows] for name in ("frame", "time_s", "person")}
    columns["score"] = [row.score for row in rows]
    for k, name in enumerate(names):
        for axis, part in enumerate(("x", "y", "score")):
            columns[f"{name}_{part}"] = [row.keypoints[k][axis] for row in rows]
    for k, name in enumerate(ANGLES):
        columns[f"{name}_deg"] = [row.angles[k] for row in rows]
    return columns


def to_coco_json(
    rows: Sequence[Row], size: tuple[int, int], least_score: float, titles: Mapping[int, str] | int = 1
) -> bytes:
    """Write rows as COCO's JSON of people with keypoints, which is also read as results, by the people's scores.

    Args:
        size: (height, width) of every frame.
        least_score: a keypoint with a lower score is written as not known; a person without any is left out.
        titles: frame → file name, also of frames without people; or how many frames there are, which get names.
    """
    named = {k: f"frame_{k:06d}.png" for k in range(titles)} if isinstance(titles, int) else titles
    height, width = size
    images = [{"id": k, "file_name": name, "width": width, "height": height} for k, name in named.items()]
    people = [person for row in rows if (person := _annotation(row, least_score))["num_keypoints"]]
    skeleton = [[a + 1, b + 1] for a, b in COCO_SKELETON]
    category = {"id": 1, "name": "person", "supercategory": "person", "keypoints": COCO_17, "skeleton": skeleton}
    annotations = [{"id": k, **person} for k, person in enumerate(people, 1)]
    return json.dumps({"images": images, "annotations": annotations, "categories": [category]}).encode()


def _annotation(row: Row, least_score: float) -> dict:
    by_name = dict(zip(row.names, row.keypoints, strict=True))
    known = {name: point for name, point in by_name.items() if name in COCO_17 and point[2] >= max(least_score, 1e-9)}
    keypoints = [v for name in COCO_17 for v in ((*known[name][:2], 2) if name in known else (0, 0, 0))]
    xs, ys = zip(*((x, y) for x, y, _ in known.values()), strict=True) if known else ((0.0,), (0.0,))
    box = [min(xs), min(ys), round(max(xs) - min(xs), 2), round(max(ys) - min(ys), 2)]
    return {
        "image_id": row.frame,
        "category_id": 1,
        "keypoints": keypoints,
        "num_keypoints": len(known),
        "bbox": box,
        "area": round(box[2] * box[3], 2),
        "iscrowd": 0,
        "score": row.score,
        "person": row.person,
    }
