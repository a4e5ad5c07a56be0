"""The glyphs world: digits and capital letters in many typefaces, distorted, 32 × 32 in grey.

Most need only `make_glyphs`. `typefaces` finds the faces and draws a character; `world` bends it.
"""

from engine.datasets.glyphs.typefaces import Typeface, shape_of, typefaces
from engine.datasets.glyphs.world import DIGITS, LETTERS, SIDE_PX, make_glyphs

__all__ = ["DIGITS", "LETTERS", "SIDE_PX", "Typeface", "make_glyphs", "shape_of", "typefaces"]
