"""The pictures of the cost as panels for `live`: J over its parameters, J against steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.linear_model.cost import cost_grid
from engine.linear_model.trace import Picture, Trace, at_optimum, cost_of
from pages._ui.live import axis, column, layer, now, panel
from pages.foundations._regression.view import theta_name

GRID = 64
CURVE = 160
MOST_LINES = 12


@dataclass(frozen=True)
class CostWindow:
    """The part of the (θ₀, θ_j) plane that is shown, and J on a grid over it."""

    j: int
    theta0: tuple[float, float]
    theta_j: tuple[float, float]
    grid: np.ndarray  # (GRID, GRID), rows are θ_j


def channels(shown: Picture, run: Trace, j: int) -> dict[str, np.ndarray]:
    """Return the run's channels for the panels below."""
    moving = at_optimum(shown, run.theta, (0, j))
    alone = moving.clone()
    alone[:, 0] = 0.0
    named = {
        name: getattr(run, name).numpy()
        for name in ("step", "theta", "original", "cost", "gradient_norm", "n_evaluations")
    }
    named |= {
        name: getattr(run, name).numpy() for name in ("rmse_train", "r2_train", "rmse_validation", "r2_validation")
    }
    return named | {"height": cost_of(shown, moving).numpy(), "alone": cost_of(shown, alone).numpy()}


def cost_window(shown: Picture, j: int, paths: list[np.ndarray]) -> CostWindow:
    """Choose a window that holds the minimum, the start and what of the paths (F, n+1) stays near; compute J on it."""
    optimum = shown.optimum.numpy()
    hessian = shown.problem.objective.hessian()
    fall = max(shown.train.variance / 2, 1e-12)
    spans = []
    for k in (0, j):
        start = abs(float(paths[0][0, k]) - optimum[k])
        floor = 0.6 * (2 * fall / max(float(hessian[k, k]), 1e-300)) ** 0.5
        far = max(np.abs(path[:, k] - optimum[k]).max() for path in paths)
        half = 1.25 * max(min(far, 2.5 * max(start, floor)), start, floor)
        spans.append((optimum[k] - half, optimum[k] + half))
    across, up = (np.linspace(*span, GRID) for span in spans)
    new = shown.optimum.new_tensor
    grid = cost_grid(shown.problem.objective, shown.optimum, 0, j, new(across), new(up)).numpy()
    return CostWindow(j, spans[0], spans[1], grid)


def cost_panel(window: CostWindow, others: bool, *, second: bool, pick: bool, title: str = "", **look: Any) -> dict:
    """Draw J over (θ₀, θ_j) as heat and contours with the paths on it."""
    log = np.log10(np.maximum(window.grid, window.grid.max() * 1e-6))
    extent = [*window.theta0, *window.theta_j]
    levels = np.linspace(log.min(), log.max(), 14)[1:-1]
    where = {"x": column("theta", 0), "y": column("theta", window.j), "halo": True, "dots": True}
    layers = [
        layer("heat", name="J", grid=log, extent=extent, range=[float(log.min()), float(log.max())], ramp="cividis"),
        layer("contour", "contour", grid=log, extent=extent, levels=levels.tolist(), alpha=0.35),
        second and layer("path", "before", name="first run", run="before", legend=True, **where),
        layer("path", "fit", name="path", run="a", legend=second, **where),
    ]
    held = ", other θ at their best" if others else ""
    name = theta_name(window.j)
    return panel(
        "cost",
        title or f"J over θ₀ and {name}{held}",
        axis("θ₀", *window.theta0),
        axis(name, *window.theta_j),
        layers,
        field={"label": "J", "map": "log"},
        pick=pick,
        alt="contours of the cost with the path of the descent",
        **look,
    )


def surface_panel(window: CostWindow, *, second: bool, **look: Any) -> dict:
    """Draw J over (θ₀, θ_j) as a surface that turns, with the paths on it."""
    low, high = float(window.grid.min()), float(np.quantile(window.grid, 0.92))
    where = {"x": column("theta", 0), "y": column("theta", window.j), "z": column("height")}
    layers = [
        layer("height", name="J", grid=window.grid, extent=[*window.theta0, *window.theta_j]),
        second and layer("path", "before", name="first run", run="before", legend=True, **where),
        layer("path", "fit", name="path", run="a", legend=second, **where),
    ]
    x, y = axis("θ₀", *window.theta0), axis(theta_name(window.j), *window.theta_j)
    more = {
        "kind": "surface",
        "z": axis("J", low, high),
        "alt": "the cost as a surface; drag or use the arrow keys to turn it",
    }
    return panel("surface", "Cost J as a surface: drag to turn", x, y, layers, **more, **look)


def steps_panel(traces: list[Trace], lowest: float, *, second: bool, **look: Any) -> dict:
    """Draw J against steps, with the lowest J there is."""
    costs = np.concatenate([t.cost.numpy() for t in traces])
    last = max(int(t.step[-1]) for t in traces)
    log = bool(costs.max() > 30 * max(lowest, 1e-12))
    low, high = (max(min(lowest, costs.min()), costs.max() * 1e-9), costs.max()) if log else (0.0, costs.max() * 1.05)
    where = {"x": column("step"), "y": column("cost"), "ghost": True}
    ends = np.array([0.0, max(last, 1)])
    layers = [
        layer(
            "line", "truth", name="lowest J", x=ends, y=np.array([lowest, lowest]), dash=True, width=1.5, legend=True
        ),
        second and layer("path", "before", name="first run", run="before", legend=True, **where),
        layer("path", "fit", name="J", run="a", **where),
    ]
    y = axis("J", low / 1.3 if log else low, high * 1.3 if log else high, log=log)
    return panel(
        "steps", "J against steps", axis("step", 0, 1.03 * max(last, 1)), y, layers, alt="the cost at each step", **look
    )


def coefficients_panel(run: Trace, names: tuple[str, ...], **look: Any) -> dict:
    """Draw every θ_j against steps, at most `MOST_LINES` of them."""
    theta = run.theta[:, :MOST_LINES].numpy()
    low, high = float(theta.min()), float(theta.max())
    pad = 0.08 * (high - low) or 0.5
    few = theta.shape[1] <= 3
    layers = [
        layer(
            "path",
            f"class {j % 8}",
            name=theta_name(j) if few else f"{theta_name(j)} of {names[j]}",
            run="a",
            x=column("step"),
            y=column("theta", j),
            ghost=True,
            width=1.5,
            legend=few,
        )
        for j in range(theta.shape[1])
    ]
    x, y = axis("step", 0, 1.03 * max(int(run.step[-1]), 1)), axis("θ", low - pad, high + pad)
    return panel("theta", "θ against steps", x, y, layers, alt="the parameters at each step", **look)


def slice_panel(shown: Picture, window: CostWindow, others: bool, **look: Any) -> dict:
    """Draw J over θ_j alone, with θ₀ = 0: the simplified model."""
    values = np.linspace(*window.theta_j, CURVE)
    theta = shown.optimum.repeat(CURVE, 1)
    theta[:, 0], theta[:, window.j] = 0.0, theta.new_tensor(values)
    heights = cost_of(shown, theta).numpy()
    name = theta_name(window.j)
    layers = [
        layer("line", "data", name="J", x=values, y=heights),
        layer("points", "fit", name="now", run="a", x=now("theta", window.j), y=now("alone"), size=5.5),
    ]
    held = ", rest at best" if others else ""
    y = axis("J", 0.0, float(heights.max()) * 1.05)
    return panel(
        "slice", f"J over {name}, θ₀ = 0{held}", axis(name, *window.theta_j), y, layers, alt="a parabola", **look
    )
