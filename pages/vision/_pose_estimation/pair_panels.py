"""Two poses drawn: the true skeleton with its circles, one joint's similarity over the distance, and every joint's."""

from __future__ import annotations

import numpy as np

from pages._ui.live import axis, layer, panel
from pages.vision._pose_estimation.measure_settings import JOINTS
from pages.vision._pose_estimation.pair_numbers import Compared, four
from pages.vision._pose_estimation.plain_skeleton import plain_skeleton

TRUTH, HIT, MISSED, OKS = "data", "truth", "bad", "validation"  # roles
NAMES = tuple(JOINTS.values())
N_PLACES = 121
GUTTER = 0.6  # of the bars' length, for their names
FAINT = 0.3  # of a joint that is not marked


def layers(c: Compared | None, visibility: np.ndarray, joint: int, rings: str) -> list[dict]:
    """Draw the truth and its circles on the picture; the chosen joint has both, filled, and its distance."""
    if c is None:
        return []
    shown = c.marked.copy()
    drawn = []
    if rings in ("pck", "both"):
        drawn += _near(c, shown)
    if rings in ("oks", "both"):
        drawn.append(_half(c, shown))
    alone = np.arange(len(NAMES)) == joint
    if c.marked[joint]:
        drawn += [*_near(c, alone, chosen=True), _half(c, alone, chosen=True)]
    tips = [f"true {name}, v = {int(v)}" for name, v in zip(NAMES, visibility, strict=True)]
    alphas = np.where(c.marked, 1.0, FAINT).tolist()
    drawn.append(plain_skeleton(c.true, TRUTH, "truth", tips, size=3.5, alphas=alphas, legend=True))
    drawn.append(layer("line", "fit", name="found", legend=True, x=np.zeros(0), y=np.zeros(0)))  # the canvas draws it
    ends = np.stack([c.true[joint], c.found[joint]])
    drawn.append(layer("line", "text", name="distance d", x=ends[:, 0], y=ends[:, 1], width=2, dash=True))
    return drawn


def _near(c: Compared, shown: np.ndarray, chosen: bool = False) -> list[dict]:
    """Return the circles of PCK: whole round the joints that are hit, dashed round the missed."""
    return [
        layer(
            "circles",
            role,
            name=name,
            legend=not chosen,
            x=c.true[which, 0],
            y=c.true[which, 1],
            r=np.full(which.sum(), c.alpha * c.size),
            dash=role == MISSED,
            width=2.5 if chosen else 1.5,
            fill=0.22 if chosen else 0,
            halo=chosen,
        )
        for role, name, which in ((HIT, "hit", shown & c.is_near), (MISSED, "missed", shown & ~c.is_near))
    ]


def _half(c: Compared, shown: np.ndarray, chosen: bool = False) -> dict:
    """Return the circles where a joint's similarity is a half."""
    return layer(
        "circles",
        OKS,
        name="similarity ½",
        legend=not chosen,
        x=c.true[shown, 0],
        y=c.true[shown, 1],
        r=c.half_radii[shown],
        width=2.5 if chosen else 1.5,
        halo=chosen,
    )


def panels(c: Compared, joint: int) -> list[dict]:
    """Return the chosen joint's curve and the bars of all joints."""
    return [_curve(c, joint), _bars(c)]


def _curve(c: Compared, joint: int) -> dict:
    limit, half, d = c.alpha * c.size, c.half_radii[joint], c.distances[joint]
    end = 1.3 * max(limit, 2 * half)
    while end < d:
        end *= 2
    x = np.linspace(0, end, N_PLACES)
    similarity = np.exp(-(x**2) / (2 * c.area * c.k[joint] ** 2))
    now = np.exp(-(d**2) / (2 * c.area * c.k[joint] ** 2))
    counted = HIT if d <= limit else MISSED
    drawn = [
        _box(HIT, "PCK: hit", limit),
        layer("line", OKS, name="OKS: similarity", legend=True, x=x, y=similarity, width=2.5),
        layer("points", OKS, name="similarity ½", x=np.array([half]), y=np.array([0.5]), size=5, hollow=True),
        layer("line", "text", name="now", x=np.array([d, d]), y=np.array([0, 1.05]), width=1.5, dash=True),
        layer("points", counted, name="now", x=np.array([d]), y=np.array([now]), size=6),
    ]
    return panel(
        "pose-curve",
        NAMES[joint],
        axis("distance d", 0, end, unit="px"),
        axis("similarity", 0, 1.05),
        drawn,
        span=6,
        height=310,
        alt=f"similarity {four(now)} at {d:.1f} px; PCK counts up to {limit:.1f} px",
    )


def _box(role: str, name: str, end: float) -> dict:
    """Return what counts from a distance of 0 to `end`, as a box of height 1."""
    x0, y0 = np.zeros(1), np.zeros(1)
    return layer("boxes", role, name=name, legend=True, x0=x0, x1=x0 + end, y0=y0, y1=y0 + 1, fill=0.14, width=1.5)


def _bars(c: Compared) -> dict:
    """Return a bar for each joint's similarity, from the nose above to the ankles below."""
    n = len(NAMES)
    rows = np.arange(n, dtype=float)
    values = np.nan_to_num(c.terms)
    roles = [HIT if near else MISSED for near in c.is_near]
    said = [
        f"{name} {four(term)}" if marked else f"{name} not marked"
        for name, term, marked in zip(NAMES, c.terms, c.marked, strict=True)
    ]
    left = np.full(n, 0.01 - GUTTER)
    drawn = [
        layer(
            "boxes", x0=0 * values, x1=values, y0=rows + 0.1, y1=rows + 0.9, roles=roles, fill=0.45, width=1, tips=said
        ),
        layer("boxes", "panel", x0=left, x1=left, y0=rows + 0.99, y1=rows + 0.99, text=said, width=0),
        layer("line", OKS, name=f"mean: OKS {four(c.oks)}", legend=True, x=np.full(2, c.oks), y=np.array([0.0, n])),
    ]
    return panel(
        "pose-bars",
        "Similarity of every joint",
        axis("similarity", -GUTTER, 1.01),
        axis("joint", -0.5, n + 0.1, down=True),
        drawn,
        span=6,
        height=310,
        bare=True,
        alt=", ".join(said),
    )
