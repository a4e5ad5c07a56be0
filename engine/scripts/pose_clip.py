"""Find the people in every frame of a video again: `python pose_clip.py`, or with the path of another video.

Writes poses.mp4, poses.csv and poses.json (COCO).
"""

import json
import sys
from functools import partial
from pathlib import Path

from engine.detection.people import find_people
from engine.io.tables import write_csv
from engine.pose import models
from engine.pose.annotate_video import annotate_video
from engine.pose.pose_files import columns_of, to_coco_json
from engine.pose.settings import PoseThresholds
from engine.pose.stream import Request


def main() -> None:
    """Print how many poses there are in how many frames."""
    settings = json.loads(Path("settings.json").read_text())
    video = Path(sys.argv[1] if len(sys.argv) > 1 else settings["video"])
    thresholds, people = PoseThresholds(**settings["thresholds"]), settings["people"]
    finder = people and partial(find_people, key=people, confidence=thresholds.person_confidence)
    estimator = models.get(settings["model"]).make(None)
    asked = {name: settings[name] for name in ("smooth", "traced_joint", "counted_angle", "show_angles")}
    *_, done = annotate_video(video.read_bytes(), video.name, Request(estimator, thresholds, finder, **asked))
    Path("poses.mp4").write_bytes(done.video)
    Path("poses.csv").write_bytes(write_csv(columns_of(done.rows, estimator.names)))
    coco = to_coco_json(done.rows, done.size, thresholds.joint_confidence, done.total_steps)
    Path("poses.json").write_bytes(coco)
    print(f"{len(done.rows)} poses of {len({row.person for row in done.rows})} people in {done.total_steps} frames")


if __name__ == "__main__":
    main()
