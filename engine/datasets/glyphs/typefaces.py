"""Typefaces that are here anyway: those that Streamlit and Pillow bring, and the strokes of OpenCV (Hershey's).

Streamlit ships the Source families as variable fonts, of which several weights are taken, and KaTeX's, which look like
TeX's. Where Streamlit is absent the others are left.

Conventions: a shape is float32 (56, 56) in [0, 1], 1 where there is ink; the character is 40 pixels high, or less where
it would be wider than 44, and stands in the middle.
"""

from __future__ import annotations

import functools
import importlib.util
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

CANVAS_PX, HIGH_PX, WIDE_PX = 56, 40, 44
DRAWN_PX = 120  # size at which a character is drawn before it is brought to its height

_KATEX = ("Main-Regular", "Main-Bold", "Main-Italic", "Main-BoldItalic", "SansSerif-Regular", "SansSerif-Bold")
_KATEX += ("SansSerif-Italic", "Typewriter-Regular")
_SOURCE = ("SourceSerifVariable-Roman", "SourceSerifVariable-Italic", "SourceSansVF-Upright", "SourceSansVF-Italic")
_SOURCE += ("SourceCodeVF-Upright", "SourceCodeVF-Italic")
_WEIGHTS = (300, 400, 600, 800)
_HERSHEY = {
    "simplex": cv2.FONT_HERSHEY_SIMPLEX,
    "duplex": cv2.FONT_HERSHEY_DUPLEX,
    "complex": cv2.FONT_HERSHEY_COMPLEX,
    "triplex": cv2.FONT_HERSHEY_TRIPLEX,
    "plain": cv2.FONT_HERSHEY_PLAIN,
}


@dataclass(frozen=True)
class Typeface:
    """A typeface in one weight.

    Attributes:
        name: for people.
        file: the font file, or "" for Pillow's own and Hershey's.
        weight: of a variable font, else 0.
        stroke: of Hershey's faces, the pen's width at the drawn size, else 0.
    """

    name: str
    file: str = ""
    weight: int = 0
    stroke: int = 0


@functools.cache
def typefaces() -> tuple[Typeface, ...]:
    """Return every typeface there is, always in the same order."""
    found = [Typeface(f"Hershey {name}, pen {stroke}", stroke=stroke) for name in _HERSHEY for stroke in (9, 13, 17)]
    found.append(Typeface("Pillow's own"))
    for folder in _streamlit_fonts():
        found += [Typeface(f"KaTeX {name}", file) for name in _KATEX for file in _files(folder, f"KaTeX_{name}.")]
        for name in _SOURCE:
            found += [Typeface(f"{name} {w}", file, w) for file in _files(folder, f"{name}.") for w in _WEIGHTS]
    return tuple(found)


@functools.cache
def shape_of(typeface: Typeface, character: str) -> np.ndarray:
    """Return a character's shape, (56, 56) float32."""
    drawn = _stroked(typeface, character) if typeface.stroke else _set(typeface, character)
    ys, xs = np.nonzero(drawn > 40)
    crop = drawn[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    scale = min(HIGH_PX / crop.shape[0], WIDE_PX / crop.shape[1])
    size = tuple(max(1, round(scale * n)) for n in crop.shape[::-1])
    small = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
    canvas = np.zeros((CANVAS_PX, CANVAS_PX), np.float32)
    top, left = (CANVAS_PX - small.shape[0]) // 2, (CANVAS_PX - small.shape[1]) // 2
    canvas[top : top + small.shape[0], left : left + small.shape[1]] = small / 255
    return canvas


def _set(typeface: Typeface, character: str) -> np.ndarray:
    """Return a character of a font, uint8."""
    font = ImageFont.truetype(typeface.file, DRAWN_PX) if typeface.file else ImageFont.load_default(DRAWN_PX)
    if typeface.weight:
        axes = font.get_variation_axes()
        font.set_variation_by_axes([_on_axis(axis, typeface.weight) for axis in axes])
    picture = Image.new("L", (3 * DRAWN_PX, 3 * DRAWN_PX))
    ImageDraw.Draw(picture).text((DRAWN_PX, DRAWN_PX // 2), character, 255, font)
    return np.array(picture)


def _on_axis(axis: dict, weight: int) -> float:
    is_weight = b"eight" in axis["name"]
    return min(max(weight, axis["minimum"]), axis["maximum"]) if is_weight else axis["default"]


def _stroked(typeface: Typeface, character: str) -> np.ndarray:
    """Return a character of OpenCV's strokes, uint8."""
    face = _HERSHEY[typeface.name.split()[1].rstrip(",")]
    picture = np.zeros((3 * DRAWN_PX, 3 * DRAWN_PX), np.uint8)
    scale = cv2.getFontScaleFromHeight(face, DRAWN_PX, 1)
    cv2.putText(picture, character, (DRAWN_PX, 2 * DRAWN_PX), face, scale, 255, typeface.stroke, cv2.LINE_AA)
    return picture


def _streamlit_fonts() -> list[Path]:
    found = importlib.util.find_spec("streamlit")  # where it is; nothing of it is imported
    return [Path(place) / "static" / "static" / "media" for place in found.submodule_search_locations] if found else []


def _files(folder: Path, start: str) -> list[str]:
    return [str(path) for path in sorted(folder.glob(f"{start}*.woff2"))[:1]]
