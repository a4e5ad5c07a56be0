"""Train Fast R-CNN on scenes: `python -m engine.recipes.train_fast_rcnn_scenes --backbone YOLO --out FILE --folder …`.

The backbone starts from that of YOLO_SCENES_V1 and is trained on with the rest; its batch normalisation stays as it is.

Reference: R. Girshick, "Fast R-CNN", ICCV 2015, section 2.3: of the proposals in a batch a quarter are objects.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.ops import box_iou

from engine.datasets.scenes import NAMES
from engine.detection.box_offsets import assign, encode
from engine.detection.fast_rcnn import FastRcnn, FastRcnnNet
from engine.recipes.detector_training import Recipe, choose, draw, read_command_line, run, scenes, start_backbone
from engine.recipes.train_crops_scenes import shake
from engine.recipes.train_yolo_scenes import Pictures
from engine.recipes.training import Terms, new_model

N_PROPOSALS = 48  # of a scene
SHARE_OF_OBJECTS = 0.35
DEFAULT = Recipe(steps=700, batch_size=16, learning_rate=1e-3)


def loss(net: FastRcnnNet, pictures: Pictures, batch_size: int, chance: torch.Generator) -> Terms:
    """Return the terms "class" and "offsets" of a batch, each a mean over its proposals."""
    net.backbone.eval()
    images, parts = draw(pictures, batch_size, chance)
    guesses, labels, boxes = zip(*(proposals_of(*own, chance) for own in parts), strict=True)
    scores, offsets = net(images, guesses)
    labels = torch.cat(labels)
    objects = torch.where(labels > 0)[0]
    wanted = encode(torch.cat(guesses), torch.cat(boxes))[objects]
    wrong_by = F.smooth_l1_loss(offsets[objects, labels[objects]], wanted, reduction="sum")
    return {"class": F.cross_entropy(scores, labels), "offsets": wrong_by / len(labels)}


def proposals_of(
    boxes: torch.Tensor, labels: torch.Tensor, proposals: torch.Tensor, chance: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Choose proposals of one scene: return them (K, 4), their labels (K,) and what each should be moved to (K, 4)."""
    guesses = torch.cat([proposals, boxes, shake(boxes, chance)])
    own_labels, true = assign(box_iou(guesses, boxes), guesses, boxes, labels)
    kept = choose(own_labels, N_PROPOSALS, SHARE_OF_OBJECTS, chance)
    return guesses[kept], own_labels[kept], true[kept]


def detectors(net: nn.Module) -> dict[str, object]:
    """Return the detector that the network makes."""
    return {"Fast R-CNN": FastRcnn(net, NAMES)}


def main() -> None:
    """Read the command line, train, write the weights, say how good they are."""
    chosen = read_command_line("Train Fast R-CNN on scenes.", DEFAULT, needs_backbone=True)
    pictures = scenes(chosen.recipe, chosen.folder, with_proposals=True)
    net = new_model(lambda: FastRcnnNet(len(NAMES) - 1), chosen.recipe.seed).to(memory_format=torch.channels_last)
    start_backbone(net.backbone, chosen.backbone)
    run(net.train(), lambda model, chance: loss(model, pictures, chosen.recipe.batch_size, chance), chosen, detectors)


if __name__ == "__main__":
    main()
