"""Detections as layers for `live`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pages._ui.live import layer

if TYPE_CHECKING:
    from engine.detection.detections import Detections

N_COLORS = 5  # classes before a colour comes again


def role_of(label: int) -> str:
    """Return the colour role of a class; the background's is grey."""
    return f"class {(label - 1) % N_COLORS}" if label else "class 7"


def box_layer(found: Detections, scores: bool = True) -> dict:
    """Draw detections with their names, and their scores where there is room."""
    x0, y0, x1, y1 = found.boxes.numpy().T
    rows = zip(found.labels.tolist(), found.scores.tolist(), strict=True)
    full = [f"{found.names[label]} {100 * score:.0f} %" for label, score in rows]
    names = full if scores else [found.names[label] for label in found.labels.tolist()]
    roles = [role_of(label) for label in found.labels.tolist()]
    return layer("boxes", x0=x0, y0=y0, x1=x1, y1=y1, text=names, tips=full, roles=roles, width=2.5)


def mask_layer(found: Detections) -> dict:
    """Draw the masks in the colours of their classes, the best on top."""
    n, height, width = found.masks.shape
    labels = np.zeros((height, width), np.uint8)
    for k in reversed(range(n)):
        labels[found.masks[k].numpy()] = 1 + (found.labels[k].item() - 1) % N_COLORS
    roles = ["", *(f"class {k}" for k in range(N_COLORS))]
    return layer("mask", labels=labels, roles=roles, alpha=0.45, extent=[0, width, 0, height])
