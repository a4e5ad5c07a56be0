"""The style pictures world: pictures good enough to hang, of many kinds, painted by code from a seed.

Most need only `KINDS`, `StylePicture` and `draw`. `compositions` says what a picture is of, `palettes` in which
colours, and each kind is a module of its own that paints one composition in its own way.
"""

from engine.datasets.style_pictures.kind import Kind
from engine.datasets.style_pictures.kinds import KINDS
from engine.datasets.style_pictures.picture import MAX_PX, MAX_SEED, MIN_PX, StylePicture, draw, draw_random

__all__ = ["KINDS", "MAX_PX", "MAX_SEED", "MIN_PX", "Kind", "StylePicture", "draw", "draw_random"]
