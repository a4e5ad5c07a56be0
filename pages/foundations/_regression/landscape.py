"""The settings of the parts "Several minima" and "Race", and the pictures of a surface that both draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from engine.linear_model.hills import HILLS, Hill
from engine.settings import check, choice, integer, real
from pages._ui import controls
from pages._ui.live import axis, column, layer, panel

SURFACES = {name: hill.label for name, hill in HILLS.items()}
GRID = 96


@dataclass(frozen=True)
class Walk:
    """Settings of a walk on a surface with several minima; the field names are parameters of the link."""

    surface: str = choice("wells", SURFACES, label="surface")
    start_x: float = real(0.2, -5.0, 5.0, label="start θ₀", step=0.05)
    start_y: float = real(0.4, -5.0, 5.0, label="start θ₁", step=0.05)
    rate: float = real(0.1, 1e-4, 1.0, label="learning rate α", scale="log")
    swing: float = real(0.0, 0.0, 0.95, label="momentum β", step=0.05, help="0 is plain gradient descent.")
    walk: int = integer(200, 1, 1000, label="most steps", scale="log")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Course:
    """Settings of a race; the field names are parameters of the link."""

    course: str = choice("bowl", SURFACES | {"regression": "this regression's cost"}, label="surface")
    from_x: float = real(-3.5, -5.0, 5.0, label="start θ₀", step=0.05)
    from_y: float = real(2.5, -5.0, 5.0, label="start θ₁", step=0.05)
    pace: float = real(0.03, 1e-4, 1.0, label="learning rate α", scale="log", help="Of the gradient descents alone.")
    goal: float = real(
        1e-4,
        1e-6,
        0.5,
        label="goal",
        scale="log",
        help="The share of the height above the lowest point that may be left.",
    )
    laps: int = integer(200, 1, 1000, label="most steps", scale="log")

    def __post_init__(self) -> None:
        check(self)


def settle(settings: type, surface: str, x: str, y: str, rate: str) -> None:
    """Put start and learning rate to what suits the surface just chosen; a callback."""
    hill = HILLS.get(st.session_state[surface])
    if hill:
        controls.put(settings, {x: hill.start[0], y: hill.start[1], rate: hill.learning_rate})


@dataclass(frozen=True)
class Ground:
    """A surface on a grid.

    Attributes:
        x, y: (low, high) of θ₀ and θ₁.
        z: (GRID, GRID) heights, rows are θ₁.
    """

    x: tuple[float, float]
    y: tuple[float, float]
    z: np.ndarray


def ground(hill: Hill) -> Ground:
    """Compute a hill's grid."""
    across, up = np.linspace(*hill.x_range, GRID), np.linspace(*hill.y_range, GRID)
    tensor = hill.minima.new_tensor
    return Ground(hill.x_range, hill.y_range, hill.grid(tensor(across), tensor(up)).numpy())


def map_panel(
    on: Ground,
    runs: dict[str, tuple[str, str]],
    title: str,
    *,
    minima: np.ndarray | None = None,
    pick: bool = True,
    **look,
) -> dict:
    """Draw the surface from above with the path of each run, given as run → (role, name)."""
    low, high = float(on.z.min()), float(np.quantile(on.z, 0.98))
    root = np.sqrt(np.clip(on.z - low, 0, high - low))
    extent, top = [*on.x, *on.y], float(root.max())
    levels = np.linspace(0, top, 16)[1:-1].tolist()
    layers = [
        layer("heat", name="height", grid=root, extent=extent, range=[0.0, top], ramp="cividis"),
        layer("contour", "contour", grid=root, extent=extent, levels=levels, alpha=0.35),
    ]
    if minima is not None and len(minima):
        layers.append(layer("cross", "contour", name="minimum", x=minima[:, 0], y=minima[:, 1]))
    for run, (role, name) in runs.items():
        layers.append(
            layer("path", role, name=name, run=run, x=column("theta", 0), y=column("theta", 1), halo=True, legend=True)
        )
    field = {"label": "height", "map": "root", "low": low}
    return panel(
        "map",
        title,
        axis("θ₀", *on.x),
        axis("θ₁", *on.y),
        layers,
        pick=pick,
        field=field,
        alt="a surface from above",
        **look,
    )


def relief_panel(on: Ground, runs: dict[str, tuple[str, str]], **look) -> dict:
    """Draw the surface as a relief that turns, with the paths on it."""
    low, high = float(on.z.min()), float(np.quantile(on.z, 0.97))
    layers = [layer("height", name="height", grid=on.z[::2, ::2], extent=[*on.x, *on.y])]
    for run, (role, name) in runs.items():
        layers.append(
            layer("path", role, name=name, run=run, x=column("theta", 0), y=column("theta", 1), z=column("cost"))
        )
    more = {
        "kind": "surface",
        "z": axis("height", low, high),
        "alt": "a surface that turns; drag or use the arrow keys",
    }
    return panel(
        "relief", "The same as a relief: drag to turn", axis("θ₀", *on.x), axis("θ₁", *on.y), layers, **more, **look
    )


def descent_panel(
    costs: list[np.ndarray], steps: int, runs: dict[str, tuple[str, str]], goal: float | None = None, **look
) -> dict:
    """Draw height against steps; the axis is logarithmic above the lowest height where all are positive."""
    low, high = min(float(c.min()) for c in costs), max(float(c[0]) for c in costs)
    low = max(min(low, goal), goal / 100 if goal > 0 else low) if goal is not None else low
    log = low > 0 and high > 50 * low
    ends = np.array([0.0, max(steps, 1)])
    layers = []
    if goal is not None:
        layers.append(
            layer("line", "truth", name="goal", x=ends, y=np.array([goal, goal]), dash=True, width=1.5, legend=True)
        )
    for run, (role, name) in runs.items():
        layers.append(layer("path", role, name=name, run=run, x=column("step"), y=column("cost"), ghost=True))
    pad = 0.06 * (high - low)
    y = axis("J", low / 1.3 if log else low - pad, high * 1.3 if log else high + pad, log=log)
    return panel(
        "steps", "J against steps", axis("step", 0, 1.03 * max(steps, 1)), y, layers, alt="height at each step", **look
    )
