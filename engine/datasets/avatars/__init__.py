"""The avatars world: cartoon faces, 64 × 64, with thirteen independent named attributes.

Most need only `make_avatars`, `Avatar` and `draw`. `attributes` says what can be chosen and how often; `canvas` fills
outlines; `face`, `hair` and `wear` paint the parts; `world` puts them together.
"""

from engine.datasets.avatars.attributes import (
    ATTRIBUTES,
    FREQUENCIES,
    Avatar,
    labels_of,
    random_avatar,
    random_avatars,
)
from engine.datasets.avatars.canvas import SIDE_PX
from engine.datasets.avatars.world import draw, draw_avatars, draw_bytes, make_avatars, some_avatars

__all__ = [
    "ATTRIBUTES",
    "FREQUENCIES",
    "SIDE_PX",
    "Avatar",
    "draw",
    "draw_avatars",
    "draw_bytes",
    "labels_of",
    "make_avatars",
    "random_avatar",
    "random_avatars",
    "some_avatars",
]
