"""`live`: the canvas that draws what moves, and walks along a trace in the visitor's browser.

A scene is panels of layers over **runs**. A run is a mapping of channels, arrays whose first axis is the recorded step:
`step` (F,), and any other (F,) or (F, n). A layer's coordinate is a plain array, or one of

- `column(channel, k)`: all steps of one column, for a path or a curve drawn up to the playhead;
- `now(channel, k)`: the single value at the playhead, for a marker;
- `frame(channel)`: the whole row at the playhead, for points, boxes or a grid (H, W) that move;
- `times(basis, channel)`: `basis` (P, n) times the row at the playhead, computed in the browser. A fitted curve is a
  fixed basis times a moving θ, so a whole run travels as its θ alone.

A run may have a `name`, a text. Once the browser says that it has a run of this name (`is_held`), its newest frames can
be sent alone, with `part` set: they are put behind those before their first step.

Texts and titles may hold `{run.channel:column}` and `{+run.channel:column}` (the sign as an operator); the browser
fills them in. For a channel of words, a list of F texts, it is the one at the playhead.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from pages._ui import canvas

_LIVE = canvas.component("live", "plot.js", "pictures.js", "surface.js", "live.js")


@dataclass(frozen=True)
class Pick:
    """A place that the visitor chose on a panel, in the units of its axes."""

    panel: str
    x: float
    y: float


@dataclass(frozen=True)
class Command:
    """A button of the player: "branch", "unbranch", "reseed" or "stop", at a step of the run `token`."""

    name: str
    step: int
    token: str


def axis(
    label: str, low: float, high: float, *, unit: str = "", log: bool = False, down: bool = False
) -> dict[str, Any]:
    """Describe an axis; a range without extent is widened, so that nothing divides by zero.

    With `down` a y axis grows downwards, as the rows of a picture do. With "plain" set in it, a y axis has no numbers;
    with "every" its numbers are that far apart.
    """
    if not high > low:
        low, high = low - 0.5, high + 0.5
    described = {"label": label, "unit": unit, "range": [float(low), float(high)], "scale": "log" if log else "linear"}
    return {**described, "down": True} if down else described


def column(channel: str, k: int = 0) -> dict[str, Any]:
    """All steps of one column of a channel."""
    return {"channel": channel, "column": k}


def now(channel: str, k: int = 0) -> dict[str, Any]:
    """One column of a channel at the playhead."""
    return {"channel": channel, "column": k, "now": True}


def frame(channel: str) -> dict[str, Any]:
    """The row of a channel at the playhead."""
    return {"channel": channel, "frame": True}


def times(basis: np.ndarray, channel: str) -> dict[str, Any]:
    """A fixed basis (P, n) times the row (n,) of a channel at the playhead."""
    return {"channel": channel, "basis": basis}


def layer(
    kind: str, role: str = "", *, name: str = "", run: str = "", legend: bool = False, **values: Any
) -> dict[str, Any]:
    """Describe a layer: "points", "line", "segments", "arrows", "net", "heat", "contour", "path", "cross", "height", or
    of a picture "image", "mask", "boxes", "circles", "skeleton".

    A "net" has `rows` and the nodes `x`, `y`, row after row; the smaller a cell, the fuller it is drawn.

    An "image" has `jpeg`, the bytes of an encoded picture as uint8, or `rgb`, uint8 (H, W, 3), or a list `jpegs` of
    which the one of number `which` (`now` of a channel) is shown; a "mask" has `labels`, uint8 (H, W), the `roles` of
    the labels ("" is clear) and their `tips`. Both stand upright in `extent` [x0, x1, y0, y1] (by default their own
    pixels), with `alpha`, and `smooth` for pixels that run into each other.

    "boxes" have `x0`, `y0`, `x1`, `y1`, N each; not a number hides a box. `role` or a list `roles`; `width`, `dash`,
    `fill` (alpha of the inside) and `alpha` are one value or N; alpha 0 hides a box. `text` are N labels to draw, ""
    for none; `tips` N texts for hover; `halo` sets every edge off from the picture. `state` (N) points into `looks`, a
    list of {role, width, dash, alpha, fill, text} that go before the box's own and lie above each other in this
    order; −1 hides a box.

    "circles" have `x`, `y` and `r`, N each, in units of the axes; `width`, `dash`, `fill` (alpha inside) and `halo`.

    A "skeleton" has `x`, `y` of M joints (not a number leaves one out) with their `roles`, `alphas`, `tips` and `text`
    ("" for none), and `bones`, the places of two joints in turn, with `bone_roles`; `width` and `size` in px, `dash`.

    Args:
        kind: what is drawn.
        role: a colour of `charts.ROLES`.
        name: shown on hover, and in the legend where `legend` is set.
        run: the run whose channels the coordinates name.
        values: x, y, x1, y1, z, grid, extent, levels, range, and looks such as size, width, dash, alpha, halo, ghost.
    """
    return {"type": kind, "role": role, "name": name, "run": run, "legend": legend, **values}


def panel(key: str, title: str, x: dict, y: dict, layers: Sequence[dict], **more: Any) -> dict[str, Any]:
    """Describe a panel.

    `more`: span (of 12 columns), height (px), pick, alt, field (name of a heat map), kind, z; for pictures
    aspect="equal" (a unit is as long on y as on x) and bare=True (a frame, no axes).
    """
    return {"key": key, "title": title, "x": x, "y": y, "layers": [one for one in layers if one], **more}


def live(
    key: str,
    panels: Sequence[dict],
    runs: Mapping[str, Mapping[str, np.ndarray]] | None = None,
    *,
    player: dict[str, Any] | None = None,
    equations: Sequence[str] = (),
    stats: Sequence[dict[str, str]] = (),
    note: str = "",
    bad: bool = False,
    rest: int | None = None,
    on_pick: Callable[[Pick], None] | None = None,
    on_command: Callable[[Command], None] | None = None,
) -> int | None:
    """Draw a scene and return the step at which the visitor rests, or None at the end of the trace.

    Args:
        key: the component's key.
        panels: what to draw, from `panel`.
        runs: channels by run name.
        player: None for a picture without time, else `pages._ui.player.bar(...)`.
        equations: lines with numbers filled in.
        stats: {"label", "text", "help"} tiles.
        note: one sentence on how the run went; `bad` marks it as a warning.
        rest: the step at which the playhead rests when the canvas first appears; None for the end.
        on_pick, on_command: called before the rerun that the event causes.
    """
    message = {
        "panels": list(panels),
        "runs": dict(runs or {}),
        "player": {**player, "rest": rest, "report": on_command is not None} if player else None,
        "equations": list(equations),
        "stats": list(stats),
        "note": {"text": note, "bad": bad} if note else None,
    }

    def deliver(event: str, build: Callable[[dict], Any], handler: Callable[[Any], None] | None) -> None:
        try:  # the browser may send anything
            found = build(st.session_state[key].get(event))
        except (TypeError, ValueError, KeyError, OverflowError):
            return
        if handler is not None:
            handler(found)

    result = _LIVE(
        key=key,
        data=canvas.pack(message),
        default={"step": rest, "held": ""},
        on_step_change=lambda: None,
        on_held_change=lambda: None,
        on_pick_change=lambda: deliver("pick", _pick, on_pick),
        on_command_change=lambda: deliver("command", _command, on_command),
    )
    return result.step if isinstance(result.step, int) and result.step >= 0 else None


def is_held(key: str, name: str) -> bool:
    """Return whether the browser has a run of this name, so that the rest of it can be sent in parts."""
    held = (st.session_state.get(key) or {}).get("held")
    return isinstance(held, str) and name in held.split()


def _pick(value: Mapping[str, Any]) -> Pick:
    picked = Pick(str(value["panel"]), float(value["x"]), float(value["y"]))
    if not (math.isfinite(picked.x) and math.isfinite(picked.y)):
        raise ValueError("a place must be finite")
    return picked


def _command(value: Mapping[str, Any]) -> Command:
    return Command(str(value["name"]), int(value["step"]), str(value["token"]))
