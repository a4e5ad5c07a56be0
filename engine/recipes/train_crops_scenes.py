"""Train the network of crops on scenes: `python -m engine.recipes.train_crops_scenes --out FILE --folder CHECKPOINTS`.

The sliding window and R-CNN share it, so it learns from both kinds of crop: square windows about objects and anywhere,
and proposals of the selective search in any shape. A crop answers for an object if it overlaps the object's box, or the
square around the box, by half; a bottle fills no square by half. Half of the background is mined where it is hard: from
proposals and windows that overlap an object a little.

Reference: R. Girshick et al., "Rich feature hierarchies for accurate object detection and semantic segmentation",
CVPR 2014; P. Sermanet et al., "OverFeat", ICLR 2014.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.ops import box_iou

from engine.datasets.scenes import NAMES
from engine.detection.box_offsets import assign, encode
from engine.detection.crops import CropNet, warp
from engine.detection.rcnn import Rcnn
from engine.detection.sliding_window import SlidingWindow
from engine.recipes.detector_training import Recipe, choose, draw, read_command_line, run, scenes
from engine.recipes.train_yolo_scenes import Pictures
from engine.recipes.training import Terms, new_model

N_CROPS = 12  # of a scene
SHARE_OF_OBJECTS = 0.4
NEAR = 0.1  # overlap from which background is hard
SIDES_PX = (20.0, 80.0)  # of windows anywhere
DEFAULT = Recipe(steps=1600, batch_size=16, learning_rate=3e-3)


def loss(net: CropNet, pictures: Pictures, batch_size: int, chance: torch.Generator) -> Terms:
    """Return the terms "class" and "offsets" of a batch, each a mean over its crops."""
    images, parts = draw(pictures, batch_size, chance)
    chosen = [crops_of(*own, images.shape[3], chance) for own in parts]
    guesses, labels, boxes = zip(*chosen, strict=True)
    scores, offsets = net(warp(images.contiguous(), guesses))
    labels = torch.cat(labels)
    wanted = encode(torch.cat(guesses), torch.cat(boxes))
    wrong_by = F.smooth_l1_loss(offsets, wanted, reduction="none").sum(1)
    return {"class": F.cross_entropy(scores, labels), "offsets": wrong_by[labels > 0].sum() / len(labels)}


def crops_of(
    boxes: torch.Tensor, labels: torch.Tensor, proposals: torch.Tensor, side_px: int, chance: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Choose crops of one scene: return their boxes (K, 4), labels (K,) and what each should be moved to (K, 4)."""
    squares = around(boxes)
    windows = anywhere(16, side_px, chance)
    shaken = [shake(boxes, chance), shake(squares, chance), shake(squares, chance)]
    guesses = torch.cat([proposals, windows, *shaken])
    overlap = torch.maximum(box_iou(guesses, boxes), box_iou(guesses, squares))
    own_labels, true = assign(overlap, guesses, boxes, labels)
    hard = overlap.amax(1) > NEAR if len(boxes) else torch.zeros(len(guesses), dtype=torch.bool)
    n_hard = round(N_CROPS * (1 + SHARE_OF_OBJECTS) / 2)
    near, far = torch.where(hard)[0], torch.where(~hard)[0]
    first = near[choose(own_labels[near], n_hard, N_CROPS * SHARE_OF_OBJECTS / n_hard, chance)]
    others = far[torch.randperm(len(far), generator=chance)[: N_CROPS - len(first)]]
    kept = torch.cat([first, others])
    return guesses[kept], own_labels[kept], true[kept]


def around(boxes: torch.Tensor) -> torch.Tensor:
    """Return the squares (N, 4) about boxes, each with its box's midpoint and longer side."""
    half = (boxes[:, 2:] - boxes[:, :2]).amax(1, keepdim=True) / 2
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    return torch.cat([middle - half, middle + half], 1)


def shake(boxes: torch.Tensor, chance: torch.Generator) -> torch.Tensor:
    """Return boxes moved by up to a quarter of their size, and up to a third larger or smaller."""
    size = boxes[:, 2:] - boxes[:, :2]
    random = 2 * torch.rand(len(boxes), 3, generator=chance) - 1
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2 + 0.25 * random[:, :2] * size
    half = size / 2 * (0.3 * random[:, 2:]).exp()
    return torch.cat([middle - half, middle + half], 1)


def anywhere(n: int, side_px: int, chance: torch.Generator) -> torch.Tensor:
    """Return n squares with their midpoints in a picture of side `side_px`."""
    random = torch.rand(n, 3, generator=chance)
    half = SIDES_PX[0] * (SIDES_PX[1] / SIDES_PX[0]) ** random[:, 2:] / 2
    middle = random[:, :2] * side_px
    return torch.cat([middle - half, middle + half], 1)


def detectors(net: nn.Module) -> dict[str, object]:
    """Return the two detectors that the network makes."""
    return {"sliding window": SlidingWindow(net, NAMES), "R-CNN": Rcnn(net, NAMES)}


def main() -> None:
    """Read the command line, train, write the weights, say how good they are."""
    chosen = read_command_line("Train the network of crops on scenes.", DEFAULT, needs_backbone=False)
    pictures = scenes(chosen.recipe, chosen.folder, with_proposals=True)
    net = new_model(lambda: CropNet(len(NAMES) - 1), chosen.recipe.seed).train()
    run(net, lambda model, chance: loss(model, pictures, chosen.recipe.batch_size, chance), chosen, detectors)


if __name__ == "__main__":
    main()
