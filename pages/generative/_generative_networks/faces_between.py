"""The view "Interpolate": from face to face, straight through z or along the sphere, as rows, a square and a film."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from engine.generative.sampling import square, strip, tour
from pages._ui import controls, player
from pages._ui.live import axis, layer, live, now, panel
from pages._ui.session import remember
from pages._ui.tiles import tiles
from pages.generative._generative_networks import faces_networks, faces_takeaway
from pages.generative._generative_networks.faces_picture import large_png
from pages.generative._generative_networks.faces_settings import CORNERS, Between, Faces, FaceView
from pages.generative._generative_networks.view import View

N_CHOICES = 24
FIELDS = [f"corner_{name.lower()}" for name in CORNERS]


def between_view(left, right) -> None:
    """Draw the ways at the right, the corners at the left."""
    with left:
        faces_networks.network_control()
        controls.control(Between, "n_corners")
        controls.control(Between, "way")
        with controls.redrawing("between"):
            controls.control(Between, "n_between")
            controls.control(Between, "film_frames")
            controls.control(Faces, "face_seed")
    with right:
        player.follow("between", faces_networks.guarded(_between))


def corner_numbers(said: Between) -> list[int]:
    """Return the faces at the corners."""
    return [getattr(said, name) for name in FIELDS[: int(said.n_corners)]]


def _between() -> bool:
    controls.share(View, FaceView, Faces, Between)
    found = faces_networks.chosen()
    if found is None:
        return False
    said = controls.values(Between)
    numbers = corner_numbers(said)
    corners = found.z.new_empty(len(numbers), found.painter.latent)
    for k, number in enumerate(numbers):
        corners[k] = found.number(number)
    identity = (found.identity[0], *found.identity[2:], said)
    here, there = st.columns([4, 7], gap="medium")
    with here:
        _film(found, corners, said, identity)
    with there:
        _choose(found, said, numbers)
    ways = {way: strip(corners[0], corners[1], said.n_between, way) for way in ("spherical", "straight")}
    pictures = found.painter.paint(_joined(list(ways.values())))
    captions = [f"{float(z.norm()):.1f}" for points in ways.values() for z in points]
    tiles(
        "ways-tiles",
        "From A to B, spherical above, straight below",
        pictures,
        title="From A to B: spherical above, straight below; the numbers are ‖z‖",
        captions=captions,
        columns=said.n_between,
        most_px=96,
    )
    if len(numbers) == 4:
        _square(found, corners, said)
    usual = found.painter.latent**0.5
    st.caption(
        f"Random z have length {usual:.1f} ± 0.7. The straight way leaves that shell and passes nearer to 0, where the "
        "network was hardly ever asked; the spherical one stays in it."
    )
    faces_takeaway.between(found, corners, said, numbers)
    return False


def _film(found: faces_networks.Chosen, corners: Any, said: Between, identity: tuple) -> None:
    """Let the film be played and scrubbed."""

    def frames() -> list[np.ndarray]:
        pictures = found.painter.paint(tour(corners, said.film_frames, said.way))
        return [large_png(one) for one in pictures]

    shown = remember("faces:film", identity, frames)
    steps = np.arange(len(shown), dtype=np.float32)
    side = 64
    image = layer("image", run="a", jpegs=shown, which=now("which"), extent=[0, side, 0, side])
    x, y = axis("x", 0, side, unit="px"), axis("y", 0, side, unit="px", down=True)
    look = {"aspect": "equal", "bare": True, "span": 12, "height": 260, "alt": "The face on its way"}
    names = " → ".join([*CORNERS[: len(corners)], "A"])
    live(
        "between-live",
        [panel("film", f"{names}, {said.way}", x, y, [image], **look)],
        {"a": {"step": steps, "which": steps}},
        player=player.bar(str(hash(identity)), at="start"),
    )


def _choose(found: faces_networks.Chosen, said: Between, numbers: list[int]) -> None:
    controls.control(Between, "next_corner", only=tuple(CORNERS[: len(numbers)]))
    pictures = remember(
        "faces:corners", (found.identity[0], *found.identity[2:]), lambda: found.painter.paint(_first(found))
    )
    marks = {number: [] for number in range(len(pictures))}
    for name, number in zip(CORNERS, numbers, strict=False):
        marks.setdefault(number, []).append(name)

    def choose(at: int) -> None:
        current = controls.values(Between).next_corner
        names = CORNERS[: len(numbers)]
        following = names[(names.find(current) + 1) % len(names)]
        controls.put(Between, {f"corner_{current.lower()}": at, "next_corner": following})

    tiles(
        "corner-tiles",
        "Faces to choose corners from",
        pictures,
        captions=[" ".join(marks[k]) or "\u00a0" for k in range(len(pictures))],
        side_px=52,
        chosen=numbers[CORNERS.find(said.next_corner) % len(numbers)],
        on_choose=choose,
    )


def _first(found: faces_networks.Chosen) -> Any:
    z = found.z.new_empty(N_CHOICES, found.painter.latent)
    for k in range(N_CHOICES):
        z[k] = found.number(k)
    return z


def _square(found: faces_networks.Chosen, corners: Any, said: Between) -> None:
    points = square(corners, said.n_between, said.n_between, said.way)
    pictures = found.painter.paint(points.flatten(0, 1))
    tiles(
        "square-tiles",
        "Between four faces",
        pictures,
        title=f"Between all four, {said.way}: A upper left, B upper right, C lower left, D lower right",
        columns=said.n_between,
        most_px=96,
    )


def _joined(parts: list) -> Any:
    whole = parts[0].new_empty(sum(len(part) for part in parts), parts[0].shape[1])
    at = 0
    for part in parts:
        whole[at : at + len(part)] = part
        at += len(part)
    return whole
