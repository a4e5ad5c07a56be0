"""The picture that the detection page looks at: a drawn scene, the visitor's own, or a frozen frame."""

from __future__ import annotations

from engine.datasets.scenes import make_scene
from pages._ui.pictures import Picture, in_8_bits
from pages._ui.session import remember
from pages._ui.sources import Sources
from pages.vision._object_detection.view import View

PAGE = "detection"
SCENE_SEED = 11
SCENE_SIZE = (480, 640)


def scene(index: int) -> Picture:
    """Return one of our own drawn scenes."""
    return remember(
        "detection:scene",
        index,
        lambda: Picture(("scene", index), in_8_bits(make_scene(index, SCENE_SEED, SCENE_SIZE).image), True),
    )


SOURCES = Sources(PAGE, View, "source", "scene", scene)
