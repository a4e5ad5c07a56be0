"""A strip of held-out pictures on one sheet, and what the two parts that train live on it have in common.

Conventions: the sheet has 4 × 2 tiles; a unit of its axes is one tile, y down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from engine.detection.single_object import N_EXAMPLES, Drawing
from engine.io.images import encode_jpeg, pixels_to_tensor, tensor_to_pixels
from pages._ui import controls, player
from pages._ui.live import Command, axis, column, layer, panel

if TYPE_CHECKING:
    from engine.detection.single_object import Training

TILE_PX = 128
ACROSS = 4
DOWN = N_EXAMPLES // ACROSS
CORNERS = ("x0", "y0", "x1", "y1")
GAUGE = (0.94, 0.985)  # top and bottom of the bar in a tile
MARGIN = 0.015


def training(held: player.Held) -> list[Any]:
    """Return the snapshots of the training itself."""
    return [one for one in held.job.snapshots if not isinstance(one, Drawing)]


def note(held: player.Held, story: str) -> str:
    """Say where the run stands, or its story once it has ended."""
    latest = held.job.latest
    if isinstance(latest, Drawing) and not player.ended(held) and not held.job.place:
        return f"Drawing scenes to learn from: {latest.drawn} of {latest.n_scenes}."
    return player.waiting_note(held) or story


def bar(held: player.Held, growing: bool) -> dict[str, Any]:
    """Describe the player's bar of a training."""
    return player.bar(held.identity, offers=["reseed", *(["stop"] if growing else [])], growing=growing)


def obey(command: Command, run: str, settings: Training) -> None:
    """Do what the player's bar asks of the training under the key `run`; a callback."""
    if command.name == "reseed":
        controls.put(type(settings), {"seed": (settings.seed + 1) % 10000})
        player.redraw_page()
    elif command.name == "stop":
        player.stop(run)


def sheet(images) -> np.ndarray:
    """Return pictures, a tensor (8, 3, s, s), side by side as an encoded JPEG, uint8 (n,)."""
    tiles = [tensor_to_pixels(image) for image in images]
    rows = [np.hstack(tiles[i : i + ACROSS]) for i in range(0, N_EXAMPLES, ACROSS)]
    return np.frombuffer(encode_jpeg(pixels_to_tensor(np.vstack(rows)), 88), np.uint8)


def place(values: np.ndarray) -> np.ndarray:
    """Move fractions of each picture, x and y in turn (…, 8, 2n), to its tile of the sheet."""
    tiles = np.arange(N_EXAMPLES)
    corner = np.stack([tiles % ACROSS, tiles // ACROSS], 1)  # (8, 2)
    return values + np.tile(corner, values.shape[-1] // 2)


def tile_at(x: float, y: float) -> int:
    """Return which picture is at a place of the sheet."""
    row, col = (min(max(int(v), 0), most - 1) for v, most in ((y, DOWN), (x, ACROSS)))
    return row * ACROSS + col


def raised(chosen: int) -> str:
    """Write the number of a picture, from 1, as the course marks an example: "⁽³⁾"."""
    return f"⁽{'¹²³⁴⁵⁶⁷⁸'[chosen]}⁾"


def gauge(values: np.ndarray) -> dict[str, np.ndarray]:
    """Return bars (…, 8) at the foot of the tiles, as long as the values in [0, 1]."""
    fractions = np.empty((*values.shape, 4), np.float32)
    fractions[..., 0], fractions[..., 1], fractions[..., 3] = MARGIN, *GAUGE
    fractions[..., 2] = MARGIN + values * (1 - 2 * MARGIN)
    return dict(zip(CORNERS, np.moveaxis(place(fractions), -1, 0), strict=True))


def boxes(corners: np.ndarray, role: str, name: str) -> dict:
    """Draw boxes (8, 4) that stay."""
    where = dict(zip(CORNERS, corners.T, strict=True))
    return layer("boxes", role, name=name, legend=True, width=2.5, halo=True, **where)


def ring(chosen: int) -> dict:
    """Mark the chosen picture."""
    fractions = np.tile(np.float32([MARGIN, MARGIN, 1 - MARGIN, 1 - MARGIN]), (N_EXAMPLES, 1))
    where = dict(zip(CORNERS, place(fractions)[chosen : chosen + 1].T, strict=True))
    return layer("boxes", "accent", name="written out below", width=2, dash=True, **where)


def strip_panel(title: str, jpeg: np.ndarray, layers: list[dict], alt: str, **look: Any) -> dict:
    """Draw layers over the sheet; a click on it picks a picture."""
    image = layer("image", jpeg=jpeg, extent=[0, ACROSS, 0, DOWN])
    x, y = axis("x", 0, ACROSS), axis("y", 0, DOWN, down=True)
    return panel("strip", title, x, y, [image, *layers], aspect="equal", bare=True, pick=True, alt=alt, **look)


def terms_panel(step: np.ndarray, terms: np.ndarray, names: tuple[str, ...], **look: Any) -> dict:
    """Draw the terms (F, T) of the loss against steps."""
    low, high = max(float(terms.min()), 1e-5), max(float(terms.max()), 2e-5)
    y = axis("term", low / 1.3, high * 1.3, log=True)
    return panel("terms", "Terms of the loss", _steps(step), y, _paths("terms", names), alt="falling lines", **look)


def shares_panel(step: np.ndarray, shares: np.ndarray, names: tuple[str, ...], **look: Any) -> dict:
    """Draw measures (F, M), of which 1 is the most that is usual, against steps."""
    y = axis("held-out", 0, max(1.02, 1.02 * float(shares.max())))
    return panel("held-out", "On held-out pictures", _steps(step), y, _paths("held_out", names), alt="lines", **look)


def _steps(step: np.ndarray) -> dict:
    return axis("step", 0, 1.03 * max(int(step[-1]), 1))


def _paths(channel: str, names: tuple[str, ...]) -> list[dict]:
    look = {"run": "a", "x": column("step"), "ghost": True, "legend": True}
    return [layer("path", f"class {i}", name=name, y=column(channel, i), **look) for i, name in enumerate(names)]
