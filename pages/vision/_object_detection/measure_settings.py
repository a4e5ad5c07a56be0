"""What the part "Measures" is set to. Importing this brings no torch."""

from __future__ import annotations

from dataclasses import dataclass

from engine.datasets.annotations import FORMS
from engine.metrics.box_matching import RULES
from engine.settings import check, choice, integer, real

MEASURES = {"overlap": "Two boxes: IoU", "precision": "One picture: precision", "dataset": "A whole set: mAP"}
GROUNDS = {"plain": "Plain", "scene": "Scene"}


@dataclass(frozen=True)
class Measures:
    """Settings of the three measures; the field names are parameters of the link."""

    measure: str = choice("overlap", MEASURES, label="measure")
    ground: str = choice("plain", GROUNDS, label="ground", help="What the boxes are drawn on.")
    case: int = integer(4, 0, 499, label="case", help="Another scene, and other mistakes of an imagined detector.")
    match_iou: float = real(
        0.5, 0.05, 0.95, label="IoU threshold t", step=0.05, help="A detection must overlap a truth by so much."
    )
    rule: str = choice(
        "coco",
        RULES,
        label="matching rule",
        help="COCO: the best truth that is still free. PASCAL VOC: the best truth, and wrong if it is taken.",
    )
    cut: float = real(
        0.6, 0.0, 1.0, label="score threshold", step=0.01, help="Keep the detections of this score or more."
    )
    text_form: str = choice(
        "xywh", FORMS, label="four numbers in a line of text", help="How text files write a box. JSON and XML say it."
    )

    def __post_init__(self) -> None:
        check(self)
