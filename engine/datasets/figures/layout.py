"""Who is where in a picture, before any pixel: people, poses, views, sizes, who is in front.

Everything is decided in unit coordinates, so that a picture is the same at any number of pixels. People stand on one
ground: with the horizon at y₀, a camera H metres high sees the feet of a person of scale s at y = y₀ + s H.

Conventions: the shorter side of the picture is 1, x right, y down; later people are nearer and hide earlier ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from engine.datasets.chance import Chance
from engine.datasets.figures import props
from engine.datasets.figures.head import face_points
from engine.datasets.figures.look import Look, look
from engine.datasets.figures.motion import Performance, performance
from engine.datasets.figures.shade import Light
from engine.datasets.figures.skeleton import ANKLE, WRIST, Physique, Posture, physique, stand_up, within_limits
from engine.datasets.figures.splat import Camera
from engine.datasets.figures.stills import still

STILL_ACTIONS = {"stand": 5, "walk": 3, "run": 2, "jump": 1, "wave": 1, "point": 1, "sit": 3.2, "squat": 0.9,
                 "bend": 1.2, "sport": 3, "lie": 0.4, "free": 1.8}  # fmt: skip
ACTIONS = tuple(STILL_ACTIONS)
_MIN_DISTANCE_M = 2.2
_MIN_SCALE = 0.1  # an adult has at least 0.18 of the picture's height


@dataclass(frozen=True)
class Person:
    """One person, placed; `camera` is in units of the picture, `numbers` (8,) vary the props,
    `reached` (n, 3) are the body's extremes in the person's axes, `id` is the same in all frames of a clip,
    `seat` the posture for which a chair is made, if it is another one, and `way` the metres walked."""

    physique: Physique
    posture: Posture
    look: Look
    camera: Camera
    action: str
    props: tuple[str, ...]
    numbers: np.ndarray
    reached: np.ndarray
    id: int = 0
    seat: Posture | None = None
    way: float = 0.0


@dataclass(frozen=True)
class Layout:
    """A whole picture; `ground`, `front` and `lens` are seeds of what is drawn behind, before and over the people."""

    people: tuple[Person, ...]
    horizon: float
    light: Light
    sunny: float
    aspect: float
    ground: int
    front: int
    lens: int
    frame: int = 0


def layout(generator: torch.Generator, n_people: tuple[int, int], aspect: float) -> Layout:
    """Draw a picture that stands still, with a number of people from the inclusive range `n_people`."""
    chance = Chance(generator)
    n = n_people[0] + chance.whole(n_people[1] - n_people[0] + 1)
    elevation, roll = _camera(chance)
    people = [_still_person(chance, elevation, roll) for _ in range(n)]
    return _arranged(chance, people, aspect)


def clip_layout(
    generator: torch.Generator, n_people: int, aspect: float, n_frames: int, actions: tuple[str, ...]
) -> tuple[Layout, tuple[Performance, ...]]:
    """Draw a clip's layout, in which all stand, and what each person does, one of `actions`."""
    chance = Chance(generator)
    elevation, roll = _camera(chance)
    acts = [performance(chance, chance.one_of(actions), n_frames) for _ in range(n_people)]
    people = [_moving_person(chance, elevation, roll, act, i, n_frames) for i, act in enumerate(acts)]
    return _arranged(chance, people, aspect), tuple(acts)


def at_frame(start: Layout, acts: tuple[Performance, ...], frame: int) -> Layout:
    """Return a clip's layout at a frame."""
    people = tuple(_at_frame(person, acts[person.id], frame) for person in start.people)
    return replace(start, people=people, frame=frame)


def _at_frame(person: Person, act: Performance, frame: int) -> Person:
    posture, way = _posture_at(person.physique, act, frame)
    anchor = person.camera.anchor - np.array([0, 0, way - person.way])
    camera = replace(person.camera, anchor=anchor)
    return replace(person, posture=posture, camera=camera, action=act.action_at(frame), way=way)


def _posture_at(body: Physique, act: Performance, frame: float) -> tuple[Posture, float]:
    """Return the posture at a frame and the way forward in metres; the feet stay where they are but in a gait."""
    pose, lift, way = act.pose(frame)
    posture = stand_up(body, within_limits(pose), lift * body.scale)
    if act.action not in ("walk", "run"):
        feet = posture.joints[list(ANKLE)].mean(0) * np.array([1, 0, 1.0])
        posture = replace(posture, joints=posture.joints - feet)
    return posture, way * body.scale


def _arranged(chance: Chance, people: list[Person], aspect: float) -> Layout:
    width, height = max(aspect, 1.0), max(1 / aspect, 1.0)
    scales = _scales(chance, people, width, height)
    horizon = height * chance.between(0.18, 0.6)
    people = _placed(chance, people, scales, horizon, width, height)
    people.sort(key=lambda person: person.camera.scale)
    seeds = (chance.numbers(3) * 2**53).astype(int).tolist()
    return Layout(tuple(people), horizon, _light(chance), chance.unit(), aspect, *seeds)


def _camera(chance: Chance) -> tuple[float, float]:
    """Draw from how high the camera looks down, and its roll, in radians."""
    elevation = chance.weighted({0.06: 5, 0.18: 3, 0.4: 1.2, -0.12: 1, 0.75: 0.4}) + chance.around(0, 0.05)
    return elevation, chance.around(0, 0.05) if chance.happens(0.85) else chance.around(0, 0.25)


def view_from(azimuth: float, elevation: float, roll: float) -> np.ndarray:
    """Return a camera's axes as rows (3, 3): a person turned by `azimuth` to the picture's right, seen from above."""
    ca, sa, ce, se, cr, sr = (
        np.cos(azimuth),
        np.sin(azimuth),
        np.cos(elevation),
        np.sin(elevation),
        np.cos(roll),
        np.sin(roll),
    )
    around = np.array([[ca, 0, sa], [0, 1, 0], [-sa, 0, ca]])
    over = np.array([[1, 0, 0], [0, ce, -se], [0, se, ce]])
    turn = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return turn @ over @ around


def outline_points(person: Physique, posture: Posture, look: Look) -> np.ndarray:
    """Return points (n, 3) near the body's extremes."""
    size = person.scale
    hands = posture.joints[list(WRIST)] + posture.frames[list(WRIST)] @ (np.array([0, -0.17, 0]) * size)
    toes = posture.joints[list(ANKLE)] + posture.frames[list(ANKLE)] @ (np.array([0, -0.08, 0.18]) * size)
    heels = posture.joints[list(ANKLE)] + posture.frames[list(ANKLE)] @ (np.array([0, -0.09, -0.06]) * size)
    return np.concatenate([posture.joints, hands, toes, heels, face_points(person, posture, look)])


def _still_person(chance: Chance, elevation: float, roll: float) -> Person:
    body, outfit = physique(chance), look(chance)
    action = chance.weighted(STILL_ACTIONS)
    pose, lift = still(action, chance)
    posture = stand_up(body, within_limits(pose), lift * body.scale)
    reached = outline_points(body, posture, outfit)
    camera = _person_camera(chance, elevation, roll, reached)
    return Person(body, posture, outfit, camera, action, props.choose(action, chance), chance.numbers(8), reached)


def _moving_person(
    chance: Chance, elevation: float, roll: float, act: Performance, index: int, n_frames: int
) -> Person:
    body, outfit = physique(chance), look(chance)
    rows = []
    for frame in sorted({0, n_frames - 1, *np.linspace(act.start, act.end - 1, 7).astype(int).tolist()}):
        posture, way = _posture_at(body, act, frame)
        rows.append(outline_points(body, posture, outfit) + np.array([0, 0, way]))
    reached = np.concatenate(rows)
    camera = _person_camera(chance, elevation, roll, reached)
    camera = replace(camera, distance=camera.distance + 4)  # far enough that who comes nearer stays in the picture
    carried = tuple(name for name in props.choose(act.action, chance) if name != "block")
    seat = _posture_at(body, act, (act.start + act.end) // 2)[0]
    person = Person(body, posture, outfit, camera, act.action, carried, chance.numbers(8), reached, index, seat)
    return _at_frame(person, act, 0)


def _person_camera(chance: Chance, elevation: float, roll: float, reached: np.ndarray) -> Camera:
    azimuth = chance.around(0, 0.5) if chance.happens(0.45) else chance.between(-np.pi, np.pi)
    view = view_from(azimuth, elevation + chance.around(0, 0.04), roll)
    anchor = (reached.max(0) + reached.min(0)) / 2
    return Camera(view, anchor, (0.5, 0.5), 1.0, _MIN_DISTANCE_M + chance.between(0, 3) ** 2)


def _scales(chance: Chance, people: list[Person], width: float, height: float) -> list[float]:
    """Return units to a metre: one person often fills the picture, several share it."""
    n = len(people)
    moving = any(person.seat is not None for person in people)  # then the whole motion is to be seen
    kind = chance.weighted({"whole": 6, "cut": 2 if n > 2 else 3, "close": 1 if n > 2 else 2.5})
    kind = "whole" if moving else kind
    common = {"whole": chance.between(0.42, 0.95) * (0.95 if n < 2 else 0.8), "cut": chance.between(0.9, 1.5),
              "close": chance.between(1.5, 2.8)}[kind]  # fmt: skip
    scales = []
    for person in people:
        flat = person.camera.project(person.camera.turned(person.reached))
        extent = np.ptp(flat, axis=0) + 0.1
        size = common / 1.75 if n > 1 else common / max(extent[1], extent[0] * height / width * 0.85, 0.9)
        spread = chance.around(0, 0.22) if n > 1 else 0.0
        if n > 1 and chance.happens(0.15):
            spread -= chance.between(0.3, 1.0)  # someone far behind
        scales.append(height * max(float(size * np.exp(spread)), _MIN_SCALE))
    return scales


def _placed(
    chance: Chance, people: list[Person], scales: list[float], horizon: float, width: float, height: float
) -> list[Person]:
    placed, boxes = [], []
    eye = None
    for person, scale in zip(people, scales, strict=True):
        camera = replace(person.camera, scale=scale, origin=(0.0, 0.0))
        flat = camera.project(camera.turned(person.reached))
        low, high = flat.min(0) - 0.04 * scale, flat.max(0) + 0.04 * scale
        if eye is None:  # the first person fixes how high the camera is
            room = height - (high[1] - low[1])
            y = chance.between(0.0, room) if room > 0 else chance.between(-0.02, 0.22) * height
            bottom = y + high[1] - low[1]
            eye = max((bottom - horizon) / scale, 0.25)
        else:
            bottom = horizon + scale * eye + chance.around(0, 0.03)
            tall = high[1] - low[1]
            bottom = max(bottom, 0.35 * height, tall - 0.02 * height if chance.happens(0.85) else 0.0)
            bottom = min(bottom, height * 1.05 + 0.75 * max(tall - height, 0.2))
        x = _free_place(chance, boxes, high[0] - low[0], width)
        boxes.append((x - (high[0] - low[0]) / 2, x + (high[0] - low[0]) / 2))
        origin = (x - (low[0] + high[0]) / 2, bottom - high[1])
        placed.append(replace(person, camera=replace(camera, origin=origin), id=len(placed)))
    return placed


def _free_place(chance: Chance, taken: list[tuple[float, float]], wide: float, width: float) -> float:
    """Return a middle in x at which least of the others is covered, of a few tried."""
    best, least = 0.5 * width, np.inf
    margin = min(0.32 * wide if chance.happens(0.35) else 0.5 * wide, 0.42 * width)
    for _ in range(4 if taken else 1):
        x = chance.between(margin, width - margin)
        covered = sum(max(0.0, min(x + wide / 2, right) - max(x - wide / 2, left)) for left, right in taken)
        if covered < least:
            best, least = x, covered
    return best


def _light(chance: Chance) -> Light:
    toward = np.array([chance.between(-1, 1), chance.between(0.1, 1.1), chance.between(-0.25, 1.0)])
    toward /= np.linalg.norm(toward)
    strength, warm = chance.between(0.15, 0.95), chance.around(0, 0.06)
    sky = chance.between(0.85, 1.1) - 0.62 * strength
    return Light(
        toward, strength * np.array([1 + warm, 1, 1 - warm]), sky * np.array([1 - 0.5 * warm, 1, 1 + 0.5 * warm])
    )
