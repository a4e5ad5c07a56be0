"""A picture of a sound as a PNG file, with its axes, in the colours of the screen."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pages._ui.charts import CIVIDIS, DIVERGING, GROUND, scheme
from pages._ui.numbers import number
from pages.audio._sound.heat import Heat

WIDTH_PX, HEIGHT_PX = 1600, 800
LEFT_PX, RIGHT_PX, TOP_PX, BOTTOM_PX = 130, 190, 70, 90
BAR_PX = 26  # of the colours, at the right
TEXT_PX, TITLE_PX = 22, 28


def picture(heat: Heat, title: str) -> Image.Image:
    """Draw a heat map (R, n) with its axes, its colours and a title."""
    ground = GROUND[scheme()]
    sheet = Image.new("RGB", (WIDTH_PX, HEIGHT_PX), ground["background"])
    pen, text, bold = ImageDraw.Draw(sheet), ImageFont.load_default(TEXT_PX), ImageFont.load_default(TITLE_PX)
    left, right, top, bottom = LEFT_PX, WIDTH_PX - RIGHT_PX, TOP_PX, HEIGHT_PX - BOTTOM_PX
    sheet.paste(_cells(heat, right - left, bottom - top), (left, top))
    pen.text((left, top // 2), title, ground["text"], bold, anchor="lm")
    for t in _ticks(*heat.span_s, 8):
        x = left + (t - heat.span_s[0]) / (heat.span_s[1] - heat.span_s[0]) * (right - left)
        pen.line([(x, bottom), (x, bottom + 8)], ground["text"])
        pen.text((x, bottom + 14), _plain(t), ground["text"], text, anchor="mt")
    pen.text(((left + right) / 2, HEIGHT_PX - 18), "time (s)", ground["text"], text, anchor="mb")
    for value, share in _y_ticks(heat.y):
        y = bottom - share * (bottom - top)
        pen.line([(left - 8, y), (left, y)], ground["text"])
        pen.text((left - 14, y), _plain(value), ground["text"], text, anchor="rm")
    _upright(sheet, f"{heat.y['label']} ({heat.y['unit']})", (30, (top + bottom) // 2), text, ground["text"])
    _colors(sheet, pen, heat, (right + 40, top, bottom), text, ground["text"])
    return sheet


def _cells(heat: Heat, wide: int, high: int) -> Image.Image:
    """Return the cells that lie within the part, as large as the plot."""
    first, last = heat.extent
    size = (round(wide * (last - first) / (heat.span_s[1] - heat.span_s[0])), high)
    pixels = _painted(heat.values, heat.low, heat.top, heat.ramp)[::-1]
    how = Image.Resampling.NEAREST if len(heat.values) < 40 else Image.Resampling.BILINEAR
    grown = Image.fromarray(pixels).resize((max(size[0], 1), high), how)
    off = round(wide * (heat.span_s[0] - first) / (heat.span_s[1] - heat.span_s[0]))
    return grown.crop((off, 0, off + wide, high))


def _painted(values: np.ndarray, low: float, top: float, ramp: str) -> np.ndarray:
    """Return the colours (…, 3) of values, as the canvas has them."""
    stops = CIVIDIS if ramp == "cividis" else DIVERGING[scheme() == "dark"]
    colors = np.array([[int(one[i : i + 2], 16) for i in (1, 3, 5)] for one in stops], float)
    place = np.clip((values - low) / (top - low), 0, 1) * (len(colors) - 1)
    channels = [np.interp(place, np.arange(len(colors)), colors[:, k]) for k in range(3)]
    return np.stack(channels, -1).round().astype(np.uint8)


def _colors(sheet: Image.Image, pen: ImageDraw.ImageDraw, heat: Heat, place: tuple, text, ink: str) -> None:
    x, top, bottom = place
    column = np.linspace(heat.top, heat.low, bottom - top)[:, None].repeat(BAR_PX, 1)
    sheet.paste(Image.fromarray(_painted(column, heat.low, heat.top, heat.ramp)), (x, top))
    for value in _ticks(heat.low, heat.top, 5):
        y = bottom - (value - heat.low) / (heat.top - heat.low) * (bottom - top)
        pen.line([(x + BAR_PX, y), (x + BAR_PX + 8, y)], ink)
        pen.text((x + BAR_PX + 14, y), _plain(value), ink, text, anchor="lm")
    pen.text((x, top - 12), heat.unit.replace("₁₀", "10"), ink, text, anchor="lb")


def _upright(sheet: Image.Image, words: str, middle: tuple[int, int], text, ink: str) -> None:
    _, _, right, bottom = text.getbbox(words)
    label = Image.new("L", (right, bottom + 4))
    ImageDraw.Draw(label).text((0, 0), words, 255, text)
    turned = label.rotate(90, expand=True)
    sheet.paste(ink, (middle[0] - turned.width // 2, middle[1] - turned.height // 2), turned)


def _ticks(low: float, high: float, most: int) -> list[float]:
    rough = (high - low) / most
    power = 10 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * (1 - 1e-9))
    return [k * step for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _y_ticks(y: dict) -> list[tuple[float, float]]:
    """Return the ticks of an axis, and where they are from 0 to 1."""
    low, high = y["range"]
    if y["scale"] == "log":
        decades = range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)
        return [(10.0**k, math.log(10.0**k / low) / math.log(high / low)) for k in decades]
    return [(value, (value - low) / (high - low)) for value in _ticks(low, high, 8)]


def _plain(value: float) -> str:
    """Write a number in letters that every typeface has."""
    return number(value).replace("−", "-").replace("×10", "e").translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
