"""The figures world: articulated people before cluttered grounds, with COCO's keypoints, boxes, masks and actions.

Most need only `make_figures` and `make_clip`, in `world`. `skeleton` has the bones and joints; `poses`, `stills` and
`motion` move them; `body`, `head` and `props` clothe them with tubes (`surface`), `look` chooses the clothes; `splat`
and `shade` turn tubes into pixels; `ground` and `things` draw the rest on `paper`; `layout` places people, `render`
puts all together, `lens` photographs it, `labels` says what it shows.
"""

from engine.datasets.figures.labels import FigurePicture
from engine.datasets.figures.layout import ACTIONS
from engine.datasets.figures.motion import CLIP_ACTIONS
from engine.datasets.figures.points import EXTRA_NAMES, KEYPOINT_NAMES, POINT_NAMES
from engine.datasets.figures.world import FigureClip, make_clip, make_figure, make_figures

__all__ = [
    "ACTIONS",
    "CLIP_ACTIONS",
    "EXTRA_NAMES",
    "KEYPOINT_NAMES",
    "POINT_NAMES",
    "FigureClip",
    "FigurePicture",
    "make_clip",
    "make_figure",
    "make_figures",
]
