"""The questions that a picture may answer, and how many answers each has."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from engine.datasets.style_pictures import KINDS
from engine.datasets.visual_tasks import colour_names

NO_ANSWER = -1
MATERIALS = tuple(KINDS)
PATTERNS = ("stripes", "fibres", "zigzag", "bricks", "checks", "dots", "clouds", "cracks")
DIRECTED = ("stripes", "fibres", "zigzag", "bricks")  # patterns that look different when turned by a right angle
SHAPES = ("disc", "square", "triangle", "star", "cross", "heart", "crescent", "ring", "drop", "leaf")
FILLINGS = ("plain", *PATTERNS, "painted")
GLYPHS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
MAX_THINGS = 5
N_SCALES, N_ANGLES = 4, 8
BLURS = (0.0, 1.0, 2.0)  # standard deviations in pixels of a 64 px picture

TASKS: Mapping[str, int] = MappingProxyType(
    {
        "material": len(MATERIALS),  # the kind of style picture that a whole picture is cut from
        "colour": len(colour_names.NAMES),  # the name of the colour that covers most
        "second colour": len(colour_names.NAMES),
        "pattern": len(PATTERNS),  # of a whole surface
        "scale": N_SCALES,  # of that pattern, coarse to fine
        "angle": N_ANGLES,  # of that pattern, in steps of 22.5°, for those that have one
        "shape": len(SHAPES),
        "filling": len(FILLINGS),  # of shapes
        "count": MAX_THINGS,  # of shapes, less one
        "thing colour": len(colour_names.NAMES),  # of plain shapes and glyphs
        "glyph": len(GLYPHS),
        "rotation": 4,  # of photographs and upright style pictures, in right angles anticlockwise
        "blur": len(BLURS),  # of photographs and style pictures
    }
)
