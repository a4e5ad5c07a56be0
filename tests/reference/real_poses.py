"""How the bundled pose estimators do on real photographs: `python -m tests.reference.real_poses` prints the table.

The people are those of four photographs of COCO (17 keypoints) and five of MPII (16) in ../shared/real/pose. Estimators
of a single person get the true boxes; the others find people themselves. AP of both kinds is with found people.

    PCK@.2   of the joints that are marked, by the torso (left shoulder to right hip) where both are marked
    OKS      over the marked joints, its mean over the people; AP@.5 is COCO's
    PCKh@.5  of MPII's joints that both have (shoulders to ankles)
    boxes    AP@.5 (every point) of the people of COCO, by each finder of people in the box
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms.functional import pil_to_tensor

from engine.detection import models as detectors
from engine.detection import people
from engine.metrics.detection import evaluate
from engine.metrics.image_boxes import GroundTruth, Predictions
from engine.metrics.pose import KeypointPredictions, KeypointTruth, lengths, oks_terms, pck, torso_sizes
from engine.metrics.pose_table import keypoint_table
from engine.pose import models
from engine.pose.poses import COCO_17, MPII_16, Poses
from engine.pose.rmpe import AlphaPoseEstimator, Rmpe
from engine.recipes.train_alphapose_figures import find_people as loose_boxes
from tests.reference.real_data import FOLDER, need

FINDERS = [key for key in people.PEOPLE if detectors.get(key).kind == "box"]
LEAST_SCORE, SURE = 0.05, 0.3
SHARED = [name for name in COCO_17 if name in MPII_16]


def photo(path: str) -> Tensor:
    """Return a photograph, uint8 (3, H, W)."""
    return pil_to_tensor(Image.open(need(path)).convert("RGB"))


def mpii_people() -> Iterator[tuple[Tensor, Tensor, np.ndarray, np.ndarray]]:
    """Yield picture, box (1, 4), joints (16, 2) and which are marked (16,)."""
    for entry in json.loads(need("pose/mpii/test_mpii.json").read_text()):
        centre, half = torch.tensor(entry["center"]), entry["scale"] * 200 / 2
        box = torch.cat([centre - half, centre + half])[None]
        yield photo(f"pose/mpii/{entry['image']}"), box, np.array(entry["joints"]), np.array(entry["joints_vis"]) > 0


def coco_people() -> Iterator[tuple[Tensor, Tensor, list[dict]]]:
    """Yield picture, boxes (N, 4) and annotations of the people with marked limbs."""
    content = json.loads(need("pose/coco/test_coco.json").read_text())
    for image in content["images"]:
        entries = [entry for entry in content["annotations"] if entry["image_id"] == image["id"]]
        entries = [entry for entry in entries if any(entry["keypoints"][3 * 5 + 2 :: 3])]
        boxes = torch.tensor([entry["bbox"] for entry in entries])
        boxes[:, 2:] += boxes[:, :2]
        yield photo(f"pose/coco/{image['file_name']}"), boxes, entries


def in_true_boxes(estimator) -> dict[str, float]:
    """Return PCK@.2, mean OKS and PCKh@.5 of an estimator of COCO's keypoints that is given the boxes."""
    found, true, similarities = [], [], []
    for image, boxes, entries in coco_people():
        poses = _in_boxes(estimator, image, boxes)
        for keypoints, entry in zip(poses.keypoints.numpy(), entries, strict=True):
            own = np.array(entry["keypoints"], float).reshape(17, 3)
            similarities.append(oks_terms(keypoints[None], own, np.zeros(4), entry["area"]).mean())
            found.append(keypoints)
            true.append(own)
    found, true = np.stack(found), np.stack(true)
    torso = torso_sizes(true[..., :2], COCO_17)
    ends = [COCO_17.index(name) for name in ("left_shoulder", "right_hip")]
    torso[(true[:, ends, 2] == 0).any(1)] = 0
    share = pck(found, true[..., :2], true[..., 2] > 0, torso).overall
    return {"PCK@.2": share, "OKS": float(np.mean(similarities)), "PCKh@.5": _pckh(estimator)}


def _in_boxes(estimator, image: Tensor, boxes: Tensor) -> Poses:
    """Return one pose a box, in the order of the boxes."""
    if isinstance(estimator, AlphaPoseEstimator):
        return estimator.look(image, boxes, Rmpe(nms=False)).poses
    return estimator.estimate(image, boxes)


def _pckh(estimator) -> float:
    ours, theirs = [COCO_17.index(name) for name in SHARED], [MPII_16.index(name) for name in SHARED]
    found, true, marked, heads = [], [], [], []
    for image, box, joints, is_marked in mpii_people():
        found.append(_in_boxes(estimator, image, box).keypoints[0, ours].numpy())
        true.append(joints[theirs])
        marked.append(is_marked[theirs])
        heads.append(lengths(joints[None], MPII_16, "upper_neck", "head_top")[0])
    return pck(np.stack(found), np.stack(true), np.stack(marked), np.array(heads), 0.5).overall


def by_itself(estimate) -> dict[str, float]:
    """Return AP and AP@.5 on the COCO photographs of an estimator that finds people itself."""
    truths, found = [], []
    for image, boxes, entries in coco_people():
        keypoints = np.array([entry["keypoints"] for entry in entries], float).reshape(-1, 17, 3)
        areas = np.array([entry["area"] for entry in entries])
        truths.append(KeypointTruth(keypoints, boxes.numpy(), areas=areas))
        poses = estimate(image)
        found.append(KeypointPredictions(poses.keypoints.numpy(), poses.scores.mean(1).numpy()))
    figures = keypoint_table(truths, found).figures
    return {"AP@.5": figures["AP50"], "AP": figures["AP"]}


def _found_boxes(estimator, image: Tensor) -> Tensor | None:
    """Return boxes from the box's own finder, for those who need them; AlphaPose chooses from unsure ones as well."""
    if estimator.finds_people:
        return None
    chooses = isinstance(estimator, AlphaPoseEstimator)
    return loose_boxes(image) if chooses else people.find_people(image, "YOLO_FIGURES_V1", SURE)


def of_boxes(key: str) -> float:
    """Return AP@.5 of a detector's people on the COCO photographs."""
    truths, found = [], []
    for image, boxes, _ in coco_people():
        truths.append(GroundTruth(boxes.numpy(), np.ones(len(boxes), int)))
        own = detectors.get(key).make("cpu").detect(image / 255, LEAST_SCORE, 0.5)
        is_person = own.labels == own.names.index(people.PERSON)
        boxes, scores = own.boxes[is_person].numpy(), own.scores[is_person].numpy()
        found.append(Predictions(boxes, np.ones(len(boxes), int), scores))
    return evaluate(truths, found, 0.5, kind="every point").mean_ap


def main() -> None:
    """Print the figures of all bundled estimators, and before them of the finders of people."""
    if not FOLDER.exists():
        print("../shared/real is not here.")
        return
    for key in FINDERS:
        print(key, f"boxes AP@.5 {of_boxes(key):.3f}", flush=True)
    for key, model in models.MODELS.items():
        if model.kind != "box":
            continue
        estimator = model.make("cpu")
        figures = {} if estimator.finds_people else in_true_boxes(estimator)
        figures |= by_itself(lambda image, own=estimator: own.estimate(image, _found_boxes(own, image)))
        print(key, "  ".join(f"{name} {value:.3f}" for name, value in figures.items()), flush=True)


if __name__ == "__main__":
    main()
