"""The picture that the pose page looks at: drawn people, the visitor's own, or a frozen frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.datasets.figures import make_figure
from engine.pose.poses import COCO_17, COCO_SKELETON, Poses
from pages._ui.pictures import Picture, in_8_bits
from pages._ui.session import remember
from pages._ui.sources import Sources
from pages.vision._pose_estimation.view import View

if TYPE_CHECKING:
    from engine.datasets.figures import FigurePicture

PAGE = "pose"
FIGURE_SEED = 11
FIGURE_SIZE = (480, 640)


def figure(index: int) -> Picture:
    """Return one of our own drawn pictures of people; its `truth` is a `FigurePicture`."""

    def draw() -> Picture:
        drawn = make_figure(index, FIGURE_SEED, FIGURE_SIZE)
        return Picture(("figure", index), in_8_bits(drawn.image), True, drawn)

    return remember("pose:figure", index, draw)


def truth_of(drawn: FigurePicture) -> Poses:
    """Return the skeletons of a drawn picture: a visible joint scores 1, one that is hidden ½, one outside it 0."""
    return Poses(drawn.keypoints[..., :2], drawn.keypoints[..., 2] / 2, drawn.boxes, COCO_17, COCO_SKELETON)


SOURCES = Sources(PAGE, View, "pose_source", "figure", figure)
