"""Part Affinity Fields: at each place on a limb, which way it runs; and how well a field joins two parts.

    L*_c(p) = v if p lies on limb c of a person, else 0       v = (x_b − x_a) / |x_b − x_a|
    on the limb: 0 ≤ v · (p − x_a) ≤ |x_b − x_a| and |v⊥ · (p − x_a)| ≤ σ;  where people's limbs cross, the mean

    E = ∫₀¹ L_c((1 − u) x_a + u x_b) · v du                  the line integral, by 10 samples

A field tells whose an elbow is: between the shoulder and the elbow of one person it runs along the line, between those
of two people it does not.

Conventions: parts are (N, P, 3) x, y, visibility, px; fields (2 C, H / 4, W / 4), x and y of each limb in turn.

Reference: as for `parts`.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from engine.pose.backbone import STRIDE_PX, places_of
from engine.pose.heatmaps import SIGMA_PX, gaussians

LIMB_PX = 5.0  # σ, half a limb's width
N_SAMPLES = 10


def part_maps(parts: Tensor, rows: int, columns: int, sigma_px: float = SIGMA_PX) -> Tensor:
    """Return maps (P, rows, columns) of people's parts (N, P, 3): at each place the highest of their bumps."""
    if not len(parts):
        return torch.zeros(parts.shape[1], rows, columns)
    maps = gaussians(parts[..., :2], rows, columns, sigma_px) * (parts[..., 2] > 0)[..., None, None]
    return maps.amax(0)  # the mean would blunt two close peaks into one


def limb_fields(parts: Tensor, limbs: tuple[tuple[int, int], ...], rows: int, columns: int) -> Tensor:
    """Return L* (2 C, rows, columns) of people's parts (N, P, 3)."""
    ends = parts[:, torch.tensor(limbs)]  # (N, C, 2, 3)
    start, step = ends[:, :, 0, :2], ends[:, :, 1, :2] - ends[:, :, 0, :2]
    length = step.norm(dim=-1)
    v = step / length.clamp(min=1e-6)[..., None]  # (N, C, 2)
    offset = places_of(rows, columns) - start[:, :, None, None]  # (N, C, rows, columns, 2)
    along = (offset * v[:, :, None, None]).sum(-1)
    across = (offset[..., 0] * v[..., None, None, 1] - offset[..., 1] * v[..., None, None, 0]).abs()
    is_known = (ends[..., 2] > 0).all(-1) & (length > 0)
    is_on = (along >= 0) & (along <= length[..., None, None]) & (across <= LIMB_PX) & is_known[..., None, None]
    total = (is_on[..., None] * v[:, :, None, None]).sum(0)  # (C, rows, columns, 2)
    mean = total / is_on.sum(0).clamp(min=1)[..., None]
    return mean.movedim(-1, 1).flatten(0, 1)


def samples_between(starts: Tensor, ends: Tensor) -> Tensor:
    """Return (A, B, 10, 2) places px, evenly from each of `starts` (A, 2) to each of `ends` (B, 2)."""
    u = torch.linspace(0, 1, N_SAMPLES)[:, None]
    return starts[:, None, None] * (1 - u) + ends[None, :, None] * u


def along_limb(field: Tensor, starts: Tensor, ends: Tensor) -> Tensor:
    """Return (A, B, 10): L · v at the samples between each start and each end; between the cells L is bilinear.

    Args:
        field: (2, rows, columns) of one limb.
        starts: (A, 2) px. ends: (B, 2) px.
    """
    size = torch.tensor([field.shape[2], field.shape[1]]) * STRIDE_PX
    grid = samples_between(starts, ends).flatten(0, 1) * 2 / size - 1  # (A B, 10, 2) in [−1, 1]
    sampled = F.grid_sample(field[None], grid[None], padding_mode="border", align_corners=False)[0]  # (2, A B, 10)
    step = ends[None] - starts[:, None]  # (A, B, 2)
    v = step / step.norm(dim=-1, keepdim=True).clamp(min=1e-6)
    return (sampled.unflatten(1, (len(starts), len(ends))) * v.movedim(-1, 0)[..., None]).sum(0)
