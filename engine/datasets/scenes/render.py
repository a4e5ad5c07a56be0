"""From a layout to pixels and labels: light, shadow, texture, masks, boxes.

Conventions: images are RGB in [0, 1]; a mask holds the visible pixels; a box is the extent of its mask, xyxy in pixels,
with the right and lower edge outside (a mask of one pixel at x = 3 has the box 3 … 4).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch

from engine.datasets.scenes.layout import Item, Layout, visible_fractions

_SHIFT = 4  # binary places of cv2's coordinates
_FACTOR = 2  # outlines are drawn this much finer than the picture


@dataclass(frozen=True)
class Scene:
    """One labelled picture.

    Attributes:
        image: (3, H, W) float32 in [0, 1].
        boxes: (N, 4) float32, xyxy in pixels, of what can be seen.
        labels: (N,) int64, 1 … 8; 0 is the background.
        masks: (N, H, W) bool, the pixels that can be seen.
        visible: (N,) float32, the part of each object's area that can be seen.
        keypoints: (N, 4, 3) float32, x, y in pixels and visibility (2 seen, 1 hidden, 0 none); only a fish has them.
    """

    image: torch.Tensor
    boxes: torch.Tensor
    labels: torch.Tensor
    masks: torch.Tensor
    visible: torch.Tensor
    keypoints: torch.Tensor


def render(layout: Layout, height: int, width: int) -> Scene:
    """Draw a layout; an object of which no pixel can be seen is left out."""
    pixels = min(height, width)
    canvas = _ground(layout, height, width, pixels)
    silhouettes = [_draw_item(canvas, item, layout.light, pixels) for item in layout.items]
    image = torch.from_numpy(np.clip(canvas * np.float32(1 / 255), 0, 1).transpose(2, 0, 1).copy())
    masks = _visible_masks(silhouettes, height, width)
    seen = [i for i in range(len(masks)) if masks[i].any()]
    masks = masks[seen]
    items = [layout.items[i] for i in seen]
    return Scene(
        image=image,
        boxes=torch.from_numpy(np.array([_extent(mask) for mask in masks], np.float32).reshape(-1, 4)),
        labels=torch.tensor([item.label for item in items], dtype=torch.int64),
        masks=torch.from_numpy(masks),
        visible=torch.from_numpy(visible_fractions(layout.items, layout.aspect)[seen].astype(np.float32)),
        keypoints=_keypoints(items, masks, pixels),
    )


def _ground(layout: Layout, height: int, width: int, pixels: int) -> np.ndarray:
    x = (np.arange(width, dtype=np.float32) + 0.5) / pixels
    y = (np.arange(height, dtype=np.float32) + 0.5) / pixels
    u, v = np.meshgrid(x, y)
    colour = layout.ground.paint(u, v, 1 / pixels)
    toward = np.float32(np.cos(layout.light)) * (u - x.mean()) + np.float32(np.sin(layout.light)) * (v - y.mean())
    return np.ascontiguousarray(colour * (1 + np.float32(0.28) * toward)[..., None], np.float32)


def _draw_item(canvas: np.ndarray, item: Item, light: float, pixels: int) -> np.ndarray:
    """Draw an object and its shadow onto `canvas`; return its coverage (H, W) float32 in [0, 1]."""
    parts = [(part.paint, [item.place(c) * pixels for c in part.contours]) for part in item.shape.parts]
    side = item.side * pixels
    points = np.concatenate([c for _, contours in parts for c in contours])
    low = np.maximum(np.floor(points.min(0) - 0.12 * side).astype(int), 0)
    high = np.minimum(np.ceil(points.max(0) + 0.12 * side).astype(int), canvas.shape[1::-1])
    silhouette = np.zeros(canvas.shape[:2], np.float32)
    if (high <= low).any():
        return silhouette
    window = (slice(low[1], high[1]), slice(low[0], high[0]))
    colour, alpha = _paint(parts, item, low, high - low, pixels)
    silhouette[window] = alpha
    soft = cv2.GaussianBlur(alpha, (0, 0), 0.045 * side)
    away = np.array([-np.cos(light), -np.sin(light)]) * side
    shadow = _shifted(soft, 0.05 * away)
    emboss = _shifted(soft, 0.03 * away) - _shifted(soft, -0.03 * away)  # negative on the lit rim
    shade = (1.0 - 0.55 * emboss) * (0.78 + 0.24 * soft)
    target = canvas[window]
    target *= (1 - 0.5 * shadow)[..., None]
    target += (np.minimum(colour * shade[..., None], 255) - target) * alpha[..., None]
    return silhouette


def _paint(
    parts: list[tuple[str, list[np.ndarray]]], item: Item, low: np.ndarray, size: np.ndarray, pixels: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the object's colours (h, w, 3) without light and its coverage (h, w) in [0, 1] in the window at `low`."""
    fine = tuple((size * _FACTOR).tolist())
    surface = cv2.resize(_surface(item, low, size, pixels), fine, interpolation=cv2.INTER_LINEAR)
    colour = np.empty((fine[1], fine[0], 3), np.uint8)
    colour[:] = item.base.first
    alpha = np.zeros((fine[1], fine[0]), np.uint8)
    plain = {"accent": item.accent, "light": 0.75 * 255 + 0.22 * item.base.first, "dark": 30 + 0.18 * item.accent}
    line = max(1, round(0.014 * item.side * pixels * _FACTOR))
    for paint, contours in parts:
        fixed = [np.round((c - low) * (_FACTOR * 2**_SHIFT)).astype(np.int32) for c in contours]
        cv2.fillPoly(alpha, fixed, 255, cv2.LINE_AA, _SHIFT)
        if paint == "base":
            own = np.zeros((fine[1], fine[0]), np.uint8)
            cv2.fillPoly(own, fixed, 255, cv2.LINE_8, _SHIFT)
            cv2.copyTo(surface, own, colour)
        else:
            cv2.fillPoly(colour, fixed, plain[paint].tolist(), cv2.LINE_AA, _SHIFT)
        edge = 0.55 * plain.get(paint, item.base.first)
        cv2.polylines(colour, fixed, True, edge.tolist(), line, cv2.LINE_AA, _SHIFT)
    size = tuple(size.tolist())
    alpha = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA) * np.float32(1 / 255)
    return cv2.resize(colour, size, interpolation=cv2.INTER_AREA).astype(np.float32), alpha


def _surface(item: Item, low: np.ndarray, size: np.ndarray, pixels: int) -> np.ndarray:
    """Return the base texture (h, w, 3) uint8, fixed to the object: it turns and shrinks with it."""
    x = ((low[0] + np.arange(size[0]) + 0.5) / pixels - item.centre[0]).astype(np.float32)
    y = ((low[1] + np.arange(size[1]) + 0.5) / pixels - item.centre[1]).astype(np.float32)
    cos, sin = np.float32(np.cos(item.angle) / item.side), np.float32(np.sin(item.angle) / item.side)
    u = (cos * x + (sin * y)[:, None]) * np.float32(item.flip)
    v = (cos * y)[:, None] - sin * x
    return np.ascontiguousarray(item.base.paint(u, v, 1 / (pixels * item.side))).astype(np.uint8)


def _shifted(values: np.ndarray, by: np.ndarray) -> np.ndarray:
    move = np.float32([[1, 0, by[0]], [0, 1, by[1]]])
    return cv2.warpAffine(values, move, values.shape[1::-1], flags=cv2.INTER_LINEAR)


def _visible_masks(silhouettes: list[np.ndarray], height: int, width: int) -> np.ndarray:
    """Return (N, H, W) bool: pixels of which more than half shows the object, so that no two masks share one."""
    masks = np.zeros((len(silhouettes), height, width), bool)
    uncovered = np.ones((height, width), np.float32)
    for i in reversed(range(len(silhouettes))):
        masks[i] = silhouettes[i] * uncovered > 0.5
        uncovered *= 1 - silhouettes[i]
    return masks


def _extent(mask: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


def _keypoints(items: list[Item], masks: np.ndarray, pixels: int) -> torch.Tensor:
    keypoints = np.zeros((len(items), 4, 3), np.float32)
    for i, item in enumerate(items):
        if item.shape.keypoints is None:
            continue
        keypoints[i, :, :2] = item.place(item.shape.keypoints) * pixels
        # A point on the tip of an outline may fall between pixels, so its neighbours count too.
        near = cv2.dilate(masks[i].astype(np.uint8), np.ones((3, 3), np.uint8))
        for point in keypoints[i]:
            x, y = int(np.floor(point[0])), int(np.floor(point[1]))
            inside = 0 <= x < near.shape[1] and 0 <= y < near.shape[0]
            point[2] = 2 if inside and near[y, x] else 1
    return torch.from_numpy(keypoints)
