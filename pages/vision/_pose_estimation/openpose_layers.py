"""OpenPose's six steps, each as layers over the picture."""

from __future__ import annotations

import numpy as np

from engine.pose.parts import LIMBS, PARTS
from engine.pose.poses import COCO_17
from pages._ui.charts import CIVIDIS
from pages._ui.live import layer
from pages.vision._pose_estimation.method_person import ON_PHOTO
from pages.vision._pose_estimation.method_settings import ALL, LIMB_NAMES, PART_NAMES, Methods
from pages.vision._pose_estimation.openpose_numbers import NO_LIMB, Assembled, Pair, sample_places
from pages.vision._pose_estimation.skeletons import ROLES, side_of

LEAST_ARROW = 0.2  # |L|, from where an arrow is drawn
MOST_LINES = 60
ARROW = "#ff3d7f"  # stands out from a photograph and from cividis
PALE = "#c9ced3"
VEIL = 0.62
BODIES = ("class 0", "class 1", "class 2", "class 3", "class 4", "class 6")


def maps(done: Assembled, settings: Methods) -> list[dict]:
    """Draw the chosen part's map, or at each place the highest of all."""
    grid = done.maps.max(0) if settings.openpose_part == ALL else done.maps[PARTS.index(settings.openpose_part)]
    return [_heat(done, grid, "S")]


def length(done: Assembled, settings: Methods) -> np.ndarray:
    """Return |L| (rows, columns) of the chosen limb."""
    return np.hypot(*done.fields[2 * settings.limb : 2 * settings.limb + 2])


def fields(done: Assembled, settings: Methods, head: float = 3.5) -> list[dict]:
    """Draw the chosen limb's field as arrows, their heads so many px long, over its length."""
    x_field, y_field = done.fields[2 * settings.limb : 2 * settings.limb + 2]
    lengths = length(done, settings)
    row, column = np.nonzero(lengths > LEAST_ARROW)
    wide, high = done.cell
    x, y = (column + 0.5) * wide, (row + 0.5) * high
    dx, dy = x_field[row, column] * wide * 0.55, y_field[row, column] * high * 0.55
    arrows = layer("arrows", ARROW, name="L", x=x - dx, y=y - dy, x1=x + dx, y1=y + dy, width=0.4 * head, head=head)
    return [_heat(done, lengths, "|L|"), arrows]


def peaks(done: Assembled, settings: Methods) -> list[dict]:
    """Draw the candidates: of all parts in their sides' colours, or of one over its map."""
    part, heights = done.found.part.numpy(), done.found.heights.numpy()
    is_all = settings.openpose_part == ALL
    shown = np.full(len(part), True) if is_all else part == PARTS.index(settings.openpose_part)
    layers = [] if is_all else maps(done, settings)
    for side, role in ROLES.items():
        own = np.flatnonzero(shown & np.array([side_of(PARTS[k]) == side for k in part], bool))
        x, y = done.places[own].T
        tips = [f"{PART_NAMES[PARTS[part[k]]]}, {heights[k]:.3f} high" for k in own]
        layers.append(layer("points", role, name=side, legend=is_all, x=x, y=y, tips=tips, size=5))
    return layers


def scores(done: Assembled, settings: Methods, pairs: list[Pair], chosen: int) -> list[dict]:
    """Draw every pair's line, the brighter and wider the higher its integral, and the samples along the chosen one."""
    starts, ends = _ends(done, settings.limb)
    layers = []
    for k in reversed(range(min(len(pairs), MOST_LINES))):
        pair, tip = pairs[k], f"{k + 1}: a{pairs[k].a + 1} to b{pairs[k].b + 1}, E {pairs[k].integral:.3f}"
        strength = float(np.clip(pair.integral, 0, 1))
        is_limb = pair.said != NO_LIMB
        color = CIVIDIS[round(strength * (len(CIVIDIS) - 1))] if is_limb else PALE
        width = 4.5 if k == chosen else 1.2 + 3 * strength
        layers += _line(starts[pair.a], ends[pair.b], tip, color, width, not is_limb)
    if pairs:
        x, y = sample_places(done, settings.limb, pairs[chosen]).T
        tips = [f"sample {i}: L · v = {v:.2f}" for i, v in enumerate(pairs[chosen].samples, 1)]
        layers.append(layer("points", ARROW, name="samples", x=x, y=y, tips=tips, size=4))
    return [*layers, *_candidates(done, settings.limb)]


def matching(done: Assembled, settings: Methods, pairs: list[Pair]) -> list[dict]:
    """Draw which pairs were taken, and which were left because a candidate was gone or the field did not agree."""
    starts, ends = _ends(done, settings.limb)
    layers = []
    for pair in sorted(pairs[:MOST_LINES], key=lambda one: one.order > 0):
        tip = f"a{pair.a + 1} to b{pair.b + 1}, E {pair.integral:.3f}: {pair.said}"
        role, width = (ON_PHOTO, 5.0) if pair.order else ("#ff9a8f", 1.6)
        layers += _line(starts[pair.a], ends[pair.b], tip, role, width, not pair.order)
    taken = [pair for pair in pairs if pair.order]
    if taken:
        x, y = np.array([(starts[pair.a] + ends[pair.b]) / 2 for pair in taken]).T
        text = [f"{pair.order}" for pair in taken]
        layers.append(layer("boxes", "truth", x0=x, y0=y + 8, x1=x, y1=y + 8, text=text, width=0))
    return [*layers, *_candidates(done, settings.limb)]


def people(done: Assembled) -> list[dict]:
    """Draw everyone, each in a colour; who has too few parts is dashed and grey."""
    return [_body(done, k) for k in reversed(range(len(done.people)))]


def _body(done: Assembled, k: int) -> dict:
    candidates, is_enough = done.people[k].candidates, k < done.n_people
    places = np.full((len(PARTS), 2), np.nan)
    for part, candidate in candidates.items():
        places[part] = done.places[candidate]
    role = BODIES[k % len(BODIES)] if is_enough else "residual"
    text = [""] * len(PARTS)
    top = min(candidates, key=lambda part: places[part, 1])
    text[top] = f"{k + 1}" if is_enough else ""
    heights = done.found.heights.numpy()
    told = [f", {heights[candidates[p]]:.2f} high" if p in candidates else "" for p in range(len(PARTS))]
    return layer(
        "skeleton",
        name=f"person {k + 1}",
        x=places[:, 0],
        y=places[:, 1],
        bones=[part for limb in LIMBS for part in limb],
        bone_roles=[role] * len(LIMBS),
        roles=[role] * len(PARTS),
        tips=[f"person {k + 1}: {PART_NAMES[name]}{more}" for name, more in zip(PARTS, told, strict=True)],
        text=text,
        width=4 if is_enough else 2,
        size=4,
        dash=not is_enough,
    )


def truth(parts: np.ndarray) -> dict:
    """Draw the true joints (N, 17, 3) as rings."""
    x, y = parts[parts[..., 2] > 0][:, :2].T
    names = [PART_NAMES[COCO_17[k]] for _, k in zip(*np.nonzero(parts[..., 2] > 0), strict=True)]
    tips = [f"true {name}" for name in names]
    return layer("points", ON_PHOTO, name="true joint", legend=True, x=x, y=y, tips=tips, size=3, hollow=True)


def _heat(done: Assembled, grid: np.ndarray, name: str) -> dict:
    return layer("heat", name=name, grid=grid, extent=done.extent, range=[0.0, 1.0], ramp="cividis", alpha=VEIL)


def _ends(done: Assembled, limb: int) -> tuple[np.ndarray, np.ndarray]:
    return done.places[done.pairs[limb].start.numpy()], done.places[done.pairs[limb].end.numpy()]


def _line(start: np.ndarray, end: np.ndarray, tip: str, color: str, width: float, dash: bool) -> list[dict]:
    """Draw a line with a dark edge, and what is said of it at its middle."""
    x, y = np.array([start[0], end[0]]), np.array([start[1], end[1]])
    middle = layer("points", color, x=x[:1] / 2 + x[1:] / 2, y=y[:1] / 2 + y[1:] / 2, tips=[tip], size=2)
    ends = {"x": x[:1], "y": y[:1], "x1": x[1:], "y1": y[1:]}
    edge = layer("segments", "#0b0f12", width=width + 2, alpha=0.7, **ends) if not dash else None
    return [one for one in (edge, layer("segments", color, width=width, alpha=1, dash=dash, **ends), middle) if one]


def _candidates(done: Assembled, limb: int) -> list[dict]:
    """Draw the limb's candidates with their names a1, b1, …."""
    layers = []
    for letter, role, places in zip("ab", ("class 0", "class 1"), _ends(done, limb), strict=True):
        x, y = places.T
        names = [f"{letter}{k}" for k in range(1, len(places) + 1)]
        what = LIMB_NAMES[list(LIMB_NAMES)[limb]].split(" – ")[letter == "b"]
        tips = [f"{name}: {what}" for name in names]
        layers.append(layer("points", role, name=f"{letter}: {what}", legend=True, x=x, y=y, tips=tips, size=5))
        layers.append(layer("boxes", role, x0=x + 8, y0=y, x1=x + 8, y1=y, text=names, width=0))
    return layers
