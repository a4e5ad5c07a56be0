"""What the recipes of the R-CNN family share: their command line, proposals of scenes, mAP at IoU 0.5.

Proposals are searched once and kept in the folder.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from engine.datasets.scenes import make_scene
from engine.detection.detector import Detector
from engine.detection.proposals import propose
from engine.metrics.detection import evaluate
from engine.metrics.image_boxes import GroundTruth, Predictions
from engine.recipes.train_yolo_scenes import HELD_OUT_SEED, Pictures, batch, make_pictures
from engine.recipes.training import LossOf, Training, save_aloud, train_aloud, write
from engine.settings import integer

LOWEST_SCORE = 0.01  # of a detection that counts for mAP


@dataclass(frozen=True)
class Recipe(Training):
    """How the weights are made."""

    n_scenes: int = integer(2500, 4, 100_000, label="scenes")
    n_held_out: int = integer(500, 1, 10_000, label="held-out scenes")


def start_backbone(backbone: nn.Module, yolo_file: Path) -> None:
    """Fill a backbone with that of a trained YOLO."""
    tensors = load_file(yolo_file)
    name = "backbone."
    backbone.load_state_dict({key.removeprefix(name): value for key, value in tensors.items() if key.startswith(name)})


def add_proposals(pictures: Pictures, folder: Path) -> Pictures:
    """Return the pictures with their proposals among the boxes, with label 0; those of `folder` are used if there."""
    path = folder / f"proposals_{len(pictures.images)}.pt"
    if path.exists():
        proposals = torch.load(path, weights_only=True)
    else:
        proposals = [propose(image.float() / 255).boxes for image in pictures.images]
        write(proposals, path)
    boxes = [torch.cat(pair) for pair in zip(pictures.boxes, proposals, strict=True)]
    labels = [
        torch.cat([own, own.new_zeros(len(found))]) for own, found in zip(pictures.labels, proposals, strict=True)
    ]
    return Pictures(pictures.images, boxes, labels)


def draw(pictures: Pictures, size: int, chance: torch.Generator) -> tuple[torch.Tensor, list[tuple[torch.Tensor, ...]]]:
    """Draw a changed batch: images (B, 3, H, W), and for each its true boxes, their labels and its proposals."""
    images, boxes, labels = batch(pictures, size, chance)
    parts = [(own[label > 0], label[label > 0], own[label == 0]) for own, label in zip(boxes, labels, strict=True)]
    return images, parts


def choose(labels: torch.Tensor, n: int, share: float, chance: torch.Generator) -> torch.Tensor:
    """Return n indices into labels (N,), or fewer: at most `share` of them of objects, the others of background."""
    order = torch.randperm(len(labels), generator=chance)
    objects = order[labels[order] > 0][: round(n * share)]
    return torch.cat([objects, order[labels[order] == 0][: n - len(objects)]])


def mean_average_precision(detector: Detector, n: int, seed: int = HELD_OUT_SEED) -> float:
    """Return mAP at IoU 0.5 (every point) on scenes 0 … n − 1 of a seed."""
    truths, found = [], []
    for i in range(n):
        scene = make_scene(i, seed)
        own = detector.detect(scene.image, LOWEST_SCORE, detector.iou_threshold)
        truths.append(GroundTruth(scene.boxes.numpy(), scene.labels.numpy()))
        found.append(Predictions(own.boxes.numpy(), own.labels.numpy(), own.scores.numpy()))
    return evaluate(truths, found, 0.5, kind="every point").mean_ap


def read_command_line(sentence: str, recipe: Recipe, needs_backbone: bool) -> argparse.Namespace:
    """Return `out`, `folder`, `backbone` and the `recipe` with the numbers that were given."""
    parser = argparse.ArgumentParser(description=sentence)
    parser.add_argument("--out", type=Path, required=True, help="the safetensors file to write")
    parser.add_argument("--folder", type=Path, required=True, help="where the checkpoint and the proposals are kept")
    if needs_backbone:
        parser.add_argument("--backbone", type=Path, required=True, help="the safetensors file of YOLO_SCENES_V1")
    for name in ("steps", "n_scenes", "n_held_out"):
        parser.add_argument(f"--{name.removeprefix('n_').replace('_', '-')}", dest=name, type=int)
    chosen = parser.parse_args()
    given = {name: getattr(chosen, name) for name in ("steps", "n_scenes", "n_held_out") if getattr(chosen, name)}
    chosen.recipe = type(recipe)(**(vars(recipe) | given))
    return chosen


def run(
    model: nn.Module, loss_of: LossOf, chosen: argparse.Namespace, detectors: Callable[[nn.Module], dict[str, Detector]]
) -> None:
    """Train, write the weights, and say how good each of the detectors made from them is."""
    trained = train_aloud(model, loss_of, chosen.recipe, chosen.folder)
    save_aloud(trained, chosen.out)
    for name, detector in detectors(trained).items():
        print(f"{name}: mAP@.5 on {chosen.recipe.n_held_out} scenes ", end="", flush=True)
        print(f"{mean_average_precision(detector, chosen.recipe.n_held_out):.4f}", flush=True)


def scenes(recipe: Recipe, folder: Path, with_proposals: bool) -> Pictures:
    """Make the scenes to train on."""
    started = time.monotonic()
    pictures = make_pictures(recipe.n_scenes, recipe.seed)
    if with_proposals:
        pictures = add_proposals(pictures, folder)
    print(f"{recipe.n_scenes} scenes after {time.monotonic() - started:.0f} s", flush=True)
    return pictures
