"""What the recipes of the R-CNN family share: steps with checkpoints, proposals of scenes, mAP at IoU 0.5.

Every step draws what it needs from a seed of its own, so that a run that was cut off goes on as if it had not been.
What is written is the running mean of the weights. Proposals are searched once and kept in the folder.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from engine.datasets.scenes import make_scene
from engine.detection.detector import Detector
from engine.detection.proposals import propose
from engine.metrics.detection import evaluate
from engine.metrics.image_boxes import GroundTruth, Predictions
from engine.recipes.train_yolo_scenes import HELD_OUT_SEED, Pictures, batch, make_pictures, save
from engine.runtime.seeds import child_seed, generator
from engine.settings import check, integer, real

CHECKPOINT_STEPS = 100
LOWEST_SCORE = 0.01  # of a detection that counts for mAP

Terms = dict[str, torch.Tensor]
LossOf = Callable[[nn.Module, torch.Generator], Terms]


@dataclass(frozen=True)
class Recipe:
    """How the weights are made."""

    steps: int = integer(1000, 1, 100_000, label="steps")
    n_scenes: int = integer(2500, 4, 100_000, label="scenes")
    n_held_out: int = integer(500, 1, 10_000, label="held-out scenes")
    batch_size: int = integer(16, 1, 512, label="scenes in a batch")
    learning_rate: float = real(2e-3, 1e-6, 1.0, label="highest learning rate")
    weight_decay: float = real(0.02, 0.0, 1.0, label="weight decay")
    averaging: float = real(0.99, 0.0, 1.0, label="decay of the running mean")
    seed: int = integer(0, 0, 2**31, label="seed")

    def __post_init__(self) -> None:
        check(self)


def new_model(build: Callable[[], nn.Module], seed: int) -> nn.Module:
    """Return an untrained network whose numbers depend on the seed alone."""
    with torch.random.fork_rng(devices=[]):  # the layers' own initialisation knows only the global generator
        torch.manual_seed(child_seed(seed, "weights"))
        return build()


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
        _write(proposals, path)
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


def train(
    model: nn.Module, loss_of: LossOf, recipe: Recipe, folder: Path
) -> Iterator[tuple[int, dict[str, float], nn.Module]]:
    """Train, going on from a checkpoint in `folder`; yield (steps done, terms of the loss, averaged network)."""
    averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(recipe.averaging), use_buffers=True)
    optimiser = torch.optim.AdamW(model.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.learning_rate, recipe.steps + 1, pct_start=0.15)
    parts = {"model": model, "averaged": averaged, "optimiser": optimiser, "schedule": schedule}
    done = _resume(parts, folder / "checkpoint.pt")
    if done == recipe.steps:
        yield done, {}, averaged.module
    for step in range(done, recipe.steps):
        terms = loss_of(model, generator(child_seed(recipe.seed, f"step {step}")))
        optimiser.zero_grad()
        sum(terms.values()).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 10.0)
        optimiser.step()
        schedule.step()
        averaged.update_parameters(model)
        if (step + 1) % CHECKPOINT_STEPS == 0 or step + 1 == recipe.steps:
            _write(
                {"step": step + 1} | {name: part.state_dict() for name, part in parts.items()}, folder / "checkpoint.pt"
            )
        yield step + 1, {name: term.item() for name, term in terms.items()}, averaged.module


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
    recipe, started = chosen.recipe, time.monotonic()
    trained = model
    for step, terms, averaged in train(model, loss_of, recipe, chosen.folder):
        trained = averaged
        if step % 50 == 0:
            shown = "  ".join(f"{name} {value:.3f}" for name, value in terms.items())
            print(f"step {step} of {recipe.steps}  {time.monotonic() - started:.0f} s  {shown}", flush=True)
    save(trained.eval(), chosen.out)
    n_params = sum(parameter.numel() for parameter in trained.parameters())
    print(f"{chosen.out} has {n_params} parameters, {chosen.out.stat().st_size} bytes, ", end="")
    print(f"SHA-256 {hashlib.sha256(chosen.out.read_bytes()).hexdigest()}", flush=True)
    for name, detector in detectors(trained).items():
        print(f"{name}: mAP@.5 on {recipe.n_held_out} scenes ", end="", flush=True)
        print(f"{mean_average_precision(detector, recipe.n_held_out):.4f}", flush=True)


def scenes(recipe: Recipe, folder: Path, with_proposals: bool) -> Pictures:
    """Make the scenes to train on."""
    started = time.monotonic()
    pictures = make_pictures(recipe.n_scenes, recipe.seed)
    if with_proposals:
        pictures = add_proposals(pictures, folder)
    print(f"{recipe.n_scenes} scenes after {time.monotonic() - started:.0f} s", flush=True)
    return pictures


def _write(values: object, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    torch.save(values, part)
    os.replace(part, path)  # a run that is cut off here leaves the older one whole


def _resume(parts: dict, path: Path) -> int:
    if not path.exists():
        return 0
    kept = torch.load(path, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(kept[name])
    return kept["step"]
