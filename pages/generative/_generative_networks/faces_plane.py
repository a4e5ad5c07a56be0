"""The view "A plane of z": a grid of faces over two directions, a handle to drag, and the face at that place."""

from __future__ import annotations

from typing import Any

from engine.generative.latent_views import no_latent, on_sheet, plane_grid, plane_place
from engine.generative.sampling import plane_through, random_plane
from engine.io.images import encode_png
from pages._ui import controls, player
from pages._ui.latent_pad import latent_pad
from pages._ui.live import live
from pages._ui.session import remember
from pages.generative._generative_networks import faces_networks, faces_reading, faces_takeaway
from pages.generative._generative_networks.faces_picture import face_panel
from pages.generative._generative_networks.faces_settings import Faces, FaceView, PlaneView
from pages.generative._generative_networks.view import View

PAD = "latent-pad"


def plane_view(left, right) -> None:
    """Draw the plane and its face at the right, which plane at the left."""
    with left:
        faces_networks.network_control()
        if controls.control(PlaneView, "plane_axes") == "random":
            with controls.redrawing("plane-of-z"):
                controls.control(PlaneView, "plane_seed")
        else:
            controls.control(PlaneView, "across")
            controls.control(PlaneView, "up")
        controls.control(PlaneView, "through")
        with controls.redrawing("plane-of-z"):
            controls.control(PlaneView, "plane_reach")
            controls.control(PlaneView, "plane_cells")
    with right:
        player.follow("plane-of-z", faces_networks.guarded(_plane))


def _plane() -> bool:
    import streamlit as st

    controls.share(View, FaceView, Faces, PlaneView)
    found = faces_networks.chosen()
    if found is None:
        return False
    said = controls.values(PlaneView)
    identity = (found.name, said, found.face_identity() if said.through == "face" else None)
    plane = remember("faces:plane", identity[:1] + identity[2:] + (_axes_of(said),), lambda: _find(found, said))
    cells = remember("faces:plane:cells", identity, lambda: _cells(found, plane, said))
    here, there = st.columns([7, 4], gap="medium")
    with here:
        across, up = (said.across, said.up) if said.plane_axes == "attributes" else ("one direction", "another")
        x, y = latent_pad(
            PAD,
            remember("faces:plane:png", identity, lambda: encode_png(on_sheet(cells, said.plane_cells, 0, 1))),
            said.plane_reach,
            revision=str(said.plane_reach),
            title="Drag the ring: every place is a z",
            axes=f"→ {across.replace('_', ' ')}, ± {said.plane_reach:g} σ · ↑ {up.replace('_', ' ')}",
            label="Place on a plane of the latent space",
            most_px=440,
        )
    z = plane_place(plane, x, y)
    picture = found.painter.paint(z)
    with there:
        title = f"G(z) at ({x:.2f}, {y:.2f})".replace("-", "−")
        answers = faces_reading.read(picture)
        live("plane-face", [face_panel("at", title, picture[0], span=12)])
    live("plane-read", [], stats=faces_reading.tiles_of(answers))
    st.caption(_meaning(found, said))
    faces_takeaway.plane(found, cells, picture[0], (x, y), plane)
    return False


def _axes_of(said: PlaneView) -> tuple:
    return (said.plane_seed,) if said.plane_axes == "random" else (said.across, said.up, faces_networks.probing())


def _find(found: faces_networks.Chosen, said: PlaneView) -> Any:
    origin = found.face() if said.through == "face" else no_latent(found.painter.latent)
    if said.plane_axes == "random":
        flat = random_plane(found.painter.latent, said.plane_seed)
        return plane_through(origin, flat.across, flat.up)
    directions = faces_networks.directions(found.name)
    return plane_through(origin, directions.of(said.across), directions.of(said.up))


def _cells(found: faces_networks.Chosen, plane: Any, said: PlaneView) -> Any:
    return found.painter.paint(plane_grid(plane, said.plane_cells, said.plane_reach))


def _meaning(found: faces_networks.Chosen, said: PlaneView) -> str:
    smooth = (
        "The VAE was trained to rebuild faces from z with noise on it, so neighbours must look alike: its plane is "
        "smooth, and a little blurred."
        if found.settings.face_network == "vae"
        else "Nothing in the game asks a GAN for a smooth plane, yet it is nearly smooth: a small step in z is a small "
        "step in the picture. Compare the VAE."
    )
    usual = found.painter.latent**0.5
    rare = f" Random z lie about {usual:.0f} σ from the middle: near z = 0 a face is the most average of all."
    return smooth + (rare if said.through == "middle" else "")
