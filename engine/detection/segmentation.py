"""Cut a picture into regions of like colour: a graph of pixels whose edges join them, the slightest difference first.

Every pixel is a region at first. The edges between pixels that share a side come by growing difference of colour w, and
join the regions A and B at their ends where

    w ≤ min(Int(A) + k / |A|, Int(B) + k / |B|)          Int = the largest w that joined the region, |·| its area

A small region joins easily; a large one only at an edge that is no greater a step than those within.

Conventions: pictures (H, W, 3) float32 in [0, 255], areas in px².

Reference: P. Felzenszwalb, D. Huttenlocher, "Efficient graph-based image segmentation", IJCV 2004.
"""

from __future__ import annotations

import cv2
import numpy as np


def segment(pixels: np.ndarray, scale: float, smallest: int, smoothing: float) -> np.ndarray:
    """Return the region (H, W) int64, 0 … R − 1, of every pixel of a picture (H, W, 3) float32 in [0, 255].

    Regions below `smallest` px² are joined to a neighbour afterwards.
    """
    height, width = pixels.shape[:2]
    a, b, weights = _edges(cv2.GaussianBlur(pixels, (0, 0), smoothing))
    parent, size = list(range(height * width)), [1] * (height * width)
    _join_alike(a.tolist(), b.tolist(), weights.tolist(), scale, parent, size)
    apart = np.flatnonzero(_roots(parent)[a] != _roots(parent)[b])
    _join_small(a[apart].tolist(), b[apart].tolist(), smallest, parent, size)
    return np.unique(_roots(parent), return_inverse=True)[1].reshape(height, width).astype(np.int64)


def _join_alike(
    a: list[int], b: list[int], weights: list[float], scale: float, parent: list[int], size: list[int]
) -> None:
    """Take the edges by growing weight and join what they connect, where that is no greater step than those inside.

    A set is known by the pixel that is its own parent. Written without calls, for it runs 32,000 times for a picture.
    """
    limit = [scale] * len(parent)
    for one, other, weight in zip(a, b, weights, strict=True):
        while parent[one] != one:
            parent[one] = one = parent[parent[one]]  # halves the path for the next time
        while parent[other] != other:
            parent[other] = other = parent[parent[other]]
        if one != other and weight <= limit[one] and weight <= limit[other]:
            if size[one] < size[other]:
                one, other = other, one
            parent[other] = one
            size[one] += size[other]
            limit[one] = weight + scale / size[one]


def _join_small(a: list[int], b: list[int], smallest: int, parent: list[int], size: list[int]) -> None:
    for one, other in zip(a, b, strict=True):
        while parent[one] != one:
            one = parent[one]
        while parent[other] != other:
            other = parent[other]
        if one != other and min(size[one], size[other]) < smallest:
            parent[other] = one
            size[one] += size[other]


def _roots(parent: list[int]) -> np.ndarray:
    """Return the set of every pixel."""
    roots = np.array(parent)
    while (roots[roots] != roots).any():
        roots = roots[roots]
    return roots


def _edges(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return both ends and the difference of colour of all pairs of pixels that share a side, by growing difference."""
    index = np.arange(pixels.shape[0] * pixels.shape[1]).reshape(pixels.shape[:2])
    pairs = [((slice(None), slice(None, -1)), (slice(None), slice(1, None))), ((slice(None, -1),), (slice(1, None),))]
    a = np.concatenate([index[one].ravel() for one, _ in pairs])
    b = np.concatenate([index[other].ravel() for _, other in pairs])
    flat = pixels.reshape(-1, 3)
    weights = np.sqrt(np.square(flat[a] - flat[b]).sum(1))
    order = np.argsort(weights, kind="stable")
    return a[order], b[order], weights[order]
