"""Detections as if by a detector: made from the true boxes by the mistakes that detectors make.

    found      the true box, its corners moved by a few per cent of its size
    loose      moved by more, so that it counts at a low IoU threshold alone
    double     found twice, the second time loosely and with a lower score
    missed     not found
    false      a box where there is nothing

Conventions: boxes are (N, 4) xyxy in pixels, y down; scores in [0.05, 0.99], the better the box the higher, though not
strictly so. COCO's JSON counts boxes as x, y, width, height.

Reference: cocodataset.org, "Data format" and "Results format", for the two files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
import torch

from engine.datasets.scenes import NAMES, make_scene
from engine.metrics.image_boxes import GroundTruth, Predictions, box_iou
from engine.runtime.seeds import child_seed, generator

FOUND, LOOSE, DOUBLE, MISSED = range(4)
SHARES = (0.62, 0.78, 0.9)  # of the found, the loose and the doubles, added up; the rest is missed
SHIFT = {FOUND: 0.035, LOOSE: 0.14, DOUBLE: 0.035}  # of the corners, in parts of the box's sides
MIXED_UP = 0.06  # how often the class is wrong
N_FALSE = 0.5  # false boxes for each image, in the mean
LOW, HIGH = 0.05, 0.99
EXAMPLE_SIZE = (96, 128)
EXAMPLE_SCALES = (1, 2, 4)  # pictures of three sizes, so that there are small, medium and large objects


def one_of_each(boxes: np.ndarray, size: tuple[int, int], seed: int) -> Predictions:
    """Return detections of one class: one truth missed, one found twice, one loosely, one false box.

    Args:
        boxes: (N, 4) the truths, at least three for every mistake to occur.
        size: height and width of the picture.
        seed: of the mistakes.
    """
    chance = generator(child_seed(seed, "one of each"))
    faults = np.full(len(boxes), FOUND)
    order = torch.randperm(len(boxes), generator=chance).numpy()
    for place, fault in zip(order, (MISSED, DOUBLE, LOOSE), strict=False):
        faults[place] = fault
    return _detections(boxes, np.zeros(len(boxes), np.int64), faults, 1, size, chance)


def example_set(n: int, seed: int) -> tuple[bytes, bytes]:
    """Return COCO's JSON of the truths and of the detections for `n` scenes."""
    truths, found, sizes = [], [], []
    for i in range(n):
        scene, scale = make_scene(i, seed, EXAMPLE_SIZE), EXAMPLE_SCALES[i % len(EXAMPLE_SCALES)]
        boxes, labels = scene.boxes.double().numpy() * scale, scene.labels.numpy()
        areas = scene.masks.sum((1, 2)).double().numpy() * scale**2
        size = (EXAMPLE_SIZE[0] * scale, EXAMPLE_SIZE[1] * scale)
        chance = generator(child_seed(seed, f"detections {i}"))
        drawn = torch.rand(len(boxes), generator=chance, dtype=torch.float64).numpy()
        truths.append(GroundTruth(boxes, labels, areas))
        found.append(_detections(boxes, labels, np.searchsorted(SHARES, drawn), len(NAMES) - 1, size, chance))
        sizes.append(size)
    return write_truths(truths, sizes, dict(enumerate(NAMES[1:], 1))), write_results(found)


def write_truths(truths: Sequence[GroundTruth], sizes: Sequence[tuple[int, int]], names: Mapping[int, str]) -> bytes:
    """Write truths as COCO's JSON: images 1 … n, with `sizes` (height, width) and the classes label → name."""
    annotations = [
        {"image_id": image, "category_id": int(label), "bbox": _xywh(box), "area": round(float(area), 2), "iscrowd": 0}
        for image, true in enumerate(truths, 1)
        for box, label, area in zip(true.boxes, true.labels, true.areas, strict=True)
    ]
    images = [
        {"id": image, "file_name": f"scene_{image:03}.png", "height": height, "width": width}
        for image, (height, width) in enumerate(sizes, 1)
    ]
    content = {
        "images": images,
        "annotations": [{"id": k, **one} for k, one in enumerate(annotations, 1)],
        "categories": [{"id": label, "name": name} for label, name in names.items()],
    }
    return json.dumps(content, indent=1).encode()


def write_results(found: Sequence[Predictions]) -> bytes:
    """Write detections as COCO's results JSON, for images 1 … n."""
    results = [
        {"image_id": image, "category_id": int(label), "bbox": _xywh(box), "score": round(float(score), 4)}
        for image, one in enumerate(found, 1)
        for box, label, score in zip(one.boxes, one.labels, one.scores, strict=True)
    ]
    return json.dumps(results, indent=1).encode()


def _detections(
    boxes: np.ndarray,
    labels: np.ndarray,
    faults: np.ndarray,
    n_classes: int,
    size: tuple[int, int],
    chance: torch.Generator,
) -> Predictions:
    """Apply a fault to each truth (N,), and add false boxes: one for one class, else by chance."""
    rows = []
    for box, label, fault in zip(boxes, labels, faults, strict=True):
        if fault != MISSED:
            rows.append(_near(box, label, SHIFT[fault], n_classes, size, chance))
        if fault == DOUBLE:
            rows.append(_near(box, label, SHIFT[LOOSE], 1, size, chance, discount=0.9))
    n_false = 1 if n_classes == 1 else int(torch.poisson(torch.tensor(N_FALSE), generator=chance))
    rows += [_nowhere(n_classes, int(labels[0]) if n_classes == 1 and len(labels) else 0, size, chance)] * n_false
    table = np.array(rows, float).reshape(-1, 6)
    return Predictions(table[:, :4], table[:, 4], table[:, 5])


def _near(
    box: np.ndarray,
    label: int,
    shift: float,
    n_classes: int,
    size: tuple[int, int],
    chance: torch.Generator,
    discount: float = 1.0,
) -> list[float]:
    noise = torch.randn(5, generator=chance, dtype=torch.float64).numpy()
    wide, high = box[2:] - box[:2]
    moved = _within(box + shift * noise[:4] * [wide, high, wide, high], size)
    quality = box_iou(moved[None], box[None])[0, 0]
    if n_classes > 1 and torch.rand((), generator=chance) < MIXED_UP:
        label = 1 + (label % n_classes)
    return [*moved, label, _score((0.25 + 0.55 * quality) * discount + 0.12 * noise[4])]


def _nowhere(n_classes: int, label: int, size: tuple[int, int], chance: torch.Generator) -> list[float]:
    u = torch.rand(6, generator=chance, dtype=torch.float64).numpy()
    sides = (0.12 + 0.2 * u[:2]) * min(size)
    corner = u[2:4] * ([size[1], size[0]] - sides)
    box = _within(np.concatenate([corner, corner + sides]), size)
    return [*box, label if n_classes == 1 else 1 + int(u[4] * n_classes), _score(0.35 + 0.5 * u[5])]


def _within(box: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Cut a box to the picture, whole tenths of a pixel, the corners in order."""
    cut = np.clip(box, 0, [size[1], size[0], size[1], size[0]]).round(1)
    low, high = np.minimum(cut[:2], cut[2:]), np.maximum(cut[:2], cut[2:])
    return np.concatenate([low, np.maximum(high, low + 1)])


def _score(value: float) -> float:
    return round(float(np.clip(value, LOW, HIGH)), 2)


def _xywh(box: np.ndarray) -> list[float]:
    return [round(float(v), 2) for v in (*box[:2], *(box[2:] - box[:2]))]
