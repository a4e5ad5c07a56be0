"""Labelled pictures to learn seeing from: crops of style pictures and photographs, patterns, shapes, letters.

Each picture answers some questions of TASKS; the answer to the others is NO_ANSWER. Colours are not remembered from the
drawing but measured on the finished picture, and a question about them is answered only where the measure is clear.

Conventions: pictures are float32 (n, 3, size, size) sRGB in [0, 1]; answers are int64 (n,) by task.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

from engine.datasets.chance import Chance
from engine.datasets.drawn_size import check_whole
from engine.datasets.style_pictures.palettes import turned
from engine.datasets.visual_tasks import colour_names
from engine.datasets.visual_tasks.sources import Sources
from engine.datasets.visual_tasks.surfaces import angle_of, any_pattern, pattern, repeats
from engine.datasets.visual_tasks.tasks import (
    BLURS,
    DIRECTED,
    FILLINGS,
    GLYPHS,
    MATERIALS,
    MAX_THINGS,
    N_ANGLES,
    N_SCALES,
    NO_ANSWER,
    PATTERNS,
    SHAPES,
    TASKS,
)
from engine.datasets.visual_tasks.things import glyph, shapes

MIN_SIZE, MAX_SIZE = 48, 128
_MIX = {"style": 0.32, "photograph": 0.16, "surface": 0.18, "shapes": 0.2, "glyph": 0.14}
_FREE = {"marbling", "contours", "papercut", "cubism"}  # materials without an upright
_CLEAR, _LEAD = 0.3, 0.08  # least share of the first colour, and how far the next one must be behind
_SECOND = 0.1

Answers = dict[str, int]


def draw(n: int, size: int, random: torch.Generator, sources: Sources) -> tuple[Tensor, dict[str, Tensor]]:
    """Return n pictures and their answers.

    Args:
        n: 1 to 100 000.
        size: pixels of both sides, 48 to 128.
        random: where everything comes from.
        sources: style pictures and photographs to cut from.

    Raises:
        InvalidInput: a number or a size outside its range.
    """
    check_whole("n", n, 1, 100_000)
    check_whole("size", size, MIN_SIZE, MAX_SIZE)
    chance = Chance(random)
    pictures, answers = np.empty((n, size, size, 3), np.float32), np.full((n, len(TASKS)), NO_ANSWER)
    for i in range(n):
        pictures[i], given = _one(chance, size, sources)
        for column, task in enumerate(TASKS):
            answers[i, column] = given.get(task, NO_ANSWER)
    columns = torch.from_numpy(answers.T.copy())
    return torch.from_numpy(pictures.transpose(0, 3, 1, 2).copy()), dict(zip(TASKS, columns, strict=True))


def _one(chance: Chance, size: int, sources: Sources) -> tuple[np.ndarray, Answers]:
    picture, answers = _MAKERS[chance.weighted(_MIX)](chance, size, sources)
    picture = np.clip(picture, 0, 1)
    return picture, answers | _colours(picture)


def _colours(picture: np.ndarray) -> Answers:
    """Return the names of the first and the second colour, where the picture leaves no doubt."""
    shares = colour_names.shares(picture)
    first, second, third = np.argsort(-shares, kind="stable")[:3]
    if shares[first] < _CLEAR or shares[first] - shares[second] < _LEAD:
        return {}
    clear = shares[second] >= _SECOND and shares[second] - shares[third] >= _LEAD / 2
    return {"colour": int(first)} | ({"second colour": int(second)} if clear else {})


def _style(chance: Chance, size: int, sources: Sources) -> tuple[np.ndarray, Answers]:
    i = chance.whole(len(sources.styles))
    kind = int(sources.kinds[i])
    answers = {"material": kind}
    whole = chance.happens(0.5)  # in a small part, up and down cannot be told
    picture = _tinted(chance, _crop(chance, sources.styles[i], size, 0.7 if whole else 0.3, 1.0 if whole else 0.7))
    if whole and MATERIALS[kind] not in _FREE:
        picture = _rotated(chance, picture, answers)
    return _blurred(chance, picture, answers), answers


def _photograph(chance: Chance, size: int, sources: Sources) -> tuple[np.ndarray, Answers]:
    answers: Answers = {}
    if sources.grounds and chance.happens(0.25):
        ground = _crop(chance, chance.one_of(sources.grounds), size, 0.3, 1.0)
        return _blurred(chance, _tinted(chance, ground), answers), answers
    picture = _tinted(chance, _crop(chance, chance.one_of(sources.photographs), size, 0.4, 1.0))
    return _blurred(chance, _rotated(chance, picture, answers), answers), answers


def _surface(chance: Chance, size: int, sources: Sources) -> tuple[np.ndarray, Answers]:
    name, scale, angle = chance.whole(len(PATTERNS)), chance.whole(N_SCALES), chance.whole(N_ANGLES)
    answers = {"pattern": name, "scale": scale}
    if PATTERNS[name] in DIRECTED:
        answers["angle"] = angle
    mixed = pattern(chance, PATTERNS[name], size, repeats(chance, scale), angle_of(chance, angle))[..., None]
    first, second = _two_colours(chance)[1:]
    return _uneven(chance, first + (second - first) * mixed), answers


def _shapes(chance: Chance, size: int, sources: Sources) -> tuple[np.ndarray, Answers]:
    answers = {"shape": chance.whole(len(SHAPES)), "count": chance.whole(MAX_THINGS)}
    cover = shapes(chance, size, SHAPES[answers["shape"]], answers["count"] + 1)
    answers["filling"] = chance.whole(len(FILLINGS)) if chance.happens(0.6) else 0
    return _on_ground(chance, size, sources, cover, answers), answers


def _glyph(chance: Chance, size: int, sources: Sources) -> tuple[np.ndarray, Answers]:
    answers = {"glyph": chance.whole(len(GLYPHS))}
    return _on_ground(chance, size, sources, glyph(chance, size, answers["glyph"]), answers), answers


_MAKERS = {"style": _style, "photograph": _photograph, "surface": _surface, "shapes": _shapes, "glyph": _glyph}


def _on_ground(chance: Chance, size: int, sources: Sources, cover: np.ndarray, answers: Answers) -> np.ndarray:
    """Return things of coverage `cover` on some ground, with a shadow at times; note the colour of plain ones."""
    name, colour, ground_colour = _two_colours(chance)
    filling = FILLINGS[answers.get("filling", 0)]
    ground = _ground(chance, size, sources, ground_colour)
    if filling == "plain":
        answers["thing colour"] = name
        thing = np.broadcast_to(colour, ground.shape)
    elif filling == "painted":
        thing = _crop(chance, _any_style(chance, sources), size, 0.25, 0.6)
    else:
        second = np.clip(colour + chance.one_of((-1, 1)) * chance.between(0.3, 0.6), 0, 1)
        n = repeats(chance, 1 + chance.whole(N_SCALES - 1))
        thing = colour + (second - colour) * pattern(chance, filling, size, n, np.pi * chance.unit())[..., None]
    if chance.happens(0.4):
        away = round(0.04 * size)
        shadow = np.roll(cv2.GaussianBlur(cover, (0, 0), 0.03 * size), (away, away), (0, 1))
        ground = ground * (1 - 0.5 * shadow)[..., None]
    return ground + (thing - ground) * cover[..., None]


def _ground(chance: Chance, size: int, sources: Sources, colour: np.ndarray) -> np.ndarray:
    """Return a plain, patterned, painted or photographed ground in which `colour` prevails."""
    way = chance.weighted({"plain": 0.35, "pattern": 0.25, "painted": 0.25, "photograph": 0.15})
    plain = _uneven(chance, np.broadcast_to(colour, (size, size, 3)))
    if way == "plain":
        return plain
    if way == "pattern":
        mixed = any_pattern(chance, chance.one_of(PATTERNS), size)[..., None]
        return np.clip(plain * (1 + chance.between(-0.4, 0.4) * (mixed - 0.5)), 0, 1)
    source = chance.one_of(sources.photographs) if way == "photograph" else _any_style(chance, sources)
    share = chance.between(0.35, 0.75)
    return plain * share + _crop(chance, source, size, 0.3, 0.9) * (1 - share)


def _two_colours(chance: Chance) -> tuple[int, np.ndarray, np.ndarray]:
    """Return a name, a colour of that name, and another colour that stands out from it."""
    name = chance.whole(len(colour_names.NAMES))
    first = other = colour_names.colour_of(chance, name)
    while np.linalg.norm(other - first) < 0.45:
        other = colour_names.colour_of(chance, chance.whole(len(colour_names.NAMES)))
    return name, first, other


def _uneven(chance: Chance, picture: np.ndarray) -> np.ndarray:
    """Return a picture under light that changes slowly across it, with a little noise at times."""
    size = picture.shape[0]
    tilt = np.linspace(-0.5, 0.5, size, dtype=np.float32)
    light = 1 + chance.around(0, 0.1) * tilt[:, None] + chance.around(0, 0.1) * tilt
    noise = chance.weighted({0.0: 0.6, 0.02: 0.25, 0.05: 0.15})
    if noise:
        light = light + noise * 1.7 * (2 * chance.numbers(size, size) - 1)
    return (picture * light[..., None]).astype(np.float32)


def _any_style(chance: Chance, sources: Sources) -> Tensor:
    return sources.styles[chance.whole(len(sources.styles))]


def _crop(chance: Chance, source: Tensor, size: int, smallest: float, largest: float) -> np.ndarray:
    """Return a square (size, size, 3) of a source, mirrored at times; its side is a part of the source's own."""
    height, width = source.shape[1:]
    side = max(size // 2, round(min(height, width) * chance.between(smallest, largest)))
    top, left = chance.whole(height - side + 1), chance.whole(width - side + 1)
    square = source[:, top : top + side, left : left + side].numpy().transpose(1, 2, 0)
    if chance.happens(0.5):
        square = square[:, ::-1]
    method = cv2.INTER_AREA if side > size else cv2.INTER_CUBIC
    return cv2.resize(np.ascontiguousarray(square), (size, size), interpolation=method).astype(np.float32) / 255


def _tinted(chance: Chance, picture: np.ndarray) -> np.ndarray:
    """Return a picture in other colours at times, so that colour does not give a material away."""
    way = chance.weighted({"as it is": 0.4, "turned": 0.4, "grey": 0.1, "negative": 0.1})
    if way == "as it is":
        return picture
    if way == "negative":
        return 1 - picture
    if way == "grey":
        return turned(picture, 0.0, 0.0)
    return turned(picture, chance.between(-np.pi, np.pi), chance.between(0.6, 1.3))


def _rotated(chance: Chance, picture: np.ndarray, answers: Answers) -> np.ndarray:
    answers["rotation"] = chance.whole(4)
    return np.ascontiguousarray(np.rot90(picture, answers["rotation"]))


def _blurred(chance: Chance, picture: np.ndarray, answers: Answers) -> np.ndarray:
    """Blur some pictures; they and half as many that are left sharp are asked about."""
    if chance.happens(0.6):
        return picture
    answers["blur"] = chance.whole(len(BLURS))
    deviation = BLURS[answers["blur"]] * picture.shape[0] / 64
    return cv2.GaussianBlur(picture, (0, 0), deviation) if deviation else picture
