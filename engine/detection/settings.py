"""What the detection page asks of a model: its confidence and the suppression's IoU. Importing this brings no torch."""

from __future__ import annotations

from dataclasses import dataclass

from engine.settings import check, choice, real


@dataclass(frozen=True)
class Thresholds:
    """Which raw boxes become detections."""

    confidence: float = real(
        0.5, 0.05, 0.95, label="confidence", step=0.05, help="A box with a lower score is not shown."
    )
    iou: float = real(
        0.5,
        0.1,
        0.9,
        label="IoU threshold",
        step=0.05,
        help="Of two boxes of one class that overlap by more than this, only the better one stays.",
    )

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Soft:
    """How soft-NMS lowers the scores of boxes that overlap a winner."""

    method: str = choice("gaussian", {"linear": "linear", "gaussian": "Gaussian"}, label="soft-NMS")
    sigma: float = real(0.5, 0.05, 2.0, label="softness σ", step=0.05, help="Smaller lowers overlapping boxes more.")
    soft_iou: float = real(
        0.3,
        0.0,
        1.0,
        label="soft IoU threshold",
        step=0.05,
        help="From this overlap on, a score is lowered by 1 − IoU.",
    )

    def __post_init__(self) -> None:
        check(self)
