"""Find the objects in every frame of a video again: `python annotate_clip.py`, or with the path of another video.

Writes detections.mp4 and detections.json.
"""

import json
import sys
from pathlib import Path

from engine.detection.annotate_video import annotate_file, to_json
from engine.detection.settings import Thresholds


def main() -> None:
    """Print how many boxes there are in how many frames."""
    settings = json.loads(Path("settings.json").read_text())
    video = Path(sys.argv[1] if len(sys.argv) > 1 else settings["video"])
    thresholds = Thresholds(**settings["thresholds"])
    *_, done = annotate_file(video.read_bytes(), video.name, settings["model"], thresholds, tuple(settings["classes"]))
    Path("detections.mp4").write_bytes(done.video)
    Path("detections.json").write_bytes(to_json(done.rows))
    print(f"{len(done.rows)} boxes in {done.total_steps} frames")


if __name__ == "__main__":
    main()
