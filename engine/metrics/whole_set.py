"""A whole data set measured as one job: COCO's table, then PASCAL VOC's AP at three IoU thresholds.

Conventions: see `engine.metrics.image_boxes`, `coco` and `detection`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.metrics.coco import CocoTable, coco_steps
from engine.metrics.detection import Evaluation, voc_ap
from engine.metrics.image_boxes import GroundTruth, Predictions

VOC_THRESHOLDS = (0.3, 0.5, 0.75)


@dataclass(frozen=True, eq=False)
class SetProgress:
    """How far the job is, and what it has.

    Attributes:
        step, total_steps: groups of one class in one image, and one more for each of VOC's thresholds.
        table: COCO's, as soon as it is there.
        voc: IoU threshold → every class's curve by VOC's rule, AP by every point.
    """

    step: int
    total_steps: int
    table: CocoTable | None = None
    voc: Mapping[float, Evaluation] = field(default_factory=dict)


def measure_set(
    truths: Sequence[GroundTruth], detections: Sequence[Predictions], inclusive: bool
) -> Iterator[SetProgress]:
    """Measure in short steps; the last snapshot has everything.

    Args:
        truths, detections: one of each per image.
        inclusive: whether VOC's boxes include their last pixel; COCO's never do.

    Raises:
        ShapeError: not one of each per image.
    """
    so_far = None
    for done in coco_steps(truths, detections):
        so_far = SetProgress(done.step, done.total_steps + len(VOC_THRESHOLDS), done.table)
        yield so_far
    for threshold in VOC_THRESHOLDS:
        evaluation = voc_ap(truths, detections, threshold, inclusive=inclusive)
        so_far = replace(so_far, step=so_far.step + 1, voc={**so_far.voc, threshold: evaluation})
        yield so_far
