"""Train YOLO on scenes: `python -m engine.recipes.train_yolo_scenes --out FILE.safetensors --folder CHECKPOINTS`.

Scenes are made from their seed and kept as bytes. Every step draws its batch and its changes (mirror image, order of
the colour channels, brightness, contrast) from a seed of its own, so that a run that was cut off goes on as if it had
not been. What is written is the running mean of the weights. At the end mAP at IoU 0.5 is measured on scenes that were
not trained on.

Reference: Redmon, Farhadi. YOLO9000: better, faster, stronger. CVPR 2017.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass

import torch

from engine.datasets.scenes import NAMES, make_scene
from engine.detection.yolo import Yolo, YoloSettings, fit_anchors, loss
from engine.metrics.detection import evaluate
from engine.metrics.image_boxes import GroundTruth, Predictions
from engine.recipes.training import Terms, Training, command_line, new_model, save_aloud, train_aloud
from engine.runtime.seeds import child_seed, generator
from engine.settings import integer, real

HELD_OUT_SEED = 10_000
_ORDERS = torch.tensor(list(itertools.permutations(range(3))))


@dataclass(frozen=True)
class Recipe(Training):
    """How the weights are made."""

    steps: int = integer(2600, 1, 100_000, label="steps")
    batch_size: int = integer(32, 1, 512, label="batch size")
    averaging: float = real(0.997, 0.0, 1.0, label="decay of the running mean")
    n_scenes: int = integer(6000, 4, 100_000, label="scenes")
    n_held_out: int = integer(500, 1, 10_000, label="held-out scenes")


@dataclass(frozen=True)
class Pictures:
    """Scenes as the training takes them: images (N, 3, H, W) uint8, and their boxes and labels."""

    images: torch.Tensor
    boxes: list[torch.Tensor]
    labels: list[torch.Tensor]


def make_pictures(n: int, seed: int) -> Pictures:
    """Make n scenes; only their bytes and boxes are kept."""
    images = torch.empty(n, 3, 128, 128, dtype=torch.uint8)
    boxes, labels = [], []
    for i in range(n):
        scene = make_scene(i, seed)
        images[i] = (scene.image * 255).round().byte()
        boxes.append(scene.boxes)
        labels.append(scene.labels)
    return Pictures(images, boxes, labels)


def new_yolo(pictures: Pictures, seed: int, settings: YoloSettings | None = None) -> Yolo:
    """Return an untrained network whose anchors fit the boxes."""
    settings = settings or YoloSettings()
    boxes = torch.cat(pictures.boxes)
    anchors = fit_anchors(boxes[:, 2:] - boxes[:, :2], settings.n_anchors, generator(child_seed(seed, "anchors")))
    return new_model(lambda: Yolo(NAMES, anchors, settings), seed)


def batch(pictures: Pictures, size: int, chance: torch.Generator) -> tuple[torch.Tensor, list, list]:
    """Draw a changed batch: images (B, 3, H, W) in [0, 1], boxes, labels."""
    chosen = torch.randint(len(pictures.images), (size,), generator=chance)
    images = pictures.images[chosen].float() / 255
    order = _ORDERS[torch.randint(len(_ORDERS), (size,), generator=chance)]
    images = images.gather(1, order[:, :, None, None].expand_as(images))
    change = torch.rand(3, size, 1, 1, 1, generator=chance)
    images = ((images - 0.5) * (0.7 + 0.6 * change[0]) + 0.5 + 0.24 * (change[1] - 0.5)).clamp(0, 1)
    mirrored = change[2].flatten() < 0.5
    images = torch.where(mirrored[:, None, None, None], images.flip(3), images)
    boxes = [pictures.boxes[i] for i in chosen.tolist()]
    boxes = [mirror(own, images.shape[3]) if m else own for own, m in zip(boxes, mirrored.tolist(), strict=True)]
    return images.contiguous(memory_format=torch.channels_last), boxes, [pictures.labels[i] for i in chosen.tolist()]


def mirror(boxes: torch.Tensor, width: int) -> torch.Tensor:
    """Return boxes (N, 4) as they stand in the mirror image."""
    return torch.stack([width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]], 1)


def loss_of(model: Yolo, pictures: Pictures, size: int, chance: torch.Generator) -> Terms:
    """Return the terms of the loss for a batch of this size."""
    images, boxes, labels = batch(pictures, size, chance)
    return loss(model.raw(images), boxes, labels, model.anchors, model.settings)


def mean_average_precision(model: Yolo, n: int, seed: int = HELD_OUT_SEED) -> float:
    """Return mAP at IoU 0.5 (every point) on scenes 0 … n − 1 of a seed."""
    model.eval()
    truths, found = [], []
    for i in range(n):
        scene = make_scene(i, seed)
        own = model.detect(scene.image, 0.01, model.iou_threshold)
        truths.append(GroundTruth(scene.boxes.numpy(), scene.labels.numpy()))
        found.append(Predictions(own.boxes.numpy(), own.labels.numpy(), own.scores.numpy()))
    return evaluate(truths, found, 0.5, kind="every point").mean_ap


def main() -> None:
    """Read the command line, train, write the weights, say how good they are."""
    parser = command_line("Train YOLO on scenes.", Recipe.steps)
    parser.add_argument("--scenes", type=int, default=Recipe.n_scenes)
    parser.add_argument("--held-out", type=int, default=Recipe.n_held_out)
    chosen = parser.parse_args()
    recipe = Recipe(steps=chosen.steps, n_scenes=chosen.scenes, n_held_out=chosen.held_out)
    started = time.monotonic()
    pictures = make_pictures(recipe.n_scenes, recipe.seed)
    print(f"{recipe.n_scenes} scenes after {time.monotonic() - started:.0f} s", flush=True)
    start = new_yolo(pictures, recipe.seed).to(memory_format=torch.channels_last).train()
    learn = lambda model, chance: loss_of(model, pictures, recipe.batch_size, chance)  # noqa: E731
    model = train_aloud(start, learn, recipe, chosen.folder)
    save_aloud(model, chosen.out)
    print(f"mAP@.5 on {recipe.n_held_out} scenes {mean_average_precision(model, recipe.n_held_out):.4f}", flush=True)


if __name__ == "__main__":
    main()
