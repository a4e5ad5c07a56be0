"""How good the pose estimators are, on figures that were not trained on.

    PCK@.2      people in their true boxes: the share of joints at most a fifth of the box, or of the torso, away;
                in pictures of one person, whom these methods are made for, and in pictures with others beside them
    OKS-AP@.5   pictures with 2 to 4 people: COCO's average precision at OKS .5, over the joints that can be seen
                and over all in the picture (COCO's annotators mark a hidden joint where they can guess it)

Conventions: held-out figures are pictures 0 … n − 1 of seed 10,000 of the figures world, 256 px. As in the training,
a person counts of whom enough can be seen (`person_batches`); the others need not be found, and do no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor, nn

from engine.datasets.figures import FigurePicture, make_figure
from engine.metrics.pose import (
    KeypointPredictions,
    KeypointTruth,
    Pck,
    box_sizes,
    pck,
    torso_sizes,
)
from engine.metrics.pose_table import keypoint_table
from engine.pose.person_crops import crop, crop_squares, peaks, to_picture
from engine.pose.poses import COCO_17, Poses
from engine.recipes.figure_pool import HELD_OUT_SEED
from engine.recipes.person_batches import MIN_SEEN_JOINTS, MIN_SEEN_SHARE

SIZE_PX = 256
MIN_AREA = 32**2  # px², as in COCO
ALONE, ONE_TO_FOUR, TWO_TO_FOUR = (1, 1), (1, 4), (2, 4)

Joints = Callable[[Tensor], Tensor]  # from crops (N, 3, S, S) to joints (N, 17, 2) px of the crop


def figures(n: int, n_people: tuple[int, int], seed: int = HELD_OUT_SEED) -> Iterator[FigurePicture]:
    """Draw the pictures to be measured on."""
    for i in range(n):
        yield make_figure(i, seed, SIZE_PX, n_people)


def counts(figure: FigurePicture) -> Tensor:
    """Return (N,) bool: the people of whom enough can be seen."""
    sides = figure.boxes[:, 2:] - figure.boxes[:, :2]
    areas, seen = figure.masks.flatten(1).sum(1), (figure.keypoints[..., 2] == 2).sum(1)
    is_seen = (areas > MIN_SEEN_SHARE * sides.prod(1)) & (seen >= MIN_SEEN_JOINTS)
    return is_seen & (areas >= MIN_AREA)


@torch.inference_mode()
def single_pck(joints: Joints, n: int, side_px: int, n_people: tuple[int, int], alpha: float = 0.2) -> dict[str, Pck]:
    """Return PCK of people in their true boxes, by torso and by box, over the joints in the picture and those seen."""
    found, true, boxes = [], [], []
    for figure in figures(n, n_people):
        chosen = counts(figure)
        if chosen.any():
            squares = crop_squares(figure.boxes[chosen])
            crops = torch.stack([crop(figure.image, square, side_px) for square in squares.tolist()])
            found.append(to_picture(joints(crops), squares, side_px).numpy())
            true.append(figure.keypoints[chosen].numpy())
            boxes.append(figure.boxes[chosen].numpy())
    found, true, boxes = (np.concatenate(part) for part in (found, true, boxes))
    torso, box = torso_sizes(true[..., :2], COCO_17), box_sizes(boxes)
    shoulders_and_hips = true[:, [COCO_17.index(name) for name in ("left_shoulder", "right_hip")], 2]
    torso[(shoulders_and_hips == 0).any(1)] = 0  # one lies outside the picture
    return {
        f"{size_name}, {which}": pck(found, true[..., :2], true[..., 2] >= least, sizes, alpha)
        for size_name, sizes in (("torso", torso), ("box", box))
        for which, least in (("seen joints", 2), ("all joints", 1))
    }


def say_pck(name: str, joints: Joints, n: int, side_px: int) -> None:
    """Print the figures of `single_pck`."""
    for n_people, where in ((ALONE, "alone"), (ONE_TO_FOUR, "one to four people")):
        for how, figure in single_pck(joints, n, side_px, n_people).items():
            print(f"{name}, {where}: PCK@.2 ({how}) {figure.overall:.4f} of {figure.n_marked} joints", flush=True)


def average_precision(estimate: Callable[[Tensor], Poses], n: int) -> dict[str, dict[str, float]]:
    """Return COCO's tables of keypoints of pictures with 2 to 4 people: over the joints seen, and over all."""
    pictures = list(figures(n, TWO_TO_FOUR))
    found = [estimate(figure.image) for figure in pictures]
    return {
        which: table([truth_of(figure, least) for figure in pictures], found)
        for which, least in (("seen joints", 2), ("all joints", 1))
    }


def table(truths: list[KeypointTruth], found: list[Poses]) -> dict[str, float]:
    """Return COCO's table; a person is as sure as their joints are in the mean."""
    people = [KeypointPredictions(poses.keypoints.numpy(), poses.scores.mean(1).numpy()) for poses in found]
    return keypoint_table(truths, people).figures


def say_table(name: str, estimate: Callable[[Tensor], Poses], n: int) -> None:
    """Print the figures of `average_precision`."""
    for which, figures_of in average_precision(estimate, n).items():
        for what, figure in figures_of.items():
            print(f"{name}: {what} ({which}) {figure:.4f}", flush=True)


def truth_of(figure: FigurePicture, least: int = 1) -> KeypointTruth:
    """Return a drawn picture's people, with the joints of visibility `least` or more as the marked ones.

    Those of whom too little can be seen are difficult, and keep all their joints, to be known by.
    """
    keypoints, is_counted = figure.keypoints.numpy().copy(), counts(figure)
    keypoints[is_counted.numpy()[:, None] & (keypoints[..., 2] < least)] = 0
    return KeypointTruth(
        keypoints,
        figure.boxes.numpy(),
        areas=figure.masks.flatten(1).sum(1).numpy().astype(float),
        difficult=(~is_counted).numpy(),
    )


class ByPeak(nn.Module):
    """Joints at the peaks of a network's maps."""

    def __init__(self, network: nn.Module, stride_px: int) -> None:
        super().__init__()
        self.network, self.stride_px = network, stride_px

    def forward(self, crops: Tensor) -> Tensor:
        return peaks(self.network(crops))[0] * self.stride_px
