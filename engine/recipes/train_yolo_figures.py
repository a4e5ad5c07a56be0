"""Train YOLO to find people, on figures, starting from the backbone that was trained on scenes.

`python -m engine.recipes.train_yolo_figures --pool POOL --start YOLO_SCENES_V1.safetensors --out FILE --folder DIR`

A picture is seen through a square window that is moved, mirrored and more or less enlarged. At the end the average
precision of boxes at IoU 0.5 is measured on figures that were not trained on.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.detection.yolo import SIDE_PX, Yolo, YoloSettings, fit_anchors, loss
from engine.metrics.detection import evaluate
from engine.metrics.image_boxes import GroundTruth, Predictions
from engine.pose.spatial_transformer import apply, inverse
from engine.recipes.figure_pool import SIDE_PX as POOL_PX
from engine.recipes.figure_pool import Pool
from engine.recipes.person_batches import Change, cut, recoloured, trainable, window
from engine.recipes.pose_recipes import load_pool, read_command_line, start_from
from engine.recipes.pose_scores import ONE_TO_FOUR, counts, figures
from engine.recipes.training import Terms, Training, new_model, save_aloud, train_aloud
from engine.runtime.seeds import child_seed, generator

DEFAULT = Training(
    steps=2000,
    batch_size=32,
    learning_rate=2e-3,
    kernel_rate=0.02,
    weight_decay=0.02,
    averaging=0.99,
    schedule="plateau",
)
NAMES = ("", "person")
CHANGE = Change(turn_deg=0.0, zoom=1.35, shift=0.15)
LEAST_LEFT = 0.3  # of a box that the window cuts; less of it is not taught
LOWEST_SCORE = 0.01


def draw(pool: Pool, usable: Tensor, size: int, chance: torch.Generator) -> tuple[Tensor, list[Tensor]]:
    """Draw a changed batch: images (B, 3, 128, 128) and the boxes of each; `usable` are places of people."""
    chosen = torch.randint(len(pool.images), (size,), generator=chance)
    matrix, _ = window(torch.full((size, 2), POOL_PX / 2), torch.full((size,), float(POOL_PX)), CHANGE, chance)
    images = cut(pool.images[chosen].float() / 255, matrix, SIDE_PX)
    who = [usable[pool.picture[usable] == picture] for picture in chosen.tolist()]
    boxes = [seen_boxes(pool.boxes[own], way) for own, way in zip(who, inverse(matrix), strict=True)]
    return recoloured(images, chance), boxes


def seen_boxes(boxes: Tensor, way: Tensor) -> Tensor:
    """Return the boxes (N, 4) of a picture as they are in a window, in its pixels; `way` (2, 3) leads to [−1, 1]²."""
    corners = apply(way[None], boxes.reshape(1, -1, 2))[0].view(-1, 2, 2)  # (N, 2 corners, 2)
    own = (torch.cat([corners.amin(1), corners.amax(1)], 1) + 1) * SIDE_PX / 2
    cut_off = own.clamp(0, SIDE_PX)
    left = (cut_off[:, 2:] - cut_off[:, :2]).prod(1) / (own[:, 2:] - own[:, :2]).prod(1).clamp(min=1e-6)
    return cut_off[left >= LEAST_LEFT]


def average_precision(model: Yolo, n: int) -> float:
    """Return AP at IoU 0.5 (every point) on n held-out pictures; people of whom little can be seen are difficult."""
    truths, found = [], []
    for figure in figures(n, ONE_TO_FOUR):
        own = model.detect(figure.image, LOWEST_SCORE, model.iou_threshold)
        labels = torch.ones(len(figure.boxes), dtype=torch.int64)
        truths.append(GroundTruth(figure.boxes.numpy(), labels.numpy(), difficult=(~counts(figure)).numpy()))
        found.append(Predictions(own.boxes.numpy(), own.labels.numpy(), own.scores.numpy()))
    return evaluate(truths, found, 0.5, kind="every point").mean_ap


def main() -> None:
    """Read the command line, train, write the weights, say how good they are."""
    chosen = read_command_line("Train YOLO to find people, on figures.", DEFAULT, needs_start=True)
    pool = load_pool(chosen)
    usable, seed = trainable(pool), chosen.training.seed
    sizes = (pool.boxes[usable, 2:] - pool.boxes[usable, :2]) * SIDE_PX / POOL_PX
    anchors = fit_anchors(sizes, YoloSettings().n_anchors, generator(child_seed(seed, "anchors")))
    model = new_model(lambda: Yolo(NAMES, anchors), seed)
    start_from(model, chosen.start)

    def loss_of(model: Yolo, chance: torch.Generator) -> Terms:
        images, boxes = draw(pool, usable, chosen.training.batch_size, chance)
        labels = [torch.ones(len(own), dtype=torch.int64) for own in boxes]
        return loss(model.raw(images), boxes, labels, model.anchors, model.settings)

    model.to(memory_format=torch.channels_last).train()
    trained = train_aloud(model, loss_of, chosen.training, chosen.folder, [model.head])
    save_aloud(trained, chosen.out)
    ap = average_precision(trained, chosen.n_held_out)
    print(f"AP@.5 of people on {chosen.n_held_out} pictures {ap:.4f}", flush=True)


if __name__ == "__main__":
    main()
