"""Look into a model again: its stages on picture.png, then non-max suppression and soft-NMS, winner by winner."""

import json
from pathlib import Path

from engine.detection import models
from engine.detection.settings import Soft, Thresholds
from engine.detection.suppression import most_certain, soft_nms, suppress
from engine.io.images import decode_image


def main() -> None:
    """Print the number of boxes of each stage, and every step of both ways of suppression."""
    settings = json.loads(Path("settings.json").read_text())
    thresholds, soft = Thresholds(**settings["thresholds"]), Soft(**settings["soft"])
    image = decode_image(Path("picture.png").read_bytes(), "picture.png")
    detector = models.get(settings["model"]).make(None)
    stages = detector.stages(image)
    for stage in stages:
        print(f"{stage.name}: {len(stage.boxes)}")
    last = stages[-1]
    raw = most_certain(last.boxes, last.scores, last.labels, thresholds.confidence)
    print(f"raw boxes above {thresholds.confidence}: {len(raw[0])}")
    hard = list(suppress(*raw, thresholds.iou))
    for step in hard:
        ious = ", ".join(f"{value:.3f}" for value in step.removed_ious.tolist())
        name = detector.names[int(raw[2][step.winner])] or "object"
        print(f"step {step.step}: {name} {step.score:.4f} removes {len(step.removed)}  {ious}")
    lowest = thresholds.confidence / 2
    softly = list(soft_nms(*raw, soft.method, soft.soft_iou, soft.sigma, score_threshold=lowest))
    print(f"kept {len(hard)}, by soft-NMS {len(softly)}")


if __name__ == "__main__":
    main()
