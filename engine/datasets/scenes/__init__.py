"""The scenes world: textured objects on textured grounds, overlapping and partly hidden, with boxes and masks.

Most need only `make_scenes` and `make_clip`, in `world`. `shapes` outlines the kinds, `textures` paints them, `layout`
places them, and `render` turns a layout into pixels and labels.
"""

from engine.datasets.scenes.layout import NAMES
from engine.datasets.scenes.render import Scene
from engine.datasets.scenes.shapes import KEYPOINT_NAMES, KINDS
from engine.datasets.scenes.world import make_clip, make_scene, make_scenes

__all__ = ["KEYPOINT_NAMES", "KINDS", "NAMES", "Scene", "make_clip", "make_scene", "make_scenes"]
