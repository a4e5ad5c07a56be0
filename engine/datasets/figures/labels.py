"""Labels of a drawn picture: masks, boxes, keypoints and who can be seen.

Conventions: a mask holds the visible pixels of a person (not of what they carry); a box is the extent of its mask,
xyxy in pixels, with the right and lower edge outside. Keypoints are in COCO's order and left is the person's left. A
keypoint is visible (2) if nothing lies before it but the flesh and cloth around it, else hidden (1); outside the
picture it is 0, 0, 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from engine.datasets.figures.layout import Layout, Person
from engine.datasets.figures.points import KEYPOINT_NAMES, POINT_NAMES, head_size, points, reach


@dataclass(frozen=True)
class FigurePicture:
    """One labelled picture with N people; a person of whom no pixel can be seen is left out.

    Attributes:
        image: (3, H, W) float32 in [0, 1].
        boxes: (N, 4) float32, xyxy in pixels, of what can be seen.
        keypoints: (N, 17, 3) float32, x, y in pixels and visibility (2 visible, 1 hidden, 0 not in the picture).
        extras: (N, 4, 3) float32, head_top, upper_neck, thorax and pelvis, as in MPII, in the form of `keypoints`.
        head_sizes: (N,) float32, pixels, 0.6 times the diagonal of the head's box, as PCKh counts.
        masks: (N, H, W) bool, the pixels that can be seen.
        actions: N names out of `ACTIONS`.
        points_3d: (N, 21, 3) float32, metres from the pelvis, x right, y down, z away; keypoints, then extras.
        angles: (N, 17, 3) float32, degrees, the pose by `skeleton.JOINTS`.
        ids: (N,) int64, which person of the layout this is; the same in all frames of a clip.
    """

    image: torch.Tensor
    boxes: torch.Tensor
    keypoints: torch.Tensor
    extras: torch.Tensor
    head_sizes: torch.Tensor
    masks: torch.Tensor
    actions: tuple[str, ...]
    points_3d: torch.Tensor
    angles: torch.Tensor
    ids: torch.Tensor


@dataclass(frozen=True)
class Drawn:
    """One person's share of the picture: coverage by body and by all (H, W) in [0, 1], and depth in a fine window."""

    body: np.ndarray
    whole: np.ndarray
    depth: np.ndarray
    low: tuple[int, int]
    fine: int


def label(image: torch.Tensor, layout: Layout, drawn: list[Drawn], cover: np.ndarray) -> FigurePicture:
    """Return the picture with what it shows; `cover` (H, W) in [0, 1] is what lies before all people."""
    unit, masks = min(cover.shape), _visible_masks(drawn, cover)
    seen = [i for i in range(len(masks)) if masks[i].any()]
    people = [layout.people[i] for i in seen]
    rows = [_keypoints(person, drawn[i], masks[i], unit) for i, person in zip(seen, people, strict=True)]
    n, k = len(KEYPOINT_NAMES), len(POINT_NAMES)
    table = np.array([row for row, _ in rows], np.float32).reshape(-1, k, 3)
    return FigurePicture(
        image=image,
        boxes=torch.from_numpy(np.array([_extent(masks[i]) for i in seen], np.float32).reshape(-1, 4)),
        keypoints=torch.from_numpy(table[:, :n].copy()),
        extras=torch.from_numpy(table[:, n:].copy()),
        head_sizes=torch.tensor(
            [head_size(p.physique, p.posture, p.look, p.camera) * unit for p in people], dtype=torch.float32
        ),
        masks=torch.from_numpy(masks[seen]),
        actions=tuple(person.action for person in people),
        points_3d=torch.from_numpy(np.array([space for _, space in rows], np.float32).reshape(-1, k, 3)),
        angles=torch.from_numpy(np.array([person.posture.angles for person in people], np.float32).reshape(-1, 17, 3)),
        ids=torch.tensor([person.id for person in people], dtype=torch.int64),
    )


def _visible_masks(drawn: list[Drawn], cover: np.ndarray) -> np.ndarray:
    """Return (N, H, W) bool: pixels of which more than half shows the person, so that no two masks share one."""
    masks = np.zeros((len(drawn), *cover.shape), bool)
    uncovered = 1 - cover
    for i in reversed(range(len(drawn))):
        masks[i] = drawn[i].body * uncovered > 0.5
        uncovered = uncovered * (1 - drawn[i].whole)
    return masks


def _extent(mask: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


def _keypoints(person: Person, drawn: Drawn, mask: np.ndarray, unit: int) -> tuple[np.ndarray, np.ndarray]:
    """Return keypoints and extras (21, 3), and the same in space (21, 3), from the pelvis."""
    turned = person.camera.turned(points(person.physique, person.posture, person.look))
    flat = person.camera.project(turned) * unit
    rows = np.zeros((len(flat), 3))
    height, width = mask.shape
    inside = (flat[:, 0] >= 0) & (flat[:, 0] < width) & (flat[:, 1] >= 0) & (flat[:, 1] < height)
    rows[inside, :2] = flat[inside]
    depth = np.pad(drawn.depth, 1, constant_values=np.nan)
    depth[np.isinf(depth)] = np.nan
    near_mask = np.pad(mask, 1)
    before = reach(person.physique, person.look)
    for i in np.flatnonzero(inside).tolist():
        x, y = int(flat[i, 0]), int(flat[i, 1])
        rows[i, 2] = 1
        if not near_mask[y : y + 3, x : x + 3].any():
            continue
        column, row = int(flat[i, 0] * drawn.fine) - drawn.low[0], int(flat[i, 1] * drawn.fine) - drawn.low[1]
        surface = depth[max(row, 0) : row + 3, max(column, 0) : column + 3]
        surface = surface[surface == surface]
        if len(surface) and np.sort(surface)[len(surface) // 2] <= turned[i, 2] + before[i]:
            rows[i, 2] = 2
    space = (turned - turned[POINT_NAMES.index("pelvis")]) * np.array([1, -1, -1])
    return rows, space
