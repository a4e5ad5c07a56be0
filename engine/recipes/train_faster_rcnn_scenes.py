"""Train Faster R-CNN: `python -m engine.recipes.train_faster_rcnn_scenes --backbone YOLO --out FILE --folder …`.

The backbone starts from that of YOLO_SCENES_V1 and is trained on with the rest; its batch normalisation stays as it is.
The losses are torchvision's: objectness and offsets of the RPN, classes and offsets of its proposals, trained together.

Reference: S. Ren et al., "Faster R-CNN", NeurIPS 2015.
"""

from __future__ import annotations

import torch
from torch import nn
from torchvision.models.detection import FasterRCNN

from engine.datasets.scenes import NAMES
from engine.detection.faster_rcnn import build, detector
from engine.recipes.detector_training import Recipe, draw, read_command_line, run, scenes, start_backbone
from engine.recipes.train_yolo_scenes import Pictures
from engine.recipes.training import Terms, new_model

DEFAULT = Recipe(steps=800, n_scenes=6000, batch_size=16, learning_rate=1e-3)


def loss(model: FasterRCNN, pictures: Pictures, batch_size: int, chance: torch.Generator) -> Terms:
    """Return torchvision's four terms for a batch."""
    model.backbone.eval()
    images, parts = draw(pictures, batch_size, chance)
    targets = [{"boxes": boxes, "labels": labels} for boxes, labels, _ in parts]
    with torch.random.fork_rng(devices=[]):  # torchvision samples anchors and proposals from the global generator
        torch.manual_seed(int(torch.randint(2**62, (1,), generator=chance)))
        return model(list(images), targets)


def detectors(model: nn.Module) -> dict[str, object]:
    """Return the detector that the network makes."""
    return {"Faster R-CNN": detector(model, NAMES)}


def main() -> None:
    """Read the command line, train, write the weights, say how good they are."""
    chosen = read_command_line("Train Faster R-CNN on scenes.", DEFAULT, needs_backbone=True)
    pictures = scenes(chosen.recipe, chosen.folder, with_proposals=False)
    model = new_model(lambda: build(len(NAMES) - 1), chosen.recipe.seed)
    start_backbone(model.backbone.layers, chosen.backbone)
    run(model.train(), lambda m, chance: loss(m, pictures, chosen.recipe.batch_size, chance), chosen, detectors)


if __name__ == "__main__":
    main()
