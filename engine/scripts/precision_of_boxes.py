"""Match the detections in settings.json with the truths, and compute precision, recall and AP three ways."""

import json
from pathlib import Path

import numpy as np

from engine.metrics.box_matching import match
from engine.metrics.detection import KINDS, average_precision, precision_recall
from engine.metrics.image_boxes import GroundTruth, Predictions


def main() -> None:
    """Print one line for each detection by falling score, then the three averages."""
    settings = json.loads(Path("settings.json").read_text())
    truths, found = np.array(settings["truths"]), np.array(settings["detections"])  # (N, 4), and (M, 5) with scores
    truth = GroundTruth(truths, np.zeros(len(truths)))
    predictions = Predictions(found[:, :4], np.zeros(len(found)), found[:, 4])
    matches = match([truth], [predictions], settings["match_iou"], settings["rule"])[0]
    precision, recall = precision_recall(matches.is_true, matches.n_truths)
    for k, (p, r) in enumerate(zip(precision, recall, strict=True)):
        result = "TP" if matches.is_true[k] else "FP"
        print(f"{matches.score[k]:.4f} {result} IoU {matches.iou[k]:.4f} precision {p:.6f} recall {r:.6f}")
    for kind in KINDS:
        print(f"AP by {kind}: {average_precision(precision, recall, kind):.6f}")


if __name__ == "__main__":
    main()
