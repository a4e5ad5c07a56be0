"""Find the joints in picture.png with four methods, as the page showed them: `python pose_methods.py`.

settings.json names the methods, the boxes of the people and each method's own settings; change them, or put another
picture in its place.
"""

import json
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from engine.io.images import decode_image
from engine.pose import deep_pose, pose_machine
from engine.pose.assembly import Assembly
from engine.pose.openpose import OpenPoseEstimator
from engine.pose.pose_nms import PoseNms
from engine.pose.poses import Poses
from engine.pose.rmpe import AlphaPoseEstimator, Rmpe, pick
from engine.weights import get, load


def main() -> None:
    """Print one line for each joint of each person that each method finds."""
    settings = json.loads(Path("settings.json").read_text())
    image = decode_image(Path("picture.png").read_bytes(), "picture.png")
    for method in settings["methods"]:
        poses = METHODS[method](image, settings)
        print(f"{method}: {len(poses)} people")
        for person, (keypoints, scores) in enumerate(zip(poses.keypoints, poses.scores, strict=True), 1):
            for name, (x, y), score in zip(poses.names, keypoints.tolist(), scores.tolist(), strict=True):
                if score > 0:
                    print(f"  {person} {name:16} {x:8.2f} {y:8.2f}  {score:.5f}")


def _boxes(settings: dict, name: str = "boxes") -> Tensor | None:
    return None if settings[name] is None else torch.tensor(settings[name]).reshape(-1, 4)


def _deeppose(image: Tensor, settings: dict) -> Poses:
    return deep_pose.estimator(load(get("DEEPPOSE_FIGURES_V1"))).estimate(image, _boxes(settings))


def _cpm(image: Tensor, settings: dict) -> Poses:
    return pose_machine.estimator(load(get("CPM_FIGURES_V1"))).estimate(image, _boxes(settings))


def _openpose(image: Tensor, settings: dict) -> Poses:
    network = load(get("OPENPOSE_FIGURES_V1"))
    return OpenPoseEstimator(network, Assembly(**settings["assembly"])).estimate(image)


def _alphapose(image: Tensor, settings: dict) -> Poses:
    estimator = AlphaPoseEstimator(load(get("ALPHAPOSE_FIGURES_V1")), load(get("CPM_FIGURES_V1")))
    which, nms = Rmpe(**settings["rmpe"]), PoseNms(**settings["pose_nms"])
    steps = estimator.look(image, _boxes(settings, "loose_boxes"), which, nms)
    return pick(steps.poses, steps.kept)


def _efficientpose(image: Tensor, settings: dict) -> Poses:
    from engine.pose.efficientpose_rt import EfficientPoseRT

    return EfficientPoseRT().estimate(image, _boxes(settings))


METHODS: dict[str, Callable[[Tensor, dict], Poses]] = {
    "deeppose": _deeppose,
    "cpm": _cpm,
    "openpose": _openpose,
    "alphapose": _alphapose,
    "efficientpose": _efficientpose,
}

if __name__ == "__main__":
    main()
