"""The pictures of the game as panels for `live`, and the channels that they are drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.generative.duel_settings import Game
from engine.generative.duel_view import DuelSnapshot
from engine.generative.losses import WITH_PROBABILITY
from engine.generative.plane_data import REACH
from pages._ui.live import axis, column, frame, layer, panel

N_ARROWS = 80
LONGEST = 0.8  # of an arrow, on the plane
SCALARS = (
    "step",
    "loss_real",
    "loss_fake",
    "loss_d",
    "loss_g",
    "penalty",
    "d_real",
    "d_fake",
    "gradient",
    "gradient_minimax",
    "gradient_non_saturating",
    "modes",
)
SQUARE = {"aspect": "equal", "span": 6, "height": 352}
SMALL = {"span": 6, "height": 150}
EXTENT = [-REACH, REACH, -REACH, REACH]


def channels(snapshots: Sequence[DuelSnapshot], n_parts: int) -> dict[str, np.ndarray]:
    """Return the channels of these snapshots."""
    found = {name: np.array([getattr(one, name) for one in snapshots], np.float32) for name in SCALARS}
    stack = lambda name: np.stack([getattr(one, name).numpy() for one in snapshots])  # noqa: E731
    samples, bent = stack("samples"), stack("bent")
    tips = samples[:, :N_ARROWS] + arrows(stack("pull")[:, :N_ARROWS])
    return found | {
        "good": 100 * np.array([one.good_share for one in snapshots], np.float32),
        "covered": found["modes"] * (100 / n_parts),
        "field": stack("field"),
        "sample_x": samples[..., 0],
        "sample_y": samples[..., 1],
        "foot_x": samples[:, :N_ARROWS, 0],
        "foot_y": samples[:, :N_ARROWS, 1],
        "tip_x": tips[..., 0],
        "tip_y": tips[..., 1],
        "bent_x": bent[..., 0].reshape(len(snapshots), -1),
        "bent_y": bent[..., 1].reshape(len(snapshots), -1),
    }


def arrows(pull: np.ndarray) -> np.ndarray:
    """Return a gradient's arrows: half as long as it, and none longer than `LONGEST`."""
    length = np.linalg.norm(pull, axis=-1, keepdims=True)
    return np.nan_to_num(pull * np.minimum(0.5, LONGEST / np.maximum(length, 1e-12)))


def plane_panel(game: Game, real: np.ndarray, *, run: str = "a", title: str = "", **look: Any) -> dict:
    """Draw D over the plane, the real and the generated points, and where G is pushed."""
    first = run != "a"
    layers = [
        layer(
            "heat", name="D", run=run, grid=frame("field"), extent=EXTENT, range=[255, 0], ramp="diverging", alpha=0.6
        ),
        layer("points", "data", name="real", x=real[:, 0], y=real[:, 1], size=2.4, legend=True),
        layer(
            "arrows",
            "text",
            run=run,
            x=frame("foot_x"),
            y=frame("foot_y"),
            x1=frame("tip_x"),
            y1=frame("tip_y"),
            width=1,
            head=4,
        ),
        layer(
            "points", "fit", name="generated", run=run, x=frame("sample_x"), y=frame("sample_y"), size=2.6, legend=True
        ),
    ]
    is_probability = game.game_loss in WITH_PROBABILITY
    field = "D(x)" if is_probability else "D's score, low 0 to high 1"
    return panel(
        "first" if first else "plane",
        title or "The plane as D sees it",
        axis("x", -REACH, REACH),
        axis("y", -REACH, REACH),
        layers,
        field={"label": field, "map": "bytes"},
        alt="blue where D takes a point for real, orange where for generated; arrows show where G is pushed",
        **SQUARE | look,
    )


def bent_panel(game: Game, real: np.ndarray, rows: int) -> dict:
    """Draw the latent grid as G bends it."""
    layers = [
        layer("points", "data", name="real", x=real[:, 0], y=real[:, 1], size=1.6),
        layer("net", "fit", name="G(z)", run="a", x=frame("bent_x"), y=frame("bent_y"), rows=rows),
    ]
    more = " (z₁, z₂; the others 0)" if game.latent_size > 2 else ""
    title = "The latent line, bent by G" if rows == 1 else f"The latent grid, bent by G{more}"
    alt = "a grid of latent vectors where G puts it; the fuller a cell, the more points it holds"
    return panel("bent", title, axis("x", -REACH, REACH), axis("y", -REACH, REACH), layers, alt=alt, **SQUARE)


def curve_panels(game: Game, total: int, snapshots: Sequence[DuelSnapshot], *, second: bool) -> list[dict]:
    """Draw measures, losses, what D says and the gradient, over the steps."""
    steps = axis("step", 0, 1.02 * max(total, 1))
    percent = axis("share", 0, 105, unit="%")
    said = axis("D", 0, 1) if game.game_loss in WITH_PROBABILITY else _range("score", snapshots, ("d_real", "d_fake"))
    loss = _range("loss", snapshots, ("loss_d", "loss_g"))
    names = ("gradient", "gradient_minimax", "gradient_non_saturating")
    slope = _log_range("‖∂L_G/∂x‖", snapshots, names)
    compare = game.game_loss in WITH_PROBABILITY
    return [
        _curves("measures", "Modes covered and good samples", steps, percent, second, covered="modes", good="good"),
        _curves("losses", "Losses", steps, loss, second, loss_d="L_D", loss_g="L_G"),
        _curves("said", "What D says", steps, said, second, d_real="of real", d_fake="of generated"),
        _curves(
            "slopes",
            "Gradient at G",
            steps,
            slope,
            second,
            **(
                {"gradient_non_saturating": "non-saturating", "gradient_minimax": "minimax"}
                if compare
                else {"gradient": "mean"}
            ),
        ),
    ]


ROLES = {
    "covered": "truth",
    "good": "fit",
    "loss_d": "data",
    "loss_g": "fit",
    "d_real": "data",
    "d_fake": "fit",
    "gradient": "fit",
    "gradient_non_saturating": "fit",
    "gradient_minimax": "validation",
}


def _curves(key: str, title: str, x: dict, y: dict, second: bool, **names: str) -> dict:
    layers = []
    for channel, name in names.items():
        where = {"x": column("step"), "y": column(channel), "ghost": True, "width": 1.5}
        if second:
            layers.append(layer("path", "before", name=f"{name}, first game", run="before", **where))
        layers.append(layer("path", ROLES[channel], name=name, run="a", legend=True, **where))
    return panel(key, title, x, y, layers, alt=f"{title} at each step", **SMALL)


def _values(snapshots: Sequence[DuelSnapshot], names: Sequence[str]) -> np.ndarray:
    values = np.array([[getattr(one, name) for name in names] for one in snapshots])
    return values[np.isfinite(values)]


def _range(label: str, snapshots: Sequence[DuelSnapshot], names: Sequence[str]) -> dict:
    """Return an axis for these values that a few far ones do not stretch."""
    values = _values(snapshots, names)
    low, high = np.quantile(values, [0.01, 0.99]) if len(values) else (0.0, 1.0)
    pad = 0.1 * max(high - low, 0.1)
    return axis(label, low - pad, high + pad)


def _log_range(label: str, snapshots: Sequence[DuelSnapshot], names: Sequence[str]) -> dict:
    values = np.maximum(_values(snapshots, names), 1e-9)
    low, high = (values.min(), values.max()) if len(values) else (0.1, 1.0)
    return axis(label, 10 ** np.floor(np.log10(low)), 10 ** np.ceil(np.log10(high) + 1e-9), log=True)
