"""Found people as if by a pose estimator: made from the true ones by the mistakes that estimators make.

    found      every joint i moved by normal noise of κ · kᵢ · s in x and in y, so that OKS is about 1 / (1 + κ²);
               κ differs from person to person
    loose      the same with a larger κ
    mirrored   found, but left and right are exchanged: the estimator took the back for the front
    double     found twice, the second time loosely and with a lower score
    missed     not found
    false      a person where there is none: a pose of the picture, moved elsewhere

Conventions: as in `engine.metrics.pose`; COCO's 17 keypoints; scores in [0.05, 0.99], the better the pose the higher,
though not strictly so.

Reference: cocodataset.org, "Data format" and "Results format", for the two files. M. R. Ronchi and P. Perona,
"Benchmarking and Error Diagnosis in Multi-Instance Pose Estimation", ICCV 2017, for the kinds of mistakes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import torch

from engine.datasets.figures import KEYPOINT_NAMES, FigurePicture, make_figure
from engine.metrics.pose import COCO_SIGMAS, KeypointPredictions, KeypointTruth, oks_terms
from engine.runtime.seeds import child_seed, generator

FOUND, LOOSE, MIRRORED, DOUBLE, MISSED = range(5)
SHARES = (0.6, 0.72, 0.8, 0.9)  # of the kinds before the missed, added up
NOISE = {FOUND: 0.42, LOOSE: 0.95, MIRRORED: 0.3, DOUBLE: 0.42}  # κ
N_FALSE = 0.35  # false people for each picture, in the mean
LOW, HIGH = 0.05, 0.99
PAIRS = tuple(
    (k, KEYPOINT_NAMES.index(n.replace("left", "right"))) for k, n in enumerate(KEYPOINT_NAMES) if "left" in n
)
MIXED_UP = ("left_wrist", "left_wrist", "left_ankle", "left_elbow", "left_knee")  # with the right; wrists most often
EXAMPLE_SIZE = (96, 128)
EXAMPLE_SCALES = (2, 4)  # pictures of two sizes, so that there are medium and large people
_K = 2 * np.array(COCO_SIGMAS)


def one_mistake(true: np.ndarray, area: float, seed: int) -> np.ndarray:
    """Return found keypoints (17, 2): near everywhere, with the left and right of one pair of limbs exchanged.

    Args:
        true: (17, 3).
        area: px² of the person.
        seed: of the noise, and of which pair it is among those that lie apart.
    """
    chance = generator(child_seed(seed, "one mistake"))
    found = _moved(true, area, 0.35, chance)
    pairs = [next(pair for pair in PAIRS if KEYPOINT_NAMES[pair[0]] == name) for name in MIXED_UP]
    apart = np.array([np.hypot(*(true[left, :2] - true[right, :2])) for left, right in pairs])
    usable = np.flatnonzero(apart >= min(np.sqrt(area) / 3, apart.max()))
    left, right = pairs[usable[int(torch.randint(len(usable), (), generator=chance))]]
    found[[left, right]] = found[[right, left]]
    return found


def one_of_each(true: KeypointTruth, size: tuple[int, int], seed: int) -> KeypointPredictions:
    """Return found people: one truth missed, one found twice, one mirrored, one loose as far as they go; one false."""
    chance = generator(child_seed(seed, "one of each"))
    faults = np.full(len(true.keypoints), FOUND)
    order = torch.randperm(len(faults), generator=chance).numpy()
    for place, fault in zip(order, (DOUBLE, LOOSE, MISSED, MIRRORED), strict=False):
        faults[place] = fault
    return _found(true, faults, 1, size, chance)


def example_set(n: int, seed: int) -> tuple[bytes, bytes]:
    """Return COCO's JSON of the true people and of the found ones in `n` pictures of the figures world."""
    truths, found, sizes = [], [], []
    for i in range(n):
        scale = EXAMPLE_SCALES[i % len(EXAMPLE_SCALES)]
        size = (EXAMPLE_SIZE[0] * scale, EXAMPLE_SIZE[1] * scale)
        true = truth_of(make_figure(i, seed, EXAMPLE_SIZE), scale)
        chance = generator(child_seed(seed, f"found people {i}"))
        drawn = torch.rand(len(true.keypoints), generator=chance, dtype=torch.float64).numpy()
        n_false = int(torch.poisson(torch.tensor(N_FALSE), generator=chance))
        truths.append(true)
        found.append(_found(true, np.searchsorted(SHARES, drawn), n_false, size, chance))
        sizes.append(size)
    return write_truths(truths, sizes), write_results(found)


def truth_of(picture: FigurePicture, scale: int = 1) -> KeypointTruth:
    """Return the people of a drawn picture, `scale` times as large, in whole tenths of a pixel."""
    keypoints = picture.keypoints.double().numpy() * [scale, scale, 1]
    areas = picture.masks.sum((1, 2)).double().numpy() * scale**2
    return KeypointTruth(keypoints.round(1), picture.boxes.double().numpy() * scale, areas)


def write_truths(truths: Sequence[KeypointTruth], sizes: Sequence[tuple[int, int]]) -> bytes:
    """Write true people as COCO's JSON: images 1 … n of `sizes` (height, width), people as category 1."""
    annotations = [
        {
            "image_id": image,
            "category_id": 1,
            "keypoints": _numbers(keypoints),
            "num_keypoints": int((keypoints[:, 2] > 0).sum()),
            "bbox": _numbers(np.concatenate([box[:2], box[2:] - box[:2]])),
            "area": round(float(area), 2),
            "iscrowd": 0,
        }
        for image, true in enumerate(truths, 1)
        for keypoints, box, area in zip(true.keypoints, true.boxes, true.areas, strict=True)
    ]
    images = [
        {"id": image, "file_name": f"figures_{image:03}.png", "height": height, "width": width}
        for image, (height, width) in enumerate(sizes, 1)
    ]
    content = {
        "images": images,
        "annotations": [{"id": k, **one} for k, one in enumerate(annotations, 1)],
        "categories": [{"id": 1, "name": "person", "keypoints": list(KEYPOINT_NAMES)}],
    }
    return json.dumps(content, indent=1).encode()


def write_results(found: Sequence[KeypointPredictions]) -> bytes:
    """Write found people as COCO's results JSON, for images 1 … n."""
    results = [
        {
            "image_id": image,
            "category_id": 1,
            "keypoints": _numbers(np.column_stack([keypoints, np.ones(len(keypoints))])),
            "score": round(float(score), 4),
        }
        for image, one in enumerate(found, 1)
        for keypoints, score in zip(one.keypoints, one.scores, strict=True)
    ]
    return json.dumps(results, indent=1).encode()


def _found(
    true: KeypointTruth, faults: np.ndarray, n_false: int, size: tuple[int, int], chance: torch.Generator
) -> KeypointPredictions:
    """Apply a fault to each of the true people (N,), and add false ones."""
    keypoints, scores = [], []

    def add(person: int, noise: float, discount: float = 1.0, mirrored: bool = False) -> None:
        own, area = true.keypoints[person], true.areas[person]
        spread = 0.4 + 1.2 * float(torch.rand((), generator=chance))  # some people are easier than others
        one = _moved(own, area, noise * spread, chance)
        if mirrored:
            for left, right in PAIRS:
                one[[left, right]] = one[[right, left]]
        quality = float(oks_terms(one[None], own, true.boxes[person], area).mean())
        keypoints.append(one)
        scores.append(_score((0.25 + 0.6 * quality) * discount + 0.1 * _normal(chance)))

    for person, fault in enumerate(faults):
        if fault != MISSED:
            add(person, NOISE[fault], mirrored=fault == MIRRORED)
        if fault == DOUBLE:
            add(person, NOISE[LOOSE], 0.85)
    for _ in range(n_false if len(faults) else 0):
        keypoints.append(_elsewhere(true, size, chance))
        scores.append(_score(0.3 + 0.4 * float(torch.rand((), generator=chance))))
    table = np.array(keypoints, float).reshape(-1, len(KEYPOINT_NAMES), 2)
    return KeypointPredictions(table.round(1), np.array(scores, float))


def _moved(true: np.ndarray, area: float, noise: float, chance: torch.Generator) -> np.ndarray:
    """Return (17, 2) keypoints with noise; one that is not in the picture is put beside the person's middle."""
    marked = true[:, 2] > 0
    middle = true[marked, :2].mean(0) if marked.any() else np.zeros(2)
    places = np.where(marked[:, None], true[:, :2], middle)
    drawn = torch.randn(true.shape[0], 2, generator=chance, dtype=torch.float64).numpy()
    return places + noise * np.sqrt(area) * _K[:, None] * drawn


def _elsewhere(true: KeypointTruth, size: tuple[int, int], chance: torch.Generator) -> np.ndarray:
    """Return a pose of the picture, half as large to as large, with its middle anywhere."""
    u = torch.rand(4, generator=chance, dtype=torch.float64).numpy()
    person = int(u[0] * len(true.keypoints))
    places = _moved(true.keypoints[person], true.areas[person], NOISE[LOOSE], chance)
    return (places - places.mean(0)) * (0.5 + 0.5 * u[1]) + (0.2 + 0.6 * u[2:]) * [size[1], size[0]]


def _normal(chance: torch.Generator) -> float:
    return float(torch.randn((), generator=chance, dtype=torch.float64))


def _score(value: float) -> float:
    return round(float(np.clip(value, LOW, HIGH)), 2)


def _numbers(values: np.ndarray) -> list[float]:
    return [int(v) if v == int(v) else v for v in np.round(values, 2).ravel().tolist()]
