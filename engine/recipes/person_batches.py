"""Batches of single people, cut out of the pool and changed: turned, moved, larger or smaller, mirrored, recoloured.

Conventions: a crop is a square around a person's box, 1.25 times its longer side and resized, as at the time of use
(`engine.pose.person_crops`); joints are (B, 17, 2) px of the crop.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.pose.person_crops import BOX_SCALE
from engine.pose.poses import COCO_17, COCO_LEFT_RIGHT
from engine.recipes.figure_pool import Pool

MIN_SEEN_SHARE = 0.12  # of the box; a person of whom less can be seen is not trained on
MIN_SEEN_JOINTS = 6
MIN_AREA = (32 * 192 / 256) ** 2  # px² of the pool; COCO marks nobody below 32² px
MIRRORED = list(range(len(COCO_17)))
for _one, _other in COCO_LEFT_RIGHT:
    MIRRORED[_one], MIRRORED[_other] = _other, _one


@dataclass(frozen=True)
class Change:
    """How much a crop is changed at most.

    Attributes:
        turn_deg: to either side.
        zoom: the side is multiplied or divided by up to this.
        shift: of the middle, as a share of the side.
    """

    turn_deg: float = 35.0
    zoom: float = 1.35
    shift: float = 0.08


@dataclass(frozen=True)
class People:
    """A batch: crops (B, 3, S, S) in [0, 1], joints (B, 17, 2) px, counts (B, 17) 1 for a joint that is in the crop."""

    crops: Tensor
    joints: Tensor
    counts: Tensor


def trainable(pool: Pool) -> Tensor:
    """Return the places in `pool` of people of whom enough can be seen."""
    sides = pool.boxes[:, 2:] - pool.boxes[:, :2]
    seen = (pool.keypoints[..., 2] == 2).sum(1)
    is_seen = (pool.areas > MIN_SEEN_SHARE * sides.prod(1)) & (seen >= MIN_SEEN_JOINTS)
    return torch.where(is_seen & (pool.areas >= MIN_AREA))[0]


def squares_of(boxes: Tensor) -> tuple[Tensor, Tensor]:
    """Return middles (N, 2) and sides (N,) of the squares to be seen."""
    return (boxes[:, :2] + boxes[:, 2:]) / 2, BOX_SCALE * (boxes[:, 2:] - boxes[:, :2]).amax(1)


def draw_people(
    pool: Pool, usable: Tensor, size: int, side_px: int, chance: torch.Generator, change: Change = Change()
) -> People:
    """Draw a changed batch of `size` people out of those at the places `usable`."""
    chosen = usable[torch.randint(len(usable), (size,), generator=chance)]
    matrix, mirrored = window(*squares_of(pool.boxes[chosen]), change, chance)
    crops = cut(pool.images[pool.picture[chosen]].float() / 255, matrix, side_px)
    joints, seen = mirrored_joints(*joints_in(pool.keypoints[chosen], matrix, side_px), mirrored)
    return People(recoloured(crops, chance), joints, seen.float())


def window(middle: Tensor, side: Tensor, change: Change, chance: torch.Generator) -> tuple[Tensor, Tensor]:
    """Change squares, given by middles (B, 2) and sides (B,), at random.

    Returns:
        (B, 2, 3), how the [−1, 1]² of a window lies in the picture, in pixels; (B,) which are mirrored.
    """
    u = torch.rand(6, len(side), generator=chance) * 2 - 1
    side = side * change.zoom ** u[0]
    middle = middle + side[:, None] * change.shift * u[1:3].T
    turn = math.radians(change.turn_deg) * u[3] * (u[4] < 0.2)
    half, mirrored = side / 2, u[5] < 0
    across = torch.stack([turn.cos(), turn.sin()], 1) * (half * (1 - 2 * mirrored.float()))[:, None]
    down = torch.stack([-turn.sin(), turn.cos()], 1) * half[:, None]
    return torch.stack([across, down, middle], 2), mirrored


def cut(images: Tensor, matrix: Tensor, side_px: int) -> Tensor:
    """Return crops (B, 3, S, S) of images (B, 3, H, W); `matrix` (B, 2, 3) leads from [−1, 1]² to pixels."""
    height, width = images.shape[2:]
    scale, shift = torch.tensor([2 / width, 2 / height]), torch.tensor([0.0, 0.0, 1.0])
    theta = matrix * scale[:, None] - shift  # to the picture's own [−1, 1]²
    grid = F.affine_grid(theta, (len(images), 3, side_px, side_px), align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


def joints_in(keypoints: Tensor, matrix: Tensor, side_px: int) -> tuple[Tensor, Tensor]:
    """Return the keypoints (B, K, 3) of the picture as places (B, K, 2) of the crop, and which (B, K) are in it."""
    own = torch.linalg.solve(matrix[:, :, :2], (keypoints[..., :2] - matrix[:, None, :, 2]).mT).mT  # in [−1, 1]²
    return (own + 1) * side_px / 2, (keypoints[..., 2] > 0) & (own.abs() < 1).all(2)


def mirrored_joints(joints: Tensor, seen: Tensor, mirrored: Tensor) -> tuple[Tensor, Tensor]:
    """Return joints (B, K, 2) and seen (B, K) with left and right exchanged where `mirrored` (B,)."""
    joints = torch.where(mirrored[:, None, None], joints[:, MIRRORED], joints)
    return joints, torch.where(mirrored[:, None], seen[:, MIRRORED], seen)


def recoloured(images: Tensor, chance: torch.Generator) -> Tensor:
    """Return images with other light, contrast, colours, sharpness and noise."""
    size = len(images)
    u = torch.rand(5, size, 1, 1, 1, generator=chance)
    channel = 0.87 + 0.26 * torch.rand(size, 3, 1, 1, generator=chance)
    grey = images.mean(1, keepdim=True)
    saturation = torch.where(u[0] < 0.12, 0.0, 0.4 + 1.1 * u[1])
    images = (grey + (images - grey) * saturation) * channel
    images = (images - 0.5) * (0.7 + 0.55 * u[2]) + 0.5 + 0.24 * (u[3] - 0.5)
    soft = torch.where(torch.rand(size, 1, 1, 1, generator=chance) < 0.25, F.avg_pool2d(images, 3, 1, 1), images)
    noise = torch.randn(images.shape, generator=chance) * 0.06 * u[4] ** 2
    return (soft + noise).clamp(0, 1).contiguous(memory_format=torch.channels_last)
