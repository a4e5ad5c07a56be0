"""A window slides over the picture, crop by crop; then the same network made fully convolutional, all at once."""

from __future__ import annotations

import numpy as np
import streamlit as st

from engine.detection.crops import SIDE_PX
from engine.detection.two_ways import Comparison, compare_ways
from pages._ui import controls, player
from pages._ui.exports import take_away
from pages._ui.live import axis, column, frame, layer, live, panel
from pages._ui.numbers import number
from pages._ui.pictures import Picture, picture_panel
from pages.vision._object_detection import pictures, scripts
from pages.vision._object_detection.view import View


def window_part(left, right) -> None:
    """Draw the choice of scene at the left, the window and its score map at the right."""
    with left:
        controls.control(View, "scene")
        st.caption(
            f"A ConvNet that knows crops of {SIDE_PX} × {SIDE_PX} px looks at every place of the window. Where crops "
            "overlap it computes the same numbers again and again. Read its first fully connected layer as a "
            "convolution, and one pass over the whole picture gives every crop's scores."
        )
    with right:
        player.follow("window", _pictures)


def _pictures() -> bool:
    """Draw the run so far and return whether it goes on."""
    picture = pictures.scene(controls.values(View).scene)
    held = player.run("window", compare_ways, picture.image, identity=picture.identity, heavy=True)
    done = held.job.latest
    if not isinstance(done, Comparison):
        st.progress(held.job.progress or 0.0, text=player.waiting_note(held) or "Starting.")
        return not player.ended(held)
    _scene(picture, done, held.identity)
    take_away([scripts.of_family("compare_windows", picture)])
    return not player.ended(held)


def _scene(picture: Picture, done: Comparison, token: str) -> None:
    windows = done.windows.numpy()  # (S, 4)
    sides = dict(zip(("x0", "y0", "x1", "y1"), windows.T[:, :, None], strict=True))
    run = {"step": np.arange(len(windows)), "chance": done.chance.numpy().ravel(), **sides}
    corners = {name: frame(name) for name in ("x0", "y0", "x1", "y1")}
    moving = layer("boxes", "fit", run="a", width=3, tips=["the window"], **corners)
    x, y = axis("place of the window", 0, len(windows)), axis("chance of an object", 0, 1)
    where = {"x": column("step"), "y": column("chance"), "ghost": True}
    panels = [
        picture_panel(
            "window", "The window at work", picture, [moving], span=6, height=330, alt="a window sliding over the scene"
        ),
        _map_panel(picture, done),
        panel(
            "chance",
            "How likely an object is, place by place",
            x,
            y,
            [layer("path", "fit", name="chance", run="a", **where)],
            span=12,
            height=150,
            alt="the chance of an object at each place of the window",
        ),
    ]
    live(
        "window-live",
        panels,
        {"a": run},
        player=player.bar(token, at="start"),
        equations=("window {a.step}: p(object) = 1 − p(background) = {a.chance}",),
        stats=[
            {
                "label": "crop by crop",
                "text": f"{done.slid.milliseconds:,.0f} ms",
                "help": f"{done.slid.passes} passes",
            },
            {
                "label": "fully convolutional",
                "text": f"{done.convolved.milliseconds:,.0f} ms",
                "help": f"{done.convolved.passes} passes",
            },
            {"label": "times faster", "text": f"{done.speed_up:.1f}", "help": "on this server, just now"},
            {
                "label": "largest difference",
                "text": number(float(f"{done.largest_difference:.0e}")),
                "help": "between the scores of the two ways",
            },
        ],
    )


def _map_panel(picture: Picture, done: Comparison) -> dict:
    """Draw the convolutional network's chance of an object over the picture, at the scale that found most."""
    grid, windows = done.chance.numpy(), done.windows.numpy()
    middles = (windows[:, :2] + windows[:, 2:]) / 2
    (left, top), (right, bottom) = middles.min(0), middles.max(0)
    extent = [float(v) for v in (left, right, top, bottom)]
    heat = layer("heat", name="chance", grid=grid, extent=extent, range=[0.0, 1.0], ramp="cividis")
    x, y = axis("x", 0, picture.width, unit="px"), axis("y", 0, picture.height, unit="px", down=True)
    look = {"aspect": "equal", "bare": True, "span": 6, "height": 330, "field": {"label": "chance"}}
    return panel("map", "One pass: every window at once", x, y, [heat], alt="a map of the chance of an object", **look)
