"""How IoU, GIoU and DIoU fall while one box moves away from another.

    B(ρ) = B moved along the line from A's centre through its own, until the centres are ρ apart

Conventions: boxes are x1, y1, x2, y2 in pixels, y down. Where the centres are in one place, B moves to the right.

Reference: as `engine.detection.boxes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from engine.detection import boxes as measures


@dataclass(frozen=True, eq=False)
class OverlapCurve:
    """The measures over the distance of the centres.

    Attributes:
        distance: (F,) in px.
        iou, giou, diou: (F,).
        apart: the distance in px from which on the boxes do not meet.
    """

    distance: np.ndarray
    iou: np.ndarray
    giou: np.ndarray
    diou: np.ndarray
    apart: float


def overlap_curve(box_a: Sequence[float], box_b: Sequence[float], distance: Sequence[float]) -> OverlapCurve:
    """Move B along its line and measure at each distance; raises as `engine.detection.boxes.check_boxes`.

    Args:
        box_a, box_b: (4,).
        distance: (F,) in px.
    """
    a, b = (torch.as_tensor(np.asarray(box), dtype=torch.float64).reshape(1, -1) for box in (box_a, box_b))
    along = torch.as_tensor(np.asarray(distance), dtype=torch.float64)
    size = [measures.check_boxes(box)[0, 2:] - box[0, :2] for box in (a, b)]
    centre_a, centre_b = a[0, :2] + size[0] / 2, b[0, :2] + size[1] / 2
    apart = centre_b - centre_a
    direction = apart / apart.norm() if apart.norm() > 0 else torch.tensor([1.0, 0.0], dtype=torch.float64)
    centres = centre_a + along[:, None] * direction  # (F, 2)
    moved = torch.cat([centres - size[1] / 2, centres + size[1] / 2], 1)
    found = (measure(a, moved)[0].numpy() for measure in (measures.iou, measures.giou, measures.diou))
    reach = ((size[0] + size[1]) / 2 / direction.abs()).min().item()  # they part on x or on y, whichever comes first
    return OverlapCurve(along.numpy(), *found, apart=reach)
